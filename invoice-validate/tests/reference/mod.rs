//! The standards written down again, slowly and by the letter, sharing nothing with the crate.
#![allow(dead_code, reason = "each test file takes what it needs")]

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

fn value(c: char) -> Option<u64> {
    ALPHABET.chars().position(|known| known == c).map(|index| index as u64)
}

/// GB 32100: what may stand where, the province, and Σ value × 3^(i−1) a multiple of 31.
pub(crate) fn outer_holds(code: &str) -> bool {
    let letters: Vec<char> = code.chars().collect();
    if letters.len() != 18 || letters[2..8].iter().any(|c| !c.is_ascii_digit()) {
        return false;
    }
    let Some(values) = letters.iter().map(|c| value(*c)).collect::<Option<Vec<u64>>>() else { return false };
    let weighted: u64 =
        values[..17].iter().enumerate().map(|(i, value)| value * 3_u64.pow(u32::try_from(i).unwrap())).sum();
    (31 - weighted % 31) % 31 == values[17] && is_province(&code[2..4], "10")
}

/// GB 11714 on nine characters.
pub(crate) fn organisation_holds(nine: &str) -> bool {
    let letters: Vec<char> = nine.chars().collect();
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let body: Option<u32> =
        letters[..8].iter().zip(weights).map(|(c, w)| c.to_digit(36).map(|v| v * w)).sum();
    body.is_some_and(|sum| {
        let check = match 11 - sum % 11 {
            10 => 'X',
            11 => '0',
            digit => char::from_digit(digit, 10).unwrap(),
        };
        check == letters[8]
    })
}

/// The published pairs of registering department and category.
pub(crate) fn pair_is_listed(code: &str) -> bool {
    let pairs = "11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 59 61 62 69 71 72 79 81 89 91 92 93 A1 A9 \
                 N1 N2 N3 N9 Y1";
    pairs.split_whitespace().any(|pair| code.starts_with(pair))
}

/// Both checks and the pair.
pub(crate) fn is_flawless(code: &str) -> bool {
    outer_holds(code) && !is_sequence(code) && organisation_holds(&code[8..17]) && pair_is_listed(code)
}

/// GB/T 2260, first two digits; `more` are those that only one kind of number has.
pub(crate) fn is_province(two: &str, more: &str) -> bool {
    let known = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82";
    known.split(' ').any(|province| province == two) || more == two
}

/// One character over and over, or counting up or down, with or without a zero between nine and one.
pub(crate) fn is_sequence(code: &str) -> bool {
    let length = code.chars().count();
    let ring = |digits: &str| digits.repeat(4);
    let up = [ring("0123456789"), ring("123456789")];
    let down: Vec<String> = up.iter().map(|text| text.chars().rev().collect()).collect();
    length > 1
        && (code.chars().all(|c| code.starts_with(c))
            || up.iter().chain(&down).any(|ring| length <= 30 && ring.contains(code)))
}

/// GB 11643: seventeen digits, a province, a day that existed since 1800, and 2^(18−i) weights mod 11.
pub(crate) fn resident_holds(id: &str) -> bool {
    let letters: Vec<char> = id.chars().collect();
    if letters.len() != 18 || letters[..17].iter().any(|c| !c.is_ascii_digit()) {
        return false;
    }
    let last = if letters[17] == 'X' { Some(10) } else { letters[17].to_digit(10) };
    let Some(last) = last else { return false };
    let sum: u64 = letters[..17]
        .iter()
        .enumerate()
        .map(|(i, c)| u64::from(c.to_digit(10).unwrap()) * 2_u64.pow(u32::try_from(17 - i).unwrap()))
        .sum();
    (sum + u64::from(last)) % 11 == 1 && is_province(&id[..2], "83") && day_exists(&id[6..14])
}

