use serde::{Deserialize, Serialize};

use crate::application::Audience;
use crate::error::Language;

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident $text:literal $audience:ident
        [$zh_cn_subject:literal $zh_cn:literal] [$zh_tw_subject:literal $zh_tw:literal] [$en_subject:literal $en:literal];)*) => {
        /// What a notice is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum NoticeEvent { $($(#[$doc])* $name,)* }

        impl NoticeEvent {
            /// Every event.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The event's stable name, as webhooks carry it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Whom it concerns.
            #[must_use]
            pub const fn audience(self) -> Audience {
                match self { $(Self::$name => Audience::$audience,)* }
            }

            /// The subject line and the sentence, with `{facts}` still to be filled in.
            #[must_use]
            pub const fn template(self, language: Language) -> (&'static str, &'static str) {
                match (self, language) {
                    $((Self::$name, Language::ZhCn) => ($zh_cn_subject, $zh_cn),
                      (Self::$name, Language::ZhTw) => ($zh_tw_subject, $zh_tw),
                      (Self::$name, _) => ($en_subject, $en),)*
                }
            }
        }
    };
}

events! {
    /// A blue invoice was issued.
    Issued "invoice.issued" Buyer
        ["发票已开具" "您的发票 {number} 已开具，价税合计 {gross} 元。"]
        ["發票已開具" "您的發票 {number} 已開具，價稅合計 {gross} 元。"]
        ["Your invoice is issued" "Invoice {number} over {gross} CNY is issued."];
    /// A red invoice was issued.
    RedIssued "invoice.red_issued" Buyer
        ["发票已红冲" "红字发票 {number} 已开具，冲减 {gross} 元。"]
        ["發票已紅沖" "紅字發票 {number} 已開具，沖減 {gross} 元。"]
        ["Your invoice is taken back" "Red invoice {number} takes back {gross} CNY."];
    /// An issued invoice is sent to its buyer again on request (补发).
    Resent "invoice.resent" Buyer
        ["发票补发" "按您的要求补发发票 {number}，价税合计 {gross} 元。"]
        ["發票補發" "按您的要求補發發票 {number}，價稅合計 {gross} 元。"]
        ["Your invoice again" "Here is invoice {number} over {gross} CNY again."];
    /// An invoice was voided in its month.
    Voided "invoice.voided" Buyer
        ["发票已作废" "发票 {number} 已作废，价税合计 {gross} 元。"]
        ["發票已作廢" "發票 {number} 已作廢，價稅合計 {gross} 元。"]
        ["Your invoice is void" "Invoice {number} over {gross} CNY is void."];
    /// The sheets of a paper invoice were mailed.
    PaperMailed "paper.mailed" Buyer
        ["纸质发票已寄出" "您的发票 {number} 已由 {carrier} 寄出，运单号 {tracking}。"]
        ["紙質發票已寄出" "您的發票 {number} 已由 {carrier} 寄出，運單號 {tracking}。"]
        ["Your invoice is on its way" "Invoice {number} was mailed through {carrier} as {tracking}."];
    /// An application was rejected.
    Rejected "application.rejected" Buyer
        ["开票申请未通过" "开票申请 {application} 未通过审核，请查看原因后重新申请。"]
        ["開票申請未通過" "開票申請 {application} 未通過審核，請查看原因後重新申請。"]
        ["Your application was rejected" "Application {application} was rejected; see why and apply again."];
    /// An order can be applied for a few more days only.
    DeadlineNear "order.deadline_near" Buyer
        ["开票申请即将截止" "订单 {order} 可申请开票至 {by}。"]
        ["開票申請即將截止" "訂單 {order} 可申請開票至 {by}。"]
        ["Your invoice can be applied for until {by}" "Order {order} can be applied for until {by}."];
    /// A provider has refused an invoice for good.
    Failed "invoice.failed" Staff
        ["开票失败" "开票任务 {invoice} 被拒绝（{code}），请处理。"]
        ["開票失敗" "開票任務 {invoice} 被拒絕（{code}），請處理。"]
        ["An invoice was refused" "Invoice task {invoice} was refused ({code})."];
    /// A provider has refused to void an invoice.
    VoidRefused "invoice.void_refused" Staff
        ["作废失败" "开票任务 {invoice} 未能作废（{code}），发票仍然有效。"]
        ["作廢失敗" "開票任務 {invoice} 未能作廢（{code}），發票仍然有效。"]
        ["An invoice was not voided" "Invoice task {invoice} could not be voided ({code}); it stands."];
    /// Nobody knows whether an invoice was issued.
    InDoubt "invoice.in_doubt" Staff
        ["开票结果不明" "开票任务 {invoice} 结果不明（{code}），请到税局核实。"]
        ["開票結果不明" "開票任務 {invoice} 結果不明（{code}），請到稅局核實。"]
        ["An invoice is in doubt" "Nobody knows whether invoice task {invoice} was issued ({code}); find out at the bureau."];
    /// A red confirmation runs out soon.
    ConfirmationEnding "confirmation.ending" Staff
        ["红字确认单即将超时" "开票任务 {invoice} 的红字信息确认单须在 {by} 前确认。"]
        ["紅字確認單即將逾時" "開票任務 {invoice} 的紅字資訊確認單須在 {by} 前確認。"]
        ["A red confirmation runs out" "The red confirmation of invoice task {invoice} must be confirmed by {by}."];
    /// An application has waited long for a reviewer.
    ReviewWaiting "review.waiting" Staff
        ["有申请等待审核" "申请单 {application} 自 {since} 起等待审核。"]
        ["有申請等待審核" "申請單 {application} 自 {since} 起等待審核。"]
        ["An application waits for review" "Application {application} has waited for review since {since}."];
    /// A received invoice has another state.
    ReceivedMoved "received.moved" Staff
        ["收到的发票状态变更" "发票 {number} 的状态变为“{state}”。"]
        ["收到的發票狀態變更" "發票 {number} 的狀態變為「{state}」。"]
        ["A received invoice moved on" "Received invoice {number} is now {state}."];
    /// The bureau says that a received invoice was voided or taken back, wholly or in part.
    ReceivedTakenBack "received.taken_back" Staff
        ["收到的发票已作废或红冲" "发票 {number} 在税局的状态变为“{standing}”，我方状态为“{state}”，请处理。"]
        ["收到的發票已作廢或紅沖" "發票 {number} 在稅局的狀態變為「{standing}」，我方狀態為「{state}」，請處理。"]
        ["A received invoice was taken back" "The bureau says that received invoice {number} is {standing}; it is {state} with us."];
    /// The bureau knows a received invoice by other fields, or not at all.
    ReceivedMismatch "received.mismatch" Staff
        ["收到的发票查验不符" "发票 {number} 查验结果：{answer}，请核对票面信息。"]
        ["收到的發票查驗不符" "發票 {number} 查驗結果：{answer}，請核對票面資訊。"]
        ["A received invoice does not match" "The bureau on received invoice {number}: {answer}; compare it with the paper."];
    /// A received invoice can be claimed or reimbursed for a few more days only.
    ReimbursementDue "received.reimbursement_due" Staff
        ["报销即将截止" "发票 {number} 须在 {by} 前完成报销，当前状态为“{state}”。"]
        ["報銷即將截止" "發票 {number} 須在 {by} 前完成報銷，目前狀態為「{state}」。"]
        ["A reimbursement runs out" "Received invoice {number} is {state} and must be reimbursed by {by}."];
    /// A period is over, and this is what a company received in it.
    ReportReady "report.ready" Staff
        ["{period} 收票报告" "{seller} {period} 收到发票 {count} 张，价税合计 {gross} 元，税额 {tax} 元，其中可抵扣 {deductible} 元；尚未查验 {open} 张。"]
        ["{period} 收票報告" "{seller} {period} 收到發票 {count} 張，價稅合計 {gross} 元，稅額 {tax} 元，其中可抵扣 {deductible} 元；尚未查驗 {open} 張。"]
        ["Invoices received in {period}" "{seller} received {count} invoices over {gross} CNY in {period}, with {tax} CNY tax, of which {deductible} CNY can be deducted; {open} are not verified."];
    /// A seller's credit line will not last.
    CreditLow "credit.low" Staff
        ["授信额度不足" "开票主体 {seller} 剩余授信额度 {available} 元，待开票 {pending} 元。"]
        ["授信額度不足" "開票主體 {seller} 剩餘授信額度 {available} 元，待開票 {pending} 元。"]
        ["A credit line runs out" "Seller {seller} has {available} CNY of its credit line left, and {pending} CNY wait to be issued."];
    /// A seller's stock of invoice numbers runs low.
    StockLow "stock.low" Staff
        ["发票号码库存不足" "开票主体 {seller} 的 {kind} 号码仅剩 {left} 份，请及时领用。"]
        ["發票號碼庫存不足" "開票主體 {seller} 的 {kind} 號碼僅剩 {left} 份，請及時領用。"]
        ["Invoice numbers run out" "Seller {seller} has {left} numbers of kind {kind} left; fetch more."];
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_event_speaks_three_languages_with_the_same_facts() {
        let facts = |event: NoticeEvent, language| -> BTreeSet<String> {
            let (subject, body) = event.template(language);
            let named = format!("{subject} {body}");
            named
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}'))
                .map(|(name, _)| name.to_owned())
                .collect()
        };
        for event in NoticeEvent::ALL {
            let english = facts(*event, Language::En);
            assert!(!english.is_empty(), "{}", event.as_str());
            assert_eq!(facts(*event, Language::ZhCn), english, "{}", event.as_str());
            assert_eq!(facts(*event, Language::ZhTw), english, "{}", event.as_str());
        }
        let names: BTreeSet<_> = NoticeEvent::ALL.iter().map(|event| event.as_str()).collect();
        assert_eq!(names.len(), NoticeEvent::ALL.len());
    }
}
