//! Documents written, read and looked at by other programs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

#[path = "../programs/mod.rs"]
mod programs;
mod support;

mod golden;
mod ofd;
mod pdf;
mod read;
mod recognition;
mod render;
mod tesseract;
mod xml;
