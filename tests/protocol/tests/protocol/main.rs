//! The hand-over protocol, explored whole: every order of two workers' steps, with a crash after each of them.
//!
//! ```sh
//! EVERY=states cargo test -p protocol -- --nocapture      # three recipients, where every test run has two
//! BOUNDS=2,2,2,1 cargo test -p protocol -- --nocapture    # recipients, accounts, recipients of a call, returns
//! ```

mod table;

use protocol::{
    Bounds, ONCE, Protocol, Safeguard, Taken, UNKNOWN_IS_LAST,
    explore::{Explored, explore},
};

/// Two recipients of two accounts: what every test run explores, and what a safeguard is taken out of.
const TWO: Bounds = Bounds { recipients: 2, accounts: 2, group: 2, returns: 0 };
/// Bounds that every test run explores too: recipients that are put off, or that no provider looks at.
const RETURNED: [Bounds; 2] = [
    Bounds { recipients: 1, accounts: 2, group: 1, returns: 3 },
    Bounds { recipients: 2, accounts: 1, group: 2, returns: 1 },
];
/// Bounds that `EVERY=states` explores too: it takes a minute, and 2 GB of memory.
const WHOLE: [Bounds; 2] = [
    Bounds { recipients: 3, accounts: 2, group: 2, returns: 0 },
    Bounds { recipients: 2, accounts: 2, group: 1, returns: 1 },
];
/// More states than memory has room for.
const MOST_STATES: usize = 40_000_000;

fn bounds() -> Vec<Bounds> {
    if let Ok(numbers) = std::env::var("BOUNDS") {
        let numbers: Vec<u8> = numbers.split(',').map(|number| number.parse().unwrap()).collect();
        let [recipients, accounts, group, returns] = numbers[..] else { panic!("BOUNDS has four numbers") };
        let [recipients, accounts, group] = [recipients, accounts, group].map(usize::from);
        return vec![Bounds { recipients, accounts, group, returns }];
    }
    let is_whole = std::env::var("EVERY").is_ok_and(|every| every.split(',').any(|word| word == "states"));
    let besides: &[Bounds] = if is_whole { &WHOLE } else { &[] };
    [&[TWO], &RETURNED[..], besides].concat()
}

fn told(explored: &Explored) -> String {
    let Explored { states, steps, depth, took, .. } = explored;
    format!("{states} states, {steps} steps, depth {depth}, {:.1} s", took.as_secs_f32())
}

/// Asserts that the exploration finds a second hand-over without a safeguard. The test's output shows the shortest
/// trace to it.
fn assert_handed_over_twice(without: Safeguard) {
    let explored = explore(&Protocol::new(TWO, Taken::FENCED).without(without), MOST_STATES);
    println!("without {without:?}: {}", told(&explored));
    let (promise, trace) = explored.broken.unwrap();
    println!("not kept: {promise}\n  {}", trace.join("\n  "));
    assert!([ONCE, UNKNOWN_IS_LAST].contains(&promise), "{promise}");
}

#[tokio::test]
async fn every_order_of_steps_and_crashes_keeps_every_promise_and_can_end() {
    let taken = table::taken().await;
    println!("the table: {taken:?}");
    for bounds in bounds() {
        let explored = explore(&Protocol::new(bounds, taken), MOST_STATES);
        println!("{bounds:?}: {}", told(&explored));
        if let Some((promise, trace)) = explored.broken {
            panic!("not kept: {promise}\n  {}", trace.join("\n  "));
        }
    }
}

#[test]
fn without_the_fence_two_workers_hand_a_recipient_over() {
    assert_handed_over_twice(Safeguard::Fence);
}

#[test]
fn without_the_intent_a_crash_hides_a_call_from_the_next_worker() {
    assert_handed_over_twice(Safeguard::Intent);
}

#[test]
fn a_recipient_of_a_lost_call_must_not_be_queued_again() {
    assert_handed_over_twice(Safeguard::Unknown);
}

#[test]
fn a_recipient_of_a_lost_call_must_not_count_as_declined() {
    assert_handed_over_twice(Safeguard::Declined);
}
