//! What is done to applications and their invoices: one verb of the desk each.

use axum::extract::{Path, State};
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use invoice_core::desk::DeskError;
use invoice_core::error::RefusalCode;
use invoice_core::id::{ApplicationId, InvoiceId};
use invoice_core::provider::{DocumentFormat, InvoiceProvider as _};

use crate::app::App;
use crate::request::{Fields, Visit, segment};
use crate::trouble::{Answer, Trouble};

/// To the application's page.
pub(crate) fn to(id: &ApplicationId) -> Response {
    Redirect::to(&format!("/applications/{}", segment(id.as_str()))).into_response()
}

/// Gives it up.
pub(crate) async fn cancel(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let id = ApplicationId::new(&id)?;
    app.desk().cancel(&visit.actor, &id).await?;
    Ok(to(&id))
}

/// Applies again for what has become free.
pub(crate) async fn reapply(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let (id, again) = (ApplicationId::new(&id)?, ApplicationId::new(app.id_in(&fields, 'A'))?);
    // Sent twice: the first has taken what was free, and is there.
    match app.desk().application(&visit.actor, &again).await {
        Ok(there) => return Ok(to(there.id())),
        Err(DeskError::Refused(refusal)) if refusal.code() == RefusalCode::ApplicationUnknown => {}
        Err(error) => return Err(error.into()),
    }
    let again = app.desk().reapply(&visit.actor, &id, again).await?;
    app.wake();
    Ok(to(again.id()))
}

/// Sends its invoices again.
pub(crate) async fn resend(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let id = ApplicationId::new(&id)?;
    app.desk().resend_invoices(&visit.actor, &id, &app.id_in(&fields, 'N')).await?;
    app.wake();
    Ok(to(&id))
}

/// Takes it into review.
pub(crate) async fn claim(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let id = ApplicationId::new(&id)?;
    app.desk().claim_review(&visit.actor, &id).await?;
    Ok(to(&id))
}

/// Says yes.
pub(crate) async fn approve(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let id = ApplicationId::new(&id)?;
    app.desk().approve(&visit.actor, &id).await?;
    app.wake();
    Ok(to(&id))
}

/// Says no, and why.
pub(crate) async fn reject(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let (id, reason) = (ApplicationId::new(&id)?, fields.need("reason")?);
    app.desk().reject(&visit.actor, &id, short(reason)).await?;
    Ok(to(&id))
}

/// As much of a reason as is kept.
pub(crate) fn short(reason: &str) -> String {
    const MOST: usize = 200;
    reason.chars().take(MOST).collect()
}

/// The files that the bureau hands out, as it declares them.
pub(crate) fn files(app: &App) -> impl Iterator<Item = DocumentFormat> + '_ {
    app.bureau().capabilities().files()
}

/// A file of an issued invoice, to keep.
pub(crate) async fn download(
    State(app): State<App>,
    visit: Visit,
    Path((id, file)): Path<(String, String)>,
) -> Answer {
    let id = InvoiceId::new(&id)?;
    let format = files(&app).find(|format| format.extension() == file).ok_or(Trouble::Nothing)?;
    let document = app.desk().download(&visit.actor, &id, format).await?.ok_or(Trouble::NotReady)?;
    let name = format!("attachment; filename=\"{}.{}\"", segment(id.as_str()), document.format.extension());
    let name = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static(match format {
        DocumentFormat::Xml => "application/xml",
        DocumentFormat::Ofd => "application/ofd",
        DocumentFormat::Pdf => "application/pdf",
    });
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], document.bytes).into_response())
}
