//! PostgreSQL.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::{Disk, Server, copied, find, folder, missing, on_disk, ordinary, run, start_on};

/// One server for all tests of this process that only need a database; `None` where there is none.
pub(crate) fn shared() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(|| fresh(Disk::Careless)).as_ref()
}

/// Three servers, for a store in shards.
pub(crate) fn three() -> Option<&'static [Server]> {
    static SERVERS: OnceLock<Vec<Server>> = OnceLock::new();
    let servers = SERVERS.get_or_init(|| (0..3).map_while(|_| fresh(Disk::Careless)).collect());
    (servers.len() == 3).then_some(servers.as_slice())
}

/// A server of one's own.
pub(crate) fn fresh(disk: Disk) -> Option<Server> {
    let folder = make()?;
    Some(serve(&folder, disk, None))
}

/// The files of a server that was never started.
pub(crate) fn make() -> Option<PathBuf> {
    let Some(initdb) = find("initdb", &[]) else {
        missing("PostgreSQL");
        return None;
    };
    let folder = folder("postgres");
    copied(&initdb, &folder, |data| {
        // A language that orders texts otherwise than byte by byte.
        run(ordinary(&initdb).arg("-D").arg(data).args([
            "--no-sync",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--wal-segsize=1",
            "--locale-provider=icu",
            "--icu-locale=en",
        ]));
    });
    Some(folder)
}

/// Starts a server on its files, on a port of its own choice or the one it had.
pub(crate) fn serve(folder: &Path, disk: Disk, port: Option<u16>) -> Server {
    let postgres = find("postgres", &[]).unwrap();
    let synced = if disk == Disk::Careless { "off" } else { "on" };
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        "max_connections=200".to_owned(),
        "max_wal_size=4GB".to_owned(),
        "shared_buffers=256MB".to_owned(),
        // In a file beside the data, which goes away with it, and not in the machine's memory, where a server that was killed
        // would leave it for good.
        "dynamic_shared_memory_type=mmap".to_owned(),
        format!("fsync={synced}"),
        format!("full_page_writes={synced}"),
    ];
    // What a server that was killed left behind would keep it from starting when its number was given out again.
    std::fs::remove_file(folder.join("data/postmaster.pid")).ok();
    start_on(folder, port, |port| {
        let mut command = on_disk(&postgres, disk);
        command.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string()]);
        command.args(settings.iter().flat_map(|setting| ["-c", setting]));
        command
    })
}

/// A copy of a running server that follows it.
pub(crate) fn standby(primary: &Server) -> Server {
    let folder = folder("postgres");
    run(ordinary(&find("pg_basebackup", &[]).unwrap()).arg("-D").arg(folder.join("data")).args([
        "--host=127.0.0.1",
        &format!("--port={}", primary.port),
        "--username=postgres",
        "--write-recovery-conf",
        "--checkpoint=fast",
        "--no-sync",
    ]));
    serve(&folder, Disk::Synced, None)
}

pub(crate) fn options(port: u16, database: &str) -> PgConnectOptions {
    PgConnectOptions::new().host("127.0.0.1").port(port).username("postgres").database(database)
}

/// Connects as soon as the server takes connections, which is a little after it listens.
pub(crate) async fn connect(options: &PgConnectOptions) -> PgConnection {
    for _ in 0..3000 {
        match PgConnection::connect_with(options).await {
            Ok(connection) => return connection,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    panic!("no connection to {options:?}");
}

/// A database of one's own.
pub(crate) async fn database(server: &Server) -> PgConnectOptions {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut admin = connect(&options(server.port, "postgres")).await;
    // One at a time may copy the template; the others are told to come back.
    for attempt in 0.. {
        match admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await {
            Ok(_) => break,
            Err(error) if attempt == 100 => panic!("{error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    admin.close().await.unwrap();
    options(server.port, &name)
}

pub(crate) fn pool(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(20))
        .connect_lazy_with(options)
}
