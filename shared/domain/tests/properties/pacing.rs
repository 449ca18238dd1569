use domain::{
    pacing::{AccountTurns, Pace, Turn, TurnRequest},
    timestamp::{Millis, Timestamp},
};
use proptest::prelude::*;

const START: Timestamp = Timestamp::from_secs(1_800_000_000);

/// What happens to an account, a while after what happened before.
#[derive(Clone, Copy, Debug)]
enum Event {
    Asks { segments: u32, longest_wait: Millis },
    IsHeld(Millis),
}

fn event() -> impl Strategy<Value = (Millis, Event)> {
    let asks = (1u32..2_000, 0i64..120_000)
        .prop_map(|(segments, wait)| Event::Asks { segments, longest_wait: Millis(wait) });
    let held = (0i64..30_000).prop_map(|pause| Event::IsHeld(Millis(pause)));
    ((0i64..3_000).prop_map(Millis), prop_oneof![6 => asks, 1 => held])
}

/// A turn that was taken.
#[derive(Clone, Copy, Debug)]
struct Taken {
    begins: Timestamp,
    segments: u32,
}

/// Plays events over one account, in virtual time; checks what holds of each turn by itself.
fn play(pace: Option<Pace>, events: &[(Millis, Event)]) -> Result<Vec<Taken>, TestCaseError> {
    let (mut turns, mut now, mut held_until) = (AccountTurns::default(), START, START);
    let mut taken = Vec::new();
    for (pause, event) in events {
        now = now.plus(*pause);
        match *event {
            Event::IsHeld(pause) => {
                held_until = held_until.max(now.plus(pause));
                turns = turns.hold(now.plus(pause));
            }
            Event::Asks { segments, longest_wait } => {
                let (turn, next) = turns.take_turn(&TurnRequest { pace, segments, longest_wait, now });
                match turn {
                    Turn::Go { wait } => {
                        prop_assert!(wait >= Millis(0) && wait <= longest_wait);
                        let begins = now.plus(wait);
                        prop_assert!(begins >= held_until, "no turn begins while the account is held");
                        taken.push(Taken { begins, segments });
                    }
                    Turn::Later(wait) => {
                        prop_assert!(wait > longest_wait);
                        prop_assert_eq!(next, turns, "nothing is booked");
                    }
                }
                prop_assert!(pace.is_some() || next == turns);
                turns = next;
            }
        }
    }
    Ok(taken)
}

proptest! {
    #[test]
    fn no_stretch_of_time_carries_more_than_the_rate_and_one_group(
        rate in 1u32..5_000, events in proptest::collection::vec(event(), 1..60),
    ) {
        let taken = play(Pace::per_second(rate), &events)?;
        for (place, first) in taken.iter().enumerate() {
            let mut segments = 0;
            for (before, last) in taken[place..].iter().zip(&taken[place + 1..]) {
                segments += u64::from(before.segments);
                let millis = last.begins.since(first.begins).0;
                // A wait is rounded up to whole milliseconds: the first may have begun one later.
                let at_most = (millis + 1).unsigned_abs() * u64::from(rate);
                prop_assert!(segments * 1_000 <= at_most, "{} segments in {} ms", segments, millis);
            }
        }
    }

    #[test]
    fn without_a_rate_only_holds_are_waited_for(events in proptest::collection::vec(event(), 1..60)) {
        play(None, &events)?;
    }

    #[test]
    fn holds_commute_and_none_shortens_another(holds in proptest::collection::vec(0i64..1_000_000, 0..10)) {
        let held = |holds: &mut dyn Iterator<Item = &i64>| {
            holds.fold(AccountTurns::default(), |turns, at| turns.hold(Timestamp::from_millis(*at)))
        };
        let turns = held(&mut holds.iter());
        prop_assert_eq!(turns, held(&mut holds.iter().rev()));
        let longest = holds.iter().copied().max().unwrap_or_default();
        prop_assert_eq!(turns, AccountTurns::default().hold(Timestamp::from_millis(longest)));
    }

    #[test]
    fn no_stored_clock_makes_the_decision_stumble(
        booked in any::<i64>(), held in any::<i64>(), now in any::<i64>(), segments in any::<u32>(), rate in any::<u32>(),
    ) {
        let stored = serde_json::json!({"booked_until": booked, "held_until": held});
        let turns: AccountTurns = serde_json::from_value(stored.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(turns).unwrap(), stored);
        let request = TurnRequest {
            pace: Pace::per_second(rate),
            segments,
            longest_wait: Millis(i64::MAX),
            now: Timestamp::from_millis(now),
        };
        let (turn, _) = turns.take_turn(&request);
        let is_taken = matches!(turn, Turn::Go { .. });
        prop_assert!(is_taken);
    }
}
