//! The campaign that a request names, in its path or in its body.

use axum::extract::{FromRequestParts, Path};
use domain::ids::CampaignId;
use http::request::Parts;
use platform::telemetry;
use stores::campaigns::CampaignHeader;
use web::{
    ApiError, Caller, ErrorCode, Incoming, Input,
    fields::{self, Fields},
};

/// The campaign of a path. A segment that is not a campaign's number is answered as an unknown campaign.
pub struct CampaignPath(pub CampaignId);

impl<S: Send + Sync> FromRequestParts<S> for CampaignPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let segment = Path::<String>::from_request_parts(parts, state).await;
        let campaign = segment.ok().and_then(|Path(text)| number(&text)).ok_or_else(unknown)?;
        telemetry::of_campaign(campaign.get());
        Ok(Self(campaign))
    }
}

fn number(text: &str) -> Option<CampaignId> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits).and_then(CampaignId::new)
}

/// The campaign that a body such as `{"campaign_id": 84}` names.
pub struct CampaignBody(pub CampaignId);

impl Input for CampaignBody {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let (campaign, ()) = in_body(request.fields()?, |_| ())?;
        Ok(Self(campaign))
    }
}

/// The `campaign_id` of a body, and the other fields as `read` reads them.
pub fn in_body<T>(
    mut fields: Fields,
    read: impl FnOnce(&mut Fields) -> T,
) -> Result<(CampaignId, T), ApiError> {
    let number = fields.required("campaign_id", fields::positive_integer);
    let rest = read(&mut fields);
    fields.finish()?;
    let campaign = number.and_then(CampaignId::new).ok_or_else(unknown)?;
    telemetry::of_campaign(campaign.get());
    Ok((campaign, rest))
}

/// The campaign, if the caller's key may see it: a campaign of the other mode is answered as unknown.
pub fn of_own_mode(caller: &Caller, header: Option<CampaignHeader>) -> Result<CampaignHeader, ApiError> {
    header.filter(|header| header.mode == caller.mode()).ok_or_else(unknown)
}

/// 404 `campaign_not_found`.
pub fn unknown() -> ApiError {
    ApiError::new(ErrorCode::CampaignNotFound, "There is no campaign with this number.")
}
