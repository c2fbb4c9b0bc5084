//! The rules, one function each, named as in the contract of [`InvoiceVerifier`].

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;

use super::{VerifierDisturbance, VerifierFixture, Violation};
use crate::money::Money;
use crate::provider::{Effect, ErrorKind, InvoiceVerifier, ProviderError};
use crate::received::verification::{Standing, VerificationAnswer, VerificationRequest};
use crate::received::{Evidence, ReceivedInvoice, ReceivedKind};

/// One rule of the contract.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its number in the contract.
    pub number: u8,
    /// Its name: that of the test.
    pub name: &'static str,
    /// Checks it.
    pub check: for<'a> fn(&'a dyn VerifierFixture) -> BoxFuture<'a, Result<(), Violation>>,
}

#[doc(hidden)]
#[macro_export]
macro_rules! __verifier_rule_table {
    ($($number:literal $rule:ident)*) => {
        /// Every rule in the order of the contract.
        pub const RULES: &[Rule] = &[$(Rule {
            number: $number,
            name: stringify!($rule),
            check: |fixture| Box::pin($rule(fixture)),
        },)*];
    };
}

crate::__verifier_rules!(__verifier_rule_table;);

type Answer = Result<VerificationAnswer, ProviderError>;

/// A verifier, a question that it must be able to answer, and what is seen of the far side.
struct Bench<'a> {
    rule: &'static str,
    fixture: &'a dyn VerifierFixture,
    verifier: Arc<dyn InvoiceVerifier>,
    known: ReceivedInvoice,
    request: VerificationRequest,
}

impl<'a> Bench<'a> {
    fn new(rule: &'static str, fixture: &'a dyn VerifierFixture) -> Result<Self, Violation> {
        let (verifier, known) = (fixture.verifier(), fixture.known());
        let request = VerificationRequest::of(&known).map_err(|refusal| Violation {
            rule,
            what: format!("the known invoice cannot be asked about: {refusal}"),
        })?;
        let bench = Self { rule, fixture, verifier, known, request };
        let declared = bench.verifier.capabilities().takes(bench.request.kind());
        bench.ensure(declared, || "the kind of the known invoice is not declared".to_owned())?;
        Ok(bench)
    }

    fn ensure(&self, holds: bool, what: impl FnOnce() -> String) -> Result<(), Violation> {
        if holds { Ok(()) } else { Err(Violation { rule: self.rule, what: what() }) }
    }

    async fn ask(&self) -> Answer {
        self.verifier.verify(&self.request).await
    }

    /// Asks, and says how many questions reached the far side; `None` where that cannot be seen.
    async fn counted(&self) -> (Answer, Option<usize>) {
        let before = self.fixture.asked(&self.request);
        let answer = self.ask().await;
        let after = self.fixture.asked(&self.request);
        (answer, before.zip(after).map(|(before, after)| after.saturating_sub(before)))
    }

    /// The same invoice with another amount, or other digits, where its kind asks for some.
    fn misread(&self) -> Option<VerificationRequest> {
        let other = |amount: Option<Money>| {
            amount.and_then(|amount| amount.checked_add(Money::from_fen(1))).unwrap_or(Money::from_fen(1))
        };
        let known = &self.known;
        let mut read = ReceivedInvoice::builder()
            .number(known.number().clone(), Evidence::Text)
            .kind(known.kind(), Evidence::Text)
            .date(known.date(), Evidence::Text)
            .net(other(known.net()), Evidence::Text);
        if known.net().is_none() || known.gross().is_some() {
            read = read.gross(other(known.gross()), Evidence::Text);
        }
        if self.request.check().is_some() {
            let digits = if self.request.check() == Some("000000") { "1" } else { "0" };
            read = read.check_code(digits.repeat(20).parse().ok()?, Evidence::Text);
        }
        let read = VerificationRequest::of(&read.build().ok()?).ok()?;
        (read != self.request).then_some(read)
    }
}

