//! The arguments of `stop`, `go`, `campaign` and `person`.

use std::fmt;

use clap::{Args, Subcommand};
use domain::{ids::CampaignId, stop::Activity};

use super::values;
use crate::operator::OrganisationName;

#[derive(Debug, Args)]
pub(crate) struct StopArgs {
    #[command(flatten)]
    pub(crate) what: GoArgs,
    /// Reason, shown in listings; customers do not read it
    #[arg(long, value_name = "TEXT", value_parser = values::reason)]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct GoArgs {
    /// accepting (new sends) or dispatching (accepted sends); without it, both
    #[arg(value_name = "ACTIVITY")]
    pub(crate) activity: Option<Activity>,
    /// Id or slug of one organisation; without it, the stop applies to all
    #[arg(long, value_name = "ORGANISATION")]
    pub(crate) organisation: Option<OrganisationName>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CampaignCommand {
    /// List unfinished campaigns
    List {
        /// Id or slug of one organisation; without it, all are listed
        organisation: Option<OrganisationName>,
    },
    /// Show a campaign, without its text
    Show(OneCampaign),
    /// Cancel a campaign; recipients that were not handed over are refunded within three minutes
    Cancel(OneCampaign),
    /// Resume a paused campaign; it goes on within three minutes
    Resume(OneCampaign),
    /// Resume every campaign that a fault of the provider's account paused
    ResumeFaulted {
        /// Id or slug of one organisation; without it, all are resumed
        organisation: Option<OrganisationName>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OneCampaign {
    /// Id or slug of the organisation
    pub(crate) organisation: OrganisationName,
    /// The campaign's number
    #[arg(value_parser = values::campaign)]
    pub(crate) campaign: CampaignId,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Print a person's contacts, opt-out and messages
    Export(PersonArgs),
    /// Opt a person out for good, delete their contacts, and remove their number from all campaigns
    ///
    /// Counts and money do not change. Only the opt-out keeps the number.
    Erase {
        #[command(flatten)]
        person: PersonArgs,
        /// Reason, kept with the record of the erasure
        #[arg(long, value_name = "TEXT", value_parser = values::reason)]
        reason: Option<String>,
    },
}

#[derive(Args)]
pub(crate) struct PersonArgs {
    /// Phone number, such as +254712345678
    pub(crate) phone: String,
    /// Id or slug of the organisation
    #[arg(long, value_name = "ORGANISATION")]
    pub(crate) organisation: OrganisationName,
}

impl fmt::Debug for PersonArgs {
    /// Leaves out the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonArgs").field("organisation", &self.organisation).finish_non_exhaustive()
    }
}
