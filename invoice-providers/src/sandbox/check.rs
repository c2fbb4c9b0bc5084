//! What a bureau checks of any invoice and of a blue one, from the message alone. Tolerances: issuing capability
//! document V4.000 of the tax administration (2025-09-26), 2.2.4.2.

use invoice_core::invoice::InvoiceClass;
use invoice_core::money::Money;
use invoice_core::tax::Treatment;
use rust_decimal::Decimal;

use super::codes::SandboxCode;
use super::wire::{BuyerKind, Request, Row, RowNature};

type Checked = Result<(), SandboxCode>;

/// In fen.
const ROW_TAX_TOLERANCE: i128 = 6;
const TOTAL_TAX_TOLERANCE: i128 = 127;
const MILLION: i128 = 1_000_000;

pub(super) fn ensure(holds: bool, code: SandboxCode) -> Checked {
    if holds { Ok(()) } else { Err(code) }
}

/// What holds for blue and red alike.
pub(super) fn common(request: &Request, max_rows: u32) -> Checked {
    parties(request)?;
    ensure(!request.rows.is_empty(), SandboxCode::NoRows)?;
    let many = u32::try_from(request.rows.len()).map_or(true, |rows| rows > max_rows);
    ensure(!many, SandboxCode::TooManyRows)?;
    request.rows.iter().try_for_each(row)?;
    mixing(request)?;
    totals(request)
}

/// What holds for blue only.
pub(super) fn blue(request: &Request) -> Checked {
    let mut rows = request.rows.iter().peekable();
    while let Some(row) = rows.next() {
        let next = rows.peek().filter(|next| next.kind == RowNature::Discount);
        match (row.kind, next) {
            (RowNature::Normal, None) => above_zero(row)?,
            (RowNature::Discounted, Some(discount)) => {
                above_zero(row)?;
                discount_of(row, discount)?;
                rows.next();
            }
            _ => return Err(SandboxCode::DiscountPlace),
        }
        ensure(row.blue_row.is_none(), SandboxCode::WrongColor)?;
    }
    let positive = request.net.is_positive() && request.gross.is_positive() && !request.tax.is_negative();
    ensure(positive, SandboxCode::TotalsSign)
}

fn parties(request: &Request) -> Checked {
    let (seller, buyer) = (&request.seller, &request.title);
    ensure(tax_id_shape(&seller.tax_id), SandboxCode::SellerTaxId)?;
    ensure(!buyer.name.trim().is_empty(), SandboxCode::BuyerName)?;
    match buyer.tax_id.as_deref() {
        None => ensure(request.kind.class() == InvoiceClass::Ordinary, SandboxCode::SpecialNeedsTaxId),
        Some(id) if id == seller.tax_id => Err(SandboxCode::SelfInvoice),
        Some(id) if buyer.kind == BuyerKind::Company => ensure(tax_id_shape(id), SandboxCode::BuyerTaxId),
        Some(_) => Ok(()),
    }
}

/// The bureau's issuing platform takes any 15 to 20 characters here; check digits are the shop's business.
fn tax_id_shape(id: &str) -> bool {
    (15..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

fn row(row: &Row) -> Checked {
    ensure(row.net.checked_add(row.tax) == Some(row.gross), SandboxCode::RowGross)?;
    match (row.quantity, row.unit_price) {
        (None, None) => {}
        (Some(quantity), Some(price)) => {
            ensure(!quantity.is_zero() && price > Decimal::ZERO, SandboxCode::QuantityAndPrice)?;
            let product = price.checked_mul(quantity).ok_or(SandboxCode::PriceTimesQuantity)?;
            let miss = product.checked_sub(yuan(row.net)).ok_or(SandboxCode::PriceTimesQuantity)?;
            ensure(miss.abs() <= Decimal::new(1, 2), SandboxCode::PriceTimesQuantity)?;
        }
        _ => return Err(SandboxCode::QuantityAndPrice),
    }
    let treatment = row.item.treatment;
    let not_taxable = treatment == Treatment::NotTaxable;
    ensure(not_taxable == (row.item.code.chapter() == 6), SandboxCode::NotTaxableForm)?;
    if !treatment.is_taxed() {
        return ensure(row.item.rate.millionths() == 0 && row.tax.is_zero(), SandboxCode::UntaxedAmounts);
    }
    if treatment == Treatment::Differential {
        // Tax on a difference that the message does not carry.
        return Ok(());
    }
    let miss = exact_tax(row) - i128::from(row.tax.fen()) * MILLION;
    ensure(miss.abs() <= ROW_TAX_TOLERANCE * MILLION, SandboxCode::RowTax)
}

/// In millionths of a fen.
fn exact_tax(row: &Row) -> i128 {
    i128::from(row.net.fen()) * i128::from(row.item.rate.millionths())
}

pub(super) fn yuan(amount: Money) -> Decimal {
    Decimal::new(amount.fen(), 2)
}

fn mixing(request: &Request) -> Checked {
    let mut treatments = request.rows.iter().map(|row| row.item.treatment);
    let first = treatments.next().unwrap_or_default();
    ensure(treatments.all(|other| other.mixing_group() == first.mixing_group()), SandboxCode::Mixing)?;
    let alone = first != Treatment::Differential || request.rows.len() == 1;
    ensure(alone, SandboxCode::Mixing)?;
    let special = request.kind.class() == InvoiceClass::Special;
    ensure(!(special && first == Treatment::NotTaxable), SandboxCode::NotTaxableForm)
}

fn totals(request: &Request) -> Checked {
    let sum = |amount: fn(&Row) -> Money| Money::checked_sum(request.rows.iter().map(amount));
    let sums = (sum(|row| row.net), sum(|row| row.tax), sum(|row| row.gross));
    let said = (Some(request.net), Some(request.tax), Some(request.gross));
    ensure(request.net.checked_add(request.tax) == Some(request.gross), SandboxCode::TotalsGross)?;
    ensure(sums == said, SandboxCode::TotalsSum)?;
    if request.rows.iter().any(|row| row.item.treatment == Treatment::Differential) {
        return Ok(());
    }
    let exact: i128 = request.rows.iter().map(exact_tax).sum();
    let miss = exact - i128::from(request.tax.fen()) * MILLION;
    ensure(miss.abs() <= TOTAL_TAX_TOLERANCE * MILLION, SandboxCode::TotalTax)
}

fn above_zero(row: &Row) -> Checked {
    let positive = row.net.is_positive() && row.gross.is_positive() && !row.tax.is_negative();
    ensure(positive, SandboxCode::RowSign)?;
    ensure(row.quantity.is_none_or(|quantity| quantity > Decimal::ZERO), SandboxCode::QuantityAndPrice)
}

fn discount_of(row: &Row, discount: &Row) -> Checked {
    let plain = discount.quantity.is_none()
        && discount.unit_price.is_none()
        && discount.spec.is_none()
        && discount.unit.is_none()
        && discount.item == row.item
        && discount.name == row.name;
    ensure(plain, SandboxCode::DiscountForm)?;
    let below = discount.gross.is_negative() && !discount.net.is_positive() && !discount.tax.is_positive();
    ensure(below, SandboxCode::RowSign)?;
    let left = |row: Money, off: Money| row.checked_add(off).is_some_and(|left| !left.is_negative());
    let fits = left(row.net, discount.net) && left(row.tax, discount.tax) && left(row.gross, discount.gross);
    ensure(fits, SandboxCode::DiscountTooLarge)
}
