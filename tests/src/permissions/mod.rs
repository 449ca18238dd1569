//! What the functions' roles allow, held against what the functions do.
//!
//! The roles are those of `template.yaml`. Every call of a function to tables and queues is judged by them as AWS would:
//! action, resource, and the leading keys (partition keys) of the items, for each item of a transaction. A call that no
//! statement allows is refused. What was used is counted, so that what is declared and never used shows.

mod call;
mod grant;
mod pattern;
mod reasons;
mod role;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

pub use grant::Grant;
pub use pattern::is_like;
pub use role::statements;
pub use table::Row;

use crate::{
    proxy::{Guard, Service},
    template::template,
};
use role::Role;

/// The roles by function, read once.
static ROLES: LazyLock<BTreeMap<String, Role>> = LazyLock::new(|| role::roles(&template()));

/// What one system's functions used of their roles.
#[derive(Debug, Default)]
pub struct Permissions(Mutex<Uses>);

#[derive(Debug, Default)]
struct Uses {
    grants: BTreeMap<(String, Grant), u64>,
    denials: BTreeSet<String>,
}

impl Guard for Permissions {
    fn allows(&self, caller: &str, service: Service, operation: &str, body: &[u8]) -> bool {
        self.judge(caller, service, operation, body).is_ok()
    }
}

impl Permissions {
    /// Judges a call: `Err` says what the caller's role does not allow. A caller that is no function, such as an
    /// operator, may do everything.
    fn judge(&self, caller: &str, service: Service, operation: &str, body: &[u8]) -> Result<(), String> {
        let Some(role) = ROLES.get(caller) else { return Ok(()) };
        let body = serde_json::from_slice(body).unwrap_or_default();
        for need in call::needs(service, operation, &body) {
            match role.allows(&need) {
                Some(grants) => self.note(caller, grants),
                None => return Err(self.deny(format!("{caller} may not {need}"))),
            }
        }
        Ok(())
    }

    fn note(&self, caller: &str, grants: Vec<Grant>) {
        let mut uses = self.uses();
        for grant in grants {
            *uses.grants.entry((caller.to_owned(), grant)).or_default() += 1;
        }
    }

    fn deny(&self, denial: String) -> String {
        eprintln!("denied: {denial}");
        self.uses().denials.insert(denial.clone());
        denial
    }

    /// What was refused.
    pub fn denials(&self) -> BTreeSet<String> {
        self.uses().denials.clone()
    }

    /// Every declared grant with its uses.
    pub fn table(&self) -> Vec<Row> {
        table::rows(&ROLES, &self.uses().grants)
    }

    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
