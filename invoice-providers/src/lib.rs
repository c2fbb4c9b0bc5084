//! What stands outside the invoice desk: the bureau and services that issue, the stores that keep, the ciphers
//! that seal. Each lives behind a feature of its own.

#[cfg(feature = "baiwang")]
pub mod baiwang;
#[cfg(feature = "cipher")]
pub mod cipher;
#[cfg(any(feature = "http", feature = "email", feature = "sms"))]
pub mod credentials;
#[cfg(any(feature = "xml", feature = "pdf"))]
pub mod document;
#[cfg(all(feature = "sandbox", not(any(feature = "xml", feature = "pdf"))))]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the sandbox writes one form of files; the features make the rest public"
)]
mod document;
#[cfg(any(feature = "http", feature = "loopback"))]
#[cfg_attr(not(feature = "http"), allow(unreachable_pub, reason = "the clients' module makes it public"))]
mod form;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "import")]
pub mod import;
#[cfg(feature = "loopback")]
pub mod loopback;
#[cfg(any(feature = "webhook", feature = "email", feature = "sms"))]
pub mod notify;
#[cfg(feature = "nuonuo")]
pub mod nuonuo;
#[cfg(feature = "originals")]
pub mod originals;
#[cfg(feature = "pinyin")]
pub mod pinyin;
#[cfg(feature = "router")]
pub mod router;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(any(feature = "nuonuo", feature = "baiwang", feature = "wechat"))]
mod service;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub mod sql;
#[cfg(feature = "wechat")]
pub mod wechat;
