//! Sealing and its keys.

mod cipher;
mod cipher_keys;
