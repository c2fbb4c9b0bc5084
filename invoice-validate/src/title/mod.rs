//! Title (发票抬头): the buyer's block, checked against the table of required fields.
//!
//! What is required depends on kind × medium × regime × buyer × channel and on the day: [`TitleRules`],
//! each row with its source. The rules on natural persons (the suffix `（个人）`, certificates) are those
//! of 乐企数字化电子发票（基础版）开票能力说明文档 V4.000. Paths begin with `title.`.
//!
//! ```
//! use invoice_validate::title::{self, BuyerKind, InvoiceClass, TitleContext, TitleFields};
//! let fields = TitleFields { name: "华为技术有限公司", ..TitleFields::default() };
//! let ordinary = TitleContext::new(InvoiceClass::Ordinary, BuyerKind::Company);
//! let special = TitleContext::new(InvoiceClass::Special, BuyerKind::Company);
//! assert!(title::check(&fields, &ordinary).is_valid());
//! let report = title::check(&fields, &special);
//! assert_eq!(report.faults()[0].path(), "title.tax_id");
//! assert_eq!(title::printed_name("张三", BuyerKind::Person), "张三（个人）");
//! ```

use crate::rule::{Code, Override, title as rule};
use crate::text::{self, Field, Limits};
use crate::{Fault, Report, Severity, bank, email, phone};

mod buyer;
mod context;
mod fields;
mod kinds;
mod name;
mod rules;

pub use crate::text::ChannelProfile;
pub use context::TitleContext;
pub use fields::{TitleField, TitleFields};
pub use kinds::{BuyerKind, InvoiceClass, Medium, Regime, SpecialToPerson};
pub use name::{PERSON_SUFFIX, bare_name, printed_name};
pub use rules::{Need, Row, TitleRules};

/// Whether no finding is an error.
pub fn is_valid(fields: &TitleFields<'_>, context: &TitleContext<'_>) -> bool {
    check(fields, context).is_valid()
}

/// All findings, with paths such as `title.tax_id`.
pub fn check(fields: &TitleFields<'_>, context: &TitleContext<'_>) -> Report {
    let limits = context.limits();
    let mut report = Report::new();
    missing(fields, context, &mut report);
    report.merge("title.name", buyer::check_name(fields.name, context, limits));
    report.merge("title.tax_id", buyer::check_tax_id(fields, context));
    buyer::check_certificate(fields, context, &mut report);
    if context.class == InvoiceClass::Special
        && context.buyer == BuyerKind::Person
        && context.special_to_person == SpecialToPerson::Refuse
    {
        report.push(Fault::new(&rule::SPECIAL_TO_PERSON).at("title.name"));
    }
    contact(fields, context, limits, &mut report);
    if context.accepted.is_empty() { report } else { overridden(report, context.accepted) }
}

/// What a person let pass is still shown, as a warning.
fn overridden(report: Report, accepted: &[Code]) -> Report {
    let lower = |fault: Fault| {
        let passes = fault.rule().may_override() == Override::Allowed && accepted.contains(&fault.code());
        let severity = if passes { fault.severity().max(Severity::Warning) } else { fault.severity() };
        fault.with_severity(severity)
    };
    report.into_faults().into_iter().map(lower).collect()
}

fn missing(fields: &TitleFields<'_>, context: &TitleContext<'_>, report: &mut Report) {
    let rules = context.today.map_or_else(TitleRules::current, TitleRules::on);
    for field in TitleField::ALL {
        if fields.has(field) {
            continue;
        }
        let fault = match rules.need(field, context) {
            Need::Required => Fault::new(field.missing_rule()),
            Need::Advised if field == TitleField::TaxId => Fault::new(&rule::TAX_ID_ADVISED),
            Need::Advised | Need::Optional => continue,
        };
        report.push(fault.at(field.path()));
    }
}

fn contact(fields: &TitleFields<'_>, context: &TitleContext<'_>, limits: &Limits, report: &mut Report) {
    let texts = [
        ("title.address", fields.address, Field::Address),
        ("title.phone", fields.phone, Field::Phone),
        ("title.bank", fields.bank, Field::Bank),
        ("title.account", fields.account, Field::Account),
    ];
    for (path, value, field) in texts {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            report.merge(path, text::check_with(value, field, limits));
        }
    }
    let present = |value: Option<&str>| value.is_some_and(|value| !value.trim().is_empty());
    if let Some(value) = fields.phone.filter(|value| !value.trim().is_empty()) {
        report.merge("title.phone", softened(phone::check(value)));
    }
    if let Some(value) = fields.account.filter(|value| !value.trim().is_empty()) {
        report.merge("title.account", softened(bank::check(value)));
    }
    if let Some(value) = fields.email.filter(|value| !value.trim().is_empty()) {
        report.merge("title.email", email::check(value));
    }
    if let Some(value) = fields.mobile.filter(|value| !value.trim().is_empty()) {
        report.merge("title.mobile", phone::check_mobile(value));
    }
    if present(fields.bank) != present(fields.account) {
        let path = if present(fields.bank) { "title.account" } else { "title.bank" };
        report.push(Fault::new(&rule::BANK_INCOMPLETE).at(path));
    }
    joined(fields, context, report);
}

/// Nuonuo prints address with phone and bank with account, and limits each pair to 100 characters.
fn joined(fields: &TitleFields<'_>, context: &TitleContext<'_>, report: &mut Report) {
    if context.channel != ChannelProfile::Nuonuo {
        return;
    }
    let length = |value: Option<&str>| value.map_or(0, |value| value.chars().count());
    for (path, one, other) in
        [("title.address", fields.address, fields.phone), ("title.account", fields.bank, fields.account)]
    {
        if length(one) + length(other) > 100 {
            report.push(Fault::new(&rule::TOGETHER_LONG).with_expected("100").at(path));
        }
    }
}

/// The bureau takes phone and account as free text, so what a stricter reader refuses is a warning here.
fn softened(report: Report) -> Report {
    let lower = |fault: Fault| {
        let severity = fault.severity().max(Severity::Warning);
        fault.with_severity(severity)
    };
    report.into_faults().into_iter().map(lower).collect()
}