/// Rule 1: one call, one question; also when the answer is lost.
///
/// # Errors
/// When more questions than one arrive, or none arrives and an answer comes.
pub async fn one_attempt(fixture: &dyn VerifierFixture) -> Result<(), Violation> {
    let bench = Bench::new("one_attempt", fixture)?;
    let (answer, arrived) = bench.counted().await;
    let confirmed = matches!(answer, Ok(VerificationAnswer::Confirmed { .. }));
    bench.ensure(confirmed, || "the known invoice is not confirmed".to_owned())?;
    bench.ensure(arrived.is_none_or(|arrived| arrived == 1), || {
        format!("{} questions arrived for one call", arrived.unwrap_or_default())
    })?;
    for disturbance in VerifierDisturbance::ALL {
        if fixture.disturb(*disturbance) {
            let (_, arrived) = bench.counted().await;
            bench.ensure(arrived.is_none_or(|arrived| arrived <= 1), || {
                format!("{} questions arrived for one call: {disturbance:?}", arrived.unwrap_or_default())
            })?;
        }
    }
    Ok(())
}

/// Rule 2: it answers or fails within the time it declares, also when nothing comes back.
///
/// # Errors
/// When it takes longer.
pub async fn within_its_time(fixture: &dyn VerifierFixture) -> Result<(), Violation> {
    let bench = Bench::new("within_its_time", fixture)?;
    let within = bench.verifier.capabilities().policy().answer_within().to_std().unwrap_or_default();
    let disturbances = std::iter::once(None).chain(VerifierDisturbance::ALL.iter().copied().map(Some));
    for disturbance in disturbances {
        if disturbance.is_none_or(|disturbance| fixture.disturb(disturbance)) {
            let begun = Instant::now();
            let _ = bench.ask().await;
            let took = begun.elapsed();
            bench.ensure(took <= within, || {
                format!("took {took:?}, and declares {within:?}: {disturbance:?}")
            })?;
        }
    }
    Ok(())
}

/// Rule 3: an error that says that nothing was counted is right, and a lost answer is an error that does not say it.
///
/// # Errors
/// When an error and the far side's count disagree.
pub async fn errors_say_the_effect(fixture: &dyn VerifierFixture) -> Result<(), Violation> {
    let bench = Bench::new("errors_say_the_effect", fixture)?;
    for disturbance in VerifierDisturbance::ALL {
        if !fixture.disturb(*disturbance) {
            continue;
        }
        let (answer, arrived) = bench.counted().await;
        let effect = answer.as_ref().err().map(ProviderError::effect);
        if *disturbance == VerifierDisturbance::AnswerLost {
            bench.ensure(effect.is_some(), || "there is an answer although it was lost".to_owned())?;
            bench.ensure(effect != Some(Effect::NotApplied), || {
                "says that nothing was counted, and the answer was lost on the way back".to_owned()
            })?;
        }
        let wrong = effect == Some(Effect::NotApplied) && arrived.is_some_and(|arrived| arrived > 0);
        bench.ensure(!wrong, || format!("says that nothing was counted, and it was: {disturbance:?}"))?;
    }
    Ok(())
}

/// Rule 4: a kind that is not declared is refused before anything is sent.
///
/// # Errors
/// When it is answered, counted, or refused otherwise.
pub async fn declared_kinds_only(fixture: &dyn VerifierFixture) -> Result<(), Violation> {
    let bench = Bench::new("declared_kinds_only", fixture)?;
    for kind in ReceivedKind::ALL.iter().filter(|kind| !bench.verifier.capabilities().takes(**kind)) {
        let Some(request) = sample(*kind) else { continue };
        let before = fixture.asked(&request);
        let answer = bench.verifier.verify(&request).await;
        let refused = answer.is_err_and(|error| {
            error.kind() == ErrorKind::Unsupported && error.effect() == Effect::NotApplied
        });
        bench.ensure(refused, || format!("{kind} is not declared and does not say unsupported"))?;
        bench.ensure(before == fixture.asked(&request), || format!("{kind} is not declared and was sent"))?;
    }
    Ok(())
}

