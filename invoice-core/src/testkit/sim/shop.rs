//! What a run sells, to whom, and how its people choose what to do next.

use std::sync::LazyLock;

use rust_decimal::Decimal;

use super::auditor::Auditor;
use super::bureau::Bureau;
use super::deed::Deed;
use super::fault::Fault;
use super::mutation::Mutation;
use super::provider::issued_of;
use super::rng::Rng;
use super::site::PROVIDERS;
use super::world::{World, instant};
use crate::application::{ApplyRequest, LineAmount, OrderScope, Scope};
use crate::decision::Outcome;
use crate::id::{
    ApplicationId, BuyerId, IntentKey, InvoiceId, LineId, OrderId, ProviderId, RefundId, SellerId,
};
use crate::invoice::{InvoiceClass, InvoiceKind, RedAnswer, SellerParty};
use crate::limits::InvoiceLimit;
use crate::money::Money;
use crate::order::{Exclusion, Order, OrderLine, Payment, Refund, RefundLine, Tender, TenderKind};
use crate::plan::red::{RedExtent, RedReason};
use crate::review::ReviewPolicy;
use crate::seller::Seller;
use crate::tax::{TaxItem, TaxRate, TaxTable, Treatment};
use crate::title::Title;

/// Books, clothes, a course, a prepaid card; and clothes of a small-scale taxpayer, whose rate ends with 2027.
const CODES: [(&str, Option<u32>); 5] = [
    ("1060201010000000000", None),
    ("1040201990000000000", None),
    ("3070201020000000000", None),
    ("6010000000000000000", None),
    ("1040201990000000000", Some(1)),
];

pub(super) static TABLE: LazyLock<TaxTable> = LazyLock::new(TaxTable::builtin);

static ITEMS: LazyLock<Vec<TaxItem>> = LazyLock::new(|| {
    let item = |(code, percent): &(&str, Option<u32>)| {
        let entry = TABLE.get(code.parse().ok()?)?.item();
        match percent.and_then(TaxRate::percent) {
            Some(rate) => Some(TaxItem::new(entry.code(), "服装", rate, Treatment::Standard)),
            None => Some(entry),
        }
    };
    CODES.iter().filter_map(item).collect()
});

/// One of the things sold.
pub(super) fn item(index: usize) -> Option<TaxItem> {
    ITEMS.get(index).cloned()
}

const SELLERS: [&str; 2] = ["shop-a", "shop-b"];
/// Of the sellers; both pass their checks.
const TAX_IDS: [&str; 2] = ["91330100799655058B", "9133020114479257XW"];
const BUYERS: [&str; 2] = ["anna", "bert"];

/// The sellers of a run.
pub(super) fn sellers(rng: &mut Rng) -> Vec<Seller> {
    let two = rng.chance(500);
    let mut seller = |(id, tax_id): (&&str, &&str)| {
        let party = SellerParty {
            tax_id: (*tax_id).to_owned(),
            name: "杭州示例商店有限公司".into(),
            drawer: "王五".into(),
        };
        let [first, second] = PROVIDERS.map(ProviderId::from_trusted);
        let limit =
            [Some(InvoiceLimit::WAN_1), Some(InvoiceLimit::net_below(Money::from_fen(200_000))), None];
        let limit = *rng.pick(&limit).unwrap_or(&None);
        let extent = if rng.chance(400) { RedExtent::WholeInvoice } else { RedExtent::Minimal };
        let seller = Seller::new(SellerId::from_trusted(*id), party, first);
        let seller = if two && rng.chance(800) { seller.with_fallback(second) } else { seller };
        seller
            .offering(InvoiceKind::DIGITAL_ORDINARY, limit)
            .offering(InvoiceKind::DIGITAL_SPECIAL, limit)
            .with_review(ReviewPolicy::default().with_four_eyes_above(Money::from_fen(2_000_000)))
            .with_red_extent(InvoiceClass::Special, extent)
    };
    SELLERS.iter().zip(&TAX_IDS).map(&mut seller).collect()
}

/// What the people of a run remember.
#[derive(Debug, Default)]
pub(super) struct Shop {
    pub(super) orders: Vec<Order>,
    pub(super) applications: Vec<ApplyRequest>,
    pub(super) refunds: u64,
    /// Done, unanswered or cut off: may be done again, word for word.
    pub(super) again: Vec<Deed>,
}

