//! The scripted bureau: lean, and independent of any adapter. It keeps what really happened.

use std::collections::BTreeMap;

use super::fault::{Fault, Tally};
use super::form::Form;
use super::personality::{Callbacks, DAY, HOUR, MINUTE, Personality};
use super::rng::Rng;
use crate::invoice::ConfirmationState;

/// An invoice that exists. Amounts in fen, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Doc {
    pub(super) key: String,
    pub(super) number: String,
    pub(super) at: i64,
    pub(super) form: Form,
}

/// Where a key stands at the bureau.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Taken; issued or denied at this moment.
    Working {
        done_at: i64,
        denied: bool,
    },
    /// Taken, and not shown to anybody before this moment.
    Locked {
        until: i64,
        denied: bool,
    },
    Issued {
        doc: usize,
    },
    Denied,
}

/// A red confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Confirmation {
    pub(super) number: String,
    pub(super) state: ConfirmationState,
    pub(super) expires_at: Option<i64>,
    pub(super) red: Option<usize>,
    /// What it will become, and when.
    pub(super) next: Option<(i64, ConfirmationState)>,
    pub(super) form: Form,
    /// Whether the buyer has started it.
    pub(super) foreign: bool,
}

/// A request that is still on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Flight {
    arrives_at: i64,
    form: Form,
    confirmation: bool,
}

/// News on its way to the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct News {
    pub(super) at: i64,
    pub(super) sent: u64,
    pub(super) body: String,
}

/// What the bureau says to a request that has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Issued(usize),
    Accepted,
    Denied,
    Duplicate,
}

/// What a scenario wants of the bureau.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Script {
    /// Refuse everything for good.
    pub(super) denies: bool,
    /// Do everything and answer nothing.
    pub(super) silent: bool,
    /// In which state a confirmation begins, and what it becomes after an hour.
    pub(super) confirmation: Option<(ConfirmationState, Option<ConfirmationState>)>,
}

impl Script {
    const NONE: Self = Self { denies: false, silent: false, confirmation: None };
}

#[derive(Debug)]
pub(super) struct Bureau {
    pub(super) personality: Personality,
    pub(super) docs: Vec<Doc>,
    keys: BTreeMap<String, Standing>,
    work: BTreeMap<String, Form>,
    pub(super) confirmations: BTreeMap<String, Confirmation>,
    flights: Vec<Flight>,
    pub(super) news: Vec<News>,
    old_news: Vec<News>,
    /// Sellers who must log in or show their face first, and until when they have not.
    pub(super) operator_until: BTreeMap<String, i64>,
    /// Sellers whose credit line is used up, and until when.
    pub(super) quota_until: BTreeMap<String, i64>,
    /// Nobody answers before this moment.
    pub(super) dark_until: i64,
    pub(super) serial: u64,
    sent: u64,
    /// No refusals and no waiting from now on.
    pub(super) calm: bool,
    /// What a scenario wants instead of chance.
    pub(super) script: Script,
    /// The earliest moment at which something happens here by itself.
    pub(super) due: i64,
}

impl Bureau {
    /// `at` keeps the numbers of two bureaus apart.
    pub(super) const fn new(personality: Personality, at: u64) -> Self {
        Self {
            personality,
            docs: Vec::new(),
            keys: BTreeMap::new(),
            work: BTreeMap::new(),
            confirmations: BTreeMap::new(),
            flights: Vec::new(),
            news: Vec::new(),
            old_news: Vec::new(),
            operator_until: BTreeMap::new(),
            quota_until: BTreeMap::new(),
            dark_until: 0,
            serial: at * 1_000_000_000,
            sent: 0,
            calm: false,
            script: Script::NONE,
            due: i64::MAX,
        }
    }

    pub(super) fn standing(&self, key: &str) -> Option<Standing> {
        self.keys.get(key).copied()
    }

    pub(super) fn confirmation(&self, key: &str) -> Option<&Confirmation> {
        self.confirmations.get(key)
    }

    pub(super) fn docs_of<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Doc> {
        self.docs.iter().filter(move |doc| doc.key == key)
    }

    /// Whether something of this key is still on its way.
    pub(super) fn under_way(&self, key: &str) -> bool {
        self.flights.iter().any(|flight| flight.form.key == key)
            || matches!(self.keys.get(key), Some(Standing::Working { .. } | Standing::Locked { .. }))
            || self.confirmations.get(key).is_some_and(|confirmation| {
                confirmation.red.is_none() && !confirmation.state.is_dead() && self.personality.automatic
            })
    }

