//! Red confirmations that the buyer has started: recognised, answered, and booked like our own, once.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::issue::claims_of_invoice;
use super::red_plan::{netted, taken_back};
use super::{Case, Event};
use crate::application::{ApplicationChange, TaskState};
use crate::error::{Refusal, RefusalCode};
use crate::id::InvoiceId;
use crate::invoice::{
    Color, Invoice, InvoiceChange, InvoiceRow, InvoiceState, OpenRed, OrderShare, RedAnswer, RedForm,
    RedFormRow,
};
use crate::ledger::{LineShare, Share};
use crate::plan::red::RedReason;
use crate::plan::split::RowKind;

/// How often a live form whose red was denied is taken up again before a person has to look.
const TAKEN_UP: usize = 4;

impl Case<'_> {
    /// Takes in a red confirmation that the buyer has started. Seen again it is news of the task that it has become.
    pub(super) fn take_red_form(&mut self, blue_id: &InvoiceId, form: &RedForm) -> Result<(), Refusal> {
        let number = form.confirmation.number.as_str();
        let known = self.state.invoices.values().find(|task| task.foreign_form() == Some(number)).cloned();
        if let Some(task) = &known
            && !matches!(task.state(), InvoiceState::Failed { .. })
        {
            return self.learn(task.id(), &super::Outcome::Confirmation(form.confirmation.clone()), false);
        }
        let blue = self.state.invoice(blue_id)?.clone();
        let ours = form.key.is_some();
        if ours || form.confirmation.state.is_dead() && form.confirmation.red.is_none() {
            return Ok(());
        }
        let unplaced = |why: &str| {
            let refusal = Refusal::new(RefusalCode::RedFormUnplaced).with("form", number);
            Err(refusal.with("blue", blue_id).with("why", why))
        };
        if blue.state().issued().map(|issued| &issued.number) != Some(&form.blue) {
            return unplaced("not the number of this invoice");
        }
        if let (Some(task), Some(red)) = (&known, &form.confirmation.red) {
            return self.learn(task.id(), &super::Outcome::Issued(red.clone()), false);
        }
        let Some(reason) = RedReason::from_code(&form.reason) else { return unplaced("reason") };
        if known.as_ref().is_some_and(|task| task.former_keys().len() >= TAKEN_UP) {
            return unplaced("its red was refused again and again");
        }
        if let Some(open) = blue.open_red().map(|open| open.red.clone()) {
            // The bureau knows one form of a blue at a time: theirs is there, so ours never was.
            if !self.drop_unsent_red(&open)? {
                return unplaced("a red of our own is under way");
            }
        }
        let blue = self.state.invoice(blue_id)?.clone();
        let Some(rows) = form_rows(&blue, &form.rows) else { return unplaced("rows") };
        match known {
            Some(task) if task.rows() == rows => self.take_up_again(&blue, &task, form),
            Some(_) => unplaced("rows"),
            None => self.open_foreign_red(&blue, form, reason, rows),
        }
    }

    /// The form lives at the bureau though the red of it was denied: its task is as before that, under a new key. While
    /// the form lives no other red of the blue would be taken.
    fn take_up_again(&mut self, blue: &Invoice, task: &Invoice, form: &RedForm) -> Result<(), Refusal> {
        self.hold_again(task, &claims_of_invoice(task));
        self.emit(Event::Invoice(task.id().clone(), InvoiceChange::Requeued));
        let open = OpenRed { red: task.id().clone(), rows: taken_back(blue, task.rows()) };
        self.emit(Event::Invoice(blue.id().clone(), InvoiceChange::RedOpened(open)));
        self.confirmation(task.id(), &form.confirmation)
    }

    /// Gives a red task up of which nothing was sent. Whether it could be.
    fn drop_unsent_red(&mut self, id: &InvoiceId) -> Result<bool, Refusal> {
        let red = self.state.invoice(id)?.clone();
        if !matches!(red.state(), InvoiceState::Planned { .. }) || red.sends() > 0 {
            return Ok(false);
        }
        self.emit(Event::Invoice(id.clone(), InvoiceChange::Superseded));
        self.drop_reversal(&red);
        let moved = ApplicationChange::TaskMoved { invoice: id.clone(), state: TaskState::Superseded };
        self.emit(Event::Application(red.application().clone(), moved));
        Ok(true)
    }

    fn open_foreign_red(
        &mut self,
        blue: &Invoice,
        form: &RedForm,
        reason: RedReason,
        rows: Vec<InvoiceRow>,
    ) -> Result<(), Refusal> {
        let color = Color::Red { of: blue.id().clone(), blue: form.blue.clone(), reason };
        let state = InvoiceState::Confirming { confirmation: form.confirmation.clone(), answer: None };
        let number = form.confirmation.number.clone();
        let id = self.add_red(blue.clone(), color, rows, (Some(number), state))?;
        match &form.confirmation.red {
            Some(_) => self.learn(&id, &super::Outcome::Confirmation(form.confirmation.clone()), false),
            None => Ok(()),
        }
    }

    /// Notes what the seller wants to say to a red confirmation; it is said by the next step of its task. Only who is
    /// in turn may: 03 is confirmed or refused, and what was withdrawn is what this side did last.
    pub(super) fn answer_red(&mut self, id: &InvoiceId, answer: RedAnswer) -> Result<(), Refusal> {
        let invoice = self.state.invoice(id)?;
        let InvoiceState::Confirming { confirmation, answer: wanted } = invoice.state() else {
            return Err(Self::refuse_state(invoice, "answer_red"));
        };
        if *wanted == Some(answer) {
            return Ok(());
        }
        let done = confirmation.red.is_some() || wanted.is_some();
        if done || !confirmation.state.seller_may(answer, invoice.started_by()) {
            let refusal = Refusal::new(RefusalCode::RedAnswerNotOurs).with("invoice", id);
            return Err(refusal.with("state", confirmation.state.code()).with("answer", answer.as_str()));
        }
        self.emit(Event::Invoice(id.clone(), InvoiceChange::AnswerWanted { answer }));
        Ok(())
    }
}

