//! Why a plan is as it is, in three languages from one table.
//!
//! Plans carry no sentences: [`SplitPlan::reasons`] and [`RedPlan::reasons`] read them off the plan when somebody
//! asks, so that planning itself pays nothing.

use std::fmt;

use rust_decimal::Decimal;

use crate::error::Language;
use crate::plan::red::{RedPlan, WholeBecause};
use crate::plan::split::{BoundKind, Cut, Group, Grouping, SplitPlan, Yields};
use crate::tax::Treatment;

macro_rules! reasons {
    ($($name:ident $zh_cn:literal $zh_tw:literal $en:literal;)*) => {
        /// What a reason is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ReasonKind {
            $(#[doc = $en] $name,)*
        }

        /// Every reason there is, in the order of the table.
        pub const ALL_REASONS: &[ReasonKind] = &[$(ReasonKind::$name,)*];

        impl ReasonKind {
            /// The sentence with `{facts}` still to be filled in.
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

reasons! {
    GroupMixing "第 {invoices} 张：征税方式不同的行不得同票。" "第 {invoices} 張：徵稅方式不同的行不得同票。" "No. {invoices}: lines of other treatments may not share an invoice with these.";
    GroupAlone "第 {invoices} 张：差额征税的行须单独开票。" "第 {invoices} 張：差額徵稅的行須單獨開票。" "No. {invoices}: a line taxed on the difference stands alone.";
    GroupCategory "第 {invoices} 张：按税收分类编码 {value} 分票。" "第 {invoices} 張：按稅收分類編碼 {value} 分票。" "No. {invoices}: grouped by tax code {value}.";
    GroupRate "第 {invoices} 张：按税率 {value}% 分票。" "第 {invoices} 張：按稅率 {value}% 分票。" "No. {invoices}: grouped by rate, {value}%.";
    GroupTreatment "第 {invoices} 张：按征税方式分票。" "第 {invoices} 張：按徵稅方式分票。" "No. {invoices}: grouped by treatment.";
    GroupPrefix "第 {invoices} 张：按编码前缀 {value} 分票。" "第 {invoices} 張：按編碼前綴 {value} 分票。" "No. {invoices}: grouped by the code prefix of {value}.";
    BoundAmount "合计超过单张限额，至少需要 {bound} 张，共 {count} 张。" "合計超過單張限額，至少需要 {bound} 張，共 {count} 張。" "Together they exceed the limit of one invoice: at least {bound} are needed, {count} are planned.";
    BoundRows "行数超过每张上限，至少需要 {bound} 张，共 {count} 张。" "行數超過每張上限，至少需要 {bound} 張，共 {count} 張。" "They print more rows than one invoice may have: at least {bound} invoices are needed, {count} are planned.";
    BoundTolerance "税额尾差合计超过每张 1.27 元，至少需要 {bound} 张，共 {count} 张。" "稅額尾差合計超過每張 1.27 元，至少需要 {bound} 張，共 {count} 張。" "Their tax is rounded by more than 1.27 together: at least {bound} invoices are needed, {count} are planned.";
    BoundLargeUnits "有 {bound} 件单价超过限额一半，不能两件同票，共 {count} 张。" "有 {bound} 件單價超過限額一半，不能兩件同票，共 {count} 張。" "{bound} units are each above half the limit and cannot share an invoice; {count} invoices are planned.";
    BoundOther "未能证明少于 {count} 张是不可能的，下限为 {bound} 张。" "未能證明少於 {count} 張是不可能的，下限為 {bound} 張。" "That {count} invoices are fewest is not proved; at least {bound} are needed.";
    CutUnits "第 {line} 行拆为 {parts} 份：单价不变，按整件拆数量。" "第 {line} 行拆為 {parts} 份：單價不變，按整件拆數量。" "Line {line} is cut into {parts} parts between whole units; the price stays.";
    CutFraction "第 {line} 行拆为 {parts} 份：单价不变，数量按比例拆分。" "第 {line} 行拆為 {parts} 份：單價不變，數量按比例拆分。" "Line {line} is cut into {parts} parts; the quantity follows the amount and the price stays.";
    CutPrice "第 {line} 行拆为 {parts} 份：数量不变，拆单价。" "第 {line} 行拆為 {parts} 份：數量不變，拆單價。" "Line {line} is cut into {parts} parts; the quantity stays and the price is cut.";
    CutAmount "第 {line} 行没有数量，按金额拆为 {parts} 份。" "第 {line} 行沒有數量，按金額拆為 {parts} 份。" "Line {line} has no quantity; its amount is cut into {parts} parts.";
    LeftOut "第 {line} 行折后为零，没有可以同票的位置，未打印。" "第 {line} 行折後為零，沒有可以同票的位置，未列印。" "Line {line} comes to nothing and no invoice has room for it: it is not printed.";
    RedFull "第 {blue} 张蓝票全额红冲。" "第 {blue} 張藍票全額紅沖。" "Blue invoice {blue} is flushed in full.";
    RedRows "第 {blue} 张蓝票红冲 {rows} 行，合计 {gross}。" "第 {blue} 張藍票紅沖 {rows} 行，合計 {gross}。" "Of blue invoice {blue}, {rows} rows are flushed, {gross} in all.";
    RedDifferential "第 {blue} 张蓝票为差额征税，只能全额红冲。" "第 {blue} 張藍票為差額徵稅，只能全額紅沖。" "Blue invoice {blue} is taxed on the difference: it is flushed in full or not at all.";
    RedRejected "第 {blue} 张蓝票已被自然人购买方拒收，只能全额红冲。" "第 {blue} 張藍票已被自然人購買方拒收，只能全額紅沖。" "Blue invoice {blue} was rejected by its buyer, a natural person: it is flushed in full or not at all.";
    RedFollows "第 {blue} 张蓝票第 {row} 行：单价不变，数量按金额折算为 {quantity}。" "第 {blue} 張藍票第 {row} 行：單價不變，數量按金額折算為 {quantity}。" "Row {row} of blue invoice {blue}: the price stays, so the quantity follows the amount: {quantity}.";
    RedForced "缺少第 {blue} 张蓝票则金额不足，必须红冲。" "缺少第 {blue} 張藍票則金額不足，必須紅沖。" "Without blue invoice {blue} some line could not be met.";
    RedUnmet "订单行 {line} 尚有 {gross} 没有可红冲的蓝票。" "訂單行 {line} 尚有 {gross} 沒有可紅沖的藍票。" "Of order line {line}, {gross} is on no blue invoice any more.";
    RedBound "红字确认单共 {count} 张，至少需要 {bound} 张。" "紅字確認單共 {count} 張，至少需要 {bound} 張。" "{count} red forms are planned; at least {bound} are needed.";
}

/// One reason with its facts. Lines, invoices and blue invoices are counted from 1, as people count.
///
/// ```
/// use invoice_core::error::Language;
/// use invoice_core::limits::InvoiceLimit;
/// use invoice_core::plan::split::{SplitLine, SplitPolicy, split};
/// use invoice_core::tax::{TaxRate, Treatment};
/// let line = SplitLine::new(
///     "1050201010000000000".parse()?,
///     TaxRate::percent(13).unwrap(),
///     Treatment::Standard,
///     "25000.00".parse()?,
///     "0".parse()?,
/// )?;
/// let plan = split(&[line], &SplitPolicy::new().with_limit(InvoiceLimit::WAN_1))?;
/// let reasons: Vec<_> = plan.reasons().iter().map(|reason| reason.message(Language::En)).collect();
/// assert_eq!(reasons, [
///     "Together they exceed the limit of one invoice: at least 3 are needed, 3 are planned.",
///     "Line 1 has no quantity; its amount is cut into 3 parts.",
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    kind: ReasonKind,
    facts: Vec<(&'static str, String)>,
}

impl Reason {
    fn new(kind: ReasonKind) -> Self {
        Self { kind, facts: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.facts.push((name, value.to_string()));
        self
    }

    /// What it is about.
    #[must_use]
    pub const fn kind(&self) -> ReasonKind {
        self.kind
    }

    /// Its facts, by name.
    pub fn facts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.facts.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The sentence in one language.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let mut text = self.kind.template(language).to_owned();
        for (name, value) in &self.facts {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }
}

impl SplitPlan {
    /// Why there are these groups, as many invoices, and these cuts. Nothing to say about a single invoice with
    /// whole lines.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.groups.len() > 1 {
            reasons.extend(self.groups.iter().map(|group| self.grouped(group)));
        }
        reasons.extend(self.groups.iter().filter_map(bounded));
        let mut cuts: Vec<&[Cut]> = self.cuts.chunk_by(|a, b| a.line == b.line).collect();
        cuts.sort_by_key(|parts| parts.first().map(|part| part.line));
        for parts in cuts {
            if let Some(first) = parts.first() {
                let reason = Reason::new(self.cut(parts)).with("line", u64::from(first.line) + 1);
                reasons.push(reason.with("parts", parts.len()));
            }
        }
        let left_out = self.left_out.iter().map(|line| u64::from(*line) + 1);
        reasons.extend(left_out.map(|line| Reason::new(ReasonKind::LeftOut).with("line", line)));
        reasons
    }

    fn grouped(&self, group: &Group) -> Reason {
        let kind = match self.policy.grouping() {
            _ if group.key.mixing == Treatment::Differential.mixing_group() => ReasonKind::GroupAlone,
            Grouping::None => ReasonKind::GroupMixing,
            Grouping::Category => ReasonKind::GroupCategory,
            Grouping::Rate => ReasonKind::GroupRate,
            Grouping::Treatment => ReasonKind::GroupTreatment,
            Grouping::CodePrefix(_) => ReasonKind::GroupPrefix,
        };
        let (first, last) = (group.invoices.0 + 1, group.invoices.1);
        let reason = Reason::new(kind);
        let reason = match first == last {
            true => reason.with("invoices", first),
            false => reason.with("invoices", format_args!("{first}–{last}")),
        };
        match kind {
            // Millionths, as people write rates.
            ReasonKind::GroupRate => {
                reason.with("value", Decimal::from_i128_with_scale(group.key.value.into(), 4).normalize())
            }
            _ => reason.with("value", group.key.value),
        }
    }

    fn cut(&self, parts: &[Cut]) -> ReasonKind {
        let whole = |part: &Cut| part.quantity.is_some_and(|units| units.fract().is_zero());
        match self.policy.yields() {
            _ if parts.iter().any(|part| part.quantity.is_none()) => ReasonKind::CutAmount,
            Yields::Price => ReasonKind::CutPrice,
            Yields::Quantity if parts.iter().all(whole) => ReasonKind::CutUnits,
            Yields::Quantity | Yields::FractionOfQuantity => ReasonKind::CutFraction,
        }
    }
}

fn bounded(group: &Group) -> Option<Reason> {
    let count = group.invoices.1 - group.invoices.0;
    let kind = match group.why {
        BoundKind::One if count == 1 => return None,
        BoundKind::One => ReasonKind::BoundOther,
        BoundKind::Amount => ReasonKind::BoundAmount,
        BoundKind::Rows => ReasonKind::BoundRows,
        BoundKind::Tolerance => ReasonKind::BoundTolerance,
        BoundKind::LargeUnits => ReasonKind::BoundLargeUnits,
    };
    Some(Reason::new(kind).with("bound", group.bound).with("count", count))
}

impl RedPlan {
    /// Why these blue invoices are flushed, and by how much.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for form in &self.forms {
            let blue = u64::from(form.blue) + 1;
            let kind = if form.full { ReasonKind::RedFull } else { ReasonKind::RedRows };
            let reason = Reason::new(kind).with("blue", blue);
            reasons.push(reason.with("rows", form.rows.len()).with("gross", form.gross()));
            match form.whole {
                Some(WholeBecause::Differential) => {
                    reasons.push(Reason::new(ReasonKind::RedDifferential).with("blue", blue));
                }
                Some(WholeBecause::Rejected) => {
                    reasons.push(Reason::new(ReasonKind::RedRejected).with("blue", blue));
                }
                Some(WholeBecause::Policy) | None => {}
            }
            for row in
                form.rows.iter().filter(|row| self.followed.binary_search(&(form.blue, row.row)).is_ok())
            {
                if let Some(quantity) = row.quantity {
                    let reason = Reason::new(ReasonKind::RedFollows).with("blue", blue);
                    reasons.push(
                        reason.with("row", u64::from(row.row) + 1).with("quantity", quantity.normalize()),
                    );
                }
            }
            if self.forced.binary_search(&form.blue).is_ok() {
                reasons.push(Reason::new(ReasonKind::RedForced).with("blue", blue));
            }
        }
        for demand in &self.unmet {
            let reason = Reason::new(ReasonKind::RedUnmet);
            reasons.push(reason.with("line", demand.line).with("gross", demand.gross));
        }
        let reason = Reason::new(ReasonKind::RedBound).with("count", self.forms.len());
        reasons.push(reason.with("bound", self.lower_bound));
        reasons
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

    use std::collections::BTreeSet;

    use super::*;
    use crate::limits::InvoiceLimit;
    use crate::plan::split::{SplitLine, SplitPolicy, split};
    use crate::tax::TaxRate;

    /// A single invoice is named by its number and several by the first and the last; rates are as people write them.
    #[test]
    fn groups_are_told_by_their_invoices_and_rates() {
        let line = |millionths, gross: &str| {
            let rate = TaxRate::from_millionths(millionths).unwrap();
            let code = "1050201010000000000".parse().unwrap();
            SplitLine::new(code, rate, Treatment::Standard, gross.parse().unwrap(), "0".parse().unwrap())
                .unwrap()
        };
        let policy = SplitPolicy::new().with_grouping(Grouping::Rate).with_limit(InvoiceLimit::WAN_1);
        let plan = split(&[line(15_000, "50.00"), line(130_000, "25000.00")], &policy).unwrap();
        let told: Vec<_> = plan.reasons().iter().map(|reason| reason.message(Language::En)).collect();
        assert_eq!(told[..2], ["No. 1: grouped by rate, 1.5%.", "No. 2–4: grouped by rate, 13%."]);
    }

    #[test]
    fn every_language_names_the_same_facts() {
        for kind in ALL_REASONS {
            let facts = |language| -> BTreeSet<&str> {
                let names = kind.template(language).split('{').skip(1);
                names.filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
            };
            assert_eq!(facts(Language::ZhCn), facts(Language::En), "{kind:?}");
            assert_eq!(facts(Language::ZhTw), facts(Language::En), "{kind:?}");
        }
    }
}
