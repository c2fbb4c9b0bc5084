//! Files in and out: applications, tax codes and bank statements from CSV or XLSX, one a row, and the results of a batch to
//! hand back; reports and vouchers as sheets.
//!
//! A file comes from outside: whatever is wrong with it is an error or a result of one row, in bounded memory.

mod results;
mod rows;
mod sheet;
mod statement;
mod table;
mod tax_items;
#[cfg(feature = "xlsx")]
mod xlsx;

pub use results::write_results;
pub use rows::read_applications;
pub use sheet::{Cell, CsvSheet};
pub use statement::{MAX_STATEMENT_ROWS, StatementRow, Way, read_statement};
pub use table::ImportError;
pub use tax_items::{MAX_TAX_ITEMS, TaxItems, read_tax_items};
#[cfg(feature = "xlsx")]
pub use xlsx::{
    MAX_UNPACKED, read_applications_xlsx, read_statement_xlsx, read_tax_items_xlsx, write_results_xlsx,
    write_sheets_xlsx,
};
