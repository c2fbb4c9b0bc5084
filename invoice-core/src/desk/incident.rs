//! Taking out an incident bundle.

use std::collections::BTreeSet;

use super::load::Loaded;
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::error::{Refusal, RefusalCode};
use crate::id::{ActorId, ApplicationId};
use crate::incident::{Bundle, Chapter, FORM, Masks, Step};
use crate::store::{Key, Kind, MAX_PAGE, Query, Row};

impl InvoiceDesk {
    /// Takes out everything that happened to an application and what is around it, without personal data.
    ///
    /// Take it while nobody works on the application, or a row may be a step ahead of its neighbours.
    ///
    /// # Errors
    /// `APPLY-03`, `ACCESS-…`; a failing store; a field that cannot be masked without breaking it, as an unreadable
    /// value.
    pub async fn incident(&self, actor: &Actor, id: &ApplicationId) -> Result<Bundle, DeskError> {
        self.permit(actor, Verb::Incident).await?;
        let mut loaded = Loaded::default();
        self.neighbourhood(&mut loaded, id).await?;
        if !loaded.state.applications.contains_key(id) {
            return Err(Refusal::new(RefusalCode::ApplicationUnknown).with("application", id).into());
        }
        let mut keys: BTreeSet<Key> = loaded.rows.into_keys().collect();
        for order in loaded.state.orders.keys() {
            let mut query =
                Query::new(&self.inner.tenant, Kind::Refund).tagged("order", order.as_str()).limit(MAX_PAGE);
            loop {
                let page = self.inner.store.find(&query).await?;
                keys.extend(page.rows.into_iter().map(|row| row.key));
                match page.next {
                    Some(next) => query = query.after(next),
                    None => break,
                }
            }
        }
        let keys: Vec<Key> = keys.into_iter().collect();
        let mut masks = Masks::default();
        let mut chapters = Vec::with_capacity(keys.len());
        for keys in keys.chunks(MAX_PAGE) {
            for row in self.inner.store.read(keys).await?.iter().flatten() {
                chapters.push(self.chapter(row, &mut masks).await?);
            }
        }
        let (tenant, application) = (self.inner.tenant.clone(), id.clone());
        Ok(Bundle { form: FORM, tenant, application, made_at: self.inner.clock.now(), chapters })
    }

    /// Puts a bundle into this desk's store, step by step and as the desk writes: rows, journal, ledger and outbox. So
    /// an incident can be gone on with from where it stopped, against a scripted bureau. For a fresh store and
    /// [`Unsealed`](crate::env::Unsealed).
    ///
    /// # Errors
    /// A failing store, with a conflict when it is not fresh.
    #[cfg(feature = "testkit")]
    pub async fn restage(&self, actor: &Actor, bundle: &Bundle) -> Result<(), DeskError> {
        self.permit(actor, Verb::Incident).await?;
        let steps = bundle.chapters.iter().flat_map(|chapter| {
            let key = chapter.subject.split_once('/');
            chapter.steps.iter().map(move |step| (key, step))
        });
        let mut steps: Vec<_> = steps.collect();
        steps.sort_by_key(|(_, step)| step.at);
        let mut state = crate::decision::State::default();
        for (key, step) in steps {
            let kind = key.and_then(|(kind, id)| Some((Kind::from_name(kind)?, id)));
            let Some((kind, id)) = kind.filter(|_| !step.events.is_empty()) else { continue };
            let key = self.key(kind, id);
            let mut loaded = Loaded { state, ..Loaded::default() };
            // A first step finds nothing: the commit checks it.
            let known = if step.seq > 1 {
                self.inner.store.read(std::slice::from_ref(&key)).await?
            } else {
                Vec::new()
            };
            if let Some(row) = known.into_iter().flatten().next() {
                loaded.rows.insert(key, (row.version, row.head));
            }
            let deed = super::journal::Deed { verb: &step.verb, why: None };
            let (unit, next) = self.unit(&loaded, &step.events, actor, deed)?;
            self.commit(&unit).await?;
            state = next;
        }
        Ok(())
    }

    async fn chapter(&self, row: &Row, masks: &mut Masks) -> Result<Chapter, DeskError> {
        let unreadable = |source| DeskError::Unreadable { subject: row.key.to_string(), source };
        let mut steps = Vec::new();
        for entry in self.history(&row.key).await? {
            if entry.seq > row.version.number() {
                break;
            }
            let mut events = serde_json::Value::Array(self.recorded(&entry)?.events);
            masks.mask(&mut events);
            steps.push(Step {
                seq: entry.seq,
                at: entry.at,
                actor: ActorId::new(masks.actor(entry.actor.as_str()))?,
                verb: entry.verb,
                events: serde_json::from_value(events).map_err(unreadable)?,
            });
        }
        let mut body = self.open(row)?;
        masks.mask(&mut body);
        Ok(Chapter { subject: format!("{}/{}", row.key.kind().as_str(), row.key.id()), steps, row: body })
    }
}
