//! What an archive asks: rows with their columns, and the outbox.

use invoice_core::id::{SellerId, TenantId};
use invoice_core::money::Money;
use invoice_core::store::{Columns, Key, Kind, Message, MessageId, Write, name};

use super::convert::{number, tags, time};
use super::decode::{self, bad};
use super::driver::{Cells, Driver};
use super::read::{Question, Read};
use super::script::Sql;
use super::table::MESSAGE;

/// Rows of a kind with their columns.
pub(crate) struct ArchivedRows {
    pub(crate) tenant: TenantId,
    pub(crate) kind: Kind,
    pub(crate) after: Option<String>,
    pub(crate) limit: usize,
}

/// Messages of the outbox.
pub(crate) struct ArchivedMessages {
    pub(crate) tenant: TenantId,
    pub(crate) after: Option<MessageId>,
    pub(crate) limit: usize,
}

impl Question for ArchivedRows {
    type Answer = Vec<Write>;
    const NAME: &'static str = "reading rows for an archive";

    async fn ask<D: Driver>(&self, driver: &mut D) -> Read<Self::Answer> {
        let mut sql = Sql::new(D::DIALECT.marks);
        sql.push(
            "SELECT id, version, head, body, seller, state, at, net, tax, gross, tags FROM invoice_rows ",
        );
        sql.push("WHERE tenant = ").bind(self.tenant.as_str()).push(" AND kind = ").bind(self.kind.as_str());
        // No id is empty, so this stands before every one.
        sql.push(" AND id > ").bind(self.after.as_deref().unwrap_or_default());
        sql.push(" ORDER BY id LIMIT ").bind(number(self.limit));
        let mut found = Vec::new();
        for cells in driver.fetch(sql).await? {
            let key = Key::new(&self.tenant, self.kind, cells.text(0)?);
            let row = decode::row(key, &cells, 1)?;
            found.push(Write { row, columns: columns(&cells, 4)? });
        }
        Ok(found)
    }
}

impl Question for ArchivedMessages {
    type Answer = Vec<Message>;
    const NAME: &'static str = "reading the outbox for an archive";

    async fn ask<D: Driver>(&self, driver: &mut D) -> Read<Self::Answer> {
        let mut sql = Sql::new(D::DIALECT.marks);
        sql.push("SELECT ").push(&MESSAGE.join(", ")).push(" FROM invoice_outbox WHERE tenant = ");
        sql.bind(self.tenant.as_str()).push(" AND id > ");
        sql.bind(self.after.as_ref().map_or("", MessageId::as_str));
        sql.push(" ORDER BY id LIMIT ").bind(number(self.limit));
        let found = driver.fetch(sql).await?;
        found.iter().map(|cells| decode::message(&self.tenant, cells, 0)).collect()
    }
}

/// seller, state, at, net, tax, gross, tags
fn columns(cells: &impl Cells, from: usize) -> Read<Columns> {
    Ok(Columns {
        seller: cells.text_or_none(from)?.map(SellerId::new).transpose().map_err(bad)?,
        state: cells.text_or_none(from + 1)?.map(name).transpose().map_err(bad)?,
        at: cells.int_or_none(from + 2)?.map(time),
        net: Money::from_fen(cells.int(from + 3)?),
        tax: Money::from_fen(cells.int(from + 4)?),
        gross: Money::from_fen(cells.int(from + 5)?),
        tags: tags(cells.text(from + 6)?).map_err(bad)?,
    })
}
