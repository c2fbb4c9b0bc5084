//! What each channel takes, as dated data.

use crate::Date;

/// The way an invoice goes to the bureau.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ChannelProfile {
    /// Direct connection of an enterprise (乐企).
    #[default]
    Bureau,
    /// The web pages of the electronic tax bureau (电子税务局).
    WebBureau,
    /// Nuonuo (诺诺).
    Nuonuo,
    /// Baiwang (百望云).
    Baiwang,
}

/// A text field of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// Buyer's or seller's name (名称).
    Name,
    /// Tax number (纳税人识别号).
    TaxId,
    /// Address (地址).
    Address,
    /// Phone (电话).
    Phone,
    /// Bank (开户行).
    Bank,
    /// Bank account (银行账号).
    Account,
    /// Remark of a blue invoice (备注).
    Remark,
    /// Remark of a red invoice, which also has to hold the blue number.
    RedRemark,
    /// Name of goods or service (项目名称), without the classification's short name.
    ItemName,
    /// Short name of the classification (简称).
    ShortName,
    /// `*short name*item name` as printed.
    FullItemName,
    /// Specification (规格型号).
    Spec,
    /// Unit (单位).
    Unit,
    /// Issuer (开票人).
    Issuer,
    /// Payee (收款人).
    Payee,
    /// Reviewer (复核人).
    Reviewer,
}

/// Where a limit comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Stated by the channel: exceeding it is an error.
    Published,
    /// Carried over from the bureau for want of a statement: exceeding it is a warning.
    Assumed,
}

/// A maximum in characters (Unicode scalar values).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Longest text taken.
    pub max: usize,
    /// How sure it is.
    pub basis: Basis,
}

/// The limits of one channel from a day on.
#[derive(Debug, PartialEq, Eq)]
pub struct Limits {
    /// The channel.
    pub channel: ChannelProfile,
    /// First day these limits are known to hold; `None` from the start of digital invoices.
    pub valid_from: Option<Date>,
    /// Last day they hold; `None` for still.
    pub valid_to: Option<Date>,
    /// Date of the document, or the day it was read where it bears none: a newer one may say otherwise.
    pub as_of: Option<Date>,
    /// The public document they are taken from.
    pub source: &'static str,
    /// Most lines of one invoice, discount lines included.
    pub max_lines: usize,
    /// Lines above this number are taken, but advised against.
    pub advised_lines: usize,
    /// Most characters of a quantity or unit price, the point included.
    pub number_length: usize,
    /// Most decimals of a quantity or unit price, where the channel limits them.
    pub number_decimals: Option<usize>,
    fields: &'static [(Field, Limit)],
}

const fn published(max: usize) -> Limit {
    Limit { max, basis: Basis::Published }
}

const fn assumed(max: usize) -> Limit {
    Limit { max, basis: Basis::Assumed }
}

const BUREAU_FIELDS: &[(Field, Limit)] = &[
    (Field::Name, published(300)),
    (Field::TaxId, published(20)),
    (Field::Address, published(300)),
    (Field::Phone, published(60)),
    (Field::Bank, published(120)),
    (Field::Account, published(100)),
    (Field::Remark, published(450)),
    (Field::RedRemark, published(382)),
    (Field::ItemName, published(600)),
    (Field::ShortName, published(120)),
    (Field::FullItemName, published(300)),
    (Field::Spec, published(150)),
    (Field::Unit, published(300)),
    (Field::Issuer, published(300)),
    (Field::Payee, published(150)),
    (Field::Reviewer, published(75)),
];

const WEB_FIELDS: &[(Field, Limit)] = &[(Field::Remark, published(200)), (Field::RedRemark, published(200))];

const NUONUO_FIELDS: &[(Field, Limit)] = &[
    (Field::Name, published(100)),
    (Field::Address, published(80)),
    (Field::Phone, published(50)),
    (Field::Bank, assumed(100)),
    (Field::Account, published(100)),
    (Field::Remark, published(200)),
    (Field::RedRemark, published(200)),
    (Field::ItemName, published(90)),
    (Field::Spec, published(40)),
    (Field::Unit, published(20)),
    (Field::Issuer, published(20)),
];

const BAIWANG_FIELDS: &[(Field, Limit)] =
    &[(Field::Name, assumed(100)), (Field::Remark, assumed(200)), (Field::RedRemark, assumed(200))];

static LIMITS: [Limits; 4] = [
    Limits {
        channel: ChannelProfile::Bureau,
        valid_from: None,
        valid_to: None,
        as_of: Date::new(2025, 9, 26),
        source: "乐企数字化电子发票（基础版）开票能力说明文档 V4.000 (2025-09-26)",
        max_lines: 5000,
        advised_lines: 2000,
        number_length: 25,
        number_decimals: None,
        fields: BUREAU_FIELDS,
    },
    Limits {
        channel: ChannelProfile::WebBureau,
        valid_from: None,
        valid_to: None,
        as_of: Date::new(2026, 11, 22),
        source: "数字化电子发票使用常见问题清单 (tax bureau); fields it does not name as for 乐企",
        max_lines: 2000,
        advised_lines: 2000,
        number_length: 25,
        number_decimals: Some(13),
        fields: WEB_FIELDS,
    },
    Limits {
        channel: ChannelProfile::Nuonuo,
        valid_from: None,
        valid_to: None,
        as_of: Date::new(2026, 11, 22),
        source: "诺诺开放平台 requestBillingNew field list",
        max_lines: 2000,
        advised_lines: 2000,
        number_length: 16,
        number_decimals: Some(8),
        fields: NUONUO_FIELDS,
    },
    Limits {
        channel: ChannelProfile::Baiwang,
        valid_from: None,
        valid_to: None,
        as_of: Date::new(2026, 11, 22),
        source: "no public list of lengths; the narrowest of the other channels, as a warning",
        max_lines: 2000,
        advised_lines: 2000,
        number_length: 25,
        number_decimals: None,
        fields: BAIWANG_FIELDS,
    },
];

impl Limits {
    /// The newest limits of a channel.
    pub fn current(channel: ChannelProfile) -> &'static Limits {
        let newest = LIMITS.iter().find(|limits| limits.channel == channel && limits.valid_to.is_none());
        newest.unwrap_or(&LIMITS[0])
    }

    /// The limits in force on a day; before the first ones, those.
    pub fn on(channel: ChannelProfile, day: Date) -> &'static Limits {
        let begun = |limits: &&Limits| limits.valid_from.is_none_or(|from| from <= day);
        let lasts = |limits: &&Limits| limits.valid_to.is_none_or(|to| day <= to);
        let mut own = LIMITS.iter().filter(|limits| limits.channel == channel);
        own.find(|limits| begun(limits) && lasts(limits)).unwrap_or_else(|| Limits::current(channel))
    }

    /// Every row of the table.
    pub fn all() -> &'static [Limits] {
        &LIMITS
    }

    /// The limit of a field; where the channel says nothing, the bureau's as a warning, for what the
    /// channel lets through the bureau still has to take.
    pub fn of(&self, field: Field) -> Option<Limit> {
        let own = self.fields.iter().find(|(known, _)| *known == field);
        let bureau = || BUREAU_FIELDS.iter().find(|(known, _)| *known == field);
        own.or_else(bureau).map(|(_, limit)| *limit)
    }
}