    /// Whether a key can be given up: refused for good, or nothing of it is here or on its way.
    pub(super) fn can_be_given_up(&self, key: &str) -> bool {
        let nothing = !self.under_way(key) && !self.confirmations.contains_key(key);
        let denied = matches!(self.keys.get(key), Some(Standing::Denied));
        self.docs_of(key).next().is_none() && (denied || nothing)
    }

    pub(super) const fn next_due(&self) -> i64 {
        self.due
    }

    /// A request that arrives later than the caller waits.
    pub(super) fn delay(&mut self, form: Form, confirmation: bool, arrives_at: i64) {
        self.due = self.due.min(arrives_at);
        self.flights.push(Flight { arrives_at, form, confirmation });
    }

    /// A person at the bureau has the key crossed out: nothing will come of it any more.
    pub(super) fn cross_out(&mut self, key: &str) {
        self.keys.entry(key.to_owned()).or_insert(Standing::Denied);
        let number = self.work.get(key).and_then(|form| form.confirmation.clone());
        self.withdraw(key, number.as_deref(), ConfirmationState::Withdrawn);
    }

    /// Ends the red confirmation of a key, or the one that a request named because the buyer had started it: it would
    /// lock its blue for ever.
    fn withdraw(&mut self, key: &str, number: Option<&str>, state: ConfirmationState) {
        for (of, form) in &mut self.confirmations {
            if form.red.is_none() && (of == key || number == Some(&form.number)) {
                (form.state, form.next) = (state, None);
            }
        }
    }

    /// A request to issue arrives, for the first time or again.
    pub(super) fn arrive(&mut self, form: &Form, now: i64, rng: &mut Rng, tally: &mut Tally) -> Said {
        if let Some(known) = self.keys.get(&form.key).copied() {
            match known {
                Standing::Denied => return Said::Denied,
                Standing::Issued { doc } if self.personality.idempotent => {
                    return if self.personality.says_duplicate { Said::Duplicate } else { Said::Issued(doc) };
                }
                Standing::Working { .. } if self.personality.idempotent => return Said::Accepted,
                Standing::Locked { .. } if self.personality.idempotent => return Said::Duplicate,
                // No idea of keys: one more invoice.
                _ => return Said::Issued(self.issue(form, now, rng, tally)),
            }
        }
        if let Some(number) = &form.confirmation {
            match self.confirmations.values().find(|known| &known.number == number) {
                Some(known) if known.red.is_some() => return Said::Duplicate,
                Some(known) if known.state.may_issue() => {}
                _ => return self.deny(form, now, tally),
            }
        } else if form.blue.is_some() && self.personality.confirms {
            return self.deny(form, now, tally);
        }
        let denied = self.script.denies || !self.calm && rng.chance(self.personality.denies);
        if !self.calm && self.personality.query && rng.chance(10) {
            tally.count(Fault::SerialLocked);
            let until = now + rng.between(MINUTE, self.personality.quiet - 10 * MINUTE);
            self.later(form, Standing::Locked { until, denied }, until);
            return Said::Duplicate;
        }
        if rng.chance(self.personality.slow) {
            tally.count(Fault::SlowIssue);
            let done_at = now + rng.between(1_000, 20 * MINUTE);
            self.later(form, Standing::Working { done_at, denied }, done_at);
            return Said::Accepted;
        }
        if denied {
            return self.deny(form, now, tally);
        }
        Said::Issued(self.issue(form, now, rng, tally))
    }

    fn later(&mut self, form: &Form, standing: Standing, at: i64) {
        self.keys.insert(form.key.clone(), standing);
        self.work.insert(form.key.clone(), form.clone());
        self.due = self.due.min(at);
    }

    fn deny(&mut self, form: &Form, now: i64, tally: &mut Tally) -> Said {
        let (key, number) = (form.key.as_str(), form.confirmation.as_deref());
        tally.count(Fault::Denied);
        if self.personality.callbacks != Callbacks::None && !self.calm {
            self.tell(now, format!("{key};denied;{now};0;0;0;signed"));
        }
        self.keys.insert(key.to_owned(), Standing::Denied);
        self.withdraw(key, number, ConfirmationState::WithdrawnConfirmed);
        Said::Denied
    }

    fn issue(&mut self, form: &Form, now: i64, rng: &mut Rng, tally: &mut Tally) -> usize {
        let doc = self.docs.len();
        self.serial += 1;
        let number = number(now, self.serial);
        self.docs.push(Doc { key: form.key.clone(), number, at: now, form: form.clone() });
        let known = self.keys.get(&form.key);
        if !matches!(known, Some(Standing::Issued { .. })) {
            self.keys.insert(form.key.clone(), Standing::Issued { doc });
        }
        let confirmed = form.confirmation.as_ref();
        for confirmation in self.confirmations.values_mut() {
            if confirmed == Some(&confirmation.number) {
                (confirmation.red, confirmation.next) = (Some(doc), None);
            }
        }
        self.announce(doc, now, rng, tally);
        doc
    }

