//! Booking, claiming, reimbursing; and what is refused.

use invoice_core::access::Actor;
use invoice_core::decision::ReceivedDeed;
use invoice_core::error::RefusalCode;
use invoice_core::id::ClaimId;
use invoice_core::received::verification::Standing;
use invoice_core::received::{ReceivedRecord, ReceivedState, ReceivedStep};
use invoice_examples::story::Done;

use super::{Scene, refused};

/// Every so manieth invoice is an employee's, who laid the money out.
const CLAIMED_EVERY: usize = 4;

impl Scene {
    async fn does(&self, actor: &Actor, record: &ReceivedRecord, deed: ReceivedDeed) -> Done {
        Ok(self.office.desk.keep(actor, record.number(), deed).await.map(drop)?)
    }

    /// Lays everything into a folder and takes it through the books, in the order of the numbers. What was done before is
    /// left as it is.
    pub(super) async fn books_are_kept(&self, folder: &str) -> Done {
        let records = self.records().await?;
        for (at, record) in records.iter().enumerate() {
            self.does(&self.fang, record, ReceivedDeed::File(Some(folder.to_owned()))).await?;
            let over = record.verification().standing().is_some_and(Standing::is_over);
            if over && matches!(record.state(), ReceivedState::Received | ReceivedState::Verified) {
                self.declines(at, record).await?;
            } else if record.state() == ReceivedState::Verified && !self.is_taken_back(record) {
                if at.is_multiple_of(CLAIMED_EVERY) {
                    let claim = ClaimId::new(format!("BX-{at:04}"))?;
                    self.does(&self.fang, record, ReceivedDeed::Claim(claim)).await?;
                }
                self.does(&self.gang, record, step(ReceivedStep::Book { voucher: format!("记-{at:04}") }))
                    .await?;
            }
        }
        let records = self.records().await?;
        let claimed: Vec<&ReceivedRecord> =
            records.iter().filter(|record| record.claimed().is_some()).collect();
        let first = claimed.first().ok_or("nothing was claimed")?;
        let again = ReceivedDeed::Claim(ClaimId::new("BX-AGAIN")?);
        let again = self.office.desk.keep(&self.gang, first.number(), again).await;
        println!("  第二次报销同一张：{}", refused(again, RefusalCode::ReceivedClaimed)?);
        for record in claimed.iter().filter(|record| record.state() == ReceivedState::Booked) {
            if record.number() == first.number() {
                let own = step(ReceivedStep::Reimburse);
                let own = self.office.desk.keep(&self.fang, record.number(), own).await;
                println!("  自己批准自己的报销：{}", refused(own, RefusalCode::ReceivedOwnClaim)?);
            }
            self.does(&self.gang, record, step(ReceivedStep::Reimburse)).await?;
        }
        println!("  已入账 {} 张，其中员工报销 {} 张", count(&records, "book"), claimed.len());
        println!("  退回 {} 张（销售方已红冲或作废）", count(&records, "decline"));
        Ok(())
    }

    async fn declines(&self, at: usize, record: &ReceivedRecord) -> Done {
        // Verified, and taken back since: the books do not take it.
        if record.state() == ReceivedState::Verified {
            let voucher = step(ReceivedStep::Book { voucher: format!("记-{at:04}") });
            let booked = self.office.desk.keep(&self.gang, record.number(), voucher).await;
            println!("  已被红冲的不能入账：{}", refused(booked, RefusalCode::ReceivedOver)?);
        }
        let reason = "销售方已红冲".to_owned();
        self.does(&self.gang, record, step(ReceivedStep::Decline { reason })).await
    }
}

pub(super) fn step(step: ReceivedStep) -> ReceivedDeed {
    ReceivedDeed::Step(step)
}

/// How many have taken a step.
fn count(records: &[ReceivedRecord], name: &str) -> usize {
    let took = |record: &&ReceivedRecord| record.steps().iter().any(|step| step.as_str() == name);
    records.iter().filter(took).count()
}
