use crate::provider::{Capability, Effect, QueryAnswer};

use super::super::{Disturbance, Fixture, Violation};
use super::steps::{Bench, Seen};

/// Rule 1: one call sends one request, also when the answer is lost.
///
/// # Errors
/// When more than one was sent or issued.
pub async fn one_attempt(fixture: &dyn Fixture) -> Result<(), Violation> {
    let bench = Bench::new("one_attempt", fixture);
    let once = |name: &str| -> Result<(), Violation> {
        let key = bench.key(name)?;
        let sent = fixture.received(&key).map_or(0, |bodies| bodies.len());
        bench.ensure(sent <= 1, || format!("one call for {key} sent {sent} requests"))?;
        let issued = fixture.invoices_of(&key).unwrap_or_default();
        bench.ensure(issued <= 1, || format!("one call for {key} issued {issued} invoices"))
    };
    let request = bench.sample("attempt");
    let blue = bench.blue(&request).await?;
    once("attempt")?;
    if let Some(invoice) = blue {
        bench.red(&request, &invoice).await?;
        once("red-form")?;
        once("red-issue")?;
    }
    for (index, disturbance) in Disturbance::ALL.iter().enumerate() {
        if fixture.disturb(*disturbance) {
            let name = format!("attempt-{index}");
            let prepared = bench.prepare(&bench.sample(&name))?;
            // The answer does not matter here.
            let _ = bench.provider.issue(&prepared).await;
            once(&name)?;
        }
    }
    Ok(())
}

/// Rule 2: preparing is pure, and what was prepared goes out unchanged under its key, each time.
///
/// # Errors
/// When bytes or key change on the way.
pub async fn stored_bytes_are_sent(fixture: &dyn Fixture) -> Result<(), Violation> {
    let bench = Bench::new("stored_bytes_are_sent", fixture);
    let request = bench.sample("bytes");
    let prepared = bench.prepare(&request)?;
    bench.ensure(prepared.key() == request.key(), || "prepare changes the key".to_owned())?;
    let again = bench.prepare(&request)?;
    bench.ensure(prepared == again, || "prepare gives other bytes the second time".to_owned())?;
    let mut sends = 1;
    let answer = bench.provider.issue(&prepared).await;
    bench.settle(request.key(), answer).await?;
    if bench.can(Capability::Idempotent) {
        sends += 1;
        let answer = bench.provider.issue(&prepared).await;
        bench.settle(request.key(), answer).await?;
    }
    let Some(bodies) = fixture.received(request.key()) else { return Ok(()) };
    bench.ensure(bodies.len() >= sends, || {
        format!("of {sends} requests {} went out under their key", bodies.len())
    })?;
    let unchanged = bodies.iter().all(|body| body == prepared.body());
    bench.ensure(unchanged, || "the bytes that went out are not those that were prepared".to_owned())
}

/// Rule 3: when no usable answer came, nobody knows what happened, and the error says so; the truth comes from a
/// query.
///
/// # Errors
/// When the error claims to know, or the query denies what was issued.
pub async fn errors_say_the_effect(fixture: &dyn Fixture) -> Result<(), Violation> {
    let bench = Bench::new("errors_say_the_effect", fixture);
    for (index, disturbance) in Disturbance::ALL.iter().enumerate() {
        if !fixture.disturb(*disturbance) {
            continue;
        }
        let request = bench.sample(&format!("effect-{index}"));
        let prepared = bench.prepare(&request)?;
        let Err(error) = bench.provider.issue(&prepared).await else { continue };
        let effect = error.effect();
        bench.ensure(effect == Effect::Unknown, || {
            format!("{disturbance:?}: the error says {effect:?}, which nobody can know")
        })?;
        if !bench.can(Capability::QueryByKey) {
            continue;
        }
        if *disturbance == Disturbance::LostBefore {
            let answer = bench.provider.query(request.key()).await;
            let denied = matches!(answer, Ok(QueryAnswer::Denied { .. }));
            bench.ensure(!denied, || format!("{disturbance:?}: a query says denied"))?;
        } else {
            // It may turn up late, but not later than the provider says.
            let early = bench.provider.query(request.key()).await;
            let denied = matches!(early, Ok(QueryAnswer::Denied { .. }));
            bench.ensure(!denied, || format!("{disturbance:?}: it was issued, and a query says denied"))?;
            let quiet = bench.provider.capabilities().quiet_period();
            let seen = bench.poll(request.key(), quiet).await?;
            bench.ensure(matches!(seen, Seen::Issued(_)), || {
                format!("{disturbance:?}: it was issued, and a query says {seen:?}")
            })?;
        }
    }
    Ok(())
}
