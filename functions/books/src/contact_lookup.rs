//! `GET /v1/contacts/?phone=`: which of the organisation's books hold a number.

use axum::{Json, extract::State};
use domain::msisdn::Msisdn;
use web::{ApiError, Backend, FieldError, Guarded, Incoming, Input, cursor::ListPaging, envelope::Envelope};

use crate::{phones, views::ContactInBookView};

/// The number to search for.
pub struct ContactLookupQuery {
    phone: Msisdn,
    paging: ListPaging,
}

impl Input for ContactLookupQuery {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let numbers = phones::reader(&request.caller.organisation)?;
        let mut query = request.query();
        let phone = query.required(phones::PHONE, |written| phones::typed(written, numbers));
        let paging = query.list_paging();
        query.finish()?;
        let phone =
            phone.ok_or_else(|| ApiError::invalid(vec![FieldError::new(phones::PHONE, "is required")]))?;
        Ok(Self { phone, paging })
    }
}

/// Every contact with the number, each with its book.
pub async fn page(
    State(backend): State<Backend>,
    Guarded { caller, input: ContactLookupQuery { phone, paging } }: Guarded<ContactLookupQuery>,
) -> Result<Json<Envelope<ContactInBookView>>, ApiError> {
    let organisation = &*caller.organisation;
    let page = paging.of(&format!("contacts {} {}", organisation.id, phones::filter(Some(phone))))?;
    let books = &backend.stores.books;
    let found = books.contacts_with_phone(organisation.id, phone, page.request.clone()).await?;
    Ok(Json(page.envelope(found.map(|found| ContactInBookView::of(found, organisation.offset)))))
}
