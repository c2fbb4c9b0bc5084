//! The buyer's side of red confirmations: started at the bureau, answered by the seller.

use super::bureau::{Bureau, Confirmation};
use super::fault::{Fault, Tally};
use super::form::{Form, FormRow};
use super::personality::HOUR;
use super::rng::Rng;
use crate::invoice::{ConfirmationState as S, RedAnswer};

/// The key under which the bureau keeps what the buyer has started.
pub(super) const FOREIGN: &str = "buyer-";

impl Bureau {
    /// Whether a form of a blue is open: one that waits or may still be issued from.
    pub(super) fn is_locked(&self, blue: &str) -> bool {
        self.confirmations.values().any(|form| {
            form.form.blue.as_deref() == Some(blue) && form.red.is_none() && !form.state.is_dead()
        })
    }

    /// What of the rows of a blue invoice no red has taken back yet: row from 1, rate, net, tax.
    fn left_of(&self, number: &str) -> Vec<(u32, u32, i64, i64)> {
        let Some(blue) = self.docs.iter().find(|doc| doc.number == number) else { return Vec::new() };
        let reds = self.docs.iter().filter(|doc| doc.form.blue.as_deref() == Some(number));
        let gone: Vec<&FormRow> = reds.flat_map(|red| &red.form.rows).collect();
        let mut left: Vec<(u32, u32, i64, i64)> = Vec::new();
        for (index, row) in (1_u32..).zip(&blue.form.rows) {
            let [net, tax, gross] = row.amounts;
            // A discount row belongs to the row above it.
            match left.last_mut().filter(|_| gross < 0) {
                Some(above) => (above.2, above.3) = (above.2 + net, above.3 + tax),
                None => left.push((index, row.millionths, net, tax)),
            }
        }
        for row in &mut left {
            for red in gone.iter().filter(|red| red.blue_row == row.0) {
                (row.2, row.3) = (row.2 + red.amounts[0], row.3 + red.amounts[1]);
            }
        }
        left.retain(|(_, _, net, _)| *net > 0);
        left
    }

    /// Whether a red form takes back more than is left of its blue.
    pub(super) fn exceeds(&self, form: &Form) -> bool {
        let Some(blue) = form.blue.as_deref() else { return false };
        let left = self.left_of(blue);
        form.rows.iter().any(|row| {
            let there = left.iter().find(|(index, ..)| *index == row.blue_row);
            there.is_none_or(|(_, _, net, tax)| -row.amounts[0] > *net || -row.amounts[1] > *tax)
        })
    }

    /// A buyer starts a form of a blue invoice, for all that is left of it or for one row.
    pub(super) fn buyer_starts(&mut self, now: i64, rng: &mut Rng, tally: &mut Tally) {
        let open =
            |bureau: &Self, number: &str| !bureau.is_locked(number) && !bureau.left_of(number).is_empty();
        let blues: Vec<usize> = (0..self.docs.len())
            .filter(|index| {
                let doc = self.docs.get(*index).filter(|doc| doc.form.blue.is_none());
                doc.is_some_and(|doc| open(self, &doc.number))
            })
            .collect();
        let Some(blue) = rng.pick(&blues).and_then(|index| self.docs.get(*index)).cloned() else { return };
        let mut left = self.left_of(&blue.number);
        if rng.chance(500) {
            let keep = rng.index(left.len());
            left = left.into_iter().skip(keep).take(1).collect();
        }
        let row = |&(blue_row, millionths, net, tax): &(u32, u32, i64, i64)| FormRow {
            millionths,
            amounts: [-net, -tax, -net - tax],
            blue_row,
        };
        let rows: Vec<FormRow> = left.iter().map(row).collect();
        let totals = rows.iter().fold([0; 3], |sum, row| {
            [sum[0] + row.amounts[0], sum[1] + row.amounts[1], sum[2] + row.amounts[2]]
        });
        self.serial += 1;
        let number = format!("{:020}", self.serial);
        let key = format!("{FOREIGN}{number}");
        let next = match rng.below(4) {
            0 => Some((now + rng.between(HOUR, 60 * HOUR), S::Withdrawn)),
            _ => Some((now + 72 * HOUR, S::Expired)),
        };
        let (blue, confirmation) = (Some(blue.number), Some(number.clone()));
        let form =
            Form { key: key.clone(), seller: blue_seller(&blue, self), totals, blue, confirmation, rows };
        let expires_at = Some(now + 72 * HOUR);
        self.due = self.due.min(next.map_or(i64::MAX, |(at, _)| at));
        let started = Confirmation {
            number,
            state: S::AwaitingSeller,
            expires_at,
            red: None,
            next,
            form,
            foreign: true,
        };
        tally.count(Fault::BuyerStarted);
        self.confirmations.insert(key, started);
    }

    /// The seller answers a form; `None` when it is not the seller's turn.
    pub(super) fn answered(
        &mut self,
        number: &str,
        answer: RedAnswer,
        now: i64,
        rng: &mut Rng,
        tally: &mut Tally,
    ) -> Option<Confirmation> {
        let (key, form) = self.confirmations.iter_mut().find(|(_, form)| form.number == number)?;
        let key = key.clone();
        let to = match (answer, form.state) {
            (RedAnswer::Confirm, S::AwaitingSeller | S::Confirmed) => S::Confirmed,
            (RedAnswer::Reject, S::AwaitingSeller | S::RefusedBySeller) => S::RefusedBySeller,
            (RedAnswer::Withdraw, S::Confirmed) if form.foreign && form.red.is_none() => {
                S::WithdrawnConfirmed
            }
            (RedAnswer::Withdraw, S::WithdrawnConfirmed) => S::WithdrawnConfirmed,
            _ => return None,
        };
        if form.state != to {
            (form.state, form.next) = (to, None);
            tally.count(match to {
                S::Confirmed => Fault::SellerConfirmed,
                S::RefusedBySeller => Fault::SellerRefused,
                _ => Fault::ConfirmationWithdrawn,
            });
            self.automatic(&key, now, rng, tally);
        }
        self.confirmations.get(&key).cloned()
    }
}

fn blue_seller(blue: &Option<String>, bureau: &Bureau) -> String {
    let doc = bureau.docs.iter().find(|doc| Some(&doc.number) == blue.as_ref());
    doc.map(|doc| doc.form.seller.clone()).unwrap_or_default()
}
