use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::InvoiceNumber;
use crate::money::Money;

/// An invoice as the provider issued it. Amounts are negative on a red invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedInvoice {
    /// Its number.
    pub number: InvoiceNumber,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// Net total.
    pub net: Money,
    /// Tax total.
    pub tax: Money,
    /// Gross total.
    pub gross: Money,
}
