//! What a query shows of an application.

use invoice_core::id::IntentKey;
use invoice_core::provider::{InvoiceProvider, IssuedInvoice, QueryAnswer};
use serde_json::{Value, json};

use super::super::misstep::Misstep;
use super::super::server::Arrived;
use super::desk::{Desk, Fate, Gone};
use super::wire::Said;

impl Desk {
    pub(super) async fn find(
        &self,
        id: &str,
        request: &Arrived,
        misstep: Option<Misstep>,
    ) -> Result<Said, Gone> {
        let absent = Said::failed(404, "RESOURCE_NOT_EXISTS", "发票不存在");
        let asked = request.parameter("fapiao_id");
        if request.parameter("sub_mchid").is_empty() || !(asked.is_empty() || asked == id) {
            return Ok(absent);
        }
        Ok(match self.record(id, misstep).await? {
            Some(record) => Said::ok(&json!({ "total_count": 1, "fapiao_information": [record] })),
            None => absent,
        })
    }

    /// A record as a query shows it; `None` when there is none.
    pub(super) async fn record(&self, id: &str, misstep: Option<Misstep>) -> Result<Option<Value>, Gone> {
        let Some(mut order) = self.books().orders.get(id).cloned() else { return Ok(None) };
        if matches!(order.fate, Fate::Held) {
            order.fate = self.give(id, &order.request).await?;
            self.books().orders.insert(id.to_owned(), order.clone());
        }
        let Ok(key) = IntentKey::new(id) else { return Ok(None) };
        let mut record = json!({
            "fapiao_id": id, "status": "ISSUE_ACCEPTED", "total_amount": 0, "tax_amount": 0, "amount": 0,
            "card_information": { "card_appid": "loopback", "card_openid": "loopback-openid", "card_status": "INSERTED" },
        });
        match (&order.fate, self.sandbox.query(&key).await) {
            (_, Err(_)) => return Err(Gone),
            (Fate::Failed(code, message), _) => failed(&mut record, "ISSUE_FAILED", code, message),
            (_, Ok(QueryAnswer::Denied { code })) => failed(&mut record, "ISSUE_FAILED", "BIZ_ERROR", &code),
            (_, Ok(QueryAnswer::Issued(invoice))) => {
                record["status"] = json!("ISSUED");
                record["blue_fapiao"] = printed(&invoice);
                let cent = i64::from(misstep == Some(Misstep::CentOff));
                record["total_amount"] = json!(invoice.gross.fen() + cent);
                record["amount"] = json!(invoice.net.fen() + cent);
                record["tax_amount"] = json!(invoice.tax.fen());
            }
            _ => {}
        }
        if let Some((red, _)) = order.red {
            self.reversal(&mut record, &red).await?;
        }
        if misstep == Some(Misstep::UnknownState) {
            record["status"] = json!("LB_STATE");
        }
        Ok(Some(record))
    }

    async fn reversal(&self, record: &mut Value, red: &str) -> Result<(), Gone> {
        let Ok(key) = IntentKey::new(red) else { return Ok(()) };
        let Ok(known) = self.sandbox.query_confirmation(&key).await else { return Err(Gone) };
        let Some(known) = known else { return Ok(()) };
        match known.red {
            Some(red) => {
                record["status"] = json!("REVERSED");
                record["red_fapiao"] = printed(&red);
            }
            None if known.state.is_dead() => {
                failed(record, "REVERSE_FAILED", "BIZ_ERROR", known.state.code());
            }
            None => record["status"] = json!("REVERSE_ACCEPTED"),
        }
        Ok(())
    }

    pub(super) async fn links(&self, id: &str, request: &Arrived) -> Result<Said, Gone> {
        let record = self.record(id, None).await?;
        let status = record.as_ref().and_then(|record| record.get("status")?.as_str()).unwrap_or_default();
        let number =
            record.as_ref().and_then(|record| record.pointer("/blue_fapiao/fapiao_number")?.as_str());
        let Some(number) = number.filter(|_| !request.parameter("sub_mchid").is_empty()) else {
            return Ok(Said::failed(404, "RESOURCE_NOT_EXISTS", "发票不存在"));
        };
        let link = format!("{}/{number}.pdf?token=loopback", self.books().files);
        let file = json!({ "fapiao_id": id, "download_url": link, "status": status });
        Ok(Said::ok(&json!({ "fapiao_download_info_list": [file] })))
    }
}

fn failed(record: &mut Value, status: &str, code: &str, message: &str) {
    record["status"] = json!(status);
    (record["fapiao_error_code"], record["fapiao_error_message"]) = (json!(code), json!(message));
}

fn printed(invoice: &IssuedInvoice) -> Value {
    json!({
        "fapiao_code": invoice.number.code().unwrap_or_default(), "fapiao_number": invoice.number.as_str(),
        "check_code": "", "password": "", "fapiao_time": invoice.issued_at.to_rfc3339(),
    })
}
