//! A worker with a provider that the test scripts: refusals above the threshold, the account's rate, and a provider
//! that asks for a pause. The file's name makes it run first, because one of its tests waits for a second.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use ::dispatch::{Connect, Dispatched, Dispatcher, GROUP_TIME, SendingAccounts};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ids::AccountName,
    outcome::{Refusal, RefusalReason, SendOutcome},
    pacing::{CallNews, Pace, Standing},
    timestamp::Millis,
};
use providers::{BoxFuture, Kind, Provider, Submission, Submitted, sandbox};
use serde_json::{Value, json};
use stores::{
    Creation, StoreError,
    accounts::{provider_accounts::StoredAccount, routing::ROUTING_DELAY},
};
use tests::{World, phones, stored};

/// A provider that answers every call in the same way.
#[derive(Debug)]
struct Answers(fn(&Submission) -> Submitted);

impl Provider for Answers {
    fn kind(&self) -> &'static Kind {
        &sandbox::KIND
    }

    fn max_recipients(&self) -> usize {
        100
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        Box::pin(async { self.0(submission) })
    }
}

/// The length of a requested pause.
const ASKED_FOR: Millis = Millis::from_mins(5);

fn takes_everybody(submission: &Submission) -> Submitted {
    Submitted::of_each(submission, |_| SendOutcome::Accepted { provider_message_id: None })
}

fn refuses_everybody(submission: &Submission) -> Submitted {
    let refusal = Refusal { reason: RefusalReason::Rejected, provider_code: "1".to_owned() };
    Submitted::of_each(submission, |_| SendOutcome::Refused(refusal.clone()))
}

fn asks_for_time(submission: &Submission) -> Submitted {
    Submitted::throttled(submission, Some(ASKED_FOR))
}

#[tokio::test]
async fn refusals_past_the_threshold_halt_the_campaign() {
    let world = World::start().await;
    world.give_money("extra", 1_000_000).await;
    let book = world.book("Book", &phones(0..1_020)).await;
    world.send(&[&book]).await;
    let dispatcher = dispatcher(&world, refuses_everybody, None);
    for batch in 0..2 {
        dispatcher.run(world.campaign(1).batch(batch), world.now().plus(Millis::from_mins(2))).await.unwrap();
    }
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["pause_reason"]), (&json!("paused"), &json!("too_many_refusals")));
    // The worker stops between groups, before the first batch is finished.
    let (failed, _) = failed_and_queued(&world).await;
    assert_eq!(failed, 500);
    // Refusals before the resume do not count towards the next pause.
    world.api.post("/v1/sms/campaigns/1/resume/", &json!({})).await.expect(200);
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["sent_count"]), (&json!("completed"), &json!(520)));
}

/// The failed and the queued recipients, equal in every answer that has them.
async fn failed_and_queued(world: &World) -> (u64, u64) {
    world.agree(1).await;
    let status = world.status(1).await;
    let count = |name: &str| status[name].as_u64().unwrap();
    (count("failed_count"), count("queued_count"))
}

fn dispatcher(world: &World, answer: fn(&Submission) -> Submitted, pace: Option<Pace>) -> Dispatcher {
    dispatcher_over(world, Arc::new(Answers(answer)), pace)
}

fn dispatcher_over(world: &World, provider: Arc<dyn Provider>, pace: Option<Pace>) -> Dispatcher {
    Dispatcher {
        stores: world.stack.stores().clone(),
        queues: world.stack.queues().clone(),
        accounts: SendingAccounts::of(provider.clone(), pace, &[]),
        test: provider,
        clock: world.clock().clone(),
    }
}

/// A provider with an outage, and the number of recipients of each call.
#[derive(Debug, Default)]
struct Outage {
    is_over: AtomicBool,
    calls: Mutex<Vec<usize>>,
}

impl Outage {
    fn calls(&self) -> Vec<usize> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

impl Provider for Outage {
    fn kind(&self) -> &'static Kind {
        &sandbox::KIND
    }

    fn max_recipients(&self) -> usize {
        100
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        Box::pin(async {
            self.calls.lock().unwrap().push(submission.recipients().len());
            match self.is_over.load(Ordering::Relaxed) {
                true => takes_everybody(submission),
                false => Submitted::unknown(submission),
            }
        })
    }
}

