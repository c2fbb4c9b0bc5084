//! What a host can observe of a desk: spans and events with feature `tracing`, counters with feature `metrics`.
//!
//! Fields and labels are names of verbs, states and codes, ids of sellers and providers: never a buyer, a title, an order.
//! Without the features nothing of this is compiled in.
//!
//! | counter | labels | counts |
//! |---|---|---|
//! | `invoice_desk_commands_total` | `verb`, `outcome` | commands: `done`, or the code of a refusal, or `failed` |
//! | `invoice_desk_messages_total` | `outcome` | messages of pumps: `issued`, `failed`, `in_doubt`, `waiting`, `idle`, `served`, `stopped` |
//! | `invoice_desk_refused_total` | `verb`, `code` | what was refused at the door |

use std::future::Future;

use super::pump::PumpReport;
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::decision::Command;
use crate::error::RefusalCode;

/// How a command ended, as a label.
fn outcome<T>(ended: &Result<T, DeskError>) -> &'static str {
    match ended {
        Ok(_) => "done",
        Err(error) => error.refusal().map_or("failed", |refusal| refusal.code().as_str()),
    }
}

impl InvoiceDesk {
    /// Runs a command inside its span and counts how it ended.
    pub(super) async fn observed<T>(
        &self,
        actor: &Actor,
        command: &Command,
        work: impl Future<Output = Result<T, DeskError>> + Send,
    ) -> Result<T, DeskError> {
        let ended = self.in_span(actor, command.name(), work).await;
        let outcome = outcome(&ended);
        #[cfg(feature = "tracing")]
        tracing::debug!(target: "invoice_desk", verb = command.name(), outcome, "command");
        #[cfg(feature = "metrics")]
        metrics::counter!("invoice_desk_commands_total", "verb" => command.name(), "outcome" => outcome)
            .increment(1);
        #[cfg(not(any(feature = "tracing", feature = "metrics")))]
        let _ = outcome;
        ended
    }

    /// Runs work inside a span that names tenant, verb and role.
    pub(super) async fn in_span<T>(
        &self,
        actor: &Actor,
        verb: &'static str,
        work: impl Future<Output = Result<T, DeskError>> + Send,
    ) -> Result<T, DeskError> {
        #[cfg(feature = "tracing")]
        {
            use tracing::Instrument;
            let (tenant, role) = (self.inner.tenant.as_str(), actor.role().as_str());
            let span = tracing::info_span!(target: "invoice_desk", "desk", tenant, verb, role);
            work.instrument(span).await
        }
        #[cfg(not(feature = "tracing"))]
        {
            let _ = (actor, verb);
            work.await
        }
    }

    /// Counts what a pump did.
    pub(super) fn observe_pump(&self, report: &PumpReport) {
        #[cfg(feature = "tracing")]
        if report.claimed > 0 {
            let PumpReport { claimed, issued, failed, in_doubt, waiting, stopped, .. } = *report;
            tracing::info!(
                target: "invoice_desk",
                claimed, issued, failed, in_doubt, waiting, stopped,
                "pumped"
            );
        }
        #[cfg(feature = "metrics")]
        for (outcome, count) in report.outcomes() {
            if let (Ok(count @ 1..), name) = (u64::try_from(count), outcome) {
                metrics::counter!("invoice_desk_messages_total", "outcome" => name).increment(count);
            }
        }
        #[cfg(not(any(feature = "tracing", feature = "metrics")))]
        let _ = report;
    }

    /// Counts what was refused at the door.
    pub(super) fn observe_refusal(&self, verb: Verb, code: RefusalCode) {
        let (verb, code) = (verb.as_str(), code.as_str());
        #[cfg(feature = "tracing")]
        tracing::warn!(target: "invoice_desk", verb, code, "refused");
        #[cfg(feature = "metrics")]
        metrics::counter!("invoice_desk_refused_total", "verb" => verb, "code" => code).increment(1);
        #[cfg(not(any(feature = "tracing", feature = "metrics")))]
        let _ = (verb, code);
    }
}
