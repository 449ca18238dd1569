//! The laws of [`Provider`], over every adapter.

use std::{sync::mpsc, time::Duration};

use domain::{
    outcome::{AccountFault, NotTaken, SendOutcome},
    timestamp::Millis,
};
use providers::{MAX_RECIPIENTS_PER_CALL, Provider, ProviderName, Submitted, sandbox::InProcess};

use crate::{
    raw_server::RawServer,
    subject::{accepting, answer, outcomes, provider, submission},
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
        assert_eq!(submitted, Submitted::answered(NUMBERS.map(accepted).to_vec()), "{name}");
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn a_refused_connection_took_nobody() {
    // Bound but not listening: the port stays ours, and whoever knocks is refused.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    for name in ProviderName::ALL {
        let submitted = provider(name, &url).submit(&submission(&NUMBERS)).await;
        assert_eq!(submitted, Submitted::not_taken(NotTaken::Unreachable), "{name}");
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
            let submitted = provider(name, &server.url()).submit(&submission(&NUMBERS)).await;
            assert_eq!(submitted, Submitted::unknown(NUMBERS.len()), "{name}: {answer}");
            assert_eq!(server.requests(), 1, "{name}: {answer}");
        }
    }
}

#[tokio::test]
async fn silence_leaves_everybody_unknown() {
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
        assert_eq!(call.await.unwrap(), Submitted::unknown(NUMBERS.len()), "{name}");
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn a_clear_refusal_took_nobody_and_is_not_argued_with() {
    let throttled = |retry_after| NotTaken::Throttled { retry_after };
    let waiting = "HTTP/1.1 429 Slow Down\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n".to_owned();
    let refusals = [
        (answer(401, "The supplied authentication is invalid"), NotTaken::Account(AccountFault::Credentials)),
        (answer(400, "no"), NotTaken::Account(AccountFault::RequestRefused)),
        (answer(404, "no"), NotTaken::Account(AccountFault::RequestRefused)),
        (answer(308, ""), NotTaken::Account(AccountFault::RequestRefused)),
        (answer(429, ""), throttled(None)),
        (waiting, throttled(Some(Millis(7_000)))),
    ];
    for name in ProviderName::ALL {
        for (answer, why) in &refusals {
            let server = RawServer::answering(answer.as_str());
            let submitted = provider(name, &server.url()).submit(&submission(&NUMBERS)).await;
            assert_eq!(submitted, Submitted::not_taken(why.clone()), "{name}: {answer}");
            assert_eq!(server.requests(), 1, "{name}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_full_call_is_answered_in_full() {
    let numbers: Vec<u64> = (254_711_000_900..).take(MAX_RECIPIENTS_PER_CALL).collect();
    let submission = submission(&numbers);
    for name in ProviderName::ALL {
        let server = RawServer::answering(accepting(name, &submission));
        let submitted = provider(name, &server.url()).submit(&submission).await;
        assert_eq!(outcomes(&submitted).len(), MAX_RECIPIENTS_PER_CALL);
    }
    let submitted = InProcess::default().submit(&submission).await;
    assert!(outcomes(&submitted).iter().all(|o| matches!(o, SendOutcome::Accepted { .. })));
}
