//! The golden set.

use super::super::deed::Deed;
use super::super::personality::Personality;
use super::super::shop::item;
use super::super::site::PROVIDERS;
use super::{Act, START, Scenario, What, personality};
use crate::application::ApplyRequest;
use crate::id::{ApplicationId, BuyerId, LineId, OrderId, ProviderId, RefundId, SellerId};
use crate::invoice::ConfirmationState as State;
use crate::invoice::{InvoiceClass, InvoiceKind, RedAnswer, SellerParty};
use crate::limits::InvoiceLimit;
use crate::money::Money;
use crate::order::{Order, OrderLine, Payment, Refund, RefundLine};
use crate::plan::red::{RedExtent, RedReason};
use crate::seller::Seller;
use crate::title::Title;

const SHOP: &str = "shop";

pub(super) const TAX_ID: &str = "91330100799655058B";

pub(super) fn sellers(fallback: Option<&str>) -> Vec<Seller> {
    let party =
        SellerParty {
            tax_id: TAX_ID.into(), name: "杭州示例商店有限公司".into(), drawer: "王五".into()
        };
    let limit = Some(InvoiceLimit::WAN_1);
    let [first, _] = PROVIDERS;
    let seller = Seller::new(SellerId::from_trusted(SHOP), party, ProviderId::from_trusted(first))
        .offering(InvoiceKind::DIGITAL_ORDINARY, limit)
        .offering(InvoiceKind::DIGITAL_SPECIAL, limit)
        .with_red_extent(InvoiceClass::Special, RedExtent::WholeInvoice);
    vec![match fallback {
        Some(second) => seller.with_fallback(ProviderId::from_trusted(second)),
        None => seller,
    }]
}

fn at() -> chrono::DateTime<chrono::Utc> {
    super::super::world::instant(START)
}

/// An order and its payment: item, quantity, gross in fen.
fn sold(id: &str, lines: &[(usize, u32, i64)]) -> Vec<Act> {
    let line = |(index, (of, quantity, fen)): (usize, &(usize, u32, i64))| {
        let id = LineId::from_trusted(index.to_string());
        OrderLine::new(id, item(*of)?, "商品", (*quantity).into(), Money::from_fen(*fen)).ok()
    };
    let lines = lines.iter().enumerate().filter_map(line).collect();
    let (seller, buyer) = (SellerId::from_trusted(SHOP), BuyerId::from_trusted("anna"));
    let id = OrderId::from_trusted(id);
    let Ok(order) = Order::new(id.clone(), seller, buyer, at(), lines) else { return Vec::new() };
    let payment = Payment::money(at(), order.payable());
    vec![Act(What::Do(Box::new(Deed::Sell(order)))), Act(What::Do(Box::new(Deed::Pay(id, payment))))]
}

fn applied(id: &str, orders: &[&str], kind: InvoiceKind) -> Act {
    let request = ApplyRequest::merged(
        ApplicationId::from_trusted(id),
        SellerId::from_trusted(SHOP),
        BuyerId::from_trusted("anna"),
        kind,
        Title::company("华为技术有限公司", "914403001922038216"),
        orders.iter().map(|order| OrderId::from_trusted(*order)),
    );
    Act(What::Do(Box::new(Deed::Apply { request, looks_first: false })))
}

fn refunded(id: &str, order: &str, line: usize, fen: i64, quantity: Option<u32>) -> Act {
    let line = RefundLine {
        line: LineId::from_trusted(line.to_string()),
        amount: Money::from_fen(fen),
        quantity: quantity.map(Into::into),
    };
    Act(What::Do(Box::new(Deed::Refund(Refund {
        id: RefundId::from_trusted(id),
        order: OrderId::from_trusted(order),
        at: at(),
        reason: RedReason::Returned,
        lines: vec![line],
    }))))
}

fn approved(id: &str) -> [Act; 2] {
    let id = ApplicationId::from_trusted(id);
    [Act(What::Do(Box::new(Deed::Claim(id.clone())))), Act(What::Do(Box::new(Deed::Approve(id, 0))))]
}

const ORDINARY: InvoiceKind = InvoiceKind::DIGITAL_ORDINARY;
const SPECIAL: InvoiceKind = InvoiceKind::DIGITAL_SPECIAL;
const BOOK: (usize, u32, i64) = (0, 3, 10_000);
const CLOTHES: (usize, u32, i64) = (1, 2, 60_000);

fn scenario(name: &'static str, personality: Personality, acts: Vec<Vec<Act>>) -> Scenario {
    let mut acts: Vec<Act> = acts.into_iter().flatten().collect();
    acts.push(Act(What::Rest));
    Scenario { name, personality, fallback: None, acts }
}

