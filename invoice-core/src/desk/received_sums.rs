//! Reports of received invoices from what the store has added up.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, NaiveDate};
use futures_util::future::try_join_all;

use super::{DeskError, InvoiceDesk};
use crate::access::{Actor, Verb};
use crate::money::Money;
use crate::received::{ReceivedQuery, ReceivedRecord, ReceivedState};
use crate::report::facet::{Cell, Facet};
use crate::report::received::{Deduction, ReceivedReport};
use crate::report::{GroupBy, Totals, UNKNOWN};
use crate::search::TitleSearch;
use crate::store::{Kind, MAX_PAGE, Query, Sum, SumQuery, Summand, Tag};

/// Most characters kept of a token.
const TOKEN_CHARS: usize = 32;
/// Stands for every name where names have no tokens.
const UNTOLD: &str = "*";
/// Names looked up at a time.
const LOOKUPS: usize = 32;

impl InvoiceDesk {
    /// What the received invoices of a query come to, by a property of theirs, by year and by what becomes of their tax.
    ///
    /// Whole months, a company and states are answered from sums that the store keeps, without opening an invoice but one of
    /// each seller and category, to name it; whatever else a query asks takes the way of [`InvoiceDesk::fold_received`], and so
    /// does everything where [`TitleSearch::Off`] leaves no names to be told apart, or where an invoice is not in every sum.
    /// Both give the same. What is written meanwhile may be counted as it was or as it is, in one part of the report as it was
    /// and in another as it is.
    ///
    /// # Errors
    /// `ACCESS-01` without [`Verb::Summarize`]; a failing store.
    pub async fn report_received(
        &self,
        actor: &Actor,
        query: &ReceivedQuery,
        by: GroupBy,
    ) -> Result<ReceivedReport, DeskError> {
        self.permit(actor, Verb::Summarize).await?;
        if let Some(report) = self.report_from_sums(query, by).await? {
            return Ok(report);
        }
        let mut report = ReceivedReport::new(by);
        let add = |record: &ReceivedRecord| {
            report.add(record);
            Ok::<_, DeskError>(())
        };
        self.fold_received(actor, query, add).await?;
        Ok(report)
    }

    async fn report_from_sums(
        &self,
        query: &ReceivedQuery,
        by: GroupBy,
    ) -> Result<Option<ReceivedReport>, DeskError> {
        let Some(days) = query.whole_months() else { return Ok(None) };
        let mut report = ReceivedReport::new(by);
        let facets = report.facets();
        let all = facets.iter().map(|facet| self.cells(query, days, *facet));
        let Some(all) = try_join_all(all).await?.into_iter().collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let mut invoices = BTreeSet::new();
        for (facet, cells) in facets.iter().zip(&all) {
            cells.iter().for_each(|cell| report.add_cell(*facet, cell));
            if !facet.is_of_rows() {
                invoices.insert(cells.iter().map(|cell| cell.totals.invoices).sum::<u64>());
            }
        }
        // Every invoice is once in each of these: where not, it was written before there was one of them, or just now.
        Ok((invoices.len() == 1).then_some(report))
    }

    /// What the store has added up by a facet, with the names that it does not see; `None` where a name or a fate cannot be
    /// told.
    async fn cells(
        &self,
        query: &ReceivedQuery,
        days: Option<(NaiveDate, NaiveDate)>,
        facet: Facet,
    ) -> Result<Option<Vec<Cell>>, DeskError> {
        let mut wanted = SumQuery::new(&self.inner.tenant, Kind::Received, facet.as_str());
        if let Some((first, last)) = days {
            wanted = wanted.from_value(month(first));
            // Behind the last month that there can be, there is no bound.
            if let Some(next) = last.checked_add_months(Months::new(1)) {
                wanted = wanted.until_value(month(next));
            }
        }
        let states: Vec<ReceivedState> = query.states().collect();
        let asked = |cell: &Cell| {
            (states.is_empty() || states.contains(&cell.state))
                && query.wanted_entity().is_none_or(|entity| entity.as_str() == cell.entity)
        };
        let (mut cells, mut tokens) = (Vec::new(), BTreeMap::new());
        loop {
            let page = self.inner.store.sums(&wanted).await?;
            for sum in &page {
                let cell = read(sum).ok_or_else(|| self.unreadable(facet))?;
                if !asked(&cell) {
                    continue;
                }
                let fate = cell.key.as_deref().and_then(Deduction::from_name);
                if facet == Facet::Deduction && fate.is_none() {
                    return Ok(None);
                }
                if let Some(token) = cell.key.as_ref().filter(|_| facet.is_sealed()) {
                    tokens.entry(token.clone()).or_insert_with(|| sum.value.clone());
                }
                cells.push(cell);
            }
            match page.last() {
                Some(last) if page.len() == MAX_PAGE => wanted = wanted.after(last.value.as_str()),
                _ => break,
            }
        }
        if tokens.contains_key(UNTOLD) {
            return Ok(None);
        }
        let Some(names) = self.names(facet, tokens).await? else { return Ok(None) };
        if facet.is_sealed() {
            for cell in &mut cells {
                cell.key = cell.key.as_ref().and_then(|token| names.get(token).cloned());
            }
        }
        Ok(Some(cells))
    }

