//! Stable codes of errors, for programs.

use std::borrow::Cow;

use auditor::AuditError;
use contact_files::TableError;
use platform::http::HttpError;
use stores::{StoreError, accounts::wallets::PostingError, books::EditError};

use super::CliError;
use crate::{
    client::ClientError,
    import::{FileError, ImportError, SourceError, WorkbookError},
    operator::{OrganisationError, PersonError, RedriveError, RouteChangeError, TakeUpError},
};

impl CliError {
    /// The stable code of the JSON document. For a refusal of the API it is the API's.
    pub fn code(&self) -> Cow<'_, str> {
        let code = match self {
            Self::Client(error)
            | Self::NotFollowed { source: error, .. }
            | Self::Import(ImportError::Stopped(_, Some(error))) => {
                return Cow::Borrowed(code_of_client(error));
            }
            Self::NotAudited(error) => return error.code(),
            Self::UnknownBook { .. } => "address_book_not_found",
            Self::Unknown { kind, .. } => return Cow::Owned(format!("{}_not_found", kind.replace(' ', "_"))),
            Self::Organisation(error) => code_of_organisation(error),
            Self::Store(error)
            | Self::Posting(PostingError::Store(error))
            | Self::TakeUp(TakeUpError::Store(error)) => code_of_store(error),
            Self::Aws(error) => error.code(),
            Self::NotRunning(_) => "not_running",
            Self::Closed(_) => "closed",
            Self::NotSent { .. } => "unconfirmed",
            Self::Declined => "declined",
            Self::NoTerminal => "confirmation_required",
            Self::Import(ImportError::Stopped(_, None)) => "interrupted",
            Self::Import(ImportError::RefusedRows { .. }) => "refused_file_not_written",
            Self::Import(ImportError::RefusedExists(_)) => "refused_file_exists",
            Self::Import(ImportError::Table(error)) => code_of_table(error),
            Self::File(error) => code_of_file(error),
            Self::MostlyInvalid { .. } => "mostly_invalid",
            Self::RefusedIsTheFile => "usage",
            Self::Redrive(RedriveError::NoDeadLetters) => "no_dead_letter_queue",
            Self::Redrive(RedriveError::Unavailable { .. }) | Self::TakeUp(TakeUpError::Queue(_)) => {
                "queue_unavailable"
            }
            Self::Person(PersonError::Book(EditError::Store(error)) | PersonError::Store(error)) => {
                code_of_store(error)
            }
            Self::Person(PersonError::Book(EditError::NotFound)) => "address_book_not_found",
            Self::Person(PersonError::Book(
                EditError::Busy { .. } | EditError::CutShort { .. } | EditError::Interrupted,
            )) => "address_book_busy",
            Self::NotANumber => "invalid_phone",
            Self::CampaignState { .. } => "campaign_state",
            Self::UnreadableCampaigns(_) => "unreadable_campaigns",
            Self::Posting(PostingError::NotPositive) | Self::NotPayable { .. } => "invalid_amount",
            Self::WalletFull { .. } => "wallet_full",
            Self::MoreThanAvailable { .. } => "insufficient_balance",
            Self::Audit(AuditError::Unavailable { .. }) => "table_unavailable",
            Self::Audit(AuditError::NoSuchOrganisation) => "organisation_not_found",
            Self::Findings(_) => "findings",
            Self::NoStack | Self::ProfileAndAddress(_) | Self::ProfileAtLogin => "usage",
            Self::Profiles(_) => "profiles",
            Self::NameOfAKind(_) | Self::AccountExists(_) => "account_name_taken",
            Self::AccountSettings(_) | Self::KindOfParameters(_) => "account_settings",
            Self::Check(error) => error.code(),
            Self::NotTheProvider { .. } => "account_not_found",
            Self::Secrets(_) => "secrets",
            Self::Routes(error) => code_of_routes(error),
            Self::AccountInRoutes { .. } | Self::AccountOfParameters(_) => "account_in_routes",
            Self::NoQueue(_) | Self::NoOutput { .. } => "not_there",
            Self::Environment(_) => "missing_variables",
            Self::Tls(_) => "tls",
            Self::Paused { .. } => "campaign_paused",
            Self::NoKey => "no_api_key",
            Self::NotAKey => "invalid_api_key",
            Self::TestKeyImports => "key_mode_not_allowed",
            Self::Ambiguous(_) => "ambiguous_name",
            Self::ReferenceUsed => "reference_used",
        };
        Cow::Borrowed(code)
    }
}

