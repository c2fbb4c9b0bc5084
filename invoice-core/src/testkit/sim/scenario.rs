//! Scenarios without chance, and what becomes of them when they are cut off at each call.

use std::fmt::Write;
use std::sync::Arc;
use std::task::Poll;

use super::Options;
use super::auditor::Violation;
use super::bureau::Script;
use super::deed::{Deed, perform};
use super::exec::{Boxed, poll};
use super::personality::{Callbacks, DAY, HOUR, Personality, Weather};
use super::rng::Rng;
use super::shop::task_in;
use super::site::Site;
use crate::desk::{DeskError, InvoiceDesk};
use crate::id::InvoiceId;
use crate::invoice::{ConfirmationState, RedAnswer};

mod golden;

pub use golden::golden;

/// One step of a scenario.
#[derive(Debug, Clone)]
pub struct Act(pub(super) What);

#[derive(Debug, Clone)]
pub(super) enum What {
    /// Somebody does something, and does it again when they were cut off.
    Do(Box<Deed>),
    /// Workers pump until the provider has everything.
    Send,
    /// Everything comes to rest.
    Rest,
    /// Failed blue tasks are tried again.
    RetryFailed,
    /// The bureau refuses everything, or no longer.
    Denies(bool),
    /// The bureau answers nothing, or again.
    Silent(bool),
    /// The first bureau wants somebody to log in before it issues anything.
    Challenge,
    /// Somebody has logged in, and says so.
    LoggedIn,
    /// Workers go on for so many turns.
    Turns(u32),
    /// A buyer starts a red confirmation for all of an invoice.
    BuyerStarts,
    /// The seller answers every form that waits for it.
    AnswerForms(RedAnswer),
    /// How confirmations go from now on.
    Confirms(ConfirmationState, Option<ConfirmationState>),
}

/// A story whose end is always the same.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What it is about.
    pub name: &'static str,
    pub(super) personality: Personality,
    /// Whether there is a provider to go to when the first one cannot.
    pub(super) fallback: Option<&'static str>,
    pub(super) acts: Vec<Act>,
}

/// What cutting a scenario off everywhere came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enumeration {
    /// Calls of store and provider in the uncut run, twice: before and after the effect.
    pub points: u64,
    /// Points at which a cut run ended otherwise than the uncut one, or broke a rule, and how.
    pub differences: Vec<(u64, String)>,
    /// How the uncut run ends: orders, applications, tasks and invoices.
    pub end: String,
}

/// Plays a scenario uncut, then once for every call of store and provider, cut off there.
#[must_use]
pub fn enumerate(scenario: &Scenario) -> Enumeration {
    let whole = play(scenario, None);
    let mut found = Enumeration { points: whole.gates, differences: Vec::new(), end: whole.end };
    if let Some(violation) = whole.violation {
        found.differences.push((0, format!("uncut: {violation:?}")));
    }
    for point in 1..=whole.gates {
        let cut = play(scenario, Some(point));
        if let Some(violation) = cut.violation {
            found.differences.push((point, format!("{violation:?}")));
        } else if cut.end != found.end {
            found.differences.push((point, cut.end));
        }
    }
    found
}

struct Played {
    gates: u64,
    end: String,
    violation: Option<Violation>,
}

struct Stage {
    site: Site,
    worker: InvoiceDesk,
    gates: u64,
    cut: Option<u64>,
}

/// 2026-05-29, before noon.
const START: i64 = 1_780_000_000_000;
/// More than any scenario needs to come to rest.
const MOST_STEPS: u32 = 3_000;

fn play(scenario: &Scenario, cut: Option<u64>) -> Played {
    let options = Options::default();
    let both = [scenario.personality.clone(), scenario.personality.clone()];
    let site = Site::new(
        (Rng::new(1), START),
        (both, Weather::CALM),
        golden::sellers(scenario.fallback),
        1,
        &options,
    );
    let stage = site.and_then(|site| {
        let worker = site.desk(0)?;
        site.world.lock().bureaus.iter_mut().for_each(|bureau| bureau.calm = true);
        Some(Stage { site, worker, gates: 0, cut })
    });
    let Some(mut stage) = stage else {
        return Played { gates: 0, end: String::new(), violation: None };
    };
    for Act(what) in &scenario.acts {
        stage.act(what);
    }
    stage.site.close(u64::from(MOST_STEPS));
    let end = stage.end();
    let violation = stage.site.world.lock().auditor.violation.clone();
    Played { gates: stage.gates, end, violation }
}

