//! The benchmarks, small: the answers they assert before they measure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use invoice_benches::validate::{amounts, credit_codes, payloads, resident_ids};
use invoice_validate::qr::Crc;
use invoice_validate::{capital, qr, resident_id, tax_id, uscc};

#[test]
fn generated_codes_have_the_answers_they_were_made_with() {
    let lines = credit_codes(20_000);
    assert_eq!(lines.iter().filter(|line| uscc::is_valid(line)).count(), lines.valid);
    assert_eq!(lines.iter().filter(|line| uscc::check(line).is_valid()).count(), lines.valid);
    assert_eq!(lines.iter().filter(|line| tax_id::inspect(line).report.is_empty()).count(), lines.valid);
    let ids = resident_ids(20_000);
    assert_eq!(ids.iter().filter(|line| resident_id::is_valid(line)).count(), ids.valid);
}

#[test]
fn the_peer_is_wrong_only_where_it_is_known_to_be() {
    let lines = credit_codes(20_000);
    let refused =
        lines.iter().filter(|line| uscc::is_valid(line) && !cn_id_card::validate_code(line, false)).count();
    let zeros = lines.iter().filter(|line| uscc::is_valid(line) && line.ends_with('0')).count();
    assert_eq!(refused, zeros, "it refuses the check character 0");
    let ids = resident_ids(20_000);
    assert_eq!(ids.iter().filter(|line| cn_id_card::validate(line, false)).count(), ids.valid);
}

#[test]
fn generated_amounts_and_payloads_read_back() {
    let mut buffer = [0; capital::MAX_BYTES];
    for fen in amounts(5_000) {
        let length = capital::write_into(fen, &mut buffer).unwrap();
        assert_eq!(capital::parse(std::str::from_utf8(&buffer[..length]).unwrap()), Ok(fen));
    }
    for payload in payloads(5_000) {
        assert_eq!(qr::parse(&payload).unwrap().crc, Crc::Valid);
    }
}
