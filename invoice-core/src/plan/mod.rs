//! Planning: how amounts become invoices (split, 拆票) and how refunds become red invoices (red flush, 红冲).
//!
//! Everything here is a pure function over amounts and indexes; names and titles never enter.

pub mod certificate;
pub mod explain;
pub mod price;
pub mod red;
pub mod split;
