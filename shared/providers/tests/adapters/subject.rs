//! The adapters under test, and values for them.

use std::sync::Arc;

use domain::{
    ids::{CampaignId, OrganisationId},
    keys::CampaignKey,
    msisdn::Msisdn,
};
use platform::stage::Stage;
use providers::{
    Provider, ProviderName, Recipient, Submission,
    africastalking::{AfricasTalking, AfricasTalkingConfig, AfricasTalkingSettings},
    sandbox::{Sandbox, SandboxConfig, SandboxSettings},
};
use serde_json::{Value, json};

/// The adapter of that name, handing over to a server at this URL.
pub fn provider(name: ProviderName, url: &str) -> Arc<dyn Provider> {
    match name {
        ProviderName::Sandbox => Arc::new(sandbox(url)),
        ProviderName::AfricasTalking => Arc::new(africastalking(url)),
    }
}

pub fn sandbox(url: &str) -> Sandbox {
    let settings = SandboxSettings { url: url.to_owned(), ..Default::default() };
    Sandbox::new(SandboxConfig::new(&settings, Stage::Test).unwrap()).unwrap()
}

pub fn africastalking(url: &str) -> AfricasTalking {
    let settings = AfricasTalkingSettings {
        username: "acme".to_owned(),
        api_key: "atsk_test".to_owned(),
        base_url: Some(url.to_owned()),
        ..Default::default()
    };
    AfricasTalking::new(AfricasTalkingConfig::new(&settings, Stage::Test).unwrap()).unwrap()
}

/// An answer that accepts everybody, in the reverse of their order.
pub fn accepting(name: ProviderName, submission: &Submission) -> String {
    let reversed = submission.recipients().iter().rev();
    let (status, body) = match name {
        ProviderName::Sandbox => (200, json!({"results": reversed.map(sandbox_line).collect::<Value>()})),
        ProviderName::AfricasTalking => {
            let rows = reversed.map(africastalking_row).collect::<Value>();
            (201, json!({"SMSMessageData": {"Message": "Sent", "Recipients": rows}}))
        }
    };
    answer(status, &body.to_string())
}

/// An answer that accepts the first `accepted` recipients, and says of the others that the account's balance is empty.
pub fn balance_empty(name: ProviderName, submission: &Submission, accepted: usize) -> String {
    let recipients = || submission.recipients().iter().enumerate();
    let (status, body) = match name {
        ProviderName::Sandbox => {
            let line = |(place, recipient): (usize, &Recipient)| match place {
                place if place < accepted => sandbox_line(recipient),
                _ => json!({
                    "reference": recipient.reference.to_string(),
                    "status": "account_fault",
                    "fault": "balance_empty",
                }),
            };
            (200, json!({"results": recipients().map(line).collect::<Value>()}))
        }
        ProviderName::AfricasTalking => {
            let row = |(place, recipient): (usize, &Recipient)| match place {
                place if place < accepted => africastalking_row(recipient),
                _ => json!({
                    "number": recipient.msisdn.e164(),
                    "statusCode": 405,
                    "status": "InsufficientBalance",
                    "messageId": "None",
                }),
            };
            let rows = recipients().map(row).collect::<Value>();
            (201, json!({"SMSMessageData": {"Message": "Sent", "Recipients": rows}}))
        }
    };
    answer(status, &body.to_string())
}

fn sandbox_line(recipient: &Recipient) -> Value {
    let id = format!("id-{}", recipient.msisdn.digits());
    json!({"reference": recipient.reference.to_string(), "status": "accepted", "id": id})
}

fn africastalking_row(recipient: &Recipient) -> Value {
    let id = format!("id-{}", recipient.msisdn.digits());
    json!({"number": recipient.msisdn.e164(), "statusCode": 101, "status": "Success", "messageId": id})
}

/// An HTTP answer as it stands on the wire.
pub fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} A Reason\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// A call to these numbers; each has the slot of its place.
pub fn submission(numbers: &[u64]) -> Submission {
    let organisation = OrganisationId("3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap());
    let batch = CampaignKey { organisation, campaign: CampaignId::new(84).unwrap() }.batch(0);
    let recipient = |(slot, number): (usize, &u64)| Recipient {
        msisdn: Msisdn::from_digits(*number).unwrap(),
        reference: batch.message(slot as u16),
    };
    let recipients = numbers.iter().enumerate().map(recipient).collect();
    Submission::new("ACME".parse().unwrap(), "Habari".to_owned().try_into().unwrap(), recipients).unwrap()
}
