//! Organisations, keys and money.

use std::path::Path;

use domain::{api_key::KeyMode, ids::OrganisationId, organisation::Organisation, timestamp::Offset};
use platform::clock::Clock;
use stores::{
    Stores,
    accounts::{
        api_keys::{KeyRecord, Scope},
        wallets::TopUp,
    },
};

use super::{
    CliError,
    args::{CreateArgs, Deployment, KeyCommand, OrganisationCommand, TopUpArgs},
    target,
};
use crate::operator::{NewKey, NewOrganisation, create_organisation, issue_key};

pub(super) async fn organisation(
    command: OrganisationCommand,
    at: Deployment,
    data: &Path,
) -> Result<(), CliError> {
    let stores = target::stores(at, data).await?;
    match command {
        OrganisationCommand::Create(args) => {
            let organisation = create_organisation(&stores, described(args)).await?;
            println!("{}  {} ({})", organisation.id, organisation.name, organisation.slug);
            Ok(())
        }
        OrganisationCommand::Show { organisation } => show(&stores, organisation.0).await,
    }
}

fn described(args: CreateArgs) -> NewOrganisation {
    NewOrganisation {
        name: args.name,
        slug: args.slug,
        currency: args.currency,
        home_country: args.home_country,
        offset: args.offset,
        senders: args.senders,
        prices: args.prices,
        rate_limit: args.rate_limit,
        daily_spend_cap: args.daily_spend_cap,
        duplicate_window: args.duplicate_window,
    }
}

async fn show(stores: &Stores, id: OrganisationId) -> Result<(), CliError> {
    let organisation = known(stores, id).await?;
    let wallet = stores.accounts.wallets.get(id).await?;
    let currency = organisation.currency;
    println!("{}  {} ({})", organisation.id, organisation.name, organisation.slug);
    println!("  available  {}", currency.show(wallet.available));
    println!("  reserved   {}", currency.show(wallet.reserved));
    println!("  charged    {}", currency.show(wallet.charged));
    let senders: Vec<_> = organisation.senders.iter().map(|sender| sender.as_str()).collect();
    println!("  senders    {}", senders.join(", "));
    println!("  home       {}, {} requests a minute", organisation.home_country, organisation.rate_limit);
    Ok(())
}

pub(super) async fn key(command: KeyCommand, at: Deployment, data: &Path) -> Result<(), CliError> {
    let stores = target::stores(at, data).await?;
    let now = Clock::machine().now();
    match command {
        KeyCommand::Issue { organisation, name, test, scopes, valid_until } => {
            let organisation = known(&stores, organisation.0).await?;
            let scopes = if scopes.is_empty() { Scope::ALL.to_vec() } else { scopes };
            let mode = if test { KeyMode::Test } else { KeyMode::Live };
            let new = NewKey { name, mode, scopes, valid_until };
            let issued = issue_key(&stores, organisation.id, new, now).await?;
            eprintln!("Key {} of {}, shown this once:", issued.record.id, organisation.name);
            println!("{}", issued.key.reveal());
        }
        KeyCommand::List { organisation } => {
            let organisation = known(&stores, organisation.0).await?;
            let keys = stores.accounts.api_keys.list(organisation.id).await?;
            keys.iter().for_each(|key| println!("{}", line(key, organisation.offset)));
        }
        KeyCommand::Revoke { organisation, key } => {
            if !stores.accounts.api_keys.revoke(organisation.0, key, now).await? {
                return Err(CliError::Unknown { kind: "key", name: key.to_string() });
            }
            println!("{key} is revoked.");
        }
    }
    Ok(())
}

fn line(key: &KeyRecord, offset: Offset) -> String {
    let state = match (key.revoked_at, key.valid_until) {
        (Some(at), _) => format!("revoked {}", at.rfc3339(offset)),
        (None, Some(until)) => format!("until {}", until.rfc3339(offset)),
        (None, None) => "live".to_owned(),
    };
    let used =
        key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", at.rfc3339(offset)));
    let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    format!("{}  {}…  {}  {state}, {used}  {}", key.id, key.hint, key.name, scopes.join(","))
}

pub(super) async fn top_up(args: TopUpArgs, at: Deployment, data: &Path) -> Result<(), CliError> {
    let stores = target::stores(at, data).await?;
    let organisation = known(&stores, args.organisation.0).await?;
    let wallets = &stores.accounts.wallets;
    let now = Clock::machine().now();
    let word = match wallets.top_up(organisation.id, &args.reference, args.amount, now).await? {
        TopUp::Applied => "put in",
        TopUp::AppliedBefore => "put in before under this reference",
        TopUp::ReferenceUsed => return Err(CliError::ReferenceUsed),
    };
    let wallet = wallets.get(organisation.id).await?;
    let (amount, available) =
        (organisation.currency.show(args.amount), organisation.currency.show(wallet.available));
    println!("{amount} {word}; {} has {available} available.", organisation.name);
    Ok(())
}

async fn known(stores: &Stores, id: OrganisationId) -> Result<Organisation, CliError> {
    let organisation = stores.accounts.organisations.get(id).await?;
    organisation.ok_or_else(|| CliError::Unknown { kind: "organisation", name: id.to_string() })
}
