//! The demonstration's shop: what it sells, to whom, and through whom it issues. It stands for a host's own order system,
//! which knows what the desk does not: the names of things and who has ordered what.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use invoice_core::access::{Actor, Role};
use invoice_core::desk::{DeskBuilder, DeskError, InvoiceDesk};
use invoice_core::env::InApp;
use invoice_core::error::{Refusal, RefusalCode};
use invoice_core::id::{BuyerId, LineId, NotifierId, OrderId, ProviderId, RefundId, SellerId};
use invoice_core::invoice::{InvoiceClass, InvoiceKind, SellerParty};
use invoice_core::ledger::{Balance, LineBalance};
use invoice_core::limits::InvoiceLimit;
use invoice_core::money::Money;
use invoice_core::notify::NoticeEvent;
use invoice_core::order::{Order, OrderLine, Payment, Refund, RefundLine};
use invoice_core::plan::red::{RedExtent, RedReason};
use invoice_core::review::ReviewPolicy;
use invoice_core::seller::Seller;
use invoice_core::tax::TaxTable;
use rust_decimal::Decimal;

use crate::people::PEOPLE;

/// The tenant of the demonstration.
pub const TENANT: &str = "portal";
/// The seller.
pub const SELLER: &str = "shop";
/// The seller's tax ID.
pub const TAX_ID: &str = "91330100799655058B";
/// Who issues.
pub const PROVIDER: &str = "sandbox";
/// Buyers who are nobody's demonstration: the shop's history is theirs.
pub const REGULARS: [&str; 2] = ["zhao", "qian"];
/// Most orders of one buyer.
pub const MOST: u32 = 200;

