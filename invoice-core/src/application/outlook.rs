//! What will happen next, and who must act: for buyers' questions, for support, and for the list of what is stuck.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Application, ApplicationState};
use crate::error::Language;
use crate::invoice::{Invoice, InvoiceState, Medium, PaperState};

/// Who must act before anything moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WaitsOn {
    /// A reviewer of the shop.
    Reviewer,
    /// A worker of the desk.
    Worker,
    /// The provider or the bureau behind it.
    Provider,
    /// The other side of a red confirmation.
    Counterparty,
    /// A person of the shop who finds out or decides.
    Staff,
}

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident $text:literal $on:ident $zh_cn:literal $zh_tw:literal $en:literal;)*) => {
        /// What happens next.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum NextStep { $($(#[$doc])* $name,)* }

        impl NextStep {
            /// Every step.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The step's stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Who takes it.
            #[must_use]
            pub const fn waits_on(self) -> WaitsOn {
                match self { $(Self::$name => WaitsOn::$on,)* }
            }

            /// The sentence with `{code}` and `{by}` still to be filled in.
            #[must_use]
            pub const fn template(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::ZhCn) => $zh_cn,
                      (Self::$name, Language::ZhTw) => $zh_tw,
                      (Self::$name, _) => $en,)*
                }
            }
        }
    };
}

steps! {
    /// A reviewer takes it into review.
    Review "review" Reviewer "等待审核员领取审核。" "等待審核員領取審核。" "A reviewer takes it into review.";
    /// The reviewer who has it says yes or no.
    Verdict "verdict" Reviewer "审核员已领取，等待审核结论。" "審核員已領取，等待審核結論。" "The reviewer who has it says yes or no.";
    /// A second reviewer says yes or no.
    SecondReview "second_review" Reviewer "等待第二位审核员复核。" "等待第二位審核員複核。" "A second reviewer says yes or no.";
    /// A worker sends it.
    Send "send" Worker "排队中，即将自动提交开票。" "排隊中，即將自動提交開票。" "A worker sends it.";
    /// It is sent again once the provider takes it.
    SendAgain "send_again" Provider "服务商暂未受理（{code}），将自动重新提交。" "服務商暫未受理（{code}），將自動重新提交。" "The provider did not take it ({code}); it is sent again by itself.";
    /// The provider answers.
    Answer "answer" Provider "已提交，等待服务商返回开票结果。" "已提交，等待服務商返回開票結果。" "The provider answers.";
    /// The other side confirms the red confirmation, or it runs out.
    Confirm "confirm" Counterparty "等待对方确认红字信息确认单，截止 {by}。" "等待對方確認紅字資訊確認單，截止 {by}。" "The other side confirms the red confirmation, by {by}.";
    /// The bureau issues the confirmed red.
    IssueRed "issue_red" Provider "红字信息确认单已确认，等待开出红票。" "紅字資訊確認單已確認，等待開出紅票。" "The red is issued: its confirmation is there.";
    /// A person looks at the bureau whether it was issued.
    FindOut "find_out" Staff "结果不明（{code}），须由财务到税局核实后处理。" "結果不明（{code}），須由財務到稅局核實後處理。" "Nobody knows whether it was issued ({code}); a person finds out at the bureau.";
    /// A person tries again or leaves it.
    Decide "decide" Staff "开票被拒绝（{code}），须由财务修正后重试。" "開票被拒絕（{code}），須由財務修正後重試。" "It was refused ({code}); a person corrects what is wrong and tries again.";
    /// A person prints the sheets.
    Print "print" Staff "等待打印纸质发票。" "等待列印紙質發票。" "A person prints the sheets.";
    /// A person mails the sheets or hands them over.
    Mail "mail" Staff "纸质发票已打印，等待寄出或交付。" "紙質發票已列印，等待寄出或交付。" "A person mails the sheets or hands them over.";
    /// The provider voids it.
    Void "void" Provider "已提交作废，等待服务商确认。" "已提交作廢，等待服務商確認。" "The provider voids it.";
}

