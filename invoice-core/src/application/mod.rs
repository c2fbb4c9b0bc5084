//! Application (申请单): one buyer's wish for invoices on one or several orders.

mod change;
mod draft;
mod outlook;
mod preflight;
mod record;
mod request;
mod state;

pub use change::ApplicationChange;
pub use draft::{Draft, DraftInvoice};
pub use outlook::{NextStep, Outlook, WaitsOn};
pub(crate) use preflight::preflight;
pub use record::{Application, Claimed, Correction, ReviewRecord, Task, TaskState};
pub use request::{ApplyRequest, Channel, CorrectRequest, LineAmount, MAX_APPLICATION_ID, OrderScope, Scope};
pub use state::{ApplicationState, Audience};
