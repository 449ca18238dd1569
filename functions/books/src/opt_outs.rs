//! The suppression list: numbers that no campaign reaches and that are never charged.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{
    msisdn::Msisdn,
    opt_out::{OptOutOrigin, OptOutSource},
    timestamp::Offset,
};
use http::StatusCode;
use serde::Serialize;
use stores::{
    ListPage,
    accounts::opt_outs::{OptOut, Remover},
};
use web::{
    ApiError, Backend, Caller, Creating, FieldError, Guarded, Incoming, Input,
    cursor::ListPaging,
    export::{self, Cell, CsvRow, ListForm},
    fields::{Fields, list as read_list},
    idempotency,
    json::Json as JsonValue,
};

use crate::{
    import::{self, ImportOptions, InvalidRow, InvalidRows, Place, Rows},
    paths::OptOutPath,
    phones,
    refusals::no_such_opt_out,
};

/// A number on the list with its origin.
#[derive(Serialize)]
pub struct OptOutView {
    phone: String,
    source: &'static str,
    sender_id: Option<String>,
    created_at: String,
}

impl OptOutView {
    fn of(opt_out: &OptOut, offset: Offset) -> Self {
        let origin = &opt_out.origin;
        Self {
            phone: opt_out.phone.e164(),
            source: origin.source().as_str(),
            sender_id: origin.sender().map(ToString::to_string),
            created_at: origin.at().rfc3339(offset),
        }
    }
}

impl CsvRow for OptOutView {
    const COLUMNS: &'static [&'static str] = &["phone", "source", "sender_id", "created_at"];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::plain(&self.phone),
            Cell::plain(self.source),
            Cell::text(self.sender_id.as_deref().unwrap_or_default()),
            Cell::plain(&self.created_at),
        ]
    }
}

/// Rows of a CSV page. The largest row has 70 bytes, so an answer has room for many more.
const MAX_CSV_ROWS: u64 = 5_000;

/// The query of the list.
pub struct OptOutsQuery {
    phone: Option<Msisdn>,
    form: ListForm,
    paging: ListPaging,
}

impl Input for OptOutsQuery {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let reader = phones::reader(&request.caller.organisation)?;
        let mut query = request.query();
        let phone = phones::in_query(&mut query, reader);
        let (form, paging) = ListForm::of(request.headers, &mut query, MAX_CSV_ROWS);
        query.finish()?;
        Ok(Self { phone, form, paging })
    }
}

/// The result of adding numbers to the list.
#[derive(Serialize)]
struct AddedView {
    received: u64,
    added: u64,
    invalid_count: u64,
    invalid: Vec<InvalidRow>,
    phone_columns: Option<Vec<String>>,
}

/// The result of removing numbers from the list.
#[derive(Serialize)]
pub struct RemovedView {
    received: u64,
    removed: u64,
    invalid_count: u64,
    invalid: Vec<InvalidRow>,
}

/// The numbers of a request.
#[derive(Default)]
pub struct Numbers {
    received: u64,
    phones: Vec<Msisdn>,
    invalid: InvalidRows,
    /// The columns of the file that the numbers are from.
    columns: Option<Vec<String>>,
}

impl Input for Numbers {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let options = ImportOptions { needs_phone: true, ..ImportOptions::of(request)? };
        if import::is_file(request) {
            return import::read(request, &options).map(Self::of_rows);
        }
        options.check_json()?;
        Self::of_fields(request.fields()?, &options)
    }
}

/// `GET /v1/opt-outs/`
pub async fn list(
    State(backend): State<Backend>,
    Guarded { caller, input: OptOutsQuery { phone, form, paging } }: Guarded<OptOutsQuery>,
) -> Result<Response, ApiError> {
    let (organisation, opt_outs) = (&*caller.organisation, &backend.stores.accounts.opt_outs);
    let page = paging.of(&format!("opt-outs {} {}", organisation.id, phones::filter(phone)))?;
    let found = match phone {
        None => opt_outs.page(organisation.id, page.request).await?,
        Some(phone) => ListPage::of_one(opt_outs.find(organisation.id, phone).await?, &page.request),
    };
    let page = page.envelope(found.map(|opt_out| OptOutView::of(&opt_out, organisation.offset)));
    match form {
        ListForm::Csv => export::respond(page),
        ListForm::Json => Ok(Json(page).into_response()),
    }
}

/// `POST /v1/opt-outs/`: `{"phones": […]}`, `{"phone": …}`, or a CSV file. As with an import, a repetition after a
/// crash has the counts of its own run.
pub async fn add(
    State(backend): State<Backend>,
    Creating { caller, input: numbers, once }: Creating<Numbers>,
) -> Result<Response, ApiError> {
    once.run(async |_| {
        let (opt_outs, now) = (&backend.stores.accounts.opt_outs, backend.clock.now());
        let origin = OptOutOrigin::new(OptOutSource::Organisation, None, now);
        let added = opt_outs.add(caller.organisation.id, &numbers.phones, &origin).await?;
        let Numbers { received, invalid, columns: phone_columns, .. } = numbers;
        let (invalid_count, invalid) = (invalid.count(), invalid.into_named());
        let view = AddedView { received, added, invalid_count, invalid, phone_columns };
        idempotency::answer(StatusCode::OK, &view)
    })
    .await
}

