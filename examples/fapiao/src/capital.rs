//! `fapiao capital`: amounts in capitals (大写金额), both ways, one a line.

use clap::Args;
use invoice_validate::{amount, capital as amounts_in_capitals};
use serde_json::{Value, json};

use crate::faults::unread;
use crate::{Error, stream};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Read capitals instead.
    #[arg(long)]
    parse: bool,
}

impl Arguments {
    /// Runs the subcommand.
    pub(crate) fn run(&self) -> Result<(), Error> {
        stream::each_line(if self.parse { read } else { written })
    }
}

/// `{"input","capital"}` for a decimal.
fn written(line: &str) -> Value {
    match amount::parse(line) {
        Ok(fen) => json!({ "input": line, "capital": amounts_in_capitals::to_string(fen) }),
        Err(report) => unread(line, &report),
    }
}

/// `{"input","amount"}` for capitals.
fn read(line: &str) -> Value {
    match amounts_in_capitals::parse(line) {
        Ok(fen) => json!({ "input": line, "amount": amount::format(&fen) }),
        Err(report) => unread(line, &report),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::keys;

    #[test]
    fn capital_goes_both_ways() {
        let capital = written("29659.50");
        assert_eq!(capital, json!({ "input": "29659.50", "capital": "贰万玖仟陆佰伍拾玖圆伍角整" }));
        let amount = read("壹佰零壹元伍角整");
        assert_eq!(amount, json!({ "input": "壹佰零壹元伍角整", "amount": "101.50" }));
        for unreadable in [written("0.999"), read("壹万万元整")] {
            assert_eq!(keys(&unreadable), ["faults", "input"]);
        }
    }
}
