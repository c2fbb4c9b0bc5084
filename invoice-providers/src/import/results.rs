use std::io::Write;

use invoice_core::batch::RowResult;

use super::sheet::{Cell, CsvSheet};

/// Writes results as CSV to hand back: `row,result,application,detail`. Begins with a byte order mark, so that
/// spreadsheets read it as UTF-8. A cell that a spreadsheet would take for a formula gets a quotation mark in front.
///
/// # Errors
/// When writing fails.
pub fn write_results<'a>(
    file: impl Write,
    results: impl IntoIterator<Item = &'a (u32, RowResult)>,
) -> std::io::Result<()> {
    let mut sheet = CsvSheet::new(file)?;
    sheet.row(&HEAD.map(Cell::from))?;
    for (number, result) in results {
        sheet.row(&cells(*number, result).map(Cell::from))?;
    }
    sheet.finish()
}

/// The head of a file of results.
pub(super) const HEAD: [&str; 4] = ["row", "result", "application", "detail"];

/// The cells of a result. No personal data: ids, states, codes and the sentences of refusals.
pub(super) fn cells(number: u32, result: &RowResult) -> [String; 4] {
    let (application, detail) = match result {
        RowResult::Accepted { application, state } => (application.as_str(), state.as_str().to_owned()),
        RowResult::Refused { code, message } => ("", format!("{code}: {message}")),
        RowResult::Repeats { row } | RowResult::Contradicts { row } => ("", format!("row {row}")),
        RowResult::Unreadable { column, code } => ("", format!("column {column}: {code}")),
        _ => ("", String::new()),
    };
    [number.to_string(), result.as_str().to_owned(), application.to_owned(), detail]
}

#[cfg(test)]
mod tests {
    use invoice_core::application::ApplicationState;
    use invoice_core::id::ApplicationId;

    use super::*;

    #[test]
    fn results_are_a_row_each_and_no_cell_is_a_formula() {
        let accepted = |id: &str| RowResult::Accepted {
            application: ApplicationId::new(id).unwrap(),
            state: ApplicationState::PendingReview,
        };
        let refused = RowResult::Refused { code: "LEDGER-02".into(), message: "Nothing, \"really\"".into() };
        let results = [
            (2, accepted("B-2")),
            (3, accepted("=1+2")),
            (4, refused),
            (5, RowResult::Repeats { row: 2 }),
            (6, RowResult::Unreadable { column: "kind".into(), code: "KIND".into() }),
        ];
        let mut file = Vec::new();
        write_results(&mut file, &results).unwrap();
        let text = String::from_utf8(file).unwrap();
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                "\u{feff}row,result,application,detail",
                "2,accepted,B-2,pending_review",
                "3,accepted,'=1+2,pending_review",
                "4,refused,,\"LEDGER-02: Nothing, \"\"really\"\"\"",
                "5,repeats,,row 2",
                "6,unreadable,,column kind: KIND"
            ]
        );
    }
}