impl Shop {
    /// The next thing somebody does, if there is a reason to.
    pub(super) fn next(&mut self, world: &mut World) -> Option<Deed> {
        if !self.again.is_empty() && world.rng.chance(300) {
            let index = world.rng.index(self.again.len());
            return Some(self.again.swap_remove(index));
        }
        if let Some(deed) = answer(world) {
            return Some(deed);
        }
        let deed = match world.rng.below(100) {
            0..=17 => Some(self.sell(world)),
            18..=33 => self.pay(world),
            34..=58 => self.apply(world),
            59..=66 => self.review(world),
            67..=69 => self.cancel(world),
            70..=84 => self.refund(world),
            85..=87 => self.reapply(world),
            88..=93 => task_in(&world.auditor, &mut world.rng, "failed").map(Deed::Retry),
            94 | 95 => self.resolve(world),
            96 | 97 => buyers_side(world),
            98 => operator(world),
            _ => task_in(&world.auditor, &mut world.rng, "issued").map(Deed::Download),
        };
        deed.or_else(|| (self.orders.len() < 6).then(|| self.sell(world)))
    }

    fn sell(&mut self, world: &mut World) -> Deed {
        let rng = &mut world.rng;
        let id = OrderId::from_trusted(format!("A-{}", self.orders.len()));
        let seller = SellerId::from_trusted(rng.pick(&SELLERS).copied().unwrap_or("shop-a"));
        let buyer = BuyerId::from_trusted(rng.pick(&BUYERS).copied().unwrap_or("anna"));
        let count = 1 + rng.index(3);
        let lines: Vec<OrderLine> = (0..count).filter_map(|index| line(rng, index)).collect();
        match Order::new(id, seller, buyer, instant(world.now), lines) {
            Ok(order) => {
                world.auditor.commands_order(&order);
                self.orders.push(order.clone());
                Deed::Sell(order)
            }
            Err(_) => Deed::Pump { worker: 0, limit: 1 },
        }
    }

    fn pay(&mut self, world: &mut World) -> Option<Deed> {
        let order = world.rng.pick(&self.orders)?;
        world.auditor.orders.get(order.id().as_str())?;
        let payable = order.payable();
        let mut payment = Payment::money(instant(world.now), payable);
        if world.rng.chance(200) {
            let card = Money::from_fen(world.rng.between(0, payable.fen()));
            payment.tenders = vec![
                Tender::new(TenderKind::GiftCard, card),
                Tender::new(TenderKind::Money, Money::from_fen(payable.fen() - card.fen())),
            ];
        }
        let id = order.id().clone();
        let payment = world.auditor.first_payment(id.as_str(), payment);
        Some(Deed::Pay(id, payment))
    }

    fn apply(&mut self, world: &mut World) -> Option<Deed> {
        let first = world.rng.pick(&self.orders)?.clone();
        let mut orders = vec![first.clone()];
        if world.rng.chance(250) {
            orders.extend(
                self.orders
                    .iter()
                    .filter(|order| {
                        order.id() != first.id()
                            && order.seller() == first.seller()
                            && order.buyer() == first.buyer()
                            && is_paid(&world.auditor, order)
                    })
                    .take(2)
                    .cloned(),
            );
        }
        orders.retain(|order| is_paid(&world.auditor, order));
        let mut scopes: Vec<OrderScope> = Vec::new();
        for order in &orders {
            scopes.push(OrderScope { order: order.id().clone(), scope: scope(world, order) });
        }
        let kind =
            if world.rng.chance(300) { InvoiceKind::DIGITAL_SPECIAL } else { InvoiceKind::DIGITAL_ORDINARY };
        let mut request = ApplyRequest::whole(
            ApplicationId::from_trusted(format!("P-{}", self.applications.len())),
            first.seller().clone(),
            first.buyer().clone(),
            kind,
            Title::company("华为技术有限公司", "914403001922038216"),
            first.id().clone(),
        );
        request.orders = scopes;
        self.applications.push(request.clone());
        Some(Deed::Apply { request, looks_first: world.rng.chance(300) })
    }

    fn application(&self, world: &mut World, states: &[&str]) -> Option<ApplicationId> {
        let fits: Vec<&String> = world
            .auditor
            .applications
            .iter()
            .filter(|(_, state)| states.contains(state))
            .map(|(id, _)| id)
            .collect();
        world.rng.pick(&fits).map(|id| ApplicationId::from_trusted(id.as_str()))
    }

