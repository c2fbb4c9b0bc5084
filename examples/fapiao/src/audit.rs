//! `fapiao audit`: the history of a tenant, anchored, taken out, and verified from the export alone.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Subcommand};
use invoice_core::access::{Actor, Role};
use invoice_core::audit::{AuditFault, KnownAnchor, MAX_LINE, Verdict, Verifier, hex, unhex};
use invoice_core::desk::{AnchorScope, InvoiceDesk};
use invoice_core::error::Language;
use invoice_core::id::ActorId;
use invoice_examples::run::{RunError, failed};
use serde_json::json;

use crate::shop;
use crate::{Error, stream};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Verify an export: prints what is wrong, one JSON object a line, and then the verdict. The exit status is 1 when
    /// anything is wrong. Needs neither the database nor a key.
    Verify {
        /// The export; `-` for standard input.
        file: PathBuf,
        /// An anchor that was kept elsewhere, as NUMBER:HASH.
        #[arg(long, value_name = "NUMBER:HASH")]
        anchor: Vec<Kept>,
    },
    /// Write the history of a tenant to a file.
    Export {
        #[command(flatten)]
        store: shop::Arguments,
        /// The file.
        file: PathBuf,
    },
    /// Anchor what changed since the last time, and print the newest anchor, to be kept elsewhere.
    Anchor {
        #[command(flatten)]
        store: shop::Arguments,
        /// Anchor every chain, and not only those that changed.
        #[arg(long)]
        everything: bool,
    },
}

/// An anchor on the command line.
#[derive(Debug, Clone)]
struct Kept(KnownAnchor);

impl FromStr for Kept {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once(':').and_then(|(number, hash)| Some((number.parse().ok()?, unhex(hash)?)));
        let (number, hash) = parts.ok_or("NUMBER:HASH with 64 hexadecimal digits is needed")?;
        Ok(Self(KnownAnchor { number, hash }))
    }
}

impl Arguments {
    pub(crate) fn run(&self) -> Result<(), Error> {
        match &self.what {
            What::Verify { file, anchor } => verify(file, anchor),
            What::Export { store, file } => store.run(async |desk| export(&desk, file).await),
            What::Anchor { store, everything } => {
                let scope = if *everything { AnchorScope::Everything } else { AnchorScope::Changed };
                store.run(async |desk| {
                    let report = desk.anchor(&auditor()?, scope).await.map_err(RunError::from)?;
                    let (number, hash) = (report.number, &report.hash);
                    stream::print_line(
                        &json!({
                            "anchor": format!("{number}:{hash}"),
                            "anchors": report.anchors,
                            "chains": report.chains,
                        })
                        .to_string(),
                    )
                })
            }
        }
    }
}

fn auditor() -> Result<Actor, RunError> {
    Ok(Actor::staff(ActorId::new("fapiao-audit")?, Role::Admin))
}

fn verify(file: &Path, kept: &[Kept]) -> Result<(), Error> {
    let verifier = kept.iter().fold(Verifier::new(), |verifier, kept| verifier.expecting(kept.0));
    let verdict = if file == Path::new("-") {
        read(std::io::stdin().lock(), verifier)
            .map_err(|source| Error::Stream { name: "standard input", source })?
    } else {
        let open = std::fs::File::open(file).map_err(failed(file))?;
        read(BufReader::new(open), verifier).map_err(failed(file))?
    };
    stream::print_all(verdict.faults.iter().map(fault).chain([summary(&verdict)]))?;
    if verdict.holds() { Ok(()) } else { Err(Error::NotProven) }
}

/// Line by line, in bounded memory: what is longer than a line can be is handed on cut, and found wrong.
fn read(mut input: impl BufRead, mut verifier: Verifier) -> std::io::Result<Verdict> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let most = u64::try_from(MAX_LINE).unwrap_or(u64::MAX).saturating_add(2);
        if std::io::Read::take(&mut input, most).read_until(b'\n', &mut line)? == 0 {
            return Ok(verifier.finish());
        }
        verifier.line(line.strip_suffix(b"\n").unwrap_or(&line));
    }
}

fn fault(fault: &AuditFault) -> serde_json::Value {
    json!({
        "code": fault.kind().as_str(),
        "line": fault.line(),
        "subject": fault.subject(),
        "seq": fault.seq(),
        "anchor": fault.anchor_number(),
        "message": { "zh-CN": fault.message(Language::ZhCn), "en": fault.message(Language::En) },
    })
}

fn summary(verdict: &Verdict) -> serde_json::Value {
    let counts = &verdict.counts;
    json!({
        "holds": verdict.holds(),
        "tenant": verdict.tenant.as_ref().map(|tenant| tenant.as_str()),
        "anchors": counts.anchors,
        "entries": counts.entries,
        "rows": counts.rows,
        "uncovered": verdict.uncovered,
        "newest_anchor": verdict.newest.map(|newest| format!("{}:{}", newest.number, hex(&newest.hash))),
        "faults": u64::try_from(verdict.faults.len()).unwrap_or(u64::MAX) + verdict.more,
    })
}

async fn export(desk: &InvoiceDesk, file: &Path) -> Result<(), Error> {
    let mut out = BufWriter::new(std::fs::File::create(file).map_err(failed(file))?);
    let mut export = desk.export_audit(&auditor()?).await.map_err(RunError::from)?;
    let mut lines = 0_u64;
    while let Some(line) = export.next_line().await.map_err(RunError::from)? {
        writeln!(out, "{line}").map_err(failed(file))?;
        lines += 1;
    }
    out.flush().map_err(failed(file))?;
    stream::print_line(&json!({ "lines": lines }).to_string())
}
