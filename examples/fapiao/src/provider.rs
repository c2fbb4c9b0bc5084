//! Which service issues: `--provider SERVICE:URL`.

use std::str::FromStr;

use invoice_examples::run::{Connect, RunError};

/// A service and where its loopback bureau listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provider {
    pub(crate) base: String,
}

impl FromStr for Provider {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("nuonuo", base)) if !base.is_empty() => {
                Ok(Self { base: base.trim_end_matches('/').to_owned() })
            }
            _ => Err("a provider is nuonuo:URL, such as nuonuo:http://127.0.0.1:8701".to_owned()),
        }
    }
}

impl Provider {
    /// How the run reaches it.
    ///
    /// # Errors
    /// When this program was built without the feature `http`, or the address is none.
    #[cfg(feature = "http")]
    pub(crate) fn connect(&self) -> Result<Connect, RunError> {
        crate::over_http::connect(&self.base)
    }

    /// How the run reaches it: not at all, without the feature `http`.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(feature = "http"))]
    pub(crate) fn connect(&self) -> Result<Connect, RunError> {
        let text = format!("{} cannot be reached: build with --features http", self.base);
        Err(RunError::Elsewhere(text.into()))
    }
}
