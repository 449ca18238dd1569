use domain::{
    pacing::{AccountTurns, CallNews, LONGEST_WAIT, Pace, Probe, Turn, TurnRequest},
    timestamp::{Millis, Timestamp},
};
use proptest::prelude::*;

use super::turns::campaign_of;

const START: Timestamp = Timestamp::from_secs(1_800_000_000);

/// A request of one of a few campaigns.
fn request(
    campaign: u64,
    pace: Option<Pace>,
    recipients: usize,
    longest_wait: Millis,
    now: Timestamp,
) -> TurnRequest<'static> {
    TurnRequest {
        pace,
        sender: None,
        campaign: campaign_of(campaign % 2, campaign),
        small: campaign.is_multiple_of(3),
        open_batches: 3,
        queued: recipients,
        recipients,
        segments: 1,
        last_resort: false,
        longest_wait,
        jitter: 0,
        now,
    }
}

/// An event of an account, some time after the event before.
#[derive(Clone, Copy, Debug)]
enum Event {
    Asks { campaign: u64, recipients: usize, longest_wait: Millis },
    IsHeld(Millis),
}

fn event() -> impl Strategy<Value = (Millis, Event)> {
    let asks = (0u64..4, 1u32..2_000, 0i64..5_000).prop_map(|(campaign, segments, wait)| Event::Asks {
        campaign,
        recipients: segments as usize,
        longest_wait: Millis(wait),
    });
    let held = (0i64..30_000).prop_map(|pause| Event::IsHeld(Millis(pause)));
    ((0i64..3_000).prop_map(Millis), prop_oneof![6 => asks, 1 => held])
}

/// A turn that was booked.
#[derive(Clone, Copy, Debug)]
struct Taken {
    begins: Timestamp,
    segments: u32,
}

