use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::fault::{AuditFault, FaultKind};
use super::{Anchor, End, Entry, Header, Line, MAX_LINE, RowHead};
use crate::id::TenantId;

/// Most faults that are kept; the rest is only counted.
const MAX_FAULTS: usize = 1000;
/// Most missing entries of one gap that are named one by one.
const MAX_GAP: u64 = 100;
/// How late a commit may be, or a clock slow, before an entry counts as added afterwards.
const SLACK: TimeDelta = TimeDelta::hours(1);

/// An anchor that was kept elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownAnchor {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What the verifier found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whose history; `None` when the file has no header.
    pub tenant: Option<TenantId>,
    /// How much was looked at.
    pub counts: End,
    /// The newest anchor, to be kept elsewhere.
    pub newest: Option<KnownAnchor>,
    /// Entries newer than every anchor of their chain: only their chain vouches for them.
    pub uncovered: u64,
    /// What is wrong, at most a thousand.
    pub faults: Vec<AuditFault>,
    /// How many more there are.
    pub more: u64,
}

impl Verdict {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.faults.is_empty() && self.more == 0
    }
}

/// The chain that is being read.
#[derive(Debug)]
struct Chain {
    subject: String,
    /// Position and hash of the newest entry.
    last: (u64, [u8; 32]),
    /// Positions that were passed over, which a later line may still bring.
    gaps: BTreeSet<u64>,
}

/// Takes an export line by line. Memory grows with the leaves of the anchors, not with the entries.
#[derive(Debug, Default)]
pub struct Verifier {
    line: u64,
    tenant: Option<TenantId>,
    counts: End,
    digest: Sha256,
    known: Vec<KnownAnchor>,
    newest: Option<KnownAnchor>,
    closed: Option<(u64, DateTime<Utc>)>,
    leaves: HashMap<String, BTreeMap<u64, ([u8; 32], u64)>>,
    chain: Option<Chain>,
    ended: bool,
    last_subject: Option<String>,
    uncovered: u64,
    faults: Vec<AuditFault>,
    more: u64,
}

impl Verifier {
    /// A verifier that knows nothing but the export.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also compares with an anchor that was kept elsewhere.
    #[must_use]
    pub fn expecting(mut self, known: KnownAnchor) -> Self {
        self.known.push(known);
        self
    }

    /// The next line, without its line feed.
    pub fn line(&mut self, text: &[u8]) {
        self.line += 1;
        if self.ended {
            return self.fault(AuditFault::new(FaultKind::Trailing, self.line));
        }
        let parsed = (text.len() <= MAX_LINE).then(|| serde_json::from_slice::<Line>(text).ok()).flatten();
        // Written in no other way, so that a change of form is a change.
        let exact = |line: &Line| serde_json::to_vec(line).is_ok_and(|again| again == text);
        let Some(line) = parsed.filter(exact) else {
            self.digest.update(text);
            self.digest.update("\n");
            return self.fault(AuditFault::new(FaultKind::Malformed, self.line));
        };
        if let Line::End(end) = line {
            return self.end(&end);
        }
        self.digest.update(text);
        self.digest.update("\n");
        self.counts.count(&line);
        match line {
            Line::Audit(header) => self.header(header),
            Line::Anchor(anchor) => self.anchor(anchor),
            Line::Entry(entry) => self.entry(&entry),
            Line::Row(row) => self.row(&row),
            Line::End(_) => {}
        }
    }

    /// What came of it, after the last line.
    #[must_use]
    pub fn finish(mut self) -> Verdict {
        self.close_chain();
        if !self.ended {
            self.fault(AuditFault::new(FaultKind::Truncated, self.line));
        }
        for known in std::mem::take(&mut self.known) {
            self.fault(AuditFault::new(FaultKind::AnchorMissing, self.line).anchor(known.number));
        }
        let mut left: Vec<_> = std::mem::take(&mut self.leaves).into_iter().collect();
        left.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        for (subject, leaves) in left {
            for (seq, (_, anchor)) in leaves {
                let fault = AuditFault::new(FaultKind::Removed, self.line).entry(&subject, seq);
                self.fault(fault.anchor(anchor));
            }
        }
        Verdict {
            tenant: self.tenant,
            counts: self.counts,
            newest: self.newest,
            uncovered: self.uncovered,
            faults: self.faults,
            more: self.more,
        }
    }

