//! Routes: for each prefix of phone numbers, the provider accounts to use, in order.
//!
//! An operator sets routes for the deployment or for one organisation. They are never part of a campaign: a change
//! applies to the remaining recipients of running campaigns. Accept, dispatch and the operator's commands look numbers
//! up here.

mod share;

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    ids::{AccountName, AccountNameError},
    msisdn::Msisdn,
    prefix::{Prefix, PrefixError, PrefixTable},
    sender_id::{SenderId, SenderIdError},
};

pub use share::{AccountShare, AccountShareError, Share, ShareError, preferred_leg};

/// Most routes of the deployment or of an organisation: they are stored in one small item.
pub const MAX_ROUTES: usize = 300;
pub const MAX_LEGS: usize = 5;

/// An account that a route leads to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Leg {
    pub account: AccountName,
    /// The sender to use instead of the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<SenderId>,
    /// The part of the recipients that this account gets first, although other accounts come before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
}

/// The accounts of a prefix, the preferred one first. An operator writes `254=at-ke,infobip` or
/// `1=twilio:+15005550006`, and shares in an option of their own, as they are shown: `254=at-ke,infobip --share infobip=1%`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "RouteFields")]
pub struct Route {
    prefix: Prefix,
    legs: Vec<Leg>,
}

/// The text is not a route.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RouteError {
    /// The text has no `=`.
    #[error("`{0}` is not a route: write PREFIX=ACCOUNT,… such as 254=at-ke,infobip")]
    Form(String),
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// Nothing follows the `=`.
    #[error("the route of {} names no account", shown(*.0))]
    NoLeg(Prefix),
    /// More than [`MAX_LEGS`].
    #[error("the route of {} names more than {MAX_LEGS} accounts", shown(*.0))]
    TooManyLegs(Prefix),
    /// A leg names no valid account.
    #[error("the route of {}: the account `{text}` {error}", shown(*.prefix))]
    Account {
        prefix: Prefix,
        /// The text in the place of the account's name.
        text: String,
        error: AccountNameError,
    },
    /// A leg names no valid sender.
    #[error("the route of {}: the sender `{text}` of {account} {error}", shown(*.prefix))]
    Sender {
        prefix: Prefix,
        /// The leg's account.
        account: AccountName,
        /// The text in the place of the sender.
        text: String,
        error: SenderIdError,
    },
    /// Two legs have the same account.
    #[error("the route of {} names the account {account} twice", shown(*.prefix))]
    RepeatedLeg { prefix: Prefix, account: AccountName },
    /// The shares leave nothing for the first account.
    #[error("the shares of {} must be those of further accounts, and under 100% in all", shown(*.0))]
    Shares(Prefix),
}

/// The list of routes is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RouteListError {
    /// More than [`MAX_ROUTES`].
    #[error("there are at most {MAX_ROUTES} routes")]
    TooMany,
    /// Two routes have the same prefix.
    #[error("{} has two routes", shown(*.0))]
    Repeated(Prefix),
}

/// A prefix as part of a sentence.
fn shown(prefix: Prefix) -> String {
    if prefix == Prefix::default() { "all other numbers".to_owned() } else { format!("prefix {prefix}") }
}

impl Leg {
    /// A leg with the campaign's sender.
    pub const fn to(account: AccountName) -> Self {
        Self { account, from: None, share: None }
    }

    /// The sender that a campaign has on this leg: the leg's own, or else the campaign's.
    pub fn sender<'a>(&'a self, campaign: &'a SenderId) -> &'a SenderId {
        self.from.as_ref().unwrap_or(campaign)
    }

