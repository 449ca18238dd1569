//! Callbacks of Africa's Talking: delivery reports and opt-outs, as forms. Pure.
//!
//! The secret in the URL was checked before. A body that cannot be read is an error, never a guess, because a report
//! decides over money.

use std::borrow::Cow;

use domain::receipt::{DeliveryReceipt, Reported};
use thiserror::Error;

use super::{
    codes,
    number::{Country, national_readings, readings},
};
use crate::{
    callback::{About, CallbackError, OptOut, OptOutNumber, Report},
    message_id,
};

/// Longest form read, in bytes; theirs have some 200.
pub const MAX_FORM_BYTES: usize = 4_096;

/// Why a callback cannot be read. Never repeats its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReceiptError {
    /// More than [`MAX_FORM_BYTES`].
    #[error("the form is longer than {MAX_FORM_BYTES} bytes")]
    TooLong,
    /// A field that must be there is missing, empty or malformed.
    #[error("the form's {0} is missing or malformed")]
    Field(&'static str),
    /// A field appears twice, with different values.
    #[error("the form's {0} appears twice")]
    Repeated(&'static str),
}

impl From<ReceiptError> for CallbackError {
    fn from(error: ReceiptError) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// Reads a delivery report. It has no reference of ours: the recipient is found by the message id or, for a hand-over
/// whose answer was lost, by the phone number alone.
///
/// # Errors
/// If the body is not a delivery report.
pub fn parse(body: &[u8]) -> Result<Report, ReceiptError> {
    let form = Form::parse(body)?;
    let id = form.required("id")?;
    let provider_message_id = message_id::parse(id.trim()).ok_or(ReceiptError::Field("id"))?;
    let status = form.required("status")?;
    let (reason, network) = (form.optional("failureReason")?, form.optional("networkCode")?);
    let phone = form.optional("phoneNumber")?;
    let country = network.as_deref().and_then(Country::of_network);
    let numbers = phone.map(|phone| readings(&phone, country)).unwrap_or_default();
    let (reported, code, unlisted) = match reported(status.trim()) {
        Some(reported) => (reported, reason.as_deref(), None),
        // The status may be new. An unknown word proves neither a delivery nor a failure.
        None => (Reported::InTransit, Some(status.as_ref()), Some(codes::shown_word(&status))),
    };
    let receipt = DeliveryReceipt::new(reported, code, network.as_deref());
    let (about, provider_message_id) = (About::Numbers(numbers), Some(provider_message_id));
    Ok(Report { about, provider_message_id, times_put_off: None, receipt, unlisted })
}

/// Reads an opt-out.
///
/// # Errors
/// If the body is not an opt-out.
pub fn parse_opt_out(body: &[u8]) -> Result<OptOut, ReceiptError> {
    let form = Form::parse(body)?;
    let sender = form.required("senderId")?;
    if sender.len() > MAX_SENDER_BYTES || sender.chars().any(char::is_control) {
        return Err(ReceiptError::Field("senderId"));
    }
    let phone = form.required("phoneNumber")?;
    // Read as of no country in particular, the national form has several readings.
    let number = match readings(&phone, None).as_slice() {
        [] => return Err(ReceiptError::Field("phoneNumber")),
        [number] => OptOutNumber::International(*number),
        _ => OptOutNumber::National(national_readings(&phone)),
    };
    Ok(OptOut { sender: sender.into_owned(), number })
}

/// A sender id has 11 characters, a number 15 digits.
const MAX_SENDER_BYTES: usize = 20;

/// Their delivery statuses. The documentation does not call `AbsentSubscriber` and `Expired` final; nothing follows
/// them, and a later delivery would outrank them.
const STATUSES: [(&str, Reported); 8] = [
    ("Sent", Reported::InTransit),
    ("Submitted", Reported::InTransit),
    ("Buffered", Reported::InTransit),
    ("Success", Reported::Delivered),
    ("Failed", Reported::Undelivered),
    ("Rejected", Reported::Undelivered),
    ("AbsentSubscriber", Reported::Undelivered),
    ("Expired", Reported::Undelivered),
];

fn reported(status: &str) -> Option<Reported> {
    STATUSES.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(status)).map(|(_, reported)| reported)
}

struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    fn parse(body: &'a [u8]) -> Result<Self, ReceiptError> {
        if body.len() > MAX_FORM_BYTES {
            return Err(ReceiptError::TooLong);
        }
        Ok(Self(form_urlencoded::parse(body).collect()))
    }

    /// A field that appears several times with the same value counts once.
    fn optional(&self, name: &'static str) -> Result<Option<Cow<'a, str>>, ReceiptError> {
        let mut values = self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value);
        let first = values.next();
        if values.any(|value| Some(value) != first) {
            return Err(ReceiptError::Repeated(name));
        }
        Ok(first.filter(|value| !value.trim().is_empty()).cloned())
    }

    fn required(&self, name: &'static str) -> Result<Cow<'a, str>, ReceiptError> {
        self.optional(name)?.ok_or(ReceiptError::Field(name))
    }
}

#[cfg(test)]
mod tests {
    use domain::msisdn::Msisdn;

    use super::*;
    use crate::testing::json_fixture;

    #[test]
    fn a_report_needs_an_id_and_a_status() {
        let cases: [(&[u8], ReceiptError); 5] = [
            (b"", ReceiptError::Field("id")),
            (b"id=None&status=Success", ReceiptError::Field("id")),
            (b"id=ATPid_1", ReceiptError::Field("status")),
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
        let msisdn = |number| Msisdn::from_digits(number).unwrap();
        let success = read(0);
        assert_eq!(success.provider_message_id.as_deref(), Some("ATPid_SampleTxnId123"));
        assert_eq!(success.about, About::Numbers(vec![msisdn(254_711_000_001)]));
        assert_eq!(success.receipt, DeliveryReceipt::new(Reported::Delivered, None, Some("63902")));
        let failure = read(1);
        assert_eq!(failure.about, About::Numbers(vec![msisdn(254_711_000_002)]));
        let undelivered = DeliveryReceipt::new(Reported::Undelivered, Some("UserInBlackList"), Some("63903"));
        assert_eq!(failure.receipt, undelivered);
        let opt_out = parse_opt_out(samples["opt_out_form"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!((opt_out.sender.as_str(), opt_out.number()), ("ACME", Some(msisdn(254_711_000_001))));
    }

    #[test]
    fn every_documented_status_is_final_as_the_samples_say() {
        let samples = json_fixture("africastalking_samples.json");
        let documented = samples["delivery_status"].as_object().unwrap();
        assert_eq!(documented.len(), STATUSES.len(), "theirs and no other");
        for (status, kind) in documented {
            let in_transit = reported(status).unwrap() == Reported::InTransit;
            assert_eq!(in_transit, kind == "intermediate", "{status}");
        }
    }

    #[test]
    fn a_masked_number_leaves_the_id_to_go_by() {
        let form = parse(b"id=ATPid_1&status=Buffered&phoneNumber=c2hhMjU2").unwrap();
        assert_eq!((form.about, form.receipt.reported), (About::Numbers(Vec::new()), Reported::InTransit));
    }

    #[test]
    fn the_case_of_a_status_does_not_matter() {
        for body in ["status=success", "status=SUCCESS", "status=+Success+", "status=Success&status=Success"]
        {
            let form = parse(format!("id=ATPid_1&{body}").as_bytes()).unwrap();
            assert_eq!((form.receipt.reported, form.unlisted), (Reported::Delivered, None), "{body}");
        }
    }

    #[test]
    fn an_unlisted_status_is_in_transit_and_named() {
        let form = parse(b"id=ATPid_1&status=Delivered&failureReason=X&networkCode=63902").unwrap();
        assert_eq!(form.receipt, DeliveryReceipt::new(Reported::InTransit, Some("Delivered"), Some("63902")));
        assert_eq!(form.unlisted.as_deref(), Some("Delivered"));
        let number = parse(b"id=ATPid_1&status=%2B254711000001").unwrap();
        assert_eq!(number.unlisted.as_deref(), Some("unlisted"), "a log names no phone number");
    }

    #[test]
    fn the_network_code_gives_the_country_of_a_national_number() {
        let numbers = |network: &str| {
            let body = format!("id=ATPid_1&status=Success&phoneNumber=0711000001&networkCode={network}");
            match parse(body.as_bytes()).unwrap().about {
                About::Numbers(numbers) => numbers.len(),
                About::Reference(_) => 0,
            }
        };
        assert_eq!(numbers("63902"), 1);
        assert!(numbers("") > 1 && numbers("99999") > 1);
    }

    #[test]
    fn an_opt_out_in_national_form_is_read_as_a_number_of_the_organisations_country() {
        let opt_out = parse_opt_out(b"senderId=ACME&phoneNumber=0711000001").unwrap();
        assert_eq!(opt_out.number(), None);
        assert_eq!(opt_out.number_in("KE"), Msisdn::from_digits(254_711_000_001).ok());
        assert_eq!(opt_out.number_in("DE"), None);
    }

    #[test]
    fn an_opt_out_needs_both_its_fields() {
        let error = |body: &[u8]| parse_opt_out(body).err();
        assert_eq!(error(b"phoneNumber=%2B254711000001"), Some(ReceiptError::Field("senderId")));
        for missing in [&b"senderId=ACME"[..], b"senderId=ACME&phoneNumber=masked"] {
            assert_eq!(error(missing), Some(ReceiptError::Field("phoneNumber")));
        }
        let long = [b"phoneNumber=254711000001&senderId=".as_slice(), &[b'A'; MAX_SENDER_BYTES + 1]].concat();
        assert_eq!(error(&long), Some(ReceiptError::Field("senderId")));
    }
}
