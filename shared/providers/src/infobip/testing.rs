//! Values that the unit tests share.

use platform::stage::Stage;

use super::KIND;
use crate::account::Account;

pub const CALLBACK_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The account that the SDK's request was recorded with.
pub fn account() -> Account {
    Account::new(&KIND, Stage::Test)
        .with("base_url", "https://acme.api.infobip.com")
        .with_secret("api_key", "k")
        .with_secret("callback_secret", CALLBACK_SECRET)
        .called_at(Some("https://sms.example.com".to_owned()))
}
