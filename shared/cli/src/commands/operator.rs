//! Organisations, keys, money, and the holding of campaigns.

use std::path::Path;

use domain::{
    api_key::KeyMode,
    ids::OrganisationId,
    organisation::Organisation,
    tariff::Price,
    timestamp::{Millis, Offset},
};
use platform::clock::Clock;
use stores::{
    Stores,
    accounts::{
        api_keys::{KeyRecord, Scope},
        wallets::TopUp,
    },
};

use crate::{
    CliError,
    args::{CreateArgs, Deployment, KeyCommand, OrganisationCommand, SetArgs, TopUpArgs},
    operator::{
        NewKey, NewOrganisation, change_organisation, create_organisation, hold_every_campaign, issue_key,
    },
    target::Target,
    terminal::{note, print},
};

pub(super) async fn organisation(
    command: OrganisationCommand,
    at: Deployment,
    data: &Path,
) -> Result<(), CliError> {
    let stores = Target::of(at, data)?.stores().await?;
    match command {
        OrganisationCommand::Create(args) => {
            let organisation = create_organisation(&stores, described(args)).await?;
            Ok(print(headline(&organisation))?)
        }
        OrganisationCommand::Set(args) => set(&stores, args).await,
        OrganisationCommand::Show { organisation } => {
            show(&stores, &known(&stores, organisation.0).await?).await
        }
    }
}

/// Changes the parts that are named, and shows the whole.
async fn set(stores: &Stores, args: SetArgs) -> Result<(), CliError> {
    let (organisation, changes) = args.changes();
    let organisation = known(stores, organisation.0).await?;
    let changed = change_organisation(stores, organisation, changes).await?;
    show(stores, &changed).await
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

async fn show(stores: &Stores, organisation: &Organisation) -> Result<(), CliError> {
    let wallet = stores.accounts.wallets.get(organisation.id).await?;
    let currency = organisation.currency;
    print(headline(organisation))?;
    print(format_args!("  available  {}", currency.show(wallet.available)))?;
    print(format_args!("  reserved   {}", currency.show(wallet.reserved)))?;
    print(format_args!("  charged    {}", currency.show(wallet.charged)))?;
    print(format_args!("  senders    {}", senders(organisation).join(", ")))?;
    for Price { prefix, per_segment } in Vec::from(organisation.tariff.clone()) {
        print(format_args!("  price      {prefix}={per_segment}"))?;
    }
    print(format_args!(
        "  home       {}, {} requests a minute",
        organisation.home_country, organisation.rate_limit
    ))?;
    let cap = organisation.daily_spend_cap.map_or_else(|| "none".to_owned(), |cap| currency.show(cap));
    print(format_args!("  daily cap  {cap}"))?;
    let window = organisation.duplicate_window.map_or_else(|| "none".to_owned(), minutes);
    Ok(print(format_args!("  duplicates {window}"))?)
}

fn headline(organisation: &Organisation) -> String {
    format!("{}  {} ({})", organisation.id, organisation.name, organisation.slug)
}

/// The default first, as where an organisation is set up.
fn senders(organisation: &Organisation) -> Vec<&str> {
    let others = organisation.senders.iter().filter(|sender| **sender != organisation.default_sender);
    std::iter::once(&organisation.default_sender).chain(others).map(|sender| sender.as_str()).collect()
}

fn minutes(window: Millis) -> String {
    format!("{} minutes", window.secs_rounded_up() / 60)
}

pub(super) async fn hold(at: Deployment, data: &Path) -> Result<(), CliError> {
    let stores = Target::of(at, data)?.stores().await?;
    let held = hold_every_campaign(&stores, Clock::machine().now()).await?;
    print(format!("{} campaigns are paused.", held.campaigns))?;
    match held.unreadable_campaigns {
        0 => Ok(()),
        unreadable => Err(CliError::NotHeld(unreadable)),
    }
}

pub(super) async fn key(command: KeyCommand, at: Deployment, data: &Path) -> Result<(), CliError> {
    let stores = Target::of(at, data)?.stores().await?;
    let now = Clock::machine().now();
    match command {
        KeyCommand::Issue { organisation, name, test, scopes, valid_until } => {
            let organisation = known(&stores, organisation.0).await?;
            let scopes = if scopes.is_empty() { Scope::ALL.to_vec() } else { scopes };
            let mode = if test { KeyMode::Test } else { KeyMode::Live };
            let new = NewKey { name, mode, scopes, valid_until };
            let issued = issue_key(&stores, organisation.id, new, now).await?;
            note(format_args!("Key {} of {}, shown this once:", issued.record.id, organisation.name));
            print(issued.key.reveal())?;
        }
        KeyCommand::List { organisation } => {
            let organisation = known(&stores, organisation.0).await?;
            let keys = stores.accounts.api_keys.list(organisation.id).await?;
            keys.iter().try_for_each(|key| print(line(key, organisation.offset)))?;
        }
        KeyCommand::Revoke { organisation, key } => {
            if !stores.accounts.api_keys.revoke(organisation.0, key, now).await? {
                return Err(CliError::Unknown { kind: "key", name: key.to_string() });
            }
            print(format_args!("{key} is revoked."))?;
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
    let stores = Target::of(at, data)?.stores().await?;
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
    Ok(print(format_args!("{amount} {word}; {} has {available} available.", organisation.name))?)
}

async fn known(stores: &Stores, id: OrganisationId) -> Result<Organisation, CliError> {
    let organisation = stores.accounts.organisations.get(id).await?;
    organisation.ok_or_else(|| CliError::Unknown { kind: "organisation", name: id.to_string() })
}