impl Stage {
    fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.site.world.lock().bureaus[0].script);
    }

    fn act(&mut self, what: &What) {
        match what {
            What::Do(deed) => self.insist(deed),
            What::Send => {
                for _ in 0..MOST_STEPS {
                    let waits =
                        |state| task_in(&self.site.world.lock().auditor, &mut Rng::new(0), state).is_some();
                    if !waits("planned") && !waits("submitting") {
                        break;
                    }
                    self.turn();
                }
            }
            What::Rest => {
                for _ in 0..MOST_STEPS {
                    if !self.turn() {
                        break;
                    }
                }
            }
            What::RetryFailed => {
                let failed: Vec<InvoiceId> = {
                    let world = self.site.world.lock();
                    let tasks = world.auditor.tasks.iter();
                    let fits = tasks.filter(|(_, task)| task.state == "failed" && task.of.is_none());
                    fits.map(|(id, _)| InvoiceId::from_trusted(id.as_str())).collect()
                };
                failed.into_iter().for_each(|id| self.insist(&Deed::Retry(id)));
            }
            What::Challenge => {
                let until = START + 30 * DAY;
                let tax_id = golden::TAX_ID.to_owned();
                self.site.world.lock().bureaus[0].operator_until.insert(tax_id, until);
            }
            What::LoggedIn => {
                self.site.world.lock().bureaus[0].operator_until.clear();
                self.insist(&Deed::Resume { seller: 0, at: 0 });
            }
            What::Turns(turns) => {
                for _ in 0..*turns {
                    self.turn();
                }
            }
            What::BuyerStarts => {
                let mut world = self.site.world.lock();
                let world = &mut *world;
                // Chance of its own: what was cut off must not change what the buyer does.
                world.bureaus[0].buyer_starts(world.now, &mut Rng::new(3), &mut world.tally);
            }
            What::AnswerForms(answer) => {
                let waits = self.site.world.lock().auditor.waits_for_seller(&mut Rng::new(0));
                if let Some(id) = waits {
                    self.insist(&Deed::AnswerRed(InvoiceId::from_trusted(id), *answer));
                }
            }
            What::Denies(denies) => self.script(|script| script.denies = *denies),
            What::Silent(silent) => self.script(|script| script.silent = *silent),
            What::Confirms(first, then) => self.script(|script| script.confirmation = Some((*first, *then))),
        }
    }

    /// Does something once, or again when it was cut off in between: callers try again.
    fn insist(&mut self, deed: &Deed) {
        {
            let mut world = self.site.world.lock();
            match deed {
                Deed::Sell(order) => world.auditor.commands_order(order),
                Deed::Refund(refund) => world.auditor.commands_refund(refund),
                Deed::Pay(order, payment) => {
                    world.auditor.first_payment(order.as_str(), payment.clone());
                }
                _ => {}
            }
        }
        if self.attempt(deed) {
            return;
        }
        self.attempt(deed);
    }

    /// Whether it came to its end; otherwise it was cut off.
    fn attempt(&mut self, deed: &Deed) -> bool {
        let desk = match deed {
            Deed::Pump { .. } => self.worker.clone(),
            _ => self.site.office.clone(),
        };
        let mut future: Boxed<_> = Box::pin(perform(desk, Arc::clone(&self.site.staff), deed.clone()));
        loop {
            match poll(&mut future) {
                Poll::Ready(ended) => {
                    if let Err(error) = ended {
                        self.told(deed, &error);
                    }
                    return true;
                }
                Poll::Pending => {
                    let stands = self.site.world.lock().gate.take().is_some();
                    self.gates += u64::from(stands);
                    if stands && self.cut == Some(self.gates) {
                        drop(future);
                        if let Some(fresh) = self.site.desk(0) {
                            self.worker = fresh;
                        }
                        return false;
                    }
                }
            }
        }
    }

    /// A refusal of something done twice is as good as a yes; anything else is not.
    fn told(&self, deed: &Deed, error: &DeskError) {
        if matches!(error, DeskError::Refused(_)) && self.cut.is_some_and(|cut| cut <= self.gates) {
            return;
        }
        self.site.world.lock().auditor.breaks("scenario", || format!("{deed:?}: {error}"));
    }

    /// One thing that can be done now, or time passes. Whether there was anything.
    fn turn(&mut self) -> bool {
        let deed = {
            let mut world = self.site.world.lock();
            world.tick();
            let now = world.now;
            if world.auditor.next_due().is_some_and(|due| due <= now) {
                Some(Deed::Pump { worker: 0, limit: 1 })
            } else if world.auditor.is_outbox_empty() {
                people(&mut world)
            } else {
                None
            }
        };
        if let Some(deed) = deed {
            if matches!(deed, Deed::Pump { .. }) {
                self.attempt(&deed);
            } else {
                self.insist(&deed);
            }
            return true;
        }
        let mut world = self.site.world.lock();
        let next = world.auditor.next_due().unwrap_or(i64::MAX).min(world.next_at_bureaus());
        let waiting = next < i64::MAX || world.auditor.tasks.values().any(|task| task.state == "in_doubt");
        if waiting {
            world.now = if next == i64::MAX { world.now + HOUR } else { next.max(world.now + 1) };
        }
        waiting
    }

    /// Everything that should be the same in the end.
    fn end(&self) -> String {
        let world = self.site.world.lock();
        let mut text = String::new();
        // Writing to a string cannot fail.
        for (id, lines) in &world.auditor.orders {
            for line in lines {
                let _ = writeln!(text, "{id}:{} {}", line.id, line.told());
            }
        }
        for (id, state) in &world.auditor.applications {
            let _ = writeln!(text, "{id} {state}");
        }
        for (id, task) in &world.auditor.tasks {
            let _ = writeln!(text, "{id} {} of {:?}", task.state, task.of);
        }
        let mut issued: Vec<[i64; 3]> =
            world.bureaus.iter().flat_map(|bureau| &bureau.docs).map(|doc| doc.form.totals).collect();
        issued.sort_unstable();
        let _ = writeln!(text, "{issued:?}");
        text
    }
}

/// What people do when nothing is left in the outbox.
fn people(world: &mut super::world::World) -> Option<Deed> {
    if task_in(&world.auditor, &mut Rng::new(0), "in_doubt").is_some() {
        return super::shop::Shop::default().resolve(world);
    }
    world.auditor.failed_red().map(|id| Deed::Retry(InvoiceId::from_trusted(id)))
}

pub(super) const fn personality(idempotent: bool) -> Personality {
    Personality {
        idempotent,
        says_duplicate: false,
        query: true,
        slow: 0,
        confirms: false,
        automatic: false,
        callbacks: Callbacks::None,
        forms: false,
        quiet: 2 * HOUR,
        denies: 0,
    }
}
