//! Compares the stored items with the messages that the provider took.

use std::sync::LazyLock;

use tests::{
    World,
    audit::{ProviderTruth, Rule},
    phones,
};

use crate::{damage::Damaged, shared::Shared};

static SHARED: LazyLock<Shared<World>> = LazyLock::new(|| Shared::start(world));

/// A campaign in which slot 0 was refused, slot 1 is unknown, and the others were accepted.
async fn world() -> World {
    let world = World::start().await;
    let book = world.book("Book", &[world.magic(&["000001", "000035"]), phones(0..3)].concat()).await;
    world.send(&[&book]).await;
    world.drain().await;
    world
}

/// The name of a recipient of the first batch.
fn reference(world: &World, campaign: u64, slot: u16) -> String {
    world.campaign(campaign).batch(0).message(slot).to_string()
}

/// All messages that were taken; `keep` selects.
fn taken_where(world: &World, keep: impl Fn(&str) -> bool) -> ProviderTruth {
    let mut truth = ProviderTruth::new();
    for message in world.stack.sandbox().inbox(1, 1_000, None).results {
        if keep(&message.reference) {
            truth.took(&message.reference, message.to[1..].parse().unwrap());
        }
    }
    truth
}

async fn told(world: &World, truth: ProviderTruth) -> Vec<Rule> {
    world.judged(truth).await.broken()
}

/// The slots by number: the plan is sorted.
fn slot_of(suffix: &str) -> u16 {
    let mut numbers = [phones(0..3), vec!["+254722000001".into(), "+254722000035".into()]].concat();
    numbers.sort();
    numbers.iter().position(|number| number.ends_with(suffix)).unwrap() as u16
}

#[tokio::test]
async fn a_recipient_that_the_provider_took_twice_is_found() {
    let world = SHARED.take().await;
    let mut truth = world.taken();
    truth.took(&reference(&world, 1, slot_of("500000")), 254_711_500_000);
    assert_eq!(told(&world, truth).await, [Rule::TakenOnce]);
}

#[tokio::test]
async fn a_recipient_shown_as_sent_that_the_provider_never_took_is_found() {
    let world = SHARED.take().await;
    let missing = reference(&world, 1, slot_of("500001"));
    assert_eq!(told(&world, taken_where(&world, |name| name != missing)).await, [Rule::ShownAsTaken]);
    let unknown = reference(&world, 1, slot_of("000035"));
    assert!(told(&world, taken_where(&world, |name| name != unknown)).await.is_empty());
}

#[tokio::test]
async fn a_recipient_that_the_provider_took_and_the_tables_do_not_show_is_found() {
    let world = SHARED.take().await;
    for (campaign, slot, number) in
        [(1, slot_of("000001"), 254_722_000_001), (1, 5, 254_722_000_009), (2, 0, 254_722_000_009)]
    {
        let mut truth = world.taken();
        truth.took(&reference(&world, campaign, slot), number);
        assert_eq!(told(&world, truth).await, [Rule::TakenIsShown], "{campaign} {slot}");
    }
    let of_another = reference(&world, 1, slot_of("500002"));
    let mut truth = taken_where(&world, |name| name != of_another);
    truth.took(&of_another, 254_711_999_999);
    assert_eq!(told(&world, truth).await, [Rule::TakenIsShown]);
}

#[tokio::test]
async fn more_unknown_recipients_than_lost_answers_explain_are_found() {
    let world = SHARED.take().await;
    assert_eq!(told(&world, world.taken().with_lost_answers(0, 100)).await, [Rule::Unknowns]);
    assert!(told(&world, world.taken().with_lost_answers(1, 1)).await.is_empty());
}

#[tokio::test]
async fn a_providers_record_by_number_is_compared_with_all_campaigns_together() {
    let world = world().await;
    let other = world.other_organisation().await;
    let book = other.book("Book", &phones(0..3)).await;
    other.send(&[&book]).await;
    other.drain().await;
    let truth = |without: u64, more: u64| {
        let mut truth = ProviderTruth::new();
        for message in world.stack.sandbox().inbox(1, 1_000, None).results {
            let number = message.to[1..].parse().unwrap();
            truth.took_number(number, u32::from(number != without));
        }
        if more > 0 {
            truth.took_number(more, 1);
        }
        truth
    };
    assert!(told(&world, truth(0, 0)).await.is_empty());
    assert_eq!(told(&world, truth(0, 254_711_500_000)).await, [Rule::TakenOnce]);
    assert_eq!(told(&world, truth(254_711_500_000, 0)).await, [Rule::ShownAsTaken]);
    assert_eq!(told(&world, truth(0, 254_722_000_001)).await, [Rule::TakenIsShown]);
    assert_eq!(told(&world, truth(0, 254_799_000_000)).await, [Rule::TakenIsShown]);
}

#[tokio::test]
async fn a_contradiction_names_the_slot() {
    let damaged = Damaged::shared().await;
    let mut truth = damaged.world.taken();
    truth.took(&reference(&damaged.world, 1, 3), 254_711_500_000);
    let verdict = damaged.world.judged(truth).await;
    assert!(verdict.to_string().contains("campaign 1, batch 0, slot 3"), "{verdict}");
}
