//! Invoices (发票): their kinds, and the life of one invoice task from plan to issue.

mod change;
mod confirmation;
mod doubt;
mod file;
mod fold;
mod issued;
mod kind;
mod number;
mod paper;
mod request;
mod row;
mod state;
mod task;

pub use change::{InvoiceChange, Stage};
pub use confirmation::{ConfirmationState, Party, RedAnswer, RedConfirmation, RedForm, RedFormRow};
pub use doubt::DoubtCode;
pub use file::{DocumentFormat, KeptFile};
pub use fold::intent_key;
pub use issued::IssuedInvoice;
pub use kind::{InvoiceClass, InvoiceKind, Medium, ParseKindError, Regime};
pub use number::{InvoiceNumber, ParseNumberError};
pub use paper::{PaperState, Voiding};
pub use request::{
    BlueIntent, IssueRequest, PaymentReference, PreparedRequest, RedReference, RequestRow, SellerParty,
};
pub use row::{InvoiceRow, OrderShare};
pub use state::InvoiceState;
pub use task::{Color, Flushed, FormerKey, Invoice, OpenRed};