#[tokio::test]
async fn a_provider_that_is_down_costs_one_call_and_one_probe_of_ten_at_a_time() {
    let world = World::start().await;
    world.give_money("extra", 1_000_000).await;
    let book = world.book("Book", &phones(0..1_100)).await;
    world.send(&[&book]).await;
    let outage = Arc::new(Outage::default());
    let dispatcher = dispatcher_over(&world, outage.clone(), None);
    let run = async |batch| {
        let deadline = world.now().plus(Millis::from_mins(2));
        let worked = dispatcher.run(world.campaign(1).batch(batch), deadline).await.unwrap();
        (worked, outage.calls())
    };
    let left = |seconds| Dispatched::Left { wait: Millis::from_secs(seconds) };
    assert_eq!(run(0).await, (left(2), vec![100]));
    let (Dispatched::Left { wait }, calls) = run(1).await else { panic!("the account is in doubt") };
    assert!((2_000..=3_000).contains(&wait.0) && calls.is_empty(), "{wait:?} {calls:?}");
    for wait in [4, 8, 16] {
        world.clock().advance(Millis::from_secs(wait / 2));
        assert_eq!(run(0).await, (left(wait), vec![10]));
    }
    let waiting = &world.status(1).await["waiting"];
    assert_eq!(
        (&waiting["reason"], &waiting["next_try_at"]),
        (&json!("provider_in_doubt"), &waiting["next_try_at"])
    );
    assert!(
        waiting["detail"].as_str().unwrap().starts_with("The provider has given no reliable answer"),
        "{waiting}"
    );
    outage.is_over.store(true, Ordering::Relaxed);
    world.clock().advance(Millis::from_secs(16));
    let (worked, calls) = run(0).await;
    assert_eq!((worked, &calls[..2]), (Dispatched::Closed, &[10, 100][..]));
    assert!(world.status(1).await["waiting"].is_null());
    assert_eq!(run(1).await.0, Dispatched::Closed);
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["pause_reason"]), (&json!("completed"), &json!(null)));
    assert_eq!((&status["unconfirmed_count"], &status["sent_count"]), (&json!(130), &json!(970)));
}

#[tokio::test]
async fn a_batch_whose_turn_is_after_its_workers_deadline_is_given_back_without_a_booking() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..400)).await;
    world.send(&[&book]).await;
    let dispatcher = dispatcher(&world, takes_everybody, Pace::per_second(100));
    // The first group of a hundred goes at once; the turn of the second is a second later, after this worker's
    // deadline.
    let deadline = || world.now().plus(GROUP_TIME);
    let left = dispatcher.run(world.campaign(1).batch(0), deadline()).await.unwrap();
    let Dispatched::Left { wait } = left else { panic!("{left:?}") };
    assert!((1_000..=1_500).contains(&wait.0), "{wait:?}");
    assert_eq!(failed_and_queued(&world).await.1, 300, "one group went out");
    for turn in 1..=3 {
        let early = dispatcher.run(world.campaign(1).batch(0), deadline()).await.unwrap();
        assert_eq!(early, Dispatched::Nothing, "it is not taken up before its turn");
        world.clock().advance(Millis::from_secs(2));
        let outcome = dispatcher.run(world.campaign(1).batch(0), deadline()).await.unwrap();
        assert_eq!(outcome == Dispatched::Closed, turn == 3, "{turn}: {outcome:?}");
    }
    assert_eq!(world.status(1).await["status"], "completed");
}

#[tokio::test]
async fn no_worker_uses_a_held_account() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    let until = world.now().plus(Millis::from_mins(5));
    world.stack.stores().campaigns.hold_account(sandbox::KIND.account(), until).await.unwrap();
    let dispatcher = dispatcher(&world, takes_everybody, None);
    let deadline = world.now().plus(Millis::from_mins(2));
    let left = dispatcher.run(world.campaign(1).batch(0), deadline).await.unwrap();
    assert_eq!(left, Dispatched::Left { wait: Millis::from_mins(5) });
    world.clock().advance(Millis::from_mins(5));
    let deadline = world.now().plus(Millis::from_mins(2));
    assert_eq!(dispatcher.run(world.campaign(1).batch(0), deadline).await.unwrap(), Dispatched::Closed);
}

