//! E-mail address for delivery of the file.
//!
//! Source: RFC 5321 and RFC 5322 without quoted local parts, comments and address literals, which
//! no invoicing service takes.
//!
//! ```
//! use invoice_validate::email;
//! assert!(email::is_valid("fapiao@shop.example.cn"));
//! assert_eq!(email::normalize(" Zhang.San＠QQ.com "), "Zhang.San@qq.com");
//! let slip = email::check("a@gmial.com");
//! assert_eq!(slip.faults()[0].suggestion(), Some("a@gmail.com"));
//! ```

use std::borrow::Cow;
use std::fmt;

use crate::rule::field as rule;
use crate::{Fault, Report, normal};

/// Longest address a mail server must take (RFC 5321, 4.5.3.1.3, without the brackets).
pub const MAX_LENGTH: usize = 254;

/// Misspelt domains seen in order forms, and what was meant.
const SLIPS: [(&str, &str); 16] = [
    ("gmial.com", "gmail.com"),
    ("gmai.com", "gmail.com"),
    ("gmail.con", "gmail.com"),
    ("gmail.cm", "gmail.com"),
    ("qq.con", "qq.com"),
    ("qq.cm", "qq.com"),
    ("qq.cn", "qq.com"),
    ("qqq.com", "qq.com"),
    ("163.con", "163.com"),
    ("163.cm", "163.com"),
    ("126.con", "126.com"),
    ("sina.con", "sina.com"),
    ("foxmail.con", "foxmail.com"),
    ("outlook.con", "outlook.com"),
    ("hotmial.com", "hotmail.com"),
    ("hotmail.con", "hotmail.com"),
];

/// An address that passed [`parse`]. `Debug` shows only the domain.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the @.
    pub fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email(…@{})", self.domain())
    }
}

/// Reads an address; a misspelt domain is only a warning.
pub fn parse(input: &str) -> Result<Email, Report> {
    let normalized = normalize(input);
    findings(&normalized).into_result()?;
    Ok(Email(normalized.into_owned()))
}

/// Whether [`parse`] would succeed.
pub fn is_valid(input: &str) -> bool {
    fault_of(&normalize(input)).is_none()
}

/// Half width, no spaces or invisible characters, the domain in lower case.
pub fn normalize(input: &str) -> Cow<'_, str> {
    let tidy = normal::tidy(input);
    let at = tidy.find('@').unwrap_or(tidy.len());
    if !tidy.contains(' ') && !tidy[at..].bytes().any(|b| b.is_ascii_uppercase()) {
        return tidy;
    }
    let (local, domain) = tidy.split_at(at);
    let mut out: String = local.chars().filter(|c| *c != ' ').collect();
    out.extend(domain.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_lowercase()));
    Cow::Owned(out)
}

/// The address as written on an envelope: unchanged.
pub fn format(email: &Email) -> String {
    email.0.clone()
}

/// All findings, misspelt domains included.
pub fn check(input: &str) -> Report {
    findings(&normalize(input))
}

fn findings(address: &str) -> Report {
    if let Some(fault) = fault_of(address) {
        return fault.into();
    }
    let Some((local, domain)) = address.split_once('@') else { return Report::new() };
    match SLIPS.iter().find(|(slip, _)| *slip == domain) {
        Some((_, meant)) => Fault::new(&rule::EMAIL_SLIP).with_suggestion(format!("{local}@{meant}")).into(),
        None => Report::new(),
    }
}

fn fault_of(address: &str) -> Option<Fault> {
    if address.is_empty() {
        return Some(Fault::new(&rule::EMAIL_EMPTY));
    }
    if address.len() > MAX_LENGTH {
        return Some(Fault::new(&rule::EMAIL_LENGTH).with_expected("254"));
    }
    let Some((local, domain)) = address.split_once('@').filter(|(_, domain)| !domain.contains('@')) else {
        return Some(Fault::new(&rule::EMAIL_AT));
    };
    let in_local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let in_domain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let stray = local.chars().position(|c| !in_local(c));
    let stray =
        stray.or_else(|| domain.chars().position(|c| !in_domain(c)).map(|i| i + local.chars().count() + 1));
    if let Some(index) = stray {
        return Some(Fault::new(&rule::EMAIL_CHARACTER).with_position(index + 1));
    }
    if local.is_empty() || local.len() > 64 {
        return Some(Fault::new(&rule::EMAIL_AT).with_position(1));
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        let position = local.find("..").unwrap_or(if local.starts_with('.') { 0 } else { local.len() - 1 });
        return Some(Fault::new(&rule::EMAIL_DOT).with_position(position + 1));
    }
    domain_fault(domain, local.len() + 1)
}

fn domain_fault(domain: &str, offset: usize) -> Option<Fault> {
    let mut start = offset;
    let mut labels = 0;
    let mut last = "";
    for label in domain.split('.') {
        if label.is_empty() || label.len() > 63 || label.starts_with('-') || label.ends_with('-') {
            return Some(Fault::new(&rule::EMAIL_DOT).with_position(start + 1));
        }
        labels += 1;
        start += label.len() + 1;
        last = label;
    }
    let top_level = last.len() >= 2 && last.bytes().any(|b| b.is_ascii_alphabetic());
    (labels < 2 || !top_level).then(|| Fault::new(&rule::EMAIL_DOMAIN))
}
