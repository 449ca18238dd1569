//! Routes against a slow reference: each prefix of a number, the longest first.

use domain::{
    ids::AccountName,
    msisdn::Msisdn,
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