#[tokio::test]
async fn a_pause_that_the_provider_asks_for_holds_every_worker_of_the_account_but_no_test_campaign() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    let body = json!({"group_ids": [book], "message": "Hi"});
    world.test_key().await.post("/v1/sms/send-group/", &body).await.expect(202);
    world.send(&[&book]).await;
    let (live, test, other) =
        (world.campaign(1).batch(0), world.campaign(2).batch(0), world.campaign(3).batch(0));
    let put_off = dispatcher(&world, asks_for_time, None);
    let takes = dispatcher(&world, takes_everybody, None);
    let deadline = world.now().plus(Millis::from_mins(2));
    let left = Dispatched::Left { wait: ASKED_FOR };
    assert_eq!(put_off.run(test, deadline).await.unwrap(), left);
    assert_eq!(takes.run(live, deadline).await.unwrap(), Dispatched::Closed, "a test is of no account");
    assert_eq!(put_off.run(other, deadline).await.unwrap(), left);
    world.send(&[&book]).await;
    assert_eq!(takes.run(world.campaign(4).batch(0), deadline).await.unwrap(), left);
}

#[tokio::test]
async fn an_accounts_pace_counts_segments() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    let two_segments = json!({"group_ids": [book], "message": "x".repeat(200)});
    for _ in 0..2 {
        world.api.post("/v1/sms/send-group/", &two_segments).await.expect(202);
    }
    let dispatcher = dispatcher(&world, takes_everybody, Pace::per_second(6));
    let deadline = world.now().plus(GROUP_TIME);
    assert_eq!(dispatcher.run(world.campaign(1).batch(0), deadline).await.unwrap(), Dispatched::Closed);
    let left = dispatcher.run(world.campaign(2).batch(0), deadline).await.unwrap();
    let Dispatched::Left { wait } = left else { panic!("{left:?}") };
    assert!((1_000..=1_500).contains(&wait.0), "{wait:?}");
}

#[tokio::test]
async fn a_senders_own_rate_is_kept_within_the_accounts() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..30)).await;
    world.send(&[&book]).await;
    let (name, sender) = (AccountName::new("at-ke"), world.organisation.default_sender.clone());
    let added = StoredAccount {
        pace: Pace::per_second(100),
        sender_paces: [(sender, Pace::per_second(10).unwrap())].into(),
        ..StoredAccount::new(name, "africastalking", [].into())
    };
    assert_eq!(world.stack.stores().accounts.providers.add(&added).await.unwrap(), Creation::Created);
    world.clock().advance(ROUTING_DELAY);
    let provider: Arc<dyn Provider> = Arc::new(Answers(takes_everybody));
    let connected = provider.clone();
    let connect: Connect = Arc::new(move |_| {
        let connected = connected.clone();
        Box::pin(async move { Ok(connected) })
    });
    let accounts = SendingAccounts::new(name, None, None, connect);
    let dispatcher = Dispatcher { accounts, ..dispatcher_over(&world, provider, None) };
    let deadline = world.now().plus(GROUP_TIME);
    let left = dispatcher.run(world.campaign(1).batch(0), deadline).await.unwrap();
    assert!(matches!(left, Dispatched::Left { .. }), "{left:?}");
    assert_eq!(world.status(1).await["sent_count"], 10, "a second of the sender's rate");
}

/// A provider that acts during each call, by its number, and then answers it.
struct Acts<A>(A, AtomicUsize);

type Answer = fn(&Submission) -> Submitted;

impl<A: Fn(usize) -> BoxFuture<'static, Answer> + Send + Sync + 'static> Acts<A> {
    fn provider(act: A) -> Arc<dyn Provider> {
        Arc::new(Self(act, AtomicUsize::new(0)))
    }
}

impl<A> fmt::Debug for Acts<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Acts").field(&self.1).finish()
    }
}

