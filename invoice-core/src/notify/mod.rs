//! Notices: what buyers and staff are told, through whom, and whether it arrived.
//!
//! A notice is made once for one occasion and one notifier, under an id that follows from these, and is delivered by the
//! outbox: again and again until it is taken or given up. A notifier may therefore see one twice, always with the same id.

mod event;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use event::NoticeEvent;

use crate::error::Language;
use crate::id::{BuyerId, NoticeId, NotifierId, SellerId};

/// How long a notice is tried before it becomes a dead letter.
pub const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(3);

/// Which notifier is told which events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRoute {
    /// The notifier.
    pub notifier: NotifierId,
    /// The events.
    pub events: Vec<NoticeEvent>,
}

/// Something to tell, before it is known through whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occasion {
    /// What.
    pub event: NoticeEvent,
    /// About what: `invoice/…`, `application/…`, `order/…` or `seller/…`.
    pub subject: String,
    /// Tells this occasion from others of the same event and subject: a number, a day.
    pub once_per: String,
    /// The buyer concerned.
    pub buyer: Option<BuyerId>,
    /// The seller concerned.
    pub seller: SellerId,
    /// The facts that the sentence names. Ids, codes, amounts and dates only: never personal data.
    pub facts: Vec<(String, String)>,
}

impl Occasion {
    /// The id of the notice that tells it through a notifier: the same on every machine.
    #[must_use]
    pub fn notice_id(&self, notifier: &NotifierId) -> NoticeId {
        let mut hasher = Sha256::new();
        for part in [self.event.as_str(), &self.subject, &self.once_per, notifier.as_str()] {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        let short: String = hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        NoticeId::from_trusted(format!("n-{short}"))
    }
}

/// Whether a notice has arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum NoticeState {
    /// It is tried.
    Pending,
    /// The notifier has taken it.
    Delivered {
        /// When.
        at: DateTime<Utc>,
    },
    /// Given up: a dead letter, until somebody replays it.
    Dead {
        /// When.
        at: DateTime<Utc>,
    },
}

impl NoticeState {
    /// The stored name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered { .. } => "delivered",
            Self::Dead { .. } => "dead",
        }
    }
}

/// What can happen to a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeChange {
    /// It was made.
    Made {
        /// What to tell.
        occasion: Box<Occasion>,
        /// Through whom.
        notifier: NotifierId,
        /// When.
        at: DateTime<Utc>,
    },
    /// The notifier did not take it; it is tried again.
    Missed {
        /// Why, as a code.
        code: String,
    },
    /// The notifier took it.
    Delivered {
        /// When.
        at: DateTime<Utc>,
    },
    /// Given up.
    Died {
        /// When.
        at: DateTime<Utc>,
        /// Why, as a code.
        code: String,
    },
    /// A person has it tried again.
    Replayed {
        /// When.
        at: DateTime<Utc>,
    },
}

/// A notice as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    id: NoticeId,
    occasion: Occasion,
    notifier: NotifierId,
    made_at: DateTime<Utc>,
    tried_since: DateTime<Utc>,
    missed: u32,
    code: Option<String>,
    state: NoticeState,
}

impl Notice {
    /// Folds a change in.
    #[must_use]
    pub fn evolve(current: Option<Self>, id: &NoticeId, change: &NoticeChange) -> Option<Self> {
        let Some(mut notice) = current else {
            let NoticeChange::Made { occasion, notifier, at } = change else { return None };
            return Some(Self {
                id: id.clone(),
                occasion: (**occasion).clone(),
                notifier: notifier.clone(),
                made_at: *at,
                tried_since: *at,
                missed: 0,
                code: None,
                state: NoticeState::Pending,
            });
        };
        match change {
            NoticeChange::Made { .. } => {}
            NoticeChange::Missed { code } => {
                notice.missed += 1;
                notice.code = Some(code.clone());
            }
            NoticeChange::Delivered { at } => notice.state = NoticeState::Delivered { at: *at },
            NoticeChange::Died { at, code } => {
                notice.missed += 1;
                notice.code = Some(code.clone());
                notice.state = NoticeState::Dead { at: *at };
            }
            NoticeChange::Replayed { at } => {
                (notice.tried_since, notice.missed) = (*at, 0);
                notice.state = NoticeState::Pending;
            }
        }
        Some(notice)
    }

    /// The id: the same however often it is delivered.
    #[must_use]
    pub const fn id(&self) -> &NoticeId {
        &self.id
    }

    /// What it tells.
    #[must_use]
    pub const fn occasion(&self) -> &Occasion {
        &self.occasion
    }

    /// Through whom.
    #[must_use]
    pub const fn notifier(&self) -> &NotifierId {
        &self.notifier
    }

    /// When it was made.
    #[must_use]
    pub const fn made_at(&self) -> DateTime<Utc> {
        self.made_at
    }

    /// How often the notifier did not take it since it was made or replayed.
    #[must_use]
    pub const fn missed(&self) -> u32 {
        self.missed
    }

    /// Why it was last not taken.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether it has arrived.
    #[must_use]
    pub const fn state(&self) -> &NoticeState {
        &self.state
    }

    /// Whether it has been tried for long enough at this moment.
    #[must_use]
    pub fn is_too_old(&self, now: DateTime<Utc>) -> bool {
        now - self.tried_since >= GIVE_UP_AFTER
    }

    /// The same with the invoice's number masked, for who helps a buyer: with number, date and amount anybody can ask the
    /// bureau for the rest.
    #[must_use]
    pub fn masked(mut self) -> Self {
        for (_, value) in self.occasion.facts.iter_mut().filter(|(name, _)| name == "number") {
            let masked = crate::mask::number(value);
            // An invoice is told of once per number.
            if self.occasion.once_per == *value {
                self.occasion.once_per.clone_from(&masked);
            }
            // A received invoice is its own subject.
            self.occasion.subject = self.occasion.subject.replace(value.as_str(), &masked);
            *value = masked;
        }
        self
    }

    /// Subject line and sentence in a language.
    #[must_use]
    pub fn wording(&self, language: Language) -> (String, String) {
        let (subject, body) = self.occasion.event.template(language);
        let filled = |text: &str| {
            let fill =
                |text: String, (name, value): &(String, String)| text.replace(&format!("{{{name}}}"), value);
            self.occasion.facts.iter().fold(text.to_owned(), fill)
        };
        (filled(subject), filled(body))
    }
}
