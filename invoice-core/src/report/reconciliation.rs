//! The proof that the books agree, as a fold: order by order, in constant memory.
//!
//! An account says what was paid, given back, held and invoiced of each order line. Applications and invoices are
//! written by other changes and say the same once more. [`Reconciliation::add`] lays both beside each other for one
//! order and goes on; millions of orders need no more memory than one, and the first that does not agree is named
//! with what is wrong. What neither side says twice cannot be proved here: how much of a line was paid by tenders
//! that cannot be invoiced is the account's own judgement, and so is a refund where [`Told::refunded`] is not given.

use std::collections::BTreeMap;
use std::fmt;

use crate::id::OrderId;
use crate::ledger::{Balance, LineBalance, Share};
use crate::money::Money;
use crate::tax::TaxRate;

/// Gross amounts at one rate: `paid − excluded − refunded = invoiced − red + held + open − excess`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateTotals {
    /// Paid, in whatever tender.
    pub paid: i128,
    /// Paid by tenders that cannot be invoiced, less what of that went back.
    pub excluded: i128,
    /// Given back, in whatever tender.
    pub refunded: i128,
    /// On issued blue invoices.
    pub invoiced: i128,
    /// On issued red invoices.
    pub red: i128,
    /// Held for applications and invoices under way.
    pub held: i128,
    /// Can be applied for.
    pub open: i128,
    /// Invoiced beyond what may be, and being or to be taken back.
    pub excess: i128,
}

/// The first order whose books do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The order.
    pub order: OrderId,
    /// Why.
    pub why: String,
}

/// The proof that the books agree (invariant: paid − refunded = invoiced − red + open, per order and rate). Amounts in
/// fen, gross.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciliation {
    /// Orders looked at.
    pub orders: u64,
    /// Totals by rate.
    pub rates: BTreeMap<TaxRate, RateTotals>,
    /// The first order that breaks, if any does.
    pub broken: Option<Break>,
}

/// Net amount and tax; gross is both together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts {
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
}

/// What orders, applications and invoices say of one order line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// Held by applications and by blue invoices that are not issued yet.
    pub held: Amounts,
    /// On issued blue invoices.
    pub invoiced: Amounts,
    /// On red invoices that are not issued yet, and on what is being voided.
    pub reversing: Amounts,
    /// On issued red invoices, and on what was voided.
    pub red: Amounts,
    /// What the order says the line costs, where it was read.
    pub payable: Option<Money>,
    /// What the refunds say went back, where they were read.
    pub refunded: Option<Money>,
}

impl Amounts {
    /// Adds a share. Beyond what can be represented nothing is added, so that the sides cannot agree by accident.
    pub fn add(&mut self, share: Share) {
        if let (Some(net), Some(tax)) = (self.net.checked_add(share.net), self.tax.checked_add(share.tax)) {
            (self.net, self.tax) = (net, tax);
        }
    }

    /// Whether a share of the account is this, gross included.
    fn is(&self, share: Share) -> bool {
        (self.net, self.tax) == (share.net, share.tax) && self.net.checked_add(self.tax) == Some(share.gross)
    }
}

impl fmt::Display for Amounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} + {}", self.net, self.tax)
    }
}

