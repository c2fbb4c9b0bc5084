//! One run: everything that happens follows from the seed.

use std::sync::Arc;
use std::task::Poll;

use super::Options;
use super::auditor::Violation;
use super::deed::{Deed, perform};
use super::exec::{Boxed, poll};
use super::fault::{Fault, Tally};
use super::mutation::Mutation;
use super::personality::{DAY, HOUR, MINUTE, Personality, Weather};
use super::rng::Rng;
use super::shop::{Shop, forged, sellers, task_in};
use super::site::Site;
use crate::desk::{DeskError, InvoiceDesk, PumpReport};
use crate::id::{ApplicationId, InvoiceId};
use crate::store::StoreErrorKind;

/// 2026-05-29: a month ends soon.
const MAY: i64 = 1_780_000_000_000;
/// 2027-12-31, seven hours before the new year of the bureau: a rate ends with the old one.
const LAST_OF_2027: i64 = 1_830_243_600_000;
/// A worker never stands still longer than this with a message in hand.
const LONGEST_STANDSTILL: i64 = 3 * MINUTE;
/// In calm weather everything ends within so many steps.
const CALM_STEPS: u32 = 60_000;

type Ended = Result<Option<PumpReport>, DeskError>;

struct Live {
    future: Boxed<Ended>,
    deed: Deed,
    since: i64,
}

struct Worker {
    desk: InvoiceDesk,
    /// Down or resting until then.
    up_at: i64,
    busy: bool,
}

/// What a run came to.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Polls, clock steps and deliveries.
    pub steps: u64,
    /// Things people did.
    pub deeds: u64,
    /// Checks the auditor made.
    pub checks: u64,
    /// Invoices at the bureau.
    pub invoices: u64,
    /// Applications accepted.
    pub applications: u64,
    /// Invoices issued beyond the first of a task.
    pub doubles: u64,
    /// Applications that did not end.
    pub lost: u64,
    /// Faults by class.
    pub tally: Tally,
    /// The first rule that did not hold.
    pub violation: Option<Violation>,
    /// What happened, in words, when [`Options::trace`] asks for it.
    pub trace: Vec<String>,
}

/// Runs a seed.
#[must_use]
pub fn run(seed: u64, options: &Options) -> Outcome {
    Run::new(seed, options).map(Run::go).unwrap_or_default()
}

struct Run {
    site: Site,
    workers: Vec<Worker>,
    live: Vec<Live>,
    shop: Shop,
    options: Options,
    steps: u64,
    deeds: u64,
}

impl Run {
    fn new(seed: u64, options: &Options) -> Option<Self> {
        let mut rng = Rng::new(seed);
        let personalities = [Personality::draw(&mut rng), Personality::draw(&mut rng)];
        let mut weather = Weather::draw(&mut rng);
        weather.without = options.without.iter().copied().collect();
        let workers = options.workers.unwrap_or(2 + rng.index(3));
        let now = if rng.chance(150) { LAST_OF_2027 } else { MAY };
        let sellers = sellers(&mut rng);
        let site = Site::new((rng, now), (personalities, weather), sellers, workers, options)?;
        let fast = options.mutation == Some(Mutation::ClockFast);
        let worker = |index: usize| {
            let ahead = if fast && index == 1 { 13 * HOUR } else { 0 };
            Some(Worker { desk: site.desk(ahead)?, up_at: 0, busy: false })
        };
        let workers = (0..workers).map(worker).collect::<Option<Vec<_>>>()?;
        Some(Self {
            site,
            workers,
            live: Vec::new(),
            shop: Shop::default(),
            options: options.clone(),
            steps: 0,
            deeds: 0,
        })
    }

    /// Faults and people, then calm until everything has ended, then the closing audit.
    fn go(mut self) -> Outcome {
        while self.steps < u64::from(self.options.steps) && self.holds() && !self.idle() {
            self.step();
        }
        if self.holds() {
            self.calm();
            for _ in 0..CALM_STEPS {
                if !self.holds() || self.calm_step() {
                    break;
                }
            }
            if self.holds() {
                self.site.close(self.steps);
            }
        }
        self.outcome()
    }

    /// Whether people have done everything and nothing is under way.
    fn idle(&self) -> bool {
        self.deeds >= u64::from(self.options.deeds)
            && self.live.is_empty()
            && self.site.world.lock().auditor.is_outbox_empty()
    }

    fn holds(&self) -> bool {
        self.site.world.lock().auditor.violation.is_none()
    }

    fn step(&mut self) {
        self.steps += 1;
        let (poll, slow) = {
            let mut world = self.site.world.lock();
            world.tick();
            (world.rng.chance(850), world.rng.chance(15))
        };
        if !self.live.is_empty() && slow {
            self.stand_still();
        } else if !self.live.is_empty() && poll {
            self.poll_one();
        } else if !self.start() {
            if self.live.is_empty() { self.wait() } else { self.poll_one() }
        }
    }

