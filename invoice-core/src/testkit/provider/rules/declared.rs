use std::error::Error;

use chrono::DateTime;

use crate::provider::{
    Capability, DeliveryTarget, DocumentFormat, Effect, ErrorKind, IssueAnswer, IssueMode, IssueRequest,
    IssuedInvoice, LoginMethod, PreparedRequest, ProviderError, QueryAnswer, RedAnswer,
};

use super::super::{Disturbance, Fixture, SAMPLE_BUYER, SAMPLE_BUYER_NAME, SampleRequest, Violation};
use super::steps::{Bench, Seen};

/// Rule 9: what is declared never says "unsupported"; what is not declared says nothing else.
///
/// # Errors
/// When a call and the declaration disagree.
pub async fn undeclared_is_unsupported(fixture: &dyn Fixture) -> Result<(), Violation> {
    let bench = Bench::new("undeclared_is_unsupported", fixture);
    let request = bench.sample("declared");
    let prepared = bench.prepare(&request)?;
    let answer = bench.provider.issue(&prepared).await;
    let wrong = match (bench.provider.capabilities().mode(), &answer) {
        (IssueMode::AtOnce, Ok(IssueAnswer::Accepted { .. })) => Some("at once, and says accepted"),
        (IssueMode::Later, Ok(IssueAnswer::Issued(_))) => Some("later, and says issued"),
        _ => None,
    };
    bench.ensure(wrong.is_none(), || format!("declares to issue {}", wrong.unwrap_or_default()))?;
    let invoice = match bench.settle(request.key(), answer).await? {
        Seen::Issued(invoice) => Some(invoice),
        _ => None,
    };
    let (provider, key) = (&bench.provider, bench.key("unused")?);
    let seller = request.seller().tax_id.as_str();
    compare(&bench, Capability::QueryByKey, "query", provider.query(&key).await)?;
    let found = provider.query_confirmation(&key).await;
    compare(&bench, Capability::RedConfirmation, "query_confirmation", found)?;
    let withdrawn = provider.withdraw_confirmation(&key).await;
    compare(&bench, Capability::WithdrawConfirmation, "withdraw_confirmation", withdrawn)?;
    compare(&bench, Capability::NumberStock, "number_stock", provider.number_stock(seller).await)?;
    compare(&bench, Capability::CreditLine, "credit_line", provider.credit_line(seller).await)?;
    compare(&bench, Capability::Session, "session", provider.session(seller).await)?;
    by_number(&bench, seller, invoice.as_ref()).await?;
    let pushed = provider.push_on(&key).await;
    compare(&bench, Capability::PushOn, "push_on", pushed)?;
    let begun = provider.begin_login(seller, LoginMethod::Qr).await;
    compare(&bench, Capability::Login, "begin_login", begun)?;
    let completed = provider.complete_login(seller, "no-such-challenge", None).await;
    compare(&bench, Capability::Login, "complete_login", completed)?;
    let read = provider.parse_callback(&[], b"{}", DateTime::UNIX_EPOCH);
    compare(&bench, Capability::Callback, "parse_callback", read)?;
    let trust = provider.capabilities().callback_trust().is_some();
    bench.ensure(trust == bench.can(Capability::Callback), || {
        "callbacks are declared without saying how far they can be trusted".to_owned()
    })?;
    match invoice {
        Some(invoice) => of_an_invoice(&bench, &request, &invoice).await,
        None => Ok(()),
    }
}

/// What goes by numbers and days instead of keys.
async fn by_number(
    bench: &Bench<'_>,
    seller: &str,
    invoice: Option<&IssuedInvoice>,
) -> Result<(), Violation> {
    let provider = &bench.provider;
    let since = invoice.map_or(DateTime::UNIX_EPOCH, |invoice| invoice.issued_at);
    let day = crate::tax::tax_day(since);
    let listed = provider.list_issued(seller, day, None).await;
    compare(bench, Capability::ListByDay, "list_issued", listed)?;
    let forms = provider.list_confirmations(seller, since, None).await;
    compare(bench, Capability::ListConfirmations, "list_confirmations", forms)?;
    let found = provider.find_confirmation("no-such-form").await;
    compare(bench, Capability::ListConfirmations, "find_confirmation", found)?;
    let answered = provider.answer_confirmation("no-such-form", RedAnswer::Confirm).await;
    compare(bench, Capability::AnswerConfirmation, "answer_confirmation", answered)?;
    let Some(invoice) = invoice else { return Ok(()) };
    let found = provider.find_issued(&invoice.number).await;
    if let Ok(found) = &found {
        let same = found.as_ref() == Some(invoice);
        bench.ensure(same, || format!("an issued invoice is found by its number as {found:?}"))?;
    }
    compare(bench, Capability::QueryByNumber, "find_issued", found)
}