    /// Sends callbacks about an invoice, as reliably as these services do.
    fn announce(&mut self, doc: usize, now: i64, rng: &mut Rng, tally: &mut Tally) {
        if self.personality.callbacks == Callbacks::None {
            return;
        }
        if rng.chance(200) {
            tally.count(Fault::CallbackLost);
            return;
        }
        let Some(doc) = self.docs.get(doc) else { return };
        let body = news_of(doc);
        let at = match rng.below(4) {
            0 => {
                tally.count(Fault::CallbackEarly);
                now
            }
            1 => {
                tally.count(Fault::CallbackLate);
                now + rng.between(HOUR, 3 * DAY)
            }
            _ => now + rng.between(1_000, 5 * MINUTE),
        };
        self.tell(at, body.clone());
        if rng.chance(300) {
            tally.count(Fault::CallbackDoubled);
            self.tell(at + rng.between(0, HOUR), body);
        }
    }

    fn tell(&mut self, at: i64, body: String) {
        self.sent += 1;
        self.news.push(News { at, sent: self.sent, body });
    }

    /// The next callback that is due, oldest or not.
    pub(super) fn take_news(&mut self, now: i64, rng: &mut Rng, tally: &mut Tally) -> Option<String> {
        if !self.calm
            && rng.chance(5)
            && let Some(old) = rng.pick(&self.old_news)
        {
            tally.count(Fault::CallbackReplayed);
            return Some(old.body.clone());
        }
        let due: Vec<usize> = (0..self.news.len())
            .filter(|index| self.news.get(*index).is_some_and(|news| news.at <= now))
            .collect();
        let index = *rng.pick(&due)?;
        let news = self.news.swap_remove(index);
        if self.news.iter().any(|other| other.sent < news.sent) {
            tally.count(Fault::CallbackReordered);
        }
        self.old_news.push(news.clone());
        Some(news.body)
    }

    /// A red confirmation is applied for.
    pub(super) fn apply_red(
        &mut self,
        form: &Form,
        now: i64,
        rng: &mut Rng,
        tally: &mut Tally,
    ) -> Option<Confirmation> {
        if let Some(known) = self.confirmations.get(&form.key) {
            if self.personality.idempotent || matches!(self.keys.get(&form.key), Some(Standing::Denied)) {
                return Some(known.clone());
            }
            // No idea of keys: a second form; if the first is good for a red, both will be.
            let again = known.clone();
            if self.personality.automatic && again.state.may_issue() {
                self.issue(form, now, rng, tally);
            }
            return Some(again);
        }
        if matches!(self.keys.get(&form.key), Some(Standing::Denied)) {
            return None;
        }
        // A blue is locked while a form of it is open, whoever started that.
        if form.blue.as_deref().is_some_and(|blue| self.is_locked(blue)) || self.exceeds(form) {
            self.deny(form, now, tally);
            return None;
        }
        self.serial += 1;
        let number = format!("{:020}", self.serial);
        let (state, next) = self.fate(now, rng, tally);
        let expires_at = state.is_waiting().then_some(now + 72 * HOUR);
        let mut form = form.clone();
        form.confirmation = Some(number.clone());
        if let Some((at, _)) = next {
            self.due = self.due.min(at);
        }
        let confirmation =
            Confirmation { number, state, expires_at, red: None, next, form: form.clone(), foreign: false };
        self.confirmations.insert(form.key.clone(), confirmation);
        self.automatic(&form.key.clone(), now, rng, tally);
        self.confirmations.get(&form.key).cloned()
    }

    /// In which state a confirmation begins and what it becomes.
    fn fate(
        &self,
        now: i64,
        rng: &mut Rng,
        tally: &mut Tally,
    ) -> (ConfirmationState, Option<(i64, ConfirmationState)>) {
        use ConfirmationState as S;
        let soon = now + rng.between(MINUTE, 60 * HOUR);
        if let Some((first, then)) = self.script.confirmation {
            return (first, then.map(|state| (now + HOUR, state)));
        }
        if self.calm {
            return (S::NotNeeded, None);
        }
        match rng.below(20) {
            0..=7 => {
                tally.count(Fault::ConfirmationNotNeeded);
                (S::NotNeeded, None)
            }
            8..=12 => {
                tally.count(Fault::ConfirmationWaited);
                (S::AwaitingBuyer, Some((soon, S::Confirmed)))
            }
            13 => {
                tally.count(Fault::ConfirmationAwaitedSeller);
                (S::AwaitingSeller, Some((soon, S::Confirmed)))
            }
            14 => (
                S::AwaitingBuyer,
                Some((soon, *rng.pick(&[S::RefusedByBuyer, S::RefusedByPerson]).unwrap_or(&S::Expired))),
            ),
            15 => (S::AwaitingSeller, Some((soon, S::RefusedBySeller))),
            16 | 17 => (S::AwaitingBuyer, Some((now + 72 * HOUR, S::Expired))),
            18 => (S::AwaitingBuyer, Some((soon, S::Withdrawn))),
            _ => {
                tally.count(Fault::ConfirmationBlocked);
                let blocked = [S::AbnormalVoucher, S::TaxpayerBlocked, S::RefundApplied];
                (*rng.pick(&blocked).unwrap_or(&S::AbnormalVoucher), None)
            }
        }
    }

