//! The desk over the sandbox bureau: verb by verb, with crashes, notices and sealed rows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

#[path = "../desk_support/mod.rs"]
mod desk_support;
mod received_support;

mod audit;
mod batch;
mod closed_loop;
mod correct;
mod crash;
mod document_desk;
mod files;
mod fold;
mod incident;
mod notices;
mod notices_mail;
mod office;
mod paper;
mod periodic;
mod received;
mod received_numbers;
mod received_search;
mod received_sums;
mod refusals;
mod reseal;
mod sealed;
mod search;
mod tickets;
mod views;
