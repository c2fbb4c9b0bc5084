use std::fmt;
use std::net::IpAddr;

use crate::form::encode;

/// Where a service is reached: `https`, or `http` on this machine only. Without user, query and fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(String);

/// Why an address is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// Neither `https://` nor `http://`.
    #[error("the address of a service begins with https://")]
    Scheme,
    /// `http://` to another machine.
    #[error(
        "plain http is for this machine only (127.0.0.1, [::1], localhost): tokens would travel in the clear"
    )]
    Plain,
    /// No host, a user in front of it, a query or fragment behind it, or characters that no address has.
    #[error("the address of a service is a host and a path, without user, query and fragment")]
    Shape,
}

impl Endpoint {
    /// Takes an address.
    ///
    /// # Errors
    /// When it is not one, or secrets would travel in the clear.
    pub fn new(address: impl AsRef<str>) -> Result<Self, EndpointError> {
        let address = address.as_ref();
        let (plain, rest) = match (address.strip_prefix("https://"), address.strip_prefix("http://")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(EndpointError::Scheme),
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let odd = |c: char| !c.is_ascii_graphic() || "?#@\\\"<>".contains(c);
        if authority.is_empty() || rest.contains(odd) {
            return Err(EndpointError::Shape);
        }
        if plain && !is_here(host(authority)) {
            return Err(EndpointError::Plain);
        }
        Ok(Self(address.to_owned()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path, at least `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
    }

    /// The address with a query; names and values are encoded here.
    #[must_use]
    pub fn with_query(&self, pairs: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
        for (at, (name, value)) in pairs.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            url.push_str(&encode(name));
            url.push('=');
            url.push_str(&encode(value));
        }
        url
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.0)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

fn host(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for good in [
            "https://a.invalid",
            "https://a.invalid:8443/x/y",
            "http://127.0.0.1:1/",
            "http://[::1]:1/x",
            "http://localhost",
        ] {
            assert!(Endpoint::new(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("http://a.invalid/", EndpointError::Plain),
            ("http://127.0.0.1.a.invalid/", EndpointError::Plain),
            ("http://localhost.a.invalid/", EndpointError::Plain),
            ("http://127.0.0.1@a.invalid/", EndpointError::Shape),
            ("ftp://a.invalid/", EndpointError::Scheme),
            ("https://", EndpointError::Shape),
            ("https:///x", EndpointError::Shape),
            ("https://a.invalid/?x=1", EndpointError::Shape),
            ("https://a.invalid/ x", EndpointError::Shape),
            ("https://a.invalid/订单", EndpointError::Shape),
        ] {
            assert_eq!(Endpoint::new(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn queries_are_encoded() {
        let endpoint = Endpoint::new("https://a.invalid/b").unwrap();
        assert_eq!(endpoint.path(), "/b");
        assert_eq!(Endpoint::new("https://a.invalid").unwrap().path(), "/");
        let url = endpoint.with_query(&[("a", "1 2"), ("名", "a+b/=")]);
        assert_eq!(url, "https://a.invalid/b?a=1%202&%E5%90%8D=a%2Bb%2F%3D");
        assert_eq!(endpoint.with_query(&[]), "https://a.invalid/b");
    }
}
