//! The suppression list: numbers that no campaign reaches and that are never charged.

use axum::{Json, body::Body, extract::State, response::Response};
use bytes::Bytes;
use domain::msisdn::Msisdn;
use http::{HeaderMap, Method, StatusCode, Uri};
use numbering::HomeCountry;
use serde::Serialize;
use stores::accounts::{
    api_keys::Scope,
    idempotency::{Answer, Claim},
};
use web::{
    ApiError, Caller, Edge, body,
    fields::{Fields, Wrong, list as read_list},
    idempotency,
    json::Json as JsonValue,
    paging::{Envelope, Query},
};

use crate::{
    answers::page_of,
    import::{InvalidRow, InvalidRows, MAX_IMPORT_BYTES},
    refusals::home_country,
};

/// A number on the list.
#[derive(Serialize)]
pub struct OptOutAnswer {
    phone: String,
}

/// What putting numbers on the list did.
#[derive(Serialize)]
struct AddedAnswer {
    received: u64,
    added: u64,
    invalid_count: u64,
    invalid: Vec<InvalidRow>,
}

/// What taking numbers off the list did.
#[derive(Serialize)]
pub struct RemovedAnswer {
    received: u64,
    removed: u64,
    invalid_count: u64,
    invalid: Vec<InvalidRow>,
}

/// The numbers of a request.
#[derive(Default)]
struct Numbers {
    received: u64,
    phones: Vec<Msisdn>,
    invalid: InvalidRows,
}

/// `GET /v1/opt-outs/`
pub async fn list(
    State(edge): State<Edge>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Envelope<OptOutAnswer>>, ApiError> {
    caller.require(Scope::ReadBooks)?;
    let mut query = Query::of(&uri);
    let request = query.page();
    query.finish()?;
    let page = edge.stores.accounts.opt_outs.page(caller.organisation.id, request).await?;
    let page = page_of(page, |phone: Msisdn| OptOutAnswer { phone: phone.e164() });
    Ok(Json(Envelope::new(&uri, request, page)))
}

/// `POST /v1/opt-outs/`: `{"phones": […]}` or `{"phone": …}`. As with an import, a repetition after a crash
/// counts what it did itself.
pub async fn add(
    State(edge): State<Edge>,
    caller: Caller,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    caller.require(Scope::WriteBooks)?;
    let body = read_body(&headers, body).await?;
    let numbers = Numbers::read(&body, home_country(&caller.organisation)?)?;
    let store = async |_: Option<&Claim>| store_numbers(&edge, &caller, numbers).await;
    idempotency::once(&edge, &caller, &method, uri.path(), &headers, &body, store).await
}

async fn store_numbers(edge: &Edge, caller: &Caller, numbers: Numbers) -> Result<Answer, ApiError> {
    let added = edge.stores.accounts.opt_outs.add(caller.organisation.id, &numbers.phones).await?;
    let Numbers { received, invalid, .. } = numbers;
    let (invalid_count, invalid) = (invalid.count(), invalid.into_named());
    idempotency::answer(StatusCode::OK, &AddedAnswer { received, added, invalid_count, invalid })
}

/// `DELETE /v1/opt-outs/`, with the same body as `POST`.
pub async fn remove(
    State(edge): State<Edge>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RemovedAnswer>, ApiError> {
    caller.require(Scope::WriteBooks)?;
    let body = read_body(&headers, body).await?;
    let Numbers { received, phones, invalid } = Numbers::read(&body, home_country(&caller.organisation)?)?;
    let removed = edge.stores.accounts.opt_outs.remove(caller.organisation.id, &phones).await?;
    let (invalid_count, invalid) = (invalid.count(), invalid.into_named());
    Ok(Json(RemovedAnswer { received, removed, invalid_count, invalid }))
}

async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, ApiError> {
    body::read(headers, body, &["application/json"], MAX_IMPORT_BYTES).await
}

impl Numbers {
    /// Exactly one of `phone`, which must be a number, and `phones`, whose bad ones are reported.
    fn read(body: &Bytes, home: HomeCountry) -> Result<Self, ApiError> {
        let mut fields = Fields::parse(body)?;
        if !fields.has("phone") && !fields.has("phones") {
            fields.wrong("phones", "is required, or phone".into());
        }
        let phone = fields.optional("phone", |value| {
            let written = written(value)?;
            numbering::parse(&written, home).map_err(|error| Wrong::from(error.to_string()))
        });
        let phones = fields.optional("phones", read_list);
        if phone.is_some() && phones.is_some() {
            fields.wrong("phone", "stands beside phones: name one of them".into());
        }
        fields.finish()?;
        Ok(match phone {
            Some(phone) => Self { received: 1, phones: vec![phone], ..Self::default() },
            None => Self::of(phones.unwrap_or_default(), home),
        })
    }

    fn of(values: Vec<JsonValue>, home: HomeCountry) -> Self {
        let mut numbers = Self::default();
        for (row, value) in (1..).zip(values) {
            numbers.received += 1;
            let written = match written(value) {
                Ok(written) => written,
                Err(reason) => {
                    numbers.invalid.note(row, None, reason);
                    continue;
                }
            };
            match numbering::parse(&written, home) {
                Ok(phone) => numbers.phones.push(phone),
                Err(error) => numbers.invalid.note(row, Some(&written), error.to_string()),
            }
        }
        numbers
    }
}

/// A number as it is written: a text, or, as in an import, an integer.
fn written(value: JsonValue) -> Result<String, String> {
    match value {
        JsonValue::Text(text) => Ok(text),
        JsonValue::Integer(number) => Ok(number.to_string()),
        other => Err(format!("must be a string, not {}", other.kind())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &'static str) -> Result<Numbers, ApiError> {
        Numbers::read(&Bytes::from_static(body.as_bytes()), HomeCountry::parse("KE").unwrap())
    }

    #[test]
    fn one_number_or_a_list_is_read_and_bad_ones_are_reported() {
        assert_eq!(read(r#"{"phone":"0712345678"}"#).unwrap().phones[0].e164(), "+254712345678");
        assert_eq!(read(r#"{"phone":254712345678}"#).unwrap().phones[0].e164(), "+254712345678");
        let numbers = read(r#"{"phones":["0712345678","abc",7,"",true,254722000111]}"#).unwrap();
        assert_eq!((numbers.received, numbers.phones.len(), numbers.invalid.count()), (6, 2, 4));
        for wrong in [
            "{}",
            r#"{"phone":"abc"}"#,
            r#"{"phone":7.5}"#,
            r#"{"phones":"0712345678"}"#,
            r#"{"phone":"0712345678","phones":[]}"#,
        ] {
            assert_eq!(read(wrong).err().unwrap().status(), StatusCode::BAD_REQUEST, "{wrong}");
        }
    }
}
