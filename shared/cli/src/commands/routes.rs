//! `route`: which accounts numbers go to.

use std::path::Path;

use domain::{
    ids::AccountName,
    msisdn::Msisdn,
    organisation::Organisation,
    prefix::Prefix,
    routes::{Leg, Route, RouteList, Routes},
    stop::Stops,
    timestamp::Timestamp,
};
use platform::clock::Clock;
use providers::Kind;
use serde_json::{Value, json};
use stores::{
    Stores,
    accounts::routing::{ROUTING_DELAY, Routing},
};

use super::{account_state::AccountState, organisations::known};
use crate::{
    CliError,
    args::{Deployment, RouteCommand, RoutesOf},
    operator::{remove_routes, set_routes, with_shares},
    output::Output,
    target::Target,
    terminal::note,
};

pub(super) async fn route(command: RouteCommand, at: Deployment, data: &Path) -> Result<Output, CliError> {
    let target = Target::of(at, data).await?;
    let stores = target.stores().await?;
    match command {
        RouteCommand::Set { routes, shares, of } => {
            let routes = with_shares(routes, &shares)?;
            let organisation = organisation(&stores, &of).await?;
            let provider = target.provider().await?;
            // Without the parameter's value, a kind may be the account of the parameters.
            let is_parameters = |name: AccountName| match provider {
                Some(provider) => name == provider,
                None => name.as_str().parse::<&Kind>().is_ok(),
            };
            let id = organisation.as_ref().map(|organisation| organisation.id);
            let list = set_routes(&stores, id, &routes, is_parameters).await?;
            if organisation.is_none() && list.route(Prefix::default()).is_none() {
                note(
                    "Numbers of other prefixes have no route: sends skip them, and recipients who are still queued fail \
                     and are refunded. `sms route set =ACCOUNT` gives them one.",
                );
            }
            Ok(listed(organisation.as_ref(), &list))
        }
        RouteCommand::Remove { prefixes, of } => {
            let organisation = organisation(&stores, &of).await?;
            let id = organisation.as_ref().map(|organisation| organisation.id);
            let list = remove_routes(&stores, id, &prefixes).await?;
            Ok(listed(organisation.as_ref(), &list))
        }
        RouteCommand::Show { number: None, of } => {
            let organisation = organisation(&stores, &of).await?;
            let all = stores.accounts.routing.read_all().await?;
            let list = all.list(organisation.as_ref().map(|organisation| organisation.id));
            Ok(listed(organisation.as_ref(), &list))
        }
        RouteCommand::Show { number: Some(number), of } => {
            let organisation = organisation(&stores, &of).await?;
            let (all, stops) =
                (stores.accounts.routing.read_all().await?, stores.accounts.stops.read().await?);
            let own = organisation.as_ref().map(|organisation| all.list(Some(organisation.id)));
            let (routing, own) = (all.routing, own.unwrap_or_default());
            let provider = target.provider().await?;
            let now = Clock::machine().now();
            let asked = Asked { stores: &stores, routing, own, stops, provider, organisation, number, now };
            asked.answer().await
        }
    }
}

async fn organisation(stores: &Stores, of: &RoutesOf) -> Result<Option<Organisation>, CliError> {
    match &of.organisation {
        Some(name) => Ok(Some(known(stores, name).await?)),
        None => Ok(None),
    }
}

fn listed(organisation: Option<&Organisation>, list: &RouteList) -> Output {
    let whose = organisation.map_or("the deployment", |organisation| &organisation.name);
    let lines: Vec<String> = list.routes().iter().map(ToString::to_string).collect();
    let text = match (lines.is_empty(), organisation) {
        (false, _) => lines.join("\n"),
        (true, None) => "No route is set: every number goes to the account that Provider names.".to_owned(),
        (true, Some(_)) => format!("{whose} has no route of its own: the deployment's hold for it."),
    };
    let results: Vec<Value> = list.routes().iter().map(document).collect();
    Output::new(
        text,
        json!({
            "organisation_id": organisation.map(|organisation| organisation.id),
            "total": results.len(),
            "results": results,
            "takes_effect_within_seconds": ROUTING_DELAY.secs_rounded_up(),
        }),
    )
}

fn document(route: &Route) -> Value {
    let leg = |leg: &Leg| json!({"account": leg.account, "sender_id": leg.from, "share_percent": leg.share});
    let legs: Vec<Value> = route.legs().iter().map(leg).collect();
    json!({"prefix": route.prefix(), "legs": legs})
}

/// A number whose route is asked for.
struct Asked<'a> {
    stores: &'a Stores,
    routing: Routing,
    /// The organisation's own routes.
    own: RouteList,
    stops: Stops,
    provider: Option<AccountName>,
    organisation: Option<Organisation>,
    number: Msisdn,
    now: Timestamp,
}

/// A leg, and whether the number can go to it now.
struct JudgedLeg {
    leg: Leg,
    kind: Option<String>,
    can_be_used: bool,
    text: String,
    state: Value,
}

