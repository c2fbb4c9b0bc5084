//! What keeps a seller issuing: the login at the bureau, identity checks, the credit line. The bureau rations all of
//! them (20 a day, half a minute apart), so what Nuonuo holds is looked at first.

use std::time::Duration;

use chrono::TimeDelta;
use invoice_core::provider::{
    CreditLine, Effect, ErrorKind, LoginChallenge, LoginMethod, ProviderError, SessionState,
};
use serde_json::{Value, json};

use super::Nuonuo;
use super::wire::Session;
use crate::service::read::money;

const STATUS: &str = "getCertificationStatus";
const CODE: &str = "getQrCode";
const COMPLETE: &str = "verifyComplete";
const CREDIT: &str = "getCreditLine";
/// What the bureau is asked for takes a few seconds, and it may be asked every half minute.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// A code is valid for a few minutes; how many is not documented.
const CODE_LIVES: TimeDelta = TimeDelta::minutes(3);

fn not_yet(code: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Busy, Effect::NotApplied).with_code(code).with_retry_after(LOOK_AGAIN)
}

impl Nuonuo {
    fn about(&self, query_type: &str) -> Value {
        let mut body = json!({ "queryType": query_type });
        if let Some(extension) = &self.account.extension {
            body["extensionNumber"] = json!(extension);
        }
        if let Some(login) = &self.account.login {
            body["eleAccount"] = json!(login);
        }
        body
    }

    pub(super) async fn logged_in(&self) -> Result<SessionState, ProviderError> {
        let needed = |code: &str| Ok(SessionState::OperatorNeeded { code: code.to_owned() });
        let login: Session = self.read(STATUS, &self.about("2")).await?;
        if login.certification_status == "0" {
            return needed("LOGIN");
        }
        let identity: Session = self.read(STATUS, &self.about("1")).await?;
        if identity.certification_status == "2" { needed("IDENTITY") } else { Ok(SessionState::Ready) }
    }

    pub(super) async fn credit(&self) -> Result<CreditLine, ProviderError> {
        let mut held: Session = self.read(CREDIT, &self.about("1")).await?;
        if held.available_credit_line.is_empty() {
            let _: Value = self.read(CREDIT, &self.about("0")).await?;
            held = self.read(CREDIT, &self.about("1")).await?;
        }
        if held.available_credit_line.is_empty() {
            return Err(not_yet("CREDIT"));
        }
        let available = money(&held.available_credit_line).ok_or_else(|| not_yet("CREDIT"))?;
        Ok(CreditLine { total: money(&held.total_credit_line), available: Some(available) })
    }

    pub(super) async fn begin(&self, method: LoginMethod) -> Result<LoginChallenge, ProviderError> {
        let expires_at = self.clock.now() + CODE_LIVES;
        let (held, fresh) = match method {
            LoginMethod::Sms => {
                let _: Value = self.read(CODE, &self.about("4")).await?;
                return Ok(LoginChallenge { id: "sms".to_owned(), method, scan: None, expires_at });
            }
            LoginMethod::Face => ("1", "0"),
            _ => ("3", "2"),
        };
        let _: Value = self.read(CODE, &self.about(fresh)).await?;
        let code: Session = self.read(CODE, &self.about(held)).await?;
        if code.qr_code.is_empty() {
            return Err(not_yet("CODE"));
        }
        let id =
            if method == LoginMethod::Face { format!("face/{}", code.auth_id) } else { "scan".to_owned() };
        Ok(LoginChallenge { id, method, scan: Some(code.qr_code), expires_at })
    }

    pub(super) async fn complete(
        &self,
        challenge: &str,
        code: Option<String>,
    ) -> Result<SessionState, ProviderError> {
        if let Some(auth_id) = challenge.strip_prefix("face/") {
            let mut body = self.about("0");
            body["authId"] = json!(auth_id);
            let _: Value = self.read(STATUS, &body).await?;
            return self.logged_in().await;
        }
        let (mut body, result) = match (challenge, code) {
            ("sms", Some(code)) => {
                let mut body = self.about("2");
                body["verifyCode"] = json!(code);
                (body, "3")
            }
            ("scan", _) => (self.about("0"), "1"),
            _ => {
                return Err(
                    ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("CHALLENGE")
                );
            }
        };
        let _: Value = self.read(COMPLETE, &body).await?;
        body = self.about(result);
        let done: Session = self.read(COMPLETE, &body).await?;
        match done.status.as_str() {
            "1" => self.logged_in().await,
            "2" => Ok(SessionState::OperatorNeeded { code: "LOGIN-REFUSED".to_owned() }),
            _ => Err(not_yet("LOGIN")),
        }
    }
}
