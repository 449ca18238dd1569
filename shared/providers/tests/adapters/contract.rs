//! The laws of [`Provider`], over every adapter.

use std::{sync::mpsc, time::Duration};

use domain::{
    outcome::{AccountFault, Refusal, RefusalReason, SendOutcome, Transmission},
    timestamp::Millis,
};
use providers::{
    Account, AccountState, BoxFuture, Callback, CallbackError, KINDS, Kind, MAX_RECIPIENTS_PER_CALL,
    Provider, Submission, Submitted, sandbox::InProcess,
};

use platform::stage::Stage;

use crate::{
    raw_server::RawServer,
    subject::{SUBJECTS, answer, submission},
};

const NUMBERS: [u64; 3] = [254_711_000_901, 254_733_000_902, 254_722_000_903];

#[test]
fn a_call_has_at_least_one_recipient_and_at_most_a_hundred() {
    for subject in SUBJECTS {
        let provider = subject.provider("http://127.0.0.1:9");
        assert_eq!(provider.kind(), subject.kind);
        assert!((1..=subject.kind.max_recipients).contains(&provider.max_recipients()));
    }
    assert!((1..=MAX_RECIPIENTS_PER_CALL).contains(&InProcess::default().max_recipients()));
}

#[tokio::test]
async fn outcomes_come_in_the_order_of_the_recipients_whatever_the_answers_order() {
    for subject in SUBJECTS {
        let name = subject.kind;
        let submission = submission(&NUMBERS);
        let server = RawServer::answering_each(subject.answering(&submission, submission.recipients().len()));
        let submitted = subject.provider(&server.url()).submit(&submission).await;
        let accepted =
            |recipient| SendOutcome::Accepted { provider_message_id: Some((subject.id)(recipient)) };
        let expected: Vec<_> = submission.recipients().iter().map(accepted).collect();
        assert_eq!(submitted.outcomes(), expected, "{name}");
        assert_eq!(asked_twice(&server, &NUMBERS), None, "{name}");
    }
}

#[tokio::test]
async fn a_refused_connection_hands_no_recipient_over() {
    // Bound but not listening: no other process takes the port, and connections are refused.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    for subject in SUBJECTS {
        let name = subject.kind;
        let submission = submission(&NUMBERS);
        let submitted = subject.provider(&url).submit(&submission).await;
        assert_eq!(submitted, Submitted::never_sent(&submission), "{name}");
        assert_eq!(submitted.signals().transmission, Transmission::NeverSent);
    }
}