/// Counts the days one by one, as a calendar on the wall does.
pub(crate) fn day_exists(date: &str) -> bool {
    let (year, month, day): (u32, u32, u32) =
        (date[..4].parse().unwrap(), date[4..6].parse().unwrap(), date[6..].parse().unwrap());
    let leap = if year % 100 == 0 { year % 400 == 0 } else { year % 4 == 0 };
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    year >= 1800 && (1..=length).contains(&day)
}

/// 支付结算办法 annex 1 digit by digit: the form invoices print.
pub(crate) fn capitals(fen: i64) -> String {
    let digits: Vec<u32> =
        format!("{:03}", fen.unsigned_abs()).chars().map(|c| c.to_digit(10).unwrap()).collect();
    let names: Vec<char> = "零壹贰叁肆伍陆柒捌玖".chars().collect();
    let units = ["", "拾", "佰", "仟"];
    let (yuan, cents) = digits.split_at(digits.len() - 2);
    let mut out = String::new();
    let mut zero = false;
    for (index, digit) in yuan.iter().enumerate() {
        let place = yuan.len() - 1 - index;
        if *digit == 0 {
            zero = true;
        } else {
            if zero && !out.is_empty() {
                out.push('零');
            }
            zero = false;
            out.push(names[*digit as usize]);
            out.push_str(units[place % 4]);
        }
        let section_is_empty = yuan[index.saturating_sub(3)..=index].iter().all(|digit| *digit == 0);
        match place {
            // 万 closes its four digits; a zero before it needs no word.
            4 | 12 if !section_is_empty => {
                out.push('万');
                zero = false;
            }
            8 | 16 if !out.is_empty() => {
                out.push('亿');
                zero = false;
            }
            _ => {}
        }
        // What follows a unit with its first digit, or four digits, missing is spoken with 零.
        if matches!(place, 4 | 8 | 12 | 16) && !out.is_empty() {
            zero = yuan[index + 1] == 0 || (section_is_empty && matches!(place, 4 | 12));
        }
    }
    if !out.is_empty() {
        out.push('圆');
    }
    match (cents[0], cents[1]) {
        (0, 0) if out.is_empty() => out.push_str("零圆整"),
        (0, 0) => out.push('整'),
        (jiao, 0) => out.extend([names[jiao as usize], '角', '整']),
        (0, fen) if out.is_empty() => out.extend([names[fen as usize], '分']),
        (0, fen) => out.extend(['零', names[fen as usize], '分']),
        (jiao, fen) => out.extend([names[jiao as usize], '角', names[fen as usize], '分']),
    }
    if fen < 0 { format!("（负数）{out}") } else { out }
}

/// Yuan with at most two decimals that are not zero, digit by digit.
pub(crate) fn fen(text: &str) -> Option<i64> {
    let (sign, body) = match text.chars().next()? {
        '-' => (-1, &text[1..]),
        '+' => (1, &text[1..]),
        _ => (1, text),
    };
    let (whole, decimals) = match body.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, decimals)) => (whole, decimals),
        None => (body, ""),
    };
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty()
        || !is_number(whole)
        || !is_number(decimals)
        || decimals.chars().skip(2).any(|c| c != '0')
    {
        return None;
    }
    let cents: String = decimals.chars().chain("00".chars()).take(2).collect();
    let digits = format!("{whole}{cents}");
    let mut value = 0_i128;
    for c in digits.chars() {
        value = (value * 10 + i128::from(c.to_digit(10)?)).min(1 << 100);
    }
    i64::try_from(sign * value).ok()
}

/// CRC-16 bit by bit: polynomial 0x8005, nothing reflected, from zero.
pub(crate) fn crc16(text: &str) -> u16 {
    text.bytes().fold(0_u16, |crc, byte| {
        (0..8).rev().fold(crc, |crc, bit| {
            let top = (crc >> 15 & 1) ^ u16::from(byte >> bit & 1);
            (crc << 1) ^ if top == 1 { 0x8005 } else { 0 }
        })
    })
}
