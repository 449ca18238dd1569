//! The profiles of `sms login`: the addresses and keys of APIs by name, in a file that belongs to the user.

use std::{
    collections::BTreeMap,
    env, fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The folder of this program, below the user's configuration folder.
const FOLDER: &str = "sms";
const FILE: &str = "profiles.json";

/// An API and the key to call it with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) url: String,
    pub(crate) key: String,
}

impl fmt::Debug for Profile {
    /// Leaves out the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Why profiles cannot be read or written.
#[derive(Debug, Error)]
pub enum ProfilesError {
    /// No variable names the user's folder.
    #[error("no folder for profiles is known: set HOME or XDG_CONFIG_HOME")]
    NoHome,
    /// The file system refuses.
    #[error("{} cannot be used", path.display())]
    File { path: PathBuf, source: io::Error },
    /// The file was not written by this program.
    #[error("{} is not a file of profiles: remove it, and log in again", .0.display())]
    Damaged(PathBuf),
}

/// All profiles, by name.
#[derive(Debug)]
pub(crate) struct Profiles {
    path: PathBuf,
    named: BTreeMap<String, Profile>,
}

impl Profiles {
    /// Reads the profiles of the user who runs the command.
    pub(crate) fn read() -> Result<Self, ProfilesError> {
        Self::read_from(folder()?.join(FILE))
    }

    fn read_from(path: PathBuf) -> Result<Self, ProfilesError> {
        let named = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|_| ProfilesError::Damaged(path.clone()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(source) => return Err(ProfilesError::File { path, source }),
        };
        Ok(Self { path, named })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Profile> {
        self.named.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Profile)> {
        self.named.iter().map(|(name, profile)| (name.as_str(), profile))
    }

    /// Adds a profile, or replaces the profile with the same name.
    pub(crate) fn keep(mut self, name: &str, profile: Profile) -> Result<(), ProfilesError> {
        self.named.insert(name.to_owned(), profile);
        self.write()
    }

    /// Removes a profile; `false` if it does not exist.
    pub(crate) fn remove(mut self, name: &str) -> Result<bool, ProfilesError> {
        let is_known = self.named.remove(name).is_some();
        if is_known {
            self.write()?;
        }
        Ok(is_known)
    }

    /// Replaces the whole file, so that an interrupted command leaves the old one.
    fn write(&self) -> Result<(), ProfilesError> {
        let text = serde_json::to_vec_pretty(&self.named).map_err(io::Error::other);
        let written = text.and_then(|text| replace_private(&self.path, &text));
        written.map_err(|source| ProfilesError::File { path: self.path.clone(), source })
    }
}

/// The folder of this program among the settings of the person who runs the command.
pub(crate) fn folder() -> Result<PathBuf, ProfilesError> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let settings = absolute("XDG_CONFIG_HOME").or_else(|| Some(env::home_dir()?.join(".config")));
    Ok(settings.filter(|path| path.is_absolute()).ok_or(ProfilesError::NoHome)?.join(FOLDER))
}

/// Replaces a file that only its owner may read, as a whole.
pub(crate) fn replace_private(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let renamed = write_private(&new, text).and_then(|()| fs::rename(&new, path));
    if renamed.is_err() {
        // The new file holds keys and is of no use any more.
        let _ = fs::remove_file(&new);
    }
    renamed
}

/// Writes a new file that only its owner may read.
fn write_private(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(url: &str) -> Profile {
        Profile { url: url.to_owned(), key: "secret".to_owned() }
    }

    #[test]
    fn profiles_are_stored_in_a_file_that_only_its_owner_can_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FOLDER).join(FILE);
        let read = || Profiles::read_from(path.clone()).unwrap();
        read().keep("acme", profile("https://a")).unwrap();
        read().keep("other", profile("https://b")).unwrap();
        read().keep("acme", profile("https://c")).unwrap();
        let names: Vec<_> =
            read().iter().map(|(name, profile)| (name.to_owned(), profile.url.clone())).collect();
        assert_eq!(
            names,
            [("acme", "https://c"), ("other", "https://b")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(read().remove("acme").unwrap() && !read().remove("acme").unwrap());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no file is left over");
    }

    #[test]
    fn a_file_of_another_form_is_an_error_and_is_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profiles.json");
        fs::write(&path, "[1]").unwrap();
        let error = Profiles::read_from(path.clone()).unwrap_err().to_string();
        assert!(error.contains("profiles.json is not a file of profiles"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "[1]");
        assert!(!format!("{:?}", profile("https://a")).contains("secret"));
    }
}
