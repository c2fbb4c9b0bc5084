//! What the timeline tells, in words. The core names changes; a name that is not in the table is shown as it is.

use invoice_core::error::Language;

macro_rules! happenings {
    ($($name:ident $change:literal $audience:ident $zh_cn:literal $zh_tw:literal $en:literal;)*) => {
        /// A change that has words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Happening { $($name,)* }

        impl Happening {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// The change of this name.
            pub(crate) fn find(change: &str) -> Option<Self> {
                match change { $($change => Some(Self::$name),)* _ => None }
            }

            /// Whether it is told to buyers, too: they see no step before their invoice is issued.
            pub(crate) const fn concerns_buyers(self) -> bool {
                match self { $(Self::$name => audience::$audience,)* }
            }

            pub(crate) const fn wording(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::ZhCn) => $zh_cn,
                      (Self::$name, Language::ZhTw) => $zh_tw,
                      (Self::$name, _) => $en,)*
                }
            }
        }
    };
}

#[allow(non_upper_case_globals, reason = "words of the table")]
mod audience {
    pub(super) const all: bool = true;
    pub(super) const staff: bool = false;
}

happenings! {
    Submitted "submitted" all "提交申请" "提交申請" "applied for";
    ReviewClaimed "review_claimed" staff "领取审核" "領取審核" "taken into review";
    Approved "approved" staff "审核通过" "審核通過" "approved";
    Rejected "rejected" all "驳回申请" "駁回申請" "rejected";
    Cancelled "cancelled" all "取消申请" "取消申請" "cancelled";
    CorrectedBy "corrected_by" all "由新申请换开" "由新申請換開" "corrected by another application";
    CorrectionBegun "correction_begun" staff "开始换开" "開始換開" "correction begun";
    RedAsked "red_asked" staff "要求红冲原票" "要求紅沖原票" "red of the former invoice asked for";
    Claims "claims" staff "占用金额变更" "占用金額變更" "what it holds has changed";
    TaskAdded "task_added" staff "计划开票" "計畫開票" "invoice added";
    TaskMoved "task_moved" staff "发票状态变更" "發票狀態變更" "invoice moved";
    Planned "planned" staff "计划开票" "計畫開票" "planned";
    Sending "sending" staff "提交服务商" "提交服務商" "sent to the provider";
    NotSent "not_sent" staff "服务商未受理" "服務商未受理" "not taken by the provider";
    Accepted "accepted" staff "服务商已受理" "服務商已受理" "taken by the provider";
    Seen "confirmation_seen" staff "红字确认单状态更新" "紅字確認單狀態更新" "red confirmation looked up";
    Wanted "answer_wanted" staff "答复红字确认单" "答覆紅字確認單" "answer to the red confirmation";
    Issued "issued" all "发票开具" "發票開具" "invoice issued";
    Doubted "doubted" staff "结果不明，转人工核实" "結果不明，轉人工核實" "in doubt: a person finds out";
    Failed "failed" staff "被拒绝" "被拒絕" "refused";
    Requeued "requeued" staff "重新排队" "重新排隊" "queued again";
    Retried "retried" staff "已重试" "已重試" "tried again";
    Rerouted "rerouted" staff "改由其他服务商开具" "改由其他服務商開具" "moved to another provider";
    Superseded "superseded" staff "由新计划替换" "由新計畫替換" "replaced by a new plan";
    RedOpened "red_opened" staff "开始红冲" "開始紅沖" "red invoice under way";
    RedDropped "red_dropped" staff "红冲取消" "紅沖取消" "red invoice dropped";
    Flushed "flushed" all "红冲完成" "紅沖完成" "taken back";
    Voided "voided" all "已作废" "已作廢" "voided";
    Reported "reported" all "提交工单" "提交工單" "reported";
    Moved "moved" all "工单处理" "工單處理" "ticket moved";
}

impl Happening {
    /// A change as staff are told of it: in words, and what follows its name as it is.
    pub(crate) fn told(change: &str, language: Language) -> String {
        let (name, rest) = change.split_once(' ').unwrap_or((change, ""));
        Self::find(name).map_or_else(
            || change.to_owned(),
            |known| format!("{} {rest}", known.wording(language)).trim_end().to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_happening_speaks_three_languages() {
        for happening in Happening::ALL {
            for language in [Language::ZhCn, Language::ZhTw, Language::En] {
                assert!(!happening.wording(language).is_empty());
            }
            assert!(happening.wording(Language::En).is_ascii());
        }
        assert_eq!(Happening::told("unclear 07", Language::En), "unclear 07");
        assert_eq!(Happening::told("issued", Language::En), "invoice issued");
        assert!(!Happening::Doubted.concerns_buyers() && Happening::Issued.concerns_buyers());
    }
}
