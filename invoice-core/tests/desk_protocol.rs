//! What is stored when, and what a person is told when nobody can say what became of a request.
#![cfg(feature = "testkit")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

mod desk_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use desk_support::{Bureau, Town, clock, provider_id, seller_id};
use invoice_core::application::{ApplicationState, CorrectRequest};
use invoice_core::decision::Outcome;
use invoice_core::env::Clock;
use invoice_core::error::{Language, RefusalCode};
use invoice_core::id::{ApplicationId, TenantId};
use invoice_core::invoice::{DoubtCode, InvoiceKind, InvoiceNumber, InvoiceState};
use invoice_core::money::Money;
use invoice_core::provider::{
    CallbackTrust, Capabilities, Capability, ConfirmationState, IssuedInvoice, KeyCharset, KeyRule,
    RedAnswer, RedConfirmation, RedForm, RedFormRow,
};
use invoice_core::store::{Key, Kind};
use invoice_core::title::Title;

const MINUTE: Duration = Duration::from_secs(60);

fn town(declare: impl FnOnce(Capabilities) -> Capabilities) -> Town {
    let clock = clock();
    let bureau = Bureau::new("a", &clock, declare);
    Town::new(clock, vec![bureau])
}

#[tokio::test]
async fn the_key_and_the_exact_bytes_are_stored_before_the_first_byte_leaves() {
    let town = town(|all| all);
    town.applied("1", 0, "100.00").await;
    let (store, seen) = (Arc::clone(&town.store), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&seen);
    *town.bureaus[0].peek.lock().unwrap() = Some(Box::new(move |request| {
        let (store, seen, request) = (Arc::clone(&store), Arc::clone(&counter), request.clone());
        Box::pin(async move {
            let key = Key::new(&TenantId::new("t1").unwrap(), Kind::Invoice, "P1-1");
            let row = store.read(&[key]).await.unwrap().remove(0).unwrap();
            let body: serde_json::Value = serde_json::from_slice(&row.body.0).unwrap();
            assert_eq!(body["request"]["body"], request.body());
            assert_eq!(body["key"], request.key().as_str());
            assert_eq!(body["state"]["is"], "submitting");
            seen.fetch_add(1, Ordering::SeqCst);
        })
    }));
    town.pump(&town.desk).await;
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_callback_that_overtakes_the_answer_is_not_undone_by_it() {
    for (accepts, told) in [(true, "issued"), (false, "issued"), (true, "hint")] {
        let trust = if told == "hint" { CallbackTrust::Unsigned } else { CallbackTrust::Signed };
        let town = town(|all| all.with_callbacks(trust));
        town.bureaus[0].books().accepts = accepts;
        town.applied("1", 0, "100.00").await;
        // Another process takes the callback while this one still waits for the answer to its call.
        let (desk, system) = (town.another(|desk| desk), town.system.clone());
        *town.bureaus[0].peek.lock().unwrap() = Some(Box::new(move |request| {
            let (desk, system) = (desk.clone(), system.clone());
            let body = format!("{};{told}", request.key());
            Box::pin(async move {
                desk.callback(&system, &provider_id("a"), &[], body.as_bytes()).await.unwrap();
            })
        }));
        town.pump(&town.desk).await;
        town.pump_for(&town.desk, MINUTE).await;
        let task = town.task("P1", 0).await;
        assert_eq!(task.state().as_str(), "issued", "{told}, accepts: {accepts}");
        assert_eq!(town.bureaus[0].books().issued.len(), 1);
        assert_eq!(town.desk.next_due().await.unwrap(), None, "nothing is left to do");
    }
}

#[tokio::test]
async fn a_doubt_says_what_to_check_and_the_verb_that_it_names_ends_it() {
    let blind = |_: Capabilities| Capabilities::new([InvoiceKind::DIGITAL_ORDINARY]);
    let town = town(blind);
    town.bureaus[0].books().loses = true;
    town.applied("1", 0, "100.00").await;
    town.pump_for(&town.desk, MINUTE).await;
    let task = town.task("P1", 0).await;
    let InvoiceState::InDoubt { why, .. } = task.state() else { panic!("{task:?}") };
    assert_eq!(*why, DoubtCode::NoQuery);
    for (language, words) in [
        (Language::ZhCn, "确认不存在"),
        (Language::ZhTw, "確認不存在"),
        (Language::En, "if it certainly is not"),
    ] {
        let advice = task.advice(language).unwrap();
        for part in [words, task.key().as_str(), "100.00", "resolve", "retry", "2026-05-01 04:00"] {
            assert!(advice.contains(part), "{part} is not in: {advice}");
        }
        assert!(!advice.contains('{'), "{advice}");
        assert!(!advice.contains("华为"), "no buyer: {advice}");
    }
    assert_eq!(town.pump(&town.desk).await.claimed, 0, "nothing happens by itself");
    let found = town.bureaus[0].books().issued[0].2.clone();
    let key = task.key().clone();
    let done = town.desk.resolve(&town.finance, task.id(), &key, Outcome::Issued(found)).await.unwrap();
    assert_eq!((done.state().as_str(), done.advice(Language::En)), ("issued", None));
}

/// 16:00 UTC of 31 December is the new year in China.
#[tokio::test]
async fn an_answer_of_january_to_a_request_of_december_is_taken_with_the_year_of_its_day() {
    for (number, day, state) in [
        ("27330000000000000001", "2027-12-31T15:59:59Z", "issued"),
        ("28330000000000000001", "2027-12-31T16:00:00Z", "issued"),
        ("27330000000000000001", "2027-12-31T16:00:00Z", "in_doubt"),
        ("28330000000000000001", "2027-12-31T15:59:59Z", "in_doubt"),
    ] {
        let town = town(|all| all);
        town.clock.set("2027-12-31T15:59:50Z".parse().unwrap());
        let number: InvoiceNumber = number.parse().unwrap();
        town.bureaus[0].books().stamp = Some((number.clone(), day.parse().unwrap()));
        town.bureaus[0].books().loses = true;
        town.applied("1", 0, "100.00").await;
        town.pump(&town.desk).await;
        town.pump_for(&town.desk, 10 * MINUTE).await;
        let task = town.task("P1", 0).await;
        assert_eq!(task.state().as_str(), state, "{number} on {day}");
        if state == "in_doubt" {
            let advice = task.advice(Language::En).unwrap();
            assert!(advice.contains(number.as_str()), "what was reported is not lost: {advice}");
            let right = IssuedInvoice {
                number: if day.contains("16:00") { "28330000000000000001" } else { "27330000000000000001" }
                    .parse()
                    .unwrap(),
                ..town.bureaus[0].books().issued[0].2.clone()
            };
            let key = task.key().clone();
            let done = town.desk.resolve(&town.finance, task.id(), &key, Outcome::Issued(right)).await;
            assert_eq!(done.unwrap().state().as_str(), "issued");
        }
        assert_eq!(town.bureaus[0].books().issued.len(), 1);
    }
}

#[tokio::test]
async fn what_a_provider_cannot_print_is_never_sent_to_it() {
    use invoice_core::provider::{InvoiceProvider, IssueMode};
    let town = town(|all| all.with_text(invoice_validate::text::Field::Name, 5).with_mode(IssueMode::AtOnce));
    assert_eq!(town.bureaus[0].capabilities().mode(), IssueMode::AtOnce);
    town.applied("1", 0, "100.00").await;
    town.pump(&town.desk).await;
    let task = town.task("P1", 0).await;
    assert!(matches!(task.state(), InvoiceState::Failed { code, .. } if code == "LIMIT-Name"), "{task:?}");
    assert_eq!(town.bureaus[0].calls("issue"), 0);
}

#[test]
fn a_provider_that_does_not_take_the_keys_is_refused_when_the_desk_is_built() {
    let build = |rule| {
        let clock = clock();
        let bureau = Bureau::new("a", &clock, |all| all.with_key(rule));
        std::panic::catch_unwind(move || Town::new(clock, vec![bureau])).is_ok()
    };
    assert!(build(KeyRule::new(20, KeyCharset::Alphanumeric)));
    assert!(!build(KeyRule::new(19, KeyCharset::Visible)));
    assert!(!build(KeyRule::new(64, KeyCharset::Digits)));
}

fn forms(all: Capabilities) -> Capabilities {
    all.with(Capability::RedConfirmation)
        .with(Capability::ListConfirmations)
        .with(Capability::AnswerConfirmation)
}

/// A form of the buyer's, for half of the only row.
fn started(town: &Town, number: &str) -> RedForm {
    let issued = town.bureaus[0].books().issued[0].2.clone();
    let half = |amount: Money| Money::from_fen(amount.fen() / 2);
    let (net, tax, blue) = (half(issued.net), half(issued.tax), issued.number);
    let row = RedFormRow { blue_row: 1, quantity: Some(2.into()), net, tax };
    let confirmation = RedConfirmation {
        number: number.to_owned(),
        state: ConfirmationState::AwaitingSeller,
        expires_at: None,
        red: None,
    };
    RedForm { confirmation, key: None, blue, reason: "02".to_owned(), rows: vec![row] }
}

#[tokio::test]
async fn a_red_form_of_the_buyers_is_confirmed_by_finance_booked_once_and_frees_the_balance() {
    let town = town(forms);
    town.applied("1", 0, "100.00").await;
    town.pump(&town.desk).await;
    let form = started(&town, "44010526050000000001");
    town.bureaus[0].books().forms.push(form.clone());
    let since = town.clock.now();
    for _ in 0..3 {
        let report = town.desk.look_for_red_forms(&town.system, &seller_id(0), since).await.unwrap();
        assert_eq!((report.seen, report.tasks.len(), report.unplaced.len()), (1, 1, 0));
    }
    let red = town.task("P1", 1).await;
    assert_eq!((red.state().as_str(), red.gross().to_string().as_str()), ("confirming", "50.00"));
    assert_eq!(red.foreign_form(), Some("44010526050000000001"));
    let order = invoice_core::id::OrderId::new("1").unwrap();
    let balance = town.desk.balance(&town.finance, &order).await.unwrap();
    assert_eq!(balance.invoiceable().to_string(), "0.00", "released when the red exists, not before");

    // Not the systems, and not what is the other side's to say.
    let refused = town.desk.answer_red(&town.system, red.id(), RedAnswer::Confirm).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code(), RefusalCode::NotPermitted);
    let refused = town.desk.answer_red(&town.finance, red.id(), RedAnswer::Withdraw).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code(), RefusalCode::RedAnswerNotOurs);
    town.desk.answer_red(&town.finance, red.id(), RedAnswer::Confirm).await.unwrap();
    town.desk.answer_red(&town.finance, red.id(), RedAnswer::Confirm).await.unwrap();
    town.pump_for(&town.desk, 3 * MINUTE).await;

    assert_eq!(town.task("P1", 1).await.state().as_str(), "issued");
    assert_eq!((town.bureaus[0].calls("answer"), town.bureaus[0].books().issued.len()), (1, 2));
    let balance = town.desk.balance(&town.finance, &order).await.unwrap();
    assert_eq!(balance.invoiceable().to_string(), "50.00");
    assert!(town.desk.reconcile(&town.finance, &seller_id(0)).await.unwrap().holds());
    town.desk.look_for_red_forms(&town.system, &seller_id(0), since).await.unwrap();
    town.pump_for(&town.desk, 3 * MINUTE).await;
    assert_eq!(town.bureaus[0].books().issued.len(), 2, "seen again, and issued once");
}

