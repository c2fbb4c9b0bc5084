//! MariaDB; or MySQL itself, where `INVOICE_TEST_MYSQL` names its server program.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlPool, MySqlPoolOptions, MySqlSslMode};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection};

use super::{Disk, Server, copied, find, folder, give, missing, on_disk, ordinary, run, start_on};

/// A server program. The two share their protocol and not their settings.
enum Program {
    MariaDb(PathBuf),
    MySql(PathBuf),
}

const MARIADB: &[&str] =
    &["--innodb-log-file-size=16M", "--skip-grant-tables", "--skip-name-resolve", "--skip-ssl"];
const MYSQL: &[&str] =
    &["--innodb-redo-log-capacity=16M", "--mysqlx=OFF", "--secure-file-priv=NULL", "--skip-log-bin"];

impl Program {
    fn find() -> Option<Self> {
        match std::env::var_os("INVOICE_TEST_MYSQL") {
            Some(path) => Some(Self::MySql(path.into())),
            None => find("mariadbd", &["/usr/sbin"]).map(Self::MariaDb),
        }
    }

    fn path(&self) -> &Path {
        let (Self::MariaDb(path) | Self::MySql(path)) = self;
        path
    }
}

/// One server for all tests of this process that only need a database; `None` where there is none.
pub(crate) fn shared() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(|| fresh(Disk::Careless)).as_ref()
}

/// A server of one's own.
pub(crate) fn fresh(disk: Disk) -> Option<Server> {
    let folder = make()?;
    Some(serve(&folder, disk, None))
}

/// The files of a server that was started once and shut down; one that is killed before it has written its first
/// checkpoint does not come back. Without its tables of users the server takes whoever comes.
pub(crate) fn make() -> Option<PathBuf> {
    let Some(program) = Program::find() else {
        missing("MariaDB");
        return None;
    };
    let folder = folder("mariadb");
    copied(program.path(), &folder, |data| {
        std::fs::create_dir(data).unwrap();
        give(&folder);
        if let Program::MySql(path) = &program {
            let data = format!("--datadir={}", data.display());
            run(ordinary(path).args(["--no-defaults", "--initialize-insecure", &data]));
        }
        let server = serve(&folder, Disk::Careless, None);
        // It takes connections before it is whole, and a signal that comes in between it waits for ever.
        server.has_said("ready for connections");
        server.shut_down();
    });
    Some(folder)
}

/// Starts a server on its files. Its character set is the one it comes with, which cannot hold a Chinese name.
pub(crate) fn serve(folder: &Path, disk: Disk, port: Option<u16>) -> Server {
    serve_with(folder, disk, port, &[])
}

/// A server of one's own that writes every statement into `statements` in its folder.
pub(crate) fn watched() -> Option<Server> {
    let folder = make()?;
    let log = format!("--general-log-file={}", folder.join("statements").display());
    let options = ["--general-log=1".to_owned(), "--log-output=FILE".to_owned(), log];
    Some(serve_with(&folder, Disk::Careless, None, &options))
}

fn serve_with(folder: &Path, disk: Disk, port: Option<u16>, options: &[String]) -> Server {
    // A log small enough that a limit on the size of files can be below what a test writes; and no question who somebody is.
    let (server, own) = match Program::find().unwrap() {
        Program::MariaDb(path) => (path, MARIADB),
        Program::MySql(path) => (path, MYSQL),
    };
    let flush = if disk == Disk::Careless { 2 } else { 1 };
    start_on(folder, port, |port| {
        let mut command = on_disk(&server, disk);
        command.args([
            "--no-defaults".to_owned(),
            format!("--datadir={}", folder.join("data").display()),
            format!("--socket={}", folder.join("socket").display()),
            format!("--pid-file={}", folder.join("pid").display()),
            format!("--tmpdir={}", folder.display()),
            format!("--port={port}"),
            "--bind-address=127.0.0.1".to_owned(),
            "--innodb-buffer-pool-size=256M".to_owned(),
            format!("--innodb-flush-log-at-trx-commit={flush}"),
        ]);
        command.args(own).args(options);
        command
    })
}

pub(crate) fn options(port: u16) -> MySqlConnectOptions {
    MySqlConnectOptions::new().host("127.0.0.1").port(port).username("root").ssl_mode(MySqlSslMode::Disabled)
}

/// Connects as soon as the server takes connections.
pub(crate) async fn connect(options: &MySqlConnectOptions) -> MySqlConnection {
    for _ in 0..3000 {
        match MySqlConnection::connect_with(options).await {
            Ok(connection) => return connection,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    panic!("no connection to {options:?}");
}

/// A database of one's own.
pub(crate) async fn database(server: &Server) -> MySqlConnectOptions {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut admin = connect(&options(server.port)).await;
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    admin.close().await.unwrap();
    options(server.port).database(&name)
}

pub(crate) fn pool(options: MySqlConnectOptions) -> MySqlPool {
    MySqlPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(20))
        .connect_lazy_with(options)
}
