//! The folder that holds the emulators' files, and the lock that keeps a second process out.

use std::{
    fs::{DirBuilder, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::error::EmbeddedError;

/// A data folder that belongs to this process until it is dropped or the process ends.
///
/// If two processes opened the same files, both emulators would corrupt them, so the folder is locked first.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    lock: File,
}

impl DataFolder {
    /// Makes the folder if it is missing, and locks it by a file of this name in it.
    ///
    /// # Errors
    /// [`EmbeddedError::InUse`] if another process has it.
    pub fn open(path: impl Into<PathBuf>, lock_file: &str) -> Result<Self, EmbeddedError> {
        let path = path.into();
        match lock(&path, lock_file) {
            Ok(lock) => Ok(Self { path, lock }),
            Err(TryLockError::WouldBlock) => Err(EmbeddedError::InUse(path)),
            Err(TryLockError::Error(source)) => Err(EmbeddedError::Folder { path, source }),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for DataFolder {
    /// Closing is not enough: a child process that is being started holds a copy of every descriptor until it
    /// runs its own program, and the lock lasts until its last copy is closed.
    fn drop(&mut self) {
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the data folder stays locked until this process has ended");
        }
    }
}

fn lock(folder: &Path, lock_file: &str) -> Result<File, TryLockError> {
    let file = open(folder, lock_file).map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

fn open(folder: &Path, lock_file: &str) -> io::Result<File> {
    let (mut folders, mut files) = (DirBuilder::new(), File::options());
    folders.recursive(true);
    files.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut files, 0o600);
    }
    folders.create(folder)?;
    files.open(folder.join(lock_file))
}
