//! CRC-16 with polynomial 0x8005, initial value 0, no reflection, no final xor (CRC-16/UMTS).
//!
//! The layout rules call it X25; the parameters were found by computing real payloads.

const fn tables() -> [[u16; 256]; 8] {
    let mut out = [[0; 256]; 8];
    let mut byte = 0_u16;
    while byte < 256 {
        let mut crc = byte << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x8005 } else { crc << 1 };
            bit += 1;
        }
        out[0][byte as usize] = crc;
        byte += 1;
    }
    let mut row = 1;
    while row < 8 {
        let mut byte = 0;
        while byte < 256 {
            let previous = out[row - 1][byte];
            out[row][byte] = previous << 8 ^ out[0][(previous >> 8) as usize];
            byte += 1;
        }
        row += 1;
    }
    out
}

static TABLES: [[u16; 256]; 8] = tables();

/// The checksum of `bytes`, eight at a time.
///
/// ```
/// assert_eq!(invoice_validate::qr::crc16(b"01,32,,24312000000136634917,0.01,20240514,,"), 0x1DD6);
/// ```
pub fn crc16(bytes: &[u8]) -> u16 {
    let mut crc = 0_u16;
    let mut tail = bytes;
    while let Some((block, rest)) = tail.split_first_chunk::<8>() {
        tail = rest;
        let [high, low] = crc.to_be_bytes();
        crc = TABLES[7][usize::from(block[0] ^ high)]
            ^ TABLES[6][usize::from(block[1] ^ low)]
            ^ TABLES[5][usize::from(block[2])]
            ^ TABLES[4][usize::from(block[3])]
            ^ TABLES[3][usize::from(block[4])]
            ^ TABLES[2][usize::from(block[5])]
            ^ TABLES[1][usize::from(block[6])]
            ^ TABLES[0][usize::from(block[7])];
    }
    for byte in tail {
        let [high, _] = crc.to_be_bytes();
        crc = crc << 8 ^ TABLES[0][usize::from(byte ^ high)];
    }
    crc
}
