//! Documents written, read and looked at by other programs.

#[path = "../programs/mod.rs"]
mod programs;
mod support;

mod ofd;
mod pdf;
mod read;
mod recognition;
mod render;
mod tesseract;
mod xml;
