//! The adapters under test, and values for them.

use std::sync::Arc;

use domain::{
    ids::{CampaignId, OrganisationId},
    keys::CampaignKey,
    msisdn::Msisdn,
    outcome::AccountFault,
};
use providers::{Account, KINDS, Kind, Provider, Recipient, Submission};

use crate::{africastalking, aws, infobip, sandbox, twilio};

/// The properties of a kind for the contract tests.
pub struct Subject {
    pub kind: &'static Kind,
    /// An account whose provider is the server at this URL.
    pub account: fn(url: &str) -> Account,
    /// The fault of an account whose balance is empty.
    pub fault: AccountFault,
    /// A status and a body that take the first recipients, and reject the second because the account's balance is empty.
    /// A kind that takes one recipient a request answers for one recipient.
    pub answer: fn(taken: &[Recipient], refused: &[Recipient]) -> (u16, String),
    /// The id of a recipient that [`Self::answer`] takes.
    pub id: fn(&Recipient) -> String,
}

/// A subject for each kind.
pub const SUBJECTS: [&Subject; 5] =
    [&sandbox::SUBJECT, &africastalking::SUBJECT, &aws::SUBJECT, &infobip::SUBJECT, &twilio::SUBJECT];

#[test]
fn every_kind_is_a_subject() {
    assert_eq!(SUBJECTS.map(|subject| subject.kind), KINDS);
}

impl Subject {
    /// The id that a provider with its own ids gives.
    pub fn id(recipient: &Recipient) -> String {
        format!("id-{}", recipient.msisdn.digits())
    }

    /// The adapter for the server at this URL.
    pub fn provider(&self, url: &str) -> Arc<dyn Provider> {
        (self.account)(url).connect().unwrap()
    }

    /// Answers a request by taking its first `taken` recipients, and rejects the others because the balance is empty. Rows
    /// come in reverse order.
    pub fn answering(
        &self,
        submission: &Submission,
        taken: usize,
    ) -> impl Fn(&str) -> Vec<u8> + Send + 'static {
        let (answer, recipients) = (self.answer, submission.recipients().to_vec());
        move |request| {
            let asked = |recipient: &&Recipient| request.contains(&recipient.msisdn.digits());
            let part = |part: &[Recipient]| part.iter().rev().filter(asked).copied().collect::<Vec<_>>();
            let (taken, refused) = recipients.split_at(taken);
            let (status, body) = answer(&part(taken), &part(refused));
            self::answer(status, &body).into_bytes()
        }
    }
}

/// An HTTP answer as bytes.
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
        times_put_off: 0,
    };
    let recipients = numbers.iter().enumerate().map(recipient).collect();
    Submission::new("ACME".parse().unwrap(), "Habari".to_owned().try_into().unwrap(), recipients).unwrap()
}
