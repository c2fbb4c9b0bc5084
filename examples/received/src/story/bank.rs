//! A bank statement, and which of its rows pay which invoices.

use std::fmt::Write as _;

use invoice_core::received::{ReceivedRecord, ReceivedState, ReceivedStep};
use invoice_core::statement::{MatchPolicy, Open, Payment, match_payments};
use invoice_examples::story::Done;
use invoice_providers::import::{StatementRow, Way, read_statement};

use super::Scene;
use super::books::step;

/// The last invoices are not paid yet.
const UNPAID: usize = 3;

impl Scene {
    /// What is booked and not an employee's is paid to the supplier: some one by one with the number in the remark, some two at
    /// a time. Returns how many payments were matched, and how many not.
    pub(super) async fn bank_pays(&self) -> Done<(usize, usize)> {
        let records = self.records().await?;
        let booked = |record: &&ReceivedRecord| {
            matches!(record.state(), ReceivedState::Booked | ReceivedState::Paid)
                && record.claimed().is_none()
        };
        let payable: Vec<&ReceivedRecord> = records.iter().filter(booked).collect();
        let path = self.out.join("statement.csv");
        std::fs::write(
            &path,
            self.statement(payable.get(..payable.len().saturating_sub(UNPAID)).unwrap_or(&[])),
        )?;
        let payments: Vec<Payment> = read_statement(std::fs::File::open(&path)?)?
            .into_iter()
            .filter_map(|row| match row {
                StatementRow::Payment(Way::Out, payment) => Some(payment),
                _ => None,
            })
            .collect();
        let open: Vec<Open> = payable
            .iter()
            .map(|record| {
                let invoice = record.invoice();
                let gross = invoice.gross().unwrap_or_default();
                let party = invoice.seller_name().unwrap_or_default();
                Open::new(record.number().as_str(), invoice.date(), gross, party)
            })
            .collect();
        let matching = match_payments(&payments, &open, &MatchPolicy::default());
        for found in matching.matches() {
            let row = payments.get(found.payment()).map_or(0, Payment::row);
            for place in found.invoices() {
                let Some(record) =
                    payable.get(*place).filter(|record| record.state() == ReceivedState::Booked)
                else {
                    continue;
                };
                let paid = step(ReceivedStep::Pay { reference: format!("流水-{row:04}") });
                self.office.desk.keep(&self.gang, record.number(), paid).await?;
            }
        }
        let (matched, left) = (matching.matches().len(), matching.payments_left());
        let several = matching.matches().iter().filter(|found| found.invoices().len() > 1).count();
        println!("  流水 {} 笔：匹配 {matched} 笔，其中一笔付多张的 {several} 笔", payments.len());
        for (place, why) in left {
            let row = payments.get(*place).map_or(0, Payment::row);
            println!("  第 {row} 行未匹配：{why:?}");
        }
        println!("  尚未付款的发票 {} 张", matching.invoices_left().len());
        if matched > 0 { Ok((matched, left.len())) } else { Err("no payment was matched".into()) }
    }

    fn statement(&self, paid: &[&ReceivedRecord]) -> String {
        let mut text = "交易日期,借方发生额,贷方发生额,对方户名,摘要\n".to_owned();
        let day = invoice_core::tax::tax_day(self.now());
        for group in paid.chunks(3) {
            let (one, two) = group.split_at(1.min(group.len()));
            for payment in [one, two].into_iter().filter(|invoices| !invoices.is_empty()) {
                let gross: invoice_core::money::Money =
                    payment.iter().filter_map(|record| record.invoice().gross()).sum();
                let party =
                    payment.first().and_then(|record| record.invoice().seller_name()).unwrap_or_default();
                let named: Vec<&str> = payment.iter().map(|record| record.number().as_str()).collect();
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{day},{gross},,{party},货款 {}", named.join(" "));
            }
        }
        let _ = writeln!(text, "{day},8800.00,,某某物业管理有限公司,房租");
        text
    }
}