    fn parse(prefix: Prefix, text: &str) -> Result<Self, RouteError> {
        let (account, from) =
            text.split_once(':').map_or((text, None), |(account, from)| (account, Some(from)));
        let account = account.parse().map_err(|error| {
            let text = account.to_owned();
            RouteError::Account { prefix, text, error }
        })?;
        let sender = |text: &str| {
            let text = text.trim();
            let fault = |error| RouteError::Sender { prefix, account, text: text.to_owned(), error };
            SenderId::parse(text).map_err(fault)
        };
        Ok(Self { account, from: from.map(sender).transpose()?, share: None })
    }
}

impl Route {
    /// A route with at least one leg.
    ///
    /// # Errors
    /// If there is no leg, too many, or two with the same account.
    pub fn new(prefix: Prefix, legs: Vec<Leg>) -> Result<Self, RouteError> {
        if legs.is_empty() {
            return Err(RouteError::NoLeg(prefix));
        }
        if legs.len() > MAX_LEGS {
            return Err(RouteError::TooManyLegs(prefix));
        }
        if !share::fit(&legs) {
            return Err(RouteError::Shares(prefix));
        }
        let mut accounts = BTreeSet::new();
        match legs.iter().find(|leg| !accounts.insert(leg.account)) {
            Some(leg) => Err(RouteError::RepeatedLeg { prefix, account: leg.account }),
            None => Ok(Self { prefix, legs }),
        }
    }

    /// A copy with the share of an account, if the account is not the first one.
    ///
    /// # Errors
    /// If the shares leave nothing for the first account.
    pub fn with_share(mut self, share: AccountShare) -> Result<Self, RouteError> {
        if let Some(leg) = self.legs.iter_mut().skip(1).find(|leg| leg.account == share.account) {
            leg.share = Some(share.share);
        }
        Self::new(self.prefix, self.legs)
    }

    /// The accounts that get a share of the recipients first.
    pub fn shares(&self) -> impl Iterator<Item = AccountShare> {
        let share = |leg: &Leg| Some(AccountShare { account: leg.account, share: leg.share? });
        self.legs.iter().filter_map(share)
    }

    pub const fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// The accounts, the preferred one first; at least one.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }
}

impl FromStr for Route {
    type Err = RouteError;

    fn from_str(text: &str) -> Result<Self, RouteError> {
        let (prefix, legs) = text.split_once('=').ok_or_else(|| RouteError::Form(text.to_owned()))?;
        let prefix: Prefix = prefix.trim().parse()?;
        if legs.trim().is_empty() {
            return Err(RouteError::NoLeg(prefix));
        }
        let legs = legs.split(',').map(|leg| Leg::parse(prefix, leg.trim()));
        Self::new(prefix, legs.collect::<Result<_, _>>()?)
    }
}

#[derive(Deserialize)]
struct RouteFields {
    prefix: Prefix,
    legs: Vec<Leg>,
}

impl TryFrom<RouteFields> for Route {
    type Error = RouteError;

    fn try_from(RouteFields { prefix, legs }: RouteFields) -> Result<Self, RouteError> {
        Self::new(prefix, legs)
    }
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.account)?;
        self.from.as_ref().map_or(Ok(()), |from| write!(f, ":{from}"))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.prefix)?;
        for (index, leg) in self.legs.iter().enumerate() {
            write!(f, "{}{leg}", if index == 0 { "" } else { "," })?;
        }
        self.shares().try_for_each(|share| write!(f, " --share {share}"))
    }
}

/// The routes of the deployment or of one organisation, one for each prefix, by prefix.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Route>", into = "Vec<Route>")]
pub struct RouteList(Vec<Route>);

impl RouteList {
    /// Sorts routes that come in any order.
    ///
    /// # Errors
    /// If a prefix has two routes, or there are too many routes.
    pub fn new(mut routes: Vec<Route>) -> Result<Self, RouteListError> {
        if routes.len() > MAX_ROUTES {
            return Err(RouteListError::TooMany);
        }
        routes.sort_by_cached_key(|route| route.prefix.to_string());
        let repeated = routes.windows(2).find_map(|pair| match pair {
            [one, next] if one.prefix == next.prefix => Some(RouteListError::Repeated(one.prefix)),
            _ => None,
        });
        repeated.map_or(Ok(Self(routes)), Err)
    }