    fn fault(&mut self, fault: AuditFault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        } else {
            self.more += 1;
        }
    }

    fn header(&mut self, header: Header) {
        if self.line != 1 || header.form != 1 {
            self.fault(AuditFault::new(FaultKind::Malformed, self.line));
        }
        self.tenant.get_or_insert(header.tenant);
    }

    fn anchor(&mut self, anchor: Anchor) {
        let (number, line) = (anchor.number, self.line);
        let fault = |kind| AuditFault::new(kind, line).anchor(number);
        if self.last_subject.is_some() || self.chain.is_some() {
            self.fault(fault(FaultKind::AnchorMoved));
        }
        let (last, previous) = self.newest.map_or((0, [0; 32]), |newest| (newest.number, newest.hash));
        if number <= last {
            return self.fault(fault(FaultKind::AnchorMoved));
        }
        for missing in (last + 1..number).take(usize::try_from(MAX_GAP).unwrap_or(usize::MAX)) {
            self.fault(AuditFault::new(FaultKind::AnchorMissing, line).anchor(missing));
        }
        let follows = number != last + 1 || anchor.previous == previous;
        let hash = self.tenant.as_ref().map(|tenant| anchor.computed_hash(tenant));
        if !follows || anchor.root != anchor.computed_root() || hash != Some(anchor.hash) {
            self.fault(fault(FaultKind::AnchorChanged));
        }
        if let Some(at) = self.known.iter().position(|known| known.number == number)
            && self.known.swap_remove(at).hash != anchor.hash
        {
            self.fault(fault(FaultKind::AnchorReplaced));
        }
        self.newest = Some(KnownAnchor { number, hash: anchor.hash });
        if anchor.closing {
            self.closed = Some((number, anchor.at));
        }
        for leaf in anchor.leaves {
            let seen = self.leaves.entry(leaf.subject.clone()).or_default();
            // Anchored again unchanged: the first is as good.
            let (head, by) = *seen.entry(leaf.seq).or_insert((leaf.head, number));
            if head != leaf.head {
                let fault = AuditFault::new(FaultKind::Rewritten, line).entry(&leaf.subject, leaf.seq);
                self.fault(fault.anchor(by));
            }
        }
    }

    fn entry(&mut self, entry: &Entry) {
        let line = self.line;
        let fault = |kind| AuditFault::new(kind, line).entry(&entry.subject, entry.seq);
        if self.chain.as_ref().is_none_or(|chain| chain.subject != entry.subject) {
            self.close_chain();
            if self.last_subject.as_deref().is_some_and(|last| last >= entry.subject.as_str()) {
                self.fault(fault(FaultKind::EntryMoved));
            }
            let (subject, gaps) = (entry.subject.clone(), BTreeSet::new());
            self.chain = Some(Chain { subject, last: (0, [0; 32]), gaps });
        }
        let Some(chain) = &mut self.chain else { return };
        let (last, head) = chain.last;
        if entry.seq <= last {
            let kind =
                if chain.gaps.remove(&entry.seq) { FaultKind::EntryMoved } else { FaultKind::EntryAdded };
            return self.fault(fault(kind));
        }
        chain.gaps.extend((last + 1..entry.seq).take(usize::try_from(MAX_GAP).unwrap_or(usize::MAX)));
        chain.last = (entry.seq, entry.hash);
        let Some(tenant) = &self.tenant else { return };
        // Behind a gap nothing can be said of this one; the gap itself is said.
        if entry.seq == last + 1 && entry.link(tenant, &head) != entry.hash {
            self.fault(fault(FaultKind::EntryChanged));
        }
        self.covered(entry);
    }

    /// Compares an entry with the anchors that hold it, and counts it when none is at or behind it.
    fn covered(&mut self, entry: &Entry) {
        let leaves = self.leaves.get_mut(&entry.subject);
        let Some(leaves) = leaves.filter(|leaves| leaves.range(entry.seq..).next().is_some()) else {
            self.uncovered += 1;
            if let Some((anchor, at)) = self.closed
                && entry.at + SLACK < at
            {
                let fault = AuditFault::new(FaultKind::Backdated, self.line);
                self.fault(fault.entry(&entry.subject, entry.seq).anchor(anchor));
            }
            return;
        };
        if let Some((head, anchor)) = leaves.remove(&entry.seq)
            && head != entry.hash
        {
            let fault = AuditFault::new(FaultKind::Rewritten, self.line).entry(&entry.subject, entry.seq);
            self.fault(fault.anchor(anchor));
        }
    }

    fn row(&mut self, row: &RowHead) {
        let line = self.line;
        let of_chain = self.chain.as_ref().is_some_and(|chain| chain.subject == row.subject);
        if !of_chain {
            self.close_chain();
            let kind = match &self.last_subject {
                Some(last) if *last >= row.subject => FaultKind::RowMissing,
                _ => FaultKind::EntryMissing,
            };
            self.fault(AuditFault::new(kind, line).entry(&row.subject, 1));
            self.last_subject = Some(row.subject.clone());
            return;
        }
        let Some(chain) = self.chain.take() else { return };
        let (last, head) = chain.last;
        let gap = (last + 1..=row.version).take(usize::try_from(MAX_GAP).unwrap_or(usize::MAX));
        for missing in chain.gaps.iter().copied().chain(gap) {
            self.fault(AuditFault::new(FaultKind::EntryMissing, line).entry(&row.subject, missing));
        }
        if row.version < last {
            self.fault(AuditFault::new(FaultKind::EntryAdded, line).entry(&row.subject, last));
        } else if row.version == last && row.head != head {
            self.fault(AuditFault::new(FaultKind::RowChanged, line).entry(&row.subject, last));
        }
        self.last_subject = Some(chain.subject);
    }

    /// A chain that ends without its row.
    fn close_chain(&mut self) {
        if let Some(chain) = self.chain.take() {
            let fault = AuditFault::new(FaultKind::RowMissing, self.line);
            self.fault(fault.entry(&chain.subject, chain.last.0));
            for missing in &chain.gaps {
                let fault = AuditFault::new(FaultKind::EntryMissing, self.line);
                self.fault(fault.entry(&chain.subject, *missing));
            }
            self.last_subject = Some(chain.subject);
        }
    }

    fn end(&mut self, end: &End) {
        self.ended = true;
        self.close_chain();
        let digest: [u8; 32] = std::mem::take(&mut self.digest).finalize().into();
        let counted = End { digest: end.digest, ..self.counts.clone() };
        if &counted != end {
            self.fault(AuditFault::new(FaultKind::Counts, self.line));
        }
        if digest != end.digest {
            self.fault(AuditFault::new(FaultKind::Digest, self.line));
        }
    }
}
