//! Routes against a slow reference: each prefix of a number, the longest first.

use domain::{
    batch::RecipientBatch,
    dispatch::BatchRoutes,
    ids::{AccountName, CampaignId, OrganisationId},
    keys::CampaignKey,
    msisdn::Msisdn,
    packed,
    prefix::{Prefix, PrefixTable},
    routes::{Leg, Route, RouteList, Routes},
};
use proptest::{collection::btree_map, prelude::*, sample::subsequence};

const ACCOUNTS: [&str; 4] = ["at-ke", "infobip", "twilio", "aws"];
const ONLY: AccountName = AccountName::new("sandbox");

/// Prefixes over two digits collide and nest.
fn prefix() -> impl Strategy<Value = String> {
    "([12][12]{0,3})?"
}

fn legs() -> impl Strategy<Value = Vec<Leg>> {
    let leg = |(name, from): (&'static str, Option<&str>)| Leg {
        account: AccountName::new(name),
        from: from.map(|from| from.parse().unwrap()),
        share: None,
    };
    let from = prop::sample::select(vec![None, Some("+15005550006"), Some("22384"), Some("ACME LTD")]);
    (subsequence(ACCOUNTS.to_vec(), 1..=4).prop_shuffle(), prop::collection::vec(from, 4))
        .prop_map(move |(names, senders)| names.into_iter().zip(senders).map(leg).collect())
}

fn list() -> impl Strategy<Value = RouteList> {
    btree_map(prefix(), legs(), 0..8).prop_map(|routes| {
        let route = |(prefix, legs): (String, _)| Route::new(prefix.parse().unwrap(), legs).unwrap();
        RouteList::new(routes.into_iter().map(route).collect()).unwrap()
    })
}

fn number() -> impl Strategy<Value = Msisdn> {
    "[12]{7,15}".prop_map(|digits| Msisdn::parse_e164(&digits).unwrap())
}

/// The routes of a batch's recipients, who all have this route.
fn batch_routes(route: &Route, campaign: CampaignKey, batch: u32, recipients: u64) -> BatchRoutes {
    let numbers: Vec<u64> = (0..recipients).map(|number| 254_700_000_000 + number).collect();
    let batch = RecipientBatch::unpack(batch, &packed::pack(&numbers)).unwrap();
    let list = RouteList::new(vec![route.clone()]).unwrap();
    let routes = Routes::new(&list, &RouteList::default(), ONLY);
    BatchRoutes::new(&routes, campaign, &batch, |_| true)
}

fn expected(number: Msisdn, deployment: &RouteList, organisation: &RouteList) -> Vec<Leg> {
    let digits = number.digits();
    for length in (0..=digits.len()).rev() {
        let prefix: Prefix = digits[..length].parse().unwrap();
        if let Some(route) = organisation.route(prefix).or_else(|| deployment.route(prefix)) {
            return route.legs().to_vec();
        }
    }
    if deployment.is_empty() { vec![Leg::to(ONLY)] } else { Vec::new() }
}

proptest! {
    #[test]
    fn a_number_has_the_legs_of_its_longest_prefix_and_the_organisations_before_the_deployments(
        deployment in list(),
        organisation in list(),
        number in number(),
    ) {
        let routes = Routes::new(&deployment, &organisation, ONLY);
        let legs = expected(number, &deployment, &organisation);
        prop_assert_eq!(routes.legs(number), legs.as_slice());
        let closed = legs.first().map(|leg| leg.account);
        let next = routes.leg(number, |leg| Some(leg.account) != closed);
        prop_assert_eq!(next, legs.get(1));
        prop_assert!(legs.iter().all(|leg| routes.accounts().contains(&leg.account)));
    }

    #[test]
    fn routes_are_read_as_they_are_written(list in list()) {
        let written = list.routes().iter().map(|route| route.to_string().parse().unwrap()).collect();
        prop_assert_eq!(&RouteList::new(written).unwrap(), &list);
        let stored = serde_json::to_string(&list).unwrap();
        prop_assert_eq!(serde_json::from_str::<RouteList>(&stored).unwrap(), list);
    }

    #[test]
    fn a_share_puts_an_account_first_for_a_part_of_the_recipients_which_is_the_same_each_time(
        second in 1u8..60,
        third in 1u8..40,
        organisation in any::<u128>(),
        campaign in 1u64..1_000_000,
    ) {
        let organisation = OrganisationId(uuid::Uuid::from_u128(organisation));
        let campaign = CampaignKey { organisation, campaign: CampaignId::new(campaign).unwrap() };
        let shares = [("infobip", second), ("aws", third)].map(|(account, percent)| format!("{account}={percent}%"));
        let route: Route = "254=at-ke,infobip,aws".parse().unwrap();
        let route = shares.iter().fold(route, |route, share| route.with_share(share.parse().unwrap()).unwrap());
        let mut firsts = [0_i64; 3];
        for batch in 0..10 {
            let routes = batch_routes(&route, campaign, batch, 500);
            prop_assert_eq!(&routes, &batch_routes(&route, campaign, batch, 500));
            for slot in 0..500 {
                let legs = routes.legs(slot);
                let place = |leg: &Leg| route.legs().iter().position(|other| other == leg).unwrap();
                let places: Vec<usize> = legs.iter().map(place).collect();
                let rest: Vec<usize> = (0..3).filter(|other| *other != places[0]).collect();
                prop_assert_eq!(&places[1..], &rest, "the others keep their order");
                firsts[places[0]] += 1;
            }
        }
        for (count, percent) in firsts.into_iter().zip([100 - second - third, second, third]) {
            // Five times the standard deviation of 5,000 draws.
            prop_assert!((count - 50 * i64::from(percent)).abs() < 177, "{percent}%: {count}");
        }
    }

    #[test]
    fn no_text_is_more_than_refused(text in "[0-9a-z=,:+ -]{0,24}") {
        if let Ok(route) = text.parse::<Route>() {
            prop_assert_eq!(route.to_string().parse::<Route>().unwrap(), route);
        }
    }

    #[test]
    fn a_table_finds_the_longest_prefix(prefixes in prop::collection::btree_set(prefix(), 0..10), number in number()) {
        let lines = prefixes.iter().map(|text| (text.parse().unwrap(), text.clone())).collect();
        let table = PrefixTable::new(lines).unwrap();
        let longest = prefixes.iter().filter(|text| number.digits().starts_with(*text)).max_by_key(|text| text.len());
        prop_assert_eq!(table.find(number).map(|(_, text)| text), longest);
    }
}
