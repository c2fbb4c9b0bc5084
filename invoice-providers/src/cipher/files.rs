//! Small files that are never torn: each is written whole under another name and then linked or moved.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a new file that only its owner may read; fails when the file is there.
pub(super) fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = draft(path, bytes)?;
    let linked = fs::hard_link(&draft, path);
    // The draft is of no use in either case; that it stays is no error.
    fs::remove_file(&draft).ok();
    linked?;
    sync_folder(path)
}

/// Writes a file that only its owner may read, over what is there.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = draft(path, bytes)?;
    fs::rename(&draft, path)?;
    sync_folder(path)
}

/// Appends one byte, durably, and says how many there are then.
pub(super) fn tick(path: &Path) -> io::Result<u64> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let new = !path.try_exists()?;
    let mut file = options.open(path)?;
    file.write_all(b".")?;
    file.sync_all()?;
    if new {
        sync_folder(path)?;
    }
    // Never less than what this process appended, and more when others did, too.
    Ok(file.metadata()?.len())
}

fn draft(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-{}.new", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let draft = PathBuf::from(name);
    let mut file = private(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(draft)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
pub(super) fn others_may_read(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(super) fn others_may_read(_: &Path) -> io::Result<bool> {
    Ok(false)
}