/// A red that the bureau did not take at once is tried again with the form that the buyer started: applied for anew it
/// would be refused for ever, for that form locks the blue.
#[tokio::test]
async fn a_red_of_the_buyers_form_that_is_not_taken_at_once_is_tried_again_with_that_form() {
    let town = town(forms);
    town.applied("1", 0, "100.00").await;
    town.pump(&town.desk).await;
    let form = started(&town, "44010526050000000005");
    town.bureaus[0].books().forms.push(form);
    let since = town.clock.now();
    town.desk.look_for_red_forms(&town.system, &seller_id(0), since).await.unwrap();
    let red = town.task("P1", 1).await;
    town.desk.answer_red(&town.finance, red.id(), RedAnswer::Confirm).await.unwrap();
    town.bureaus[0].books().busy = 2;
    town.pump_for(&town.desk, 10 * MINUTE).await;
    assert_eq!(town.task("P1", 1).await.state().as_str(), "issued");
    let calls = ["apply_red", "query_confirmation"].map(|call| town.bureaus[0].calls(call));
    assert_eq!((calls, town.bureaus[0].books().issued.len()), ([0, 0], 2));
    assert!(town.desk.reconcile(&town.finance, &seller_id(0)).await.unwrap().holds());
}

/// A red of the buyer's form that was denied leaves the form at the bureau, where it locks its blue: the next look takes
/// it up again, in the same task and under a new key, a few times and not for ever.
#[tokio::test]
async fn a_live_form_of_the_buyers_whose_red_was_denied_is_taken_up_again() {
    for refusals in [1, 2, 5] {
        let town = town(forms);
        town.applied("1", 0, "100.00").await;
        town.pump(&town.desk).await;
        let form = started(&town, "44010526050000000006");
        town.bureaus[0].books().forms.push(form);
        let since = town.clock.now();
        town.desk.look_for_red_forms(&town.system, &seller_id(0), since).await.unwrap();
        let red = town.task("P1", 1).await;
        town.desk.answer_red(&town.finance, red.id(), RedAnswer::Confirm).await.unwrap();
        town.bureaus[0].books().denies = true;
        town.pump_for(&town.desk, 10 * MINUTE).await;
        for _ in 1..refusals {
            town.desk.look_for_red_forms(&town.system, &seller_id(0), since).await.unwrap();
            town.pump_for(&town.desk, 10 * MINUTE).await;
        }
        let failed = town.task("P1", 1).await;
        assert_eq!((failed.state().as_str(), failed.former_keys().len()), ("failed", refusals - 1));
        assert_eq!(town.task("P1", 0).await.open_red(), None);
        town.bureaus[0].books().denies = false;

        let order = invoice_core::id::OrderId::new("1").unwrap();
        let reversing = async || {
            let balance = town.desk.balance(&town.finance, &order).await.unwrap();
            balance.lines()[0].reversing().gross.to_string()
        };
        assert_eq!(reversing().await, "0.00", "what was denied is held no longer");
        let report = town.desk.look_for_red_forms(&town.system, &seller_id(0), since).await.unwrap();
        assert_eq!(reversing().await, if refusals == 5 { "0.00" } else { "50.00" });
        town.pump_for(&town.desk, 10 * MINUTE).await;
        assert_eq!(reversing().await, "0.00");
        let red = town.task("P1", 1).await;
        if refusals == 5 {
            assert_eq!(report.unplaced, [("44010526050000000006".to_owned(), "RED-10".to_owned())]);
            assert_eq!(red, failed, "a person has to look");
            continue;
        }
        assert_eq!((report.tasks, report.unplaced), (vec![red.id().clone()], vec![]));
        assert_eq!((red.state().as_str(), red.former_keys().len()), ("issued", refusals));
        assert_ne!(red.key(), failed.key());
        assert_eq!(town.bureaus[0].books().issued.len(), 2);
        let balance = town.desk.balance(&town.finance, &order).await.unwrap();
        assert_eq!(balance.invoiceable().to_string(), "50.00");
        assert!(town.desk.reconcile(&town.finance, &seller_id(0)).await.unwrap().holds());
    }
}