fn act(what: What) -> Vec<Act> {
    vec![Act(what)]
}

/// Scenarios that cover every way an invoice can go.
#[must_use]
pub fn golden() -> Vec<Scenario> {
    let mut all = issuing();
    all.extend(taking_back());
    all.extend(waiting_for_people());
    all.extend(two_providers());
    all.extend(started_by_the_buyer());
    all
}

fn issuing() -> Vec<Scenario> {
    let slow = |idempotent| Personality { slow: 1000, ..personality(idempotent) };
    let one = || vec![sold("A-1", &[BOOK]), vec![applied("P-1", &["A-1"], ORDINARY)]];
    vec![
        scenario("one order, at once, idempotent", personality(true), one()),
        scenario("one order, at once, not idempotent", personality(false), one()),
        scenario("one order, later, idempotent", slow(true), one()),
        scenario("one order, later, not idempotent", slow(false), one()),
        scenario(
            "split by category and limit",
            personality(true),
            vec![sold("A-1", &[BOOK, (1, 1, 2_500_000)]), vec![applied("P-1", &["A-1"], ORDINARY)]],
        ),
        scenario(
            "two orders merged",
            personality(false),
            vec![
                sold("A-1", &[BOOK]),
                sold("A-2", &[BOOK, CLOTHES]),
                vec![applied("M-1", &["A-1", "A-2"], ORDINARY)],
            ],
        ),
        scenario(
            "given up before anything is sent",
            personality(true),
            vec![
                sold("A-1", &[BOOK]),
                vec![applied("P-1", &["A-1"], ORDINARY)],
                act(What::Do(Box::new(Deed::Cancel(ApplicationId::from_trusted("P-1"))))),
            ],
        ),
    ]
}

fn taking_back() -> Vec<Scenario> {
    let confirms = |automatic| Personality { confirms: true, automatic, ..personality(true) };
    let plain = Personality { confirms: true, ..personality(false) };
    let one = || vec![sold("A-1", &[BOOK, CLOTHES]), vec![applied("P-1", &["A-1"], ORDINARY)]];
    let story = |before: What, after: Vec<Act>| {
        let mut acts = one();
        acts.push(act(before));
        acts.push(after);
        acts
    };
    let back = || vec![refunded("R-1", "A-1", 1, 30_000, Some(1))];
    let under = |first, then| {
        let mut acts = story(What::Rest, vec![Act(What::Confirms(first, then))]);
        acts.push(back());
        acts
    };
    let mut twice = story(What::Rest, back());
    twice.push(act(What::Rest));
    twice.push(vec![refunded("R-2", "A-1", 1, 1, None), refunded("R-3", "A-1", 0, 10_000, Some(3))]);
    let mut refused = under(State::AwaitingBuyer, Some(State::RefusedByBuyer));
    refused.push(act(What::Send));
    refused.push(act(What::Confirms(State::NotNeeded, None)));
    let mut whole = vec![sold("A-1", &[CLOTHES]), vec![applied("P-1", &["A-1"], SPECIAL)]];
    whole.push(approved("P-1").to_vec());
    whole.push(act(What::Rest));
    whole.push(back_of("A-1"));
    whole.push(act(What::Rest));
    whole.push(act(What::Do(Box::new(Deed::Reapply {
        of: ApplicationId::from_trusted("P-1"),
        id: ApplicationId::from_trusted("P-2"),
    }))));
    whole.push(approved("P-2").to_vec());
    let slow = Personality { slow: 1000, ..personality(true) };
    vec![
        scenario(
            "refund before sending",
            personality(true),
            story(What::Confirms(State::NotNeeded, None), back()),
        ),
        scenario("refund while at the provider", slow, story(What::Send, back())),
        scenario("refund after issuing", personality(false), story(What::Rest, back())),
        scenario("refunds one after another", personality(true), twice),
        scenario("whole red, and applied for again", personality(true), whole),
        scenario("confirmation 01", confirms(false), under(State::NotNeeded, None)),
        scenario(
            "confirmation 02 then 04",
            confirms(false),
            under(State::AwaitingBuyer, Some(State::Confirmed)),
        ),
        scenario(
            "confirmation 02 then 04, not idempotent",
            plain,
            under(State::AwaitingBuyer, Some(State::Confirmed)),
        ),
        scenario("confirmation refused, then not needed", confirms(false), refused),
        scenario("automatic red", confirms(true), under(State::AwaitingBuyer, Some(State::Confirmed))),
    ]
}

