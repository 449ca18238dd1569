//! The laws of [`Provider`], over every adapter.

use std::{sync::mpsc, time::Duration};

use domain::{
    outcome::{AccountFault, Refusal, RefusalReason, SendOutcome, Transmission},
    timestamp::Millis,
};
use providers::{
    BoxFuture, MAX_RECIPIENTS_PER_CALL, Provider, ProviderName, Submission, Submitted, sandbox::InProcess,
};

use crate::{
    raw_server::RawServer,
    subject::{accepting, answer, balance_empty, provider, submission},
};

const NUMBERS: [u64; 3] = [254_711_000_901, 254_733_000_902, 254_722_000_903];

#[test]
fn a_call_has_at_least_one_recipient_and_at_most_a_hundred() {
    for name in ProviderName::ALL {
        let provider = provider(name, "http://127.0.0.1:9");
        assert_eq!(provider.name(), name);
        assert!((1..=MAX_RECIPIENTS_PER_CALL).contains(&provider.max_recipients()));
    }
    assert!((1..=MAX_RECIPIENTS_PER_CALL).contains(&InProcess::default().max_recipients()));
}

#[tokio::test]
async fn outcomes_come_in_the_order_of_the_recipients_whatever_the_answers_order() {
    for name in ProviderName::ALL {
        let submission = submission(&NUMBERS);
        let server = RawServer::answering(accepting(name, &submission));
        let submitted = provider(name, &server.url()).submit(&submission).await;
        let accepted = |number| SendOutcome::Accepted { provider_message_id: Some(format!("id-{number}")) };
        assert_eq!(submitted.outcomes(), NUMBERS.map(accepted), "{name}");
        assert_eq!(asked_twice(&server, &NUMBERS), None, "{name}");
    }
}

#[tokio::test]
async fn a_refused_connection_hands_no_recipient_over() {
    // Bound but not listening: the port stays ours, and whoever knocks is refused.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    for name in ProviderName::ALL {
        let submission = submission(&NUMBERS);
        let submitted = provider(name, &url).submit(&submission).await;
        assert_eq!(submitted, Submitted::never_sent(&submission), "{name}");
        assert_eq!(submitted.signals().transmission, Transmission::NeverSent);
    }
}

