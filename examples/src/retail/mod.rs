//! The public "Online Retail" dataset (UCI Machine Learning Repository, Daqing Chen, 2015) as the orders of a shop.
//!
//! Columns: `InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country`. The price is
//! read as yuan including tax, an `InvoiceNo` is an order, and one that begins with `C` is a refund that names no
//! order. What each stock code means stands in [`catalogue`], how refunds find their orders in [`matching`].
//!
//! Dates before 2020 are moved on by sixteen years, which keeps month, day and leap years: an invoice may only be
//! issued at a rate that is in force, and the dataset is older than today's rates.
//!
//! Files may be named, cut and sorted in any way: a row belongs to the day of the earliest row of its order.
//!
//! Nothing is ever dropped unseen: a row that cannot be read, a row that is no sale, and the part of a refund that
//! matches no purchase are each counted and named.

pub mod catalogue;
mod csv;
mod feed;
pub mod matching;
mod orders;
mod reader;
mod refunds;
mod row;
mod survey;

pub use feed::RetailFeed;
pub use reader::Reader;
pub use row::{Columns, Fault, Row};
