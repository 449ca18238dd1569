//! Values that the unit tests share.

use platform::stage::Stage;

use super::KIND;
use crate::account::Account;

/// The account that the SDK's request was recorded with.
pub fn account() -> Account {
    Account::new(&KIND, Stage::Test)
        .with("region", "eu-west-1")
        .with("configuration_set", "sms")
        .with("message_type", "PROMOTIONAL")
        .with_secret("access_key_id", "AKIDEXAMPLE")
        .with_secret("secret_access_key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
}