impl Reconciliation {
    /// Whether every order agrees.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.broken.is_none()
    }

    /// Takes in one order: its account, and what is told of each of its lines, in the same order.
    ///
    /// ```
    /// use invoice_core::id::{BuyerId, LineId, OrderId, SellerId};
    /// use invoice_core::ledger::{Balance, BalanceChange, LineOpening};
    /// use invoice_core::report::{Reconciliation, Told};
    /// use invoice_core::tax::TaxRate;
    /// let order = OrderId::new("A-17")?;
    /// let line = LineOpening {
    ///     line: LineId::new("1")?,
    ///     rate: TaxRate::percent(13).unwrap(),
    ///     quantity: 1.into(),
    ///     payable: "100.00".parse()?,
    /// };
    /// let (seller, buyer) = (SellerId::new("shop")?, BuyerId::new("buyer")?);
    /// let opened = BalanceChange::Opened { seller, buyer, lines: vec![line] };
    /// let balance = Balance::evolve(None, &order, &opened).unwrap();
    /// let mut proof = Reconciliation::default();
    /// proof.add(&balance, &[Told { payable: Some("100.00".parse()?), ..Told::default() }]);
    /// assert!(proof.holds());
    /// proof.add(&balance, &[Told { payable: Some("100.01".parse()?), ..Told::default() }]);
    /// assert_eq!(proof.broken.unwrap().why, "line 1: it costs 100.00 in the account and 100.01 in the order");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add(&mut self, balance: &Balance, told: &[Told]) {
        self.orders += 1;
        if told.len() != balance.lines().len() {
            self.breaks(balance, || {
                format!("{} lines in the account, {} are told of", balance.lines().len(), told.len())
            });
        }
        let nothing = Told::default();
        let mut told = told.iter();
        let mut lines = balance.lines();
        // Lines at one rate mostly lie together: the totals are looked up once for each run.
        while let Some(first) = lines.first() {
            let run = lines.iter().take_while(|line| line.rate() == first.rate()).count();
            let (mine, rest) = lines.split_at(run);
            let mut totals = self.rates.get(&first.rate()).copied().unwrap_or_default();
            for line in mine {
                let told = told.next().unwrap_or(&nothing);
                if !agrees(line, told) {
                    self.breaks(balance, || why(line, told));
                }
                totals.add(line);
            }
            self.rates.insert(first.rate(), totals);
            lines = rest;
        }
    }

    fn breaks(&mut self, balance: &Balance, why: impl FnOnce() -> String) {
        if self.broken.is_none() {
            self.broken = Some(Break { order: balance.order().clone(), why: why() });
        }
    }
}

fn agrees(line: &LineBalance, told: &Told) -> bool {
    told.held.is(line.reserved())
        && told.invoiced.is(line.posted())
        && told.reversing.is(line.reversing())
        && told.red.is(line.reversed())
        && told.payable.is_none_or(|payable| payable == line.payable())
        && told.refunded.is_none_or(|refunded| refunded == line.refunded())
        && !is_left_alone(line, told)
}

/// Too much is invoiced, and nothing is under way that would settle it.
fn is_left_alone(line: &LineBalance, told: &Told) -> bool {
    let fen = |share: Share| i128::from(share.gross.fen());
    // The account's own excess counts quantities as well, which costs more than all else here.
    let kept = fen(line.reserved()) + fen(line.posted()) - fen(line.reversed()) - fen(line.reversing());
    kept > i128::from(line.entitled().fen())
        && told.reversing == Amounts::default()
        && told.held == Amounts::default()
}

/// What does not agree about a line, the first thing first.
fn why(line: &LineBalance, told: &Told) -> String {
    let id = line.line();
    for (what, ours, theirs) in [
        ("held", line.reserved(), told.held),
        ("invoiced", line.posted(), told.invoiced),
        ("being taken back", line.reversing(), told.reversing),
        ("red", line.reversed(), told.red),
    ] {
        if !theirs.is(ours) {
            let (net, tax, gross) = (ours.net, ours.tax, ours.gross);
            return format!(
                "line {id}: {what}, {net} + {tax} = {gross} in the account and {theirs} by applications and invoices"
            );
        }
    }
    match (told.payable, told.refunded) {
        (Some(payable), _) if payable != line.payable() => {
            format!("line {id}: it costs {} in the account and {payable} in the order", line.payable())
        }
        (_, Some(refunded)) if refunded != line.refunded() => {
            format!("line {id}: {} given back in the account and {refunded} by refunds", line.refunded())
        }
        _ => format!("line {id}: {} invoiced too much and no red invoice under way", line.excess()),
    }
}

impl RateTotals {
    fn add(&mut self, line: &LineBalance) {
        let fen = |amount: Money| i128::from(amount.fen());
        let (paid, refunded, entitled) = (fen(line.paid()), fen(line.refunded()), fen(line.entitled()));
        let (invoiced, red) = (fen(line.posted().gross), fen(line.reversed().gross));
        let held = fen(line.reserved().gross);
        let kept = invoiced - red + held;
        self.paid += paid;
        self.refunded += refunded;
        self.excluded += paid - refunded - entitled;
        self.invoiced += invoiced;
        self.red += red;
        self.held += held;
        self.open += (entitled - kept).max(0);
        self.excess += (kept - entitled).max(0);
    }
}
