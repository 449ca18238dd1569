//! Names, URLs and ARNs of queues.

use crate::limits;
use crate::refusal::Refusal;

/// The one account of this server.
pub(crate) const ACCOUNT: &str = "000000000000";
/// The region of every queue; requests signed for another are accepted too.
const REGION: &str = "us-east-1";

/// Checks a queue's name: letters, digits, hyphens and underscores.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    if (1..=limits::QUEUE_NAME_LETTERS).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    let reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
    Err(Refusal::parameter("QueueName", name, reason))
}

/// The URL of a queue as seen through the host that a client has called.
pub(crate) fn url(host: &str, name: &str) -> String {
    format!("http://{host}/{ACCOUNT}/{name}")
}

/// The name at the end of a queue's URL. As in the service, the host is ignored.
pub(crate) fn name_in(url: &str) -> Result<&str, Refusal> {
    if url.is_empty() {
        return Err(Refusal::MissingParameter("QueueUrl"));
    }
    let (place, name) = url.rsplit_once('/').ok_or(Refusal::InvalidAddress)?;
    if place.rsplit('/').next() == Some(ACCOUNT) { Ok(name) } else { Err(Refusal::InvalidAddress) }
}

/// The ARN of a queue.
pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_url_names_the_queue_with_any_host() {
        let url = url("127.0.0.1:1", "batches");
        assert_eq!(url, "http://127.0.0.1:1/000000000000/batches");
        assert_eq!(name_in(&url).unwrap(), "batches");
        assert_eq!(name_in("https://sqs.eu-west-1.amazonaws.com/000000000000/batches").unwrap(), "batches");
    }

    #[test]
    fn a_url_of_another_account_is_refused() {
        for url in ["", "batches", "http://127.0.0.1:1/batches", "http://127.0.0.1:1/111111111111/batches"] {
            assert!(name_in(url).is_err(), "{url:?}");
        }
    }
}
