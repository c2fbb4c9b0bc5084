use std::collections::BTreeSet;

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};

use super::log::{Heard, VerificationAnswer, VerificationLog};
use crate::tax::{tax_day, tax_midnight};

/// The rules of whoever is asked. The standard ones are the national web site's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationPolicy {
    daily: usize,
    days_until_known: u64,
    years: u32,
    answer_within: TimeDelta,
    rechecks: Vec<i64>,
    not_found_days: usize,
}

impl Default for VerificationPolicy {
    /// Five questions a day for one invoice, from the day after it was issued, for five years (note on the site
    /// inv-veri.chinatax.gov.cn); an answer within two minutes; looked at again 1, 7, 30, 90, 180 and 360 days after the
    /// first confirmation; given up when it was not found on five days.
    fn default() -> Self {
        Self {
            daily: 5,
            days_until_known: 1,
            years: 5,
            answer_within: TimeDelta::minutes(2),
            rechecks: vec![1, 7, 30, 90, 180, 360],
            not_found_days: 5,
        }
    }
}

impl VerificationPolicy {
    /// Sets how many questions a day there are for one invoice.
    #[must_use]
    pub const fn with_daily(mut self, questions: usize) -> Self {
        self.daily = questions;
        self
    }

    /// Sets after how many days an invoice is in the books; 0 for the day itself.
    #[must_use]
    pub const fn with_days_until_known(mut self, days: u64) -> Self {
        self.days_until_known = days;
        self
    }

    /// Sets for how many years invoices stay in the books.
    #[must_use]
    pub const fn with_years(mut self, years: u32) -> Self {
        self.years = years;
        self
    }

    /// Sets after which time without answer a question counts as lost.
    #[must_use]
    pub const fn with_answer_within(mut self, wait: TimeDelta) -> Self {
        self.answer_within = wait;
        self
    }

    /// After which time without answer a question counts as lost.
    #[must_use]
    pub const fn answer_within(&self) -> TimeDelta {
        self.answer_within
    }

    /// Sets how many days after the first confirmation it is looked at again, so that a later red or void is noticed.
    #[must_use]
    pub fn with_rechecks(mut self, days: impl IntoIterator<Item = i64>) -> Self {
        self.rechecks = days.into_iter().collect();
        self.rechecks.sort_unstable();
        self
    }
}

/// Who wants to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The desk by itself: only what is due.
    Schedule,
    /// A person, who need not wait for the next look at what was confirmed, nor for the pause after a failure.
    Person,
}

/// Why there is no asking before a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// The bureau has it from the day after.
    NotYetKnown,
    /// Today's questions are used up.
    UsedUp,
    /// A question is on its way.
    OnItsWay,
    /// The last one came to nothing.
    Pause,
    /// It is confirmed, and looked at again then.
    Confirmed,
}

impl WaitReason {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotYetKnown => "not_yet_known",
            Self::UsedUp => "used_up",
            Self::OnItsWay => "on_its_way",
            Self::Pause => "pause",
            Self::Confirmed => "confirmed",
        }
    }
}

/// Why there is no asking any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firm {
    /// The same fields did not match: the answer would be the same.
    Mismatch,
    /// It was not found on enough days.
    NotFound,
    /// It is older than the bureau tells about.
    TooOld,
    /// It is void or taken back: that stays so.
    Over,
    /// It was confirmed, and looked at again for as long as it is worth it.
    Confirmed,
}

impl Firm {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mismatch => "mismatch",
            Self::NotFound => "not_found",
            Self::TooOld => "too_old",
            Self::Over => "over",
            Self::Confirmed => "confirmed",
        }
    }
}

/// What to do about an invoice now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerificationStep {
    /// Count a question, store that, and send it.
    Ask,
    /// Look again at this moment.
    Wait {
        /// When.
        until: DateTime<Utc>,
        /// Why.
        why: WaitReason,
    },
    /// Nothing: the last word is spoken.
    Done(Firm),
}

