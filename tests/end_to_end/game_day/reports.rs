//! What a provider says that its documentation does not list, and callbacks whose secret cannot be read.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use domain::{msisdn::Msisdn, timestamp::Millis};
use http::Method;
use locator::MOST_CAMPAIGNS;
use platform::telemetry;
use serde_json::json;
use tests::{World, phones, stored};

use super::{campaign_to, ringing};
use crate::africastalking::start;

type Item = HashMap<String, AttributeValue>;

/// A status code that Africa's Talking does not document.
const UNLISTED: u16 = 199;
/// Items of one call: the most that DynamoDB takes.
const WRITES_OF_A_CALL: usize = 25;

/// Calls back with a form, which is answered with a status.
async fn call_back(world: &World, form: &str, status: u16) {
    let header = [("content-type", "application/x-www-form-urlencoded")];
    let api = world.api.without_key();
    let answer = api.call(Method::POST, &world.africastalking_callback(), &header, form.to_owned()).await;
    assert_eq!(answer.status.as_u16(), status, "{form}: {}", answer.text());
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
    call_back(&world, &format!("id={id}&status=Teleported&phoneNumber=%2B{mobile}"), 200).await;
    assert_eq!(ringing(), ["UnlistedReportsAlarm"]);
    call_back(&world, &format!("id={id}&status=Success&phoneNumber=somebody"), 200).await;
    assert_eq!(ringing(), ["UnplacedReportsAlarm"]);
    call_back(&world, &format!("id={id}&phoneNumber=%2B{mobile}"), 400).await;
    assert_eq!(ringing(), ["MalformedCallbacksAlarm"]);
    call_back(&world, &format!("id={id}&status=Success&phoneNumber=%2B{mobile}"), 200).await;
    assert_eq!(ringing(), Vec::<String>::new());

    let event = json!({"eventType": "TEXT_TELEPORTED", "messageId": "m", "context": {}});
    world.stack.put_aws_events(vec![event.to_string()]).await.unwrap();
    world.stack.poll_aws_events().await.unwrap();
    assert_eq!(ringing(), ["UnlistedEventsAlarm"]);
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn reports_that_are_not_looked_for_in_the_oldest_of_many_campaigns_ring() {
    let (world, _fake) = start().await;
    let numbers = phones(0..1);
    campaign_to(&world, &numbers).await;
    world.stack.drain().await.unwrap();
    let row = world.message_of(1, numbers[0].trim_start_matches('+')).await;
    let (id, mobile) = (row["provider_message_id"].as_str().unwrap(), row["mobile"].as_str().unwrap());
    call_back(&world, &format!("id=ATPid_other&status=Success&phoneNumber=%2B{mobile}"), 200).await;
    copy_campaign(&world, MOST_CAMPAIGNS).await;
    telemetry::record();
    // The message to this number has another id, so that it is looked for in the other campaigns too.
    world.stack.poll_receipts().await.unwrap();
    assert_eq!(ringing(), ["UnsearchedQueuedReportsAlarm"]);
    world.clock().advance(Millis::from_secs(5));
    call_back(&world, &format!("id={id}&status=Success&phoneNumber=%2B{mobile}"), 200).await;
    assert_eq!(ringing(), ["UnsearchedReportsAlarm"]);
}

/// Writes as many later campaigns like the first one, without recipients: accepting them would take a minute. They have
/// empty directories, which a search reads once.
async fn copy_campaign(world: &World, copies: usize) {
    let (client, table) = (stored::client(&world.stack), &world.stack.variables()["CAMPAIGNS_TABLE"]);
    let organisation = format!("ORG#{}", world.campaign(1).organisation);
    let header = |campaign: usize| [("pk", organisation.clone()), ("sk", format!("C#{campaign:012}"))];
    let directory =
        |campaign: usize| [("pk", format!("{organisation}#C{campaign}")), ("sk", "DIR".to_owned())];
    let read = async |key| {
        let read = client.get_item().table_name(table).set_key(Some(attributes(key)));
        read.send().await.unwrap().item.expect("an item of the first campaign")
    };
    let (one_header, mut one_directory) = (read(header(1)).await, read(directory(1)).await);
    let version = Blob::new(&one_directory["starts"].as_b().unwrap().as_ref()[..1]);
    one_directory.insert("starts".to_owned(), AttributeValue::B(version));
    let put = |item: &Item, key| {
        let item = item.clone().into_iter().chain(attributes(key)).collect();
        WriteRequest::builder()
            .put_request(PutRequest::builder().set_item(Some(item)).build().unwrap())
            .build()
    };
    let campaigns = (2..copies + 2)
        .flat_map(|campaign| [put(&one_header, header(campaign)), put(&one_directory, directory(campaign))]);
    let writes: Vec<WriteRequest> = campaigns.collect();
    for together in writes.chunks(WRITES_OF_A_CALL) {
        let written = client.batch_write_item().request_items(table, together.to_vec()).send().await.unwrap();
        assert_eq!(written.unprocessed_items.unwrap_or_default().len(), 0);
    }
}

fn attributes(key: [(&str, String); 2]) -> Item {
    key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))).into()
}