    /// Time passes while workers have messages in hand.
    fn stand_still(&mut self) {
        let oldest = self.live.iter().map(|live| live.since).min().unwrap_or(0);
        let mut world = self.site.world.lock();
        let latest = oldest + LONGEST_STANDSTILL;
        let by = world.rng.between(1_000, 100_000);
        let then = (world.now + by).min(latest);
        if then > world.now && world.weather.on {
            world.now = then;
            world.tally.count(Fault::SlowWorker);
        }
    }

    fn poll_one(&mut self) {
        let index = self.site.world.lock().rng.index(self.live.len());
        let Some(live) = self.live.get_mut(index) else { return };
        match poll(&mut live.future) {
            Poll::Ready(ended) => {
                let live = self.live.swap_remove(index);
                self.ended(live.deed, ended);
            }
            Poll::Pending => {
                let dies = {
                    let mut world = self.site.world.lock();
                    let gate = world.gate.take();
                    let fault = gate.map_or(Fault::CrashBetween, super::world::Gate::crash);
                    let often = world.weather.crash;
                    world.strikes(fault, often)
                };
                if dies {
                    let live = self.live.swap_remove(index);
                    drop(live.future);
                    self.site.world.lock().note(|| format!("CRASH of {:?}", live.deed));
                    self.died(live.deed);
                }
            }
        }
    }

    fn died(&mut self, deed: Deed) {
        if let Deed::Pump { worker, .. } = deed {
            let (now, rest, fresh) = {
                let mut world = self.site.world.lock();
                (world.now, world.rng.between(0, 90_000), world.rng.chance(200))
            };
            let desk = if fresh { self.site.desk(0) } else { None };
            if let Some(slot) = self.workers.get_mut(worker) {
                (slot.busy, slot.up_at) = (false, now + rest);
                slot.desk = desk.unwrap_or_else(|| slot.desk.clone());
            }
        } else {
            self.shop.again.push(deed);
        }
    }

    fn ended(&mut self, deed: Deed, ended: Ended) {
        if let Deed::Pump { worker, .. } = deed {
            let now = self.site.world.lock().now;
            if let Some(slot) = self.workers.get_mut(worker) {
                slot.busy = false;
                let idle = !matches!(&ended, Ok(Some(report)) if report.claimed > 0);
                if idle {
                    slot.up_at = now + 15_000;
                }
            }
        }
        self.site.world.lock().note(|| format!("ended {deed:?}: {ended:?}"));
        let Err(error) = ended else { return };
        match &error {
            DeskError::Refused(_) | DeskError::Contended { .. } | DeskError::Provider(_) => {}
            DeskError::Store(store) => match store.kind() {
                StoreErrorKind::Invalid | StoreErrorKind::Corrupt => {
                    self.site.world.lock().auditor.breaks("no defects", || format!("{deed:?}: {error}"));
                }
                _ if matches!(deed, Deed::Pump { .. }) => {}
                _ => self.shop.again.push(deed),
            },
            _ => self.site.world.lock().auditor.breaks("no defects", || format!("{deed:?}: {error}")),
        }
    }

    /// Starts a pump, a callback or something a person does. Whether anything was started.
    fn start(&mut self) -> bool {
        let deed = {
            let mut world = self.site.world.lock();
            let world = &mut *world;
            let now = world.now;
            let people = self.live.iter().filter(|live| !matches!(live.deed, Deed::Pump { .. })).count();
            let wish = world.weather.on && people < 2 && self.deeds < u64::from(self.options.deeds);
            let idle: Vec<usize> = (0..self.workers.len())
                .filter(|index| {
                    self.workers.get(*index).is_some_and(|worker| !worker.busy && worker.up_at <= now)
                })
                .collect();
            let due = world.auditor.next_due().is_some_and(|due| due <= now);
            let calls = people < 2;
            if wish && world.rng.chance(300) {
                self.deeds += 1;
                if world.rng.chance(50) { forged(world) } else { self.shop.next(world) }
            } else if let Some(worker) = world.rng.pick(&idle).copied().filter(|_| due) {
                Some(Deed::Pump { worker, limit: 1 + world.rng.index(3) })
            } else if calls {
                let first = world.rng.index(2);
                [first, 1 - first].into_iter().find_map(|at| {
                    let news = world.bureaus[at].take_news(now, &mut world.rng, &mut world.tally);
                    news.map(|body| Deed::Callback(at, body))
                })
            } else {
                None
            }
        };
        deed.is_some_and(|deed| {
            self.begin(deed);
            true
        })
    }

