//! The official Python SDKs against the fakes: if a provider's SDK accepts the fake's answers, the fake is faithful,
//! and so are the answers that the adapter was tested with. The SDK's request must equal the adapter's.
//!
//! Run by `.ci/sdks`, which installs the SDKs: their start alone takes seconds of processor time. `cargo test` compares
//! the adapters' requests with recorded ones of the same SDKs (`shared/providers/src/*/request/tests.rs`).

mod africastalking;
mod aws;
mod infobip;
mod python;
mod twilio;

use domain::{
    ids::{CampaignId, OrganisationId},
    keys::CampaignKey,
    msisdn::Msisdn,
};
use providers::{Recipient, Submission};
use serde_json::Value;

/// The text of every send.
const TEXT: &str = "Habari & karibu! 20% off + €5 — ñ 😀\nSTOP*456*9*5#";
const NUMBERS: [u64; 2] = [254_711_000_001, 254_711_000_002];

fn msisdn(number: u64) -> Msisdn {
    Msisdn::from_digits(number).unwrap()
}

/// The text to both numbers.
fn submission() -> Submission {
    let organisation = OrganisationId("3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap());
    let batch = CampaignKey { organisation, campaign: CampaignId::new(1).unwrap() }.batch(0);
    let recipient = |(slot, number): (usize, u64)| Recipient {
        msisdn: msisdn(number),
        reference: batch.message(slot as u16),
        times_put_off: 0,
    };
    let recipients = NUMBERS.into_iter().enumerate().map(recipient).collect();
    Submission::new("ACME".parse().unwrap(), TEXT.to_owned().try_into().unwrap(), recipients).unwrap()
}

/// Runs a script with these arguments; returns the lines of JSON that it prints.
async fn run(script: &'static str, arguments: Vec<String>) -> Vec<Value> {
    tokio::task::spawn_blocking(move || python::run(script, &arguments)).await.unwrap()
}
