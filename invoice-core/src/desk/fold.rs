//! Going through many rows one after the other, to add them up.

use futures_util::future::join;
use serde::de::DeserializeOwned;

use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::id::SellerId;
use crate::invoice::Invoice;
use crate::received::{ReceivedQuery, ReceivedRecord};
use crate::store::{Kind, MAX_PAGE, Page, Query};

impl InvoiceDesk {
    /// Gives every received invoice that a query finds to `each`, once, in pages of at most [`MAX_PAGE`] and with the memory
    /// of two of them, whatever their number: for a [report](crate::report::received), vouchers or a file. Returns how many
    /// there were.
    ///
    /// What is written meanwhile may be seen as it was or as it is, and one whose day a better file changes meanwhile twice or
    /// not at all. The store reads the next page while this one is opened.
    ///
    /// # Errors
    /// `ACCESS-01` without [`Verb::Summarize`]; a failing store; what `each` fails with ends it.
    pub async fn fold_received<E: From<DeskError> + Send>(
        &self,
        actor: &Actor,
        query: &ReceivedQuery,
        mut each: impl FnMut(&ReceivedRecord) -> Result<(), E> + Send,
    ) -> Result<u64, E> {
        self.permit(actor, Verb::Summarize).await?;
        let mut count = 0;
        for tag in self.passes(query, None).await? {
            let mut wanted = |record: &ReceivedRecord| match query.matches(record) {
                true => each(record).map(|()| 1),
                false => Ok(0),
            };
            count += self.fold(self.sought(query, tag.as_ref()), &mut wanted).await?;
        }
        Ok(count)
    }

    /// Gives every invoice task, of one seller or of all, to `each`, in whatever state, as [`InvoiceDesk::fold_received`]
    /// does: for a [report](crate::report::issued). Returns how many there were.
    ///
    /// # Errors
    /// `ACCESS-01` without [`Verb::Summarize`]; a failing store; what `each` fails with ends it.
    pub async fn fold_invoices<E: From<DeskError> + Send>(
        &self,
        actor: &Actor,
        seller: Option<&SellerId>,
        mut each: impl FnMut(&Invoice) -> Result<(), E> + Send,
    ) -> Result<u64, E> {
        self.permit(actor, Verb::Summarize).await?;
        let all = Query::new(&self.inner.tenant, Kind::Invoice);
        let query = seller.map_or_else(|| all.clone(), |seller| all.clone().of_seller(seller));
        self.fold(query, &mut |invoice: &Invoice| each(invoice).map(|()| 1)).await
    }

    /// Every row of a query, opened; the next page is read meanwhile. Adds up what `each` gives.
    async fn fold<T: DeserializeOwned, E: From<DeskError> + Send>(
        &self,
        query: Query,
        each: &mut (impl FnMut(&T) -> Result<u64, E> + Send),
    ) -> Result<u64, E> {
        let mut query = query.limit(MAX_PAGE);
        let mut page = self.page(&query).await?;
        let mut count = 0;
        loop {
            let Some(next) = page.next.take() else { return Ok(count + self.give(&page, each)?) };
            query = query.after(next);
            let given = async { self.give(&page, each) };
            let (read, given) = join(self.page(&query), given).await;
            count += given?;
            page = read?;
        }
    }

    async fn page(&self, query: &Query) -> Result<Page, DeskError> {
        Ok(self.inner.store.find(query).await?)
    }

    fn give<T: DeserializeOwned, E: From<DeskError>>(
        &self,
        page: &Page,
        each: &mut impl FnMut(&T) -> Result<u64, E>,
    ) -> Result<u64, E> {
        page.rows.iter().try_fold(0, |count, row| Ok(count + each(&self.open(row)?)?))
    }
}
