//! Adapters of invoicing services, over HTTP, against bureaus on this machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

#[path = "../desk_support/mod.rs"]
mod desk_support;
mod impatient;
mod support;
mod wechat_support;
mod world;

mod alone;
mod conformance;
mod faults;
mod http_client;
mod token_keeper;
mod wechat_conformance;
mod wechat_faults;
