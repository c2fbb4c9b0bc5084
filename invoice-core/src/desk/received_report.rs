//! Adding received invoices up.

use futures_util::future::join;

use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::received::{ReceivedQuery, ReceivedRecord};
use crate::store::{MAX_PAGE, Page};

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
            let mut sought = self.sought(query, tag.as_ref()).limit(MAX_PAGE);
            let mut page = self.page(&sought).await?;
            loop {
                let Some(next) = page.next.take() else {
                    count += self.give(query, &page, &mut each)?;
                    break;
                };
                sought = sought.after(next);
                let given = async { self.give(query, &page, &mut each) };
                let (read, given) = join(self.page(&sought), given).await;
                count += given?;
                page = read?;
            }
        }
        Ok(count)
    }

    async fn page(&self, query: &crate::store::Query) -> Result<Page, DeskError> {
        Ok(self.inner.store.find(query).await?)
    }

    /// Opens a page, and gives what is wanted of it.
    fn give<E: From<DeskError>>(
        &self,
        query: &ReceivedQuery,
        page: &Page,
        each: &mut impl FnMut(&ReceivedRecord) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut count = 0;
        for row in &page.rows {
            let record: ReceivedRecord = self.open(row)?;
            if query.matches(&record) {
                each(&record)?;
                count += 1;
            }
        }
        Ok(count)
    }
}
