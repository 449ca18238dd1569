//! The naive sender: an item for each contact, a set of strings, an item and a queue message for each recipient.
//! Written carefully and without further ideas: pages of a whole megabyte, batch calls everywhere, nothing done twice.
//!
//! **Not the product.** It shares only the SDK and the emulators with it.

use std::{collections::HashSet, time::Duration};

use aws_sdk_dynamodb::{Client as DynamoDb, types::AttributeValue};
use aws_sdk_sqs::{
    Client as Sqs,
    types::{DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry},
};
use bytes::Bytes;
use domain::msisdn::Msisdn;
use futures_util::{StreamExt, future::join_all, stream};
use platform::http::{HttpClient, Roots};

use super::table::{CALLS, Item, TABLE, text, write_all};
use crate::support::{measured_stack::MeasuredStack, random::scatter};

/// Messages of a SendMessageBatch.
const MESSAGES_A_CALL: usize = 10;
/// Messages of an invocation that are handed over in parallel.
pub const IN_HAND: usize = 10;
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(20);

pub struct NaiveSender {
    pub dynamodb: DynamoDb,
    pub sqs: Sqs,
    /// The queue's address.
    pub queue: String,
    /// The address of the provider.
    pub provider: String,
    /// The client for the provider.
    pub http: HttpClient,
}

/// The result of processing the queue.
#[derive(Clone, Copy, Debug, Default)]
pub struct Worked {
    /// Receives that brought messages.
    pub invocations: u64,
    pub recipients: usize,
}

/// Writes a book: an item for each contact.
pub async fn write_book(dynamodb: &DynamoDb, book: &str, numbers: &[Msisdn]) {
    write_all(dynamodb, numbers.iter().map(|number| contact(book, *number)).collect()).await;
}

fn contact(book: &str, number: Msisdn) -> Item {
    let id = scatter(number.as_u64());
    Item::from([
        ("pk".to_owned(), text(format!("BOOK#{book}"))),
        ("sk".to_owned(), text(format!("CONTACT#{id:016x}"))),
        ("phone".to_owned(), text(number.e164())),
        ("first_name".to_owned(), text("Wanjiru".to_owned())),
        ("last_name".to_owned(), text("Kamau".to_owned())),
        ("created_at".to_owned(), text("2026-11-23T10:00:00+03:00".to_owned())),
    ])
}

/// The numbers of these books, each once: page after page into a set.
pub async fn resolve(dynamodb: &DynamoDb, books: &[String]) -> HashSet<String> {
    let mut recipients = HashSet::new();
    for book in books {
        let request = dynamodb.query().table_name(TABLE).key_condition_expression("pk = :pk");
        let request = request.expression_attribute_values(":pk", text(format!("BOOK#{book}")));
        let mut items = request.into_paginator().items().send();
        while let Some(item) = items.next().await {
            let mut item = item.expect("the table answers");
            if let Some(AttributeValue::S(phone)) = item.remove("phone") {
                recipients.insert(phone);
            }
        }
    }
    recipients
}

impl NaiveSender {
    /// A sender that uses a measured stack's queue of batches and provider, with a table of the caller's.
    pub fn of(measured: &MeasuredStack, dynamodb: DynamoDb) -> Self {
        Self {
            dynamodb,
            sqs: measured.sqs(),
            queue: measured.stack.variables()["BATCHES_QUEUE_URL"].clone(),
            provider: measured.provider.variables()["AFRICASTALKING_BASE_URL"].clone(),
            http: HttpClient::new(Roots::Amazon).expect("the TLS library takes its configuration"),
        }
    }

    /// Writes an item and a message for each recipient.
    pub async fn accept(&self, recipients: &HashSet<String>) {
        let message = |phone: &String| {
            Item::from([
                ("pk".to_owned(), text("CAMPAIGN#1".to_owned())),
                ("sk".to_owned(), text(format!("RECIPIENT#{phone}"))),
                ("status".to_owned(), text("queued".to_owned())),
            ])
        };
        write_all(&self.dynamodb, recipients.iter().map(message).collect()).await;
        let phones: Vec<&String> = recipients.iter().collect();
        let calls = phones.chunks(MESSAGES_A_CALL).map(|phones| self.enqueue(phones)).collect::<Vec<_>>();
        stream::iter(calls).buffer_unordered(CALLS).collect::<Vec<()>>().await;
    }

    async fn enqueue(&self, phones: &[&String]) {
        let entry = |(place, phone): (usize, &&String)| {
            let entry = SendMessageBatchRequestEntry::builder().id(place.to_string());
            entry.message_body((*phone).clone()).build().expect("it is whole")
        };
        let entries = phones.iter().enumerate().map(entry).collect();
        let request = self.sqs.send_message_batch().queue_url(&self.queue).set_entries(Some(entries));
        request.send().await.expect("the queue answers");
    }

    /// Hands each recipient over: a call and two updates for each message.
    pub async fn work(&self) -> Worked {
        let mut worked = Worked::default();
        loop {
            let request = self.sqs.receive_message().queue_url(&self.queue);
            let request = request.max_number_of_messages(IN_HAND as i32);
            let messages = request.send().await.expect("the queue answers").messages.unwrap_or_default();
            if messages.is_empty() {
                return worked;
            }
            worked.invocations += 1;
            worked.recipients += messages.len();
            let bodies = messages.iter().map(|message| message.body().expect("a message has a body"));
            join_all(bodies.map(|body| self.hand_over(body))).await;
            let handles = messages.iter().filter_map(|message| message.receipt_handle()).enumerate();
            let entry = |(place, handle): (usize, &str)| {
                let entry = DeleteMessageBatchRequestEntry::builder().id(place.to_string());
                entry.receipt_handle(handle).build().expect("it is whole")
            };
            let entries = handles.map(entry).collect();
            let request = self.sqs.delete_message_batch().queue_url(&self.queue).set_entries(Some(entries));
            request.send().await.expect("the queue answers");
        }
    }

    /// Notes a delivery report for each: an update, the campaign known by the callback's address.
    pub async fn report(&self, recipients: &HashSet<String>) {
        let updates: Vec<_> = recipients.iter().map(|phone| self.set_status(phone, "delivered")).collect();
        stream::iter(updates).buffer_unordered(CALLS).collect::<Vec<()>>().await;
    }

    async fn hand_over(&self, phone: &str) {
        self.set_status(phone, "sending").await;
        let form = format!("to={}&message=Hello", phone.replace('+', "%2B"));
        let request = http::Request::post(format!("{}/version1/messaging", self.provider));
        let request = request.body(Bytes::from(form)).expect("a request");
        self.http.send(request, PROVIDER_TIMEOUT).await.expect("the provider answers");
        self.set_status(phone, "sent").await;
    }

    async fn set_status(&self, phone: &str, status: &str) {
        let request = self.dynamodb.update_item().table_name(TABLE);
        let request = request.key("pk", text("CAMPAIGN#1".to_owned()));
        let request = request.key("sk", text(format!("RECIPIENT#{phone}")));
        let request = request.update_expression("SET #status = :status");
        let request = request.expression_attribute_names("#status", "status");
        let request = request.expression_attribute_values(":status", text(status.to_owned()));
        request.send().await.expect("the table answers");
    }
}
