use super::journal::Deed;
use super::load::Loaded;
use super::{DeskError, InvoiceDesk};
use crate::access::Actor;
use crate::decision::{Command, Facts, State, decide};
use crate::seller::Seller;
use crate::store::{Commit, Settlement, StoreError, StoreErrorKind, UnitOfWork};

/// How often a decision is made again when others change the same rows meanwhile.
const ATTEMPTS: usize = 64;
/// How often a unit whose outcome is unknown is committed again.
const REPEATS: usize = 8;

/// Gives the turn back once, so that others who want the same rows can finish; no runtime needed.
async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if yielded {
            return std::task::Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

impl InvoiceDesk {
    /// Load, decide, commit; again on conflict. Returns the state as it is afterwards.
    pub(super) async fn transact(&self, actor: &Actor, command: &Command) -> Result<State, DeskError> {
        self.transact_settling(actor, command, |_| None).await
    }

    /// The same, settling a message in the same unit; what becomes of it may depend on the state decided.
    pub(super) async fn transact_settling(
        &self,
        actor: &Actor,
        command: &Command,
        settle: impl Fn(&State) -> Option<Settlement> + Send + Sync,
    ) -> Result<State, DeskError> {
        self.observed(actor, command, self.decide_and_commit(actor, command, settle)).await
    }

    async fn decide_and_commit(
        &self,
        actor: &Actor,
        command: &Command,
        settle: impl Fn(&State) -> Option<Settlement> + Send + Sync,
    ) -> Result<State, DeskError> {
        self.permit(actor, command.verb()).await?;
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let loaded = self.load(command).await?;
            let seller = self.seller_of(command, &loaded)?;
            let facts = self.facts(actor, seller)?;
            let events = match decide(&loaded.state, command, &facts) {
                Ok(events) => events,
                Err(refusal) => {
                    return Err(self.refused(actor, command.verb(), command.about(), refusal).await);
                }
            };
            let (mut unit, state) = self.unit(&loaded, &events, actor, Deed::of(actor, command))?;
            unit.settlements.extend(settle(&state));
            if events.is_empty() && unit.settlements.is_empty() {
                return Ok(state);
            }
            match self.commit(&unit).await {
                Ok(_) => return Ok(state),
                Err(error) if error.kind() == StoreErrorKind::Conflict => {
                    error.detail().clone_into(&mut last)
                }
                Err(error) => return Err(error.into()),
            }
            yield_once().await;
        }
        Err(DeskError::Contended { subject: last })
    }

    /// Commits, and commits the same unit again while its outcome is unknown.
    pub(super) async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        let mut outcome = self.inner.store.commit(unit).await;
        for _ in 0..REPEATS {
            match &outcome {
                Err(error) if error.kind() == StoreErrorKind::Unknown => {
                    outcome = self.inner.store.commit(unit).await
                }
                _ => break,
            }
        }
        outcome
    }

    pub(super) fn seller_of(&self, command: &Command, loaded: &Loaded) -> Result<&Seller, DeskError> {
        let named = match command {
            Command::RecordOrder(order) => Some(order.seller()),
            Command::Apply { request, .. } => Some(&request.seller),
            Command::Pause { account, .. } | Command::Lift(account) | Command::Resume(account) => {
                Some(&account.seller)
            }
            Command::Arrange(request) => Some(&request.seller),
            Command::Receive { entity, .. } => Some(entity),
            // A title book belongs to no seller, and telling needs none.
            Command::Titles { .. }
            | Command::Tell(_)
            | Command::Delivered { .. }
            | Command::Replay(_)
            | Command::Submit(_)
            | Command::BatchDone { .. } => None,
            _ => loaded.seller(),
        };
        match named {
            Some(id) => Ok(self.seller(id)?),
            // Nothing was found: any seller will do for the refusal that follows.
            None => self.inner.sellers.values().next().ok_or_else(|| {
                crate::error::Refusal::new(crate::error::RefusalCode::SellerUnknown)
                    .with("seller", "-")
                    .into()
            }),
        }
    }

    pub(super) fn facts<'a>(&'a self, actor: &'a Actor, seller: &'a Seller) -> Result<Facts<'a>, DeskError> {
        let routes = self.inner.routes.get(seller.id()).map_or(&[][..], Vec::as_slice);
        Ok(Facts {
            tenant: &self.inner.tenant,
            now: self.inner.clock.now(),
            actor,
            seller,
            table: &self.inner.table,
            max_rows: routes.iter().map(|route| route.max_rows).min().unwrap_or(u32::MAX),
            routes,
            permissions: &self.inner.permissions,
            notice_routes: &self.inner.notice_routes,
        })
    }
}
