//! The JSON of the protocol, field by field. A request with any other field is refused: it asks for a
//! feature that is absent here.
//!
//! Required fields default to empty: their absence is refused with the service's own error
//! (`required`) and not as malformed JSON.

mod requests;
mod responses;

pub(crate) use requests::*;
pub(crate) use responses::*;
