//! `fapiao qr`: the QR payloads of invoices, one a line.

use invoice_validate::{amount, qr as payloads};
use serde_json::{Value, json};

use crate::faults::unread;
use crate::{Error, stream};

/// Runs the subcommand.
pub(crate) fn run() -> Result<(), Error> {
    stream::each_line(qr)
}

/// `{"input","kind","code","number","amount","amount_basis","date","check_code","crc"}`; an empty code or
/// check code is an empty string, the date is `YYYY-MM-DD`.
fn qr(line: &str) -> Value {
    match payloads::parse(line) {
        Ok(payload) => json!({
            "input": line,
            "kind": payload.kind.as_str(),
            "code": payload.code,
            "number": payload.number,
            "amount": amount::format(&payload.amount_fen),
            "amount_basis": payload.basis().as_str(),
            "date": payload.date.to_string(),
            "check_code": payload.check_code,
            "crc": payload.crc.as_str(),
        }),
        Err(report) => unread(line, &report),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::keys;

    #[test]
    fn qr_has_its_shape() {
        let value = qr("01,32,,26332000004021728676,458.89,20260515,,3050");
        let expected = json!({
            "input": "01,32,,26332000004021728676,458.89,20260515,,3050",
            "kind": "digital_ordinary", "code": "", "number": "26332000004021728676", "amount": "458.89",
            "amount_basis": "gross", "date": "2026-05-15", "check_code": "", "crc": "valid",
        });
        assert_eq!(value, expected);
        assert_eq!(qr("01,32,,26332000004021728676,458.89,20260515,,3051")["crc"], "wrong");
        let early = qr("01,10,011001605111,80100798,64.9,20161018,85342965681116380258");
        assert_eq!(
            (&early["crc"], &early["amount"], &early["amount_basis"]),
            (&json!("absent"), &json!("64.90"), &json!("net"))
        );
        assert_eq!(keys(&qr("hello")), ["faults", "input"]);
    }
}
