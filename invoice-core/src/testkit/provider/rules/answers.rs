use crate::money::Money;
use crate::provider::{Capability, Effect, ErrorKind, IssueRequest, IssuedInvoice, QueryAnswer};

use super::super::{Disturbance, Fixture, Violation};
use super::steps::{Bench, Seen};

/// Rule 4: what is said to be denied is never issued.
///
/// # Errors
/// When an invoice turns up after a denial.
pub async fn denied_means_denied(fixture: &dyn Fixture) -> Result<(), Violation> {
    let bench = Bench::new("denied_means_denied", fixture);
    let bad = fixture.bad_sample(&fixture.key("denied")).build();
    // A refusal while preparing is one as well: nothing was sent.
    if let Ok(prepared) = bench.provider.prepare(&bad) {
        let answer = bench.provider.issue(&prepared).await;
        let denied = match bench.settle(bad.key(), answer).await? {
            Seen::Denied(_) => true,
            Seen::Failed(error) => error.effect() == Effect::NotApplied,
            Seen::Issued(_) | Seen::Unknowable => false,
        };
        if denied {
            never_issued(&bench, &bad).await?;
        }
    }
    for (index, disturbance) in Disturbance::ALL.iter().enumerate() {
        if fixture.disturb(*disturbance) {
            let request = bench.sample(&format!("denied-{index}"));
            let answer = bench.provider.issue(&bench.prepare(&request)?).await;
            if answer.is_err_and(|error| error.effect() == Effect::NotApplied) {
                never_issued(&bench, &request).await?;
            }
        }
    }
    Ok(())
}

async fn never_issued(bench: &Bench<'_>, request: &IssueRequest) -> Result<(), Violation> {
    bench.fixture.advance(bench.provider.capabilities().quiet_period());
    let found = bench.fixture.invoices_of(request.key()).unwrap_or_default();
    bench.ensure(found == 0, || format!("{} was denied, and {found} invoices exist", request.key()))?;
    if bench.can(Capability::QueryByKey) {
        let answer = bench.provider.query(request.key()).await;
        let issued = matches!(answer, Ok(QueryAnswer::Issued(_)));
        bench.ensure(!issued, || format!("{} was denied, and a query finds it issued", request.key()))?;
    }
    Ok(())
}

/// Rule 5: a key that was never sent is not found; neither denied nor an error, and it can still be used.
///
/// # Errors
/// When the query says anything else.
pub async fn not_found_is_not_denied(fixture: &dyn Fixture) -> Result<(), Violation> {
    let bench = Bench::new("not_found_is_not_denied", fixture);
    if !bench.can(Capability::QueryByKey) {
        return Ok(());
    }
    let key = bench.key("never-sent")?;
    let answer = bench.provider.query(&key).await;
    let shown = format!("{answer:?}");
    bench.ensure(matches!(answer, Ok(QueryAnswer::NotFound)), || {
        format!("a key that was never sent is said to be {shown}")
    })?;
    bench.blue(&bench.sample("never-sent")).await?;
    Ok(())
}

/// Rule 6: a query can be repeated and changes nothing.
///
/// # Errors
/// When the answers differ, or something was sent or issued by asking.
pub async fn query_changes_nothing(fixture: &dyn Fixture) -> Result<(), Violation> {
    let bench = Bench::new("query_changes_nothing", fixture);
    if !bench.can(Capability::QueryByKey) {
        return Ok(());
    }
    let request = bench.sample("asked");
    let Some(invoice) = bench.blue(&request).await? else { return Ok(()) };
    for turn in 1..=3 {
        let answer = bench.provider.query(request.key()).await;
        let same = matches!(&answer, Ok(QueryAnswer::Issued(found)) if *found == invoice);
        bench.ensure(same, || format!("query {turn} of an issued key says {answer:?}"))?;
    }
    let sent = fixture.received(request.key()).map_or(1, |bodies| bodies.len());
    let issued = fixture.invoices_of(request.key()).unwrap_or(1);
    bench.ensure(sent == 1 && issued == 1, || {
        format!("after queries {sent} requests were sent and {issued} invoices exist")
    })?;
    if fixture.disturb(Disturbance::LostBefore) {
        let lost = bench.sample("asked-lost");
        let _ = bench.provider.issue(&bench.prepare(&lost)?).await;
        for _ in 0..3 {
            let _ = bench.provider.query(lost.key()).await;
            fixture.advance(bench.provider.capabilities().poll_after());
        }
        let sent = fixture.received(lost.key()).map_or(1, |bodies| bodies.len());
        let issued = fixture.invoices_of(lost.key()).unwrap_or_default();
        bench.ensure(sent <= 1 && issued == 0, || {
            format!("queries of a lost request sent it {sent} times and issued {issued} invoices")
        })?;
    }
    Ok(())
}

