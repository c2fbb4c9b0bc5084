use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::*;
use crate::error::RefusalCode;
use crate::received::{Evidence, ReceivedInvoice, ReceivedKind};
use crate::tax::tax_day;

const WITHIN: i64 = 120;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// What becomes of one question.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// The process dies before the count is stored.
    DiesFirst,
    /// It dies with the count stored and nothing sent.
    DiesCounted,
    /// It dies while the answer is on its way.
    DiesSent,
    /// No answer comes.
    Silence,
    /// Certainly nothing was sent.
    NotSent,
    /// The bureau counts it a moment before its line of the day runs out: the latest it can arrive.
    SentLate,
}

const FATES: [Fate; 6] =
    [Fate::DiesFirst, Fate::DiesCounted, Fate::DiesSent, Fate::Silence, Fate::NotSent, Fate::SentLate];

#[test]
fn no_run_of_crashes_and_silences_asks_a_sixth_time_a_day() {
    const STEPS: u32 = 7;
    let (policy, issued_on) = (VerificationPolicy::default(), day("2026-05-14"));
    let print = [1; 32];
    let mut most = 0;
    for run in 0..FATES.len().pow(STEPS) {
        // From a quarter of an hour before the bureau's midnight.
        let mut now = at("2026-05-20T15:45:00Z");
        let mut stored = VerificationLog::default();
        let mut counted: BTreeMap<NaiveDate, usize> = BTreeMap::new();
        let mut rest = run;
        for _ in 0..STEPS {
            let fate = FATES[rest % FATES.len()];
            rest /= FATES.len();
            let step = stored.next(&print, issued_on, &policy, (Asker::Person, now));
            if step == VerificationStep::Ask {
                let mut log = stored.clone();
                log.ask("q", print, now);
                let mut arrives =
                    |seconds| *counted.entry(tax_day(now + TimeDelta::seconds(seconds))).or_default() += 1;
                match fate {
                    Fate::DiesFirst => {}
                    Fate::DiesCounted => stored = log,
                    Fate::DiesSent => {
                        stored = log;
                        arrives(0);
                    }
                    Fate::SentLate => {
                        stored = log;
                        arrives(WITHIN);
                    }
                    Fate::Silence => {
                        arrives(0);
                        log.hear("q", Heard::Unclear { code: "TIMEOUT".into() });
                        stored = log;
                    }
                    Fate::NotSent => {
                        log.hear("q", Heard::NotAsked { code: "REFUSED".into() });
                        stored = log;
                    }
                }
            }
            now += TimeDelta::seconds(WITHIN + 1);
        }
        let worst = counted.values().copied().max().unwrap_or(0);
        assert!(worst <= 5, "run {run} asked {worst} times: {counted:?}");
        most = most.max(worst);
    }
    assert_eq!(most, 5, "the runs are too tame to show anything");
}

#[test]
fn what_is_asked_of_each_kind_is_the_table() {
    use ReceivedKind as K;
    // fplx, kind, code, digits, amount, check: the rows of the bureau's table.
    let table = [
        (81, K::DigitalSpecial, false, "gross", ""),
        (82, K::DigitalOrdinary, false, "gross", ""),
        (51, K::RailTicket, false, "gross", ""),
        (61, K::AirItinerary, false, "gross", ""),
        (83, K::DigitalVehicle, false, "gross", ""),
        (84, K::DigitalUsedCar, false, "gross", ""),
        (1, K::LegacySpecialPaper, true, "net", ""),
        (2, K::LegacyFreight, true, "net", ""),
        (8, K::LegacySpecial, true, "net", ""),
        (85, K::DigitalSpecialPaper, true, "net", ""),
        (3, K::LegacyVehicle, true, "net", ""),
        (87, K::DigitalVehiclePaper, true, "net", ""),
        (15, K::LegacyUsedCar, true, "gross", ""),
        (88, K::DigitalUsedCarPaper, true, "gross", ""),
        (4, K::LegacyOrdinaryPaper, true, "", "427121"),
        (10, K::LegacyOrdinary, true, "", "427121"),
        (11, K::LegacyRoll, true, "", "427121"),
        (14, K::LegacyToll, true, "", "427121"),
        (86, K::DigitalOrdinaryPaper, true, "", "728676"),
    ];
    assert_eq!(table.len(), ReceivedKind::ALL.len() - 1, "every kind but the other ones");
    for (fplx, kind, coded, amount, check) in table {
        let number = if coded { "033001800111-25672225" } else { "26332000004021728676" };
        let mut built = ReceivedInvoice::builder()
            .number(number.parse().unwrap(), Evidence::Text)
            .kind(kind, Evidence::Text)
            .date(day("2026-05-15"), Evidence::Text)
            .net("100.00".parse().unwrap(), Evidence::Text)
            .tax("13.00".parse().unwrap(), Evidence::Text)
            .check_code("82076771121727427121".parse().unwrap(), Evidence::Text);
        if kind.is_digital_paper() {
            built = built.digital_number("26332000004021728676".parse().unwrap(), Evidence::Text);
        }
        let request = VerificationRequest::of(&built.build().unwrap()).unwrap();
        let expected = match amount {
            "net" => Some("100.00"),
            "gross" => Some("113.00"),
            _ => None,
        };
        assert_eq!(request.amount().map(|amount| amount.to_string()).as_deref(), expected, "{fplx}");
        assert_eq!(request.check(), Some(check).filter(|check| !check.is_empty()), "{fplx}");
        let number = if coded { (Some("033001800111"), "25672225") } else { (None, "26332000004021728676") };
        assert_eq!((request.code(), request.number()), number, "{fplx}");
        assert!(!format!("{request:?}").contains("256722") && !format!("{request:?}").contains("728676"));
    }
}

