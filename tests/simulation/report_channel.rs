//! How the provider reports: through the callbacks' own addresses, in the form of one of two providers.

use callbacks::CallbackAccounts;
use domain::receipt::Reported;
use http::Request;
use lambda_http::Body;
use platform::stage::Stage;
use providers::{
    Account, CallbackSecret, Recipient, africastalking,
    sandbox::{self, receipt::SIGNATURE_HEADER},
};
use serde_json::json;

use crate::shape::Shape;

const SECRET: &str = "5e1f7a3c9b2d4806a1c3e5f708192a3b";

/// A report on its way.
#[derive(Clone, Debug)]
pub struct Report {
    pub recipient: Recipient,
    /// The provider's name for the message.
    pub id: String,
    pub reported: Reported,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReportChannel {
    /// The sandbox's: signed, several in one call, each with our reference.
    ByReference,
    /// Callbacks of Africa's Talking: one form for each report, with the number, to an address that is the secret.
    ByNumber,
}

impl ReportChannel {
    /// The channel that a run's shape names.
    pub const fn of(shape: &Shape) -> Self {
        if shape.by_number == 0 { Self::ByReference } else { Self::ByNumber }
    }

    /// The account that messages are handed over to, with callbacks in this form.
    pub fn accounts(self) -> CallbackAccounts {
        let kind = match self {
            Self::ByReference => &sandbox::KIND,
            Self::ByNumber => &africastalking::KIND,
        };
        let account = Account::new(kind, Stage::Test).named(sandbox::KIND.account());
        CallbackAccounts::of([account.with_secret("callback_secret", SECRET)])
    }

    /// Reports grouped into callbacks; a form has one report.
    pub fn calls(self, reports: &[Report], together: usize) -> impl Iterator<Item = &[Report]> {
        reports.chunks(match self {
            Self::ByReference => together,
            Self::ByNumber => 1,
        })
    }

    /// A callback with these reports.
    pub fn call(self, reports: &[Report]) -> Request<Body> {
        match self {
            Self::ByReference => signed(reports),
            Self::ByNumber => form(&reports[0]),
        }
    }
}

fn secret() -> CallbackSecret {
    SECRET.parse().unwrap()
}

fn signed(reports: &[Report]) -> Request<Body> {
    let line = |report: &Report| {
        let status = match report.reported {
            Reported::InTransit => "in_transit",
            Reported::Undelivered => "undelivered",
            Reported::Delivered => "delivered",
        };
        let reference = report.recipient.reference.to_string();
        json!({"reference": reference, "id": report.id, "status": status, "code": null, "network": "63902"})
    };
    let body = json!({"reports": reports.iter().map(line).collect::<Vec<_>>()}).to_string();
    Request::post("http://sms.example/v1/providers/sandbox/receipts/")
        .header(SIGNATURE_HEADER, secret().sign(body.as_bytes()))
        .body(Body::from(body))
        .unwrap()
}

fn form(report: &Report) -> Request<Body> {
    let status = match report.reported {
        Reported::InTransit => "Buffered",
        Reported::Undelivered => "Failed",
        Reported::Delivered => "Success",
    };
    let (id, number) = (&report.id, report.recipient.msisdn.digits());
    let body = format!("id={id}&status={status}&phoneNumber=%2B{number}&networkCode=63902");
    Request::post(format!("http://sms.example/v1/providers/sandbox/receipts/{SECRET}/"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap()
}