/// Rule 7: where idempotence is declared, a key has one invoice however often it is sent.
///
/// # Errors
/// When there are two.
pub async fn same_key_one_invoice(fixture: &dyn Fixture) -> Result<(), Violation> {
    let bench = Bench::new("same_key_one_invoice", fixture);
    if !bench.can(Capability::Idempotent) {
        return Ok(());
    }
    let request = bench.sample("same");
    let Some(first) = bench.blue(&request).await? else { return Ok(()) };
    again(&bench, &request, Some(&first)).await?;
    if fixture.disturb(Disturbance::LostAfter) {
        let lost = bench.sample("same-lost");
        let _ = bench.provider.issue(&bench.prepare(&lost)?).await;
        again(&bench, &lost, None).await?;
    }
    Ok(())
}

async fn again(
    bench: &Bench<'_>,
    request: &IssueRequest,
    first: Option<&IssuedInvoice>,
) -> Result<(), Violation> {
    let answer = bench.provider.issue(&bench.prepare(request)?).await;
    match bench.settle(request.key(), answer).await? {
        Seen::Issued(second) => {
            let same = first.is_none_or(|first| first.number == second.number);
            bench.ensure(same, || format!("{} has two numbers", request.key()))?;
        }
        Seen::Failed(error) => {
            let known = error.kind() == ErrorKind::Duplicate && error.effect() != Effect::NotApplied;
            bench.ensure(known, || format!("a repeated request gives {error}"))?;
        }
        Seen::Denied(code) => return Err(bench.broken(format!("a repeated request is denied: {code}"))),
        Seen::Unknowable => {}
    }
    let issued = bench.fixture.invoices_of(request.key()).unwrap_or(1);
    bench.ensure(issued == 1, || format!("{} has {issued} invoices", request.key()))
}

/// Rule 8: what is reported as issued are the totals of the request, to the fen, negative for a red.
///
/// # Errors
/// When they differ.
pub async fn amounts_are_echoed(fixture: &dyn Fixture) -> Result<(), Violation> {
    let bench = Bench::new("amounts_are_echoed", fixture);
    let request = bench.sample("amounts");
    let Some(invoice) = bench.blue(&request).await? else { return Ok(()) };
    let totals = (request.net(), request.tax(), request.gross());
    echoed(&bench, "the invoice", &invoice, totals)?;
    if bench.can(Capability::QueryByKey)
        && let Ok(QueryAnswer::Issued(found)) = bench.provider.query(request.key()).await
    {
        echoed(&bench, "the query", &found, totals)?;
    }
    if let Some(red) = bench.red(&request, &invoice).await? {
        let minus = |amount: Money| amount.checked_neg().unwrap_or_default();
        echoed(&bench, "the red", &red, (minus(totals.0), minus(totals.1), minus(totals.2)))?;
    }
    Ok(())
}

fn echoed(
    bench: &Bench<'_>,
    what: &str,
    invoice: &IssuedInvoice,
    (net, tax, gross): (Money, Money, Money),
) -> Result<(), Violation> {
    bench.ensure((invoice.net, invoice.tax, invoice.gross) == (net, tax, gross), || {
        let IssuedInvoice { net: n, tax: t, gross: g, .. } = invoice;
        format!("{what} says {n} + {t} = {g}, asked for was {net} + {tax} = {gross}")
    })
}