/// The rows of a red that a form of the buyer's comes to; `None` when it does not fit what is left of the blue.
fn form_rows(blue: &Invoice, rows: &[RedFormRow]) -> Option<Vec<InvoiceRow>> {
    let mut wanted: BTreeMap<u32, &RedFormRow> = BTreeMap::new();
    for row in rows {
        if wanted.insert(row.blue_row, row).is_some() {
            return None;
        }
    }
    let mut made = Vec::new();
    for (index, printed) in netted(blue.rows()) {
        let left = left_of(blue, index, printed);
        let asked = match (rows.is_empty(), wanted.remove(&(index + 1))) {
            (true, _) if left.whole.is_zero() => continue,
            (true, _) => left.whole,
            (false, Some(row)) => asked_of(&left, row)?,
            (false, None) => continue,
        };
        let parts = shared_out(&left, asked)?;
        let quantity = Some(asked.quantity).filter(|quantity| !quantity.is_zero());
        made.push(InvoiceRow {
            kind: RowKind::Normal,
            quantity,
            net: asked.net,
            tax: asked.tax,
            gross: asked.gross,
            blue_row: Some(index + 1),
            parts,
            ..printed.clone()
        });
    }
    (wanted.is_empty() && !made.is_empty()).then_some(made)
}

/// What reds have left of a row, in all and of each of its parts.
struct Left {
    whole: Share,
    parts: Vec<OrderShare>,
}

fn left_of(blue: &Invoice, index: u32, printed: &InvoiceRow) -> Left {
    let flushed = blue.flushed().iter().find(|flushed| flushed.row == index);
    let less = |mut share: Share, gone: Option<Share>| {
        share.take(gone.unwrap_or(Share::ZERO));
        share
    };
    let parts = printed.parts.iter().enumerate().map(|(at, part)| {
        let gone = flushed.and_then(|flushed| flushed.parts.get(at)).copied();
        let of = LineShare { line: part.of.line, share: less(part.of.share, gone) };
        OrderShare { order: part.order.clone(), of }
    });
    let parts: Vec<OrderShare> = parts.collect();
    // Discounts are netted in: the parts, not the printed amounts, say what there is.
    let mut whole = Share::ZERO;
    parts.iter().for_each(|part| whole.add(part.of.share));
    Left { whole, parts }
}

fn asked_of(left: &Left, row: &RedFormRow) -> Option<Share> {
    let gross = row.net.checked_add(row.tax)?;
    let whole = gross == left.whole.gross && row.net == left.whole.net;
    let quantity = if whole { left.whole.quantity } else { row.quantity.unwrap_or_default() };
    let asked = Share { quantity, net: row.net, tax: row.tax, gross };
    (gross.is_positive() && fits(asked, left.whole)).then_some(asked)
}

fn fits(part: Share, whole: Share) -> bool {
    let amounts = part.net <= whole.net && part.tax <= whole.tax && part.gross <= whole.gross;
    let rest = part.gross < whole.gross || part.net == whole.net;
    amounts && rest && !part.quantity.is_sign_negative() && part.quantity <= whole.quantity
}

/// Takes whole parts in order while they fit, and the rest from the next.
fn shared_out(left: &Left, asked: Share) -> Option<Vec<OrderShare>> {
    let mut rest = asked;
    let mut parts = Vec::new();
    for part in left.parts.iter().filter(|part| !part.of.share.is_zero()) {
        if rest.is_zero() {
            break;
        }
        let there = part.of.share;
        let all = there.net <= rest.net && there.tax <= rest.tax;
        let quantity = there.quantity.min(rest.quantity);
        let share = if all { Share { quantity, ..there } } else { Share { quantity, ..rest } };
        if !fits(share, there) {
            return None;
        }
        rest.take(share);
        parts.push(OrderShare { order: part.order.clone(), of: LineShare { line: part.of.line, share } });
    }
    let amounts = rest.net.is_zero() && rest.tax.is_zero() && rest.gross.is_zero();
    (amounts && rest.quantity <= Decimal::ZERO).then_some(parts)
}
