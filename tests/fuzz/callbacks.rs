//! Callbacks of providers, before any part of them is trusted.

use fuzzing::{Input, inputs, play};
use http::HeaderMap;
use proptest::prelude::{prop_assert, prop_assert_eq};
use providers::{
    Callback, CallbackReader, CallbackSecret, Report, africastalking, aws, infobip, sandbox, twilio,
};
use serde_json::{Value, json};

use crate::{
    memory::{PLAIN, within},
    system::CANARIES,
};

const CASES: u32 = 1_000;

/// Forms as Africa's Talking documents them, and one with personal data that no error may repeat.
fn forms() -> Vec<Vec<u8>> {
    let samples: Value = serde_json::from_str(&tests::fixture("africastalking_samples.json")).unwrap();
    let reports = samples["delivery_report_form"].as_array().unwrap().iter();
    let mut forms: Vec<_> = reports.map(|sample| sample["body"].as_str().unwrap().to_owned()).collect();
    forms.push(samples["opt_out_form"].as_str().unwrap().to_owned());
    let [phone, word] = [CANARIES[0], CANARIES[1]];
    forms.push(format!("id={word}&status={word}&phoneNumber=%2B{phone}&senderId={word}&networkCode={phone}"));
    forms.into_iter().map(String::into_bytes).collect()
}

fn keeps_silent(error: &impl ToString) -> bool {
    let told = error.to_string();
    !CANARIES.iter().any(|canary| told.contains(canary))
}

/// Whether a report has a provider's id that can be stored and shown.
fn named(report: &Report) -> bool {
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic());
    report.provider_message_id.as_deref().is_some_and(is_id)
}

#[test]
fn a_form_is_read_as_a_report_or_an_opt_out_or_is_an_error_without_its_content() {
    play(CASES, &inputs(forms()), |Input(body)| {
        match within(PLAIN, &body, africastalking::receipt::parse) {
            Ok(form) => prop_assert!(named(&form)),
            Err(error) => prop_assert!(keeps_silent(&error)),
        }
        match within(PLAIN, &body, africastalking::receipt::parse_opt_out) {
            Ok(form) => prop_assert!(!form.sender.is_empty() && form.sender.len() <= 20),
            Err(error) => prop_assert!(keeps_silent(&error)),
        }
        Ok(())
    });
}

#[test]
fn reports_of_the_sandbox_are_read_only_as_they_were_signed() {
    let secret: CallbackSecret = "0123456789abcdef0123456789abcdef".parse().unwrap();
    let reference = "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.5";
    let line = |status| json!({"reference": reference, "id": "sbx-1", "status": status, "code": "7", "network": null});
    let reports =
        json!({"reports": [line("undelivered"), line("delivered"), line("in_transit")]}).to_string();
    let strange = json!({"reports": [{"reference": CANARIES[0], "id": CANARIES[1], "status": CANARIES[2]}]});
    let signed = secret.sign(reports.as_bytes());
    let seeds = vec![reports.clone().into_bytes(), strange.to_string().into_bytes()];
    play(CASES, &inputs(seeds), |Input(body)| {
        let forged = sandbox::receipt::read(&secret, Some(&signed), &body);
        prop_assert_eq!(forged.is_ok(), body == reports.as_bytes());
        let signature = secret.sign(&body);
        match within(PLAIN, &body, |body| sandbox::receipt::read(&secret, Some(&signature), body)) {
            Ok(read) => prop_assert!(read.iter().all(named)),
            Err(error) => prop_assert!(keeps_silent(&error)),
        }
        Ok(())
    });
}

/// Callbacks and events of the providers that name our message themselves.
fn groups() -> Vec<Vec<u8>> {
    let id = "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.5-0";
    let result = |id: &str, status: u32, name: &str| {
        json!({"messageId": id, "to": CANARIES[0], "status": {"id": status, "name": name}, "mccMnc": "63902",
               "error": {"id": 27, "name": "EC_ABSENT_SUBSCRIBER"}})
    };
    let [phone, word] = [CANARIES[0], CANARIES[1]];
    let results = [result(id, 5, "DELIVERED_TO_HANDSET"), result(word, 555, word), json!(7)];
    let event = json!({"eventType": word, "messageId": phone, "destinationPhoneNumber": phone, "context": {"reference": id}});
    let form = format!("MessageSid={word}&MessageStatus={word}&ErrorCode={phone}&To=%2B{phone}");
    vec![json!({ "results": results }).to_string().into(), event.to_string().into(), form.into()]
}

#[test]
fn groups_of_reports_events_and_signed_forms_are_read_or_are_errors_without_their_content() {
    let secret = "0123456789abcdef0123456789abcdef";
    let infobip = infobip::InfobipCallbacks::new(secret.parse().unwrap());
    let twilio = twilio::TwilioCallbacks::new(secret);
    let silent = |report: &Report| report.unlisted.as_ref().is_none_or(keeps_silent);
    play(CASES, &inputs(groups()), |Input(body)| {
        let url = "https://sms.example.com/v1/providers/x/receipts/";
        let signed = twilio::signature::sign(secret, url, &body).parse().unwrap();
        let headers = HeaderMap::from_iter([(twilio::signature::NAME, signed)]);
        let callback = Callback { url, path_secret: Some(secret), headers: &headers, body: &body };
        for reader in [&infobip as &dyn CallbackReader, &twilio] {
            match reader.reports(&callback) {
                Ok(reports) => prop_assert!(reports.iter().all(silent)),
                Err(error) => prop_assert!(keeps_silent(&error)),
            }
        }
        match aws::receipt::parse(&String::from_utf8_lossy(&body)) {
            Ok(report) => prop_assert!(silent(&report)),
            Err(error) => prop_assert!(keeps_silent(&error)),
        }
        Ok(())
    });
}
