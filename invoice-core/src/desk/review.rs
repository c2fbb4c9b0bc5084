use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::application::{Application, ApplicationState};
use crate::error::RefusalCode;
use crate::id::{ApplicationId, SellerId};
use crate::store::{Kind, MAX_PAGE, Query};

/// How often the next application is looked for again when other reviewers were faster.
const ATTEMPTS: usize = 16;

impl InvoiceDesk {
    /// Claims the application of a seller that has waited longest and that nobody has in hand: whose claim has run out
    /// counts as waiting. `None` when there is none.
    ///
    /// # Errors
    /// `ACCESS-01`, `DESK-03` when others were faster every time; a failing store.
    pub async fn claim_next(
        &self,
        actor: &Actor,
        seller: &SellerId,
    ) -> Result<Option<Application>, DeskError> {
        self.permit(actor, Verb::Review).await?;
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let Some(next) = self.longest_waiting(seller).await? else { return Ok(None) };
            match self.claim_review(actor, &next).await {
                Ok(claimed) => return Ok(Some(claimed)),
                Err(DeskError::Refused(refusal))
                    if matches!(refusal.code(), RefusalCode::ReviewHeld | RefusalCode::ApplicationState) =>
                {
                    next.as_str().clone_into(&mut last);
                }
                Err(error) => return Err(error),
            }
        }
        Err(DeskError::Contended { subject: last })
    }

    async fn longest_waiting(&self, seller: &SellerId) -> Result<Option<ApplicationId>, DeskError> {
        let (policy, now) = (self.seller(seller)?.review(), self.inner.clock.now());
        let free = |application: &Application| match (application.state(), &application.review().claimed) {
            (ApplicationState::PendingReview, _) => true,
            (_, Some((_, at))) => policy.claim_ends(*at).is_some_and(|until| until <= now),
            (_, None) => false,
        };
        let mut query = Query::new(&self.inner.tenant, Kind::Application)
            .of_seller(seller)
            .in_states(["pending_review", "in_review"])
            .limit(MAX_PAGE);
        let mut longest: Option<Application> = None;
        loop {
            let page = self.inner.store.find(&query).await?;
            for row in &page.rows {
                let application: Application = self.open(row)?;
                let before = longest.as_ref().map(Application::applied_at);
                if free(&application) && before.is_none_or(|before| application.applied_at() < before) {
                    longest = Some(application);
                }
            }
            match page.next {
                Some(next) => query = query.after(next),
                None => return Ok(longest.map(|application| application.id().clone())),
            }
        }
    }
}