    /// Issues the red by itself where the bureau does that.
    pub(super) fn automatic(&mut self, key: &str, now: i64, rng: &mut Rng, tally: &mut Tally) {
        if !self.personality.automatic {
            return;
        }
        let Some(known) = self.confirmations.get(key) else { return };
        if known.state.may_issue() && known.red.is_none() {
            tally.count(Fault::AutomaticRed);
            let form = known.form.clone();
            self.issue(&form, now, rng, tally);
        }
    }

    /// Lets happen what is due.
    pub(super) fn tick(&mut self, now: i64, rng: &mut Rng, tally: &mut Tally) {
        if self.due > now {
            return;
        }
        let mut index = 0;
        while index < self.flights.len() {
            if self.flights.get(index).is_some_and(|flight| flight.arrives_at <= now) {
                let flight = self.flights.swap_remove(index);
                if flight.confirmation {
                    self.apply_red(&flight.form, now, rng, tally);
                } else {
                    self.arrive(&flight.form, now, rng, tally);
                }
            } else {
                index += 1;
            }
        }
        self.finish_work(now, rng, tally);
        self.move_confirmations(now, rng, tally);
        let work = self.keys.values().filter_map(|standing| match standing {
            Standing::Working { done_at, .. } => Some(*done_at),
            Standing::Locked { until, .. } => Some(*until),
            _ => None,
        });
        let flights = self.flights.iter().map(|flight| flight.arrives_at);
        let forms = self.confirmations.values().filter_map(|known| known.next.map(|(at, _)| at));
        self.due = work.chain(flights).chain(forms).min().unwrap_or(i64::MAX);
    }

    fn finish_work(&mut self, now: i64, rng: &mut Rng, tally: &mut Tally) {
        let done: Vec<(String, bool)> =
            self.work
                .keys()
                .filter_map(|key| match self.keys.get(key) {
                    Some(
                        Standing::Working { done_at: at, denied } | Standing::Locked { until: at, denied },
                    ) if *at <= now => Some((key.clone(), *denied)),
                    _ => None,
                })
                .collect();
        for (key, denied) in done {
            let Some(form) = self.work.remove(&key) else { continue };
            if denied {
                self.deny(&form, now, tally);
            } else {
                self.issue(&form, now, rng, tally);
            }
        }
    }

    fn move_confirmations(&mut self, now: i64, rng: &mut Rng, tally: &mut Tally) {
        use ConfirmationState as S;
        let mut moved = Vec::new();
        for (key, known) in &mut self.confirmations {
            let Some((at, state)) = known.next else { continue };
            if at > now {
                continue;
            }
            (known.state, known.next) = (state, None);
            moved.push(key.clone());
            match state {
                S::Confirmed => {
                    tally.count(Fault::ConfirmationGiven);
                    // Now and then it is withdrawn before the red is issued.
                    if !self.personality.automatic && rng.chance(100) {
                        known.next = Some((now + rng.between(1_000, HOUR), S::WithdrawnConfirmed));
                    }
                }
                S::RefusedByBuyer | S::RefusedBySeller | S::RefusedByPerson => {
                    tally.count(Fault::ConfirmationRefused)
                }
                S::Expired => tally.count(Fault::ConfirmationExpired),
                S::Withdrawn | S::WithdrawnConfirmed => tally.count(Fault::ConfirmationWithdrawn),
                _ => {}
            }
        }
        for key in moved {
            self.automatic(&key, now, rng, tally);
        }
    }
}

/// A digital number: the year of its day, and a serial.
pub(super) fn number(now: i64, serial: u64) -> String {
    let year = crate::tax::tax_day(super::world::instant(now)).format("%y");
    format!("{year}{serial:018}")
}

/// The body of a callback: key, number, moment, net, tax, gross, signature.
fn news_of(doc: &Doc) -> String {
    let [net, tax, gross] = doc.form.totals;
    format!("{};{};{};{net};{tax};{gross};signed", doc.key, doc.number, doc.at)
}