/// An invoice of a kind with every field; `None` for what is never verified.
fn sample(kind: ReceivedKind) -> Option<VerificationRequest> {
    const TEXT: Evidence = Evidence::Text;
    let (coded, whole) = ("033001800111-25672225".parse().ok()?, "26332000004021728676".parse().ok()?);
    let (number, second) = if kind.takes(&coded) { (coded, Some(whole)) } else { (whole, None) };
    let mut built = ReceivedInvoice::builder()
        .number(number, TEXT)
        .kind(kind, TEXT)
        .date(chrono::NaiveDate::from_ymd_opt(2026, 5, 1)?, TEXT)
        .net(Money::from_fen(10_000), TEXT)
        .tax(Money::from_fen(600), TEXT)
        .check_code("12345678901234567890".parse().ok()?, TEXT);
    if let Some(whole) = second.filter(|_| kind.is_digital_paper()) {
        built = built.digital_number(whole, TEXT);
    }
    VerificationRequest::of(&built.build().ok()?).ok()
}

/// Rule 5: what nobody has heard of is an error, never an answer: a mismatch is for good.
///
/// # Errors
/// When an unknown code is taken for an answer, or a misread invoice is confirmed.
pub async fn an_unknown_code_is_an_error(fixture: &dyn VerifierFixture) -> Result<(), Violation> {
    let bench = Bench::new("an_unknown_code_is_an_error", fixture)?;
    if fixture.disturb(VerifierDisturbance::UnknownCode) {
        let answer = bench.ask().await;
        bench.ensure(answer.is_err(), || "an unknown code is taken for an answer".to_owned())?;
    }
    if let Some(misread) = bench.misread() {
        let answer = bench.verifier.verify(&misread).await;
        let confirmed = matches!(answer, Ok(VerificationAnswer::Confirmed { .. }));
        bench.ensure(!confirmed, || "an invoice of another amount is confirmed".to_owned())?;
    }
    Ok(())
}

/// Rule 6: who declares to tell the standing tells it, who does not says that it is not known.
///
/// # Errors
/// When a confirmation and the declaration disagree.
pub async fn standing_as_declared(fixture: &dyn VerifierFixture) -> Result<(), Violation> {
    let bench = Bench::new("standing_as_declared", fixture)?;
    let tells = bench.verifier.capabilities().tells_standing();
    for standing in [Standing::Normal, Standing::PartlyRed, Standing::RedFlushed, Standing::Voided] {
        let made = fixture.stands(standing);
        if !made && standing != Standing::Normal {
            continue;
        }
        let Ok(VerificationAnswer::Confirmed { standing: told, .. }) = bench.ask().await else { continue };
        bench.ensure(tells || told == Standing::Unknown, || {
            format!("tells that it is {} and does not declare to", told.as_str())
        })?;
        bench.ensure(!tells || told != Standing::Unknown, || {
            "declares to tell the standing and does not".to_owned()
        })?;
        bench.ensure(!(tells && made) || told == standing, || {
            format!("says that it is {} while it is {}", told.as_str(), standing.as_str())
        })?;
    }
    Ok(())
}

/// Rule 7: an error and its causes show nothing of what was asked.
///
/// # Errors
/// When number, amount or check digits can be read.
pub async fn no_personal_data_in_errors(fixture: &dyn VerifierFixture) -> Result<(), Violation> {
    let bench = Bench::new("no_personal_data_in_errors", fixture)?;
    for disturbance in VerifierDisturbance::ALL {
        if fixture.disturb(*disturbance)
            && let Err(error) = bench.ask().await
        {
            silent(&bench, &error)?;
        }
    }
    let undeclared = ReceivedKind::ALL.iter().find(|kind| !bench.verifier.capabilities().takes(**kind));
    if let Some(request) = undeclared.and_then(|kind| sample(*kind))
        && let Err(error) = bench.verifier.verify(&request).await
    {
        silent(&bench, &error)?;
    }
    Ok(())
}

fn silent(bench: &Bench<'_>, error: &ProviderError) -> Result<(), Violation> {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(" {source} {source:?}"));
        cause = source.source();
    }
    let request = &bench.request;
    let amount = request.amount().map(|amount| amount.to_string());
    let secrets = [
        ("number", Some(request.number())),
        ("amount", amount.as_deref()),
        ("check digits", request.check()),
        ("seller", bench.known.seller_name()),
    ];
    let shown = secrets.iter().find(|(_, secret)| secret.is_some_and(|secret| text.contains(secret)));
    bench.ensure(shown.is_none(), || format!("an error shows the {}", shown.map_or("", |(sort, _)| sort)))
}
