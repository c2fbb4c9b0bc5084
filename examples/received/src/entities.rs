//! The companies that invoices are made out to, kept as a note in the store: every later process needs them.

use std::collections::BTreeMap;
use std::path::Path;

use invoice_core::env::{Cipher, IdGenerator, Opaque, Place};
use invoice_core::id::{SellerId, TenantId, UnitId};
use invoice_core::store::{Columns, Key, Kind, Row, Store, UnitOfWork, Version, Write};
use invoice_examples::run::{RunError, failed};

use crate::office::Entity;

const NOTE: &str = "received-entities";

fn place_of(version: Version) -> String {
    format!("{NOTE}/{}", version.number())
}

fn sealed(error: invoice_core::env::CipherError) -> RunError {
    RunError::Key(Box::new(error))
}

/// Adds to the companies that are known, and gives all of them.
pub(crate) async fn add(
    (store, cipher): (&dyn Store, &dyn Cipher),
    ids: &dyn IdGenerator,
    tenant: &TenantId,
    new: &[Entity],
) -> Result<Vec<Entity>, RunError> {
    let key = Key::new(tenant, Kind::Note, NOTE);
    let row = store.read(std::slice::from_ref(&key)).await?.into_iter().flatten().next();
    let (version, mut known) = match row {
        Some(row) => {
            let id = place_of(row.version);
            let place = Place { tenant, column: Kind::Note.as_str(), row: &id };
            let plain = cipher.open(&place, &row.body.0).map_err(sealed)?;
            let known: Vec<Entity> = serde_json::from_slice(&plain).map_err(RunError::Note)?;
            (row.version, known.into_iter().map(|entity| (entity.id.clone(), entity)).collect())
        }
        None => (Version::ABSENT, BTreeMap::<SellerId, Entity>::new()),
    };
    let before = known.len();
    for entity in new {
        let kept = known.entry(entity.id.clone()).or_insert_with(|| entity.clone());
        if kept.tax_id != entity.tax_id {
            let what = std::io::Error::other("this company is known under another tax ID");
            return Err(failed(Path::new(entity.id.as_str()))(what));
        }
    }
    let known: Vec<Entity> = known.into_values().collect();
    if known.len() > before {
        let version = version.next();
        let id = place_of(version);
        let place = Place { tenant, column: Kind::Note.as_str(), row: &id };
        let plain = serde_json::to_vec(&known).map_err(RunError::Note)?;
        let body = Opaque(cipher.seal(&place, &plain).map_err(sealed)?);
        let mut unit = UnitOfWork::new(UnitId::new(ids.next_id())?, tenant.clone());
        let row = Row { key, version, head: [0; 32], body };
        unit.writes.push(Write { row, columns: Columns::default() });
        store.commit(&unit).await?;
    }
    Ok(known)
}
