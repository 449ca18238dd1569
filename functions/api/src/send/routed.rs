//! The routes of a send's recipients: a number without one is skipped, and a sender that no account of a number takes is
//! refused.
//!
//! Routes are not kept with the campaign: its recipients follow those that hold when they are handed over.

use domain::{
    audience::{Audience, SkipReason},
    prefix::Prefix,
    routes::Leg,
    sender_id::SenderId,
};
use serde_json::json;
use web::{ApiError, ErrorCode};

use crate::routing::OrganisationRouting;

/// Most prefixes that an answer names in its sentence.
const MAX_PREFIXES_NAMED: usize = 5;

/// Skips recipients without a route, and refuses a sender that no account of a recipient's route takes.
pub fn check(
    routing: &OrganisationRouting,
    sender: &SenderId,
    audience: &mut Audience,
) -> Result<(), ApiError> {
    let routes = &routing.routes;
    if routes.legs_of_all_others().is_none() {
        audience.retain(SkipReason::Unrouted, |number| routes.find(number).is_some());
    }
    let refusing = prefixes_refusing(routing, sender, audience);
    if refusing.is_empty() { Ok(()) } else { Err(refused(sender, &refusing)) }
}

/// The prefixes of recipients whose accounts all list senders, and not this one.
fn prefixes_refusing(routing: &OrganisationRouting, sender: &SenderId, audience: &Audience) -> Vec<Prefix> {
    let routes = &routing.routes;
    let takes = |legs: &[Leg]| legs.iter().any(|leg| routing.takes_sender(leg, sender));
    let mut refusing: Vec<Prefix> =
        routes.lines().filter(|(_, legs)| !takes(legs)).map(|(prefix, _)| prefix).collect();
    // Without a refusal no recipient has to be looked at.
    if !refusing.is_empty() {
        let mut met: Vec<Prefix> = audience
            .recipients()
            .iter()
            .filter_map(|number| routes.find(*number))
            .map(|(prefix, _)| prefix)
            .filter(|prefix| refusing.contains(prefix))
            .collect();
        met.sort_unstable();
        met.dedup();
        refusing = met;
    }
    refusing
}

fn refused(sender: &SenderId, prefixes: &[Prefix]) -> ApiError {
    let shown = |prefix: &Prefix| match *prefix == Prefix::default() {
        true => "all other numbers".to_owned(),
        false => format!("numbers that begin with {prefix}"),
    };
    let mut named: Vec<String> = prefixes.iter().take(MAX_PREFIXES_NAMED).map(shown).collect();
    if prefixes.len() > MAX_PREFIXES_NAMED {
        named.push(format!("{} other prefixes", prefixes.len() - MAX_PREFIXES_NAMED));
    }
    let detail = format!(
        "{sender} cannot be the sender of texts to {}. Name another sender_id, or leave these recipients out.",
        named.join(", ")
    );
    ApiError::new(ErrorCode::SenderNotAllowed, detail).with("prefixes", json!(prefixes))
}
