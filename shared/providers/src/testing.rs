//! Values that the unit tests share.

use std::{fs, path::Path};

use domain::{
    ids::{CampaignId, OrganisationId},
    keys::CampaignKey,
    msisdn::Msisdn,
};
use serde_json::Value;

use crate::submission::{Recipient, Submission};

/// A recipient whose message has the slot that the number ends with.
pub fn recipient(number: u64) -> Recipient {
    let organisation = OrganisationId("3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap());
    let campaign = CampaignKey { organisation, campaign: CampaignId::new(84).unwrap() };
    Recipient {
        msisdn: Msisdn::from_digits(number).unwrap(),
        reference: campaign.batch(3).message((number % 10_000) as u16),
        times_put_off: 0,
    }
}

pub fn recipients(numbers: &[u64]) -> Vec<Recipient> {
    numbers.iter().copied().map(recipient).collect()
}

pub fn submission(text: &str, numbers: &[u64]) -> Submission {
    let text = text.to_owned().try_into().unwrap();
    Submission::new("ACME".parse().unwrap(), text, recipients(numbers)).unwrap()
}

pub fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name);
    fs::read_to_string(path).unwrap()
}

pub fn json_fixture(name: &str) -> Value {
    serde_json::from_str(&fixture(name)).unwrap()
}

/// The text that the official SDKs' requests were recorded with.
pub const RECORDED_TEXT: &str = "Habari & karibu! 20% off + €5 — ñ 😀\nSTOP*456*9*5#";

/// A request that an official SDK sent, of `sdk_requests.json`.
pub fn recorded_request(name: &str) -> Value {
    json_fixture("sdk_requests.json")[name].clone()
}
