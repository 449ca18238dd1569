//! The list of every provider: a new one is a folder of this crate and a line here.

use crate::{africastalking, aws, infobip, kind::Kind, sandbox, twilio};

/// Every kind of provider.
pub static KINDS: [&Kind; 5] =
    [&sandbox::KIND, &africastalking::KIND, &aws::KIND, &infobip::KIND, &twilio::KIND];
