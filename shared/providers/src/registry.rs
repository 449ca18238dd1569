//! The list of every provider: a new one is a folder of this crate and a line here.

use crate::{africastalking, aws, infobip, kind::Kind, sandbox, twilio};

/// Every kind of provider.
pub static KINDS: [&Kind; 5] =
    [&sandbox::KIND, &africastalking::KIND, &aws::KIND, &infobip::KIND, &twilio::KIND];

/// The name of a network by its code in a delivery report; the code itself if no kind lists it.
pub fn network_name(code: &str) -> &str {
    let networks = KINDS.iter().flat_map(|kind| kind.networks);
    networks.copied().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}
