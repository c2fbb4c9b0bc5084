//! Files of issued invoices, behind links.

use invoice_core::id::IntentKey;
use invoice_core::provider::{DocumentFormat, InvoiceProvider};

use super::server::Reply;
use crate::sandbox::SandboxBureau;

fn nothing() -> Reply {
    Reply::new(404, "text/html;charset=UTF-8", "")
}

/// `/files/NUMBER.pdf` and so on. The sandbox writes XML only; the other two are a line that says so.
pub(super) async fn file(sandbox: &SandboxBureau, path: &str) -> Reply {
    let name = path.strip_prefix("/files/").and_then(|name| name.split_once('.'));
    let Some((number, ending)) = name else { return nothing() };
    let (Ok(number), Ok(key)) = (number.parse(), IntentKey::new("file")) else { return nothing() };
    match sandbox.download(&key, &number, DocumentFormat::Xml).await {
        Ok(Some(document)) if ending == "xml" => Reply::new(200, "application/xml", document.bytes),
        Ok(Some(_)) => {
            Reply::new(200, "application/octet-stream", format!("SPECIMEN 票样 {number} {ending}"))
        }
        _ => nothing(),
    }
}