fn back_of(order: &str) -> Vec<Act> {
    vec![refunded("R-1", order, 0, 30_000, Some(1))]
}

fn waiting_for_people() -> Vec<Scenario> {
    let mute = |idempotent| Personality { query: false, ..personality(idempotent) };
    let one = || vec![sold("A-1", &[CLOTHES]), vec![applied("P-1", &["A-1"], ORDINARY)]];
    let reviewed =
        vec![sold("A-1", &[CLOTHES]), vec![applied("P-1", &["A-1"], SPECIAL)], approved("P-1").to_vec()];
    let rejected = vec![
        sold("A-1", &[CLOTHES]),
        vec![applied("P-1", &["A-1"], SPECIAL)],
        act(What::Do(Box::new(Deed::Reject(ApplicationId::from_trusted("P-1"))))),
    ];
    let mut retried = vec![act(What::Denies(true))];
    retried.extend(one());
    retried.push(act(What::Rest));
    retried.push(act(What::Denies(false)));
    retried.push(act(What::RetryFailed));
    let mut doubted = vec![act(What::Silent(true))];
    doubted.extend(one());
    // Whoever finds that nothing was issued has it issued again.
    let mut resolved = doubted.clone();
    resolved.extend([act(What::Rest), act(What::RetryFailed)]);
    vec![
        scenario("reviewed", personality(true), reviewed),
        scenario("rejected", personality(true), rejected),
        scenario("failed, then retried", personality(true), retried.clone()),
        scenario("failed, then retried, not idempotent", personality(false), retried),
        scenario("in doubt, resolved by a person", mute(true), resolved.clone()),
        scenario("in doubt, not idempotent", mute(false), resolved),
        scenario("no answer, asked after", personality(false), doubted),
    ]
}

/// The first provider cannot, and the second one issues: once.
fn two_providers() -> Vec<Scenario> {
    let [_, second] = PROVIDERS;
    let one = || vec![sold("A-1", &[CLOTHES]), vec![applied("P-1", &["A-1"], ORDINARY)]];
    let first = |what| {
        let mut acts = act(what);
        acts.extend(one().into_iter().flatten());
        vec![acts]
    };
    let mut taken_back = first(What::Denies(true));
    taken_back.push(act(What::Rest));
    taken_back.push(back_of("A-1"));
    let slow = |idempotent| Personality { slow: 1000, ..personality(idempotent) };
    let behind =
        |name, personality, acts| Scenario { fallback: Some(second), ..scenario(name, personality, acts) };
    let mut challenged = first(What::Challenge);
    challenged.push(act(What::Turns(12)));
    challenged.push(act(What::LoggedIn));
    vec![
        behind("denied by the first, issued by the second", personality(true), first(What::Denies(true))),
        behind("denied by the first, not idempotent", personality(false), first(What::Denies(true))),
        behind("denied later by the first", slow(false), first(What::Denies(true))),
        behind("the first waits for a login", personality(false), first(What::Challenge)),
        behind("issued by the second, taken back there", personality(true), taken_back),
        scenario("a login is waited for, and said to be done", personality(true), challenged),
    ]
}

/// Red confirmations that the buyer starts.
fn started_by_the_buyer() -> Vec<Scenario> {
    let forms = |automatic| Personality { confirms: true, forms: true, automatic, ..personality(true) };
    let plain = Personality { confirms: true, forms: true, ..personality(false) };
    let story = |answer: RedAnswer| {
        vec![
            sold("A-1", &[BOOK]),
            vec![applied("P-1", &["A-1"], ORDINARY)],
            act(What::Rest),
            act(What::BuyerStarts),
            act(What::Do(Box::new(Deed::Look(0)))),
            act(What::AnswerForms(answer)),
        ]
    };
    let mut late = story(RedAnswer::Confirm);
    late.pop();
    let mut with_refund = story(RedAnswer::Confirm);
    with_refund.push(act(What::Rest));
    with_refund.push(vec![refunded("R-1", "A-1", 0, 10_000, Some(3))]);
    vec![
        scenario("started by the buyer, confirmed, issued here", forms(false), story(RedAnswer::Confirm)),
        scenario("started by the buyer, not idempotent", plain, story(RedAnswer::Confirm)),
        scenario("started by the buyer, issued by the bureau", forms(true), story(RedAnswer::Confirm)),
        scenario("started by the buyer, rejected", forms(false), story(RedAnswer::Reject)),
        scenario("started by the buyer, never answered", forms(false), late),
        scenario("started by the buyer, and refunded", forms(true), with_refund),
    ]
}
