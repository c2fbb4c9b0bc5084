//! The data of the built-in table. Apart from the code, with its sources:
//!
//! - rates: VAT Law of the People's Republic of China (主席令第41号), articles 10 and 11, in force from 2026-01-01;
//!   1 % for small-scale taxpayers until 2027-12-31 by the notice 2026年第10号 of Ministry of Finance and State
//!   Taxation Administration. That 1.5 % and 5 % survive where transition texts keep them is less certain.
//! - codes: those printed in the bureau's issuing capability document V4.000 (2025-09-26) or in public code lists;
//!   short names of several goods are likely rather than certain.

use chrono::NaiveDate;

use super::{RateRule, TaxTableEntry};
use crate::tax::{TaxCode, TaxRate, Treatment};

type Day = (i32, u32, u32);

/// (millionths, first day, last day, source)
const RATES: &[(u32, Day, Option<Day>, &str)] = &[
    (130_000, (2019, 4, 1), None, "VAT Law art. 10; before 2026 notice 2019年第39号"),
    (90_000, (2019, 4, 1), None, "VAT Law art. 10; before 2026 notice 2019年第39号"),
    (60_000, (2016, 5, 1), None, "VAT Law art. 10; before 2026 财税〔2016〕36号"),
    (30_000, (2009, 1, 1), None, "VAT Law art. 11"),
    (50_000, (2016, 5, 1), None, "财税〔2016〕36号; which cases survive 2026-01-01 is unsure"),
    (15_000, (2016, 5, 1), None, "lease of housing; likely"),
    (10_000, (2020, 3, 1), Some((2027, 12, 31)), "notice 2026年第10号; before 2026 notice 2023年第19号"),
];

/// (code, name, short name, rates in millionths, treatments)
type Row = (&'static str, &'static str, &'static str, &'static [u32], &'static [Treatment]);

const STANDARD: &[Treatment] = &[Treatment::Standard];
const GOODS: &[u32] = &[130_000, 30_000, 10_000];
const SERVICES: &[u32] = &[60_000, 30_000, 10_000];
const REDUCED: &[u32] = &[90_000, 30_000, 10_000];

const ENTRIES: &[Row] = &[
    ("1040201010000000000", "女内衣", "服装", GOODS, STANDARD),
    ("1040201990000000000", "其他服装", "服装", GOODS, STANDARD),
    ("1050201010000000000", "木质家具", "家具", GOODS, STANDARD),
    ("1060201010000000000", "有刊号图书报纸期刊", "印刷品", REDUCED, STANDARD),
    ("1060301010000000000", "基础软件产品", "软件", GOODS, STANDARD),
    ("1060401010000000000", "文具盒", "文具", GOODS, STANDARD),
    ("1090505000000000000", "移动通信终端设备及零部件", "移动通信设备", GOODS, STANDARD),
    ("1090511010000000000", "终端显示设备", "计算机外部设备", GOODS, STANDARD),
    ("1100301010000000000", "自来水", "水冰雪", REDUCED, STANDARD),
    ("3010101020203000000", "出租汽车客运", "运输服务", REDUCED, STANDARD),
    ("3040201010000000000", "软件开发服务", "信息技术服务", SERVICES, STANDARD),
    ("3040101000000000000", "研发服务", "研发和技术服务", SERVICES, STANDARD),
    ("3040801010000000000", "物业管理服务", "企业管理服务", SERVICES, STANDARD),
    (
        "3070201020000000000",
        "非学历教育服务",
        "非学历教育服务",
        SERVICES,
        &[Treatment::Standard, Treatment::Exempt],
    ),
    ("3070401000000000000", "餐饮服务", "餐饮服务", SERVICES, STANDARD),
    ("3070402000000000000", "住宿服务", "住宿服务", SERVICES, STANDARD),
    ("6010000000000000000", "预付卡销售和充值", "预付卡销售", &[0], &[Treatment::NotTaxable]),
];

pub(super) fn statutory_rates() -> Vec<RateRule> {
    let day = |(year, month, day)| NaiveDate::from_ymd_opt(year, month, day);
    RATES
        .iter()
        .filter_map(|&(millionths, from, to, source)| {
            Some(RateRule::new(TaxRate::from_millionths(millionths)?, day(from)?, to.and_then(day), source))
        })
        .collect()
}

pub(super) fn entries() -> Vec<TaxTableEntry> {
    ENTRIES
        .iter()
        .filter_map(|&(code, name, short_name, rates, treatments)| {
            let code: TaxCode = code.parse().ok()?;
            let mut rates: Vec<TaxRate> =
                rates.iter().filter_map(|&rate| TaxRate::from_millionths(rate)).collect();
            if treatments.contains(&Treatment::Exempt) {
                rates.push(TaxRate::ZERO);
            }
            Some(TaxTableEntry::new(code, name, short_name, rates, treatments.to_vec()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_row_of_the_data_is_lost_while_reading() {
        assert_eq!(super::statutory_rates().len(), super::RATES.len());
        assert_eq!(super::entries().len(), super::ENTRIES.len());
    }
}
