use domain::{
    campaign::{CampaignReport, Counts},
    delivery::DeliveryStatus,
    ids::{CampaignId, MAX_BATCHES, MAX_SLOTS, OrganisationId},
    keys::{CampaignKey, MessageKey},
    money::Money,
    rate::Window,
    timestamp::Timestamp,
};
use proptest::prelude::*;

fn status() -> impl Strategy<Value = DeliveryStatus> {
    proptest::sample::select(DeliveryStatus::ALL.to_vec())
}

fn message() -> impl Strategy<Value = MessageKey> {
    (any::<u128>(), 1..=CampaignId::MAX, 0..MAX_BATCHES, 0..MAX_SLOTS).prop_map(
        |(organisation, campaign, batch, slot)| {
            let organisation = OrganisationId(uuid::Uuid::from_u128(organisation));
            let campaign = CampaignKey { organisation, campaign: CampaignId::new(campaign).unwrap() };
            campaign.batch(batch).message(slot)
        },
    )
}

proptest! {
    #[test]
    fn counts_add_up_after_any_steps(
        statuses in proptest::collection::vec(status(), 1..60),
        steps in proptest::collection::vec((any::<prop::sample::Index>(), status()), 0..60),
    ) {
        let (mut now, mut counts) = (statuses.clone(), Counts::of(statuses.iter().copied()));
        for (place, next) in steps {
            let place = place.index(now.len());
            counts = counts.plus(Counts::step(now[place], next));
            now[place] = next;
        }
        prop_assert_eq!(counts, Counts::of(now.iter().copied()));
        let (estimated_cost, charged, refunded) = (Money::ZERO, Money::ZERO, Money::ZERO);
        let report = CampaignReport { recipients: now.len() as u64, counts, estimated_cost, charged, refunded };
        let queued = now.iter().filter(|status| **status == DeliveryStatus::Queued).count();
        prop_assert_eq!(report.queued(), queued as i64);
        prop_assert!((0.0..=100.0).contains(&report.delivery_rate()));
    }

    #[test]
    fn two_messages_never_share_an_id(one in message(), other in message()) {
        let tag = |message: MessageKey| message.batch.campaign.organisation.0.as_u128() & ((1 << 48) - 1);
        let parts = |message: MessageKey| {
            (tag(message), message.batch.campaign.campaign, message.batch.batch, message.slot)
        };
        prop_assert_eq!(one.to_uuid() == other.to_uuid(), parts(one) == parts(other));
        let organisation = one.batch.campaign.organisation;
        prop_assert_eq!(MessageKey::of_uuid(one.to_uuid(), organisation), Some(one));
        prop_assert_eq!(MessageKey::of_uuid(one.to_uuid(), OrganisationId(uuid::Uuid::from_u128(!organisation.0.as_u128()))), None);
    }

    #[test]
    fn a_key_is_parsed_from_its_own_text(message in message()) {
        prop_assert_eq!(message.to_string().parse(), Ok(message));
    }

    #[test]
    fn no_minute_admits_more_than_the_limit(
        limit in 1u32..50, gaps in proptest::collection::vec(0i64..4_000, 1..300),
    ) {
        // The window admits at most the limit in any aligned minute, because the carried part is rounded up; and after
        // the reported wait a request is admitted.
        let (mut now, mut counts) = (6_000_000i64, std::collections::HashMap::<i64, u32>::new());
        for gap in gaps {
            now += gap;
            let window = Window::at(Timestamp::from_millis(now));
            let previous = counts.get(&(window.number - 1)).copied().unwrap_or_default();
            let current = counts.entry(window.number).or_default();
            if *current < window.allowance(limit, previous) {
                *current += 1;
            }
            prop_assert!(*current <= limit);
        }
    }
}
