//! Compares the permissions of the functions' roles with the functions' calls.
//!
//! The roles are those of `template.yaml`. Every call of a function to tables and queues is judged as AWS does: by
//! action, resource, and the leading keys (partition keys) of the items, for each item of a transaction. A call that no
//! statement allows is refused. Uses are counted, so that a permission that is never used is found.

mod grant;
mod reasons;
mod role;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use harness::need::needs;
use serde_json::Value;

pub use grant::Grant;
pub use harness::pattern::is_like;
pub use role::statements;
pub use table::Row;

use crate::{
    proxy::{Guard, Service},
    template::template,
};
use role::Role;

/// The roles by function, read once.
static ROLES: LazyLock<BTreeMap<String, Role>> = LazyLock::new(|| role::roles(template()));

/// The permissions that the functions of one system used.
#[derive(Default)]
pub struct Permissions {
    uses: Mutex<Uses>,
    outage: Mutex<Option<Outage>>,
}

/// Refusals of AWS for other reasons than a role: the error code of a call by its caller, operation and body.
type Outage = Box<dyn FnMut(&str, &str, &str) -> Option<&'static str> + Send>;

#[derive(Debug, Default)]
struct Uses {
    /// By function, and by the place of the grant in its role.
    grants: BTreeMap<(&'static str, usize), u64>,
    denials: BTreeSet<String>,
}

impl Guard for Permissions {
    fn refusal(&self, caller: &str, service: Service, operation: &str, body: &Value) -> Option<&'static str> {
        if self.judge(caller, service, operation, body).is_err() {
            return Some("AccessDeniedException");
        }
        let mut outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        outage.as_mut().and_then(|outage| outage(caller, operation, &body.to_string()))
    }
}

impl Permissions {
    /// Judges a call: `Err` names the permission that the caller's role lacks. A caller that is not a function, such as
    /// an operator, may do everything.
    fn judge(&self, caller: &str, service: Service, operation: &str, body: &Value) -> Result<(), String> {
        let Some((function, role)) = ROLES.get_key_value(caller) else { return Ok(()) };
        for need in needs(service, operation, body) {
            match role.allows(&need) {
                Some(grants) => self.note(function, grants),
                None => return Err(self.deny(format!("{caller} may not {need}"))),
            }
        }
        Ok(())
    }

    fn note(&self, function: &'static str, grants: Vec<usize>) {
        let mut uses = self.uses();
        for grant in grants {
            *uses.grants.entry((function, grant)).or_default() += 1;
        }
    }

    fn deny(&self, denial: String) -> String {
        eprintln!("denied: {denial}");
        self.uses().denials.insert(denial.clone());
        denial
    }

    /// Refuses calls from now on, as AWS does in an outage.
    pub fn begin_outage(
        &self,
        outage: impl FnMut(&str, &str, &str) -> Option<&'static str> + Send + 'static,
    ) {
        *self.outage.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(outage));
    }

    /// Allows every call that a role allows.
    pub fn end_outage(&self) {
        *self.outage.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The calls that a role refused.
    pub fn denials(&self) -> BTreeSet<String> {
        self.uses().denials.clone()
    }

    /// Every declared grant with its uses.
    pub fn table(&self) -> Vec<Row> {
        table::rows(&ROLES, &self.uses().grants)
    }

    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
