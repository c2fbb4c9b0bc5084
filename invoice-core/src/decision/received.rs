use super::{Case, Event};
use crate::access::Verb;
use crate::error::{Refusal, RefusalCode};
use crate::id::{ClaimId, SellerId};
use crate::invoice::InvoiceNumber;
use crate::received::verification::{
    Asker, Heard, Standing, VerificationAnswer, VerificationPolicy, VerificationRequest, VerificationStep,
};
use crate::received::{
    Claimed, Note, ReceivedChange, ReceivedInvoice, ReceivedRecord, ReceivedState, ReceivedStep,
};
use crate::tax::tax_day;

/// Most characters of a tag, a folder, a voucher's number, a payment's reference or a reason.
pub const MAX_TAG: usize = 100;
/// Most tags of an invoice.
pub const MAX_TAGS: usize = 50;
/// Most characters of a note.
pub const MAX_NOTE: usize = 2000;
/// Most notes of an invoice.
pub const MAX_NOTES: usize = 500;

/// What somebody does with a received invoice.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceivedDeed {
    /// Puts a tag on it.
    Tag(String),
    /// Takes a tag off.
    Untag(String),
    /// Makes a note.
    Note(String),
    /// Lays it into a folder, or takes it out.
    File(Option<String>),
    /// Claims the money back in a claim.
    Claim(ClaimId),
    /// Gives their claim up.
    Unclaim,
    /// Takes it a step further in the books.
    Step(ReceivedStep),
}

impl ReceivedDeed {
    /// The verb that the actor must be permitted.
    #[must_use]
    pub const fn verb(&self) -> Verb {
        if matches!(self, Self::Step(_)) { Verb::Settle } else { Verb::Receive }
    }

    /// The name written into the journal.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Tag(_) => "tag",
            Self::Untag(_) => "untag",
            Self::Note(_) => "note",
            Self::File(_) => "file",
            Self::Claim(_) => "claim",
            Self::Unclaim => "unclaim",
            Self::Step(step) => step.as_str(),
        }
    }
}

/// The name only: tags, notes and folders are what people write.
impl std::fmt::Debug for ReceivedDeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReceivedDeed({})", self.as_str())
    }
}

