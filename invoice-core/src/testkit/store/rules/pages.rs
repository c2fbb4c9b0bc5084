//! Finding, page by page.

use crate::store::{Columns, Kind, Query, Store, Tag, Write};
use crate::testkit::store::Subject;
use crate::testkit::store::given::{Case, apply, ensure, note, seller, tenant, unit, write};

/// The ids of all pages.
async fn walk(store: &dyn Store, query: &Query) -> Case<Vec<String>> {
    let (mut ids, mut next) = (Vec::new(), None::<String>);
    loop {
        let asked = match &next {
            Some(id) => query.clone().after(id),
            None => query.clone(),
        };
        let page = store.find(&asked).await?;
        ensure!(
            page.rows.len() <= query.page_limit(),
            "a page of {} rows, asked for {}",
            page.rows.len(),
            query.page_limit()
        );
        ensure!(page.next.is_none() || !page.rows.is_empty(), "an empty page that is not the last");
        ids.extend(page.rows.iter().map(|row| row.key.id().to_owned()));
        ensure!(ids.len() <= 1000, "the pages do not come to an end");
        if page.next.is_none() {
            return Ok(ids);
        }
        next = page.next;
    }
}

pub(crate) async fn all_once(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("pages")?);
    let mut made = unit(&tenant, "U-1")?;
    // Ids whose order as text is neither that of numbers nor that of a language.
    let mut ids: Vec<String> = (0..40).map(|n| format!("{}", n * 37 % 101)).collect();
    ids.extend(["a", "B", "b", "Z", "_", "~", "a-1", "a.1", "A"].map(str::to_owned));
    made.writes = ids.iter().map(|id| write(&note(&tenant, id), 1, id)).collect();
    made.writes.push(write(&crate::store::Key::new(&tenant, Kind::Order, "0-order"), 1, "another kind"));
    apply(&*store, &made).await?;
    ids.sort_unstable();
    for limit in [1, 2, 7, 48, 49, 50, 1000] {
        let walked = walk(&*store, &Query::new(&tenant, Kind::Note).limit(limit)).await?;
        ensure!(
            walked == ids,
            "in pages of {limit}, {} rows came in another order or number: {walked:?}",
            ids.len()
        );
    }
    Ok(())
}

/// Whether a row of this number is to be found.
type Meets = fn(usize) -> bool;

pub(crate) async fn conditions(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("conditions")?);
    let states = [None, Some("open"), Some("done"), Some("lost")];
    let sellers = [None, Some(seller("S-1")?), Some(seller("S-2")?)];
    let columns = |n: usize| Columns {
        seller: sellers[n % 3].clone(),
        state: states[n % 4],
        tags: [("order", n % 5), ("buyer", n % 2), ("order", 7)]
            .map(|(name, value)| Tag::new(name, format!("{name}-{value}")))
            .to_vec(),
        ..Columns::default()
    };
    let id = |n: usize| format!("N-{n:03}");
    let mut made = unit(&tenant, "U-1")?;
    // First with other columns: a later write must replace them, tags included.
    made.writes =
        (0..60).map(|n| Write { columns: columns(n + 1), ..write(&note(&tenant, &id(n)), 1, "a") }).collect();
    apply(&*store, &made).await?;
    let mut made = unit(&tenant, "U-2")?;
    made.writes =
        (0..60).map(|n| Write { columns: columns(n), ..write(&note(&tenant, &id(n)), 2, "b") }).collect();
    apply(&*store, &made).await?;
    let all = || Query::new(&tenant, Kind::Note).limit(4);
    let cases: [(Query, Meets); 8] = [
        (all().of_seller(&seller("S-1")?), |n| n % 3 == 1),
        (all().in_states(["open"]), |n| n % 4 == 1),
        (all().in_states(["lost", "open", "open"]), |n| n % 4 == 1 || n % 4 == 3),
        (all().tagged("order", "order-3"), |n| n % 5 == 3),
        (all().tagged("order", "order-7"), |_| true),
        (all().tagged("buyer", "order-3"), |_| false),
        (all().of_seller(&seller("S-2")?).in_states(["done", "open"]), |n| {
            n % 3 == 2 && matches!(n % 4, 1 | 2)
        }),
        (all().tagged("buyer", "buyer-1").in_states(["lost"]).of_seller(&seller("S-1")?), |n| {
            n % 2 == 1 && n % 4 == 3 && n % 3 == 1
        }),
    ];
    for (query, meets) in &cases {
        let expected: Vec<String> = (0..60).filter(|n| meets(*n)).map(id).collect();
        let walked = walk(&*store, query).await?;
        ensure!(walked == expected, "{query:?} found {walked:?}, expected {expected:?}");
    }
    Ok(())
}

/// Rows that come and change between two pages; those there throughout still come exactly once.
pub(crate) async fn while_writing(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("moving")?);
    let mut made = unit(&tenant, "U-0")?;
    made.writes = (0..30).map(|n| write(&note(&tenant, &format!("N-{n:02}")), 1, "a")).collect();
    apply(&*store, &made).await?;
    let (mut walked, mut next) = (Vec::new(), None::<String>);
    for page in 1..=20 {
        let query = Query::new(&tenant, Kind::Note).limit(4);
        let query = if let Some(id) = next { query.after(id) } else { query };
        let found = store.find(&query).await?;
        walked.extend(found.rows.iter().map(|row| row.key.id().to_owned()));
        let mut step = unit(&tenant, &format!("U-{page}"))?;
        step.writes.push(write(&note(&tenant, &format!("N-{page:02}-new")), 1, "new"));
        step.writes.push(write(&note(&tenant, &format!("N-{page:02}")), 2, "b"));
        apply(&*store, &step).await?;
        next = found.next;
        if next.is_none() {
            break;
        }
    }
    ensure!(next.is_none(), "the pages do not come to an end");
    ensure!(walked.windows(2).all(|pair| pair[0] < pair[1]), "rows came out of order or twice: {walked:?}");
    let old = walked.iter().filter(|id| !id.ends_with("-new")).count();
    ensure!(old == 30, "of 30 rows that were there throughout {old} came");
    Ok(())
}