impl<A: Fn(usize) -> BoxFuture<'static, Answer> + Send + Sync> Provider for Acts<A> {
    fn kind(&self) -> &'static Kind {
        &sandbox::KIND
    }

    fn max_recipients(&self) -> usize {
        100
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        Box::pin(async { self.0(self.1.fetch_add(1, Ordering::Relaxed)).await(submission) })
    }
}

#[tokio::test]
async fn other_workers_learn_of_a_call_whose_worker_loses_its_batch_or_fails_after_it() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..200)).await;
    world.send(&[&book]).await;
    world.send(&[&book]).await;
    let others = dispatcher(&world, takes_everybody, None);
    let (client, table) = (stored::client(&world.stack), stored::names(&world.stack).accounts);
    let campaign = world.campaign(1);
    let acts = dispatcher_over(
        &world,
        Acts::provider(move |call| {
            let (others, client, table) = (others.clone(), client.clone(), table.clone());
            Box::pin(async move {
                if call == 0 {
                    others.clock.advance(Millis::from_mins(3));
                    let deadline = others.clock.now().plus(Millis::from_mins(2));
                    assert_eq!(others.run(campaign.batch(0), deadline).await.unwrap(), Dispatched::Closed);
                } else {
                    // From now on the opt-outs, which planning reads, have a newer form.
                    let text = AttributeValue::S;
                    let put = client.put_item().table_name(table);
                    let put = put.item("pk", text(format!("ORG#{}#OPTOUT", campaign.organisation)));
                    let put = put.item("sk", text("HEAD".to_owned()));
                    put.item("v", AttributeValue::N("2".to_owned())).send().await.unwrap();
                }
                asks_for_time as Answer
            })
        }),
        None,
    );
    for campaign in [1, 2] {
        let deadline = world.now().plus(Millis::from_mins(2));
        let worked = acts.run(world.campaign(campaign).batch(0), deadline).await;
        match campaign {
            1 => assert!(matches!(worked, Ok(Dispatched::Fenced { .. })), "{worked:?}"),
            _ => assert!(matches!(worked, Err(StoreError::NewerForm { .. })), "{worked:?}"),
        }
        let turns = acts.stores.campaigns.account_turns(sandbox::KIND.account()).await.unwrap();
        assert_eq!(turns.turns().standing(world.now()), Standing::Held(ASKED_FOR), "campaign {campaign}");
        world.clock().advance(ASKED_FOR);
    }
}

#[tokio::test]
async fn a_call_that_began_before_a_doubt_does_not_use_the_next_probes_permission() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..200)).await;
    world.send(&[&book]).await;
    let (stores, clock) = (world.stack.stores().clone(), world.clock().clone());
    let acts = dispatcher_over(
        &world,
        Acts::provider(move |call| {
            let (stores, clock) = (stores.clone(), clock.clone());
            Box::pin(async move {
                let (campaigns, account) = (&stores.campaigns, sandbox::KIND.account());
                if call == 0 {
                    let lost = CallNews::NothingKnown;
                    campaigns.learn_of_call(account, lost, None, clock.now()).await.unwrap();
                    clock.advance(Millis::from_secs(2));
                }
                let turns = campaigns.account_turns(account).await.unwrap();
                assert_eq!(turns.turns().doubt().lasts(), call < 2, "call {call}");
                takes_everybody as Answer
            })
        }),
        None,
    );
    let deadline = world.now().plus(Millis::from_mins(2));
    assert_eq!(acts.run(world.campaign(1).batch(0), deadline).await.unwrap(), Dispatched::Closed);
}

