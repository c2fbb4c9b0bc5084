//! `fapiao verify`: what is due, what was spent, what waits until when; and asking what is due.

use clap::Args;
use invoice_examples::run::progress_bar;
use invoice_received::verify::{schedule, verify};
use serde_json::json;

use super::OfficeArguments;
use crate::{Error, stream};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    office: OfficeArguments,
    /// Only show where everything stands; nothing is asked.
    #[arg(long)]
    show: bool,
}

impl Arguments {
    /// Prints where everything stands, and what became of the questions where some were asked.
    pub(crate) fn run(&self) -> Result<(), Error> {
        self.office.run(Vec::new(), async |office, actor| {
            if !self.show {
                let bar = progress_bar(0);
                let heard = verify(&office, &actor, |done, of| {
                    bar.set_length(u64::try_from(of).unwrap_or(u64::MAX));
                    bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
                });
                let heard = heard.await?;
                bar.finish_and_clear();
                stream::print_line(&json!({ "heard": heard }).to_string())?;
            }
            let schedule = schedule(&office, &actor).await?;
            stream::print_line(&json!({ "schedule": schedule }).to_string())
        })
    }
}