#[test]
fn a_field_that_is_needed_and_not_known_is_named() {
    let built = |kind, number: &str| {
        let built = ReceivedInvoice::builder()
            .kind(kind, Evidence::Text)
            .net("1.00".parse().unwrap(), Evidence::Text);
        built
            .number(number.parse().unwrap(), Evidence::Text)
            .date(day("2026-05-15"), Evidence::Text)
            .build()
            .unwrap()
    };
    let (whole, coded) = ("26332000004021728676", "033001800111-25672225");
    for (kind, number, field) in [
        (ReceivedKind::DigitalOrdinary, whole, "gross"),
        (ReceivedKind::LegacyUsedCar, coded, "gross"),
        (ReceivedKind::LegacyRoll, coded, "check_code"),
        (ReceivedKind::DigitalOrdinaryPaper, coded, "digital_number"),
        (ReceivedKind::DigitalSpecialPaper, whole, "number"),
    ] {
        let refusal = VerificationRequest::of(&built(kind, number)).unwrap_err();
        assert_eq!(refusal.code(), RefusalCode::VerifyField, "{kind}");
        assert!(refusal.facts().any(|fact| fact == ("field", field)), "{refusal}");
    }
    let other = VerificationRequest::of(&built(ReceivedKind::Other, coded)).unwrap_err();
    assert_eq!(other.code(), RefusalCode::VerifyKind);
}

fn log(answers: &[(&str, u8, VerificationAnswer)]) -> VerificationLog {
    let mut log = VerificationLog::default();
    for (when, print, answer) in answers {
        log.ask(*when, [*print; 32], at(when));
        assert!(log.hear(when, Heard::Answer(answer.clone())));
        assert!(!log.hear(when, Heard::Unclear { code: "late".into() }), "heard twice");
    }
    log
}

fn confirmed(standing: Standing) -> VerificationAnswer {
    VerificationAnswer::Confirmed { standing, invoice: None }
}

#[test]
fn the_schedule_keeps_to_its_rules() {
    use VerificationAnswer::{LimitReached, Mismatch, NotFound, TooEarly};
    use VerificationStep::{Ask, Done, Wait};
    let wait = |until: &str, why| Wait { until: at(until), why };
    let noon = "2026-05-20T04:00:00Z";
    let night = "2026-05-20T16:00:00Z";
    let standing = |standing| log(&[("2026-05-16T00:00:00Z", 1, confirmed(standing))]);
    let missed = |days: std::ops::Range<u32>| {
        let asked = days.map(|d| (format!("2026-05-{d:02}T04:00:00Z"), 1, NotFound)).collect::<Vec<_>>();
        log(&asked
            .iter()
            .map(|(when, print, answer)| (when.as_str(), *print, answer.clone()))
            .collect::<Vec<_>>())
    };
    let person = Asker::Person;
    let clock = Asker::Schedule;
    for (what, log, issued, asker, now, expected) in [
        ("on the day itself", log(&[]), "2026-05-20", person, noon, wait(night, WaitReason::NotYetKnown)),
        (
            "a second before midnight",
            log(&[]),
            "2026-05-20",
            person,
            "2026-05-20T15:59:59Z",
            wait(night, WaitReason::NotYetKnown),
        ),
        ("from the next day on", log(&[]), "2026-05-20", clock, night, Ask),
        ("five years ago to the day", log(&[]), "2021-05-20", clock, noon, Ask),
        ("a day older", log(&[]), "2021-05-19", clock, noon, Done(Firm::TooOld)),
        (
            "the same fields did not match",
            log(&[("2026-05-17T04:00:00Z", 1, Mismatch)]),
            "2026-05-15",
            person,
            noon,
            Done(Firm::Mismatch),
        ),
        (
            "other fields did not",
            log(&[("2026-05-20T03:00:00Z", 2, Mismatch)]),
            "2026-05-15",
            clock,
            noon,
            Ask,
        ),
        (
            "not found today",
            log(&[("2026-05-20T03:00:00Z", 1, NotFound)]),
            "2026-05-15",
            person,
            noon,
            wait(night, WaitReason::Pause),
        ),
        (
            "not found yesterday",
            log(&[("2026-05-19T03:00:00Z", 1, NotFound)]),
            "2026-05-15",
            clock,
            noon,
            Ask,
        ),
        (
            "too early today",
            log(&[("2026-05-20T03:00:00Z", 1, TooEarly)]),
            "2026-05-15",
            person,
            noon,
            wait(night, WaitReason::Pause),
        ),
        ("not found on five days", missed(15..20), "2026-05-14", clock, noon, Done(Firm::NotFound)),
        ("not found on four days", missed(16..20), "2026-05-14", clock, noon, Ask),
        ("a person insists", missed(15..20), "2026-05-14", person, noon, Ask),
        (
            "others used it up",
            log(&[("2026-05-20T03:00:00Z", 1, LimitReached)]),
            "2026-05-15",
            person,
            noon,
            wait(night, WaitReason::UsedUp),
        ),
        ("void", standing(Standing::Voided), "2026-05-15", person, noon, Done(Firm::Over)),
        ("taken back", standing(Standing::RedFlushed), "2026-05-15", clock, noon, Done(Firm::Over)),
        (
            "confirmed, looked at again after a day",
            standing(Standing::Normal),
            "2026-05-15",
            clock,
            "2026-05-16T12:00:00Z",
            wait("2026-05-17T00:00:00Z", WaitReason::Confirmed),
        ),
        ("and then it is due", standing(Standing::PartlyRed), "2026-05-15", clock, noon, Ask),
        (
            "a person does not wait for that",
            standing(Standing::Normal),
            "2026-05-15",
            person,
            "2026-05-16T12:00:00Z",
            Ask,
        ),
    ] {
        let step = log.next(&[1; 32], day(issued), &VerificationPolicy::default(), (asker, at(now)));
        assert_eq!(step, expected, "{what}");
    }
}