/// Applies events to one account in virtual time, and checks each turn on its own.
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
            Event::Asks { campaign, recipients, longest_wait } => {
                let request = request(campaign, pace, recipients, longest_wait, now);
                let (turn, next) = turns.take_turn(&request);
                match turn {
                    Turn::Go { wait, recipients: taken_recipients } => {
                        prop_assert!(wait >= Millis(0) && wait <= longest_wait.min(LONGEST_WAIT));
                        prop_assert!((1..=recipients).contains(&taken_recipients));
                        let begins = now.plus(wait);
                        prop_assert!(begins >= held_until, "no turn begins while the account is held");
                        taken.push(Taken { begins, segments: taken_recipients as u32 });
                    }
                    Turn::Later(wait) => prop_assert!(wait > Millis(0)),
                    Turn::Probe(_) | Turn::InDoubt(_) | Turn::Faulty(_) => {
                        prop_assert!(false, "the account is trusted")
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
    fn no_second_carries_more_than_the_rate(
        rate in 1u32..5_000, events in proptest::collection::vec(event(), 1..60),
    ) {
        let taken = play(Pace::per_second(rate), &events)?;
        for first in &taken {
            // A wait is rounded up to whole milliseconds, so one of the two may have begun a millisecond earlier.
            let within = |other: &&Taken| (0..999).contains(&other.begins.since(first.begins).0);
            let segments: u32 = taken.iter().filter(within).map(|taken| taken.segments).sum();
            prop_assert!(segments <= rate, "{} segments", segments);
        }
    }

    #[test]
    fn without_a_rate_a_worker_waits_only_for_holds(events in proptest::collection::vec(event(), 1..60)) {
        play(None, &events)?;
    }

    #[test]
    fn holds_commute_and_never_shorten_each_other(holds in proptest::collection::vec(0i64..1_000_000, 0..10)) {
        let held = |holds: &mut dyn Iterator<Item = &i64>| {
            holds.fold(AccountTurns::default(), |turns, at| turns.hold(Timestamp::from_millis(*at)))
        };
        let turns = held(&mut holds.iter());
        prop_assert_eq!(&turns, &held(&mut holds.iter().rev()));
        let longest = holds.iter().copied().max().unwrap_or_default();
        prop_assert_eq!(turns, AccountTurns::default().hold(Timestamp::from_millis(longest)));
    }

    #[test]
    fn no_stored_clock_makes_the_decision_stumble(
        booked in any::<i64>(), held in any::<i64>(), now in any::<i64>(), recipients in any::<u16>(), rate in any::<u32>(),
        doubt in any::<u32>(), doubted in any::<i64>(), trusted in any::<i64>(), probe in any::<i64>(),
    ) {
        let stored = serde_json::json!({
            "booked_until": booked,
            "slices": [{"at": booked, "segments": doubt}, {"at": held, "segments": rate}],
            "flows": [{
                "organisation": "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f",
                "campaign": 1,
                "small": false,
                "asked_at": held,
                "served_at": booked,
                "waits": true,
            }],
            "slowed_at": held,
            "slowed_to": recipients,
            "held_until": held,
            "doubt": doubt,
            "doubted_at": doubted,
            "trusted_at": trusted,
            "next_probe_at": probe,
        });
        let turns: AccountTurns = serde_json::from_value(stored.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&turns).unwrap(), stored);
        let now = Timestamp::from_millis(now);
        let asked = request(1, Pace::per_second(rate), usize::from(recipients), Millis(i64::MAX), now);
        let request = TurnRequest { segments: u8::MAX, open_batches: u32::MAX, queued: usize::MAX, ..asked };
        let (turn, next) = turns.take_turn(&request);
        match turn {
            Turn::Go { .. } => prop_assert!(doubted <= trusted),
            Turn::Probe(probe) => {
                prop_assert!(doubted > trusted);
                let _ = next.learn(CallNews::NothingKnown, Some(probe), request.now);
            }
            Turn::InDoubt(_) => prop_assert!(doubted > trusted),
            Turn::Later(_) | Turn::Faulty(_) => {}
        }
        let _ = turns.learn(CallNews::NothingKnown, None, request.now);
    }

    /// Workers that call a provider that is down for a while, at any time and each for as long as it takes.
    #[test]
    fn an_outage_costs_the_calls_under_way_and_one_probe_at_a_time(
        outage in 5_000i64..600_000,
        workers in proptest::collection::vec((0i64..2_000, 10i64..20_000), 1..40),
    ) {
        let mut turns = AccountTurns::default();
        // For each worker, the time of its next request, or the end of its call and the call's permission.
        let mut asks: Vec<(i64, i64)> = workers.clone();
        let mut calls: Vec<(i64, bool, Option<Probe>)> = Vec::new();
        let (mut lost_groups, mut probes, mut under_way_at_first) = (0, 0, None);
        for now in (0..outage + 700_000).step_by(10) {
            let at = START.plus(Millis(now));
            let ended: Vec<_> = calls.extract_if(.., |(ends, ..)| *ends <= now).collect();
            for (_, is_lost, probe) in ended {
                if is_lost {
                    under_way_at_first.get_or_insert(calls.len() + 1);
                    lost_groups += usize::from(probe.is_none());
                }
                let news = if is_lost { CallNews::NothingKnown } else { CallNews::Answered };
                turns = turns.learn(news, probe, at);
            }
            for (next, takes) in asks.iter_mut().filter(|(next, _)| *next <= now) {
                let request = request(1, None, 100, Millis(0), at);
                let (turn, after) = turns.take_turn(&request);
                turns = after;
                let probe = match turn {
                    Turn::Go { .. } => None,
                    Turn::Probe(probe) => {
                        prop_assert!(calls.iter().all(|(.., probe)| probe.is_none()), "two probes at once");
                        probes += 1;
                        Some(probe)
                    }
                    Turn::Faulty(_) => unreachable!("no call has a fault"),
                    Turn::Later(wait) | Turn::InDoubt(wait) => {
                        *next = now + wait.0.max(10);
                        continue;
                    }
                };
                calls.push((now + *takes, now < outage, probe));
                *next = now + *takes + 10;
            }
        }
        prop_assert!(!turns.doubt().lasts(), "it ended by itself");
        prop_assert!(lost_groups <= under_way_at_first.unwrap_or_default().max(workers.len()), "{} groups", lost_groups);
        prop_assert!(probes < 60, "{} probes", probes);
    }
}
