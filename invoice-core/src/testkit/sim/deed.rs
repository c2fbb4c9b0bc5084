//! What people, shops and workers do.

use std::sync::Arc;

use chrono::DateTime;

use super::site::PROVIDERS;
use crate::access::{Actor, Role};
use crate::application::ApplyRequest;
use crate::decision::Outcome;
use crate::desk::{DeskError, InvoiceDesk, PumpReport};
use crate::id::{
    ActorId, ApplicationId, BuyerId, IntentKey, InvoiceId, OrderId, ProviderId, SellerId, WorkerId,
};
use crate::invoice::RedAnswer;
use crate::order::{Order, Payment, Refund};
use crate::provider::DocumentFormat;
use crate::seller::Seller;

/// One thing that somebody does.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Sell(Order),
    Pay(OrderId, Payment),
    Apply {
        request: ApplyRequest,
        looks_first: bool,
    },
    Claim(ApplicationId),
    Approve(ApplicationId, usize),
    Reject(ApplicationId),
    Cancel(ApplicationId),
    Refund(Refund),
    Reapply {
        of: ApplicationId,
        id: ApplicationId,
    },
    Retry(InvoiceId),
    Resolve(InvoiceId, IntentKey, Outcome),
    /// Of one of the two bureaus.
    Callback(usize, String),
    /// Look for red confirmations that buyers have started with one of the sellers.
    Look(usize),
    AnswerRed(InvoiceId, RedAnswer),
    /// A person has logged in, or shown their face, for a seller at a bureau.
    Resume {
        seller: usize,
        at: usize,
    },
    Download(InvoiceId),
    Pump {
        worker: usize,
        limit: usize,
    },
}

/// Who is there.
pub(super) struct Staff {
    pub(super) system: Actor,
    pub(super) finance: Actor,
    pub(super) reviewers: [Actor; 3],
    pub(super) providers: [ProviderId; 2],
    pub(super) sellers: Vec<SellerId>,
    pub(super) workers: Vec<WorkerId>,
}

impl Staff {
    pub(super) fn new(sellers: &[Seller], workers: usize) -> Self {
        let staff = |id: &str, role| Actor::staff(ActorId::from_trusted(id), role);
        Self {
            system: staff("system", Role::System),
            finance: staff("finance", Role::Finance),
            reviewers: ["rita", "rolf", "ruth"].map(|id| staff(id, Role::Reviewer)),
            providers: PROVIDERS.map(ProviderId::from_trusted),
            sellers: sellers.iter().map(|seller| seller.id().clone()).collect(),
            workers: (0..workers).map(|index| WorkerId::from_trusted(format!("worker-{index}"))).collect(),
        }
    }

    fn buyer(&self, buyer: &BuyerId) -> Actor {
        Actor::buyer(ActorId::from_trusted(buyer.as_str()), buyer.clone())
    }
}

/// Does it; what a pump did is told.
pub(super) async fn perform(
    desk: InvoiceDesk,
    staff: Arc<Staff>,
    deed: Deed,
) -> Result<Option<PumpReport>, DeskError> {
    let [rita, ..] = &staff.reviewers;
    match deed {
        Deed::Sell(order) => desk.record_order(&staff.system, order).await?,
        Deed::Pay(order, payment) => desk.record_payment(&staff.system, &order, payment).await?,
        Deed::Apply { request, looks_first } => {
            let buyer = staff.buyer(&request.buyer);
            let token = if looks_first {
                Some(desk.preview(&buyer, &request).await?.token().to_owned())
            } else {
                None
            };
            desk.apply(&buyer, request, token).await?;
        }
        Deed::Claim(id) => drop(desk.claim_review(rita, &id).await?),
        Deed::Approve(id, who) => {
            let reviewer = staff.reviewers.get(who).unwrap_or(rita);
            desk.approve(reviewer, &id).await?;
        }
        Deed::Reject(id) => drop(desk.reject(rita, &id, "no").await?),
        Deed::Cancel(id) => drop(desk.cancel(&staff.system, &id).await?),
        Deed::Refund(refund) => desk.refund(&staff.finance, refund).await?,
        Deed::Reapply { of, id } => drop(desk.reapply(&staff.finance, &of, id).await?),
        Deed::Retry(id) => drop(desk.retry(&staff.finance, &id).await?),
        Deed::Resolve(id, key, outcome) => {
            drop(desk.resolve(&staff.finance, &id, &key, outcome).await?);
        }
        Deed::Callback(at, body) => {
            let provider = &staff.providers[at];
            drop(desk.callback(&staff.system, provider, &[], body.as_bytes()).await?);
        }
        Deed::Look(seller) => {
            let Some(seller) = staff.sellers.get(seller) else { return Ok(None) };
            drop(desk.look_for_red_forms(&staff.system, seller, DateTime::UNIX_EPOCH).await?);
        }
        Deed::AnswerRed(id, answer) => drop(desk.answer_red(&staff.finance, &id, answer).await?),
        Deed::Resume { seller, at } => {
            let Some(seller) = staff.sellers.get(seller) else { return Ok(None) };
            desk.resume(&staff.finance, seller, &staff.providers[at]).await?;
        }
        Deed::Download(id) => {
            drop(desk.download(&staff.finance, &id, DocumentFormat::Pdf).await?);
        }
        Deed::Pump { worker, limit } => {
            let Some(id) = staff.workers.get(worker) else { return Ok(None) };
            return desk.pump(&staff.system, id, limit).await.map(Some);
        }
    }
    Ok(None)
}