    fn unreadable(&self, facet: Facet) -> DeskError {
        let source = <serde_json::Error as serde::de::Error>::custom("what is added up");
        DeskError::Unreadable { subject: format!("{}/{}", self.inner.tenant, facet.as_str()), source }
    }

    /// The names behind tokens, each from an invoice that carries it; `None` when no invoice carries one any more.
    async fn names(
        &self,
        facet: Facet,
        tokens: BTreeMap<String, String>,
    ) -> Result<Option<BTreeMap<String, String>>, DeskError> {
        let mut names = BTreeMap::new();
        let tokens: Vec<(String, String)> = tokens.into_iter().collect();
        for tokens in tokens.chunks(LOOKUPS) {
            let looked = tokens.iter().map(|(token, value)| self.name_of(facet, token, value));
            for ((token, _), name) in tokens.iter().zip(try_join_all(looked).await?) {
                let Some(name) = name else { return Ok(None) };
                names.insert(token.clone(), name);
            }
        }
        Ok(Some(names))
    }

    async fn name_of(&self, facet: Facet, token: &str, value: &str) -> Result<Option<String>, DeskError> {
        let query = Query::new(&self.inner.tenant, Kind::Received).tagged(facet.as_str(), value).limit(1);
        let page = self.inner.store.find(&query).await?;
        let Some(row) = page.rows.first() else { return Ok(None) };
        let record: ReceivedRecord = self.open(row)?;
        for name in facet.cells(&record).into_iter().filter_map(|cell| cell.key) {
            if self.sum_token(facet, &name)? == token {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// The tags that a received invoice is added up by.
    pub(super) fn sum_tags(&self, record: &ReceivedRecord) -> Result<Vec<Tag>, DeskError> {
        let mut tags: BTreeMap<(&'static str, String), Summand> = BTreeMap::new();
        for facet in Facet::ALL {
            for cell in facet.cells(record) {
                let key = match cell.key.as_deref() {
                    Some(_) if facet.is_sealed() && self.inner.search == TitleSearch::Off => {
                        UNTOLD.to_owned()
                    }
                    Some(name) if facet.is_sealed() => self.sum_token(*facet, name)?,
                    key => key.unwrap_or(UNKNOWN).to_owned(),
                };
                let value = format!("{}|{}|{key}|{}", month(cell.month), cell.state.as_str(), cell.entity);
                let own = tags.entry((facet.as_str(), value)).or_default();
                let sum = summand(&cell.totals).and_then(|part| own.checked_add(part));
                *own = sum.ok_or_else(|| self.unreadable(*facet))?;
            }
        }
        let tag = |((name, value), amounts): ((_, String), _)| Tag::new(name, value).with_amounts(amounts);
        Ok(tags.into_iter().map(tag).collect())
    }

    fn sum_token(&self, facet: Facet, name: &str) -> Result<String, DeskError> {
        let token = self.inner.cipher.token(&self.inner.tenant, facet.as_str(), name);
        let subject = || format!("token of {}", facet.as_str());
        let mut token = token.map_err(|source| DeskError::Cipher { subject: subject(), source })?;
        token.truncate(TOKEN_CHARS);
        Ok(token)
    }
}

fn month(day: NaiveDate) -> String {
    day.format("%Y-%m").to_string()
}

fn summand(totals: &Totals) -> Option<Summand> {
    let fen = |amount: i128| i64::try_from(amount).ok().map(Money::from_fen);
    Some(Summand { net: fen(totals.net)?, tax: fen(totals.tax)?, gross: fen(totals.gross)? })
}

/// A sum as the cell it is of.
fn read(sum: &Sum) -> Option<Cell> {
    let mut parts = sum.value.splitn(4, '|');
    let month = format!("{}-01", parts.next()?).parse().ok()?;
    let name = parts.next()?;
    let state = *ReceivedState::ALL.iter().find(|state| state.as_str() == name)?;
    let key = Some(parts.next()?).filter(|key| *key != UNKNOWN).map(str::to_owned);
    let fen = |amount: Money| i128::from(amount.fen());
    let Summand { net, tax, gross } = sum.amounts;
    let totals = Totals { invoices: sum.rows, net: fen(net), tax: fen(tax), gross: fen(gross) };
    Some(Cell { month, state, entity: parts.next()?.to_owned(), key, totals })
}