/// `DELETE /v1/opt-outs/`, with the same body as `POST`.
pub async fn remove(
    State(backend): State<Backend>,
    Guarded { caller, input: numbers }: Guarded<Numbers>,
) -> Result<Json<RemovedView>, ApiError> {
    let Numbers { received, phones, invalid, .. } = numbers;
    let removed = backend
        .stores
        .accounts
        .opt_outs
        .remove(caller.organisation.id, &phones, &remover(&backend, &caller))
        .await?;
    let (invalid_count, invalid) = (invalid.count(), invalid.into_named());
    Ok(Json(RemovedView { received, removed, invalid_count, invalid }))
}

/// `DELETE /v1/opt-outs/{phone}/`
pub async fn remove_one(
    State(backend): State<Backend>,
    OptOutPath(written): OptOutPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<StatusCode, ApiError> {
    let reader = phones::reader(&caller.organisation)?;
    let phone = phones::typed(&written, reader)
        .map_err(|reason| ApiError::invalid(vec![FieldError::new(phones::PHONE, reason)]))?;
    let opt_outs = &backend.stores.accounts.opt_outs;
    match opt_outs.remove(caller.organisation.id, &[phone], &remover(&backend, &caller)).await? {
        0 => Err(no_such_opt_out()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// The key that removes opt-outs and the time, for the record of the removal.
fn remover(backend: &Backend, caller: &Caller) -> Remover {
    Remover { key: caller.key_id(), at: backend.clock.now() }
}

impl Numbers {
    /// Exactly one of `phone`, which must be a number, and `phones`, whose bad ones are reported.
    fn of_fields(mut fields: Fields, options: &ImportOptions<'_>) -> Result<Self, ApiError> {
        if !fields.has("phone") && !fields.has("phones") {
            fields.reject("phones", "is required, or phone".into());
        }
        let phone =
            fields.optional("phone", |value| phones::read(&value, options.numbers).map(|phone| phone.number));
        let phones = fields.optional("phones", read_list);
        if phone.is_some() && phones.is_some() {
            fields.reject("phone", "cannot be combined with phones".into());
        }
        fields.finish()?;
        Ok(match phone {
            Some(phone) => Self { received: 1, phones: vec![phone], ..Self::default() },
            None => Self::of(phones.unwrap_or_default(), options),
        })
    }

    fn of_rows(Rows { received, contacts, invalid, columns, .. }: Rows) -> Self {
        Self {
            received,
            phones: contacts.into_iter().filter_map(|contact| Some(contact.phone?.number)).collect(),
            invalid,
            columns: columns.map(|columns| columns.phone),
        }
    }

    fn of(values: Vec<JsonValue>, options: &ImportOptions<'_>) -> Self {
        let mut numbers = Self { invalid: InvalidRows::naming(options.named), ..Self::default() };
        for (place, value) in (1..).map(Place::item).zip(values) {
            numbers.received += 1;
            let written = match phones::written(&value) {
                Ok(written) => written,
                Err(reason) => {
                    numbers.invalid.note(place, None, reason);
                    continue;
                }
            };
            match options.numbers.read(&written) {
                Ok(phone) => numbers.phones.push(phone.number),
                Err(error) => numbers.invalid.note(place, Some(&written), error.to_string()),
            }
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn read(body: &'static str) -> Result<Numbers, ApiError> {
        let fields = Fields::parse(&Bytes::from_static(body.as_bytes())).unwrap();
        Numbers::of_fields(fields, &ImportOptions::reading(phones::kenyan_reader()))
    }

    #[test]
    fn one_number_or_a_list_is_read_and_bad_ones_are_reported() {
        assert_eq!(read(r#"{"phone":"0712345678"}"#).unwrap().phones[0].e164(), "+254712345678");
        assert_eq!(read(r#"{"phone":254712345678}"#).unwrap().phones[0].e164(), "+254712345678");
        let numbers =
            read(r#"{"phones":["0712345678","abc",7,"",true,254722000111,2.54722000111e11]}"#).unwrap();
        assert_eq!((numbers.received, numbers.phones.len(), numbers.invalid.count()), (7, 3, 4));
        for wrong in [
            "{}",
            r#"{"phone":"abc"}"#,
            r#"{"phone":7.5}"#,
            r#"{"phone":2.54712E+11}"#,
            r#"{"phone":true}"#,
            r#"{"phones":"0712345678"}"#,
            r#"{"phone":"0712345678","phones":[]}"#,
        ] {
            assert_eq!(read(wrong).err().unwrap().status(), StatusCode::BAD_REQUEST, "{wrong}");
        }
    }
}
