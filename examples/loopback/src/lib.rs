//! Bureaus on this machine (回环税局) that speak the protocols of invoicing services, so that a shop can be developed
//! with no account anywhere.
//!
//! ```text
//! cargo run -p invoice-loopback --example loopback_bureau -- nuonuo --port 8701
//! {"account":{"app_key":"loopback-key","app_secret":"loopback-secret"},"books":"http://127.0.0.1:8701/books", …}
//! ```
//!
//! It prints where it listens as one line of JSON and runs until it is stopped. Any tax number is a seller there.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use clap::{Parser, ValueEnum};
use invoice_core::env::Clock;
use invoice_core::money::Money;
use invoice_providers::loopback::{BaiwangLoopback, LoopbackError, NuonuoLoopback, WechatLoopback};
use invoice_providers::sandbox::{RedRule, SandboxBuilder};
use serde_json::{Value, json};

/// The services that can be spoken.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Service {
    /// 诺诺.
    Nuonuo,
    /// 百望云, both product lines.
    Baiwang,
    /// 微信支付电子发票; the number of a sub-merchant is the seller's tax ID.
    Wechat,
}

/// A tax bureau on this machine that speaks the protocol of an invoicing service.
#[derive(Debug, Parser)]
#[command(name = "loopback_bureau", version, about)]
struct Arguments {
    /// Whose protocol.
    service: Service,
    /// The port of 127.0.0.1; any free one when not given.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Issue this many seconds after a request was taken.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    after: u64,
    /// Have buyers confirm red invoices. Nobody does so here: they lapse after 72 hours.
    #[arg(long)]
    buyer_confirms: bool,
    /// The credit line of every seller and month, net.
    #[arg(long, value_name = "YUAN")]
    credit: Option<Money>,
}

/// The time of this machine.
struct Wall;

impl Clock for Wall {
    fn now(&self) -> DateTime<Utc> {
        SystemTime::now().into()
    }
}

/// A bureau that listens until it is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "held, not read")]
enum Running {
    Nuonuo(NuonuoLoopback),
    Baiwang(BaiwangLoopback),
    Wechat(WechatLoopback),
}

impl Arguments {
    fn settings(&self, sandbox: SandboxBuilder) -> SandboxBuilder {
        let sandbox = sandbox.automatic_red().asynchronous(Duration::from_secs(self.after));
        let sandbox = if self.buyer_confirms { sandbox.red(RedRule::BuyerConfirms) } else { sandbox };
        sandbox.default_credit_line(self.credit)
    }

    fn start(&self) -> Result<(Running, Value), LoopbackError> {
        match self.service {
            Service::Nuonuo => {
                let bureau =
                    NuonuoLoopback::start(self.port, Arc::new(Wall), |sandbox| self.settings(sandbox))?;
                let told = json!({
                    "services": bureau.services(), "token": bureau.token(), "books": bureau.books_address(),
                    "account": {
                        "app_key": NuonuoLoopback::APP_KEY, "app_secret": NuonuoLoopback::APP_SECRET,
                    },
                });
                Ok((Running::Nuonuo(bureau), told))
            }
            Service::Baiwang => {
                let bureau =
                    BaiwangLoopback::start(self.port, Arc::new(Wall), |sandbox| self.settings(sandbox))?;
                let told = json!({
                    "gateway": bureau.gateway(), "books": bureau.books_address(),
                    "account": {
                        "app_key": BaiwangLoopback::APP_KEY, "app_secret": BaiwangLoopback::APP_SECRET,
                        "user": BaiwangLoopback::USER, "password": BaiwangLoopback::PASSWORD,
                        "salt": BaiwangLoopback::SALT,
                    },
                });
                Ok((Running::Baiwang(bureau), told))
            }
            Service::Wechat => {
                let bureau =
                    WechatLoopback::start(self.port, Arc::new(Wall), |sandbox| self.settings(sandbox))?;
                let told = json!({
                    "host": bureau.host(), "books": bureau.books_address(), "account": bureau.account(),
                });
                Ok((Running::Wechat(bureau), told))
            }
        }
    }
}

/// Runs until the process is stopped.
#[must_use]
pub fn main() -> ExitCode {
    match Arguments::parse().start() {
        Ok((_bureau, told)) => {
            let mut out = std::io::stdout().lock();
            // Nobody has to read it.
            let _ = writeln!(out, "{told}").and_then(|()| out.flush());
            drop(out);
            loop {
                thread::park();
            }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn it_says_where_it_listens() {
        let arguments =
            Arguments::parse_from(["loopback_bureau", "nuonuo", "--after", "5", "--credit", "100"]);
        let (_bureau, told) = arguments.start().unwrap();
        assert!(told["services"].as_str().unwrap().ends_with("/open/v1/services"));
        assert!(told["books"].as_str().unwrap().starts_with("http://127.0.0.1:"));
        let (_bureau, told) = Arguments::parse_from(["loopback_bureau", "wechat"]).start().unwrap();
        assert!(told["account"]["merchant_key"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----"));
    }
}
