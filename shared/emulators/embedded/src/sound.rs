//! Checks whether a file of state can be read, before an emulator opens it.
//!
//! SQLite opens a damaged file without an error and fails at the first page that it cannot read, perhaps hours later.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// Files that SQLite keeps next to a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// The damage of a file, if it is damaged. A missing file is not.
pub(super) fn damage(path: &Path) -> io::Result<Option<String>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(metadata) if metadata.len() == 0 => return Ok(Some("it is empty".to_owned())),
        Ok(_) => {}
    }
    match checked(path) {
        Ok(verdict) => Ok((verdict != "ok").then_some(verdict)),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Ok(Some(error.to_string())),
            // Another process uses the file, or it may not be read: the error comes when it is opened.
            _ => Ok(None),
        },
    }
}

/// `ok`, or the first thing that is wrong.
fn checked(path: &Path) -> rusqlite::Result<String> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
}

/// Renames a file and SQLite's files next to it, and returns its new path.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let aside = with_suffix(path, &format!(".damaged-{seconds}"));
    fs::rename(path, &aside)?;
    for beside in BESIDE {
        match fs::rename(with_suffix(path, beside), with_suffix(&aside, beside)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