#[test]
fn what_was_confirmed_is_looked_at_again_until_a_year_has_gone() {
    let (policy, issued_on) = (VerificationPolicy::default(), day("2026-01-01"));
    let mut log = VerificationLog::default();
    let (mut now, start) = (at("2026-01-02T00:00:00Z"), at("2026-01-02T00:00:00Z"));
    let mut days = Vec::new();
    loop {
        match log.next(&[1; 32], issued_on, &policy, (Asker::Schedule, now)) {
            VerificationStep::Ask => {
                days.push((now - start).num_days());
                log.ask("q", [1; 32], now);
                log.hear("q", Heard::Answer(confirmed(Standing::Normal)));
            }
            VerificationStep::Wait { until, .. } => now = until,
            VerificationStep::Done(why) => {
                assert_eq!(why, Firm::Confirmed);
                break;
            }
        }
    }
    assert_eq!(days, [0, 1, 7, 30, 90, 180, 360]);
    assert_eq!(log.confirmations().count(), 7, "the history is kept");
    log.ask("q", [1; 32], now);
    log.hear("q", Heard::Answer(confirmed(Standing::Unknown)));
    assert_eq!(log.standing(), Some(Standing::Normal), "who cannot say makes nobody forget");
    let json = serde_json::to_string(&log).unwrap();
    assert_eq!(serde_json::from_str::<VerificationLog>(&json).unwrap(), log);
}

#[test]
fn silence_makes_the_desk_wait_longer_and_a_person_not() {
    let (policy, issued_on) = (VerificationPolicy::default(), day("2026-05-14"));
    let mut log = VerificationLog::default();
    let mut now = at("2026-05-20T00:00:00Z");
    let mut pauses = Vec::new();
    for _ in 0..5 {
        assert_eq!(log.next(&[1; 32], issued_on, &policy, (Asker::Schedule, now)), VerificationStep::Ask);
        log.ask("q", [1; 32], now);
        let person = log.next(&[1; 32], issued_on, &policy, (Asker::Person, now));
        let until = now + TimeDelta::seconds(WITHIN);
        assert_eq!(person, VerificationStep::Wait { until, why: WaitReason::OnItsWay });
        log.hear("q", Heard::Unclear { code: "TIMEOUT".into() });
        let step = log.next(&[1; 32], issued_on, &policy, (Asker::Schedule, now));
        let VerificationStep::Wait { until, .. } = step else { panic!("{step:?}") };
        pauses.push((until - now).num_minutes());
        now = until;
    }
    assert_eq!(pauses[..4], [2, 4, 8, 16]);
    assert_eq!(now, at("2026-05-20T16:00:00Z"), "after the fifth the next day");
    let later = now - TimeDelta::hours(8);
    let step = log.next(&[1; 32], issued_on, &policy, (Asker::Person, later));
    assert_eq!(step, VerificationStep::Wait { until: now, why: WaitReason::UsedUp });
}