#[tokio::test]
async fn an_answer_without_a_certain_outcome_leaves_every_recipient_unknown_and_the_call_is_not_repeated() {
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
    for subject in SUBJECTS {
        let name = subject.kind;
        for answer in &answers {
            let server = RawServer::answering(answer.as_str());
            let submission = submission(&NUMBERS);
            let submitted = subject.provider(&server.url()).submit(&submission).await;
            assert_eq!(submitted, Submitted::unknown(&submission), "{name}: {answer}");
            assert_eq!(asked_twice(&server, &NUMBERS), None, "{name}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_call_without_an_answer_leaves_every_recipient_unknown() {
    for subject in SUBJECTS {
        let name = subject.kind;
        let (arrived, heard) = mpsc::channel();
        let server = RawServer::silent(arrived);
        let provider = subject.provider(&server.url());
        let call = tokio::spawn(async move { provider.submit(&submission(&NUMBERS)).await });
        let requests = if subject.kind.one_per_call { NUMBERS.len() } else { 1 };
        let heard = tokio::task::spawn_blocking(move || heard.iter().take(requests).count());
        assert_eq!(heard.await.unwrap(), requests);
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
    for subject in SUBJECTS {
        let name = subject.kind;
        for (answer, expected) in &refusals {
            let server = RawServer::answering(answer.as_str());
            let submitted = subject.provider(&server.url()).submit(&submission).await;
            assert_eq!(submitted, *expected, "{name}: {answer}");
            assert_eq!(blamed(&submitted), None, "{name}: {answer}");
            assert_eq!(asked_twice(&server, &NUMBERS), None, "{name}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_fault_of_the_call_fails_no_recipient() {
    let submission = submission(&NUMBERS);
    for subject in SUBJECTS {
        let name = subject.kind;
        for accepted in [0, 1] {
            let server = RawServer::answering_each(subject.answering(&submission, accepted));
            let submitted = subject.provider(&server.url()).submit(&submission).await;
            assert_eq!(submitted.signals().fault, Some(subject.fault), "{name}");
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

#[tokio::test]
async fn a_message_is_one_request_at_503_500_429_and_a_reset() {
    let submission = submission(&NUMBERS[..1]);
    let (unknown, throttled) = (Submitted::unknown(&submission), Submitted::throttled(&submission, None));
    for subject in SUBJECTS {
        let answering = |status| RawServer::answering(answer(status, "{}"));
        let servers = [
            (answering(503), &unknown),
            (answering(500), &unknown),
            (answering(429), &throttled),
            (RawServer::resetting(), &unknown),
        ];
        let mut requests = Vec::new();
        for (server, expected) in servers {
            let submitted = subject.provider(&server.url()).submit(&submission).await;
            assert_eq!(submitted, *expected, "{}", subject.kind);
            requests.push(server.requests().len());
        }
        println!("{}: {requests:?} requests at 503, 500, 429, reset", subject.kind);
        assert_eq!(requests, [1; 4], "{}", subject.kind);
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
        // The server closes each connection, so a connection kept by the client would lose a request of the second
        // call.
        self.provider.invocation_ended();
        let submitted = self.provider.submit(submission).await;
        let blaming = Submitted::of_each(submission, |_| self.blames.clone());
        submitted.signals().fault.map_or(submitted, |fault| blaming.with_fault(fault))
    }
}

impl Provider for Lawless {
    fn kind(&self) -> &'static Kind {
        self.provider.kind()
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
    for subject in SUBJECTS {
        let name = subject.kind;
        for blames in [SendOutcome::PutOff, SendOutcome::Refused(refusal.clone())] {
            let server = RawServer::answering_each(subject.answering(&submission, 0));
            let lawless = Lawless { provider: subject.provider(&server.url()), blames: blames.clone() };
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
    for subject in SUBJECTS {
        let name = subject.kind;
        let numbers = &numbers[..name.max_recipients];
        let submission = submission(numbers);
        let server = RawServer::answering_each(subject.answering(&submission, submission.recipients().len()));
        let submitted = subject.provider(&server.url()).submit(&submission).await;
        assert_eq!(submitted.outcomes().len(), name.max_recipients);
        assert_eq!(asked_twice(&server, numbers), None, "{name}");
    }
    let submission = submission(&numbers);
    let submitted = InProcess::default().submit(&submission).await;
    assert!(submitted.outcomes().iter().all(|o| matches!(o, SendOutcome::Accepted { .. })));
}

#[test]
fn the_errors_of_an_account_name_its_missing_and_its_unknown_values() {
    for kind in KINDS {
        let empty = Account::new(kind, Stage::Test);
        let required = kind.settings.iter().chain(kind.secrets).filter(|value| value.is_required);
        let required: Vec<_> = required.collect();
        match empty.connect() {
            Ok(_) => assert!(required.is_empty(), "{kind} starts without its values"),
            Err(error) => {
                let error = error.to_string();
                assert!(required.iter().all(|value| error.contains(value.name)), "{kind}: {error}");
            }
        }
        let other =
            empty.with("colour", "red").with_secret("shape", "round").connect().unwrap_err().to_string();
        assert!(other.contains("colour") && other.contains("shape"), "{kind}: {other}");
        assert!(!other.contains("red") && !other.contains("round"), "{kind}: {other}");
    }
}

#[tokio::test]
async fn a_check_makes_one_request_without_a_text_and_a_failed_check_is_never_a_success() {
    for subject in SUBJECTS {
        let name = subject.kind;
        let account = |url: &str| (subject.account)(url);
        if name.asks_for.is_none() {
            assert_eq!(account("http://127.0.0.1:9").check().await.unwrap(), None, "{name}");
            continue;
        }
        for (answer, expected) in [
            (answer(401, "no"), AccountState::Fault(AccountFault::Credentials)),
            (
                answer(200, "<html>Please sign in to the hotel's network.</html>"),
                AccountState::Unclear { status: 200 },
            ),
            (answer(302, ""), AccountState::Unclear { status: 302 }),
            (answer(503, "{}"), AccountState::Unclear { status: 503 }),
            ("HTTP/1.1 2".to_owned(), AccountState::Unreachable),
        ] {
            let server = RawServer::answering(answer.as_str());
            assert_eq!(account(&server.url()).check().await.unwrap(), Some(expected), "{name}: {answer}");
            assert_eq!(server.requests().len(), 1, "{name}");
            let recipients = NUMBERS.map(|number| number.to_string());
            assert!(!recipients.iter().any(|number| server.requests()[0].contains(number)), "{name}");
        }
        assert!(Account::new(name, Stage::Test).check().await.is_err(), "{name}: nothing was asked");
    }
}

#[test]
fn an_unsigned_callback_is_forged_whatever_its_content() {
    for subject in SUBJECTS {
        let account = (subject.account)("http://127.0.0.1:9");
        let account = match subject.kind.has("callback_secret") {
            true => account.with_secret("callback_secret", "0123456789abcdef0123456789abcdef"),
            false => account,
        };
        let Some(reader) = account.callback_reader().unwrap() else { continue };
        for (path_secret, body) in
            [(None, ""), (Some(""), "{}"), (Some("f"), "id=1&status=Success"), (None, "<a/>")]
        {
            let url = "https://sms.example/v1/providers/x/receipts/f/?id=1";
            let headers = http::HeaderMap::new();
            let callback = Callback { url, path_secret, headers: &headers, body: body.as_bytes() };
            assert_eq!(reader.reports(&callback), Err(CallbackError::Forged), "{}: {body}", subject.kind);
            let opt_outs = reader.opt_outs(&callback).err();
            let refused = matches!(opt_outs, Some(CallbackError::Forged | CallbackError::NotServed));
            assert!(refused, "{}: {body}", subject.kind);
        }
    }
}
