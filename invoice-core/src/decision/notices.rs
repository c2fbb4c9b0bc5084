use super::{Case, Event};
use crate::error::{Refusal, RefusalCode};
use crate::id::NoticeId;
use crate::notify::{Notice, NoticeChange, NoticeState, Occasion};

/// How a delivery went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The notifier took it.
    Taken,
    /// It did not, and may later; the code says why.
    Later(String),
    /// It never will.
    Never(String),
}

impl Case<'_> {
    /// Makes a notice for every route that tells the event of an occasion, once.
    pub(super) fn tell(&mut self, occasions: &[Occasion]) -> Result<(), Refusal> {
        for occasion in occasions {
            for route in
                self.facts.notice_routes.iter().filter(|route| route.events.contains(&occasion.event))
            {
                let id = occasion.notice_id(&route.notifier);
                if self.state.notices.contains_key(&id) {
                    continue;
                }
                let made = NoticeChange::Made {
                    occasion: Box::new(occasion.clone()),
                    notifier: route.notifier.clone(),
                    at: self.facts.now,
                };
                self.emit(Event::Notice(id, made));
            }
        }
        Ok(())
    }

    fn notice(&self, id: &NoticeId) -> Result<&Notice, Refusal> {
        self.state.notices.get(id).ok_or_else(|| Refusal::new(RefusalCode::NoticeUnknown).with("notice", id))
    }

    /// Takes in how a delivery went. Told late or twice it changes nothing.
    pub(super) fn delivered(&mut self, id: &NoticeId, delivery: &Delivery) -> Result<(), Refusal> {
        let notice = self.notice(id)?;
        if *notice.state() != NoticeState::Pending {
            return Ok(());
        }
        let at = self.facts.now;
        let change = match delivery {
            Delivery::Taken => NoticeChange::Delivered { at },
            Delivery::Later(code) if !notice.is_too_old(at) => NoticeChange::Missed { code: code.clone() },
            Delivery::Later(code) | Delivery::Never(code) => NoticeChange::Died { at, code: code.clone() },
        };
        self.emit(Event::Notice(id.clone(), change));
        Ok(())
    }

    /// Has a dead letter tried again.
    pub(super) fn replay(&mut self, id: &NoticeId) -> Result<(), Refusal> {
        match self.notice(id)?.state() {
            NoticeState::Pending => Ok(()),
            NoticeState::Dead { .. } => {
                self.emit(Event::Notice(id.clone(), NoticeChange::Replayed { at: self.facts.now }));
                Ok(())
            }
            NoticeState::Delivered { .. } => {
                Err(Refusal::new(RefusalCode::NoticeDelivered).with("notice", id))
            }
        }
    }
}
