//! Organisation code (组织机构代码), positions 9 to 17 of a credit code and the tail of a legacy number.
//!
//! Source: GB 11714-1997. Eight characters with values 0–35 and weights 3 7 9 10 5 8 4 2; the ninth
//! makes the sum a multiple of 11, with X for ten.

const WEIGHTS: [u16; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

const fn products() -> [[u8; 256]; 8] {
    let mut out = [[0xFF; 256]; 8];
    let mut position = 0;
    while position < 8 {
        let mut byte = 0_u8;
        while byte < 128 {
            let value = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'Z' => byte - b'A' + 10,
                b'a'..=b'z' => byte - b'a' + 10,
                _ => 0xFF,
            };
            if value != 0xFF {
                out[position][byte as usize] = (value as u16 * WEIGHTS[position] % 11).to_le_bytes()[0];
            }
            byte += 1;
        }
        position += 1;
    }
    out
}

static PRODUCTS: [[u8; 256]; 8] = products();

/// The check character for the eight characters before it: a digit or X.
///
/// ```
/// use invoice_validate::uscc::organisation;
/// assert_eq!(organisation::check_character("63129500"), Some('1'));
/// assert_eq!(organisation::check_character("1147925 "), None);
/// ```
pub fn check_character(body: &str) -> Option<char> {
    body.as_bytes().try_into().ok().and_then(|body: &[u8; 8]| byte_for(body)).map(char::from)
}

#[inline]
fn byte_for(body: &[u8; 8]) -> Option<u8> {
    let mut sum = 0_u16;
    for (row, byte) in PRODUCTS.iter().zip(body) {
        sum += u16::from(row[usize::from(*byte)]);
    }
    if sum >= 0xFF {
        return None;
    }
    Some(b"0X987654321"[usize::from(sum % 11)])
}

/// The check character inside a credit code.
pub(crate) fn check_byte(code: &[u8; 18]) -> Option<u8> {
    code[8..16].try_into().ok().and_then(|body: &[u8; 8]| byte_for(body))
}

#[inline]
pub(crate) fn passes(code: &[u8; 18]) -> bool {
    check_byte(code).is_some_and(|wanted| wanted == code[16].to_ascii_uppercase())
}
