//! `fapiao incident`: what happened to one application, without personal data.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use invoice_core::access::{Actor, Role};
use invoice_core::decision::State;
use invoice_core::id::{ActorId, ApplicationId};
use invoice_core::incident::{Bundle, Step};
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
    /// Write the bundle of an application to a file.
    Take {
        #[command(flatten)]
        store: shop::Arguments,
        /// The application.
        application: String,
        /// The file.
        file: PathBuf,
    },
    /// Make everything of a bundle happen again: prints each step, one JSON object a line, and the states at the end.
    /// The exit status is 1 when something does not come out as it did.
    Replay {
        /// The bundle.
        file: PathBuf,
    },
}

impl Arguments {
    pub(crate) fn run(&self) -> Result<(), Error> {
        match &self.what {
            What::Take { store, application, file } => store.run(async |desk| {
                let actor =
                    Actor::staff(ActorId::new("fapiao-incident").map_err(RunError::from)?, Role::Admin);
                let application = ApplicationId::new(application).map_err(RunError::from)?;
                let bundle = desk.incident(&actor, &application).await.map_err(RunError::from)?;
                let text = bundle.to_json().map_err(RunError::Note)?;
                std::fs::write(file, text + "\n").map_err(failed(file))?;
                stream::print_line(&json!({ "chapters": bundle.chapters.len() }).to_string())
            }),
            What::Replay { file } => replay(file),
        }
    }
}

fn replay(file: &Path) -> Result<(), Error> {
    let bundle = Bundle::from_json(&std::fs::read_to_string(file).map_err(failed(file))?)?;
    let mut told = Vec::new();
    let mut watch = |subject: &str, step: &Step, _: &State| {
        told.push(json!({
            "subject": subject, "seq": step.seq, "at": step.at, "actor": step.actor, "verb": step.verb,
            "changes": step.events.len(),
        }));
    };
    let state = bundle.replay(&mut watch)?;
    let applications = state.applications.values();
    let ends = applications
        .map(|application| json!({ "application": application.id(), "state": application.state() }));
    let invoices = state.invoices.values();
    let tasks = invoices.map(|invoice| json!({ "invoice": invoice.id(), "state": invoice.state().as_str() }));
    stream::print_all(told.into_iter().chain(ends).chain(tasks))
}