/// Denied to us, and issued by the bureau all the same: the list says so, and the books must show it.
#[tokio::test]
async fn a_red_that_the_bureau_lists_is_booked_although_its_task_had_failed() {
    let town = town(forms);
    town.applied("1", 0, "100.00").await;
    town.pump(&town.desk).await;
    let form = started(&town, "44010526050000000008");
    town.bureaus[0].books().forms.push(form.clone());
    let since = town.clock.now();
    town.desk.look_for_red_forms(&town.system, &seller_id(0), since).await.unwrap();
    let red = town.task("P1", 1).await;
    town.desk.answer_red(&town.finance, red.id(), RedAnswer::Confirm).await.unwrap();
    town.bureaus[0].books().denies = true;
    town.pump_for(&town.desk, 10 * MINUTE).await;
    assert_eq!(town.task("P1", 1).await.state().as_str(), "failed");
    let minus = |amount: Money| Money::from_fen(-amount.fen());
    let (net, tax) = (minus(form.rows[0].net), minus(form.rows[0].tax));
    let (number, issued_at) = ("26440000000000000009".parse().unwrap(), town.clock.now());
    let issued = IssuedInvoice { number, issued_at, net, tax, gross: net.checked_add(tax).unwrap() };
    town.bureaus[0].books().forms[0].confirmation.red = Some(issued.clone());
    for _ in 0..2 {
        let report = town.desk.look_for_red_forms(&town.system, &seller_id(0), since).await.unwrap();
        assert_eq!((report.tasks, report.unplaced), (vec![red.id().clone()], vec![]));
        let red = town.task("P1", 1).await;
        assert_eq!(red.state().issued(), Some(&issued));
        assert_eq!((red.sends(), red.former_keys().len()), (1, 0), "nothing was sent for it again");
    }
    assert_eq!(town.task("P1", 0).await.flushed_gross().to_string(), "50.00");
    let order = invoice_core::id::OrderId::new("1").unwrap();
    let balance = town.desk.balance(&town.finance, &order).await.unwrap();
    assert_eq!(balance.invoiceable().to_string(), "50.00");
    assert!(town.desk.reconcile(&town.finance, &seller_id(0)).await.unwrap().holds());
}