async fn of_an_invoice(
    bench: &Bench<'_>,
    request: &IssueRequest,
    invoice: &IssuedInvoice,
) -> Result<(), Violation> {
    let provider = &bench.provider;
    for format in [DocumentFormat::Pdf, DocumentFormat::Ofd, DocumentFormat::Xml] {
        let declared = provider.capabilities().files().any(|known| known == format);
        let got = provider.download(request.key(), &invoice.number, format).await;
        agree(bench, declared, &format!("download of {}", format.extension()), got)?;
    }
    let form = SampleRequest::red_of(bench.fixture.key("declared-form"), request, &invoice.number, "01");
    let form = form.taking_back(invoice).build();
    // Who takes nothing back need not know how to write it.
    let reds = [Capability::IssueRed, Capability::RedConfirmation].into_iter().any(|red| bench.can(red));
    let form = if reds { bench.prepare(&form)? } else { PreparedRequest::new(form.key().clone(), "{}") };
    // Without a form of its own a red is refused where forms exist, and issued where they do not.
    compare(bench, Capability::IssueRed, "issue_red", provider.issue_red(&form).await)?;
    compare(bench, Capability::RedConfirmation, "apply_red", provider.apply_red(&form).await)?;
    let target = DeliveryTarget::Email("buyer@example.invalid".to_owned());
    let delivered = provider.deliver(&invoice.number, &target).await;
    compare(bench, Capability::Deliver, "deliver", delivered)?;
    let voided = provider.void(&invoice.number, &bench.key("declared-void")?).await;
    compare(bench, Capability::Void, "void", voided)
}

fn compare<T>(
    bench: &Bench<'_>,
    capability: Capability,
    call: &str,
    answer: Result<T, ProviderError>,
) -> Result<(), Violation> {
    agree(bench, bench.can(capability), call, answer)
}

fn agree<T>(
    bench: &Bench<'_>,
    declared: bool,
    call: &str,
    answer: Result<T, ProviderError>,
) -> Result<(), Violation> {
    let unsupported = answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unsupported);
    if declared {
        return bench.ensure(!unsupported, || format!("{call} is declared and says unsupported"));
    }
    bench.ensure(unsupported, || format!("{call} is not declared and does not say unsupported"))?;
    let nothing = answer.is_err_and(|error| error.effect() == Effect::NotApplied);
    bench.ensure(nothing, || format!("{call} is unsupported and does not say that nothing happened"))
}

/// Rule 10: an error, its causes and a denial's code show nothing of the buyer.
///
/// # Errors
/// When the buyer's name or tax ID, or a name of goods, can be read.
pub async fn no_personal_data_in_errors(fixture: &dyn Fixture) -> Result<(), Violation> {
    let bench = Bench::new("no_personal_data_in_errors", fixture);
    let bad = fixture.bad_sample(&fixture.key("leak")).build();
    match bench.provider.prepare(&bad) {
        Err(error) => silent(&bench, &bad, &error)?,
        Ok(prepared) => {
            let answer = bench.provider.issue(&prepared).await;
            match bench.settle(bad.key(), answer).await? {
                Seen::Failed(error) => silent(&bench, &bad, &error)?,
                Seen::Denied(code) => silent_text(&bench, &bad, "the code of a denial", &code)?,
                Seen::Issued(_) | Seen::Unknowable => {}
            }
            if let Ok(QueryAnswer::Denied { code }) = bench.provider.query(bad.key()).await {
                silent_text(&bench, &bad, "the code of a denial", &code)?;
            }
        }
    }
    let torn = format!("{{\"name\":\"{SAMPLE_BUYER_NAME}\",\"tax_id\":\"{SAMPLE_BUYER}\",");
    let torn = PreparedRequest::new(bench.key("leak-torn")?, torn);
    for answer in [bench.provider.issue(&torn).await, bench.provider.issue_red(&torn).await] {
        if let Err(error) = answer {
            silent(&bench, &bad, &error)?;
        }
    }
    if let Err(error) = bench.provider.apply_red(&torn).await {
        silent(&bench, &bad, &error)?;
    }
    for (index, disturbance) in Disturbance::ALL.iter().enumerate() {
        if fixture.disturb(*disturbance) {
            let request = bench.sample(&format!("leak-{index}"));
            if let Err(error) = bench.provider.issue(&bench.prepare(&request)?).await {
                silent(&bench, &request, &error)?;
            }
        }
    }
    Ok(())
}

fn silent(bench: &Bench<'_>, request: &IssueRequest, error: &ProviderError) -> Result<(), Violation> {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(" {source} {source:?}"));
        cause = source.source();
    }
    silent_text(bench, request, "an error", &text)
}

fn silent_text(bench: &Bench<'_>, request: &IssueRequest, what: &str, text: &str) -> Result<(), Violation> {
    let title = request.title();
    let mut secrets = vec![("name", SAMPLE_BUYER_NAME), ("tax ID", SAMPLE_BUYER), ("name", title.name())];
    secrets.extend(title.tax_id().map(|id| ("tax ID", id)));
    secrets.extend(request.rows().iter().map(|row| ("goods", row.name.as_str())));
    match secrets.iter().find(|(_, secret)| !secret.is_empty() && text.contains(secret)) {
        Some((sort, _)) => Err(bench.broken(format!("{what} shows the {sort} of the request"))),
        None => Ok(()),
    }
}
