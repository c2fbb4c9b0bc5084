//! The program itself: it says where it is, answers there and to no other name, ends in good order, and goes on.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A start of the program; killed by its own id if the test ends before it.
struct Program {
    child: Child,
    port: u16,
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Program {
    fn start(state: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_invoice-portal"));
        command.args(["--port", "0", "--slow", "0", "--state"]).arg(state).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.strip_prefix("http://localhost:").unwrap_or_else(|| panic!("{line}"));
        let port = port.split('/').next().unwrap().parse().unwrap();
        Self { child, port }
    }

    fn get(&self, path: &str, host: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Ends it as Ctrl-C does; whether it ended well.
    fn end(mut self) -> bool {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        self.child.wait().unwrap().success()
    }
}

#[test]
fn the_program_answers_ends_in_good_order_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("portal");
    for _ in 0..2 {
        let program = Program::start(&state);
        let local = format!("localhost:{}", program.port);
        assert!(program.get("/login", &local).starts_with("HTTP/1.1 200"), "{local}");
        assert!(program.get("/login", &format!("127.0.0.1:{}", program.port)).starts_with("HTTP/1.1 200"));
        assert!(program.get("/login", "evil.example").starts_with("HTTP/1.1 421"));
        assert!(program.end());
    }
    // What was begun and cut off is begun again: what was bought in it is gone.
    let history = orders_and_one_more(&state);
    assert_eq!(orders_and_one_more(&state), history + 1, "what was bought stays");
    std::fs::remove_file(state.join("seeded")).unwrap();
    let program = Program::start(&state);
    // Once it answers it can be ended in good order.
    assert!(program.get("/orders", &format!("localhost:{}", program.port)).starts_with("HTTP/1.1 303"));
    assert!(program.end());
    assert!(state.join("seeded").exists(), "by the program, not by what looks at it now");
    assert_eq!(orders_and_one_more(&state), history);
}

/// How many orders Li has; then he buys another.
#[tokio::main(flavor = "current_thread")]
async fn orders_and_one_more(state: &Path) -> usize {
    let app = support::portal(state).await;
    let mut li = support::Browser::of(&app, "li").await;
    let orders = li.get("/orders").await.text.matches("id=\"order-").count();
    li.post("/orders/buy", &[]).await.location();
    orders
}
