//! What a provider says that its documentation does not list, and callbacks whose secret cannot be read.

use domain::msisdn::Msisdn;
use http::Method;
use platform::telemetry;
use tests::{World, phones};

use super::{campaign_to, ringing};
use crate::africastalking::start;

/// A status code that Africa's Talking does not document.
const UNLISTED: u16 = 199;

/// Calls back with a form.
async fn call_back(world: &World, form: &str) {
    let header = [("content-type", "application/x-www-form-urlencoded")];
    let api = world.api.without_key();
    let answer = api.call(Method::POST, &world.africastalking_callback(), &header, form.to_owned()).await;
    assert_eq!(answer.status.as_u16(), 200, "{form}: {}", answer.text());
}

#[tokio::test]
async fn codes_and_reports_that_are_not_listed_or_name_no_number_ring() {
    let (world, fake) = start().await;
    let numbers = phones(0..2);
    fake.answer_number(Msisdn::parse_e164(&numbers[0]).unwrap(), UNLISTED);
    telemetry::record();
    campaign_to(&world, &numbers).await;
    world.stack.drain().await.unwrap();
    assert_eq!(ringing(), ["UnlistedCodesAlarm"]);

    let row = world.message_of(1, numbers[1].trim_start_matches('+')).await;
    let id = row["provider_message_id"].as_str().unwrap();
    let mobile = row["mobile"].as_str().unwrap();
    call_back(&world, &format!("id={id}&status=Teleported&phoneNumber=%2B{mobile}")).await;
    assert_eq!(ringing(), ["UnlistedReportsAlarm"]);
    call_back(&world, &format!("id={id}&status=Success&phoneNumber=somebody")).await;
    assert_eq!(ringing(), ["UnplacedReportsAlarm"]);
    call_back(&world, &format!("id={id}&status=Success&phoneNumber=%2B{mobile}")).await;
    assert_eq!(ringing(), Vec::<String>::new());
}
