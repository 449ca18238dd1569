//! Callbacks of the sandbox: delivery reports as signed JSON. Pure.
//!
//! `callbacks` calls this with the unchanged body and the signature's header.

use domain::receipt::DeliveryReceipt;

use super::wire::{MAX_REPORTS, ReportsBody};
use crate::{
    callback::{About, CallbackError, CallbackSecret, Report},
    message_id,
};

/// The header of the signature: [`CallbackSecret::sign`] of the body.
pub const SIGNATURE_HEADER: &str = "x-sandbox-signature";

/// Checks the signature, then reads the reports.
///
/// # Errors
/// If the callback is forged or cannot be read.
pub fn read(
    secret: &CallbackSecret,
    signature: Option<&str>,
    body: &[u8],
) -> Result<Vec<Report>, CallbackError> {
    if !signature.is_some_and(|signature| secret.has_signed(body, signature)) {
        return Err(CallbackError::Forged);
    }
    parse(body).ok_or_else(|| CallbackError::Malformed("the body is not a list of reports".to_owned()))
}

fn parse(body: &[u8]) -> Option<Vec<Report>> {
    let body: ReportsBody = serde_json::from_slice(body).ok()?;
    if body.reports.len() > MAX_REPORTS {
        return None;
    }
    let receipt = |line: super::wire::ReportLine| {
        Some(Report {
            about: About::Reference(line.reference.parse().ok()?),
            provider_message_id: Some(message_id::parse(&line.id)?),
            times_put_off: None,
            unlisted: None,
            receipt: DeliveryReceipt::new(line.status.into(), line.code.as_deref(), line.network.as_deref()),
        })
    };
    body.reports.into_iter().map(receipt).collect()
}

#[cfg(test)]
mod tests {
    use domain::receipt::Reported;

    use super::*;
    use crate::testing::recipient;

    fn secret() -> CallbackSecret {
        "0123456789abcdef0123456789abcdef".parse().unwrap()
    }

    fn body() -> String {
        let reference = recipient(254_711_000_001).reference;
        format!(
            r#"{{"reports":[{{"reference":"{reference}","id":"sbx-1","status":"undelivered","code":"absent_subscriber","network":null}}]}}"#
        )
    }

    #[test]
    fn a_signed_report_is_read() {
        let body = body();
        let receipts = read(&secret(), Some(&secret().sign(body.as_bytes())), body.as_bytes()).unwrap();
        let expected = Report {
            about: About::Reference(recipient(254_711_000_001).reference),
            provider_message_id: Some("sbx-1".into()),
            times_put_off: None,
            unlisted: None,
            receipt: DeliveryReceipt::new(Reported::Undelivered, Some("absent_subscriber"), None),
        };
        assert_eq!(receipts, [expected]);
    }

    #[test]
    fn a_report_that_is_not_signed_is_not_read() {
        let body = body();
        let other = secret().sign(b"another body");
        for signature in [None, Some(""), Some(other.as_str())] {
            assert_eq!(read(&secret(), signature, body.as_bytes()), Err(CallbackError::Forged));
        }
    }

    #[test]
    fn a_signed_body_that_is_no_report_is_malformed() {
        let many = format!(r#"{{"reports":[{}]}}"#, vec!["{}"; MAX_REPORTS + 1].join(","));
        for body in ["", "{}", r#"{"reports":[{}]}"#, &many] {
            let signature = secret().sign(body.as_bytes());
            let read = read(&secret(), Some(&signature), body.as_bytes());
            assert!(matches!(read, Err(CallbackError::Malformed(_))), "{body}");
        }
    }
}