/// A red was sent for and nobody knows what became of it: that the form is still alive at the bureau does not say that the
/// request will not arrive, and does not have it sent once more.
#[tokio::test]
async fn a_live_form_says_nothing_of_a_red_that_was_sent_for() {
    for (queries, state) in [(true, "submitting"), (false, "in_doubt")] {
        let ordinary = [InvoiceKind::DIGITAL_ORDINARY];
        let town = town(|all| {
            forms(if queries { all } else { Capabilities::new(ordinary).with(Capability::IssueRed) })
        });
        town.applied("1", 0, "100.00").await;
        town.pump(&town.desk).await;
        let form = started(&town, "44010526050000000007");
        town.bureaus[0].books().forms.push(form);
        let since = town.clock.now();
        let seller = seller_id(0);
        let look = || town.desk.look_for_red_forms(&town.system, &seller, since);
        look().await.unwrap();
        let red = town.task("P1", 1).await;
        town.desk.answer_red(&town.finance, red.id(), RedAnswer::Confirm).await.unwrap();
        town.pump(&town.desk).await;
        town.bureaus[0].books().loses = true;
        town.pump(&town.desk).await;
        town.bureaus[0].books().dark = queries;
        town.pump_for(&town.desk, MINUTE).await;
        town.bureaus[0].books().dark = false;
        assert_eq!(town.task("P1", 1).await.state().as_str(), state);

        assert_eq!(look().await.unwrap().tasks, [red.id().clone()]);
        let after = town.task("P1", 1).await;
        assert_eq!((after.state().as_str(), after.sends()), (state, 1));
        town.pump_for(&town.desk, 3 * MINUTE).await;
        if !queries {
            let found = town.bureaus[0].books().issued[1].2.clone();
            let key = after.key().clone();
            town.desk.resolve(&town.finance, red.id(), &key, Outcome::Issued(found)).await.unwrap();
        }
        assert_eq!(town.task("P1", 1).await.state().as_str(), "issued");
        assert_eq!((town.bureaus[0].calls("issue"), town.bureaus[0].books().issued.len()), (2, 2));
    }
}