impl Asked<'_> {
    async fn answer(self) -> Result<Output, CliError> {
        let routes = match self.provider {
            Some(provider) => Routes::new(&self.routing.deployment, &self.own, provider),
            None => Routes::stored(&self.routing.deployment, &self.own),
        };
        let found = routes.find(self.number).map(|(prefix, legs)| (prefix, legs.to_vec()));
        let Some((prefix, legs)) = found else { return Ok(self.without_route()) };
        let mut judged = Vec::new();
        for leg in legs {
            judged.push(self.judge(leg).await?);
        }
        let goes_to = judged.iter().find(|leg| leg.can_be_used).map(|judged| judged.leg.account);
        let line = |(index, judged): (usize, &JudgedLeg)| {
            let kind = judged.kind.as_ref().map(|kind| format!(" ({kind})")).unwrap_or_default();
            let share = judged.leg.share.map(|share| format!(", first for {share} of recipients"));
            let goes = if goes_to == Some(judged.leg.account) { " <- goes here" } else { "" };
            let (place, share) = (index + 1, share.unwrap_or_default());
            format!("  {place}. {}{kind}: {}{share}{goes}", judged.leg, judged.text)
        };
        let mut lines = vec![self.reason(prefix)];
        lines.extend(judged.iter().enumerate().map(line));
        if goes_to.is_none() {
            lines.push("It waits: no account of its route can be used now.".to_owned());
        }
        lines.extend(self.unpriced());
        let legs: Vec<Value> = judged.iter().map(JudgedLeg::document).collect();
        Ok(Output::new(
            lines.join("\n"),
            json!({
                "prefix": prefix,
                "source": self.source(prefix),
                "account": goes_to,
                "legs": legs,
                "is_priced": self.is_priced(),
            }),
        ))
    }

    fn without_route(&self) -> Output {
        let text = if self.routing.deployment.is_empty() {
            "No route is set: it goes to the account that Provider names."
        } else {
            "It has no route: sends skip it as unrouted."
        };
        let priced = self.is_priced();
        let document =
            json!({"prefix": null, "source": null, "account": null, "legs": [], "is_priced": priced});
        Output::new(text, document)
    }

    /// The owner of the route that decides for a prefix.
    fn source(&self, prefix: Prefix) -> &'static str {
        if self.own.route(prefix).is_some() {
            "organisation"
        } else if self.routing.deployment.route(prefix).is_some() {
            "deployment"
        } else {
            "provider_parameter"
        }
    }

    fn reason(&self, prefix: Prefix) -> String {
        let which = if prefix == Prefix::default() {
            "for all other numbers".to_owned()
        } else {
            format!("of prefix {prefix}, the longest that it begins with")
        };
        match (self.source(prefix), &self.organisation) {
            ("organisation", Some(organisation)) => format!("By a route of {} {which}:", organisation.name),
            ("deployment", _) => format!("By the deployment's route {which}:"),
            _ => "No route is set, so that every number goes to the account that Provider names:".to_owned(),
        }
    }

    fn is_priced(&self) -> Option<bool> {
        self.organisation.as_ref().map(|organisation| organisation.tariff.price(self.number).is_some())
    }

    fn unpriced(&self) -> Option<String> {
        let organisation = self.organisation.as_ref().filter(|_| self.is_priced() == Some(false))?;
        Some(format!("{} has no price for it: its sends skip it.", organisation.name))
    }

    async fn judge(&self, leg: Leg) -> Result<JudgedLeg, CliError> {
        let account = self.routing.account(leg.account);
        let kind = account.map(|account| account.kind.clone()).or_else(|| {
            // The account of the parameters has the name of its kind.
            leg.account.as_str().parse::<&Kind>().ok().map(|kind| kind.name.to_owned())
        });
        let state = AccountState::read(self.stores, leg.account, &self.stops, self.now).await?;
        let (exists, takes_sender) = (kind.is_some(), self.takes_default_sender(&leg));
        let text = match (exists, takes_sender) {
            (false, _) => "the account does not exist".to_owned(),
            (true, false) => "the account does not take the organisation's default sender".to_owned(),
            (true, true) => state.text(),
        };
        let can_be_used = exists && takes_sender && state.is_open();
        let word = match (exists, takes_sender) {
            (false, _) => json!({"state": "unknown"}),
            (true, false) => json!({"state": "sender_not_allowed"}),
            (true, true) => state.document(),
        };
        Ok(JudgedLeg { leg, kind, can_be_used, text, state: word })
    }

    fn takes_default_sender(&self, leg: &Leg) -> bool {
        let organisation = self.organisation.as_ref();
        organisation.is_none_or(|organisation| self.routing.takes_sender(leg, &organisation.default_sender))
    }
}

impl JudgedLeg {
    fn document(&self) -> Value {
        let mut document = self.state.clone();
        document["account"] = json!(self.leg.account);
        document["kind"] = json!(self.kind);
        document["sender_id"] = json!(self.leg.from);
        document["share_percent"] = json!(self.leg.share);
        document["can_be_used"] = json!(self.can_be_used);
        document
    }
}
