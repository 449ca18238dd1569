//! The JSON of the protocol, field by field, and nothing else.
//!
//! Required fields default to empty: their absence is refused with the service's own error
//! (`required`) and not as malformed JSON.

mod requests;
mod responses;

pub(crate) use requests::*;
pub(crate) use responses::*;