/// Parked for a person because nobody answered, an application for a red confirmation goes on when the bureau says that
/// it is there.
#[tokio::test]
async fn a_confirmation_that_is_heard_of_late_ends_the_doubt_and_goes_on() {
    let town = town(|all| all.with(Capability::RedConfirmation).with_callbacks(CallbackTrust::Signed));
    town.applied("1", 0, "100.00").await;
    town.pump(&town.desk).await;
    town.bureaus[0].books().loses = true;
    town.returned("1", "25.00").await;
    town.pump(&town.desk).await;
    town.bureaus[0].books().loses = false;
    town.bureaus[0].books().dark = true;
    town.pump_for(&town.desk, 4 * 1440 * MINUTE).await;
    let red = town.task("P1", 1).await;
    assert_eq!(red.state().as_str(), "in_doubt");
    assert_eq!(town.desk.next_due().await.unwrap(), None);
    town.bureaus[0].books().dark = false;
    let told = format!("{};confirmed", red.key());
    town.desk.callback(&town.system, &provider_id("a"), &[], told.as_bytes()).await.unwrap();
    assert_eq!(town.task("P1", 1).await.state().as_str(), "confirming");
    town.pump_for(&town.desk, 3 * MINUTE).await;
    assert_eq!(town.task("P1", 1).await.state().as_str(), "issued");
    assert_eq!((town.bureaus[0].calls("apply_red"), town.bureaus[0].books().issued.len()), (1, 2));
    assert!(town.desk.reconcile(&town.finance, &seller_id(0)).await.unwrap().holds());
}

