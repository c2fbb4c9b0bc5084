//! What a page answers when it cannot do what was asked: the core's refusal in the reader's language, and a status.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use invoice_core::desk::DeskError;
use invoice_core::error::{Refusal, RefusalCode};
use invoice_core::provider::ErrorKind;

use crate::html;
use crate::layout::page;
use crate::request::Guest;
use crate::session::NoRandomness;
use crate::words::Word;

/// Why not.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// The desk or one of its values refused.
    Refused(Refusal),
    /// The desk failed.
    Failed(Arc<DeskError>),
    /// A field is missing or is not what it should be.
    Missing,
    /// There is no such page.
    Nothing,
    /// The file is not ready yet.
    NotReady,
    /// Nobody has logged in.
    LogIn,
    /// The form was not made for this session.
    Forged,
    /// The request is too large.
    TooLarge,
    /// The machine lacks something.
    Machine,
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<DeskError> for Trouble {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Refused(refusal) => Self::Refused(refusal),
            error => Self::Failed(Arc::new(error)),
        }
    }
}

impl From<NoRandomness> for Trouble {
    fn from(_: NoRandomness) -> Self {
        Self::Machine
    }
}

/// What a handler gives.
pub(crate) type Answer = Result<Response, Trouble>;

impl Trouble {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Refused(refusal) => refused(refusal.code()),
            Self::Failed(error) => match &**error {
                // It has said no: asking again changes nothing.
                DeskError::Provider(said) if said.kind() == ErrorKind::Rejected => StatusCode::CONFLICT,
                DeskError::Provider(_) => StatusCode::BAD_GATEWAY,
                DeskError::Contended { .. } => StatusCode::CONFLICT,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Missing => StatusCode::BAD_REQUEST,
            Self::Nothing | Self::NotReady => StatusCode::NOT_FOUND,
            Self::LogIn | Self::Forged => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Machine => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The sentence, and the code that support asks for.
    pub(crate) fn told(&self, guest: &Guest) -> (String, String) {
        let word = |word: Word| guest.say(word).to_owned();
        match self {
            Self::Refused(refusal) => (refusal.message(guest.language()), refusal.code().as_str().to_owned()),
            Self::Failed(error) => (word(Word::TryAgain), error.code().to_owned()),
            Self::Missing => (word(Word::FieldMissing), "400".to_owned()),
            Self::Nothing => (word(Word::NoSuchPage), "404".to_owned()),
            Self::NotReady => (word(Word::NotReady), "404".to_owned()),
            Self::LogIn => (word(Word::PleaseLogIn), "403".to_owned()),
            Self::Forged => (word(Word::FormForged), "403".to_owned()),
            Self::TooLarge => (word(Word::TooLarge), "413".to_owned()),
            Self::Machine => (word(Word::TryAgain), "500".to_owned()),
        }
    }

    /// The page that says so.
    pub(crate) fn page(&self, guest: &Guest) -> Response {
        if matches!(self, Self::LogIn) {
            return Redirect::to("/login").into_response();
        }
        let (sentence, code) = self.told(guest);
        let content = html! {
            "<div class=\"alert\" role=\"alert\"><p>" (sentence) "</p><p class=\"code\">" (code) "</p></div>"
            "<p><a class=\"button quiet\" href=\"/\">" (guest.say(Word::Back)) "</a></p>"
        };
        (self.status(), page(guest, Word::NotDone, content)).into_response()
    }
}

/// Handlers know no reader: the door, which does, makes the page.
impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The status of a refusal: what one may not, what is not there, what is written wrongly, and what is not its turn.
fn refused(code: RefusalCode) -> StatusCode {
    use RefusalCode as R;
    match code {
        R::NotPermitted | R::NotYourOwn | R::ChannelNotYours => StatusCode::FORBIDDEN,
        R::OrderUnknown | R::ApplicationUnknown | R::InvoiceUnknown | R::TicketUnknown | R::SellerUnknown => {
            StatusCode::NOT_FOUND
        }
        R::TitleInvalid | R::TitleNotFound | R::IdMalformed | R::SearchTooShort => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        _ => StatusCode::CONFLICT,
    }
}
