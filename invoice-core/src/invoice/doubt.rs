use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Invoice, InvoiceState};
use crate::error::Language;

macro_rules! doubts {
    ($($(#[$doc:meta])* $name:ident $code:literal $zh_cn:literal $zh_tw:literal $en:literal;)*) => {
        /// Why a task is in doubt (存疑). The text code never changes its meaning and is never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum DoubtCode { $($(#[$doc])* $name,)* }

        impl DoubtCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What a person has to check and which verb ends it, with `{facts}` still to be filled in.
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

doubts! {
    /// The provider cannot be asked after a key.
    NoQuery "NO-QUERY"
        "服务商 {provider} 不能按流水号查询。请在服务商或电子税务局的已开发票中查找 {sent} 前后、价税合计 {gross}（流水号 {key}）的发票：找到则用 resolve 登记其号码，确认不存在则用 resolve 登记为已拒绝，之后可用 retry 重开；未查清之前不要另开。"
        "服務商 {provider} 不能按流水號查詢。請在服務商或電子稅務局的已開發票中查找 {sent} 前後、價稅合計 {gross}（流水號 {key}）的發票：找到則用 resolve 登記其號碼，確認不存在則用 resolve 登記為已拒絕，之後可用 retry 重開；未查清之前不要另開。"
        "Provider {provider} cannot be asked after a key. Look among the issued invoices at the provider or the tax bureau for one of {gross} around {sent} (key {key}): if it is there, `resolve` with its number; if it certainly is not, `resolve` as denied, after which `retry` issues it. Issue nothing else before that.";
    /// The provider has not said for too long.
    NoAnswer "NO-ANSWER"
        "服务商 {provider} 自 {sent} 起对流水号 {key} 一直没有明确结果。请向服务商查询该流水号（价税合计 {gross}）：已开则用 resolve 登记其号码，服务商确认未开且不会再开则用 resolve 登记为已拒绝，之后可用 retry 重开；未查清之前不要另开。"
        "服務商 {provider} 自 {sent} 起對流水號 {key} 一直沒有明確結果。請向服務商查詢該流水號（價稅合計 {gross}）：已開則用 resolve 登記其號碼，服務商確認未開且不會再開則用 resolve 登記為已拒絕，之後可用 retry 重開；未查清之前不要另開。"
        "Provider {provider} has given no clear result for key {key} since {sent}. Ask the provider for that key ({gross}): if it was issued, `resolve` with its number; if the provider confirms that it was not and will not be, `resolve` as denied, after which `retry` issues it. Issue nothing else before that.";
    /// Sent again and again and never taken.
    NeverTaken "NEVER-TAKEN"
        "服务商 {provider} 多次没有受理流水号 {key}（价税合计 {gross}）。请先查明该账户不受理的原因，并确认没有以该流水号开出发票：已开则用 resolve 登记其号码，确认未开则用 resolve 登记为已拒绝，排除原因后用 retry 重开。"
        "服務商 {provider} 多次沒有受理流水號 {key}（價稅合計 {gross}）。請先查明該帳戶不受理的原因，並確認沒有以該流水號開出發票：已開則用 resolve 登記其號碼，確認未開則用 resolve 登記為已拒絕，排除原因後用 retry 重開。"
        "Provider {provider} has never taken key {key} ({gross}), sent many times. Find out why the account takes nothing and make sure that no invoice of that key exists: if one does, `resolve` with its number; if not, `resolve` as denied, remove the cause and `retry`.";
    /// What the provider reports differs from what was asked for.
    Amounts "INVOICE-03"
        "服务商 {provider} 对流水号 {key} 报告的发票金额与任务不符（应为价税合计 {gross}，报告为 {said}）。请核对该发票：若实际金额相符，用 resolve 登记正确的结果；若确实开错，请在电子税务局将其全额红冲，再用 resolve 登记为已拒绝，之后可用 retry 重开。"
        "服務商 {provider} 對流水號 {key} 報告的發票金額與任務不符（應為價稅合計 {gross}，報告為 {said}）。請核對該發票：若實際金額相符，用 resolve 登記正確的結果；若確實開錯，請在電子稅務局將其全額紅沖，再用 resolve 登記為已拒絕，之後可用 retry 重開。"
        "What provider {provider} reports for key {key} is not what was asked for: {gross} expected, {said} reported. Look at the invoice itself: if its amounts are right, `resolve` with the correct result; if it was issued wrongly, flush it in full at the tax bureau, then `resolve` as denied, after which `retry` issues it.";
    /// The year in the number is not the year it was issued in.
    NumberYear "INVOICE-05"
        "服务商 {provider} 对流水号 {key} 报告的发票号码所含年份与开票日期不符（{said}）。请核对该发票的号码和日期，用 resolve 登记正确的结果；若该发票不存在，用 resolve 登记为已拒绝。"
        "服務商 {provider} 對流水號 {key} 報告的發票號碼所含年份與開票日期不符（{said}）。請核對該發票的號碼和日期，用 resolve 登記正確的結果；若該發票不存在，用 resolve 登記為已拒絕。"
        "The number that provider {provider} reports for key {key} names another year than the day it was issued on ({said}). Look at number and day of the invoice ({gross}) and `resolve` with what is right; if there is no such invoice, `resolve` as denied.";
}

impl DoubtCode {
    /// From the stored code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == code)
    }
}

impl fmt::Display for DoubtCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for DoubtCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for DoubtCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| serde::de::Error::custom("not a code of a doubt"))
    }
}

/// What is added where the provider has said a state that nobody here knows.
const fn last_state(language: Language) -> &'static str {
    match language {
        Language::ZhCn => "服务商最后报告的状态为 {code}，含义未知，可凭此代码询问服务商。",
        Language::ZhTw => "服務商最後報告的狀態為 {code}，含義未知，可憑此代碼詢問服務商。",
        _ => {
            " The last state the provider reported is {code}, which is not known here: ask the provider what it means."
        }
    }
}

impl Invoice {
    /// What a person has to check about a task in doubt, and the verb that ends it; `None` when it is not in doubt. No
    /// personal data: the key, the amount, the moment.
    #[must_use]
    pub fn advice(&self, language: Language) -> Option<String> {
        let InvoiceState::InDoubt { why, since, said, .. } = self.state() else { return None };
        let sent = self.sent_at.unwrap_or(*since).format("%Y-%m-%d %H:%M UTC").to_string();
        let said = said.as_ref().map_or_else(
            || "-".to_owned(),
            |said| format!("{} / {} / {}", said.number, said.gross, said.issued_at.format("%Y-%m-%d")),
        );
        let mut text = why.template(language).to_owned();
        for (name, value) in [
            ("{provider}", self.provider().as_str()),
            ("{key}", self.key().as_str()),
            ("{gross}", &self.gross().to_string()),
            ("{sent}", &sent),
            ("{said}", &said),
        ] {
            text = text.replace(name, value);
        }
        if let Some(code) = self.unclear() {
            text.push_str(&last_state(language).replace("{code}", code));
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_doubt_says_what_to_check_and_names_the_verb_in_three_languages() {
        for code in DoubtCode::ALL.iter().copied() {
            assert_eq!(DoubtCode::from_code(code.as_str()), Some(code));
            for language in [Language::ZhCn, Language::ZhTw, Language::En] {
                let text = code.template(language);
                for part in ["{provider}", "{key}", "resolve"] {
                    assert!(text.contains(part), "{code} in {language:?} lacks {part}");
                }
            }
        }
    }
}
