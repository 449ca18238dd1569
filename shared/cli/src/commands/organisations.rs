//! `org`: organisations.

use std::{fmt::Write, path::Path};

use domain::{organisation::Organisation, stop::Activity, tariff::Price, timestamp::Millis, wallet::Wallet};
use serde_json::{Value, json};
use stores::Stores;

use crate::{
    CliError,
    args::{CreateArgs, Deployment, OrganisationCommand, SetArgs},
    operator::{NewOrganisation, OrganisationName, change_organisation, create_organisation},
    output::Output,
    target::Target,
};

pub(super) async fn organisation(
    command: OrganisationCommand,
    at: Deployment,
    data: &Path,
) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    match command {
        OrganisationCommand::Create(args) => {
            let organisation = create_organisation(&stores, described(args)).await?;
            Ok(Output::new(headline(&organisation), document(&organisation, Wallet::default())))
        }
        OrganisationCommand::Set(args) => set(&stores, args).await,
        OrganisationCommand::List => list(&stores).await,
        OrganisationCommand::Show { organisation } => {
            show(&stores, &known(&stores, &organisation).await?).await
        }
    }
}

pub(super) async fn known(stores: &Stores, name: &OrganisationName) -> Result<Organisation, CliError> {
    let organisation = stores.accounts.organisations.get(name.id()).await?;
    organisation.ok_or_else(|| CliError::Unknown { kind: "organisation", name: name.to_string() })
}

/// Changes the settings that are named, and shows all of them.
async fn set(stores: &Stores, args: SetArgs) -> Result<Output, CliError> {
    let (organisation, changes) = args.changes();
    let organisation = known(stores, &organisation).await?;
    let changed = change_organisation(stores, organisation, changes).await?;
    show(stores, &changed).await
}

/// All organisations, with their wallets and stops.
async fn list(stores: &Stores) -> Result<Output, CliError> {
    let stops = stores.accounts.stops.read().await?;
    let (mut lines, mut results) = (Vec::new(), Vec::new());
    for organisation in stores.accounts.organisations.all().await? {
        let wallet = stores.accounts.wallets.get(organisation.id).await?;
        let is_stopped = |activity: &Activity| stops.find(organisation.id, *activity).is_some();
        let stopped: Vec<&str> =
            Activity::ALL.iter().copied().filter(is_stopped).map(Activity::as_str).collect();
        let available = organisation.currency.show(wallet.available);
        let note =
            if stopped.is_empty() { String::new() } else { format!("  stopped: {}", stopped.join(", ")) };
        lines.push(format!("{}  {available} available{note}", headline(&organisation)));
        let mut document = document(&organisation, wallet);
        document["stopped"] = json!(stopped);
        results.push(document);
    }
    Ok(Output::new(lines.join("\n"), json!({"total": results.len(), "results": results})))
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
        not_mobile: args.not_mobile,
    }
}

async fn show(stores: &Stores, organisation: &Organisation) -> Result<Output, CliError> {
    let wallet = stores.accounts.wallets.get(organisation.id).await?;
    Ok(Output::new(text(organisation, wallet), document(organisation, wallet)))
}

fn headline(organisation: &Organisation) -> String {
    format!("{}  {} ({})", organisation.id, organisation.name, organisation.slug)
}

fn text(organisation: &Organisation, wallet: Wallet) -> String {
    let currency = organisation.currency;
    let mut text = headline(organisation);
    let mut line = |name: &str, value: String| {
        // Writing into a string never fails.
        let _ = write!(text, "\n  {name:<10}  {value}");
    };
    line("available", currency.show(wallet.available));
    line("reserved", currency.show(wallet.reserved));
    line("charged", currency.show(wallet.charged));
    line("senders", senders(organisation).join(", "));
    for Price { prefix, per_segment } in Vec::from(organisation.tariff.clone()) {
        line("price", format!("{prefix}={}", currency.decimal(per_segment)));
    }
    line("home", format!("{}, {} requests a minute", organisation.home_country, organisation.rate_limit));
    let none = || "none".to_owned();
    line("daily cap", organisation.daily_spend_cap.map_or_else(none, |cap| currency.show(cap)));
    line("tests", format!("{} recipients a day", organisation.daily_test_recipients));
    let window = organisation.duplicate_window.map(minutes);
    line("duplicates", window.map_or_else(none, |minutes| format!("{minutes} minutes")));
    line("not mobile", organisation.not_mobile.to_string());
    text
}

/// The names and forms of the API's account and balance.
fn document(organisation: &Organisation, wallet: Wallet) -> Value {
    let (decimal, money) =
        (|amount| organisation.currency.decimal(amount), |amount| organisation.currency.show(amount));
    let price = |price: &Price| json!({"prefix": price.prefix, "price": money(price.per_segment)});
    let sender = |sender: &str| json!({"sender_id": sender, "is_default": sender == organisation.default_sender.as_str()});
    json!({
        "id": organisation.id,
        "name": organisation.name,
        "slug": organisation.slug,
        "currency": organisation.currency,
        "home_country": organisation.home_country,
        "offset": organisation.offset.to_string(),
        "sender_ids": senders(organisation).into_iter().map(sender).collect::<Vec<_>>(),
        "prices": organisation.tariff.prices().iter().map(price).collect::<Vec<_>>(),
        "requests_per_minute": organisation.rate_limit,
        "daily_test_recipients": organisation.daily_test_recipients,
        "daily_spend_cap": organisation.daily_spend_cap.map(money),
        "duplicate_window_seconds": organisation.duplicate_window.map(Millis::secs_rounded_up),
        "not_mobile": organisation.not_mobile,
        "balance": decimal(wallet.balance()),
        "available": decimal(wallet.available),
        "reserved": decimal(wallet.reserved),
        "charged": decimal(wallet.charged),
    })
}

/// The default is first, as in `org create`.
fn senders(organisation: &Organisation) -> Vec<&str> {
    let others = organisation.senders.iter().filter(|sender| **sender != organisation.default_sender);
    std::iter::once(&organisation.default_sender).chain(others).map(|sender| sender.as_str()).collect()
}

const fn minutes(window: Millis) -> i64 {
    window.secs_rounded_up() / 60
}
