#![no_main]
//! `cargo +nightly fuzz run capital`; what must hold is written in `tests/feed`.

#[path = "../../tests/feed/mod.rs"]
#[allow(dead_code, reason = "each target takes one of the functions")]
mod feed;

libfuzzer_sys::fuzz_target!(|input: &str| feed::capital(input));
