//! First two digits of a division code (行政区划代码, GB/T 2260).

const PROVINCES: [u8; 34] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
    61, 62, 63, 64, 65, 71, 81, 82,
];

/// By two-digit code; what two half-bytes can make beyond 99 is no province.
const fn table(extra: u8) -> [bool; 256] {
    let mut out = [false; 256];
    out[extra as usize] = true;
    let mut i = 0;
    while i < PROVINCES.len() {
        out[PROVINCES[i] as usize] = true;
        i += 1;
    }
    out
}

static REGISTRAR: [bool; 256] = table(10);
static RESIDENT: [bool; 256] = table(83);

/// A province, or 10 for codes registered with a national authority.
#[inline]
pub(crate) fn is_registrar_region(two: u8) -> bool {
    REGISTRAR[usize::from(two)]
}

/// A province, or 83: residence permits of Taiwan residents (台湾居民居住证) begin with 830000.
#[inline]
pub(crate) fn is_resident_region(two: u8) -> bool {
    RESIDENT[usize::from(two)]
}
