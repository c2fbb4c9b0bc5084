//! Looking for texts in bytes, in every form in which programs write them.

/// A text in the forms that a program may have written it in, each with a name.
pub(crate) fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let utf8 = secret.as_bytes();
    let units: Vec<u16> = secret.encode_utf16().collect();
    let hex = |upper: bool| -> Vec<u8> {
        let digits =
            utf8.iter().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        digits.collect::<String>().into_bytes()
    };
    let escaped = |upper: bool| -> Vec<u8> {
        let escape = |unit: &u16| match (char::from_u32(u32::from(*unit)), upper) {
            (Some(c), _) if c.is_ascii() => c.to_string(),
            (_, true) => format!("\\u{unit:04X}"),
            (_, false) => format!("\\u{unit:04x}"),
        };
        units.iter().map(escape).collect::<String>().into_bytes()
    };
    let percent: String = utf8
        .iter()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() { char::from(*byte).to_string() } else { format!("%{byte:02X}") }
        })
        .collect();
    let mut forms = vec![
        ("as it is", utf8.to_vec()),
        ("UTF-16 LE", units.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
        ("UTF-16 BE", units.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
        ("hex", hex(false)),
        ("HEX", hex(true)),
        ("\\u", escaped(false)),
        ("\\U", escaped(true)),
        ("percent", percent.into_bytes()),
    ];
    for shift in 0..3 {
        // Without the characters at the ends that neighbours have a part in.
        let padded = [&vec![0; shift][..], utf8].concat();
        let text = base64(&padded);
        let from = (shift * 8).div_ceil(6);
        let upto = padded.len() * 8 / 6;
        forms.push(("base64", text[from..upto].to_vec()));
    }
    forms
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let digit =
        |at: usize| ALPHABET[(0..6).fold(0, |value, next| value << 1 | usize::from(bit(at * 6 + next)))];
    (0..(bytes.len() * 8).div_ceil(6)).map(digit).collect()
}

/// The first form in which the text stands in the bytes.
pub(crate) fn found(bytes: &[u8], secret: &str) -> Option<&'static str> {
    forms(secret).into_iter().find(|(_, form)| contains(bytes, form)).map(|(name, _)| name)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else { return false };
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| byte == first) {
        at += next;
        if bytes[at..].starts_with(wanted) {
            return true;
        }
        at += 1;
    }
    false
}

/// The scan finds what is there: each form, planted between other bytes at every alignment.
pub(crate) fn proves_itself(secret: &str) {
    for (name, form) in forms(secret) {
        for before in 0..4 {
            let planted = [&vec![0xAA; before][..], &form, &[0x55; 9]].concat();
            assert!(found(&planted, secret).is_some(), "{name} is not found");
        }
    }
    for shift in 0..3 {
        let whole = base64(&[&vec![b'x'; shift][..], secret.as_bytes(), b"yz!"].concat());
        assert_eq!(found(&whole, secret), Some("base64"), "base64 at {shift}");
    }
    assert_eq!(found(b"nothing here", secret), None);
}
