//! The kept corpus, `../tests/golden/fuzzed.jsonl`, to seed files of one target and back.
//!
//! `corpus unpack DIR` writes one file a line; `corpus pack DIR…` takes the files of the directories,
//! smallest first, drops what is there already, and stops at 120 kB.

use std::collections::BTreeSet;
use std::{env, fs, io};

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/fuzzed.jsonl");
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/corpus.txt");
const MOST_BYTES: usize = 120_000;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.split_first() {
        Some((verb, [directory])) if verb == "unpack" => unpack(directory),
        Some((verb, directories)) if verb == "pack" => pack(directories),
        _ => Err(io::Error::other("corpus unpack DIR | corpus pack DIR...")),
    }
}

fn kept() -> io::Result<Vec<String>> {
    let text = fs::read_to_string(KEPT).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).map_err(io::Error::other)).collect()
}

fn unpack(directory: &str) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let golden = fs::read_to_string(GOLDEN)?;
    let seeds = kept()?.into_iter().chain(golden.lines().map(str::to_owned));
    for (index, seed) in seeds.enumerate() {
        fs::write(format!("{directory}/seed-{index:05}"), seed)?;
    }
    Ok(())
}

fn pack(directories: &[String]) -> io::Result<()> {
    // The targets read the longest UTF-8 prefix of a file, so that is what is kept.
    let mut inputs = BTreeSet::new();
    for directory in directories {
        for entry in fs::read_dir(directory)? {
            let bytes = fs::read(entry?.path())?;
            let text = match std::str::from_utf8(&bytes) {
                Ok(text) => text,
                Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
            };
            inputs.insert((text.len(), text.to_owned()));
        }
    }
    let mut out = String::new();
    for (_, input) in inputs {
        let line = serde_json::to_string(&input).map_err(io::Error::other)?;
        if out.len() + line.len() < MOST_BYTES {
            out.push_str(&line);
            out.push('\n');
        }
    }
    fs::write(KEPT, out)
}
