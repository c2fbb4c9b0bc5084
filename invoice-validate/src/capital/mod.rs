//! Amounts in capitals (价税合计大写): 壹佰零壹圆伍角整.
//!
//! Sources: 支付结算办法 annex 1 (正确填写票据和结算凭证的基本规定) for the grammar; the layout rules of
//! the digital invoice (数字化电子发票版式及XML规范 V5.002) for 圆 rather than 元 and for the prefix
//! （负数） of red amounts.
//!
//! - 整 follows 圆 and 角, never 分.
//! - A run of zeros inside is one 零. Where the 圆 or 万 digit is zero and the next one is not, the rule
//!   permits the 零 and the form without it; invoices print the form without, and so does [`write()`].
//!   [`parse`] reads both.
//! - Numbers from 亿 on nest: 10^16 yuan is 壹亿亿圆整.
//!
//! ```
//! use invoice_validate::capital;
//! assert_eq!(capital::to_string(2_965_950), "贰万玖仟陆佰伍拾玖圆伍角整");
//! assert_eq!(capital::to_string(-13_000), "（负数）壹佰叁拾圆整");
//! assert_eq!(capital::parse("人民币壹仟零贰拾肆元正"), Ok(102_400));
//! assert!(!capital::is_valid("壹万万元整"));
//! ```

use crate::Report;

mod read;
mod token;
mod write;

pub use read::{check, is_valid, normalize, parse};
pub use write::{BufferTooSmall, MAX_BYTES, write, write_into};

/// The amount of `fen` in capitals, in a new string.
pub fn to_string(fen: i64) -> String {
    let mut out = String::with_capacity(64);
    write(fen, &mut out);
    out
}

/// The same as [`to_string`], under the name every validator has.
pub fn format(fen: &i64) -> String {
    to_string(*fen)
}

/// The findings of [`parse`] for an amount that must equal `fen`, such as the two forms on one paper.
pub fn agrees(input: &str, fen: i64) -> Result<bool, Report> {
    parse(input).map(|read| read == fen)
}
