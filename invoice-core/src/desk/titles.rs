use super::load::Loaded;
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::decision::{Command, TitleWish};
use crate::error::{Refusal, RefusalCode};
use crate::id::{BuyerId, TitleId};
use crate::title::{Title, TitleBook, TitleEntry};

impl InvoiceDesk {
    /// A buyer's title book; an empty one when nothing was ever kept.
    ///
    /// # Errors
    /// `ACCESS-…`; a failing store.
    pub async fn title_book_of(&self, actor: &Actor, buyer: &BuyerId) -> Result<TitleBook, DeskError> {
        self.permit(actor, Verb::Titles).await?;
        self.own(actor, Verb::Titles, buyer, buyer.as_str()).await?;
        let mut loaded = Loaded::default();
        self.title_book(&mut loaded, buyer).await?;
        Ok(loaded.state.title_books.remove(buyer).unwrap_or_else(|| TitleBook::empty(buyer)))
    }

    /// Keeps a title in a buyer's book and returns its entry. A title that is there already is replaced by this way of
    /// writing it and keeps its id.
    ///
    /// # Errors
    /// `TITLE-02` when the book is full, `ACCESS-…`; a failing store.
    pub async fn keep_title(
        &self,
        actor: &Actor,
        buyer: &BuyerId,
        title: Title,
    ) -> Result<TitleEntry, DeskError> {
        let book = self.wish(actor, buyer, TitleWish::Keep(title.clone())).await?;
        let kept = book.same_as(&title).cloned();
        Ok(kept.ok_or_else(|| Refusal::new(RefusalCode::TitleUnknown).with("title", "-"))?)
    }

    /// Changes the title of an entry. Invoices keep the title they were planned with.
    ///
    /// # Errors
    /// `TITLE-04`, `ACCESS-…`; a failing store.
    pub async fn change_title(
        &self,
        actor: &Actor,
        buyer: &BuyerId,
        id: &TitleId,
        title: Title,
    ) -> Result<TitleBook, DeskError> {
        self.wish(actor, buyer, TitleWish::Change(id.clone(), title)).await
    }

    /// Takes an entry out of a book; one that is not there is fine.
    ///
    /// # Errors
    /// `ACCESS-…`; a failing store.
    pub async fn drop_title(
        &self,
        actor: &Actor,
        buyer: &BuyerId,
        id: &TitleId,
    ) -> Result<TitleBook, DeskError> {
        self.wish(actor, buyer, TitleWish::Drop(id.clone())).await
    }

    /// Makes an entry the default.
    ///
    /// # Errors
    /// `TITLE-04`, `ACCESS-…`; a failing store.
    pub async fn prefer_title(
        &self,
        actor: &Actor,
        buyer: &BuyerId,
        id: &TitleId,
    ) -> Result<TitleBook, DeskError> {
        self.wish(actor, buyer, TitleWish::Prefer(id.clone())).await
    }

    /// Picks a title to apply with, which makes it the most recent one.
    ///
    /// # Errors
    /// `TITLE-04`, `ACCESS-…`; a failing store.
    pub async fn pick_title(&self, actor: &Actor, buyer: &BuyerId, id: &TitleId) -> Result<Title, DeskError> {
        let book = self.wish(actor, buyer, TitleWish::Pick(id.clone())).await?;
        let picked = book.get(id).map(|entry| entry.title().clone());
        Ok(picked.ok_or_else(|| Refusal::new(RefusalCode::TitleUnknown).with("title", id))?)
    }

    async fn wish(&self, actor: &Actor, buyer: &BuyerId, wish: TitleWish) -> Result<TitleBook, DeskError> {
        let mut state = self.transact(actor, &Command::Titles { buyer: buyer.clone(), wish }).await?;
        Ok(state.title_books.remove(buyer).unwrap_or_else(|| TitleBook::empty(buyer)))
    }
}
