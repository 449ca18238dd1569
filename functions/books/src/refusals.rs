//! A store's refusals as clients see them.

use domain::ids::ContactId;
use stores::books::{EditError, LEASE, LONGEST_EDIT, SlotsTaken};
use web::{ApiError, ErrorCode};

/// When an edit that was stopped during its writes can be repeated: after its lease has run out.
const RETRY_INTERRUPTED_SECS: u32 = LEASE.secs_rounded_up() as u32 - LONGEST_EDIT.as_secs() as u32;

/// The answer for an unknown book, and for another organisation's.
pub fn no_such_book() -> ApiError {
    ApiError::new(ErrorCode::AddressBookNotFound, "There is no such address book.")
}

pub fn no_such_contact() -> ApiError {
    ApiError::new(ErrorCode::ContactNotFound, "There is no such contact in this address book.")
}

pub fn no_such_opt_out() -> ApiError {
    ApiError::new(ErrorCode::OptOutNotFound, "This number is not on the list of opt-outs.")
}

/// Another contact of the book has the number or the names that a change asks for.
pub fn contact_exists(other: ContactId) -> ApiError {
    let detail = "Another contact of this address book has this phone number or, without one, these names and this \
                  email address.";
    ApiError::new(ErrorCode::ContactExists, detail).with("contact_id", other.to_string())
}

/// The answer to a failed edit.
pub fn edit_refused(error: EditError) -> ApiError {
    match error {
        EditError::NotFound => no_such_book(),
        EditError::Busy { retry_after_secs } => ApiError::new(
            ErrorCode::AddressBookBusy,
            "Another change of this address book is under way. Nothing was changed; try again.",
        )
        .retry_after(retry_after_secs),
        EditError::CutShort { stored, remaining, retry_after_secs } => {
            let detail = format!(
                "The import was cut short: {stored} contacts of this request are stored, and {remaining} remain. Repeat \
                 the same request after {retry_after_secs} s, and it goes on from there."
            );
            let error = ApiError::new(ErrorCode::CutShort, detail).retry_after(retry_after_secs);
            error.with("stored", stored).with("remaining", remaining)
        }
        EditError::Interrupted => cut_short(),
        EditError::Store(error) if error.is_about_an_item() => error.into(),
        EditError::Store(error) => {
            tracing::error!(%error, "an edit of an address book failed");
            cut_short()
        }
    }
}

/// The organisation already has as many long imports under way as it may.
pub fn import_busy(taken: SlotsTaken) -> ApiError {
    let detail = "Other large imports of the organisation are under way. Nothing was changed; try again.";
    ApiError::new(ErrorCode::ImportBusy, detail).retry_after(taken.retry_after_secs)
}

fn cut_short() -> ApiError {
    let detail = "The request was cut short: a part of it may be done. Repeating it does the rest.";
    ApiError::new(ErrorCode::CutShort, detail).retry_after(RETRY_INTERRUPTED_SECS)
}
