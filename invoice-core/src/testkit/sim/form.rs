use crate::provider::IssueRequest;

/// A request as the bureau reads it. Amounts in fen, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) key: String,
    /// Tax ID of the seller.
    pub(super) seller: String,
    pub(super) totals: [i64; 3],
    /// The number of the blue invoice, on a red one.
    pub(super) blue: Option<String>,
    pub(super) confirmation: Option<String>,
    pub(super) rows: Vec<FormRow>,
}

/// One printed row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FormRow {
    pub(super) millionths: u32,
    pub(super) amounts: [i64; 3],
    pub(super) blue_row: u32,
}

/// The text that travels: no character that JSON would escape.
pub(super) fn write(request: &IssueRequest) -> String {
    use std::fmt::Write;
    let red = request.red();
    let mut text = format!(
        "{};{};{};{};{};{};{};",
        request.key(),
        request.seller().tax_id,
        request.net().fen(),
        request.tax().fen(),
        request.gross().fen(),
        red.map_or("-", |red| red.blue.as_str()),
        red.and_then(|red| red.confirmation.as_deref()).unwrap_or("-"),
    );
    for row in request.rows() {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{},{},{},{},{}|",
            row.item.rate().millionths(),
            row.net.fen(),
            row.tax.fen(),
            row.gross.fen(),
            row.blue_row.unwrap_or(0)
        );
    }
    text
}

/// Reads what [`write`] wrote.
pub(super) fn read(text: &str) -> Option<Form> {
    let mut fields = text.split(';');
    let key = fields.next()?.to_owned();
    let seller = fields.next()?.to_owned();
    let mut fen = || fields.next()?.parse::<i64>().ok();
    let totals = [fen()?, fen()?, fen()?];
    let mut named = || fields.next().map(|name| (name != "-").then(|| name.to_owned()));
    let (blue, confirmation) = (named()?, named()?);
    let mut rows = Vec::new();
    for row in fields.next()?.split('|').filter(|row| !row.is_empty()) {
        let mut fields = row.split(',');
        let millionths = fields.next()?.parse().ok()?;
        let mut fen = || fields.next()?.parse::<i64>().ok();
        let amounts = [fen()?, fen()?, fen()?];
        rows.push(FormRow { millionths, amounts, blue_row: fields.next()?.parse().ok()? });
    }
    Some(Form { key, seller, totals, blue, confirmation, rows })
}
