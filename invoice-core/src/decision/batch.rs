use super::{Case, Event};
use crate::batch::{BatchChange, BatchChunk, RowResult, chunk_id};
use crate::error::{Refusal, RefusalCode};

impl Case<'_> {
    /// Takes in a chunk of a batch. The same again is fine.
    pub(super) fn submit(&mut self, chunk: &BatchChunk) -> Result<(), Refusal> {
        let id = chunk_id(&chunk.batch, chunk.index);
        match self.state.batches.get(&id) {
            None => {
                self.emit(Event::Batch(id, BatchChange::Submitted(Box::new(chunk.clone()))));
                Ok(())
            }
            Some(known) if known.rows == chunk.rows && known.known == chunk.known => Ok(()),
            Some(_) => Err(Refusal::new(RefusalCode::BatchChanged).with("batch", &chunk.batch)),
        }
    }

    /// Writes down what the rows of a chunk came to. What was written before stays.
    pub(super) fn batch_done(&mut self, id: &str, results: &[RowResult]) -> Result<(), Refusal> {
        let chunk = self.state.batches.get(id);
        let chunk = chunk.ok_or_else(|| Refusal::new(RefusalCode::BatchUnknown).with("batch", id))?;
        if !chunk.is_done() && results.len() == chunk.rows.len() {
            self.emit(Event::Batch(id.to_owned(), BatchChange::Done(results.to_vec())));
        }
        Ok(())
    }
}
