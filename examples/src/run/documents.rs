//! Issued documents as files.

use std::path::{Path, PathBuf};

use futures_util::{StreamExt, TryStreamExt, stream};
use invoice_core::invoice::{Invoice, InvoiceState};
use invoice_core::provider::DocumentFormat;
use invoice_core::store::{Kind, Query};
use invoice_core::tax::tax_day;

use super::{AT_ONCE, Loop, RunError};

/// Rows of one page while documents are written.
const PAGE: usize = 200;

impl Loop {
    /// Writes the document of every issued invoice that is not there yet, in one folder per day of issue: the XML, or what
    /// the provider has instead. A file is there whole or not at all.
    pub(super) async fn write_documents(&self, folder: &Path) -> Result<u64, RunError> {
        let provider = self.bureau.provider();
        let formats: Vec<DocumentFormat> = provider.capabilities().files().collect();
        let wanted = [DocumentFormat::Xml, DocumentFormat::Pdf, DocumentFormat::Ofd];
        let Some(format) = wanted.into_iter().find(|format| formats.contains(format)) else { return Ok(0) };
        let mut written = 0;
        let mut query = Query::new(self.desk.tenant(), Kind::Invoice)
            .of_seller(&self.seller)
            .in_states(["issued"])
            .limit(PAGE);
        loop {
            let page = self.desk.find_invoices(&self.system, query.clone()).await?;
            let files = stream::iter(&page.items).map(|invoice| self.write_document(folder, invoice, format));
            written +=
                files.buffer_unordered(AT_ONCE).try_fold(0, |sum, one| async move { Ok(sum + one) }).await?;
            match page.next {
                Some(next) => query = query.after(next),
                None => return Ok(written),
            }
        }
    }

    async fn write_document(
        &self,
        folder: &Path,
        invoice: &Invoice,
        format: DocumentFormat,
    ) -> Result<u64, RunError> {
        let InvoiceState::Issued { issued } = invoice.state() else { return Ok(0) };
        let day = folder.join(tax_day(issued.issued_at).to_string());
        let number = issued.number.as_str();
        let path = day.join(format!("{number}.{}", format.extension()));
        if path.exists() {
            return Ok(0);
        }
        let found = self.desk.download(&self.system, invoice.id(), format).await?;
        let Some(document) = found else { return Ok(0) };
        let failed = |path: &PathBuf| {
            let path = path.display().to_string();
            move |source| RunError::File { path, source }
        };
        std::fs::create_dir_all(&day).map_err(failed(&day))?;
        let unfinished = day.join(format!(".{number}.part"));
        std::fs::write(&unfinished, &document.bytes).map_err(failed(&unfinished))?;
        std::fs::rename(&unfinished, &path).map_err(failed(&path))?;
        Ok(1)
    }
}
