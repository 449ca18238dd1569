//! Values that the unit tests share.

use platform::stage::Stage;

use super::KIND;
use crate::account::Account;

pub const AUTH_TOKEN: &str = "f1e2d3c4b5a697887766554433221100";

/// The account that the SDK's requests were recorded with.
pub fn account() -> Account {
    Account::new(&KIND, Stage::Test)
        .with("account_sid", format!("AC{}", "a".repeat(32)))
        .with_secret("auth_token", AUTH_TOKEN)
        .called_at(Some("https://sms.example.com".to_owned()))
}
