//! A wire that can be cut, also in the middle of a COMMIT, and led to another server.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// Where the wire is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The COMMIT does not reach the server.
    Before,
    /// The COMMIT reaches the server, its answer does not come back.
    After,
}

#[derive(Default)]
struct State {
    target: AtomicU16,
    cuts: Mutex<Vec<Cut>>,
    /// Words after which nothing is passed on any more.
    silence: Mutex<Option<&'static str>>,
    done: AtomicU32,
    closed: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

/// Listens on a port of its own and passes everything on.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: Arc<State>,
}

impl Proxy {
    pub(crate) fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State { target: AtomicU16::new(target), ..State::default() });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.closed.load(Ordering::SeqCst) {
                    return;
                }
                let target = shared.target.load(Ordering::SeqCst);
                // A server that is down is a connection that ends at once.
                if let Ok(server) = TcpStream::connect(("127.0.0.1", target)) {
                    join(&shared, client, server);
                }
            }
        });
        Self { port, state }
    }

    /// Leads new connections elsewhere and cuts the old ones.
    pub(crate) fn lead_to(&self, target: u16) {
        self.state.target.store(target, Ordering::SeqCst);
        for stream in self.state.open.lock().unwrap().drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    /// Cuts the next COMMITs, the last of the list first.
    pub(crate) fn cut(&self, cuts: &[Cut]) {
        self.state.cuts.lock().unwrap().extend(cuts);
    }

    /// The next statement with these words goes nowhere, and nothing after it on the same wire, which stays open.
    pub(crate) fn fall_silent_at(&self, words: &'static str) {
        *self.state.silence.lock().unwrap() = Some(words);
    }

    /// Whether that has happened.
    pub(crate) fn is_silent(&self) -> bool {
        self.state.silence.lock().unwrap().is_none()
    }

    /// How many were cut.
    pub(crate) fn done(&self) -> u32 {
        self.state.done.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.closed.store(true, Ordering::SeqCst);
        TcpStream::connect(("127.0.0.1", self.port)).ok();
    }
}

fn join(state: &Arc<State>, client: TcpStream, server: TcpStream) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    state.open.lock().unwrap().extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let shared = Arc::clone(state);
    std::thread::spawn(move || {
        let (mut buffer, mut silent) = ([0; 1 << 16], false);
        while let Ok(length @ 1..) = from_client.read(&mut buffer) {
            let said = |words: &&str| buffer[..length].windows(words.len()).any(|at| at == words.as_bytes());
            silent |= shared.silence.lock().unwrap().take_if(|words| said(&&**words)).is_some();
            if silent {
                continue;
            }
            // A statement without parameters goes out in one small packet of its own.
            let commit = length < 64 && buffer[..length].windows(6).any(|word| word == b"COMMIT");
            let cut = if commit { shared.cuts.lock().unwrap().pop() } else { None };
            if cut.is_some() {
                // Before anything is passed on: a server may answer sooner than the wire would be cut.
                shared.done.fetch_add(1, Ordering::SeqCst);
                from_client.shutdown(Shutdown::Both).ok();
            }
            if cut != Some(Cut::Before) && to_server.write_all(&buffer[..length]).is_err() {
                break;
            }
            match cut {
                None => {}
                Some(Cut::Before) => break,
                // The server answers into the void.
                Some(Cut::After) => return,
            }
        }
        to_server.shutdown(Shutdown::Both).ok();
        from_client.shutdown(Shutdown::Both).ok();
    });
    let (mut from_server, mut to_client) = (server, client);
    std::thread::spawn(move || {
        let mut buffer = [0; 1 << 16];
        while let Ok(length @ 1..) = from_server.read(&mut buffer) {
            if to_client.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        to_client.shutdown(Shutdown::Both).ok();
        from_server.shutdown(Shutdown::Both).ok();
    });
}