    fn review(&self, world: &mut World) -> Option<Deed> {
        let id = self.application(world, &["pending_review", "in_review"])?;
        Some(match world.rng.below(10) {
            0 => Deed::Reject(id),
            1 | 2 => Deed::Claim(id),
            _ => Deed::Approve(id, world.rng.index(3)),
        })
    }

    fn cancel(&self, world: &mut World) -> Option<Deed> {
        self.application(world, &["pending_review", "in_review", "pending_issue"]).map(Deed::Cancel)
    }

    fn reapply(&mut self, world: &mut World) -> Option<Deed> {
        let of = self.application(world, &["red_flushed", "partly_red", "issue_failed", "cancelled"])?;
        let id = ApplicationId::from_trusted(format!("P-{}", self.applications.len()));
        let mut former = self.applications.iter().find(|known| known.id == of)?.clone();
        former.id = id.clone();
        self.applications.push(former);
        Some(Deed::Reapply { of, id })
    }

    fn refund(&mut self, world: &mut World) -> Option<Deed> {
        let order = world.rng.pick(&self.orders)?;
        let books = world.auditor.orders.get(order.id().as_str())?;
        let open: Vec<(LineId, Decimal, i64)> = order
            .lines()
            .iter()
            .zip(books)
            .filter(|(_, book)| book.refundable() > 0)
            .map(|(line, book)| (line.id().clone(), line.quantity(), book.refundable()))
            .collect();
        let rng = &mut world.rng;
        let (id, quantity, most) = rng.pick(&open)?.clone();
        let mut lines = vec![refund_line(rng, id.clone(), quantity, most)];
        if rng.chance(200) {
            let other = rng.pick(&open)?.clone();
            if other.0 != id {
                lines.push(refund_line(rng, other.0, other.1, other.2));
            }
        }
        let reasons = [
            RedReason::Returned,
            RedReason::Returned,
            RedReason::ServiceStopped,
            RedReason::Allowance,
            RedReason::IssuedInError,
        ];
        let reason = *rng.pick(&reasons).unwrap_or(&RedReason::Returned);
        self.refunds += 1;
        let id = RefundId::from_trusted(format!("R-{}", self.refunds));
        let refund = Refund { id, order: order.id().clone(), at: instant(world.now), reason, lines };
        world.auditor.commands_refund(&refund);
        Some(Deed::Refund(refund))
    }

    /// A person looks at the bureau's own pages. A careful one waits until nothing can be on its way any more.
    pub(super) fn resolve(&self, world: &mut World) -> Option<Deed> {
        let id = task_in(&world.auditor, &mut world.rng, "in_doubt")?;
        let key = world.auditor.tasks.get(id.as_str())?.key.clone();
        let hasty = world.mutation == Some(Mutation::HastyPerson);
        let outcome = found_out(&mut world.bureaus, &key, hasty)?;
        Some(Deed::Resolve(id, IntentKey::from_trusted(key), outcome))
    }
}

/// A buyer starts a red confirmation, and sooner or later somebody of the seller's looks.
fn buyers_side(world: &mut World) -> Option<Deed> {
    let at = (0..2).find(|at| world.bureaus[*at].personality.forms)?;
    if world.rng.chance(700) {
        let (rng, tally) = (&mut world.rng, &mut world.tally);
        world.bureaus[at].buyer_starts(world.now, rng, tally);
    }
    Some(Deed::Look(world.rng.index(2)))
}

/// What the seller says to a form that waits for it, now and then; also what is not the seller's to say.
fn answer(world: &mut World) -> Option<Deed> {
    let id = world.auditor.waits_for_seller(&mut world.rng)?;
    if !world.rng.chance(100) {
        return None;
    }
    let answers = [RedAnswer::Confirm, RedAnswer::Confirm, RedAnswer::Reject, RedAnswer::Withdraw];
    let answer = *world.rng.pick(&answers)?;
    Some(Deed::AnswerRed(InvoiceId::from_trusted(id), answer))
}

/// Somebody logs in for a seller that the bureau waits for, and says so.
fn operator(world: &mut World) -> Option<Deed> {
    let at = world.rng.index(2);
    let seller = world.rng.index(2);
    world.bureaus[at].operator_until.remove(*TAX_IDS.get(seller)?)?;
    world.tally.count(Fault::Resumed);
    Some(Deed::Resume { seller, at })
}

