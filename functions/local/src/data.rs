//! The files of a local instance.
//!
//! Used by the run command, which owns the folder while it runs. The operator's commands read some of them
//! through [`cli::instance`].

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use cli::instance::{INSTANCE_FILE, Instance, KEY_FILE, LOCK_FILE};
use domain::api_key::ApiKey;
use embedded_aws::{DataFolder, EmbeddedError};
use thiserror::Error;

const PROVIDER_FILE: &str = "provider";
const LOG_FILE: &str = "log.jsonl";
const PREVIOUS_LOG_FILE: &str = "log.previous.jsonl";
/// Prefixes of the names of files that a fresh start removes. Other files in the folder stay, because the user has
/// chosen the folder.
const OWN_FILES: [&str; 5] = ["dynamodb.sqlite", "sqs.sqlite", KEY_FILE, INSTANCE_FILE, PROVIDER_FILE];
/// Files of the instance that a fresh start leaves.
#[cfg(unix)]
const LASTING_FILES: [&str; 3] = [LOCK_FILE, LOG_FILE, PREVIOUS_LOG_FILE];

/// Write permission for users who are neither the owner nor in the group.
#[cfg(unix)]
const WRITABLE_BY_OTHERS: u32 = 0o002;
/// Read and write permission for the owner only.
#[cfg(unix)]
const OWNER_ONLY: u32 = 0o600;

/// Why the data folder cannot be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// The folder cannot be locked.
    #[error(transparent)]
    Folder(#[from] EmbeddedError),
    /// A file cannot be read or written.
    #[error("{path} cannot be used")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Another user could put files into the folder.
    #[error(
        "other users of this machine can write to {0}: run `chmod o-w` on it, or choose another folder with --data"
    )]
    Exposed(PathBuf),
    /// The folder's campaigns belong to another provider: those under way would be sent with this one.
    #[error("{path} belongs to the provider {kept}: choose another folder with --data, or start --fresh")]
    OtherProvider {
        path: PathBuf,
        /// The provider of the stored data.
        kept: String,
    },
}

/// The files of an instance, by the process that runs it.
#[derive(Debug)]
pub struct LocalData {
    folder: Arc<DataFolder>,
}

impl LocalData {
    /// Locks the folder, and removes the instance's files if `fresh`.
    ///
    /// # Errors
    /// If another process has locked it, it cannot be used, or it has data of another provider.
    pub fn open(path: &Path, fresh: bool, provider: &str) -> Result<Self, DataError> {
        let data = Self { folder: Arc::new(DataFolder::open(path, LOCK_FILE)?) };
        data.keep_others_out()?;
        if fresh {
            data.remove_own_files()?;
        }
        data.keep_to(provider)?;
        Ok(data)
    }

    /// The locked folder, for the emulators.
    pub fn folder(&self) -> Arc<DataFolder> {
        self.folder.clone()
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The log file of this start; the one of the start before is kept.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new_log(&self) -> Result<PathBuf, DataError> {
        let log = self.file(LOG_FILE);
        match fs::rename(&log, self.file(PREVIOUS_LOG_FILE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable(&log)(error)),
            _ => Ok(log),
        }
    }

    /// Stores the demo key, so that it can be shown at the next start.
    ///
    /// A deployment stores only the hash of a key. This key gives access only to the data in the same folder, which Git
    /// ignores; only its owner can read the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep_key(&self, key: &ApiKey) -> Result<(), DataError> {
        self.write_private(KEY_FILE, key.reveal())
    }