impl VerificationLog {
    /// What to do now about an invoice of this date, if this was asked.
    #[must_use]
    pub fn next(
        &self,
        fingerprint: &[u8; 32],
        issued_on: NaiveDate,
        policy: &VerificationPolicy,
        (asker, now): (Asker, DateTime<Utc>),
    ) -> VerificationStep {
        use VerificationAnswer::{LimitReached, Mismatch, NotFound, TooEarly};
        use VerificationStep::{Ask, Done, Wait};
        let (today, newest) = (tax_day(now), self.attempts().last());
        if let Some(newest) = newest.filter(|attempt| attempt.heard().is_none()) {
            let until = newest.at() + policy.answer_within;
            if now < until {
                return Wait { until, why: WaitReason::OnItsWay };
            }
        }
        let differed = |attempt: &super::Attempt| {
            attempt.asked() == fingerprint && matches!(attempt.answer(), Some(Mismatch))
        };
        if self.attempts().iter().any(differed) {
            return Done(Firm::Mismatch);
        }
        if self.standing().is_some_and(super::Standing::is_over) {
            return Done(Firm::Over);
        }
        let oldest = today.checked_sub_months(Months::new(12 * policy.years));
        let last = self.confirmations().next_back();
        if oldest.is_some_and(|oldest| issued_on < oldest) {
            return Done(if last.is_some() { Firm::Confirmed } else { Firm::TooOld });
        }
        if let (Some((first, _)), Some((last, _)), Asker::Schedule) =
            (self.confirmations().next(), last, asker)
        {
            let due =
                policy.rechecks.iter().filter_map(|days| first.checked_add_signed(TimeDelta::days(*days)));
            match due.into_iter().find(|due| *due > last) {
                None => return Done(Firm::Confirmed),
                Some(until) if now < until => return Wait { until, why: WaitReason::Confirmed },
                Some(_) => {}
            }
        }
        let known = issued_on.checked_add_days(chrono::Days::new(policy.days_until_known));
        if let Some(until) = known.map(tax_midnight).filter(|until| now < *until) {
            return Wait { until, why: WaitReason::NotYetKnown };
        }
        let on_today = || self.attempts().iter().filter(|attempt| tax_day(attempt.at()) == today);
        let refused = on_today().any(|attempt| matches!(attempt.answer(), Some(LimitReached)));
        let tomorrow = today.succ_opt().map_or(now, tax_midnight);
        if refused || self.counted_on(today, policy.answer_within) >= policy.daily {
            return Wait { until: tomorrow, why: WaitReason::UsedUp };
        }
        // A question that came to nothing today is worth another only when the world can have changed.
        let in_vain = on_today().any(|attempt| {
            attempt.asked() == fingerprint && matches!(attempt.answer(), Some(NotFound | TooEarly))
        });
        if in_vain {
            return Wait { until: tomorrow, why: WaitReason::Pause };
        }
        if last.is_none()
            && self.not_found_on(fingerprint) >= policy.not_found_days
            && asker == Asker::Schedule
        {
            return Done(Firm::NotFound);
        }
        match self.paused_until(policy).filter(|until| now < *until) {
            Some(until) if asker == Asker::Schedule => Wait { until, why: WaitReason::Pause },
            _ => Ask,
        }
    }

    /// On how many days this was asked and not found.
    fn not_found_on(&self, fingerprint: &[u8; 32]) -> usize {
        let missed = self.attempts().iter().filter(|attempt| {
            attempt.asked() == fingerprint && matches!(attempt.answer(), Some(VerificationAnswer::NotFound))
        });
        missed.map(|attempt| tax_day(attempt.at())).collect::<BTreeSet<_>>().len()
    }

    /// Until when to leave a verifier alone that did not answer: two minutes, doubled with every miss up to four hours.
    fn paused_until(&self, policy: &VerificationPolicy) -> Option<DateTime<Utc>> {
        let silent = |heard: Option<&Heard>| !matches!(heard, Some(Heard::Answer(_)));
        let misses = self.attempts().iter().rev().take_while(|attempt| silent(attempt.heard())).count();
        let newest = self.attempts().last().filter(|_| misses > 0)?;
        let doublings = u32::try_from(misses - 1).unwrap_or(u32::MAX).min(7);
        let pause = TimeDelta::minutes(2 << doublings).max(policy.answer_within);
        newest.at().checked_add_signed(pause)
    }
}
