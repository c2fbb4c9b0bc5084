//! SQL stores on files and real servers: conformance, faults, workers that are killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

#[path = "../desk_support/mod.rs"]
mod desk_support;
mod pairs;
#[path = "../servers/mod.rs"]
mod servers;
mod silence;
mod wire;

mod engines;
mod faults;
mod sqlite;
mod sqlite_disk;
mod sqlite_faults;
mod together;
mod workers;
