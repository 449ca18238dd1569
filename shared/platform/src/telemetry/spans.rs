//! Fields that are on every line about a request, a batch, a campaign or a report: the request's id, the organisation
//! and the campaign.
//!
//! The spans have the level `error`, so that no `LOG_LEVEL` but `off` hides them.

use domain::{
    ids::OrganisationId,
    keys::{BatchKey, CampaignKey},
};
use tracing::{
    Span, error_span,
    field::{Empty, display},
};

/// An HTTP request, under the id that its answer has. [`of_organisation`] and [`of_campaign`] add the others once they
/// are known.
pub fn request(id: &str) -> Span {
    error_span!("request", request.id = id, organisation.id = Empty, campaign.id = Empty)
}

/// An invocation by a queue or a schedule, under Lambda's id for it.
pub fn invocation(id: &str) -> Span {
    error_span!("invocation", request.id = id)
}

/// Work for a campaign.
pub fn campaign(key: CampaignKey) -> Span {
    error_span!("campaign", organisation.id = %key.organisation, campaign.id = key.number())
}

/// Work on a batch.
pub fn batch(key: BatchKey) -> Span {
    let CampaignKey { organisation, .. } = key.campaign;
    error_span!("batch", organisation.id = %organisation, campaign.id = key.campaign.number(), batch.number = key.batch)
}

/// Work for an organisation.
pub fn organisation(id: OrganisationId) -> Span {
    error_span!("organisation", organisation.id = %id)
}

/// Sets the organisation of the request's span.
pub fn of_organisation(id: OrganisationId) {
    Span::current().record("organisation.id", display(id));
}

/// Sets the campaign of the request's span.
pub fn of_campaign(number: u64) {
    Span::current().record("campaign.id", number);
}