impl Case<'_> {
    /// Takes an invoice in, or what another file says of one that the same person has handed in. Nobody else can: that would
    /// be the same paper reimbursed twice.
    pub(super) fn receive(&mut self, entity: &SellerId, invoice: &ReceivedInvoice) -> Result<(), Refusal> {
        let number = invoice.number();
        let own = &self.facts.seller.party().tax_id;
        if invoice.buyer_tax_id().is_some_and(|id| id != own) {
            return Err(Refusal::new(RefusalCode::ReceivedForOther)
                .with("number", number)
                .with("entity", entity));
        }
        let same = |record: &&ReceivedRecord| record.numbers().any(|n| invoice.numbers().any(|m| n == m));
        let known: Vec<&ReceivedRecord> = self.state.received.values().filter(same).collect();
        let theirs =
            |record: &&&ReceivedRecord| &record.by != self.facts.actor.id() || &record.entity != entity;
        // A second one of their own is the same paper, too: it shows only now that both numbers are on one file.
        if let Some(known) = known.iter().find(theirs).or(known.get(1)) {
            return Err(Refusal::new(RefusalCode::ReceivedAgain)
                .with("number", number)
                .with("by", &known.by)
                .with("day", tax_day(known.at))
                .with("state", known.state.as_str()));
        }
        let Some(known) = known.first() else {
            let by = (self.facts.actor.id().clone(), self.facts.now);
            let record = ReceivedRecord::new(invoice.clone(), entity.clone(), by);
            let change = ReceivedChange::Received(Box::new(record));
            self.emit(Event::Received(number.clone(), change));
            self.number(number, invoice);
            return Ok(());
        };
        let merged = ReceivedInvoice::builder().also(&known.invoice).also(invoice).build()?;
        if merged == known.invoice {
            return Ok(());
        }
        // What the bureau has confirmed, and everything after, rests on the fields that were asked.
        let asked = |invoice: &ReceivedInvoice| VerificationRequest::of(invoice).ok();
        if known.state != ReceivedState::Received && asked(&merged) != asked(&known.invoice) {
            return Err(not_its_turn(known, "receive"));
        }
        let number = known.number().clone();
        self.emit(Event::Received(number.clone(), ReceivedChange::Known(Box::new(merged.clone()))));
        self.number(&number, &merged);
        Ok(())
    }

    /// Takes every number of an invoice for the one it is kept under.
    fn number(&mut self, kept: &InvoiceNumber, invoice: &ReceivedInvoice) {
        for number in invoice.numbers().filter(|number| *number != kept) {
            if self.state.received_numbers.get(number) != Some(kept) {
                self.emit(Event::ReceivedNumber(number.clone(), kept.clone()));
            }
        }
    }

    /// Whether an invoice kept under a number may go by all of these: none is another one's.
    fn may_number(&self, kept: &InvoiceNumber, invoice: &ReceivedInvoice) -> bool {
        invoice.numbers().filter(|number| *number != kept).all(|number| {
            // One that a better file has replaced since is nobody's.
            let goes_by = |of: &InvoiceNumber| {
                self.state.received.get(of).is_some_and(|record| record.numbers().any(|own| own == number))
            };
            let of = self.state.received_numbers.get(number);
            !self.state.received.contains_key(number) && of.is_none_or(|of| of == kept || !goes_by(of))
        })
    }

    /// Tags, notes, folder, claim, and the steps of the books. The same again is fine.
    pub(super) fn keep(&mut self, number: &InvoiceNumber, deed: &ReceivedDeed) -> Result<(), Refusal> {
        let record = self.kept(number)?;
        let change = match deed {
            ReceivedDeed::Tag(tag) | ReceivedDeed::Untag(tag) => {
                let mut tags = record.tags.clone();
                if matches!(deed, ReceivedDeed::Tag(_)) {
                    tags.insert(fitting("tag", tag, MAX_TAG)?);
                } else {
                    tags.remove(tag.trim());
                }
                if tags.len() > MAX_TAGS {
                    return Err(unfitting("tag", MAX_TAG));
                }
                (tags != record.tags).then_some(ReceivedChange::Tagged(tags))
            }
            ReceivedDeed::Note(text) => {
                let (by, at) = (self.facts.actor.id().clone(), self.facts.now);
                let note = Note { by, at, text: fitting("note", text, MAX_NOTE)? };
                if record.notes.len() == MAX_NOTES {
                    return Err(unfitting("note", MAX_NOTE));
                }
                Some(ReceivedChange::Noted(note))
            }
            ReceivedDeed::File(folder) => {
                let folder = folder.as_deref().map(|name| fitting("folder", name, MAX_TAG)).transpose()?;
                (folder != record.folder).then_some(ReceivedChange::Filed(folder))
            }
            ReceivedDeed::Claim(claim) => self.claim(record, claim)?,
            ReceivedDeed::Unclaim => self.unclaim(record)?,
            ReceivedDeed::Step(step) => self.step(record, step)?,
        };
        if let Some(change) = change {
            self.emit(Event::Received(number.clone(), change));
        }
        Ok(())
    }

    /// Counts a question when it is time for one; otherwise nothing happens, and the state says why.
    pub(super) fn verify(
        &mut self,
        number: &InvoiceNumber,
        question: &str,
        (asker, policy): (Asker, &VerificationPolicy),
    ) -> Result<(), Refusal> {
        let record = self.kept(number)?;
        let asked = VerificationRequest::of(&record.invoice)?.fingerprint();
        let at = self.facts.now;
        let step = record.verification.next(&asked, record.invoice.date(), policy, (asker, at));
        if step == VerificationStep::Ask {
            let change = ReceivedChange::Asked { question: question.to_owned(), asked, at };
            self.emit(Event::Received(number.clone(), change));
        }
        Ok(())
    }

    /// Takes in what became of a question. What the bureau's books say of the invoice joins what was read, and wins; the
    /// first confirmation of what still stands makes it verified. Heard twice it changes nothing.
    pub(super) fn verified(
        &mut self,
        number: &InvoiceNumber,
        question: &str,
        heard: &Heard,
    ) -> Result<(), Refusal> {
        let record = self.kept(number)?.clone();
        let open =
            record.verification.attempts().iter().any(|a| a.question() == question && a.heard().is_none());
        if !open {
            return Ok(());
        }
        let told = ReceivedChange::Heard { question: question.to_owned(), heard: without_books(heard) };
        self.emit(Event::Received(number.clone(), told));
        let Heard::Answer(VerificationAnswer::Confirmed { standing, .. }) = heard else { return Ok(()) };
        let own = |books: &&ReceivedInvoice| record.numbers().any(|number| number == books.number());
        let books = heard.books().filter(own);
        if books.is_some_and(|books| !self.may_number(number, books)) {
            self.is_another(number, &record);
            return Ok(());
        }
        if let Some(books) = books {
            // Where the two cannot be put together, what was read stays: the answer is in the log in any case.
            let merged = ReceivedInvoice::builder().also(books).also(&record.invoice).build().ok();
            if let Some(merged) = merged.filter(|merged| *merged != record.invoice) {
                self.emit(Event::Received(number.clone(), ReceivedChange::Known(Box::new(merged.clone()))));
                self.number(number, &merged);
            }
        }
        if record.state == ReceivedState::Received && !standing.is_over() {
            let change = ReceivedChange::Moved { to: ReceivedState::Verified, by: None, at: self.facts.now };
            self.emit(Event::Received(number.clone(), change));
        }
        Ok(())
    }

    /// The bureau gives an invoice a number under which another is kept: they are one paper. This one is not verified, and so
    /// goes no further in the books; a note says why.
    fn is_another(&mut self, number: &InvoiceNumber, record: &ReceivedRecord) {
        if record.notes.len() < MAX_NOTES {
            let (by, at) = (self.facts.actor.id().clone(), self.facts.now);
            let text = "查验结果表明，该发票与已登记的另一张是同一张发票。".to_owned();
            let noted = ReceivedChange::Noted(Note { by, at, text });
            self.emit(Event::Received(number.clone(), noted));
        }
    }

    fn kept(&self, number: &InvoiceNumber) -> Result<&ReceivedRecord, Refusal> {
        let unknown = || Refusal::new(RefusalCode::ReceivedUnknown).with("number", number);
        self.state.received.get(number).ok_or_else(unknown)
    }

    fn claim(&self, record: &ReceivedRecord, claim: &ClaimId) -> Result<Option<ReceivedChange>, Refusal> {
        if let Some(known) = &record.claimed {
            let mine = (&known.claim, &known.by) == (claim, self.facts.actor.id());
            return if mine { Ok(None) } else { Err(claimed(record, known)) };
        }
        // What was paid to the supplier, or not accepted, is nobody's to claim.
        if matches!(record.state, ReceivedState::Paid | ReceivedState::Declined) {
            return Err(not_its_turn(record, "claim"));
        }
        stands(record)?;
        let (by, at) = (self.facts.actor.id().clone(), self.facts.now);
        Ok(Some(ReceivedChange::Claimed(Some(Claimed { claim: claim.clone(), by, at }))))
    }

    fn unclaim(&self, record: &ReceivedRecord) -> Result<Option<ReceivedChange>, Refusal> {
        let Some(known) = &record.claimed else { return Ok(None) };
        if &known.by != self.facts.actor.id() {
            return Err(claimed(record, known));
        }
        if matches!(record.state, ReceivedState::Reimbursed | ReceivedState::Paid) {
            return Err(not_its_turn(record, "unclaim"));
        }
        Ok(Some(ReceivedChange::Claimed(None)))
    }

    /// A step of the books. What is claimed is paid only after it was reimbursed, and by another person than claimed it.
    fn step(&self, record: &ReceivedRecord, step: &ReceivedStep) -> Result<Option<ReceivedChange>, Refusal> {
        if let Some(text) = step.text() {
            fitting(step.as_str(), text, MAX_TAG)?;
        }
        if record.steps.last() == Some(step) {
            return Ok(None);
        }
        let to = record.state.after(step).ok_or_else(|| not_its_turn(record, step.as_str()))?;
        match (step, &record.claimed) {
            (ReceivedStep::Reimburse, None) => return Err(not_its_turn(record, step.as_str())),
            (ReceivedStep::Reimburse, Some(claimed)) if &claimed.by == self.facts.actor.id() => {
                return Err(Refusal::new(RefusalCode::ReceivedOwnClaim)
                    .with("number", record.number())
                    .with("actor", self.facts.actor.id()));
            }
            (ReceivedStep::Pay { .. }, Some(_)) if record.state == ReceivedState::Booked => {
                return Err(not_its_turn(record, step.as_str()));
            }
            _ => {}
        }
        if !matches!(step, ReceivedStep::Decline { .. }) {
            stands(record)?;
        }
        Ok(Some(ReceivedChange::Moved { to, by: Some(step.clone()), at: self.facts.now }))
    }
}

