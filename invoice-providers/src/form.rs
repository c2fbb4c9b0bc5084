//! Names and values as they stand in queries and forms.

use std::fmt::Write as _;

/// Percent-encodes everything but letters, digits and `-._~` (RFC 3986, 2.3): good in a query and in a form.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Reads a form (`application/x-www-form-urlencoded`) in order; `None` when it is not one in UTF-8.
#[must_use]
pub fn decode_form(body: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(body).ok()?;
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').and_then(|(name, value)| Some((decode(name)?, decode(value)?))))
        .collect()
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit()? << 4 | digit()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_they_are_written() {
        let form = decode_form("a=1+2&%E5%90%8D=a%2Bb%2F%3D&c=".as_bytes()).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(form, [pair("a", "1 2"), pair("名", "a+b/="), pair("c", "")]);
        for bad in [&b"a"[..], b"a=%", b"a=%4", b"a=%zz", b"a=%ff", b"\xff=1"] {
            assert_eq!(decode_form(bad), None, "{bad:?}");
        }
    }
}
