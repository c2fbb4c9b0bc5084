use serde::{Deserialize, Serialize};

use super::{Case, Event};
use crate::error::{Refusal, RefusalCode};
use crate::id::{BuyerId, TitleId};
use crate::title::{MAX_TITLES, Title, TitleBook, TitleBookChange};

/// What a buyer wants done with their title book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TitleWish {
    /// Keep a title; one that is there already is replaced and keeps its id.
    Keep(Title),
    /// Change the title of an entry.
    Change(TitleId, Title),
    /// Take an entry out. Invoices keep the title they were planned with.
    Drop(TitleId),
    /// Make an entry the default.
    Prefer(TitleId),
    /// Use an entry now: it becomes the most recent one.
    Pick(TitleId),
}

impl Case<'_> {
    pub(super) fn titles(&mut self, buyer: &BuyerId, wish: &TitleWish) -> Result<(), Refusal> {
        self.facts.actor.owns(buyer)?;
        let empty = TitleBook::empty(buyer);
        let book = self.state.title_books.get(buyer).unwrap_or(&empty);
        let known = |id: &TitleId| {
            book.get(id).ok_or_else(|| Refusal::new(RefusalCode::TitleUnknown).with("title", id))
        };
        let change = match wish {
            TitleWish::Keep(title) => match book.same_as(title) {
                Some(entry) if entry.title() == title => return Ok(()),
                Some(entry) => TitleBookChange::Kept { id: entry.id().clone(), title: title.clone() },
                None if book.entries().len() >= MAX_TITLES => {
                    return Err(Refusal::new(RefusalCode::TitleBookFull).with("most", MAX_TITLES));
                }
                None => TitleBookChange::Kept { id: book.next_id(), title: title.clone() },
            },
            TitleWish::Change(id, title) if known(id)?.title() == title => return Ok(()),
            TitleWish::Change(id, title) => TitleBookChange::Kept { id: id.clone(), title: title.clone() },
            TitleWish::Drop(id) if book.get(id).is_none() => return Ok(()),
            TitleWish::Drop(id) => TitleBookChange::Dropped { id: id.clone() },
            TitleWish::Prefer(id) => {
                known(id)?;
                if book.preferred().is_some_and(|entry| entry.id() == id) {
                    return Ok(());
                }
                TitleBookChange::Preferred { id: id.clone() }
            }
            TitleWish::Pick(id) => {
                known(id)?;
                TitleBookChange::Picked { id: id.clone(), at: self.facts.now }
            }
        };
        self.emit(Event::TitleBook(buyer.clone(), change));
        Ok(())
    }
}
