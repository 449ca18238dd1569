//! Finds the system that runs on this machine (`cargo run`) by the files that it keeps in its data folder.
//!
//! The instance writes these files; the commands only read them.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

use domain::api_key::ApiKey;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The file that an instance locks for as long as it runs.
pub const LOCK_FILE: &str = "lock";
pub const INSTANCE_FILE: &str = "instance.json";
/// The file that holds the demo organisation's key.
pub const KEY_FILE: &str = "demo-key";

/// Variables that name the tables and queues that an operator's command works on.
pub(crate) const TABLES_AND_QUEUES: [&str; 7] = [
    "ACCOUNTS_TABLE",
    "ADDRESS_BOOKS_TABLE",
    "CAMPAIGNS_TABLE",
    "BATCHES_QUEUE_URL",
    "SMALL_BATCHES_QUEUE_URL",
    "TEST_BATCHES_QUEUE_URL",
    "RECEIPTS_QUEUE_URL",
];

/// The variable that names the account that everything goes to without routes.
pub(crate) const PROVIDER: &str = "PROVIDER";

/// Variables with the endpoints of an instance's tables and queues.
const ENDPOINTS: [&str; 3] = ["AWS_REGION", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS"];
const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";

/// No instance runs on the folder.
#[derive(Debug, Error)]
#[error("no instance runs on {}: start one with `cargo run`, or name {}", folder.display(), .kind.instead())]
pub struct NotRunning {
    folder: PathBuf,
    kind: InstancePart,
}

/// The part of an instance that a command uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstancePart {
    Api,
    /// The instance's tables and queues.
    Tables,
}

impl InstancePart {
    const fn instead(self) -> &'static str {
        match self {
            Self::Api => "an API by --url or SMS_API_URL",
            Self::Tables => "a deployment by --stack",
        }
    }
}

/// The address of a running instance, and the access key id for its tables and queues if the instance runs them itself.
/// A caller's credentials for other endpoints are never stored. No `Debug`, because the key id is a secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct Instance {
    /// The API's base URL, without a final slash.
    pub base_url: String,
    /// The settings of its tables and queues, as variables of a function's environment.
    pub variables: BTreeMap<String, String>,
}

impl Instance {
    /// An instance at `base_url`, whose functions have this environment, and with this access key id.
    pub fn new(base_url: &str, environment: &BTreeMap<String, String>, own_key: &str) -> Self {
        let signs_with_own_key = environment.get(KEY_ID).is_some_and(|id| id == own_key);
        let credentials = [KEY_ID, SECRET].iter().filter(|_| signs_with_own_key);
        let needed = ENDPOINTS.iter().chain(&TABLES_AND_QUEUES).chain([&PROVIDER]).chain(credentials);
        let known = needed.filter_map(|name| environment.get_key_value(*name));
        let variables = known.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { base_url: base_url.to_owned(), variables }
    }

    /// The instance that runs on a data folder.
    ///
    /// # Errors
    /// If none runs.
    pub fn running_on(folder: &Path, kind: InstancePart) -> Result<Self, NotRunning> {
        let not_running = || NotRunning { folder: folder.to_owned(), kind };
        let text = fs::read_to_string(folder.join(INSTANCE_FILE)).map_err(|_| not_running())?;
        // A killed instance leaves its file; its lock is released with the process.
        if !is_locked(folder) {
            return Err(not_running());
        }
        serde_json::from_str(&text).map_err(|_| not_running())
    }
}

/// The demo organisation's key of an instance on `folder`, if the instance has one.
pub fn demo_key(folder: &Path) -> Option<ApiKey> {
    let text = fs::read_to_string(folder.join(KEY_FILE)).ok()?;
    ApiKey::parse(text.trim()).ok()
}

fn is_locked(folder: &Path) -> bool {
    let Ok(file) = File::open(folder.join(LOCK_FILE)) else { return false };
    let locked = matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock));
    // Unlocked by name: a child process that is starting may hold a copy of the descriptor.
    let _ = file.unlock();
    locked
}
