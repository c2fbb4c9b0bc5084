//! As much of an X.509 certificate as says whose key it is: its serial number and its public key (RFC 5280, 4.1).

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
/// `[0] EXPLICIT`, the version of the certificate.
const VERSION: u8 = 0xa0;

/// What is left to be read.
struct Reader<'a>(&'a [u8]);

struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    /// Tag and length too.
    whole: &'a [u8],
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Element<'a>> {
        let all = self.0;
        let (&[tag, first], rest) = all.split_first_chunk::<2>()?;
        let (length, rest) = match first {
            short @ 0..=0x7f => (usize::from(short), rest),
            // Certificates are shorter than 16 MiB, and an indefinite length (0x80) is not DER.
            long @ 0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        let whole = all.get(..all.len().checked_sub(rest.len())?)?;
        self.0 = rest;
        Some(Element { tag, content, whole })
    }

    fn next_of(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next().filter(|element| element.tag == tag)
    }
}

/// The serial number in upper-case hexadecimal, as WeChat Pay writes it, and the public key with its algorithm
/// (`SubjectPublicKeyInfo`).
pub(super) fn certificate(der: &[u8]) -> Option<(String, &[u8])> {
    let mut outer = Reader(Reader(der).next_of(SEQUENCE)?.content);
    let mut fields = Reader(outer.next_of(SEQUENCE)?.content);
    let first = fields.next()?;
    let serial = if first.tag == VERSION { fields.next()? } else { first };
    if serial.tag != INTEGER {
        return None;
    }
    // Signature, issuer, validity, subject.
    for _ in 0..4 {
        fields.next_of(SEQUENCE)?;
    }
    let key = fields.next_of(SEQUENCE)?.whole;
    // A number whose first bit is set has a zero byte before it.
    let digits = serial.content.iter().skip_while(|byte| **byte == 0).map(|byte| format!("{byte:02X}"));
    Some((digits.collect(), key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_or_no_certificate_is_refused() {
        let name = [0x30, 0x00];
        let key = [0x30, 0x03, 0x03, 0x01, 0x00];
        let mut fields = vec![0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x03, 0x00, 0xd7, 0xce];
        fields.extend([name; 4].concat());
        fields.extend(key);
        let inner = [&[0x30, u8::try_from(fields.len()).unwrap()][..], &fields].concat();
        let outer = [&[0x30, 0x81, u8::try_from(inner.len()).unwrap()][..], &inner].concat();
        assert_eq!(certificate(&outer), Some(("D7CE".to_owned(), &key[..])));
        for length in 0..outer.len() {
            assert_eq!(certificate(&outer[..length]), None, "{length}");
        }
        assert_eq!(certificate(&[0x30, 0x80, 0x00, 0x00]), None);
        assert_eq!(certificate(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