fn found_out(bureaus: &mut [Bureau; 2], key: &str, hasty: bool) -> Option<Outcome> {
    if let Some(doc) = bureaus.iter().find_map(|bureau| bureau.docs_of(key).next()) {
        return issued_of(&doc.number, doc.at, doc.form.totals).ok().map(Outcome::Issued);
    }
    if !hasty {
        if bureaus.iter().any(|bureau| bureau.under_way(key)) {
            return None;
        }
        bureaus.iter_mut().for_each(|bureau| bureau.cross_out(key));
    }
    Some(Outcome::Denied { code: "PERSON".to_owned() })
}

fn is_paid(auditor: &Auditor, order: &Order) -> bool {
    auditor.orders.get(order.id().as_str()).is_some_and(|lines| lines.iter().any(|line| line.paid > 0))
}

pub(super) fn task_in(auditor: &Auditor, rng: &mut Rng, state: &str) -> Option<InvoiceId> {
    let fits: Vec<&String> =
        auditor.tasks.iter().filter(|(_, task)| task.state == state).map(|(id, _)| id).collect();
    rng.pick(&fits).map(|id| InvoiceId::from_trusted(id.as_str()))
}

fn scope(world: &mut World, order: &Order) -> Scope {
    let Some(books) = world.auditor.orders.get(order.id().as_str()) else { return Scope::Whole };
    match world.rng.below(10) {
        0..=4 => Scope::Whole,
        5..=7 => {
            let mut lines = Vec::new();
            for (line, book) in order.lines().iter().zip(books) {
                if book.open() > 0 && (lines.is_empty() || world.rng.chance(500)) {
                    let part = world.rng.chance(500);
                    let amount = part.then(|| Money::from_fen(world.rng.between(1, book.open() + 1)));
                    lines.push(LineAmount { line: line.id().clone(), amount });
                }
            }
            Scope::Lines(lines)
        }
        _ => {
            let open: i64 = books.iter().map(|book| book.open().max(0)).sum();
            Scope::Amount(Money::from_fen(world.rng.between(1, open + 2)))
        }
    }
}

fn line(rng: &mut Rng, index: usize) -> Option<OrderLine> {
    let item = rng.pick(&ITEMS)?.clone();
    let fen = match rng.below(10) {
        0 => rng.between(1, 200),
        1..=7 => rng.between(500, 60_000),
        _ => rng.between(500_000, 4_000_000),
    };
    let quantity = if rng.chance(200) {
        Decimal::new(rng.between(1, 9_999), 3)
    } else {
        Decimal::from(rng.between(1, 7))
    };
    let id = LineId::from_trusted(format!("{index}"));
    let mut line = OrderLine::new(id, item, "商品", quantity, Money::from_fen(fen)).ok()?;
    if rng.chance(200) {
        line = line.with_discount(Money::from_fen(rng.between(0, fen / 2 + 1))).ok()?;
    }
    Some(if rng.chance(40) { line.excluded_as(Exclusion::Fee) } else { line })
}

fn refund_line(rng: &mut Rng, line: LineId, quantity: Decimal, most: i64) -> RefundLine {
    let all = rng.chance(350);
    let amount = Money::from_fen(if all { most } else { rng.between(1, most + 1) });
    let back = match rng.below(4) {
        0 | 1 => None,
        2 if all => Some(quantity),
        _ if quantity >= Decimal::ONE => Some(Decimal::ONE),
        _ => None,
    };
    RefundLine { line, amount, quantity: back }
}

/// What somebody who is not the bureau makes up, knowing what the invoice comes to or not.
pub(super) fn forged(world: &mut World) -> Option<Deed> {
    let states = ["submitting", "accepted"];
    let state = *world.rng.pick(&states)?;
    let id = task_in(&world.auditor, &mut world.rng, state)?;
    let knows = world.rng.chance(500);
    let task = world.auditor.tasks.get(id.as_str())?;
    let (key, [net, tax, gross]) = (&task.key, if knows { task.totals } else { [1, 1, 2] });
    let told = format!("{key};26999999999999999999;{};{net};{tax};{gross};forged", world.now);
    world.tally.count(Fault::CallbackForged);
    Some(Deed::Callback(0, told))
}
