//! What Africa's Talking calls back with: delivery reports and opt-outs, as forms. Pure.
//!
//! `receipts` calls this after it has checked the secret in the URL. A body that is not understood is
//! an error, never a guess: a report decides over money.

use std::borrow::Cow;

use domain::{
    msisdn::Msisdn,
    receipt::{DeliveryReceipt, Reported},
};
use thiserror::Error;

use crate::message_id;

/// Longest form read, in bytes; theirs have some 200.
pub const MAX_FORM_BYTES: usize = 4_096;

/// A delivery report. It carries nothing of ours: the recipient is found by the message id, or, for a
/// hand-over whose answer was lost, by the phone number alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReceiptForm {
    /// Their name for the message.
    pub provider_message_id: String,
    /// Whom it was sent to; nothing where they mask the number.
    pub msisdn: Option<Msisdn>,
    /// What is reported.
    pub receipt: DeliveryReceipt,
}

/// Somebody told the network that they want no more texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OptOutForm {
    /// The sender id or short code that they want no more texts of.
    pub sender: String,
    /// Who.
    pub msisdn: Msisdn,
}

/// Why a callback is not understood. Never repeats what it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReceiptError {
    /// More than [`MAX_FORM_BYTES`].
    #[error("the form is longer than {MAX_FORM_BYTES} bytes")]
    TooLong,
    /// A field that must be there is missing, empty or malformed.
    #[error("the form's {0} is missing or malformed")]
    Field(&'static str),
    /// A field that decides is there twice.
    #[error("the form's {0} is there twice")]
    Repeated(&'static str),
    /// A status that is not documented.
    #[error("the form's status is not a documented one")]
    UnlistedStatus,
}

/// Reads a delivery report.
///
/// # Errors
/// Where it is none.
pub fn parse(body: &[u8]) -> Result<ReceiptForm, ReceiptError> {
    let form = Form::parse(body)?;
    let id = form.required("id")?;
    let provider_message_id = message_id::parse(&id).ok_or(ReceiptError::Field("id"))?;
    let reported = reported(&form.required("status")?).ok_or(ReceiptError::UnlistedStatus)?;
    let (reason, network) = (form.optional("failureReason")?, form.optional("networkCode")?);
    let phone = form.optional("phoneNumber")?;
    Ok(ReceiptForm {
        provider_message_id,
        msisdn: phone.and_then(|phone| Msisdn::parse_e164(&phone).ok()),
        receipt: DeliveryReceipt::new(reported, reason.as_deref(), network.as_deref()),
    })
}

/// Reads an opt-out.
///
/// # Errors
/// Where it is none.
pub fn parse_opt_out(body: &[u8]) -> Result<OptOutForm, ReceiptError> {
    let form = Form::parse(body)?;
    let sender = form.required("senderId")?;
    if sender.len() > MAX_SENDER_BYTES || sender.chars().any(char::is_control) {
        return Err(ReceiptError::Field("senderId"));
    }
    let phone = form.required("phoneNumber")?;
    let msisdn = Msisdn::parse_e164(&phone).map_err(|_| ReceiptError::Field("phoneNumber"))?;
    Ok(OptOutForm { sender: sender.into_owned(), msisdn })
}

/// A sender id has 11 characters, a number 15 digits.
const MAX_SENDER_BYTES: usize = 20;

/// Their delivery statuses. `AbsentSubscriber` and `Expired` are not called final in the
/// documentation; nothing follows them, and a delivery that does would outrank them.
fn reported(status: &str) -> Option<Reported> {
    match status {
        "Sent" | "Submitted" | "Buffered" => Some(Reported::InTransit),
        "Success" => Some(Reported::Delivered),
        "Failed" | "Rejected" | "AbsentSubscriber" | "Expired" => Some(Reported::Undelivered),
        _ => None,
    }
}

struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    fn parse(body: &'a [u8]) -> Result<Self, ReceiptError> {
        if body.len() > MAX_FORM_BYTES {
            return Err(ReceiptError::TooLong);
        }
        Ok(Self(form_urlencoded::parse(body).collect()))
    }

    fn optional(&self, name: &'static str) -> Result<Option<Cow<'a, str>>, ReceiptError> {
        let mut values = self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value.clone());
        match (values.next(), values.next()) {
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
            _ => Err(ReceiptError::Repeated(name)),
        }
    }

    fn required(&self, name: &'static str) -> Result<Cow<'a, str>, ReceiptError> {
        self.optional(name)?.ok_or(ReceiptError::Field(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::json_fixture;

    #[test]
    fn a_report_needs_an_id_and_a_documented_status() {
        let cases: [(&[u8], ReceiptError); 6] = [
            (b"", ReceiptError::Field("id")),
            (b"id=None&status=Success", ReceiptError::Field("id")),
            (b"id=ATPid_1", ReceiptError::Field("status")),
            (b"id=ATPid_1&status=success", ReceiptError::UnlistedStatus),
            (b"id=ATPid_1&status=Success&status=Failed", ReceiptError::Repeated("status")),
            (&[b'a'; MAX_FORM_BYTES + 1], ReceiptError::TooLong),
        ];
        for (body, error) in cases {
            assert_eq!(parse(body), Err(error), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn every_documented_form_is_understood() {
        let samples = json_fixture("africastalking_samples.json");
        let read = |index: usize| {
            parse(samples["delivery_report_form"][index]["body"].as_str().unwrap().as_bytes()).unwrap()
        };
        let msisdn = |number| Msisdn::from_digits(number).ok();
        let success = read(0);
        assert_eq!(success.provider_message_id, "ATPid_SampleTxnId123");
        assert_eq!(success.msisdn, msisdn(254_711_000_001));
        assert_eq!(success.receipt, DeliveryReceipt::new(Reported::Delivered, None, Some("63902")));
        let failure = read(1);
        assert_eq!(failure.msisdn, msisdn(254_711_000_002));
        let undelivered = DeliveryReceipt::new(Reported::Undelivered, Some("UserInBlackList"), Some("63903"));
        assert_eq!(failure.receipt, undelivered);
        let opt_out = parse_opt_out(samples["opt_out_form"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!((opt_out.sender.as_str(), Some(opt_out.msisdn)), ("ACME", msisdn(254_711_000_001)));
    }

    #[test]
    fn every_documented_status_is_final_as_the_samples_say() {
        let samples = json_fixture("africastalking_samples.json");
        for (status, kind) in samples["delivery_status"].as_object().unwrap() {
            let in_transit = reported(status).unwrap() == Reported::InTransit;
            assert_eq!(in_transit, kind == "intermediate", "{status}");
        }
    }

    #[test]
    fn a_masked_number_leaves_the_id_to_go_by() {
        let form = parse(b"id=ATPid_1&status=Buffered&phoneNumber=c2hhMjU2").unwrap();
        assert_eq!((form.msisdn, form.receipt.reported), (None, Reported::InTransit));
    }

    #[test]
    fn an_opt_out_needs_both_its_fields() {
        assert_eq!(parse_opt_out(b"phoneNumber=%2B254711000001"), Err(ReceiptError::Field("senderId")));
        assert_eq!(parse_opt_out(b"senderId=ACME"), Err(ReceiptError::Field("phoneNumber")));
        let long = [b"phoneNumber=254711000001&senderId=".as_slice(), &[b'A'; MAX_SENDER_BYTES + 1]].concat();
        assert_eq!(parse_opt_out(&long), Err(ReceiptError::Field("senderId")));
    }
}
