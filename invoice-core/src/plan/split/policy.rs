use crate::limits::InvoiceLimit;

/// Which lines may share an invoice, besides treatments that may never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Grouping {
    /// Everything that may mix.
    #[default]
    None,
    /// One tax category (税收分类编码) per invoice.
    Category,
    /// One rate per invoice.
    Rate,
    /// One treatment per invoice.
    Treatment,
    /// One prefix of the tax code per invoice, of this many digits (1 to 19).
    CodePrefix(u8),
}

/// What gives way when a line is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Yields {
    /// The quantity is cut, in whole units where the line has a whole number of units and one unit fits; the
    /// unit price stays.
    #[default]
    Quantity,
    /// The quantity is cut in any decimal fraction with the amount; the unit price stays.
    FractionOfQuantity,
    /// The quantity stays on every part and the price is cut.
    Price,
}

/// How lines are laid on invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Packing {
    /// Fewest invoices, lines in any order.
    #[default]
    Fewest,
    /// In the order given: the next invoice begins when the next line does not fit.
    KeepOrder,
}

/// How to split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SplitPolicy {
    grouping: Grouping,
    limit: Option<InvoiceLimit>,
    max_rows: Option<u32>,
    yields: Yields,
    packing: Packing,
    merge_equal: bool,
}

impl SplitPolicy {
    /// No limit, no grouping: one invoice where treatments may mix.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the grouping.
    #[must_use]
    pub const fn with_grouping(mut self, grouping: Grouping) -> Self {
        self.grouping = grouping;
        self
    }

    /// Sets the limit of one invoice.
    #[must_use]
    pub const fn with_limit(mut self, limit: InvoiceLimit) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets the most printed rows of one invoice; a discount row counts.
    #[must_use]
    pub const fn with_max_rows(mut self, rows: u32) -> Self {
        self.max_rows = Some(rows);
        self
    }

    /// Sets what gives way when a line is cut.
    #[must_use]
    pub const fn with_yields(mut self, yields: Yields) -> Self {
        self.yields = yields;
        self
    }

    /// Sets how lines are laid on invoices.
    #[must_use]
    pub const fn with_packing(mut self, packing: Packing) -> Self {
        self.packing = packing;
        self
    }

    /// Prints equal lines (same label, code, rate, treatment and unit price) as one row.
    #[must_use]
    pub const fn merging_equal_lines(mut self) -> Self {
        self.merge_equal = true;
        self
    }

    /// The grouping.
    #[must_use]
    pub const fn grouping(&self) -> Grouping {
        self.grouping
    }

    /// The limit of one invoice.
    #[must_use]
    pub const fn limit(&self) -> Option<InvoiceLimit> {
        self.limit
    }

    /// The most printed rows of one invoice.
    #[must_use]
    pub const fn max_rows(&self) -> Option<u32> {
        self.max_rows
    }

    /// What gives way when a line is cut.
    #[must_use]
    pub const fn yields(&self) -> Yields {
        self.yields
    }

    /// How lines are laid on invoices.
    #[must_use]
    pub const fn packing(&self) -> Packing {
        self.packing
    }

    /// Whether equal lines are printed as one row.
    #[must_use]
    pub const fn merges_equal_lines(&self) -> bool {
        self.merge_equal
    }
}