    /// Lets the operator's commands find this instance.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn announce(&self, instance: &Instance) -> Result<(), DataError> {
        let text = serde_json::to_string_pretty(instance).unwrap_or_default();
        self.write_private(INSTANCE_FILE, &text)
    }

    /// Removes the announcement. If the file stays, it names a port on which nothing listens.
    pub fn withdraw(&self) {
        let _ = fs::remove_file(self.file(INSTANCE_FILE));
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write_private(&self, name: &str, text: &str) -> Result<(), DataError> {
        let path = self.file(name);
        let written = private_file(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(unusable(&path))
    }

    /// New files belong to the owner alone by the process's mask; this corrects files of earlier starts or copies.
    #[cfg(unix)]
    fn keep_others_out(&self) -> Result<(), DataError> {
        use std::os::unix::fs::PermissionsExt;
        let folder = self.path();
        let mode = fs::metadata(folder).map_err(unusable(folder))?.permissions().mode();
        if mode & WRITABLE_BY_OTHERS != 0 {
            return Err(DataError::Exposed(folder.to_owned()));
        }
        for path in self.own_files(&[OWN_FILES.as_slice(), &LASTING_FILES].concat())? {
            fs::set_permissions(&path, fs::Permissions::from_mode(OWNER_ONLY)).map_err(unusable(&path))?;
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn keep_others_out(&self) -> Result<(), DataError> {
        Ok(())
    }

    fn keep_to(&self, provider: &str) -> Result<(), DataError> {
        let path = self.file(PROVIDER_FILE);
        match fs::read_to_string(&path) {
            Ok(kept) if kept == provider => Ok(()),
            Ok(kept) => Err(DataError::OtherProvider { path: self.path().to_owned(), kept }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.write_private(PROVIDER_FILE, provider)
            }
            Err(error) => Err(unusable(&path)(error)),
        }
    }

    fn remove_own_files(&self) -> Result<(), DataError> {
        for path in self.own_files(&OWN_FILES)? {
            fs::remove_file(&path).map_err(unusable(&path))?;
        }
        Ok(())
    }

    /// The files whose names have one of these prefixes.
    fn own_files(&self, prefixes: &[&str]) -> Result<Vec<PathBuf>, DataError> {
        let folder = self.path();
        let mut own = Vec::new();
        for entry in fs::read_dir(folder).map_err(unusable(folder))? {
            let path = entry.map_err(unusable(folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
                own.push(path);
            }
        }
        Ok(own)
    }
}

fn unusable(path: &Path) -> impl Fn(io::Error) -> DataError {
    let path = path.to_owned();
    move |source| DataError::File { path: path.clone(), source }
}

/// A new file that only its owner may read, in place of an older one.
fn private_file(path: &Path) -> io::Result<File> {
    // Removed first: the mode applies to new files only.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use cli::instance::demo_key;

    use super::*;

    #[test]
    fn a_fresh_start_removes_only_the_instances_own_files() {
        let temporary = tempfile::tempdir().unwrap();
        for name in ["dynamodb.sqlite-wal", "demo-key", "thesis.txt"] {
            fs::write(temporary.path().join(name), "x").unwrap();
        }
        LocalData::open(temporary.path(), true, "sandbox").unwrap();
        let mut left: Vec<_> = fs::read_dir(temporary.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["lock", "provider", "thesis.txt"]);
    }

    #[test]
    fn data_of_another_provider_is_not_used() {
        let temporary = tempfile::tempdir().unwrap();
        let open = |fresh, provider| LocalData::open(temporary.path(), fresh, provider).map(drop);
        open(false, "sandbox").unwrap();
        open(false, "sandbox").unwrap();
        let refused = open(false, "africastalking").unwrap_err();
        assert!(refused.to_string().contains("belongs to the provider sandbox"), "{refused}");
        open(true, "africastalking").unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn files_of_earlier_starts_become_private_and_a_folder_that_others_can_write_to_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let temporary = tempfile::tempdir().unwrap();
        let path = |name: &str| temporary.path().join(name);
        for name in ["dynamodb.sqlite", "log.jsonl", "thesis.txt"] {
            fs::write(path(name), "x").unwrap();
            fs::set_permissions(path(name), fs::Permissions::from_mode(0o644)).unwrap();
        }
        LocalData::open(temporary.path(), false, "sandbox").unwrap();
        let mode = |name: &str| fs::metadata(path(name)).unwrap().permissions().mode() & 0o777;
        let modes = ["dynamodb.sqlite", "log.jsonl", "lock", "provider", "thesis.txt"].map(mode);
        assert_eq!(modes, [0o600, 0o600, 0o600, 0o600, 0o644]);

        fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let refused = LocalData::open(temporary.path(), false, "sandbox").unwrap_err();
        assert!(refused.to_string().contains("chmod o-w"), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_read_back_and_only_by_its_owner() {
        use std::os::unix::fs::PermissionsExt;
        let temporary = tempfile::tempdir().unwrap();
        let data = LocalData::open(temporary.path(), false, "sandbox").unwrap();
        assert!(demo_key(temporary.path()).is_none());
        let key = ApiKey::generate(domain::api_key::KeyMode::Live, &[7; domain::api_key::RANDOM_BYTES]);
        data.keep_key(&key).unwrap();
        data.keep_key(&key).unwrap();
        assert_eq!(demo_key(temporary.path()), Some(key));
        let mode = fs::metadata(temporary.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
