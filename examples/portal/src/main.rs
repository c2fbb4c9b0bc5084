//! Opens the portal on localhost.
//!
//! ```text
//! cargo run --release -p invoice-portal [-- --port 8080 --state out/portal]
//! ```

use std::future::poll_fn;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::task::Poll;
use std::time::Duration;

use clap::Parser;
use invoice_examples::story::Done;
use invoice_portal::{open, worker};
use tokio::net::TcpListener;

/// The invoice desk in the browser, on a demonstration shop.
#[derive(Debug, Parser)]
struct Arguments {
    /// The port on localhost; 0 for any that is free.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The folder of its state; removed, the demonstration begins anew.
    #[arg(long, value_name = "FOLDER", default_value = "out/portal")]
    state: PathBuf,
    /// How long the bureau takes over an invoice, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 3000)]
    slow: u64,
}

#[tokio::main]
async fn main() -> Done {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port))).await?;
    let port = listener.local_addr()?.port();
    let slow = Duration::from_millis(arguments.slow);
    let app = open::open(&arguments.state, slow, open::hosts(port)).await?;
    // Listened for before it is said where the program is: whoever reads that may end it at once.
    let mut ended = Box::pin(tokio::signal::ctrl_c());
    let at_once = poll_fn(|context| Poll::Ready(ended.as_mut().poll(context))).await;
    println!("http://localhost:{port}/    (state in {}; Ctrl-C ends it)", arguments.state.display());
    let serving = axum::serve(listener, app.router()).with_graceful_shutdown(async move {
        let ended = match at_once {
            Poll::Ready(ended) => ended,
            Poll::Pending => ended.await,
        };
        // Without a way to be told it is ended from outside.
        if ended.is_err() {
            std::future::pending::<()>().await;
        }
    });
    worker::beside(app, serving.into_future()).await
}