    pub fn routes(&self) -> &[Route] {
        &self.0
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn route(&self, prefix: Prefix) -> Option<&Route> {
        self.0.iter().find(|route| route.prefix == prefix)
    }

    /// A copy of the list with these routes; each replaces the route of the same prefix.
    ///
    /// # Errors
    /// If two routes of `set` have the same prefix, or there would be too many routes.
    pub fn with(self, set: Vec<Route>) -> Result<Self, RouteListError> {
        let is_kept = |route: &Route| set.iter().all(|other| other.prefix != route.prefix);
        let mut routes: Vec<Route> = self.0.into_iter().filter(is_kept).collect();
        routes.extend(set);
        Self::new(routes)
    }

    /// A copy of the list without the routes of these prefixes.
    #[must_use]
    pub fn without(self, prefixes: &[Prefix]) -> Self {
        Self(self.0.into_iter().filter(|route| !prefixes.contains(&route.prefix)).collect())
    }

    pub fn accounts(&self) -> BTreeSet<AccountName> {
        self.0.iter().flat_map(Route::legs).map(|leg| leg.account).collect()
    }
}

impl TryFrom<Vec<Route>> for RouteList {
    type Error = RouteListError;

    fn try_from(routes: Vec<Route>) -> Result<Self, RouteListError> {
        Self::new(routes)
    }
}

impl From<RouteList> for Vec<Route> {
    fn from(list: RouteList) -> Self {
        list.0
    }
}

/// The routes of an organisation: its own, and the deployment's for other prefixes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Routes(PrefixTable<Vec<Leg>>);

impl Routes {
    /// An organisation's route wins over the deployment's of the same prefix. If the deployment has no routes, every number
    /// leads to its only account.
    pub fn new(deployment: &RouteList, organisation: &RouteList, only_account: AccountName) -> Self {
        let mut lines = Self::merge(deployment, organisation);
        if deployment.is_empty() && organisation.route(Prefix::default()).is_none() {
            lines.push((Prefix::default(), vec![Leg::to(only_account)]));
        }
        Self::of(lines)
    }

    /// Routes as they are stored: if there are none, no number has a route.
    pub fn stored(deployment: &RouteList, organisation: &RouteList) -> Self {
        Self::of(Self::merge(deployment, organisation))
    }

    fn merge(deployment: &RouteList, organisation: &RouteList) -> Vec<(Prefix, Vec<Leg>)> {
        let is_replaced = |route: &&Route| organisation.route(route.prefix).is_some();
        let kept = deployment.0.iter().filter(|route| !is_replaced(route));
        kept.chain(&organisation.0).map(|route| (route.prefix, route.legs.clone())).collect()
    }

    fn of(lines: Vec<(Prefix, Vec<Leg>)>) -> Self {
        // The lines are valid: `merge` leaves no prefix twice.
        Self(PrefixTable::new(lines).unwrap_or_default())
    }

    /// Routes that lead every number to one account.
    pub fn to_only(account: AccountName) -> Self {
        Self::new(&RouteList::default(), &RouteList::default(), account)
    }

    /// The prefix and the legs of the longest prefix of a number; `None` without a route.
    pub fn find(&self, number: Msisdn) -> Option<(Prefix, &[Leg])> {
        self.0.find(number).map(|(prefix, legs)| (*prefix, legs.as_slice()))
    }

    /// The legs of the empty prefix: numbers without another prefix take them. If there are any, every number has a
    /// route.
    pub fn legs_of_all_others(&self) -> Option<&[Leg]> {
        self.lines().last().filter(|(prefix, _)| *prefix == Prefix::default()).map(|(_, legs)| legs)
    }