    fn begin(&mut self, deed: Deed) {
        let desk = match deed {
            Deed::Pump { worker, .. } => {
                let Some(slot) = self.workers.get_mut(worker) else { return };
                slot.busy = true;
                slot.desk.clone()
            }
            _ => self.site.office.clone(),
        };
        let future = Box::pin(perform(desk, Arc::clone(&self.site.staff), deed.clone()));
        let since = {
            let mut world = self.site.world.lock();
            world.note(|| format!("begin {deed:?}"));
            world.now
        };
        self.live.push(Live { future, deed, since });
    }

    /// Nothing can be done now: the clock moves to whatever comes next.
    fn wait(&mut self) {
        let mut world = self.site.world.lock();
        let world = &mut *world;
        let before = world.now;
        let news = world.bureaus.iter().flat_map(|bureau| &bureau.news).map(|news| news.at).min();
        let down = self.workers.iter().map(|worker| worker.up_at).filter(|at| *at > before).min();
        let work = world.auditor.next_due().map(|due| due.max(down.unwrap_or(before)));
        let next = [work, news, Some(world.next_at_bureaus())].into_iter().flatten().min();
        let mut next = next.unwrap_or(i64::MAX).max(before + 1);
        if world.weather.on {
            let most = if world.rng.chance(20) { 2 * DAY } else { 10 * MINUTE };
            next = next.min(before + world.rng.between(1_000, most));
        } else if next == i64::MAX {
            next = before + HOUR;
        }
        world.now = next;
        let month = |at: i64| crate::tax::tax_day(super::world::instant(at)).format("%Y-%m").to_string();
        // The tax day begins eight hours before the day of the clock.
        let day = |at: i64| (at + 8 * HOUR) / DAY;
        if day(before) != day(next) && month(before) != month(next) && !world.auditor.is_outbox_empty() {
            world.tally.count(Fault::MonthPassed);
            if month(before).get(..4) != month(next).get(..4) {
                world.tally.count(Fault::YearPassed);
            }
        }
    }

    fn calm(&mut self) {
        let mut world = self.site.world.lock();
        world.note(|| "calm from now on".to_owned());
        world.weather = Weather::CALM;
        for bureau in &mut world.bureaus {
            bureau.calm = true;
            bureau.operator_until.clear();
            bureau.quota_until.clear();
            bureau.dark_until = 0;
        }
    }

    /// Whether everything has ended.
    fn calm_step(&mut self) -> bool {
        self.steps += 1;
        self.site.world.lock().tick();
        if !self.live.is_empty() {
            self.poll_one();
            return false;
        }
        if self.start() {
            return false;
        }
        if let Some(deed) = self.tidy() {
            self.begin(deed);
            return false;
        }
        let rests = {
            let world = self.site.world.lock();
            world.auditor.is_outbox_empty()
                && world.next_at_bureaus() == i64::MAX
                && world.bureaus.iter().all(|bureau| bureau.news.is_empty())
                && !world.auditor.tasks.values().any(|task| task.state == "in_doubt")
        };
        if !rests {
            self.wait();
        }
        rests
    }

    /// What people still have to do.
    fn tidy(&mut self) -> Option<Deed> {
        let mut world = self.site.world.lock();
        let world = &mut *world;
        let waits = |state: &str| matches!(state, "pending_review" | "in_review");
        if let Some((id, _)) = world.auditor.applications.iter().find(|(_, state)| waits(state)) {
            let id = ApplicationId::from_trusted(id.as_str());
            let who = world.rng.index(3);
            return Some(Deed::Approve(id, who));
        }
        if task_in(&world.auditor, &mut world.rng, "in_doubt").is_some() {
            return self.shop.resolve(world);
        }
        // Whoever does not look at the bureau's forms does not see why a red is refused.
        let unseen = (0..2).find(|at| world.auditor.has_unseen_form(&world.bureaus[*at]));
        if unseen.is_some() && world.auditor.is_outbox_empty() {
            let seller = world.rng.index(2);
            return Some(Deed::Look(seller));
        }
        if !world.auditor.is_outbox_empty() {
            return None;
        }
        world.auditor.failed_red().map(|id| Deed::Retry(InvoiceId::from_trusted(id)))
    }

    fn outcome(self) -> Outcome {
        let world = self.site.world.lock();
        let open =
            |state: &&&str| matches!(**state, "pending_review" | "in_review" | "pending_issue" | "issuing");
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let ended = world.auditor.violation.is_none();
        Outcome {
            steps: self.steps,
            deeds: self.deeds,
            checks: world.auditor.checks,
            invoices: world.bureaus.iter().map(|bureau| count(bureau.docs.len())).sum(),
            applications: count(world.auditor.applications.len()),
            doubles: world.auditor.doubles,
            lost: if ended { 0 } else { count(world.auditor.applications.values().filter(open).count()) },
            tally: world.tally.clone(),
            violation: world.auditor.violation.clone(),
            trace: world.trace.clone().unwrap_or_default(),
        }
    }
}
