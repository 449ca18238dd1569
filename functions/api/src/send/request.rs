//! The request's body, parsed once.

use std::collections::HashSet;

use domain::{
    acceptance::{ScheduleError, check_schedule},
    ids::BookId,
    money::Money,
    organisation::Organisation,
    sender_id::SenderId,
    text::MessageText,
    timestamp::Timestamp,
};
use stores::campaigns::{CampaignHeader, CampaignText};
use web::{
    ApiError, ErrorCode, Incoming, Input,
    error::shown,
    fields::{self, Fields, InvalidValue},
    json::Json,
};

/// Most books of one send.
pub const MAX_GROUPS: usize = 100;

/// Placeholders of a text that an answer names.
const MAX_PLACEHOLDERS_NAMED: usize = 3;

#[derive(Debug)]
pub struct SendGroup {
    /// The books, each once, in the order they were named.
    pub group_ids: Vec<BookId>,
    pub message: MessageText,
    /// Under which name.
    pub sender: SenderId,
    /// The start time; `None` for now.
    pub scheduled_at: Option<Timestamp>,
    /// The most it may cost.
    pub max_cost: Option<Money>,
    /// Whether a repetition is allowed.
    pub allow_duplicate: bool,
}

impl SendGroup {
    /// A campaign's request once more, without its time and limits.
    pub fn of_campaign(header: &CampaignHeader, text: &CampaignText) -> Self {
        Self {
            group_ids: text.group_ids.clone(),
            message: text.message.clone(),
            sender: header.sender.clone(),
            scheduled_at: None,
            max_cost: None,
            allow_duplicate: false,
        }
    }
}

/// A body, and whether it asks for a dry run.
pub struct SendBody {
    /// Whether it asks only for an estimate; `false` if this cannot be read.
    pub dry_run: bool,
    /// The send, or all errors of the body, which a replay ignores.
    pub request: Result<SendGroup, ApiError>,
}

impl Input for SendBody {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        Ok(match request.fields() {
            Ok(fields) => Self::of(fields, &request.caller.organisation, request.now),
            Err(error) => Self { dry_run: false, request: Err(error) },
        })
    }
}

impl SendBody {
    fn of(mut fields: Fields, organisation: &Organisation, now: Timestamp) -> Self {
        let group_ids = fields.required("group_ids", group_list);
        let group_ids = group_ids.map(|ids| each_once(fields.each("group_ids", ids, group_id)));
        if let Some(too_many) = group_ids.as_deref().and_then(too_many_groups) {
            fields.reject("group_ids", too_many);
        }
        let message = fields.required("message", message);
        let sender = fields.optional("sender_id", |value| sender(value, organisation));
        let scheduled_at = fields.guarding("scheduled_at", |value| scheduled_at(value, now));
        let dry_run = fields.guarding("dry_run", fields::boolean);
        let max_cost = fields.guarding("max_cost", max_cost);
        let allow_duplicate = fields.optional("allow_duplicate", fields::boolean);
        let allow_placeholders = fields.optional("allow_placeholders", fields::boolean);
        if let Some(found) = message.as_ref().and_then(unfilled).filter(|_| allow_placeholders != Some(true))
        {
            fields.reject("message", found);
        }
        let errors = fields.into_errors();
        let request = match (group_ids, message) {
            (Some(group_ids), Some(message)) if errors.is_empty() => Ok(SendGroup {
                group_ids,
                message,
                sender: sender.unwrap_or_else(|| organisation.default_sender.clone()),
                scheduled_at,
                max_cost,
                allow_duplicate: allow_duplicate.unwrap_or(false),
            }),
            _ => Err(ApiError::invalid(errors)),
        };
        Self { dry_run: dry_run.unwrap_or(false), request }
    }
}

fn group_list(value: Json) -> Result<Vec<Json>, InvalidValue> {
    let items = fields::list(value)?;
    if items.is_empty() {
        return Err("must name at least one address book".into());
    }
    Ok(items)
}

/// The count leaves out repeated ids.
fn too_many_groups(ids: &[BookId]) -> Option<InvalidValue> {
    let count = ids.len();
    let message = || format!("must name at most {MAX_GROUPS} address books, not {count}");
    (count > MAX_GROUPS).then(|| message().into())
}

fn group_id(value: Json) -> Result<BookId, InvalidValue> {
    fields::text(value)?.parse().map_err(|_| "must be a UUID".into())
}

fn each_once(ids: Vec<BookId>) -> Vec<BookId> {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}

pub fn message(value: Json) -> Result<MessageText, InvalidValue> {
    MessageText::parse(fields::text(value)?).map_err(|error| error.to_string().into())
}

/// Why a text with placeholders for a contact's fields is refused.
pub fn unfilled(message: &MessageText) -> Option<InvalidValue> {
    let found = message.placeholders();
    let named: Vec<String> = found.iter().take(MAX_PLACEHOLDERS_NAMED).map(|found| shown(found)).collect();
    let detail = || {
        format!(
            "has the placeholder {}, which recipients would see as it is written, because texts are not \
             personalised. To send it anyway, set allow_placeholders",
            named.join(" and ")
        )
    };
    (!found.is_empty()).then(|| InvalidValue::coded(ErrorCode::PlaceholderInMessage, detail()))
}

pub fn sender(value: Json, organisation: &Organisation) -> Result<SenderId, InvalidValue> {
    let text = fields::text(value)?;
    let sender = SenderId::parse(&text)
        .map_err(|error| InvalidValue::coded(ErrorCode::SenderNotAllowed, error.to_string()))?;
    if organisation.may_send_as(&sender) {
        return Ok(sender);
    }
    Err(InvalidValue::coded(ErrorCode::SenderNotAllowed, "is not a sender id of this organisation"))
}

pub fn scheduled_at(value: Json, now: Timestamp) -> Result<Timestamp, InvalidValue> {
    let text = fields::text(value)?;
    let at = Timestamp::parse_rfc3339(&text)
        .map_err(|error| InvalidValue::coded(ErrorCode::ScheduledAtInvalid, error.to_string()))?;
    check_schedule(at, now).map(|()| at).map_err(|error| {
        let code = match error {
            ScheduleError::InThePast => ErrorCode::ScheduledAtInPast,
            ScheduleError::TooFarAhead => ErrorCode::ScheduledAtTooFar,
        };
        InvalidValue::coded(code, error.to_string())
    })
}

pub fn max_cost(value: Json) -> Result<Money, InvalidValue> {
    let amount: Money =
        fields::text(value)?.parse().map_err(|error: domain::money::MoneyError| error.to_string())?;
    if amount < Money::ZERO { Err("must not be negative".into()) } else { Ok(amount) }
}
