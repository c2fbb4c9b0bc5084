use std::fmt;

use zeroize::Zeroizing;

/// A password, key or token: wiped from memory when it goes away, never shown by `Debug`, and not `Display` at all.
///
/// ```
/// use invoice_providers::credentials::Secret;
/// let secret = Secret::new("open sesame");
/// assert_eq!(format!("{secret:?}"), "Secret(redacted)");
/// assert!(secret.is("open sesame"));
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text. Copies of it elsewhere are the caller's to wipe.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for the call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is this text. How long that takes shows the length of the shorter one, nothing of the content.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        let (mine, other) = (self.0.as_bytes(), other.as_bytes());
        let differing = mine.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b));
        std::hint::black_box(differing) == 0 && mine.len() == other.len()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_that_of_the_whole_text() {
        let secret = Secret::new("abc");
        assert!(secret.is("abc"));
        for other in ["", "ab", "abd", "abcd", "Abc"] {
            assert!(!secret.is(other), "{other}");
        }
        assert!(Secret::new("").is(""));
    }
}