#[tokio::test]
async fn no_account_is_connected_while_outcomes_are_unwritten() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..300)).await;
    world.send(&[&book]).await;
    let stores = world.stack.stores().clone();
    let added = StoredAccount::new(AccountName::new("at-ke"), "africastalking", [].into());
    assert_eq!(stores.accounts.providers.add(&added).await.unwrap(), Creation::Created);
    world.clock().advance(ROUTING_DELAY);
    let clock = world.clock().clone();
    let provider = Acts::provider(move |_| {
        clock.advance(ROUTING_DELAY);
        Box::pin(async { takes_everybody as Answer })
    });
    let (in_flight, batch) = (Arc::new(Mutex::new(Vec::new())), world.campaign(1).batch(0));
    let seen = in_flight.clone();
    let connect: Connect = Arc::new(move |_| {
        let (campaigns, seen) = (stores.campaigns.clone(), seen.clone());
        Box::pin(async move {
            let record = campaigns.batch(batch).await.unwrap().unwrap();
            seen.lock().unwrap().push(record.progress.in_flight().len());
            Err("its secret is missing".to_owned())
        })
    });
    let accounts = SendingAccounts::new(provider.account(), Some(provider.clone()), None, connect);
    let dispatcher = Dispatcher { accounts, ..dispatcher_over(&world, provider, None) };
    let deadline = world.now().plus(Millis::from_mins(5));
    assert_eq!(dispatcher.run(batch, deadline).await.unwrap(), Dispatched::Closed);
    assert_eq!(*in_flight.lock().unwrap(), [0; 4], "at the start and after each call");
}

/// Runs `act` while the worker of a campaign to three waits for its turn; returns the campaign's status.
async fn while_it_waits(act: impl AsyncFnOnce(&World)) -> Value {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    let until = world.now().plus(Millis::from_secs(1));
    world.stack.stores().campaigns.hold_account(sandbox::KIND.account(), until).await.unwrap();
    let dispatcher = dispatcher(&world, takes_everybody, Pace::per_second(1_000));
    let deadline = world.now().plus(Millis::from_mins(2));
    let campaigns = &world.stack.stores().campaigns;
    let held = campaigns.account_turns(sandbox::KIND.account()).await.unwrap();
    let meanwhile = async {
        // Once the turn is booked, the worker has read the opt-outs and waits.
        while campaigns.account_turns(sandbox::KIND.account()).await.unwrap() == held {
            tokio::task::yield_now().await;
        }
        act(&world).await;
    };
    let (worked, ()) = tokio::join!(dispatcher.run(world.campaign(1).batch(0), deadline), meanwhile);
    assert_eq!(worked.unwrap(), Dispatched::Closed);
    world.status(1).await
}

#[tokio::test]
async fn a_cancellation_or_an_opt_out_while_a_worker_waits_for_its_turn_takes_effect() {
    let cancel = while_it_waits(async |world| {
        world.api.post("/v1/sms/campaigns/1/cancel/", &json!({})).await.expect(200);
    });
    let opt_out = while_it_waits(async |world| {
        world.api.post("/v1/opt-outs/", &json!({"phone": phones(1..2)[0]})).await.expect(200);
    });
    let (cancelled, opted_out) = tokio::join!(cancel, opt_out);
    assert_eq!((&cancelled["cancelled_count"], &cancelled["sent_count"]), (&json!(3), &json!(0)));
    assert_eq!((&opted_out["cancelled_count"], &opted_out["sent_count"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn turns_of_a_newer_form_are_not_changed_and_no_recipient_is_handed_over() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    let (client, table) = (stored::client(&world.stack), stored::names(&world.stack).campaigns);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let key = [("pk".to_owned(), text("TURN#sandbox")), ("sk".to_owned(), text("TURNS"))];
    let newer = ("v".to_owned(), AttributeValue::N("2".to_owned()));
    let item: HashMap<String, AttributeValue> = key.into_iter().chain([newer]).collect();
    client.put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
    let before = world.everything_stored().await;
    let deadline = world.now().plus(Millis::from_mins(2));
    let worked = dispatcher(&world, takes_everybody, Pace::per_second(1))
        .run(world.campaign(1).batch(0), deadline)
        .await;
    assert!(matches!(worked, Err(StoreError::NewerForm { .. })), "{worked:?}");
    let until = world.now().plus(ASKED_FOR);
    assert!(world.stack.stores().campaigns.hold_account(sandbox::KIND.account(), until).await.is_err());
    let turns = |stored: &str| stored.lines().find(|line| line.contains("TURN#sandbox")).map(str::to_owned);
    assert_eq!(turns(&world.everything_stored().await), turns(&before));
    assert_eq!(failed_and_queued(&world).await, (0, 3));
}
