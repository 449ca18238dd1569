//! The route table of this function.

use domain::scope::Scope;
use web::{Access, Backend, Endpoint, Route, Routes, routes::JSON};

use crate::{
    address_books, contact_change, contact_lookup, contacts,
    import::{self, FILE_TYPES, MAX_IMPORT_BYTES, MEDIA_TYPES},
    opt_outs, phones,
};

const READ: Access = Access::scope(Scope::ReadBooks);
/// Live campaigns use these books and opt-outs, so a test key cannot change them.
const WRITE: Access = Access::live(Scope::WriteBooks);
/// An import with a live key stores contacts; with a test key it is only checked.
const IMPORT: Access = Access::scope(Scope::WriteBooks);
const REMOVE: Access = Access::live(Scope::RemoveOptOuts);

/// Parameters of a list that can be narrowed to one number.
const FILTERED: [&str; 4] = ["phone", "cursor", "page", "page_size"];

/// Every endpoint of this function.
pub fn endpoints() -> Vec<Endpoint<Backend>> {
    vec![
        Route::get("/v1/address-books", READ).paged().to(address_books::list),
        Route::post("/v1/address-books", WRITE).json().creates().to(address_books::create),
        Route::get("/v1/address-books/{book}", READ).to(address_books::show),
        Route::patch("/v1/address-books/{book}", WRITE).json().to(address_books::change),
        Route::delete("/v1/address-books/{book}", WRITE).to(address_books::remove),
        Route::post("/v1/address-books/contacts", READ)
            .json()
            .query(&FILTERED)
            .negotiates()
            .to(contacts::page_of_named),
        Route::get("/v1/address-books/{book}/contacts", READ)
            .query(&FILTERED)
            .negotiates()
            .to(contacts::page),
        Route::post("/v1/address-books/{book}/contacts", IMPORT)
            .takes(&MEDIA_TYPES, MAX_IMPORT_BYTES)
            .also_takes(&FILE_TYPES)
            .query(&import::PARAMETERS)
            .creates()
            .to(contacts::add),
        Route::get("/v1/address-books/{book}/contacts/{contact}", READ).to(contacts::show),
        Route::patch("/v1/address-books/{book}/contacts/{contact}", WRITE).json().to(contact_change::change),
        Route::delete("/v1/address-books/{book}/contacts/{contact}", WRITE).to(contacts::remove),
        Route::get("/v1/contacts", READ).query(&FILTERED).to(contact_lookup::page),
        Route::get("/v1/opt-outs", READ).query(&FILTERED).negotiates().to(opt_outs::list),
        Route::post("/v1/opt-outs", WRITE)
            .takes(&MEDIA_TYPES, MAX_IMPORT_BYTES)
            .also_takes(&FILE_TYPES)
            .query(&import::NUMBERS_PARAMETERS)
            .creates()
            .to(opt_outs::add),
        Route::delete("/v1/opt-outs", REMOVE)
            .takes(&[JSON], MAX_IMPORT_BYTES)
            .query(&[phones::COUNTRY])
            .to(opt_outs::remove),
        Route::delete("/v1/opt-outs/{phone}", REMOVE).to(opt_outs::remove_one),
    ]
}

/// The endpoints as a router.
pub fn routes(backend: &Backend) -> Routes {
    Routes::behind_keys(endpoints(), backend, backend.clone())
}
