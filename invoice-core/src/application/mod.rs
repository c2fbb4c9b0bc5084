//! Application (申请单): one buyer's wish for invoices on one or several orders.

mod change;
mod draft;
mod preflight;
mod record;
mod request;
mod state;

pub use change::ApplicationChange;
pub use draft::{Draft, DraftInvoice};
pub(crate) use preflight::preflight;
pub use record::{Application, Claimed, ReviewRecord, Task, TaskState};
pub use request::{ApplyRequest, Channel, LineAmount, MAX_APPLICATION_ID, OrderScope, Scope};
pub use state::{ApplicationState, Audience};
