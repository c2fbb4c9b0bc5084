//! Periodic plans (按期开票): one application for everything a buyer paid in a month or a quarter.

mod period;

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use period::midnight;
pub use period::{Period, Rhythm};

use crate::id::{ApplicationId, BuyerId, PeriodicId, SellerId};
use crate::invoice::InvoiceKind;
use crate::title::Title;

/// Most characters of a plan's id: the ids of its applications are built from it.
pub const MAX_PERIODIC_ID: usize = 40;
/// Most orders one application of a plan merges; more make a second one for the same period.
pub const MAX_ORDERS: usize = 200;

/// What a buyer, or the shop for them, wants invoiced by itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodicRequest {
    /// The plan's id, made by the caller; at most [`MAX_PERIODIC_ID`] characters.
    pub id: PeriodicId,
    /// Who is to issue.
    pub seller: SellerId,
    /// For whom.
    pub buyer: BuyerId,
    /// As what.
    pub kind: InvoiceKind,
    /// The title.
    pub title: Title,
    /// How often.
    pub rhythm: Rhythm,
    /// The first day whose payments count, where the seller is.
    pub from: NaiveDate,
    /// Days after the end of a period before it is applied for, so that late returns are out of it.
    pub wait_days: u32,
}

impl fmt::Debug for PeriodicRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeriodicRequest")
            .field("id", &self.id)
            .field("rhythm", &self.rhythm)
            .finish_non_exhaustive()
    }
}

/// Whether a plan runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodicState {
    /// It applies at the end of every period.
    Running,
    /// It waits; what it misses is caught up with, period by period, once it runs again.
    Paused,
    /// It is over.
    Ended,
}

impl PeriodicState {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }
}

/// What a period came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ran {
    /// An application was made.
    Applied(ApplicationId),
    /// Nothing was open.
    Nothing,
    /// It was refused; what it was for stays open and is in the next period's application.
    Refused {
        /// The refusal's code.
        code: String,
    },
}

/// What can happen to a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodicChange {
    /// It was made.
    Opened(Box<PeriodicRequest>),
    /// Title, kind or wait are others from the next run on.
    Changed(Box<PeriodicRequest>),
    /// It was paused, taken up again or ended.
    Turned(PeriodicState),
    /// A period, or a part of one, was applied for.
    Ran {
        /// Which.
        period: Period,
        /// What it came to.
        result: Ran,
        /// The period to run next: the same one while more of it is open.
        next: Period,
    },
}

/// A periodic plan as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodicPlan {
    request: PeriodicRequest,
    state: PeriodicState,
    next: Period,
    /// Applications made for `next` already.
    parts: u32,
    last: Option<(Period, Ran)>,
}

impl PeriodicPlan {
    /// Folds a change in.
    #[must_use]
    pub fn evolve(current: Option<Self>, change: &PeriodicChange) -> Option<Self> {
        let Some(mut plan) = current else {
            let PeriodicChange::Opened(request) = change else { return None };
            let next = Period::containing(request.rhythm, request.from);
            let request = (**request).clone();
            return Some(Self { request, state: PeriodicState::Running, next, parts: 0, last: None });
        };
        match change {
            PeriodicChange::Opened(_) => {}
            PeriodicChange::Changed(request) => plan.request = (**request).clone(),
            PeriodicChange::Turned(state) => plan.state = *state,
            PeriodicChange::Ran { period, result, next } => {
                plan.parts = if next == period { plan.parts + 1 } else { 0 };
                plan.next = *next;
                plan.last = Some((*period, result.clone()));
            }
        }
        Some(plan)
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> &PeriodicId {
        &self.request.id
    }

    /// What was asked for.
    #[must_use]
    pub const fn request(&self) -> &PeriodicRequest {
        &self.request
    }

    /// Whether it runs.
    #[must_use]
    pub const fn state(&self) -> PeriodicState {
        self.state
    }

    /// The period it applies for next.
    #[must_use]
    pub const fn next(&self) -> Period {
        self.next
    }

    /// The newest period it has run, and what that came to.
    #[must_use]
    pub const fn last(&self) -> Option<&(Period, Ran)> {
        self.last.as_ref()
    }

    /// When the next period is applied for; `None` beyond the calendar.
    #[must_use]
    pub fn due(&self, zone: FixedOffset) -> Option<DateTime<Utc>> {
        let wait = TimeDelta::try_days(i64::from(self.request.wait_days))?;
        self.next.end_in(zone)?.checked_add_signed(wait)
    }

    /// The id of the next application: the same for the same plan, period and part on every machine.
    #[must_use]
    pub fn application_id(&self) -> ApplicationId {
        let (plan, period) = (&self.request.id, self.next);
        ApplicationId::from_trusted(match self.parts {
            0 => format!("{plan}-{period}"),
            part => format!("{plan}-{period}-{}", part + 1),
        })
    }
}
