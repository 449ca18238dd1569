//! The arguments of `route`.

use clap::{Args, Subcommand};
use domain::{
    msisdn::Msisdn,
    prefix::Prefix,
    routes::{AccountShare, Route},
};

use super::values;
use crate::operator::OrganisationName;

#[derive(Debug, Subcommand)]
pub(crate) enum RouteCommand {
    /// Set the accounts of prefixes; other prefixes stay as they are
    ///
    /// A number goes to the accounts of the longest prefix that it begins with: to the first, or to the next one if the
    /// first cannot be used. Once there are routes, a number that has none is skipped when a send is accepted.
    Set {
        /// Prefix and accounts in order, such as 254=at-ke,infobip-ke; 1=twilio-us:+15005550006 has a sender of its own; =NAME
        /// is for all other numbers. An account was added, or is the one that the parameter Provider names
        #[arg(value_name = "PREFIX=ACCOUNT[:SENDER],…", required = true)]
        routes: Vec<Route>,
        /// Part of the recipients that an account gets first although others are before it, such as infobip-ke=1%: so a standby
        /// is known to work. Holds for each of these routes with that account; can be repeated
        #[arg(long = "share", value_name = "ACCOUNT=PERCENT")]
        shares: Vec<AccountShare>,
        #[command(flatten)]
        of: RoutesOf,
    },
    /// Show the routes, or which account a number goes to and why
    Show {
        /// International number, such as 254712345678
        #[arg(value_parser = values::international)]
        number: Option<Msisdn>,
        #[command(flatten)]
        of: RoutesOf,
    },
    /// Remove the routes of prefixes
    Remove {
        /// Prefix as listed; "" for the route of all other numbers
        #[arg(value_name = "PREFIX", required = true)]
        prefixes: Vec<Prefix>,
        #[command(flatten)]
        of: RoutesOf,
    },
}

/// Whose routes.
#[derive(Debug, Args)]
pub(crate) struct RoutesOf {
    /// Id or slug of one organisation, whose routes win over the deployment's of the same prefix; without it, the
    /// deployment's are meant
    #[arg(long = "org", value_name = "ORGANISATION")]
    pub(crate) organisation: Option<OrganisationName>,
}
