//! Events of texts that AWS End User Messaging SMS sends through a topic, which have a queue of their own.
//!
//! An event names its message by the reference that the text was sent with. An event without one is about a text that
//! another system sent with the same configuration set.

use domain::timestamp::Timestamp;
use platform::telemetry;
use providers::{About, aws};
use queue::{ReportTask, record_poison};

use crate::{
    FUNCTION,
    report::{Delivery, Report},
};

/// The report of an event; `None` if it is not about a message of this deployment, or cannot be read.
pub fn read(delivery: Delivery, body: &str, now: Timestamp) -> Option<Report> {
    let (false, Ok(event)) = (delivery.message_id.is_empty(), aws::receipt::parse(body)) else {
        record_poison(FUNCTION, &delivery.message_id, "an event of AWS cannot be read", now);
        return None;
    };
    if let Some(name) = &event.unlisted {
        tracing::warn!(provider = aws::KIND.name, provider.code = name, "a report has an unlisted status");
        telemetry::metrics(now.millis(), FUNCTION, &[(telemetry::UNLISTED_REPORTS, 1)]);
    }
    let About::Reference(message) = event.about else {
        tracing::info!(provider = aws::KIND.name, "a report is about no message of ours");
        return None;
    };
    let task = ReportTask::new(message, aws::KIND.account(), event.provider_message_id, event.receipt);
    Some(Report::new(delivery, task))
}

#[cfg(test)]
mod tests {
    use queue::ReportQueue;

    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_795_420_805_000);

    fn delivery() -> Delivery {
        let message_id = "id".to_owned();
        Delivery { queue: ReportQueue::AwsEvents, message_id, receipt_handle: None, receives: 1 }
    }

    fn event(context: &str) -> String {
        format!(
            r#"{{"eventType":"TEXT_DELIVERED","isFinal":true,"messageId":"m-1",
            "destinationPhoneNumber":"+254711000001","context":{context}}}"#
        )
    }

    #[test]
    fn an_event_is_a_report_of_the_message_that_it_names() {
        let body = event(r#"{"reference":"3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.1"}"#);
        let report = read(delivery(), &body, AT).unwrap();
        assert_eq!(report.task.message.to_string(), "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.1");
        assert_eq!(report.task.account, aws::KIND.account());
        assert_eq!(report.task.provider_message_id.as_deref(), Some("m-1"));
        assert!(!report.task.is_found_by_number());
    }

    #[test]
    fn an_event_of_another_text_or_without_an_id_is_no_report() {
        for context in ["null", "{}", r#"{"reference":"x"}"#] {
            assert!(read(delivery(), &event(context), AT).is_none(), "{context}");
        }
        assert!(read(delivery(), r#"{"eventType":"TEXT_DELIVERED"}"#, AT).is_none());
        let ours = event(r#"{"reference":"3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.1"}"#);
        assert!(read(Delivery { message_id: String::new(), ..delivery() }, &ours, AT).is_none());
    }
}
