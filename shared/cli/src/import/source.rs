//! The bytes of a file, or of standard input.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// The name of standard input on a command line.
const STANDARD_INPUT: &str = "-";
/// The largest file that is read: it is held in memory, so that all of it can be checked before a part is sent.
const MAX_FILE_BYTES: u64 = 1_000_000_000;
const BYTES_PER_GB: f64 = 1e9;

/// Why a file cannot be read.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The path does not exist.
    #[error("there is no file {}", .0.display())]
    NotThere(PathBuf),
    #[error("{} is a folder", .0.display())]
    Folder(PathBuf),
    /// The operating system forbids it.
    #[error("{} may not be read: this user has no permission", .0.display())]
    NotAllowed(PathBuf),
    /// The file would not fit into memory.
    #[error(
        "{} is larger than {:.0} GB, the most that an import reads: split it into several files",
        .0.display(), MAX_FILE_BYTES as f64 / BYTES_PER_GB
    )]
    TooLarge(PathBuf),
    /// Another error of the operating system.
    #[error("{} cannot be read", path.display())]
    System {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == STANDARD_INPUT
}

/// Reads a whole file, or standard input (`-`).
///
/// # Errors
/// If it does not exist, is not a file, may not be read, or is too large.
pub fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    if is_standard_input(path) {
        return read_all(path, io::stdin().lock());
    }
    let metadata = fs::metadata(path).map_err(|error| refused(path, error))?;
    if metadata.is_dir() {
        return Err(SourceError::Folder(path.to_owned()));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(SourceError::TooLarge(path.to_owned()));
    }
    read_all(path, File::open(path).map_err(|error| refused(path, error))?)
}

/// A pipe does not say how long it is.
fn read_all(path: &Path, input: impl Read) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    input.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| refused(path, error))?;
    let fits = bytes.len() as u64 <= MAX_FILE_BYTES;
    if fits { Ok(bytes) } else { Err(SourceError::TooLarge(path.to_owned())) }
}

fn refused(path: &Path, source: io::Error) -> SourceError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => SourceError::NotThere(path),
        io::ErrorKind::IsADirectory => SourceError::Folder(path),
        io::ErrorKind::PermissionDenied => SourceError::NotAllowed(path),
        _ => SourceError::System { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_cannot_be_imported_is_refused_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |path: &Path| read(path).unwrap_err().to_string();
        assert_eq!(refused(Path::new(r"C:\Users\me\people.csv")), r"there is no file C:\Users\me\people.csv");
        assert!(refused(folder.path()).ends_with(" is a folder"));
        let large = folder.path().join("large.csv");
        // No byte of it is on the disk.
        File::create(&large).unwrap().set_len(2 * MAX_FILE_BYTES).unwrap();
        assert!(refused(&large).contains("is larger than 1 GB"));
    }
}
