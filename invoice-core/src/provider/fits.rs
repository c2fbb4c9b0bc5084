use invoice_validate::text::Field;
use rust_decimal::Decimal;

use super::{Capabilities, Effect, ErrorKind, IssueRequest, ProviderError};

impl Capabilities {
    /// Checks a request against what is declared here: the kind, the key, the number of rows, decimals, tax, and the
    /// lengths of all texts. The desk does so before it has anything prepared, so that an adapter need not.
    ///
    /// # Errors
    /// [`ErrorKind::Rejected`] with a code `LIMIT-…` that names the limit, never the text.
    pub fn check(&self, request: &IssueRequest) -> Result<(), ProviderError> {
        let beyond = |what: &str| {
            ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code(format!("LIMIT-{what}"))
        };
        if !self.issues(request.kind()) {
            return Err(beyond("KIND"));
        }
        if !self.key().takes(request.key()) {
            return Err(beyond("KEY"));
        }
        if request.rows().len() > usize::try_from(self.max_rows()).unwrap_or(usize::MAX) {
            return Err(beyond("ROWS"));
        }
        let fine =
            |number: Option<Decimal>, most: u32| number.is_none_or(|it| it.normalize().scale() <= most);
        for row in request.rows() {
            if !fine(row.quantity, self.quantity_decimals()) || !fine(row.unit_price, self.price_decimals()) {
                return Err(beyond("DECIMALS"));
            }
            let millionths = i128::from(row.item.rate().millionths());
            let off = i128::from(row.net.fen()) * millionths - i128::from(row.tax.fen()) * 1_000_000;
            if off.abs() > i128::from(self.tax_tolerance().fen()) * 1_000_000 {
                return Err(beyond("TAX"));
            }
        }
        match texts(request).find(|(field, text)| !self.holds(*field, text)) {
            Some((field, _)) => Err(beyond(&format!("{field:?}"))),
            None => Ok(()),
        }
    }

    fn holds(&self, field: Field, text: &str) -> bool {
        self.most_chars(field).is_none_or(|most| text.chars().count() <= most)
    }
}

/// Every text of a request that a provider may find too long.
fn texts(request: &IssueRequest) -> impl Iterator<Item = (Field, &str)> {
    let title = request.title();
    let remark = if request.red().is_some() { Field::RedRemark } else { Field::Remark };
    let of_title = [
        (Field::Name, Some(title.name())),
        (Field::TaxId, title.tax_id()),
        (Field::Address, title.address()),
        (Field::Phone, title.phone()),
        (Field::Bank, title.bank()),
        (Field::Account, title.account()),
        (remark, request.remark()),
        (Field::Issuer, Some(request.seller().drawer.as_str())),
    ];
    let of_rows = request.rows().iter().flat_map(|row| {
        [
            (Field::ItemName, Some(row.name.as_str())),
            (Field::Spec, row.spec.as_deref()),
            (Field::Unit, row.unit.as_deref()),
        ]
    });
    of_title.into_iter().chain(of_rows).filter_map(|(field, text)| text.map(|text| (field, text)))
}
