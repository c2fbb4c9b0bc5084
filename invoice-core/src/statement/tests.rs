use std::collections::BTreeSet;

use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};

use super::*;

const PARTY: &str = "杭州示例餐饮有限公司";
const OTHER: &str = "北京某某科技股份公司";

fn day(offset: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 1).unwrap() + TimeDelta::days(offset)
}

fn fen(amount: i64) -> Money {
    Money::from_fen(amount)
}

fn payment(row: u32, amount: i64, party: &str) -> Payment {
    Payment::new(row, day(20), fen(amount), party)
}

fn open(id: u32, gross: i64, party: &str) -> Open {
    Open::new(format!("263320000000{id:08}"), day(i64::from(id % 10)), fen(gross), party)
}

/// The most payments that can be matched, found without any of the code above: every payment with every set of invoices.
fn most(payments: &[Payment], open: &[Open], used: u32) -> usize {
    let Some((first, rest)) = payments.split_first() else { return 0 };
    let mut best = most(rest, open, used);
    for set in 1_u32..1 << open.len() {
        let of_set: Vec<&Open> =
            open.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, o)| o).collect();
        let sum: i64 = of_set.iter().map(|invoice| invoice.gross.fen()).sum();
        let same_party = of_set.iter().all(|invoice| invoice.party == first.party);
        if set & used == 0 && sum == first.amount.fen() && same_party {
            best = best.max(1 + most(rest, open, used | set));
        }
    }
    best
}

fn parties() -> impl Strategy<Value = &'static str> {
    any::<bool>().prop_map(|other| if other { OTHER } else { PARTY })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_matching_is_exact_uses_everything_once_and_in_small_groups_nothing_beats_it(
        paid in vec((1_i64..9, parties()), 0..5), bills in vec((1_i64..6, parties()), 0..7)
    ) {
        let paid: Vec<_> = paid.iter().zip(0..).map(|((amount, party), row)| payment(row, *amount, party)).collect();
        let bills: Vec<_> = bills.iter().zip(0..).map(|((gross, party), id)| open(id, *gross, party)).collect();
        let matching = match_payments(&paid, &bills, &MatchPolicy::default());
        let mut invoices = BTreeSet::new();
        for found in matching.matches() {
            let sum: i64 = found.invoices().iter().map(|place| bills[*place].gross.fen()).sum();
            prop_assert_eq!(sum, paid[found.payment()].amount.fen());
            prop_assert!(found.invoices().iter().all(|place| invoices.insert(*place)), "an invoice paid twice");
            prop_assert!(found.invoices().iter().all(|place| bills[*place].party == paid[found.payment()].party));
        }
        let left: BTreeSet<usize> = matching.invoices_left().iter().copied().collect();
        prop_assert!(left.is_disjoint(&invoices) && left.len() + invoices.len() == bills.len());
        prop_assert_eq!(matching.matches().len() + matching.payments_left().len(), paid.len());
        prop_assert_eq!(matching.matches().len(), most(&paid, &bills, 0));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        bills in vec(1_i64..30, 1..10), paid in vec(1_i64..40, 1..6), turn in any::<usize>()
    ) {
        let mut paid: Vec<_> = paid.iter().zip(0..).map(|(amount, row)| payment(row, *amount, PARTY)).collect();
        let mut bills: Vec<_> = bills.iter().zip(0..).map(|(gross, id)| open(id, *gross, PARTY)).collect();
        let told = |paid: &[Payment], bills: &[Open]| -> BTreeSet<(u32, Vec<String>)> {
            let ids = |found: &Match| {
                let mut ids: Vec<_> = found.invoices().iter().map(|place| bills[*place].id.clone()).collect();
                ids.sort();
                ids
            };
            let matching = match_payments(paid, bills, &MatchPolicy::default());
            matching.matches().iter().map(|found| (paid[found.payment()].row, ids(found))).collect()
        };
        let before = told(&paid, &bills);
        let (turn_paid, turn_bills) = (turn % paid.len(), turn % bills.len());
        paid.rotate_left(turn_paid);
        bills.rotate_left(turn_bills);
        bills.reverse();
        prop_assert_eq!(told(&paid, &bills), before);
    }
}

