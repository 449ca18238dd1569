//! How long a send takes at the rates of the accounts that its recipients' routes lead to.
//!
//! A recipient counts for the first account of its route that takes the sender and that no operator holds. The accounts
//! hand over side by side, so the one that takes longest decides. The estimate leaves out what may change any minute: a
//! fault, a doubt or a throttle of an account, and the turns of other campaigns.

use std::collections::BTreeMap;

use domain::{
    ids::AccountName,
    msisdn::Msisdn,
    pacing::Pace,
    prefix::Prefix,
    routes::{Leg, Routes},
    sender_id::SenderId,
    text::SegmentCount,
};

/// Segments a second of an account without an agreed rate, as an assumption: five workers, the number that Lambda's
/// queue polling starts with, each with a batch of a thousand a second.
const ASSUMED_SEGMENTS_PER_SECOND: u32 = 5_000;

/// The rates that limit a leg.
#[derive(Clone, Default)]
pub struct Rates {
    /// The account's rate.
    pub account: Option<Pace>,
    /// The sender's own rate, if it has one.
    pub sender: Option<(SenderId, Pace)>,
}

/// The seconds that messages of `segments` segments take to these recipients.
pub fn seconds(
    routes: &Routes,
    recipients: &[Msisdn],
    segments: SegmentCount,
    is_usable: impl Fn(&Leg) -> bool,
    rates: impl Fn(&Leg) -> Rates,
) -> u64 {
    let mut by_limit = BTreeMap::<(AccountName, Option<SenderId>), (u64, u32)>::new();
    for (legs, recipients) in by_route(routes, recipients) {
        // Recipients without a usable account wait for the preferred one.
        let Some(leg) = legs.iter().find(|leg| is_usable(leg)).or_else(|| legs.first()) else { continue };
        let Rates { account, sender } = rates(leg);
        let rate = account.map_or(ASSUMED_SEGMENTS_PER_SECOND, Pace::segments_per_second);
        by_limit.entry((leg.account, None)).or_insert((0, rate)).0 += recipients;
        if let Some((sender, pace)) = sender {
            let rate = pace.segments_per_second();
            by_limit.entry((leg.account, Some(sender))).or_insert((0, rate)).0 += recipients;
        }
    }
    let seconds =
        |(recipients, rate): (u64, u32)| (recipients * u64::from(segments.get())).div_ceil(rate.into());
    by_limit.into_values().map(seconds).max().unwrap_or_default()
}

/// The legs of each route, with the number of recipients that have it.
fn by_route<'a>(routes: &'a Routes, recipients: &[Msisdn]) -> Vec<(&'a [Leg], u64)> {
    if let (1, Some(legs)) = (routes.lines().count(), routes.legs_of_all_others()) {
        return vec![(legs, recipients.len() as u64)];
    }
    let mut by_prefix = BTreeMap::<Prefix, (&[Leg], u64)>::new();
    for (prefix, legs) in recipients.iter().filter_map(|number| routes.find(*number)) {
        by_prefix.entry(prefix).or_insert((legs, 0)).1 += 1;
    }
    by_prefix.into_values().collect()
}

#[cfg(test)]
mod tests {
    use domain::routes::RouteList;

    use super::*;

    const NAMED: AccountName = AccountName::new("sandbox");

    fn routes(lines: &[&str]) -> Routes {
        let lines = lines.iter().map(|line| line.parse().unwrap()).collect();
        Routes::new(&RouteList::new(lines).unwrap(), &RouteList::default(), NAMED)
    }

    fn rates(leg: &Leg) -> Rates {
        let account = Pace::per_second(match leg.account.as_str() {
            "slow" => 10,
            "fast" => 1_000,
            _ => 0,
        });
        Rates { account, sender: leg.from.clone().zip(Pace::per_second(1)) }
    }

    fn takes(routes: &Routes, segments: u8, held: &str) -> u64 {
        let kenyans = (0..1_000).map(|number| 254_700_000_000 + number);
        let ugandans = (0..200).map(|number| 256_700_000_000 + number);
        let recipients: Vec<Msisdn> =
            kenyans.chain(ugandans).map(|number| Msisdn::from_digits(number).unwrap()).collect();
        let segments = SegmentCount::try_from(segments).unwrap();
        seconds(routes, &recipients, segments, |leg| leg.account.as_str() != held, rates)
    }

    #[test]
    fn the_account_that_takes_longest_decides() {
        assert_eq!(takes(&Routes::to_only(NAMED), 1, ""), 1);
        assert_eq!(takes(&Routes::to_only(NAMED), 10, ""), 3, "12,000 segments at 5,000 a second");
        let both = routes(&["254=fast,slow", "256=slow"]);
        assert_eq!((takes(&both, 1, ""), takes(&both, 10, "")), (20, 200));
        assert_eq!(takes(&routes(&["=fast"]), 1, ""), 2);
        assert_eq!(takes(&routes(&["254=slow"]), 1, ""), 100, "Ugandans have no route");
        let senders = routes(&["254=fast:ACME", "256=fast:OTHER"]);
        assert_eq!(takes(&senders, 1, ""), 1_000, "a sender has its own rate");
    }

    #[test]
    fn recipients_pass_an_account_that_is_held_unless_their_route_has_no_other() {
        let both = routes(&["254=fast,slow", "256=slow"]);
        assert_eq!(takes(&both, 1, "fast"), 120, "all of them go to the slow account");
        assert_eq!(takes(&both, 1, "slow"), 20, "Ugandans wait for the only account of theirs");
    }
}
