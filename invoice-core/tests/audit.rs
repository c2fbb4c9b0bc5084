//! Whatever one does to an export of the audit is found, and named.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it is wrong"
)]

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::audit::{
    Anchor, Entry, FaultKind, Header, KnownAnchor, Leaf, Line, RowHead, Verdict, Verifier, Writer,
};
use invoice_core::error::Language;
use invoice_core::id::{ActorId, TenantId};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, prop_assume, proptest};

fn tenant() -> TenantId {
    TenantId::new("t1").unwrap()
}

fn start() -> DateTime<Utc> {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

/// A history in days: each day some aggregates get entries, and at the end of each day but the last all that changed
/// is anchored.
#[derive(Debug, Clone, Default)]
struct History {
    chains: BTreeMap<String, Vec<Entry>>,
    anchors: Vec<Anchor>,
}

impl History {
    fn of(days: &[Vec<u8>]) -> Self {
        let mut history = Self::default();
        for (day, touched) in (0..).zip(days) {
            let begin = start() + TimeDelta::days(day);
            let mut leaves = BTreeMap::new();
            for (minute, which) in (0..).zip(touched) {
                let subject = format!("{}/N-{which}", ["application", "invoice"][usize::from(which % 2)]);
                history.note(&subject, begin + TimeDelta::minutes(minute));
                let newest = history.chains[&subject].last().unwrap();
                leaves.insert(subject.clone(), Leaf { subject, seq: newest.seq, head: newest.hash });
            }
            if usize::try_from(day).unwrap() + 1 < days.len() {
                let previous = history.anchors.last().map(|anchor| (anchor.number, anchor.hash));
                let leaves: Vec<Leaf> = leaves.into_values().collect();
                // In two anchors, as a run with many chains would.
                let (some, rest) = leaves.split_at(leaves.len() / 2);
                let at = begin + TimeDelta::hours(23);
                let first = Anchor::after(&tenant(), previous, at, false, some.to_vec());
                let before = Some((first.number, first.hash));
                history.anchors.push(first);
                history.anchors.push(Anchor::after(&tenant(), before, at, true, rest.to_vec()));
            }
        }
        history
    }

    fn note(&mut self, subject: &str, at: DateTime<Utc>) {
        let chain = self.chains.entry(subject.to_owned()).or_default();
        let previous = chain.last().map_or([0; 32], |entry| entry.hash);
        let mut entry = Entry {
            subject: subject.to_owned(),
            seq: u64::try_from(chain.len()).unwrap() + 1,
            at,
            actor: ActorId::new("rita").unwrap(),
            verb: "approve".to_owned(),
            body: [7; 32],
            hash: [0; 32],
        };
        entry.hash = entry.link(&tenant(), &previous);
        chain.push(entry);
    }

    /// Hashes of a chain made right again from an entry on, as somebody with the database could.
    fn relink(&mut self, subject: &str) {
        let mut previous = [0; 32];
        for entry in self.chains.get_mut(subject).unwrap() {
            entry.hash = entry.link(&tenant(), &previous);
            previous = entry.hash;
        }
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![Line::Audit(Header { form: 1, tenant: tenant(), at: start() })];
        lines.extend(self.anchors.iter().cloned().map(Line::Anchor));
        for (subject, chain) in self.chains.iter().filter(|(_, chain)| !chain.is_empty()) {
            lines.extend(chain.iter().cloned().map(Line::Entry));
            let newest = chain.last().unwrap();
            let (subject, head) = (subject.clone(), newest.hash);
            lines.push(Line::Row(RowHead { subject, version: newest.seq, head }));
        }
        lines
    }

    fn newest(&self) -> Option<KnownAnchor> {
        self.anchors.last().map(|anchor| KnownAnchor { number: anchor.number, hash: anchor.hash })
    }

    /// Whether an anchor holds this entry or a later one of its chain.
    fn covers(&self, subject: &str, seq: u64) -> bool {
        let mut leaves = self.anchors.iter().flat_map(|anchor| &anchor.leaves);
        leaves.any(|leaf| leaf.subject == subject && leaf.seq >= seq)
    }
}

fn text(lines: &[Line]) -> Vec<String> {
    let mut writer = Writer::new();
    let mut text: Vec<String> = lines.iter().map(|line| writer.line(line).unwrap()).collect();
    text.push(writer.end().unwrap());
    text
}

fn verdict(text: &[impl AsRef<[u8]>], known: Option<KnownAnchor>) -> Verdict {
    let verifier = Verifier::new();
    let mut verifier = match known {
        Some(known) => verifier.expecting(known),
        None => verifier,
    };
    text.iter().for_each(|line| verifier.line(line.as_ref()));
    verifier.finish()
}

fn has(verdict: &Verdict, kind: FaultKind, subject: &str, seq: u64) -> bool {
    let of = |fault: &invoice_core::audit::AuditFault| {
        (fault.subject(), fault.seq()) == (Some(subject), Some(seq))
    };
    verdict.faults.iter().any(|fault| fault.kind() == kind && of(fault))
}

fn histories() -> impl Strategy<Value = History> {
    prop::collection::vec(prop::collection::vec(0..6_u8, 1..12), 1..5).prop_map(|days| History::of(&days))
}

/// The place a fault must name: the line, or what stands in it.
fn names(verdict: &Verdict, at: usize, line: &Line) -> bool {
    let number = u64::try_from(at).unwrap() + 1;
    verdict.faults.iter().any(|fault| {
        fault.line() == number && !matches!(fault.kind(), FaultKind::Counts | FaultKind::Digest)
            || match line {
                Line::Entry(entry) => {
                    fault.subject() == Some(&entry.subject) && fault.seq() == Some(entry.seq)
                }
                Line::Row(row) => fault.subject() == Some(&row.subject),
                Line::Anchor(anchor) => fault.anchor_number() == Some(anchor.number),
                Line::Audit(_) | Line::End(_) => {
                    matches!(fault.kind(), FaultKind::Malformed | FaultKind::Counts | FaultKind::Digest)
                }
            }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn an_untouched_export_holds(history in histories()) {
        let verdict = verdict(&text(&history.lines()), history.newest());
        prop_assert!(verdict.holds(), "{:?}", verdict.faults);
        prop_assert!(verdict.newest == history.newest());
        let covered = |entry: &&Entry| !history.covers(&entry.subject, entry.seq);
        let uncovered = history.chains.values().flatten().filter(covered).count();
        prop_assert!(verdict.uncovered == u64::try_from(uncovered).unwrap());
    }

    #[test]
    fn a_flipped_byte_is_found_and_named(history in histories(), at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let lines = history.lines();
        let bytes: Vec<Vec<u8>> = text(&lines).into_iter().map(String::into_bytes).collect();
        let mut at = at.index(bytes.iter().map(Vec::len).sum());
        let which = bytes.iter().position(|line| { let here = at < line.len(); if !here { at -= line.len() } here });
        let which = which.unwrap();
        let mut changed = bytes.clone();
        changed[which][at] ^= 1 << bit;
        let verdict = verdict(&changed, None);
        prop_assert!(!verdict.holds());
        let end = Line::End(invoice_core::audit::End::default());
        prop_assert!(
            names(&verdict, which, lines.get(which).unwrap_or(&end)),
            "{} became {}: {:?}", String::from_utf8_lossy(&bytes[which]), String::from_utf8_lossy(&changed[which]), verdict.faults
        );
    }

    #[test]
    fn a_removed_added_or_moved_line_is_found_and_named_though_the_end_fits(
        history in histories(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), what in 0..3
    ) {
        let mut lines = history.lines();
        let from = 1 + from.index(lines.len() - 1);
        let line = lines[from].clone();
        let to = match what {
            0 => { lines.remove(from); from }
            1 => { let to = 1 + to.index(lines.len() - 1); lines.insert(to, line.clone()); to }
            _ => { let to = 1 + to.index(lines.len() - 1); lines.remove(from); lines.insert(to, line.clone()); to }
        };
        // The same again: moved onto its own place, or doubled beside itself at a place that is as good.
        prop_assume!(lines != history.lines());
        let verdict = verdict(&text(&lines), history.newest());
        prop_assert!(!verdict.holds());
        let moved = lines.get(to).unwrap_or(&line);
        prop_assert!(names(&verdict, from, &line) || names(&verdict, to, moved), "{from} {to} {line:?}: {:?}", verdict.faults);
    }

    #[test]
    fn a_cut_is_found_and_named(history in histories(), at in any::<prop::sample::Index>()) {
        let whole = text(&history.lines()).join("\n");
        let cut = &whole.as_bytes()[..at.index(whole.len())];
        let lines: Vec<&[u8]> = cut.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        let verdict = verdict(&lines, None);
        prop_assert!(verdict.faults.iter().any(|fault| fault.kind() == FaultKind::Truncated), "{:?}", verdict.faults);
    }

    #[test]
    fn a_suffix_rewritten_with_all_its_hashes_is_found_where_it_is_anchored(
        history in histories(), which in any::<prop::sample::Index>()
    ) {
        let entries: Vec<Entry> = history.chains.values().flatten().cloned().collect();
        let entry = &entries[which.index(entries.len())];
        let mut bent = history.clone();
        let at = usize::try_from(entry.seq).unwrap() - 1;
        bent.chains.get_mut(&entry.subject).unwrap()[at].verb = "reject".to_owned();
        bent.relink(&entry.subject);
        let verdict = verdict(&text(&bent.lines()), None);
        let anchored = history.covers(&entry.subject, entry.seq);
        // What no anchor holds can be rewritten: that is why one anchors often. It is counted as uncovered.
        prop_assert!(verdict.holds() != anchored, "{:?}", verdict.faults);
        let named = |fault: &invoice_core::audit::AuditFault| {
            fault.kind() == FaultKind::Rewritten && fault.subject() == Some(&entry.subject)
        };
        prop_assert!(!anchored || verdict.faults.iter().any(named));
        prop_assert!(anchored || verdict.uncovered > 0);
    }

    #[test]
    fn a_removed_aggregate_or_chain_end_is_found_where_it_is_anchored(
        history in histories(), which in any::<prop::sample::Index>(), keep in 0..4_usize
    ) {
        let subjects: Vec<&String> = history.chains.keys().collect();
        let subject = subjects[which.index(subjects.len())].clone();
        let mut bent = history.clone();
        bent.chains.get_mut(&subject).unwrap().truncate(keep);
        let left = u64::try_from(keep).unwrap();
        prop_assume!(bent.lines() != history.lines());
        let verdict = verdict(&text(&bent.lines()), None);
        let anchored = history.covers(&subject, left + 1);
        prop_assert!(verdict.holds() != anchored, "{:?}", verdict.faults);
        let named = |fault: &invoice_core::audit::AuditFault| {
            fault.kind() == FaultKind::Removed && fault.subject() == Some(&subject)
        };
        prop_assert!(!anchored || verdict.faults.iter().any(named));
    }

    #[test]
    fn an_aggregate_or_entry_added_with_an_old_date_is_found(history in histories(), new in any::<bool>()) {
        prop_assume!(!history.anchors.is_empty());
        let mut bent = history.clone();
        let first = history.chains.keys().next().unwrap().clone();
        let subject = if new { "application/Z-9".to_owned() } else { first };
        bent.note(&subject, start() + TimeDelta::minutes(90));
        let seq = bent.chains[&subject].last().unwrap().seq;
        let verdict = verdict(&text(&bent.lines()), history.newest());
        prop_assert!(has(&verdict, FaultKind::Backdated, &subject, seq), "{:?}", verdict.faults);
    }

    #[test]
    fn anchors_rewritten_or_cut_are_found_by_one_kept_elsewhere(days in prop::collection::vec(prop::collection::vec(0..6_u8, 1..12), 2..5)) {
        let history = History::of(&days);
        let known = history.newest().unwrap();
        // All of it made anew, consistent in itself, with one entry more on the first day.
        let mut other = days.clone();
        other[0].push(1);
        let bent = text(&History::of(&other).lines());
        prop_assert!(verdict(&bent, None).holds());
        let found = verdict(&bent, Some(known));
        prop_assert!(found.faults.iter().any(|fault| fault.kind() == FaultKind::AnchorReplaced));
        // The newest anchors, and everything behind them, left out.
        let mut cut = history.clone();
        cut.anchors.truncate(cut.anchors.len() - 2);
        let found = verdict(&text(&cut.lines()), Some(known));
        prop_assert!(found.faults.iter().any(|fault| fault.kind() == FaultKind::AnchorMissing));
    }
}

#[test]
fn codes_are_unique_and_every_language_names_the_same_facts() {
    let mut codes: Vec<&str> = FaultKind::ALL.iter().map(|kind| kind.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), FaultKind::ALL.len());
    let mut lines = History::of(&[vec![1, 1, 2], vec![2]]).lines();
    lines.remove(6);
    let verdict = verdict(&text(&lines), None);
    let fault = verdict.faults.iter().find(|fault| fault.kind() == FaultKind::EntryMissing).unwrap();
    assert_eq!(fault.message(Language::ZhCn), "invoice/N-1 缺少第 1 条记录。");
    assert!(fault.message(Language::ZhTw).contains("第 1 條記錄"), "{fault}");
    assert_eq!(fault.to_string(), "AUDIT-07 line 8: Entry 1 of invoice/N-1 is missing.");
}

#[test]
fn an_export_that_is_all_wrong_costs_no_memory() {
    let mut verifier = Verifier::new();
    for _ in 0..20_000 {
        verifier.line(b"{}");
    }
    let verdict = verifier.finish();
    assert_eq!((verdict.faults.len(), verdict.more), (1000, 19_001));
}
