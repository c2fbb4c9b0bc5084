use super::load::Loaded;
use super::pump::Done;
use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Role, Verb};
use crate::batch::{
    BatchChunk, BatchRow, CHUNK, MAX_BATCH_ID, MAX_ROWS, RowResult, RowWish, application_id, survey,
};
use crate::decision::Command;
use crate::error::{Refusal, RefusalCode};
use crate::id::BatchId;
use crate::store::{Kind, MAX_PAGE, Message, Next, Query, Settlement};

/// How far a batch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchProgress {
    /// Rows submitted.
    pub rows: usize,
    /// Rows that have a result.
    pub done: usize,
    /// Of these, applications accepted.
    pub accepted: usize,
}

impl InvoiceDesk {
    /// Takes in the rows of a file. Each becomes an application of its own, tried by [`InvoiceDesk::pump`] with the
    /// permissions of whoever submits; what a row is refused for stops no other. The same batch again is fine, also after
    /// being cut off half-way: no row is applied for twice.
    ///
    /// # Errors
    /// `BATCH-01` for an id or file that is too long, or a row number that comes twice; `BATCH-02` when rows were
    /// submitted with other contents before; `ACCESS-…`; a failing store.
    pub async fn submit_batch(
        &self,
        actor: &Actor,
        batch: &BatchId,
        mut rows: Vec<BatchRow>,
    ) -> Result<BatchProgress, DeskError> {
        self.permit(actor, Verb::Batch).await?;
        let mut numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
        numbers.sort_unstable();
        let twice = numbers.windows(2).any(|pair| pair[0] == pair[1]);
        if batch.as_str().len() > MAX_BATCH_ID || rows.len() > MAX_ROWS || rows.is_empty() || twice {
            return Err(Refusal::new(RefusalCode::BatchShape)
                .with("id", MAX_BATCH_ID)
                .with("rows", MAX_ROWS)
                .into());
        }
        for row in &mut rows {
            if let RowWish::Apply(request) = &mut row.wish {
                request.id = application_id(batch, row.number);
            }
        }
        let known = survey(&rows);
        for (index, (rows, known)) in (0_u32..).zip(rows.chunks(CHUNK).zip(known.chunks(CHUNK))) {
            let chunk = BatchChunk {
                batch: batch.clone(),
                index,
                submitted_by: actor.id().clone(),
                role: actor.role().as_str().to_owned(),
                rows: rows.to_vec(),
                known: known.to_vec(),
                results: Vec::new(),
            };
            self.transact(actor, &Command::Submit(Box::new(chunk))).await?;
        }
        self.batch_progress(actor, batch).await
    }

    /// Tries the rows of a chunk and writes down what they came to.
    pub(super) async fn serve_chunk(&self, actor: &Actor, message: &Message) -> Result<Done, DeskError> {
        let Some(lease) = message.lease.clone() else { return Ok(Done::Idle) };
        let id = message.subject.id();
        let mut loaded = Loaded::default();
        self.chunk(&mut loaded, id).await?;
        let chunk = loaded.state.batches.remove(id).filter(|chunk| !chunk.is_done());
        let mut results = Vec::new();
        if let Some(chunk) = &chunk {
            let submitter = submitter(chunk);
            for (row, known) in chunk.rows.iter().zip(&chunk.known) {
                results.push(match known {
                    Some(known) => known.clone(),
                    None => self.try_row(&submitter, row).await?,
                });
            }
        }
        let settlement = Settlement { message: message.id.clone(), lease, next: Next::Done };
        let command = Command::BatchDone { chunk: id.to_owned(), results };
        self.transact_settling(actor, &command, |_| Some(settlement.clone())).await?;
        Ok(Done::Served)
    }

    /// Applies for one row. A refusal is a result; a failing store is an error, and the whole chunk comes again.
    async fn try_row(&self, submitter: &Actor, row: &BatchRow) -> Result<RowResult, DeskError> {
        let request = match &row.wish {
            RowWish::Apply(request) => (**request).clone(),
            RowWish::Unreadable { column, code } => {
                return Ok(RowResult::Unreadable { column: column.clone(), code: code.clone() });
            }
        };
        match self.apply(submitter, request, None).await {
            Ok(application) => {
                let state = application.state();
                Ok(RowResult::Accepted { application: application.id().clone(), state })
            }
            Err(DeskError::Refused(refusal)) => Ok(RowResult::Refused {
                code: refusal.code().as_str().to_owned(),
                message: refusal.message(crate::error::Language::En),
            }),
            Err(error) => Err(error),
        }
    }

    /// How far a batch has come.
    ///
    /// # Errors
    /// `BATCH-03` for an unknown batch, `ACCESS-01`; a failing store.
    pub async fn batch_progress(&self, actor: &Actor, batch: &BatchId) -> Result<BatchProgress, DeskError> {
        let mut progress = BatchProgress::default();
        self.each_chunk(actor, batch, |chunk| {
            progress.rows += chunk.rows().len();
            progress.done += chunk.results().len();
            let accepted = |result: &&RowResult| matches!(result, RowResult::Accepted { .. });
            progress.accepted += chunk.results().iter().filter(accepted).count();
        })
        .await?;
        Ok(progress)
    }

    /// The result of every row that has one, in the order of the file.
    ///
    /// # Errors
    /// `BATCH-03` for an unknown batch, `ACCESS-01`; a failing store.
    pub async fn batch_results(
        &self,
        actor: &Actor,
        batch: &BatchId,
    ) -> Result<Vec<(u32, RowResult)>, DeskError> {
        let mut results = Vec::new();
        self.each_chunk(actor, batch, |chunk| {
            let numbers = chunk.rows().iter().map(|row| row.number);
            results.extend(numbers.zip(chunk.results().iter().cloned()));
        })
        .await?;
        Ok(results)
    }

    async fn each_chunk(
        &self,
        actor: &Actor,
        batch: &BatchId,
        mut look: impl FnMut(&BatchChunk) + Send,
    ) -> Result<(), DeskError> {
        self.permit(actor, Verb::Batch).await?;
        let mut query = Query::new(&self.inner.tenant, Kind::Batch)
            .tagged("batch", batch.as_str())
            .limit(MAX_PAGE / CHUNK);
        let mut found = false;
        loop {
            let page = self.inner.store.find(&query).await?;
            for row in &page.rows {
                found = true;
                look(&self.open(row)?);
            }
            match page.next {
                Some(next) => query = query.after(next),
                None if found => return Ok(()),
                None => return Err(Refusal::new(RefusalCode::BatchUnknown).with("batch", batch).into()),
            }
        }
    }

    pub(super) async fn chunk(&self, loaded: &mut Loaded, id: &str) -> Result<(), DeskError> {
        for row in self.fetch(loaded, vec![self.key(Kind::Batch, id)]).await? {
            let chunk: BatchChunk = self.open(&row)?;
            loaded.state.batches.insert(row.key.id().to_owned(), chunk);
        }
        Ok(())
    }
}

/// Whoever submitted, with the role they had; one that is not known any more may do nothing but read.
fn submitter(chunk: &BatchChunk) -> Actor {
    let role = Role::ALL.iter().copied().find(|role| role.as_str() == chunk.role).unwrap_or(Role::Support);
    Actor::staff(chunk.submitted_by.clone(), role)
}
