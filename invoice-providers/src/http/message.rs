use std::fmt;
use std::time::Duration;

/// The longest answer that is read when a request does not say otherwise, in bytes.
pub const MAX_BODY: usize = 4 * 1024 * 1024;

/// How long a call may take when a request does not say otherwise. Some services do the bureau's work inside the
/// call, which takes tens of seconds.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(60);

/// The methods that invoicing services use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Fetch.
    Get,
    /// Send.
    Post,
    /// Change.
    Patch,
}

impl Method {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
        }
    }
}

/// Name and value of a header. `Debug` shows the name only: values carry tokens and signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// The name; case does not matter.
    pub name: String,
    /// The value.
    pub value: String,
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn find<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
}

/// One request. `Debug` shows the method, the address without its query, and sizes.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    method: Method,
    url: String,
    headers: Vec<Header>,
    body: Vec<u8>,
    deadline: Duration,
    body_limit: usize,
}

impl HttpRequest {
    /// A request without body, to an address with everything in it, query included.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            deadline: DEFAULT_DEADLINE,
            body_limit: MAX_BODY,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(Header { name: name.into(), value: value.into() });
        self
    }

    /// Sets the body: exactly these bytes are sent.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets how long the call may take, from connecting to the last byte of the answer.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the longest answer that is read, in bytes.
    #[must_use]
    pub const fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The address, query included.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers in order.
    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The first header of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub(super) fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// How long the call may take.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        self.deadline
    }

    /// The longest answer that is read, in bytes.
    #[must_use]
    pub const fn body_limit(&self) -> usize {
        self.body_limit
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.url.split('?').next().unwrap_or_default();
        write!(f, "HttpRequest({} {address}, {} bytes)", self.method.as_str(), self.body.len())
    }
}

/// One answer. `Debug` shows status and size.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    status: u16,
    headers: Vec<Header>,
    body: Vec<u8>,
}

impl HttpResponse {
    /// An answer.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(Header { name: name.into(), value: value.into() });
        self
    }

    pub(super) fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is 200 to 299.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The headers in order.
    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The first header of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body, taken out.
    #[must_use]
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpResponse({}, {} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_shown() {
        let request = HttpRequest::new(Method::Post, "https://a.invalid/b?token=SECRET")
            .header("accessToken", "SECRET")
            .with_body("SECRET");
        let response = HttpResponse::new(200, "SECRET").header("Set-Cookie", "SECRET");
        let shown = format!("{request:?} {:?} {response:?} {:?}", request.headers(), response.headers());
        assert!(!shown.contains("SECRET"), "{shown}");
        assert!(shown.contains("POST https://a.invalid/b, 6 bytes"), "{shown}");
        assert_eq!(request.get("ACCESSTOKEN"), Some("SECRET"));
    }
}
