use std::fmt;

use crate::error::Language;

macro_rules! faults {
    ($($name:ident $code:literal $zh_cn:literal $zh_tw:literal $en:literal;)*) => {
        /// What is wrong with an export. The text code never changes its meaning and is never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FaultKind {
            $(#[doc = concat!("`", $code, "`: ", $en)] $name,)*
        }

        impl FaultKind {
            /// Every kind, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            const fn template(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::ZhCn) => $zh_cn,
                      (Self::$name, Language::ZhTw) => $zh_tw,
                      (Self::$name, _) => $en,)*
                }
            }
        }
    };
}

faults! {
    Malformed "AUDIT-01" "该行不是导出文件的格式，或已被改动。" "該行不是匯出檔的格式，或已被更動。" "The line is not of the form of an export, or was changed.";
    Truncated "AUDIT-02" "文件不完整：没有结束行。" "檔案不完整：沒有結束行。" "The file is cut off: it has no end line.";
    Trailing "AUDIT-03" "结束行之后还有内容。" "結束行之後還有內容。" "There is something behind the end line.";
    Counts "AUDIT-04" "条目数与结束行不符：有行被删除或添加。" "條目數與結束行不符：有行被刪除或加入。" "The counts differ from the end line: lines were removed or added.";
    Digest "AUDIT-05" "文件摘要不符：文件被改动过。" "檔案摘要不符：檔案被更動過。" "The digest of the file differs: it was changed.";
    EntryChanged "AUDIT-06" "{subject} 的第 {seq} 条记录被改动：哈希不符。" "{subject} 的第 {seq} 條記錄被更動：雜湊不符。" "Entry {seq} of {subject} was changed: its hash does not fit.";
    EntryMissing "AUDIT-07" "{subject} 缺少第 {seq} 条记录。" "{subject} 缺少第 {seq} 條記錄。" "Entry {seq} of {subject} is missing.";
    EntryMoved "AUDIT-08" "{subject} 的第 {seq} 条记录不在其位置。" "{subject} 的第 {seq} 條記錄不在其位置。" "Entry {seq} of {subject} is out of its place.";
    EntryAdded "AUDIT-09" "{subject} 的第 {seq} 条记录是多出来的。" "{subject} 的第 {seq} 條記錄是多出來的。" "Entry {seq} of {subject} is one too many.";
    RowMissing "AUDIT-10" "{subject} 缺少其结束行，或行不在其位置。" "{subject} 缺少其結束行，或行不在其位置。" "The row of {subject} is missing or out of its place.";
    RowChanged "AUDIT-11" "{subject} 的行与其最后一条记录不符。" "{subject} 的行與其最後一條記錄不符。" "The row of {subject} does not fit its newest entry.";
    AnchorChanged "AUDIT-12" "第 {anchor} 个锚点被改动。" "第 {anchor} 個錨點被更動。" "Anchor {anchor} was changed.";
    AnchorMissing "AUDIT-13" "缺少第 {anchor} 个锚点。" "缺少第 {anchor} 個錨點。" "Anchor {anchor} is missing.";
    AnchorMoved "AUDIT-14" "第 {anchor} 个锚点不在其位置。" "第 {anchor} 個錨點不在其位置。" "Anchor {anchor} is out of its place.";
    AnchorReplaced "AUDIT-15" "第 {anchor} 个锚点与另行保存的哈希不符：历史被改写。" "第 {anchor} 個錨點與另行保存的雜湊不符：歷史被改寫。" "Anchor {anchor} is not the one that was kept elsewhere: history was rewritten.";
    Rewritten "AUDIT-16" "{subject} 在第 {seq} 条或之前被改写：与第 {anchor} 个锚点不符。" "{subject} 在第 {seq} 條或之前被改寫：與第 {anchor} 個錨點不符。" "{subject} was rewritten at or before entry {seq}: it differs from anchor {anchor}.";
    Removed "AUDIT-17" "{subject} 的第 {seq} 条记录在第 {anchor} 个锚点之下，但不在文件中。" "{subject} 的第 {seq} 條記錄在第 {anchor} 個錨點之下，但不在檔案中。" "Entry {seq} of {subject} is under anchor {anchor} but not in the file.";
    Backdated "AUDIT-18" "{subject} 的第 {seq} 条记录早于第 {anchor} 个锚点，却不在任何锚点之下：系事后添加。" "{subject} 的第 {seq} 條記錄早於第 {anchor} 個錨點，卻不在任何錨點之下：係事後加入。" "Entry {seq} of {subject} is older than anchor {anchor} but under none: it was added afterwards.";
}

/// Something wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFault {
    pub(super) kind: FaultKind,
    pub(super) line: u64,
    pub(super) subject: Option<String>,
    pub(super) seq: Option<u64>,
    pub(super) anchor: Option<u64>,
}

impl AuditFault {
    pub(super) const fn new(kind: FaultKind, line: u64) -> Self {
        Self { kind, line, subject: None, seq: None, anchor: None }
    }

    pub(super) fn entry(mut self, subject: &str, seq: u64) -> Self {
        (self.subject, self.seq) = (Some(subject.to_owned()), Some(seq));
        self
    }

    pub(super) const fn anchor(mut self, number: u64) -> Self {
        self.anchor = Some(number);
        self
    }

    /// What.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// The line of the file, from 1, where it was noticed.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// The aggregate concerned: `kind/id`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// The entry concerned.
    #[must_use]
    pub const fn seq(&self) -> Option<u64> {
        self.seq
    }

    /// The number of the anchor concerned.
    #[must_use]
    pub const fn anchor_number(&self) -> Option<u64> {
        self.anchor
    }

    /// The sentence in one language, without code and line.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
        self.kind
            .template(language)
            .replace("{seq}", &number(self.seq))
            .replace("{anchor}", &number(self.anchor))
            .replace("{subject}", self.subject.as_deref().unwrap_or("?"))
    }
}

impl fmt::Display for AuditFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}: {}", self.kind.as_str(), self.line, self.message(Language::En))
    }
}
