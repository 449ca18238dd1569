//! Errors of commands.

mod code;

use auditor::AuditError;
use domain::{
    campaign::CampaignStatus,
    ids::{AccountName, CampaignId},
    money::Currency,
};
use platform::{environment::EnvironmentError, http::TlsSetupError};
use stores::{StoreError, accounts::wallets::PostingError};
use thiserror::Error;

use crate::{
    Exit,
    aws::AwsError,
    client::{ClientError, IdempotencyKey},
    commands::CheckError,
    import::{FileError, ImportError},
    instance::NotRunning,
    operator::{OrganisationError, PersonError, RedriveError, RouteChangeError, SecretsError, TakeUpError},
    profiles::ProfilesError,
    terminal::Closed,
};

/// Why a command failed.
#[derive(Debug, Error)]
pub enum CliError {
    /// No instance runs on this machine.
    #[error(transparent)]
    NotRunning(#[from] NotRunning),
    /// The API refused, or did not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Standard output is closed: the command ends, and has not failed.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// A send without an answer.
    #[error(
        "the send may have been accepted: no answer came. To repeat it without a second campaign, add \
         --yes --idempotency-key {key}"
    )]
    NotSent {
        /// Makes the repetition safe, for a day.
        key: IdempotencyKey,
        /// The error of the last attempt.
        #[source]
        source: ClientError,
    },
    /// The estimate was declined.
    #[error("nothing was sent")]
    Declined,
    /// There is no terminal to ask on.
    #[error("nothing was sent: there is no terminal to ask on; add --yes to send without being asked")]
    NoTerminal,
    /// A campaign that was accepted, but whose status cannot be read.
    #[error("campaign {campaign} was accepted, but cannot be followed: try `sms follow {campaign}`")]
    NotFollowed {
        /// The campaign's number.
        campaign: CampaignId,
        #[source]
        source: ClientError,
    },
    /// An import with a test key stores nothing, but its progress file would say that it did.
    #[error("a test key stores no contacts: import with a live key")]
    TestKeyImports,
    /// The file cannot be imported.
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The import is done, and most of the file is not contacts.
    #[error("less than half of the file was imported: {taken} of {rows} rows")]
    MostlyInvalid {
        /// Rows that are contacts.
        taken: u64,
        /// Rows of the file.
        rows: u64,
    },
    /// The file of invalid rows would overwrite the imported file.
    #[error("--refused names the imported file itself")]
    RefusedIsTheFile,
    /// Creating or changing an organisation.
    #[error(transparent)]
    Organisation(#[from] OrganisationError),
    #[error(transparent)]
    Redrive(#[from] RedriveError),
    /// Batches that were set aside.
    #[error(transparent)]
    TakeUp(#[from] TakeUpError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Campaigns that the command could not read.
    #[error("{0} campaigns cannot be read and were not changed; `sms audit` lists them")]
    UnreadableCampaigns(u64),
    /// Finding or erasing a person.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The text that should be a phone number.
    #[error("this is not a phone number of the organisation's home country, nor one with a country code")]
    NotANumber,
    /// A campaign whose state does not allow the change.
    #[error("campaign {campaign} is {status} and cannot be {verb}")]
    CampaignState {
        /// The campaign's number.
        campaign: CampaignId,
        status: CampaignStatus,
        /// The requested step, as a participle.
        verb: &'static str,
    },
    /// A top-up or a correction.
    #[error(transparent)]
    Posting(#[from] PostingError),
    /// The auditor could not read.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The audit could not be finished, so its result is unknown.
    #[error("the audit could not be carried out")]
    NotAudited(#[source] Box<CliError>),
    /// The audit found something.
    #[error("the stored data breaks its rules in {0} places")]
    Findings(u64),
    /// Region, credentials, or the first call to a deployment.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// A profile or a region without a deployment.
    #[error("--profile and --region belong to a deployment: name it with --stack")]
    NoStack,
    /// A queue of a deployment has no address.
    #[error("there is no queue {0}")]
    NoQueue(String),
    /// A stack without an output that a command needs.
    #[error("stack {stack} has no output {output}: it is not a stack of this product")]
    NoOutput { stack: String, output: String },
    /// Variables that name tables and queues.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// TLS cannot be set up, so no connection can be made.
    #[error(transparent)]
    Tls(#[from] TlsSetupError),
    /// A campaign that is followed waits to be resumed.
    #[error(
        "campaign {campaign} is paused ({reason}); remove the cause, then resume it with \
         `sms resume {campaign}`"
    )]
    Paused {
        /// The campaign's number.
        campaign: CampaignId,
        /// The reason in its status.
        reason: String,
    },
    /// A profile together with another address or key.
    #[error(
        "--as {0} names an API and its key: leave out --url, --key, --stack, SMS_API_URL and SMS_API_KEY"
    )]
    ProfileAndAddress(String),
    /// `login` was given a profile to use.
    #[error("login creates a profile and cannot use one: leave out --as and SMS_PROFILE")]
    ProfileAtLogin,
    /// The file of profiles.
    #[error(transparent)]
    Profiles(#[from] ProfilesError),
    /// No key to call the API with.
    #[error("there is no API key: set SMS_API_KEY")]
    NoKey,
    /// The text cannot be a key.
    #[error("the API key (SMS_API_KEY or --key) is mistyped, or cut off")]
    NotAKey,
    /// No address book has that name.
    #[error("there is no address book {name}{}{}", or_hint(.hint), or_books(.books))]
    UnknownBook {
        /// The name as it was typed.
        name: String,
        /// The flag that would help, if there is one.
        hint: Option<&'static str>,
        /// The existing books.
        books: Vec<String>,
    },
    /// There is no item of that name.
    #[error("there is no {kind} {name}")]
    Unknown {
        /// The kind of item.
        kind: &'static str,
        /// The name as it was typed.
        name: String,
    },
    /// A name that an account cannot have.
    #[error("{0} is a kind of provider, whose name belongs to the account of the deployment's parameters")]
    NameOfAKind(AccountName),
    /// A kind of which no account can be added.
    #[error("{0} is used by naming it in the deployment's parameter Provider: no account of it can be added")]
    KindOfParameters(&'static str),
    /// An account of that name was added before.
    #[error("there is an account {0} already: remove it first")]
    AccountExists(AccountName),
    /// An account that could not start.
    #[error("the account cannot start: {}", .0.join("; "))]
    AccountSettings(Vec<String>),
    /// Routes that were not changed.
    #[error(transparent)]
    Routes(#[from] RouteChangeError),
    /// An account that a route leads to.
    #[error("routes lead to {account}: {}. Set or remove them first", .routes.join("; "))]
    AccountInRoutes { account: AccountName, routes: Vec<String> },
    /// The account that the deployment sends through if no route is set.
    #[error("the deployment's parameter Provider names {0}: change the parameter first")]
    AccountOfParameters(AccountName),
    /// An account that its provider does not accept, or of which nothing is known.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// An account that the parameters of a deployment do not name.
    #[error("the deployment sends through {provider}: its parameters have no account {name}")]
    NotTheProvider {
        name: AccountName,
        /// The stack's parameter `Provider`.
        provider: String,
    },
    /// Secrets that were not set.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// Several books have that name.
    #[error("several address books are named {0}: name one by its id")]
    Ambiguous(String),
    /// An amount that cannot be paid.
    #[error("a top-up in {currency} has at most {} decimals", currency.decimals())]
    NotPayable {
        /// The organisation's currency.
        currency: Currency,
    },
    /// A top-up beyond a wallet's maximum.
    #[error("the wallet would hold more than it may, {most} at most; nothing was changed")]
    WalletFull {
        /// With the currency, such as `KES 35.00`.
        most: String,
    },
    /// A correction above the available amount.
    #[error("only {available} is available; nothing was changed")]
    MoreThanAvailable {
        /// With the currency, such as `KES 35.00`.
        available: String,
    },
    /// The top-up's reference was used for another amount.
    #[error("this reference was used before, for another amount; nothing was changed")]
    ReferenceUsed,
}

impl CliError {
    /// The exit code of a command that ends with the error.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Closed(_) => Exit::Done,
            Self::NotAudited(_)
            | Self::NoStack
            | Self::RefusedIsTheFile
            | Self::ProfileAndAddress(_)
            | Self::ProfileAtLogin => Exit::NotCarriedOut,
            Self::Check(error) => error.exit(),
            Self::NotSent { .. } => Exit::Unconfirmed,
            Self::Declined | Self::NoTerminal => Exit::NotConfirmed,
            _ => Exit::Failed,
        }
    }
}

/// Names of address books that an error shows.
const MOST_BOOKS: usize = 10;

fn or_hint(hint: &Option<&'static str>) -> String {
    hint.map(|hint| format!(": {hint}")).unwrap_or_default()
}

fn or_books(books: &[String]) -> String {
    let shown = books.iter().take(MOST_BOOKS).map(String::as_str).collect::<Vec<_>>().join(", ");
    match books.len() {
        0 => "; there are none yet".to_owned(),
        count if count > MOST_BOOKS => format!("; there are {shown} and {} more", count - MOST_BOOKS),
        _ => format!("; there are: {shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_the_code_of_its_cause() {
        let no_region = || CliError::Aws(AwsError::NoRegion { profile: "default".to_owned() });
        let not_audited = CliError::NotAudited(Box::new(no_region()));
        assert_eq!((not_audited.code(), not_audited.exit()), ("no_region".into(), Exit::NotCarriedOut));
        assert_eq!((no_region().code(), no_region().exit()), ("no_region".into(), Exit::Failed));
        let unknown = CliError::Unknown { kind: "organisation", name: "acme".to_owned() };
        assert_eq!(unknown.code(), "organisation_not_found");
    }

    #[test]
    fn the_error_of_an_unknown_address_book_lists_existing_ones() {
        let unknown = |hint, books: usize| {
            let books = (1..=books).map(|book| format!("B{book}")).collect();
            CliError::UnknownBook { name: "People".to_owned(), hint, books }.to_string()
        };
        assert_eq!(unknown(None, 0), "there is no address book People; there are none yet");
        let hinted = "there is no address book People: add --create to create it; there are: B1, B2";
        assert_eq!(unknown(Some("add --create to create it"), 2), hinted);
        assert!(unknown(None, 12).ends_with("B9, B10 and 2 more"));
    }
}
