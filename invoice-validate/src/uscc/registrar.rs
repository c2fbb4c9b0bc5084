//! Registering department and category: the published pairs of GB 32100-2015 and its amendment 1.
//!
//! Other pairs exist (representative offices of foreign NGOs begin with G1, for instance), so an
//! unlisted one is a warning.

/// Department, and the categories published for it.
const PAIRS: [(u8, &[u8]); 12] = [
    (b'1', b"1239"),   // 机构编制: organ, public institution, mass organisation, other
    (b'2', b"19"),     // 外交
    (b'3', b"123459"), // 司法行政: law firm, notary, legal service, forensic, arbitration, other
    (b'4', b"19"),     // 文化
    (b'5', b"1239"),   // 民政: association, private non-enterprise unit, foundation, other
    (b'6', b"129"),    // 旅游
    (b'7', b"129"),    // 宗教
    (b'8', b"19"),     // 工会
    (b'9', b"123"),    // 工商: enterprise, individual business, farmers' cooperative
    (b'A', b"19"),     // 中央军委改革和编制办公室
    (b'N', b"1239"),   // 农业: group, village, township collective, other
    (b'Y', b"1"),      // 其他
];

/// One bit a category digit, for each department byte.
const fn listed() -> [u16; 128] {
    let mut out = [0; 128];
    let mut i = 0;
    while i < PAIRS.len() {
        let (department, categories) = PAIRS[i];
        let mut j = 0;
        while j < categories.len() {
            let bit = 1 << (categories[j] - b'0');
            out[department as usize] |= bit;
            out[department.to_ascii_lowercase() as usize] |= bit;
            j += 1;
        }
        i += 1;
    }
    out
}

static LISTED: [u16; 128] = listed();

#[inline]
pub(super) fn is_listed(code: &[u8; 18]) -> bool {
    let categories = LISTED[usize::from(code[0] & 0x7F)];
    code[1].is_ascii_digit() && categories >> (code[1] - b'0') & 1 == 1
}

/// 1 when the department itself is unknown, 2 when only its category is.
pub(super) fn doubtful_position(code: &[u8; 18]) -> usize {
    if LISTED[usize::from(code[0] & 0x7F)] == 0 { 1 } else { 2 }
}
