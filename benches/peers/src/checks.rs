//! Tax numbers and resident IDs: which are valid.

use std::panic;

use china_identification_card::ChineseIdCard;
use invoice_validate::{resident_id, uscc};

use crate::table::{Table, marked};

/// Whether a number is valid.
pub type Check = fn(&str) -> bool;

/// Who checks credit codes, ours first.
pub const CODE_PEERS: [(&str, Check); 3] = [
    ("invoice-validate", |code| uscc::is_valid(code)),
    ("cn-id-card", |code| cn_id_card::validate_code(code, false)),
    // It takes any tax number of 15 or 18 places, so only its answers on codes are compared.
    ("tax-invoice", tax_invoice::validate_tax_number),
];

/// Who checks resident IDs, ours first.
pub const ID_PEERS: [(&str, Check); 6] = [
    ("invoice-validate", |id| resident_id::is_valid(id)),
    ("cn-id-card", |id| cn_id_card::validate(id, false)),
    ("id-card", id_card::validate),
    ("idcard", idcard::validate),
    ("chinese-id", |id| chinese_id::validate(id).is_ok()),
    ("china_identification_card", |id| ChineseIdCard::is_valid_id_number(id)),
];

/// What, the code, and whether GB 32100-2015 makes it valid.
const CODES: [(&str, &str, bool); 9] = [
    ("check character 0", "911101176876214860", true),
    ("check character a letter", "91330100799655058B", true),
    ("military registrar, wrong check", "A11100000600037342", false),
    ("military registrar, right check", "", true),
    ("check character wrong", "914403001922038217", false),
    ("eighteen zeros", "000000000000000000", false),
    ("eighteen ones", "111111111111111111", false),
    ("a letter outside the alphabet", "91110108MA002XY31Z", false),
    ("six Chinese characters, 18 bytes", "统一社会信用", false),
];

/// What, the number, and whether GB 11643-1999 makes it valid.
const IDS: [(&str, &str, bool); 8] = [
    ("sample of the standard", "11010519491231002X", true),
    ("the same with a small x", "11010519491231002x", true),
    ("check wrong", "110105194912310021", false),
    ("no such province, right check", "", false),
    ("30 February, right check", "", false),
    ("Taiwan residence permit 830000", "830000199201300022", true),
    ("eighteen zeros", "000000000000000000", false),
    ("six Chinese characters, 18 bytes", "中华人民共和", false),
];

/// The answers on credit codes and on resident IDs.
pub fn tables() -> [Table; 2] {
    let code = |_: &str| {
        let inner = uscc::organisation::check_character("60003734").unwrap_or('0');
        let body = format!("A111000060003734{inner}");
        format!("{body}{}", uscc::check_character(&body).unwrap_or('0'))
    };
    let id = |what: &str| {
        let body = if what.starts_with("no such") { "99010519491231002" } else { "11010519490230002" };
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: u32 = body.bytes().zip(weights).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
        format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
    };
    [
        answers("credit code, by GB 32100-2015", &CODES, code, &CODE_PEERS),
        answers("resident ID, by GB 11643-1999", &IDS, id, &ID_PEERS),
    ]
}

/// `yes`, `no` or `panics`. An empty number is made here, so that its check character is surely right.
fn answers(
    title: &'static str,
    cases: &[(&str, &str, bool)],
    made: impl Fn(&str) -> String,
    peers: &[(&str, Check)],
) -> Table {
    let mut table =
        Table::new(title, ["case", "right"].into_iter().chain(peers.iter().map(|(name, _)| *name)));
    for (what, number, valid) in cases {
        let number = if number.is_empty() { made(what) } else { (*number).to_owned() };
        let mut row = vec![format!("{what} `{number}`"), if *valid { "yes" } else { "no" }.to_owned()];
        row.extend(peers.iter().map(|(_, check)| {
            let answer = panic::catch_unwind(|| check(&number));
            let word = match answer {
                Ok(true) => "yes",
                Ok(false) => "no",
                Err(_) => "panics",
            };
            marked(word, answer.is_ok_and(|answer| answer == *valid))
        }));
        table.rows.push(row);
    }
    table
}