    /// The legs of a number, the preferred one first; empty without a route.
    pub fn legs(&self, number: Msisdn) -> &[Leg] {
        self.find(number).map(|(_, legs)| legs).unwrap_or_default()
    }

    /// The first leg of a number that can be used.
    pub fn leg(&self, number: Msisdn, is_usable: impl Fn(&Leg) -> bool) -> Option<&Leg> {
        self.legs(number).iter().find(|leg| is_usable(leg))
    }

    /// The prefixes and their legs, the longest prefix first.
    pub fn lines(&self) -> impl Iterator<Item = (Prefix, &[Leg])> {
        self.0.lines().iter().map(|(prefix, legs)| (*prefix, legs.as_slice()))
    }

    pub fn accounts(&self) -> BTreeSet<AccountName> {
        self.lines().flat_map(|(_, legs)| legs).map(|leg| leg.account).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(routes: &[&str]) -> RouteList {
        RouteList::new(routes.iter().map(|text| text.parse().unwrap()).collect()).unwrap()
    }

    fn number(digits: u64) -> Msisdn {
        Msisdn::from_digits(digits).unwrap()
    }

    const ONLY: AccountName = AccountName::new("aws");

    fn names(routes: &Routes, digits: u64) -> Vec<String> {
        routes.legs(number(digits)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_route_is_written_as_it_is_read() {
        for text in ["254=at-ke,infobip", "1=twilio:+15005550006", "=aws", "44=aws:ACME LTD,twilio:80123"] {
            let route: Route = text.parse().unwrap();
            assert_eq!(route.to_string(), text);
            let stored = serde_json::to_string(&route).unwrap();
            assert_eq!(serde_json::from_str::<Route>(&stored).unwrap(), route);
        }
        assert_eq!(" 254 = at-ke , infobip ".parse::<Route>().unwrap().to_string(), "254=at-ke,infobip");
    }

    #[test]
    fn the_error_names_the_part_that_is_no_route() {
        let cases = [
            ("at-ke", "`at-ke` is not a route: write PREFIX=ACCOUNT,… such as 254=at-ke,infobip"),
            ("0254=at-ke", "`0254` is not a prefix of international numbers"),
            ("+254=at-ke", "`+254` is not a prefix of international numbers"),
            ("254=", "the route of prefix 254 names no account"),
            ("=", "the route of all other numbers names no account"),
            ("254=at-ke,,aws", "the route of prefix 254: the account `` must have 1 to 20"),
            ("254=AT", "the route of prefix 254: the account `AT` must have 1 to 20"),
            ("254=at-ke,aws,at-ke", "the route of prefix 254 names the account at-ke twice"),
            ("254=aws:ACME,aws", "the route of prefix 254 names the account aws twice"),
            ("1=twilio:+1x", "the route of prefix 1: the sender `+1x` of twilio must"),
            ("1=twilio:", "the route of prefix 1: the sender `` of twilio must not be empty"),
            ("1=a,b,c,d,e,f", "the route of prefix 1 names more than 5 accounts"),
        ];
        for (text, expected) in cases {
            let error = text.parse::<Route>().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        let twice = RouteList::new(vec!["254=aws".parse().unwrap(), "254=at-ke".parse().unwrap()]);
        assert_eq!(twice.unwrap_err().to_string(), "prefix 254 has two routes");
    }

    #[test]
    fn a_share_belongs_to_a_further_account_and_leaves_something_for_the_first() {
        let share = |route: Route, share: &str| route.with_share(share.parse().unwrap());
        let route: Route = "254=at-ke,infobip,aws".parse().unwrap();
        let shared = share(route.clone(), "infobip=1%").unwrap();
        assert_eq!(shared.to_string(), "254=at-ke,infobip,aws --share infobip=1%");
        let stored = serde_json::to_string(&shared).unwrap();
        assert_eq!(serde_json::from_str::<Route>(&stored).unwrap(), shared);
        assert_eq!(share(route.clone(), "at-ke=5%"), Ok(route.clone()), "the first account has what is left");
        assert_eq!(share(route.clone(), "twilio=5%"), Ok(route));
        let error = share(shared, "aws=99%").unwrap_err().to_string();
        assert_eq!(
            error,
            "the shares of prefix 254 must be those of further accounts, and under 100% in all"
        );
        let of_first = r#"{"prefix":"1","legs":[{"account":"a","share":5}]}"#;
        assert!(serde_json::from_str::<Route>(of_first).is_err());
    }

    #[test]
    fn stored_legs_are_checked_like_written_ones() {
        for stored in [r#"{"prefix":"254","legs":[]}"#, r#"{"prefix":"0","legs":[{"account":"aws"}]}"#] {
            assert!(serde_json::from_str::<Route>(stored).is_err(), "{stored}");
        }
        let twice = r#"[{"prefix":"1","legs":[{"account":"a"}]},{"prefix":"1","legs":[{"account":"b"}]}]"#;
        assert!(serde_json::from_str::<RouteList>(twice).is_err());
    }

    #[test]
    fn without_routes_every_number_leads_to_the_only_account() {
        let routes = Routes::to_only(ONLY);
        assert_eq!(names(&routes, 254_712_345_678), ["aws"]);
        let own = Routes::new(&RouteList::default(), &list(&["254=at-ke"]), ONLY);
        assert_eq!(names(&own, 254_712_345_678), ["at-ke"]);
        assert_eq!(names(&own, 447_400_123_456), ["aws"]);
    }

    #[test]
    fn if_routes_are_set_a_number_may_have_no_route() {
        let routes = Routes::new(&list(&["254=at-ke"]), &RouteList::default(), ONLY);
        assert_eq!(routes.find(number(447_400_123_456)), None);
        assert_eq!(routes.leg(number(447_400_123_456), |_| true), None);
        assert_eq!(routes.legs_of_all_others(), None);
        assert_eq!(Routes::to_only(ONLY).legs_of_all_others(), Some(&[Leg::to(ONLY)][..]));
    }

    #[test]
    fn an_organisations_route_wins_for_its_prefix_and_the_longest_prefix_among_both() {
        let deployment = list(&["=aws", "254=at-ke", "25471=infobip"]);
        let routes = Routes::new(&deployment, &list(&["254=twilio"]), ONLY);
        assert_eq!(names(&routes, 254_722_345_678), ["twilio"]);
        assert_eq!(names(&routes, 254_712_345_678), ["infobip"], "a longer prefix of the deployment");
        assert_eq!(names(&routes, 447_400_123_456), ["aws"]);
    }

    #[test]
    fn the_first_usable_leg_is_chosen() {
        let routes = Routes::new(&list(&["254=at-ke,infobip,aws"]), &RouteList::default(), ONLY);
        let leg = |unusable: &[&str]| {
            let leg = routes.leg(number(254_712_345_678), |leg| !unusable.contains(&leg.account.as_str()));
            leg.map(|leg| leg.account.as_str())
        };
        assert_eq!(leg(&[]), Some("at-ke"));
        assert_eq!(leg(&["at-ke"]), Some("infobip"));
        assert_eq!(leg(&["at-ke", "infobip", "aws"]), None);
    }

    #[test]
    fn a_change_replaces_and_removes_by_prefix() {
        let routes = list(&["254=at-ke", "1=twilio"]);
        let changed = routes.with(vec!["254=infobip".parse().unwrap(), "=aws".parse().unwrap()]).unwrap();
        assert_eq!(changed, list(&["=aws", "1=twilio", "254=infobip"]));
        assert_eq!(changed.clone().without(&["1".parse().unwrap()]), list(&["=aws", "254=infobip"]));
        assert_eq!(
            changed.accounts().iter().map(|name| name.as_str()).collect::<Vec<_>>(),
            ["aws", "infobip", "twilio"]
        );
    }
}