#[tokio::test]
async fn a_red_form_that_the_seller_rejects_takes_nothing_back() {
    let town = town(forms);
    town.applied("1", 0, "100.00").await;
    town.pump(&town.desk).await;
    let form = started(&town, "44010526050000000002");
    town.bureaus[0].books().forms.push(form);
    let since = town.clock.now();
    town.desk.look_for_red_forms(&town.system, &seller_id(0), since).await.unwrap();
    let red = town.task("P1", 1).await;
    town.desk.answer_red(&town.finance, red.id(), RedAnswer::Reject).await.unwrap();
    town.pump_for(&town.desk, 3 * MINUTE).await;
    let red = town.task("P1", 1).await;
    assert!(matches!(red.state(), InvoiceState::Failed { code, .. } if code == "CONFIRMATION-06"));
    assert_eq!(town.task("P1", 0).await.open_red(), None);
    assert!(town.desk.reconcile(&town.finance, &seller_id(0)).await.unwrap().holds());
}

#[tokio::test]
async fn a_form_that_fits_nothing_is_told_and_not_guessed_at() {
    let town = town(forms);
    town.applied("1", 0, "100.00").await;
    town.pump(&town.desk).await;
    let mut strange = started(&town, "44010526050000000003");
    // More than the whole.
    strange.rows[0].net = Money::from_fen(strange.rows[0].net.fen() * 2 + 1);
    town.bureaus[0].books().forms.push(strange.clone());
    strange.confirmation.number = "44010526050000000004".to_owned();
    strange.blue = "26999999999999999999".parse().unwrap();
    town.bureaus[0].books().forms.push(strange);
    let since = town.clock.now();
    let report = town.desk.look_for_red_forms(&town.system, &seller_id(0), since).await.unwrap();
    let codes: Vec<&str> = report.unplaced.iter().map(|(_, code)| code.as_str()).collect();
    assert_eq!((report.tasks.len(), codes), (0, vec!["RED-10", "INVOICE-01"]));
}