fn code_of_client(error: &ClientError) -> &str {
    match error {
        ClientError::Refused(refusal) => &refusal.code,
        ClientError::NotAUrl(_) | ClientError::NotEncrypted(_) => "invalid_url",
        ClientError::Http { error: HttpError::NeverSent { .. }, .. } => "unreachable",
        ClientError::Http { error: HttpError::Lost { .. }, .. } => "no_answer",
        ClientError::Tls(_) => "tls",
        ClientError::NotOurs { .. } => "not_the_api",
    }
}

const fn code_of_file(error: &FileError) -> &'static str {
    match error {
        FileError::Source(SourceError::NotThere(_)) => "file_not_found",
        FileError::Source(SourceError::TooLarge(_)) => "file_too_large",
        FileError::Source(_) => "unreadable_file",
        FileError::Foreign(_) => "not_a_table",
        FileError::Text(_) => "unreadable_text",
        FileError::Workbook(WorkbookError::Protected) => "protected_workbook",
        FileError::Workbook(WorkbookError::Damaged) => "damaged_workbook",
        FileError::Workbook(WorkbookError::NoValue { .. }) => "formula_without_value",
        FileError::Workbook(WorkbookError::UnknownSheet { .. }) | FileError::NoSheets(_) => "unknown_sheet",
        FileError::Workbook(WorkbookError::NoSheet) | FileError::EmptySheet { .. } | FileError::NoRows => {
            "empty_file"
        }
        FileError::Table { error, .. } => code_of_table(error),
    }
}

const fn code_of_table(error: &TableError) -> &'static str {
    match error {
        TableError::Malformed(_) => "malformed_csv",
        TableError::Empty => "empty_file",
        TableError::NoHeader { .. } => "no_header",
        TableError::NoPhoneColumn { .. } => "no_phone_column",
        TableError::NoKnownColumn { .. } => "no_known_column",
        TableError::UnknownColumn { .. } => "unknown_column",
        TableError::OneLine => "one_line",
        TableError::TooManyColumns => "too_many_columns",
    }
}

const fn code_of_organisation(error: &OrganisationError) -> &'static str {
    match error {
        OrganisationError::Slug(_) => "invalid_slug",
        OrganisationError::SlugTaken(_) => "slug_taken",
        OrganisationError::NotThere { .. } => "not_found",
        OrganisationError::Gone => "organisation_not_found",
        OrganisationError::TooManySenders => "too_many_sender_ids",
        OrganisationError::NoSender => "no_sender_id",
        OrganisationError::Tariff(_) => "invalid_tariff",
        OrganisationError::HomeCountry(_) => "invalid_home_country",
        OrganisationError::Store(error) => code_of_store(error),
    }
}

const fn code_of_routes(error: &RouteChangeError) -> &'static str {
    match error {
        RouteChangeError::UnknownAccount { .. } => "account_not_found",
        RouteChangeError::NoRoute(_) => "route_not_found",
        RouteChangeError::List(_) | RouteChangeError::UnusedShare(_) | RouteChangeError::Shares(_) => {
            "invalid_routes"
        }
        RouteChangeError::Store(error) => code_of_store(error),
    }
}

const fn code_of_store(error: &StoreError) -> &'static str {
    if error.is_about_an_item() { "unreadable_item" } else { "table_unavailable" }
}
