//! The `fapiao` command line: each subcommand reads standard input and prints one JSON object a line, refusals
//! included.

pub mod cli;
pub mod split;
pub mod validate;
