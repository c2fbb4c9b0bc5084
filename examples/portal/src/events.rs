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

            const fn audience(self) -> Told {
                match self { $(Self::$name => Told::$audience,)* }
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

/// Whom a change is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Everybody,
    /// Buyers see no step before their invoice is issued.
    Staff,
    /// Said already by the entry of the invoice itself.
    Nobody,
}

happenings! {
    Submitted "submitted" Everybody "提交申请" "提交申請" "applied for";
    ReviewClaimed "review_claimed" Staff "领取审核" "領取審核" "taken into review";
    Approved "approved" Staff "审核通过" "審核通過" "approved";
    Rejected "rejected" Everybody "驳回申请" "駁回申請" "rejected";
    Cancelled "cancelled" Everybody "取消申请" "取消申請" "cancelled";
    CorrectedBy "corrected_by" Everybody "由新申请换开" "由新申請換開" "corrected by another application";
    CorrectionBegun "correction_begun" Staff "开始换开" "開始換開" "correction begun";
    RedAsked "red_asked" Staff "要求红冲原票" "要求紅沖原票" "red of the former invoice asked for";
    Claims "claims" Staff "占用金额变更" "占用金額變更" "what it holds has changed";
    TaskAdded "task_added" Nobody "计划开票" "計畫開票" "invoice added";
    TaskMoved "task_moved" Nobody "发票状态变更" "發票狀態變更" "invoice moved";
    Planned "planned" Staff "计划开票" "計畫開票" "planned";
    Sending "sending" Staff "提交服务商" "提交服務商" "sent to the provider";
    NotSent "not_sent" Staff "服务商未受理" "服務商未受理" "not taken by the provider";
    Accepted "accepted" Staff "服务商已受理" "服務商已受理" "taken by the provider";
    Seen "confirmation_seen" Staff "红字确认单状态更新" "紅字確認單狀態更新" "red confirmation looked up";
    Wanted "answer_wanted" Staff "答复红字确认单" "答覆紅字確認單" "answer to the red confirmation";
    Issued "issued" Everybody "发票开具" "發票開具" "invoice issued";
    Doubted "doubted" Staff "结果不明，转人工核实" "結果不明，轉人工核實" "in doubt: a person finds out";
    Failed "failed" Staff "被拒绝" "被拒絕" "refused";
    Requeued "requeued" Staff "重新排队" "重新排隊" "queued again";
    Retried "retried" Staff "已重试" "已重試" "tried again";
    Rerouted "rerouted" Staff "改由其他服务商开具" "改由其他服務商開具" "moved to another provider";
    Superseded "superseded" Staff "由新计划替换" "由新計畫替換" "replaced by a new plan";
    RedOpened "red_opened" Staff "开始红冲" "開始紅沖" "red invoice under way";
    RedDropped "red_dropped" Staff "红冲取消" "紅沖取消" "red invoice dropped";
    Flushed "flushed" Everybody "红冲完成" "紅沖完成" "taken back";
    Voided "voided" Everybody "已作废" "已作廢" "voided";
    Reported "reported" Everybody "提交工单" "提交工單" "reported";
    Moved "moved" Everybody "工单处理" "工單處理" "ticket moved";
}

impl Happening {
    /// Whether it is told to buyers.
    pub(crate) fn concerns_buyers(self) -> bool {
        self.audience() == Told::Everybody
    }

    /// A change as staff are told of it: in words, and what follows its name as it is.
    pub(crate) fn told(change: &str, language: Language) -> Option<String> {
        let (name, rest) = change.split_once(' ').unwrap_or((change, ""));
        match Self::find(name) {
            Some(known) if known.audience() == Told::Nobody => None,
            Some(known) => Some(format!("{} {rest}", known.wording(language)).trim_end().to_owned()),
            None => Some(change.to_owned()),
        }
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
        assert_eq!(Happening::told("unclear 07", Language::En).as_deref(), Some("unclear 07"));
        assert_eq!(Happening::told("issued", Language::En).as_deref(), Some("invoice issued"));
        assert_eq!(Happening::told("task_moved", Language::En), None);
        assert!(!Happening::Doubted.concerns_buyers() && Happening::Issued.concerns_buyers());
    }
}
