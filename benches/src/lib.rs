//! What the benchmarks measure, so that tests can run the same small and assert the answers.

pub mod validate;
