//! What every request can reach.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use invoice_core::access::Actor;
use invoice_core::desk::InvoiceDesk;
use invoice_core::env::{Clock, IdGenerator};
use invoice_providers::sandbox::SandboxBureau;
use tokio::sync::Notify;

use crate::door;
use crate::pages::{
    applications, apply, deeds, doubts, login, orders, queue, reds, refusals, reports, tickets,
};
use crate::request::Fields;
use crate::session::Sessions;

/// The portal's state. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

/// What the portal is put together from.
pub struct Parts {
    /// The desk.
    pub desk: InvoiceDesk,
    /// The bureau of the demonstration; pages that show its side reach it here.
    pub bureau: SandboxBureau,
    /// The shop's own systems, which record orders and refunds and pump.
    pub system: Actor,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names applications, refunds and tickets.
    pub ids: Arc<dyn IdGenerator>,
    /// The hosts under which the portal may be asked for, with their port.
    pub hosts: Vec<String>,
}

struct Inner {
    parts: Parts,
    sessions: Sessions,
    wake: Notify,
}

impl App {
    /// The portal of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let sessions = Sessions::new(Arc::clone(&parts.clock));
        Self { inner: Arc::new(Inner { parts, sessions, wake: Notify::new() }) }
    }

    /// The desk.
    #[must_use]
    pub fn desk(&self) -> &InvoiceDesk {
        &self.inner.parts.desk
    }

    /// The bureau of the demonstration.
    #[must_use]
    pub fn bureau(&self) -> &SandboxBureau {
        &self.inner.parts.bureau
    }

    /// The shop's own systems.
    #[must_use]
    pub fn system(&self) -> &Actor {
        &self.inner.parts.system
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.inner.parts.clock.as_ref()
    }

    /// A new id, behind a letter that says of what.
    #[must_use]
    pub fn new_id(&self, of: char) -> String {
        format!("{of}{}", self.inner.parts.ids.next_id())
    }

    /// The id that a form of ours carries, so that sending it twice counts once. Nothing but what [`new_id`](Self::new_id)
    /// makes is taken for one; a form without has a new one.
    #[must_use]
    pub(crate) fn id_in(&self, fields: &Fields, of: char) -> String {
        let made = |id: &&str| {
            id.len() <= 32 && id.starts_with(of) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        fields.get("id").filter(made).map_or_else(|| self.new_id(of), str::to_owned)
    }

    /// Everybody's sessions.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// Whether the portal may be asked for under this name.
    #[must_use]
    pub fn answers_to(&self, host: &str) -> bool {
        self.inner.parts.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// Tells the worker that there is something to do.
    pub fn wake(&self) {
        self.inner.wake.notify_one();
    }

    /// Waits for [`wake`](Self::wake).
    pub async fn woken(&self) {
        self.inner.wake.notified().await;
    }

    /// Every page, behind the door.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(login::home))
            .route("/style.css", get(login::style))
            .route("/login", get(login::show).post(login::enter))
            .route("/logout", post(login::leave))
            .route("/language", post(login::speak))
            .route("/orders", get(orders::show))
            .route("/orders/buy", post(orders::buy))
            .route("/orders/{id}/refund", post(orders::refund))
            .route("/apply", get(apply::show))
            .route("/preview", post(apply::preview))
            .route("/applications", get(applications::list).post(apply::confirm))
            .route("/applications/{id}", get(applications::show))
            .route("/applications/{id}/cancel", post(deeds::cancel))
            .route("/applications/{id}/reapply", post(deeds::reapply))
            .route("/applications/{id}/report", post(tickets::report))
            .route("/applications/{id}/resend", post(deeds::resend))
            .route("/applications/{id}/claim", post(deeds::claim))
            .route("/applications/{id}/approve", post(deeds::approve))
            .route("/applications/{id}/reject", post(deeds::reject))
            .route("/invoices/{id}/{file}", get(deeds::download))
            .route("/invoices/{id}/retry", post(doubts::retry))
            .route("/invoices/{id}/issued", post(doubts::issued))
            .route("/invoices/{id}/denied", post(doubts::denied))
            .route("/invoices/{id}/withdraw", post(reds::withdraw))
            .route("/bureau/{number}/{answer}", post(reds::buyer_answers))
            .route("/queue", get(queue::show))
            .route("/queue/resume", post(queue::resume))
            .route("/review", get(queue::review))
            .route("/doubts", get(doubts::show))
            .route("/reds", get(reds::show))
            .route("/tickets", get(tickets::show))
            .route("/tickets/{id}/take", post(tickets::take))
            .route("/tickets/{id}/correct", post(tickets::correct))
            .route("/tickets/{id}/decline", post(tickets::decline))
            .route("/reports", get(reports::show))
            .route("/refusals", get(refusals::show))
            .fallback(login::nothing)
            .layer(from_fn_with_state(self.clone(), door::door))
            .with_state(self.clone())
    }
}
