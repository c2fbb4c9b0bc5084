//! Bureaus on this machine that speak the protocols of invoicing services over HTTP, so that a shop can be developed
//! and tested with no account anywhere.
//!
//! Behind each stands a [`SandboxBureau`](crate::sandbox::SandboxBureau), which checks and issues; in front of it the
//! service's own rules: signature over the bytes that arrived, token, tax number, required fields. They listen on a
//! free port of 127.0.0.1 and are gone when they are dropped. On demand they misbehave: see [`Misstep`].
//!
//! They are written from the same descriptions as the adapters, by types of their own. What no source describes they
//! answer with codes that begin with `LB-`.

mod amounts;
mod baiwang;
mod books;
mod disturb;
mod files;
mod front;
mod misstep;
mod nuonuo;
mod red;
mod server;
mod wechat;

pub use baiwang::BaiwangLoopback;
pub use misstep::{Misstep, Operation};
pub use nuonuo::NuonuoLoopback;
pub use server::LoopbackError;
pub use wechat::{Callback, WechatLoopback};
