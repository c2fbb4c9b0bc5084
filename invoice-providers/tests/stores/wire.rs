//! A bureau in one process that the workers of others call: it outlives whoever is killed in the middle of a call.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what tests share")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use async_trait::async_trait;
use invoice_core::id::{IntentKey, ProviderId};
use invoice_core::provider::{
    Capabilities, Effect, ErrorKind, InvoiceProvider, IssueAnswer, IssuedInvoice, PreparedRequest,
    ProviderError, QueryAnswer, RedConfirmation,
};
use invoice_core::testkit::block_on;
use invoice_providers::sandbox::SandboxBureau;
use serde_json::{Value, json};

const KINDS: [ErrorKind; 11] = [
    ErrorKind::Rejected,
    ErrorKind::Duplicate,
    ErrorKind::NoAnswer,
    ErrorKind::Busy,
    ErrorKind::RateLimited,
    ErrorKind::AuthExpired,
    ErrorKind::OperatorNeeded,
    ErrorKind::QuotaExceeded,
    ErrorKind::Configuration,
    ErrorKind::ClockSkew,
    ErrorKind::Unsupported,
];
const EFFECTS: [Effect; 3] = [Effect::NotApplied, Effect::Unknown, Effect::Applied];

/// Answers calls until the process ends; the port.
pub(crate) fn serve(bureau: SandboxBureau) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let bureau = bureau.clone();
            std::thread::spawn(move || answer_all(&bureau, stream));
        }
    });
    port
}

/// One line in, one line out. A caller that was killed is a line that cannot be written.
fn answer_all(bureau: &SandboxBureau, mut stream: TcpStream) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        let Ok(call) = serde_json::from_str::<Value>(&line) else { return };
        let said = block_on(answer(bureau, &call)).unwrap_or_else(|error| {
            let kind = KINDS.iter().position(|kind| *kind == error.kind());
            let effect = EFFECTS.iter().position(|effect| *effect == error.effect());
            json!({ "error": [kind, effect] })
        });
        if writeln!(stream, "{said}").is_err() {
            return;
        }
    }
}

async fn answer(bureau: &SandboxBureau, call: &Value) -> Result<Value, ProviderError> {
    let request = || serde_json::from_value::<PreparedRequest>(call["with"].clone()).unwrap();
    let key = || serde_json::from_value::<IntentKey>(call["with"].clone()).unwrap();
    let issued = |answer: IssueAnswer| match answer {
        IssueAnswer::Issued(invoice) => json!({ "issued": invoice }),
        IssueAnswer::Accepted { poll_after } => json!({ "later": millis(poll_after) }),
        other => panic!("{other:?}"),
    };
    Ok(match call["call"].as_str().unwrap() {
        "issue" => issued(bureau.issue(&request()).await?),
        "issue_red" => issued(bureau.issue_red(&request()).await?),
        "apply_red" => json!({ "form": bureau.apply_red(&request()).await? }),
        "confirmation" => json!({ "form": bureau.query_confirmation(&key()).await? }),
        "query" => match bureau.query(&key()).await? {
            QueryAnswer::Issued(invoice) => json!({ "issued": invoice }),
            QueryAnswer::Pending { poll_after } => json!({ "later": millis(poll_after) }),
            QueryAnswer::Denied { code } => json!({ "denied": code }),
            QueryAnswer::NotFound => json!({}),
            other => panic!("{other:?}"),
        },
        other => panic!("{other}"),
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

/// The bureau as a worker sees it.
pub(crate) struct Remote {
    port: u16,
    /// The same bureau with empty books: for what it can do.
    like: SandboxBureau,
}

impl Remote {
    pub(crate) fn new(port: u16, like: SandboxBureau) -> Self {
        Self { port, like }
    }

    fn call(&self, call: &str, with: Value) -> Result<Value, ProviderError> {
        let lost = |_| ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown);
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).map_err(lost)?;
        writeln!(stream, "{}", json!({ "call": call, "with": with })).map_err(lost)?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).map_err(lost)?;
        let said: Value = serde_json::from_str(&line).unwrap();
        match &said["error"] {
            Value::Null => Ok(said),
            error => {
                let at = |at: usize| usize::try_from(error[at].as_u64().unwrap()).unwrap();
                Err(ProviderError::new(KINDS[at(0)], EFFECTS[at(1)]))
            }
        }
    }
}

fn invoice(said: &Value) -> Option<IssuedInvoice> {
    serde_json::from_value(said["issued"].clone()).ok()
}

fn later(said: &Value) -> Option<Duration> {
    said["later"].as_u64().map(Duration::from_millis)
}

fn answered(said: &Value) -> IssueAnswer {
    match invoice(said) {
        Some(invoice) => IssueAnswer::Issued(invoice),
        None => IssueAnswer::Accepted { poll_after: later(said).unwrap() },
    }
}

#[async_trait]
impl InvoiceProvider for Remote {
    fn id(&self) -> &ProviderId {
        self.like.id()
    }
    fn capabilities(&self) -> &Capabilities {
        self.like.capabilities()
    }
    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        Ok(answered(&self.call("issue", json!(request))?))
    }
    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        let said = self.call("query", json!(key))?;
        Ok(match (invoice(&said), later(&said), said["denied"].as_str()) {
            (Some(invoice), ..) => QueryAnswer::Issued(invoice),
            (_, Some(poll_after), _) => QueryAnswer::Pending { poll_after },
            (_, _, Some(code)) => QueryAnswer::Denied { code: code.to_owned() },
            _ => QueryAnswer::NotFound,
        })
    }
    async fn apply_red(&self, request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        let said = self.call("apply_red", json!(request))?;
        Ok(serde_json::from_value(said["form"].clone()).unwrap())
    }
    async fn query_confirmation(&self, key: &IntentKey) -> Result<Option<RedConfirmation>, ProviderError> {
        let said = self.call("confirmation", json!(key))?;
        Ok(serde_json::from_value(said["form"].clone()).unwrap())
    }
    async fn issue_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        Ok(answered(&self.call("issue_red", json!(request))?))
    }
}