/// What is sold: tax code, name, unit, pieces, price of one in fen.
type Goods = (&'static str, &'static str, &'static str, i64, i64);

const BOOK: Goods = ("1060201010000000000", "古文观止", "册", 2, 5_980);
const EXERCISES: Goods = ("1060201010000000000", "小学数学练习册", "册", 5, 1_990);
const DESK: Goods = ("1050201010000000000", "胡桃木书桌", "张", 5, 500_000);
const SCREEN: Goods = ("1090511010000000000", "27 英寸显示器", "台", 3, 129_900);
const COURSE: Goods = ("3070201020000000000", "Rust 入门课程", "人次", 1, 39_900);
const SCARF: Goods = ("1040201990000000000", "羊毛围巾", "条", 4, 25_900);

/// What a buyer's orders hold, one after the other and again.
const SALES: [&[Goods]; 5] = [&[BOOK, EXERCISES], &[DESK], &[SCREEN, BOOK], &[COURSE], &[SCARF]];

/// An order of the demonstration.
#[derive(Debug, Clone)]
pub struct Sale {
    /// Its id: the buyer and a number.
    pub id: OrderId,
    goods: &'static [Goods],
}

impl Sale {
    /// The `number`-th order of a buyer, from 1.
    ///
    /// # Errors
    /// `ID-01` when that makes no id.
    pub fn of(buyer: &BuyerId, number: u32) -> Result<Self, Refusal> {
        let at = usize::try_from(number.saturating_sub(1)).unwrap_or_default() % SALES.len();
        let goods = SALES.get(at).copied().unwrap_or_default();
        Ok(Self { id: OrderId::new(format!("{buyer}-{number}"))?, goods })
    }

    /// What was bought, with pieces and units.
    pub fn goods(&self) -> impl Iterator<Item = (&'static str, i64, &'static str)> {
        self.goods.iter().map(|(_, name, unit, pieces, _)| (*name, *pieces, *unit))
    }

    /// The order as the desk is told of it.
    fn order(&self, buyer: &BuyerId, at: DateTime<Utc>) -> Result<Order, Refusal> {
        let table = TaxTable::builtin();
        let mut lines = Vec::new();
        for (number, (code, name, unit, pieces, price)) in (1..).zip(self.goods) {
            let unknown = || Refusal::new(RefusalCode::TaxCodeUnknown).with("code", code);
            let item = table.get(code.parse().map_err(|_| unknown())?).ok_or_else(unknown)?.item();
            let list = Money::from_fen(pieces.saturating_mul(*price));
            let id = LineId::new(number.to_string())?;
            lines.push(OrderLine::new(id, item, *name, Decimal::from(*pieces), list)?.with_unit(*unit));
        }
        Order::new(self.id.clone(), SellerId::new(SELLER)?, buyer.clone(), at, lines)
    }
}

/// The seller with its rules, and the box for notices.
///
/// # Errors
/// `ID-01`, when a constant is no id.
pub fn rules() -> Result<(Seller, Arc<InApp>), Refusal> {
    let party =
        SellerParty {
            tax_id: TAX_ID.into(), name: "杭州示例商店有限公司".into(), drawer: "钱会计".into()
        };
    let review =
        ReviewPolicy::default().with_four_eyes_above(Money::from_fen(3_000_000)).with_claims_for_minutes(30);
    let seller = Seller::new(SellerId::new(SELLER)?, party, ProviderId::new(PROVIDER)?)
        .offering(InvoiceKind::DIGITAL_ORDINARY, Some(InvoiceLimit::WAN_1))
        .offering(InvoiceKind::DIGITAL_SPECIAL, Some(InvoiceLimit::WAN_10))
        .with_red_extent(InvoiceClass::Special, RedExtent::WholeInvoice)
        .with_review(review);
    Ok((seller, Arc::new(InApp::new(NotifierId::new("inbox")?))))
}

/// A desk under these rules.
pub fn furnished(desk: DeskBuilder, (seller, inbox): (Seller, Arc<InApp>)) -> DeskBuilder {
    desk.seller(seller).notifier(inbox, NoticeEvent::ALL.iter().copied())
}

/// Every buyer of the shop.
///
/// # Errors
/// `ID-01`, when a constant is no id.
pub fn buyers() -> Result<Vec<BuyerId>, Refusal> {
    let known = PEOPLE.iter().filter(|person| person.role == Role::Buyer);
    known.map(|person| person.id).chain(REGULARS).map(BuyerId::new).collect()
}

/// The orders of a buyer that the actor may see, with their accounts.
///
/// # Errors
/// `ACCESS-…`; a failing store.
pub async fn sales(
    desk: &InvoiceDesk,
    actor: &Actor,
    buyer: &BuyerId,
) -> Result<Vec<(Sale, Balance)>, DeskError> {
    let mut sales = Vec::new();
    for number in 1..=MOST {
        let sale = Sale::of(buyer, number)?;
        match desk.balance(actor, &sale.id).await {
            Ok(balance) => sales.push((sale, balance)),
            Err(error) if is(&error, RefusalCode::OrderUnknown) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(sales)
}

fn is(error: &DeskError, code: RefusalCode) -> bool {
    error.refusal().is_some_and(|refusal| refusal.code() == code)
}

/// The number of the order a buyer would place next, from 1 to [`MOST`].
///
/// # Errors
/// A failing store.
pub async fn next_number(desk: &InvoiceDesk, system: &Actor, buyer: &BuyerId) -> Result<u32, DeskError> {
    let number = sales(desk, system, buyer).await?.len() + 1;
    Ok(u32::try_from(number).unwrap_or(MOST).min(MOST))
}

/// A buyer buys and pays for it: the shop's systems tell the desk. The same number again is the same order.
///
/// # Errors
/// What the desk refuses; a failing store.
pub async fn sell(
    desk: &InvoiceDesk,
    system: &Actor,
    (buyer, number): (&BuyerId, u32),
    at: DateTime<Utc>,
) -> Result<OrderId, DeskError> {
    let sale = Sale::of(buyer, number)?;
    let order = sale.order(buyer, at)?;
    let payment = Payment::money(at, order.payable());
    // Recorded a moment ago: only the time is another.
    let unless = |done: Result<(), DeskError>, code| match done {
        Err(error) if is(&error, code) => Ok(()),
        done => done,
    };
    unless(desk.record_order(system, order).await, RefusalCode::OrderChanged)?;
    unless(desk.record_payment(system, &sale.id, payment).await, RefusalCode::OrderPaid)?;
    Ok(sale.id)
}

/// How much of an order goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    /// One piece of its first line that has one left.
    OnePiece,
    /// Everything that has not gone back.
    All,
}

/// The shop takes goods back and returns the money; red invoices follow by themselves.
///
/// # Errors
/// `REFUND-02` when nothing is left to go back; what the desk refuses; a failing store.
pub async fn take_back(
    desk: &InvoiceDesk,
    system: &Actor,
    (id, at): (&RefundId, DateTime<Utc>),
    balance: &Balance,
    back: Back,
) -> Result<(), DeskError> {
    let left = |line: &&LineBalance| line.refundable().is_positive();
    let lines = balance.lines().iter().filter(left).map(|line| {
        let pieces = line.returnable();
        let (quantity, amount) = match back {
            Back::OnePiece if pieces > Decimal::ONE => {
                (Decimal::ONE, price_of_one(line.refundable(), pieces))
            }
            _ => (pieces, line.refundable()),
        };
        RefundLine { line: line.line().clone(), amount, quantity: Some(quantity) }
    });
    let lines: Vec<_> = match back {
        Back::OnePiece => lines.take(1).collect(),
        Back::All => lines.collect(),
    };
    let service = lines.iter().all(|back| is_service(balance, &back.line));
    let reason = if service { RedReason::ServiceStopped } else { RedReason::Returned };
    let order = balance.order().clone();
    desk.refund(system, Refund { id: id.clone(), order, at, reason, lines }).await
}

/// The shop's prices are whole fen, so what is left of a line is a multiple of its price.
fn price_of_one(left: Money, pieces: Decimal) -> Money {
    let pieces: i64 = pieces.try_into().unwrap_or(1);
    Money::from_fen(left.fen() / pieces.max(1))
}

/// What a line of an order has sold.
fn goods_of(balance: &Balance, line: &LineId) -> Option<Goods> {
    let number = balance.order().as_str().rsplit_once('-').and_then(|(_, number)| number.parse().ok());
    let sale = number.and_then(|number| Sale::of(balance.buyer(), number).ok());
    let at = line.as_str().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    sale.zip(at).and_then(|(sale, at)| sale.goods.get(at).copied())
}

/// What a line of an order is called; the desk knows its id only.
#[must_use]
pub fn name_of(balance: &Balance, line: &LineId) -> Option<&'static str> {
    goods_of(balance, line).map(|(_, name, ..)| name)
}

/// Whether a line is a service: its tax code begins with 3.
fn is_service(balance: &Balance, line: &LineId) -> bool {
    goods_of(balance, line).is_some_and(|(code, ..)| code.starts_with('3'))
}
