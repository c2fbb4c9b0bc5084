//! The door: every verb passes it, and what is refused there is written down.

use super::journal::Deed;
use super::load::Loaded;
use super::{DeskError, InvoiceDesk};
use crate::access::{AccessChange, AccessRecord, Actor, Verb};
use crate::decision::Event;
use crate::error::{Refusal, RefusalCode};
use crate::id::{ActorId, BuyerId};
use crate::store::{Kind, MAX_PAGE, Query, StoreErrorKind};

/// How often a refusal is written down again when the same actor is refused at the same moment elsewhere.
const ATTEMPTS: usize = 64;

impl InvoiceDesk {
    /// Lets an actor do a verb, or writes down that they tried. Every verb of the desk asks this itself; a host asks it for
    /// what it does beside the desk, so that one table holds for both and what is refused is written down in one place.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn permit(&self, actor: &Actor, verb: Verb) -> Result<(), DeskError> {
        match self.inner.permissions.check(actor, verb) {
            Ok(()) => Ok(()),
            Err(refusal) => Err(self.refused(actor, verb, None, refusal).await),
        }
    }

    /// Lets an actor at a thing of `owner`, or writes down that they tried.
    pub(super) async fn own(
        &self,
        actor: &Actor,
        verb: Verb,
        owner: &BuyerId,
        about: &str,
    ) -> Result<(), DeskError> {
        match actor.owns(owner) {
            Ok(()) => Ok(()),
            Err(refusal) => Err(self.refused(actor, verb, Some(about), refusal).await),
        }
    }

    /// The refusal as an error, written down first when it is one of access. Where that cannot be written, the failing
    /// store is the error: nothing was done either way.
    pub(super) async fn refused(
        &self,
        actor: &Actor,
        verb: Verb,
        about: Option<&str>,
        refusal: Refusal,
    ) -> DeskError {
        use RefusalCode::{ChannelNotYours, NotPermitted, NotYourOwn};
        if !matches!(refusal.code(), NotPermitted | NotYourOwn | ChannelNotYours) {
            return refusal.into();
        }
        self.observe_refusal(verb, refusal.code());
        match self.write_down(actor, verb, about, &refusal).await {
            Ok(()) => refusal.into(),
            Err(error) => error,
        }
    }

    async fn write_down(
        &self,
        actor: &Actor,
        verb: Verb,
        about: Option<&str>,
        refusal: &Refusal,
    ) -> Result<(), DeskError> {
        let change = AccessChange::Refused {
            verb: verb.as_str().to_owned(),
            role: actor.role().as_str().to_owned(),
            code: refusal.code().as_str().to_owned(),
            about: about.map(str::to_owned),
            at: self.inner.clock.now(),
        };
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let mut loaded = Loaded::default();
            let keys = vec![self.key(Kind::Access, actor.id().as_str())];
            for row in self.fetch(&mut loaded, keys).await? {
                let record: AccessRecord = self.open(&row)?;
                loaded.state.access.insert(record.actor().clone(), record);
            }
            let event = Event::Access(actor.id().clone(), change.clone());
            let (unit, _) = self.unit(&loaded, &[event], actor, Deed { verb: "refused", why: None })?;
            match self.commit(&unit).await {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == StoreErrorKind::Conflict => {
                    error.detail().clone_into(&mut last)
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(DeskError::Contended { subject: last })
    }

    /// Who was refused something, and the newest thing they tried. The journal of each row lists all of it.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn refusals(&self, actor: &Actor) -> Result<Vec<AccessRecord>, DeskError> {
        self.permit(actor, Verb::Oversee).await?;
        let mut query = Query::new(&self.inner.tenant, Kind::Access).limit(MAX_PAGE);
        let mut records = Vec::new();
        loop {
            let page = self.inner.store.find(&query).await?;
            for row in &page.rows {
                records.push(self.open(row)?);
            }
            match page.next {
                Some(next) => query = query.after(next),
                None => return Ok(records),
            }
        }
    }

    /// Everything that was refused to one actor, oldest first.
    ///
    /// # Errors
    /// `ACCESS-01`; a failing store.
    pub async fn refusals_of(&self, actor: &Actor, of: &ActorId) -> Result<Vec<AccessChange>, DeskError> {
        self.permit(actor, Verb::Oversee).await?;
        let key = self.key(Kind::Access, of.as_str());
        let mut changes = Vec::new();
        for entry in self.history(&key).await? {
            let events = self.recorded::<Event>(&entry)?.events;
            changes.extend(events.into_iter().filter_map(|event| match event {
                Event::Access(_, change) => Some(change),
                _ => None,
            }));
        }
        Ok(changes)
    }
}