/// One thing that waits: what for, on whom, since when. No personal data: support may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// `application/…` or `invoice/…`.
    pub subject: String,
    /// What happens next.
    pub step: NextStep,
    /// Since when it waits for that.
    pub since: DateTime<Utc>,
    /// Until when, where a clock runs.
    pub by: Option<DateTime<Utc>>,
    /// The provider's or the desk's code for why.
    pub code: Option<String>,
}

impl Outlook {
    /// What an application itself waits for; its invoices are asked one by one.
    #[must_use]
    pub fn of_application(application: &Application) -> Option<Self> {
        let review = application.review();
        let (step, since) = match (application.state(), &review.claimed) {
            (ApplicationState::InReview, Some((_, at))) => (NextStep::Verdict, *at),
            (ApplicationState::PendingReview, _) if !review.approved_by.is_empty() => {
                (NextStep::SecondReview, application.applied_at())
            }
            (ApplicationState::PendingReview, _) => (NextStep::Review, application.applied_at()),
            _ => return None,
        };
        let subject = format!("application/{}", application.id());
        Some(Self { subject, step, since, by: None, code: None })
    }

    /// What an invoice task waits for; `None` when it is issued and no paper of it has to move, was replaced, or is a red
    /// that failed and was tried again.
    #[must_use]
    pub fn of_invoice(invoice: &Invoice) -> Option<Self> {
        let planned = invoice.planned_at();
        let (step, since, by, code) = match invoice.state() {
            InvoiceState::Planned { waiting_on: None } => (NextStep::Send, planned, None, None),
            InvoiceState::Planned { waiting_on } => (NextStep::SendAgain, planned, None, waiting_on.clone()),
            InvoiceState::Submitting { sent_at, .. } | InvoiceState::Accepted { sent_at, .. } => {
                (NextStep::Answer, *sent_at, None, None)
            }
            InvoiceState::Confirming { confirmation, .. } if confirmation.state.is_waiting() => {
                let by = confirmation.expires_at;
                let since = by.and_then(|by| by.checked_sub_signed(CONFIRMATION)).unwrap_or(planned);
                (NextStep::Confirm, since, by, Some(confirmation.state.code().to_owned()))
            }
            InvoiceState::Confirming { .. } => (NextStep::IssueRed, planned, None, None),
            InvoiceState::InDoubt { since, why, .. } => {
                (NextStep::FindOut, *since, None, Some(why.as_str().to_owned()))
            }
            InvoiceState::Failed { .. } if invoice.is_retried() => return None,
            InvoiceState::Failed { code, at } => (NextStep::Decide, *at, None, Some(code.clone())),
            InvoiceState::Issued { issued } => match (invoice.voiding(), invoice.paper()) {
                (Some(voiding), _) if voiding.is_under_way() => {
                    (NextStep::Void, voiding.asked_at, None, None)
                }
                _ if invoice.is_voided() || invoice.kind().medium() != Medium::Paper => return None,
                (_, PaperState::ToPrint) => (NextStep::Print, issued.issued_at, None, None),
                (_, PaperState::Printed { at }) => (NextStep::Mail, *at, None, None),
                _ => return None,
            },
            InvoiceState::Superseded => return None,
        };
        Some(Self { subject: format!("invoice/{}", invoice.id()), step, since, by, code })
    }

    /// Who must act.
    #[must_use]
    pub const fn waits_on(&self) -> WaitsOn {
        self.step.waits_on()
    }

    /// What happens next, in words.
    #[must_use]
    pub fn wording(&self, language: Language) -> String {
        let by = self.by.map_or_else(|| "-".to_owned(), |by| by.format("%Y-%m-%d %H:%M UTC").to_string());
        let code = self.code.as_deref().unwrap_or("-");
        self.step.template(language).replace("{code}", code).replace("{by}", &by)
    }
}

/// How long the bureau waits for the other side to confirm (72 hours).
const CONFIRMATION: TimeDelta = TimeDelta::hours(72);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_speaks_three_languages_with_the_same_facts() {
        for step in NextStep::ALL {
            for language in [Language::ZhCn, Language::ZhTw, Language::En] {
                for fact in ["{code}", "{by}"] {
                    let named = |language| step.template(language).contains(fact);
                    assert_eq!(named(language), named(Language::En), "{} {fact}", step.as_str());
                }
            }
        }
    }
}
