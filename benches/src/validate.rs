//! Inputs for the validators: one seeded text of many lines, and the answers known from how it was made.

use invoice_validate::uscc::{self, ALPHABET};

/// A seeded generator (SplitMix64); the same seed gives the same file everywhere.
#[derive(Clone, Debug)]
pub struct Seed(pub u64);

impl Seed {
    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end64 = u64::try_from(end).unwrap_or(u64::MAX);
        usize::try_from(self.draw() % end64).unwrap_or(0)
    }

    fn digits(&mut self, count: usize, out: &mut String) {
        for _ in 0..count {
            out.push(char::from(b"0123456789"[self.below(10)]));
        }
    }
}

/// Lines of one text, and how many of them are valid.
#[derive(Clone, Debug)]
pub struct Lines {
    /// One input a line.
    pub text: String,
    /// How many are valid, by construction.
    pub valid: usize,
    /// How many lines.
    pub count: usize,
}

impl Lines {
    /// The inputs.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.lines()
    }

    fn make(
        count: usize,
        seed: u64,
        one: impl Fn(&mut Seed) -> String,
        damage: fn(&mut Seed, &mut Vec<u8>),
    ) -> Lines {
        let mut seed = Seed(seed);
        let (mut text, mut valid) = (String::with_capacity(count * 20), 0);
        for _ in 0..count {
            let mut line = one(&mut seed).into_bytes();
            if seed.below(4) == 0 {
                damage(&mut seed, &mut line);
            } else {
                valid += 1;
            }
            text.extend(line.into_iter().map(char::from));
            text.push('\n');
        }
        Lines { text, valid, count }
    }
}

const PROVINCES: [&str; 6] = ["10", "11", "31", "33", "44", "51"];

fn code(seed: &mut Seed) -> String {
    loop {
        let mut body = ["91", "92", "52", "12"][seed.below(4)].to_owned();
        body.push_str(PROVINCES[seed.below(6)]);
        seed.digits(4, &mut body);
        let start = body.len();
        for _ in 0..8 {
            body.push(char::from(ALPHABET[seed.below(31)]));
        }
        body.extend(uscc::organisation::check_character(&body[start..]));
        if let Some(check) = uscc::check_character(&body) {
            body.push(check);
            return body;
        }
    }
}

/// Credit codes, one in four with a character changed; the others are valid in every respect.
pub fn credit_codes(count: usize) -> Lines {
    Lines::make(count, 1, code, |seed, line| {
        let at = seed.below(18);
        let value = ALPHABET.iter().position(|byte| *byte == line[at]).unwrap_or(0);
        // A digit stays a digit, so that only the sum can tell.
        let range = if (2..8).contains(&at) { 10 } else { 31 };
        line[at] = ALPHABET[(value + 1 + seed.below(range - 1)) % range];
    })
}

fn id(seed: &mut Seed) -> String {
    let mut body = PROVINCES[1 + seed.below(5)].to_owned();
    seed.digits(4, &mut body);
    let (year, month, day) = (1950 + seed.below(70), 1 + seed.below(12), 1 + seed.below(28));
    body.push_str(&format!("{year}{month:02}{day:02}"));
    seed.digits(3, &mut body);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = body.bytes().zip(weights).map(|(byte, weight)| usize::from(byte - b'0') * weight).sum();
    body.push(char::from(b"10X98765432"[sum % 11]));
    body
}

/// Resident IDs, one in four with a digit of the sequence changed.
pub fn resident_ids(count: usize) -> Lines {
    Lines::make(count, 2, id, |seed, line| {
        let at = 14 + seed.below(3);
        line[at] = b'0' + (line[at] - b'0' + 1 + u8::try_from(seed.below(9)).unwrap_or(0)) % 10;
    })
}

/// Amounts in fen, most of them of an everyday size.
pub fn amounts(count: usize) -> Vec<i64> {
    let mut seed = Seed(3);
    let one = |_| {
        let size = [1_000, 100_000, 10_000_000, 1_000_000_000_000][seed.below(4)];
        i64::try_from(seed.below(size)).unwrap_or(0)
    };
    (0..count).map(one).collect()
}

/// QR payloads of digital invoices, all with a valid checksum.
pub fn payloads(count: usize) -> Vec<String> {
    let mut seed = Seed(4);
    let one = |_| {
        let mut number = "26".to_owned();
        seed.digits(18, &mut number);
        let (month, day) = (1 + seed.below(12), 1 + seed.below(28));
        let amount = seed.below(1_000_000);
        let head = format!("01,32,,{number},{amount}.{:02},2026{month:02}{day:02},,", seed.below(100));
        let crc = invoice_validate::qr::crc16(head.as_bytes());
        format!("{head}{crc:04X}")
    };
    (0..count).map(one).collect()
}
