//! What the shop sells, as tax items (税目): short names, codes, rates.

use invoice_core::error::{Refusal, RefusalCode};
use invoice_core::tax::{TaxCode, TaxItem, TaxTable};

/// A sort of goods or service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goods {
    /// Things for the home, 13 %.
    Furniture,
    /// Clothes and what is worn or carried, 13 %.
    Clothes,
    /// Stationery, 13 %.
    Stationery,
    /// Books, 9 %.
    Books,
    /// Carriage, 9 %.
    Carriage,
    /// Courses, and kits that teach a craft, 6 %.
    Courses,
    /// Gift vouchers: prepaid cards (预付卡), not taxable.
    Vouchers,
}

impl Goods {
    /// Every sort.
    pub const ALL: &[Self] = &[
        Self::Furniture,
        Self::Clothes,
        Self::Stationery,
        Self::Books,
        Self::Carriage,
        Self::Courses,
        Self::Vouchers,
    ];

    /// The classification code: one of those whose numbers are certain, so that nothing is made up.
    const fn code(self) -> &'static str {
        match self {
            Self::Furniture => "1050201010000000000",
            Self::Clothes => "1040201990000000000",
            Self::Stationery => "1060401010000000000",
            Self::Books => "1060201010000000000",
            Self::Carriage => "3010101020203000000",
            Self::Courses => "3070201020000000000",
            Self::Vouchers => "6010000000000000000",
        }
    }
}

/// The items of every sort, looked up once.
#[derive(Debug, Clone)]
pub struct Items {
    items: Vec<(Goods, TaxItem)>,
}

impl Items {
    /// From the built-in table.
    ///
    /// # Errors
    /// `TAX-01` when a code is not in the table.
    pub fn builtin() -> Result<Self, Refusal> {
        let table = TaxTable::builtin();
        let find = |goods: &Goods| {
            let unknown = || Refusal::new(RefusalCode::TaxCodeUnknown).with("code", goods.code());
            let code: TaxCode = goods.code().parse().map_err(|_| unknown())?;
            Ok((*goods, table.get(code).ok_or_else(unknown)?.item()))
        };
        Ok(Self { items: Goods::ALL.iter().map(find).collect::<Result<_, Refusal>>()? })
    }

    /// The item of a sort.
    ///
    /// # Errors
    /// `TAX-01`, which cannot happen after [`Items::builtin`].
    pub fn of(&self, goods: Goods) -> Result<TaxItem, Refusal> {
        let found = self.items.iter().find(|(sort, _)| *sort == goods).map(|(_, item)| item.clone());
        found.ok_or_else(|| Refusal::new(RefusalCode::TaxCodeUnknown).with("code", goods.code()))
    }
}
