/// The languages every message exists in.
///
/// ```
/// use invoice_validate::{Language, uscc};
/// let report = uscc::check("914403001922038217");
/// assert!(report.faults()[0].message(Language::ZhTw).contains("校驗碼"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Language {
    /// Simplified Chinese (简体中文), the language of the documents themselves.
    #[default]
    #[cfg_attr(feature = "serde", serde(rename = "zh-CN"))]
    ZhCn,
    /// Traditional Chinese (繁體中文).
    #[cfg_attr(feature = "serde", serde(rename = "zh-TW"))]
    ZhTw,
    /// English.
    #[cfg_attr(feature = "serde", serde(rename = "en"))]
    En,
}

impl Language {
    /// All languages, in the order of the message table.
    pub const ALL: [Language; 3] = [Language::ZhCn, Language::ZhTw, Language::En];
}
