//! What the sandbox calls back with: delivery reports as signed JSON. Pure.
//!
//! `callbacks` calls this with the body as it came, byte for byte, and the signature's header.

use domain::{keys::MessageKey, receipt::DeliveryReceipt};
use thiserror::Error;

use super::wire::{MAX_REPORTS, ReportsBody};
use crate::{callback::CallbackSecret, message_id};

/// The header that the signature stands in: [`CallbackSecret::sign`] of the body.
pub const SIGNATURE_HEADER: &str = "x-sandbox-signature";

/// One delivery report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SandboxReceipt {
    /// Our name for the message, as we gave it.
    pub reference: MessageKey,
    /// The sandbox's name for it.
    pub provider_message_id: String,
    /// What is reported.
    pub receipt: DeliveryReceipt,
}

/// Why a callback is not taken. Never repeats what it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReceiptError {
    /// No signature, or not that of this body.
    #[error("the callback is not signed by the sandbox")]
    Forged,
    /// Signed, and not understood.
    #[error("the callback is malformed")]
    Malformed,
}

/// Checks the signature, then reads the reports.
///
/// # Errors
/// Where the callback is forged, or not understood.
pub fn read(
    secret: &CallbackSecret,
    signature: Option<&str>,
    body: &[u8],
) -> Result<Vec<SandboxReceipt>, ReceiptError> {
    if !signature.is_some_and(|signature| secret.has_signed(body, signature)) {
        return Err(ReceiptError::Forged);
    }
    parse(body).ok_or(ReceiptError::Malformed)
}

fn parse(body: &[u8]) -> Option<Vec<SandboxReceipt>> {
    let body: ReportsBody = serde_json::from_slice(body).ok()?;
    if body.reports.len() > MAX_REPORTS {
        return None;
    }
    let receipt = |line: super::wire::ReportLine| {
        Some(SandboxReceipt {
            reference: line.reference.parse().ok()?,
            provider_message_id: message_id::parse(&line.id)?,
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
        let expected = SandboxReceipt {
            reference: recipient(254_711_000_001).reference,
            provider_message_id: "sbx-1".into(),
            receipt: DeliveryReceipt::new(Reported::Undelivered, Some("absent_subscriber"), None),
        };
        assert_eq!(receipts, [expected]);
    }

    #[test]
    fn a_report_that_is_not_signed_is_not_read() {
        let body = body();
        let other = secret().sign(b"another body");
        for signature in [None, Some(""), Some(other.as_str())] {
            assert_eq!(read(&secret(), signature, body.as_bytes()), Err(ReceiptError::Forged));
        }
    }

    #[test]
    fn a_signed_body_that_is_no_report_is_malformed() {
        let many = format!(r#"{{"reports":[{}]}}"#, vec!["{}"; MAX_REPORTS + 1].join(","));
        for body in ["", "{}", r#"{"reports":[{}]}"#, &many] {
            let signature = secret().sign(body.as_bytes());
            let read = read(&secret(), Some(&signature), body.as_bytes());
            assert_eq!(read, Err(ReceiptError::Malformed), "{body}");
        }
    }
}
