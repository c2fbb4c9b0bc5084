//! What tags come to.

use std::collections::BTreeMap;

use crate::id::TenantId;
use crate::money::Money;
use crate::store::{Columns, Kind, Store, StoreErrorKind, Sum, SumQuery, Summand, Tag, Write};
use crate::testkit::store::Subject;
use crate::testkit::store::given::{Case, apply, ensure, note, refused, tenant, unit, write};

fn amounts(net: i64, tax: i64, gross: i64) -> Summand {
    let fen = Money::from_fen;
    Summand { net: fen(net), tax: fen(tax), gross: fen(gross) }
}

/// The tags of a row by its number and version: many rows share a value, amounts go below zero and are not what they were,
/// and one value is a number too large for a floating point one.
fn tags(n: i64, version: i64) -> Vec<Tag> {
    let group = n % 7;
    let own = amounts(n * 100 - 900, version, -n);
    let mut tags = vec![
        Tag::new("sum", format!("2026-0{}|a", 1 + group)).with_amounts(own),
        Tag::new("sum", "2026-09|Z").with_amounts(amounts(9_007_199_254_740_993, 0, 1)),
        Tag::new("other", format!("2026-0{}|a", 1 + group)).with_amounts(own),
        Tag::new("plain", "2026-01|a"),
    ];
    if (n + version) % 3 == 0 {
        tags.push(Tag::new("sum", format!("2026-0{}|b", 1 + group)).with_amounts(own));
    }
    tags
}

async fn fill(store: &dyn Store, tenant: &TenantId, version: i64, rows: i64) -> Case {
    let mut made = unit(tenant, &format!("U-{version}"))?;
    let columns = |n| Columns { tags: tags(n, version), ..Columns::default() };
    let at = u64::try_from(version).unwrap_or_default();
    made.writes = (0..rows)
        .map(|n| Write { columns: columns(n), ..write(&note(tenant, &format!("N-{n:03}")), at, "a") })
        .collect();
    apply(store, &made).await
}

fn expected(name: &str, version: i64, rows: i64, wanted: impl Fn(&str) -> bool) -> Vec<Sum> {
    let mut sums: BTreeMap<String, (u64, Summand)> = BTreeMap::new();
    for tag in (0..rows).flat_map(|n| tags(n, version)).filter(|tag| tag.name == name && wanted(&tag.value)) {
        let (rows, amounts) = sums.entry(tag.value).or_default();
        *rows += 1;
        *amounts = amounts.checked_add(tag.amounts).unwrap_or_default();
    }
    sums.into_iter().map(|(value, (rows, amounts))| Sum { value, rows, amounts }).collect()
}

/// Every page of a query, one behind the other.
async fn walk(store: &dyn Store, query: &SumQuery) -> Case<Vec<Sum>> {
    let mut all: Vec<Sum> = Vec::new();
    loop {
        let asked = match all.last() {
            Some(last) => query.clone().after(last.value.as_str()),
            None => query.clone(),
        };
        let page = store.sums(&asked).await?;
        ensure!(page.len() <= query.page_limit(), "{} sums, asked for {}", page.len(), query.page_limit());
        let last = page.len() < query.page_limit();
        all.extend(page);
        ensure!(all.len() <= 100, "the pages do not come to an end");
        if last {
            return Ok(all);
        }
    }
}

pub(crate) async fn added(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("sums-added")?);
    fill(&*store, &tenant, 1, 60).await?;
    let of = |name| SumQuery::new(&tenant, Kind::Note, name);
    for limit in [1, 3, 14, 15, 1000] {
        let found = walk(&*store, &of("sum").limit(limit)).await?;
        ensure!(found == expected("sum", 1, 60, |_| true), "in pages of {limit}: {found:?}");
        let ranged = of("sum").from_value("2026-02").until_value("2026-05|b").limit(limit);
        let found = walk(&*store, &ranged).await?;
        let wanted = |value: &str| ("2026-02".."2026-05|b").contains(&value);
        ensure!(found == expected("sum", 1, 60, wanted), "a range in pages of {limit}: {found:?}");
    }
    let plain = walk(&*store, &of("plain")).await?;
    ensure!(plain == expected("plain", 1, 60, |_| true), "tags without amounts: {plain:?}");
    for none in [of("none"), SumQuery::new(&tenant, Kind::Order, "sum"), of("sum").from_value("2027")] {
        let found = walk(&*store, &none).await?;
        ensure!(found.is_empty(), "where nothing is: {found:?}");
    }
    Ok(())
}

/// What is written over a row counts instead of what was there, also where only the amounts differ.
pub(crate) async fn replaced(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("sums-replaced")?);
    for version in 1..=3 {
        fill(&*store, &tenant, version, 40).await?;
        for name in ["sum", "other"] {
            let found = walk(&*store, &SumQuery::new(&tenant, Kind::Note, name)).await?;
            ensure!(found == expected(name, version, 40, |_| true), "at version {version}: {found:?}");
        }
    }
    // A row that says two things of one tag is refused: which of them would count?
    let mut torn = unit(&tenant, "U-torn")?;
    let said = |net| Tag::new("sum", "2026-01|a").with_amounts(amounts(net, 0, 0));
    let columns = Columns { tags: vec![said(1), said(2)], ..Columns::default() };
    torn.writes.push(Write { columns, ..write(&note(&tenant, "torn"), 1, "a") });
    refused(&*store, &torn, StoreErrorKind::Invalid).await
}

pub(crate) async fn of_one_tenant(subject: &Subject) -> Case {
    let (store, one, other) = (subject.store(), tenant("sums-a")?, tenant("sums-b")?);
    fill(&*store, &one, 1, 20).await?;
    fill(&*store, &other, 1, 9).await?;
    for (tenant, rows) in [(one, 20), (other, 9), (tenant("sums-c")?, 0)] {
        let found = walk(&*store, &SumQuery::new(&tenant, Kind::Note, "sum")).await?;
        ensure!(found == expected("sum", 1, rows, |_| true), "of {tenant}: {found:?}");
    }
    Ok(())
}