#[test]
fn each_left_payment_says_why_and_each_match_too() {
    let late = Open::new("26332000000000000099", day(200), fen(700), PARTY);
    let open = [open(1, 300, PARTY), open(2, 400, PARTY), late, open(3, 555, "没人知道的公司")];
    let named = payment(4, 555, "王某").with_remark("货款 2633 2000 0000 0000 0003 谢谢");
    let paid = [
        payment(1, 700, "杭州示例餐饮（有限公司）"),
        payment(2, 700, OTHER),
        payment(3, 350, PARTY),
        named,
        payment(5, 300, PARTY),
        payment(6, -300, PARTY),
    ];
    let matching = match_payments(&paid, &open, &MatchPolicy::default());
    let found: Vec<_> = matching.matches().iter().map(|m| (m.payment(), m.invoices().to_vec())).collect();
    // Three payments for two invoices: as many as possible, so not the one that takes both.
    assert_eq!(found, [(3, vec![3]), (4, vec![0])]);
    assert_eq!(matching.matches()[0].why(), &Why { alike: 0, named: 1, days: 17, others: 0 });
    let reasons: Vec<_> = matching.payments_left().to_vec();
    assert_eq!(
        reasons,
        [
            (0, LeftReason::Taken),
            (1, LeftReason::NoParty),
            (2, LeftReason::NoAmount),
            (5, LeftReason::NoParty)
        ]
    );
    assert_eq!(matching.invoices_left(), [1, 2]);
    assert!(!format!("{paid:?} {open:?}").contains("王"));
}

#[test]
fn many_equal_amounts_stay_within_bounds_and_are_still_exact() {
    // A thousand invoices of four amounts, many payments of each: more ways than are kept for one payment.
    let bills: Vec<_> = (0..1000).map(|id| open(id, 100 + i64::from(id % 4), PARTY)).collect();
    let paid: Vec<_> = (0..400).map(|row| payment(row, 100 + i64::from(row % 4), PARTY)).collect();
    let matching = match_payments(&paid, &bills, &MatchPolicy::default());
    assert_eq!(matching.matches().len(), 400, "{:?}", matching.payments_left().first());
    let used: BTreeSet<_> = matching.matches().iter().flat_map(|found| found.invoices()).collect();
    assert_eq!(used.len(), 400);
    assert!(matching.matches().iter().all(|found| found.why().others > 0), "a person should look");
}

/// Many invoices of one party have more sums than are tried; what the remark names is matched all the same.
#[test]
fn what_a_remark_names_is_matched_however_many_sums_there_are() {
    let bills: Vec<Open> = (0..60).map(|id| open(id, 1_000 + 37 * i64::from(id), PARTY)).collect();
    let named = |places: [usize; 2], row| {
        let sum = places.iter().map(|place| bills[*place].gross.fen()).sum();
        let numbers = places.map(|place| bills[place].id().to_owned());
        payment(row, sum, PARTY).with_remark(format!("货款 {}", numbers.join(" ")))
    };
    let pairs: Vec<[usize; 2]> = (0..30).map(|pair| [59 - pair, pair]).collect();
    let paid: Vec<Payment> = pairs.iter().zip(1..).map(|(pair, row)| named(*pair, row)).collect();
    let matching = match_payments(&paid, &bills, &MatchPolicy::default());
    assert_eq!(matching.matches().len(), 30, "{:?}", matching.payments_left());
    for (found, pair) in matching.matches().iter().zip(&pairs) {
        assert_eq!((found.invoices(), found.why().named), (&[pair[1], pair[0]][..], 2));
    }
    // A number too few: the sum is another, and nothing is made up for it.
    let short = payment(1, 1_001, PARTY).with_remark(bills[0].id().to_owned());
    assert!(match_payments(&[short], &bills, &MatchPolicy::default()).matches().is_empty());
}
