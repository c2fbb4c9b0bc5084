use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::application::Audience;
use crate::error::Language;
use crate::id::{BuyerId, NoticeId, NotifierId, SellerId};
use crate::notify::{Notice, NoticeEvent};

/// What a notifier is given: a notice without where it stands. No personal data; whom it goes to, the notifier finds out
/// from the buyer's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter<'a> {
    notice: &'a Notice,
}

impl<'a> Letter<'a> {
    /// The letter of a notice.
    #[must_use]
    pub const fn new(notice: &'a Notice) -> Self {
        Self { notice }
    }

    /// The id: the same however often the letter is delivered, so that a receiver can tell a second copy.
    #[must_use]
    pub const fn id(&self) -> &'a NoticeId {
        self.notice.id()
    }

    /// What happened.
    #[must_use]
    pub const fn event(&self) -> NoticeEvent {
        self.notice.occasion().event
    }

    /// For whom it is.
    #[must_use]
    pub const fn audience(&self) -> Audience {
        self.event().audience()
    }

    /// The buyer concerned.
    #[must_use]
    pub const fn buyer(&self) -> Option<&'a BuyerId> {
        self.notice.occasion().buyer.as_ref()
    }

    /// The seller concerned.
    #[must_use]
    pub const fn seller(&self) -> &'a SellerId {
        &self.notice.occasion().seller
    }

    /// When the notice was made.
    #[must_use]
    pub const fn made_at(&self) -> DateTime<Utc> {
        self.notice.made_at()
    }

    /// The facts by name.
    pub fn facts(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.notice.occasion().facts.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Subject line and sentence in a language.
    #[must_use]
    pub fn wording(&self, language: Language) -> (String, String) {
        self.notice.wording(language)
    }
}

/// Why a notifier did not take a letter. The code names no person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotifyError {
    /// It may take it later: a time-out, a server in trouble.
    #[error("not delivered now ({code})")]
    Later {
        /// Why, such as `HTTP-500`.
        code: String,
    },
    /// It never will: nobody to tell, refused for good.
    #[error("not deliverable ({code})")]
    Never {
        /// Why, such as `NO-ADDRESS`.
        code: String,
    },
}

/// A way to tell people: e-mail, short message, webhook, a page in the shop's own app.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Its name, stored with every notice.
    fn id(&self) -> &NotifierId;

    /// Delivers a letter: one try, within its own time limit. A letter may come again after it was taken, with the same
    /// id, when the desk was cut off before it wrote that down.
    async fn deliver(&self, letter: &Letter<'_>) -> Result<(), NotifyError>;
}

/// Notices that a buyer reads in the shop's own pages: taken as soon as they are made, found by
/// [`find_notices`](crate::desk::InvoiceDesk::find_notices).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InApp {
    id: NotifierId,
}

impl InApp {
    /// Notices under this name.
    #[must_use]
    pub const fn new(id: NotifierId) -> Self {
        Self { id }
    }
}

#[async_trait]
impl Notifier for InApp {
    fn id(&self) -> &NotifierId {
        &self.id
    }

    async fn deliver(&self, _letter: &Letter<'_>) -> Result<(), NotifyError> {
        Ok(())
    }
}
