//! Reading what was written.

use crate::store::{Kind, Query};
use crate::testkit::store::Subject;
use crate::testkit::store::given::{Case, apply, ensure, entry, journal, note, tenant, unit, write};

pub(crate) async fn committed(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("reads")?);
    for count in 1..=20_usize {
        let key = note(&tenant, &format!("N-{count:02}"));
        let mut unit = unit(&tenant, &format!("U-{count}"))?;
        unit.writes.push(write(&key, 1, "x"));
        unit.journal.push(journal(&key, 1, "make")?);
        unit.entries.push(entry(&tenant, &format!("O-{count:02}"), 1, 1)?);
        apply(&*store, &unit).await?;
        let rows = store.read(std::slice::from_ref(&key)).await?.iter().flatten().count();
        let found = store.find(&Query::new(&tenant, Kind::Note)).await?.rows.len();
        let noted = store.journal(&key, 0, 10).await?.len();
        let ledger = store.ledger(&tenant, None, 100).await?.len();
        ensure!(
            (rows, found, noted, ledger) == (1, count, 1, count),
            "after commit {count}: read {rows}, find {found}, journal {noted}, ledger {ledger}"
        );
    }
    Ok(())
}

pub(crate) async fn changed(subject: &Subject) -> Case {
    let (store, tenant) = (subject.store(), tenant("changed")?);
    let (key, absent) = (note(&tenant, "row"), note(&tenant, "absent"));
    for version in 1..=10_u64 {
        let state = if version % 2 == 0 { "even" } else { "odd" };
        let mut unit = unit(&tenant, &format!("U-{version}"))?;
        unit.writes.push(write(&key, version, &version.to_string()));
        unit.writes[0].columns.state = Some(state);
        apply(&*store, &unit).await?;
        // A key asked twice and one that is not there: the answers run parallel to the keys.
        let rows = store.read(&[key.clone(), absent.clone(), key.clone()]).await?;
        let expected = Some(unit.writes[0].row.clone());
        ensure!(
            rows == [expected.clone(), None, expected.clone()],
            "read gives another row than was committed"
        );
        for asked in ["even", "odd"] {
            let page = store.find(&Query::new(&tenant, Kind::Note).in_states([asked])).await?;
            let want: Vec<_> = expected.iter().filter(|_| asked == state).cloned().collect();
            ensure!(page.rows == want, "find by state {asked} does not see version {version}");
        }
    }
    Ok(())
}