/// A correction's red that was never sent gives way to a form that the buyer has started over a part: when that has ended,
/// what is left is asked for at once, and nobody has to think of it. (This bureau refuses all that it is asked for.)
#[tokio::test]
async fn a_correction_asks_again_after_the_form_that_its_red_gave_way_to() {
    let town = town(forms);
    town.applied("1", 0, "100.00").await;
    town.pump(&town.desk).await;
    let wish = CorrectRequest {
        id: ApplicationId::new("C1").unwrap(),
        of: ApplicationId::new("P1").unwrap(),
        title: Title::person("张三"),
        kind: InvoiceKind::DIGITAL_ORDINARY,
        remark: None,
    };
    town.desk.correct(&town.finance, wish).await.unwrap();
    let form = started(&town, "44010526050000000011");
    town.bureaus[0].books().forms.push(form);
    let since = town.clock.now();
    town.desk.look_for_red_forms(&town.system, &seller_id(0), since).await.unwrap();
    assert_eq!(town.task("P1", 1).await.state().as_str(), "superseded");
    let red = town.task("P1", 2).await;
    town.desk.answer_red(&town.finance, red.id(), RedAnswer::Confirm).await.unwrap();
    town.pump_for(&town.desk, 10 * MINUTE).await;
    let asked = town.task("P1", 3).await;
    assert_eq!(asked.gross().to_string(), "50.00");
    assert!(matches!(asked.state(), InvoiceState::Failed { code, .. } if code == "LOCKED"));
    let corrected = town.desk.application(&town.system, &ApplicationId::new("C1").unwrap()).await.unwrap();
    let held = (corrected.state(), corrected.gross().to_string());
    assert_eq!(held, (ApplicationState::Issuing, "50.00".to_owned()));
    assert!(town.desk.reconcile(&town.finance, &seller_id(0)).await.unwrap().holds());
}

/// Denied, its balance is free and issued on another invoice; then the bureau says that it exists after all, and not as it
/// was asked for. It is in doubt and holds nothing: nobody's invoice is taken back before a person has found out.
#[tokio::test]
async fn what_was_denied_and_turns_up_otherwise_holds_nothing_until_a_person_has_found_out() {
    for exists in [false, true] {
        let town = town(|all| all.with_callbacks(CallbackTrust::Signed));
        town.bureaus[0].books().denies = true;
        town.applied("1", 0, "100.00").await;
        town.pump(&town.desk).await;
        let denied = town.task("P1", 0).await;
        assert!(matches!(denied.state(), InvoiceState::Failed { .. }) && denied.is_released());
        town.bureaus[0].books().denies = false;
        let again = ApplicationId::new("P2").unwrap();
        town.desk.reapply(&town.finance, denied.application(), again).await.unwrap();
        town.pump_for(&town.desk, MINUTE).await;
        let other = town.bureaus[0].books().issued[0].2.clone();
        assert_eq!(town.task("P2", 0).await.state().as_str(), "issued");

        let number: InvoiceNumber = "26000000000000097777".parse().unwrap();
        let odd =
            IssuedInvoice { number, net: Money::from_fen(9_173), tax: Money::from_fen(827), ..other.clone() };
        town.bureaus[0].books().issued.push((denied.key().clone(), String::new(), odd.clone()));
        let told = format!("{};issued", denied.key());
        town.desk.callback(&town.system, &provider_id("a"), &[], told.as_bytes()).await.unwrap();
        town.pump_for(&town.desk, 10 * MINUTE).await;
        let doubt = town.task("P1", 0).await;
        assert!(matches!(doubt.state(), InvoiceState::InDoubt { why: DoubtCode::Amounts, .. }), "{doubt:?}");
        assert!(doubt.is_released());
        assert_eq!(town.task("P2", 0).await.open_red(), None, "the good one stands");
        assert!(town.desk.reconcile(&town.finance, &seller_id(0)).await.unwrap().holds());

        let found = match exists {
            true => Outcome::Issued(IssuedInvoice { net: other.net, tax: other.tax, ..odd }),
            false => Outcome::Denied { code: "NONE".to_owned() },
        };
        let key = doubt.key().clone();
        town.desk.resolve(&town.finance, doubt.id(), &key, found).await.unwrap();
        town.pump_for(&town.desk, 10 * MINUTE).await;
        assert!(town.desk.reconcile(&town.finance, &seller_id(0)).await.unwrap().holds(), "{exists}");
        let ended = town.task("P1", 0).await;
        assert_eq!(ended.state().as_str(), if exists { "issued" } else { "failed" });
        // Two invoices for one order are one too many: a red takes one of them back.
        let reds = town.bureaus[0].books().issued.iter().filter(|(.., red)| red.gross.is_negative()).count();
        assert_eq!(reds, usize::from(exists));
    }
}
