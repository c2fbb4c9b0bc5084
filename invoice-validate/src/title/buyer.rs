//! Name, tax number and certificate of the buyer.

use super::context::TitleContext;
use super::fields::TitleFields;
use super::kinds::BuyerKind;
use super::name::{bare_name, printed_name};
use crate::rule::{tax_id as tax_rule, title as rule};
use crate::text::{self, Field, Limits};
use crate::{Fault, Report, Severity, TaxIdKind, certificate, tax_id};

pub(super) fn check_name(name: &str, context: &TitleContext<'_>, limits: &Limits) -> Report {
    if name.trim().is_empty() {
        return Report::new();
    }
    let mut report = text::check_with(name, Field::Name, limits);
    let bare = bare_name(name);
    let length = bare.chars().count();
    if context.buyer == BuyerKind::Person {
        if length <= 1 {
            report.push(Fault::new(&rule::NAME_SHORT));
        }
        let printed = printed_name(name, context.buyer).chars().count();
        if let Some(limit) = limits.of(Field::Name).filter(|limit| printed > limit.max && report.is_valid()) {
            report.push(Fault::new(&rule::NAME_LONG_PRINTED).with_expected(limit.max.to_string()));
        }
    } else if bare.len() < name.trim().len() {
        report.push(Fault::new(&rule::NAME_SUFFIX));
    } else if length <= 4 {
        report.push(Fault::new(&rule::NAME_PERSON_LIKE));
    }
    let digits = name.chars().filter(char::is_ascii_digit).count();
    if digits >= 7 && digits * 2 > length {
        report.push(Fault::new(&rule::NAME_IS_NUMBER));
    }
    report
}

pub(super) fn check_tax_id(fields: &TitleFields<'_>, context: &TitleContext<'_>) -> Report {
    let Some(number) = fields.tax_id.filter(|number| !number.trim().is_empty()) else {
        return Report::new();
    };
    let inspection = match context.today {
        Some(today) => tax_id::inspect_on(number, today),
        None => tax_id::inspect(number),
    };
    let same = |other: &str| tax_id::normalize(other) == inspection.normalized;
    let mut own = Report::new();
    if context.seller_tax_id.is_some_and(same) {
        own.push(Fault::new(&rule::TAX_ID_SELLER));
    }
    if context.buyer == BuyerKind::Person {
        let resident_card = fields.certificate.filter(|certificate| certificate.kind == "201");
        if resident_card.is_some_and(|certificate| !same(certificate.number)) {
            own.push(Fault::new(&rule::TAX_ID_NOT_CERTIFICATE));
        }
        if inspection.kind == TaxIdKind::Uscc {
            own.push(Fault::new(&rule::TAX_ID_PERSON_KIND));
        }
        if fields.certificate.is_some_and(|certificate| !certificate.is_empty() && certificate.kind != "201")
        {
            return with_platform_rule_only(inspection.report, own);
        }
    }
    if context.buyer == BuyerKind::Foreign {
        return with_platform_rule_only(inspection.report, own);
    }
    let mut report = inspection.report;
    report.merge("", own);
    report
}

/// Numbers of foreigners follow no Chinese standard: findings of structure become warnings.
///
/// A person who holds another certificate may give the certificate's number where no tax number was
/// assigned, which can be shorter than 15 characters.
fn with_platform_rule_only(report: Report, mut own: Report) -> Report {
    for fault in report.into_faults() {
        let hard = [&tax_rule::CHARACTER, &tax_rule::EMPTY].iter().any(|rule| rule.code() == fault.code());
        let severity = if hard { fault.severity() } else { fault.severity().max(Severity::Warning) };
        own.push(fault.with_severity(severity));
    }
    own
}

pub(super) fn check_certificate(fields: &TitleFields<'_>, context: &TitleContext<'_>, report: &mut Report) {
    let Some(given) = fields.certificate.filter(|certificate| !certificate.is_empty()) else { return };
    if context.buyer == BuyerKind::Person {
        report.merge("title.certificate", certificate::check(&given));
    } else {
        report.push(Fault::new(&rule::CERTIFICATE_NOT_PERSON).at("title.certificate"));
    }
}
