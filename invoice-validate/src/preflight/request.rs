//! The request as it will be sent.

use std::fmt;

use super::row::Row;
use super::tolerance::Tolerances;
use crate::text::Limits;
use crate::title::{TitleContext, TitleFields};
use crate::{ChannelProfile, Date, InvoiceClass};

/// Totals in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// 合计金额
    pub net: i64,
    /// 合计税额
    pub tax: i64,
    /// 价税合计
    pub gross: i64,
}

/// Blue or red.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// 蓝字: amounts are positive.
    #[default]
    Blue,
    /// 红字: amounts are negative, and there are only normal rows.
    Red,
}

/// Everything of a request that can be judged without asking anyone.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Special or ordinary.
    pub class: InvoiceClass,
    /// Blue or red.
    pub direction: Direction,
    /// The way to the bureau.
    pub channel: ChannelProfile,
    /// Issue date, for dated rules; without it the newest hold.
    pub date: Option<Date>,
    /// The buyer, and the circumstances; class, channel and day are those of the request. Left out when [`crate::title::check`] was already asked.
    pub title: Option<(TitleFields<'a>, TitleContext<'a>)>,
    /// The rows in the order they will be printed.
    pub rows: &'a [Row<'a>],
    /// Totals as they will be sent.
    pub totals: Totals,
    /// Remark (备注).
    pub remark: &'a str,
    /// Issuer (开票人).
    pub issuer: &'a str,
    /// Payee (收款人).
    pub payee: &'a str,
    /// Reviewer (复核人).
    pub reviewer: &'a str,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("class", &self.class)
            .field("direction", &self.direction)
            .field("channel", &self.channel)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl<'a> Request<'a> {
    /// A blue request by direct connection, without title and texts.
    pub fn new(class: InvoiceClass, rows: &'a [Row<'a>], totals: Totals) -> Self {
        Request {
            class,
            direction: Direction::Blue,
            channel: ChannelProfile::Bureau,
            date: None,
            title: None,
            rows,
            totals,
            remark: "",
            issuer: "",
            payee: "",
            reviewer: "",
        }
    }

    pub(crate) fn limits(&self) -> &'static Limits {
        self.date.map_or_else(|| Limits::current(self.channel), |day| Limits::on(self.channel, day))
    }

    pub(crate) fn tolerances(&self) -> &'static Tolerances {
        self.date.map_or_else(Tolerances::current, Tolerances::on)
    }

    /// The sign amounts have: 1 on blue, −1 on red.
    pub(crate) fn sign(&self) -> i64 {
        match self.direction {
            Direction::Blue => 1,
            Direction::Red => -1,
        }
    }
}