#[tokio::test]
async fn an_answer_that_says_nothing_certain_leaves_everybody_unknown_and_is_not_asked_for_again() {
    let answers = [
        String::new(),
        "HTTP/1.1 2".to_owned(),
        "HTTP/1.1 201 Created\r\ncontent-length: 900\r\n\r\n{\"SMSMessageData\"".to_owned(),
        answer(200, ""),
        answer(201, "<AfricasTalkingResponse/>"),
        answer(201, "{}"),
        answer(200, "{\"results\":[]}"),
        answer(204, ""),
        answer(303, ""),
        answer(408, ""),
        answer(500, "{\"results\":[]}"),
        answer(503, "try again"),
        answer(504, ""),
    ];
    for name in ProviderName::ALL {
        for answer in &answers {
            let server = RawServer::answering(answer.as_str());
            let submission = submission(&NUMBERS);
            let submitted = provider(name, &server.url()).submit(&submission).await;
            assert_eq!(submitted, Submitted::unknown(&submission), "{name}: {answer}");
            assert_eq!(asked_twice(&server, &NUMBERS), None, "{name}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_call_without_an_answer_leaves_every_recipient_unknown() {
    for name in ProviderName::ALL {
        let (arrived, heard) = mpsc::channel();
        let server = RawServer::silent(arrived);
        let provider = provider(name, &server.url());
        let call = tokio::spawn(async move { provider.submit(&submission(&NUMBERS)).await });
        tokio::task::spawn_blocking(move || heard.recv()).await.unwrap().unwrap();
        // The timeout passes without being waited for.
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(90)).await;
        tokio::time::resume();
        assert_eq!(call.await.unwrap(), Submitted::unknown(&submission(&NUMBERS)), "{name}");
        assert_eq!(asked_twice(&server, &NUMBERS), None, "{name}");
    }
}

#[tokio::test]
async fn a_clear_refusal_is_final_and_not_repeated() {
    let submission = submission(&NUMBERS);
    let account = |fault| Submitted::account_fault(&submission, fault);
    let throttled = |retry_after| Submitted::throttled(&submission, retry_after);
    let waiting = "HTTP/1.1 429 Slow Down\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n".to_owned();
    let refusals = [
        (answer(401, "The supplied authentication is invalid"), account(AccountFault::Credentials)),
        (answer(400, "no"), account(AccountFault::RequestRefused)),
        (answer(404, "no"), account(AccountFault::RequestRefused)),
        (answer(308, ""), account(AccountFault::RequestRefused)),
        (answer(429, ""), throttled(None)),
        (waiting, throttled(Some(Millis(7_000)))),
    ];
    for name in ProviderName::ALL {
        for (answer, expected) in &refusals {
            let server = RawServer::answering(answer.as_str());
            let submitted = provider(name, &server.url()).submit(&submission).await;
            assert_eq!(submitted, *expected, "{name}: {answer}");
            assert_eq!(blamed(&submitted), None, "{name}: {answer}");
            assert_eq!(asked_twice(&server, &NUMBERS), None, "{name}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_fault_of_the_call_fails_no_recipient() {
    let submission = submission(&NUMBERS);
    for name in ProviderName::ALL {
        for accepted in [0, 1] {
            let server = RawServer::answering(balance_empty(name, &submission, accepted));
            let submitted = provider(name, &server.url()).submit(&submission).await;
            assert_eq!(submitted.signals().fault, Some(AccountFault::BalanceEmpty), "{name}");
            let met = &submitted.outcomes()[accepted..];
            assert!(met.iter().all(|outcome| *outcome == SendOutcome::NotTaken), "{name}: {submitted:?}");
            assert_eq!(blamed(&submitted), None, "{name}");
        }
    }
    // The last six digits are rules of the sandbox: no balance, a throttled call, refused credentials.
    for rule in [21, 13, 24] {
        let submission = crate::subject::submission(&[254_700_000_000 + rule]);
        let submitted = InProcess::default().submit(&submission).await;
        assert_eq!(submitted.outcomes(), [SendOutcome::NotTaken], "{rule}");
        assert_eq!(blamed(&submitted), None, "{rule}");
    }
}

/// A provider that breaks laws 2 and 6: it repeats a request, and blames the recipients for a fault of the account.
#[derive(Debug)]
struct Lawless {
    provider: std::sync::Arc<dyn Provider>,
    blames: SendOutcome,
}

impl Lawless {
    async fn repeat(&self, submission: &Submission) -> Submitted {
        self.provider.submit(submission).await;
        let submitted = self.provider.submit(submission).await;
        let blaming = Submitted::of_each(submission, |_| self.blames.clone());
        submitted.signals().fault.map_or(submitted, |fault| blaming.with_fault(fault))
    }
}

impl Provider for Lawless {
    fn name(&self) -> ProviderName {
        self.provider.name()
    }

    fn max_recipients(&self) -> usize {
        self.provider.max_recipients()
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        Box::pin(self.repeat(submission))
    }
}

#[tokio::test]
async fn a_provider_that_breaks_the_law_is_found_out() {
    let submission = submission(&NUMBERS);
    let refusal = Refusal { reason: RefusalReason::Rejected, provider_code: "405".to_owned() };
    for name in ProviderName::ALL {
        for blames in [SendOutcome::PutOff, SendOutcome::Refused(refusal.clone())] {
            let server = RawServer::answering(balance_empty(name, &submission, 0));
            let lawless = Lawless { provider: provider(name, &server.url()), blames: blames.clone() };
            let submitted = lawless.submit(&submission).await;
            assert_eq!(asked_twice(&server, &NUMBERS), Some(NUMBERS[0]), "{name}");
            assert_eq!(blamed(&submitted), Some(&blames), "{name}");
        }
    }
}

/// Law 2: a number that more than one request named, if there is one.
fn asked_twice(server: &RawServer, numbers: &[u64]) -> Option<u64> {
    let requests = server.requests();
    let named = |number: u64| {
        let digits = number.to_string();
        requests.iter().map(|request| request.matches(&digits).count()).sum::<usize>()
    };
    assert!(numbers.iter().all(|number| named(*number) > 0), "every recipient is asked for");
    numbers.iter().copied().find(|number| named(*number) > 1)
}

/// Law 6, of a call that met only what the account did: an outcome that fails or delays a recipient for it.
fn blamed(submitted: &Submitted) -> Option<&SendOutcome> {
    let blames = |outcome: &&SendOutcome| matches!(outcome, SendOutcome::PutOff | SendOutcome::Refused(_));
    submitted.outcomes().iter().find(blames)
}

#[tokio::test]
async fn a_full_call_is_answered_in_full() {
    let numbers: Vec<u64> = (254_711_000_900..).take(MAX_RECIPIENTS_PER_CALL).collect();
    let submission = submission(&numbers);
    for name in ProviderName::ALL {
        let server = RawServer::answering(accepting(name, &submission));
        let submitted = provider(name, &server.url()).submit(&submission).await;
        assert_eq!(submitted.outcomes().len(), MAX_RECIPIENTS_PER_CALL);
        assert_eq!(asked_twice(&server, &numbers), None, "{name}");
    }
    let submitted = InProcess::default().submit(&submission).await;
    assert!(submitted.outcomes().iter().all(|o| matches!(o, SendOutcome::Accepted { .. })));
}
