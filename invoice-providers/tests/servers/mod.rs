//! Throw-away database servers on free ports, run as an ordinary user and stopped by their own process id.
//!
//! A server dies with the process that started it, however that ends: the kernel is asked to see to it. Without the
//! binaries a test says loudly that it was skipped; with `INVOICE_TEST_SERVERS=required` in the environment that is a
//! failure.
#![allow(dead_code, reason = "not every test file uses everything")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what tests share")]

pub(crate) mod mariadb;
pub(crate) mod postgres;
#[path = "../programs/mod.rs"]
mod programs;
pub(crate) mod proxy;

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use programs::missing;

/// Whether what is confirmed is on the disk. Tests that do not pull a plug are quicker without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disk {
    Synced,
    Careless,
    /// Synced, and no file may become larger than so many bytes: to the server that is a full disk.
    Small(u64),
}

/// A running server; dropping it kills it and removes its folder.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
    /// Another server's folder is kept by whoever starts it again.
    keep: bool,
}

impl Server {
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Ends the server in good order, and leaves the folder.
    pub(crate) fn shut_down(mut self) {
        self.signal("-TERM");
        self.child.wait().unwrap();
        self.keep = true;
    }

    /// Waits until the server has written these words into its log.
    pub(crate) fn has_said(&self, words: &str) {
        for _ in 0..2400 {
            if std::fs::read_to_string(self.folder.join("log")).is_ok_and(|log| log.contains(words)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("the server has not said {words:?}");
    }

    /// Kills the server as a power failure would end it, and leaves the folder.
    pub(crate) fn crash(mut self) -> PathBuf {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.keep = true;
        self.folder.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
        if !self.keep {
            std::fs::remove_dir_all(&self.folder).ok();
        }
    }
}

pub(crate) fn find(name: &str, folders: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> =
        std::env::split_paths(&path).chain(folders.iter().map(PathBuf::from)).collect();
    // The newest version of a distribution that keeps several.
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<PathBuf> = versions.flatten().map(|entry| entry.path().join("bin")).collect();
        versions.sort();
        folders.extend(versions.into_iter().rev());
    }
    folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

/// A command that runs as an ordinary user and dies with this process.
pub(crate) fn ordinary(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if root() {
        command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]);
    }
    command.arg("--").arg(program).env("HOME", "/").current_dir("/");
    command
}

/// The same on a disk: a shell before it sets the limit, and sees to it that exceeding it is an error and not the end.
pub(crate) fn on_disk(program: &Path, disk: Disk) -> Command {
    let Disk::Small(bytes) = disk else { return ordinary(program) };
    let mut command = ordinary(Path::new("/bin/sh"));
    command.args(["-c", "trap '' XFSZ; ulimit -f $0; exec \"$@\"", &(bytes / 512).to_string()]).arg(program);
    command
}

/// A folder that the ordinary user owns. What processes that are gone left behind is removed.
pub(crate) fn folder(kind: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let all = std::env::temp_dir();
    let prefix = format!("invoice-servers-{kind}-");
    for old in std::fs::read_dir(&all).unwrap().flatten() {
        let name = old.file_name().to_string_lossy().into_owned();
        let pid = name.strip_prefix(&prefix).and_then(|rest| rest.split('-').next());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            std::fs::remove_dir_all(old.path()).ok();
        }
    }
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = all.join(format!("{prefix}{}-{number}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    give(&folder);
    folder
}

pub(crate) fn give(folder: &Path) {
    if root() {
        let owner = Command::new("chown").args(["-R", "nobody:nogroup"]).arg(folder).status();
        assert!(owner.unwrap().success());
    }
}

pub(crate) fn run(command: &mut Command) {
    let done = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{command:?}\n{out}\n{err}");
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What is made once and copied is kept beside the build, for each version of the server; `make` fills a folder that becomes
/// `data` in `folder`.
pub(crate) fn copied(server: &Path, folder: &Path, make: impl FnOnce(&Path)) {
    let data = folder.join("data");
    let version = Command::new(server).arg("--version").output().unwrap().stdout;
    let words = String::from_utf8(version).unwrap();
    // Some say where they are.
    let words: Vec<&str> = words.split_whitespace().filter(|word| !word.contains('/')).collect();
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("servers").join(words.join(" "));
    if made.is_dir() {
        run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(&made).arg(&data));
        return;
    }
    make(&data);
    let making = made.with_extension(std::process::id().to_string());
    std::fs::create_dir_all(making.parent().unwrap()).unwrap();
    run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(&data).arg(&making));
    // Somebody else may have been quicker, which is as good.
    if std::fs::rename(&making, &made).is_err() {
        std::fs::remove_dir_all(&making).unwrap();
    }
}

/// Starts a server, on another port when somebody else was quicker, and waits until it listens.
pub(crate) fn start(folder: &Path, command: impl Fn(u16) -> Command) -> Server {
    start_on(folder, None, command)
}

pub(crate) fn start_on(folder: &Path, port: Option<u16>, command: impl Fn(u16) -> Command) -> Server {
    for _ in 0..5 {
        let port = port.unwrap_or_else(free_port);
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
        let mut command = command(port);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut server = Server { child: spawn(command), port, folder: folder.to_owned(), keep: true };
        if listens(&mut server) {
            server.keep = false;
            return server;
        }
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    panic!("the server does not start:\n{log}");
}

/// The kernel ends the server when the *thread* that started it ends, so that thread waits for ever.
fn spawn(mut command: Command) -> Child {
    let (started, child) = mpsc::channel();
    std::thread::spawn(move || {
        started.send(command.spawn().unwrap()).unwrap();
        loop {
            std::thread::park();
        }
    });
    child.recv().unwrap()
}

fn listens(server: &mut Server) -> bool {
    let patience = Instant::now() + Duration::from_secs(60);
    while server.child.try_wait().unwrap().is_none() && Instant::now() < patience {
        if TcpStream::connect(("127.0.0.1", server.port)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}