fn claimed(record: &ReceivedRecord, known: &Claimed) -> Refusal {
    Refusal::new(RefusalCode::ReceivedClaimed)
        .with("number", record.number())
        .with("by", &known.by)
        .with("day", tax_day(known.at))
        .with("claim", &known.claim)
}

fn not_its_turn(record: &ReceivedRecord, verb: &str) -> Refusal {
    Refusal::new(RefusalCode::ReceivedState)
        .with("number", record.number())
        .with("state", record.state.as_str())
        .with("verb", verb)
}

/// Refuses what the bureau has told to be void or taken back.
fn stands(record: &ReceivedRecord) -> Result<(), Refusal> {
    match record.verification.standing().filter(|standing| Standing::is_over(*standing)) {
        Some(standing) => Err(Refusal::new(RefusalCode::ReceivedOver)
            .with("number", record.number())
            .with("standing", standing.as_str())),
        None => Ok(()),
    }
}

fn fitting(what: &'static str, text: &str, most: usize) -> Result<String, Refusal> {
    let text = text.trim();
    let fits = (1..=most).contains(&text.chars().count());
    if fits { Ok(text.to_owned()) } else { Err(unfitting(what, most)) }
}

fn unfitting(what: &str, most: usize) -> Refusal {
    Refusal::new(RefusalCode::ReceivedText).with("what", what).with("most", most)
}

/// What is kept in the log of an answer.
fn without_books(heard: &Heard) -> Heard {
    match heard {
        Heard::Answer(VerificationAnswer::Confirmed { standing, .. }) => {
            Heard::Answer(VerificationAnswer::Confirmed { standing: *standing, invoice: None })
        }
        heard => heard.clone(),
    }
}
