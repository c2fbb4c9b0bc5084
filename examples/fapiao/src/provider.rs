//! Which service issues: `--provider SERVICE:URL`.

use std::str::FromStr;

use invoice_examples::run::{Connect, RunError};

/// A service whose protocol can be spoken, by the name it has on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// 诺诺.
    Nuonuo,
    /// 百望云, the small-business line: a run fetches files, and the other line has none.
    Baiwang,
    /// 微信支付.
    Wechat,
}

impl Service {
    const ALL: &[Self] = &[Self::Nuonuo, Self::Baiwang, Self::Wechat];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nuonuo => "nuonuo",
            Self::Baiwang => "baiwang",
            Self::Wechat => "wechat",
        }
    }
}

/// A service and where its loopback bureau listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provider {
    pub(crate) service: Service,
    pub(crate) base: String,
}

impl FromStr for Provider {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split_once(':').filter(|(_, base)| !base.is_empty()).and_then(|(name, base)| {
            let service = Service::ALL.iter().copied().find(|service| service.name() == name)?;
            Some(Self { service, base: base.trim_end_matches('/').to_owned() })
        });
        named.ok_or_else(|| {
            let names: Vec<_> =
                Service::ALL.iter().map(|service| format!("{}:URL", service.name())).collect();
            format!("a provider is {}, such as nuonuo:http://127.0.0.1:8701", names.join(" or "))
        })
    }
}

impl Provider {
    /// How the run reaches it.
    ///
    /// # Errors
    /// When this program was built without the feature `http`, or the address is none.
    #[cfg(feature = "http")]
    pub(crate) fn connect(&self) -> Result<Connect, RunError> {
        crate::over_http::connect(self)
    }

    /// How the run reaches it: not at all, without the feature `http`.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(feature = "http"))]
    pub(crate) fn connect(&self) -> Result<Connect, RunError> {
        let Self { service, base } = self;
        let text = format!("{} at {base} cannot be reached: build with --features http", service.name());
        Err(RunError::Elsewhere(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_a_service_that_is_known_and_an_address() {
        for service in Service::ALL {
            let provider: Provider = format!("{}:http://127.0.0.1:1/", service.name()).parse().unwrap();
            assert_eq!(provider, Provider { service: *service, base: "http://127.0.0.1:1".to_owned() });
        }
        for bad in ["", "nuonuo", "nuonuo:", "http://127.0.0.1:1", "nobody:http://127.0.0.1:1"] {
            assert!(bad.parse::<Provider>().unwrap_err().contains("baiwang:URL"), "{bad}");
        }
    }
}
