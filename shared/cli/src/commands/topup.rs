//! `topup`: money for a wallet, and corrections.

use std::path::Path;

use domain::{money::Money, organisation::Organisation, wallet::MOST_IN_A_PART};
use platform::clock::Clock;
use serde_json::json;
use stores::{
    Stores,
    accounts::wallets::{Posted, PostingError},
};

use super::organisations::known;
use crate::{
    CliError,
    args::{Deployment, TopUpArgs},
    output::Output,
    target::Target,
};

pub(super) async fn top_up(args: TopUpArgs, at: Deployment, data: &Path) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    let organisation = known(&stores, &args.organisation).await?;
    let posted = post(&stores, &organisation, &args).await?;
    let available = stores.accounts.wallets.get(organisation.id).await?.available;
    let was_applied = match posted {
        Posted::Applied => true,
        Posted::AppliedBefore => false,
        Posted::ReferenceUsed => return Err(CliError::ReferenceUsed),
        Posted::OutOfBounds => return Err(out_of_bounds(&organisation, &args, available)),
    };
    Ok(output(&organisation, &args, was_applied, available))
}

async fn post(stores: &Stores, organisation: &Organisation, args: &TopUpArgs) -> Result<Posted, CliError> {
    let TopUpArgs { amount, reference, reason, .. } = args;
    let (wallets, now) = (&stores.accounts.wallets, Clock::machine().now());
    let posted: Result<Posted, PostingError> = match reason {
        Some(reason) => wallets.correct(organisation.id, reference, *amount, reason, now).await,
        None if !amount.is_payable_in(organisation.currency) => {
            return Err(CliError::NotPayable { currency: organisation.currency });
        }
        None => wallets.top_up(organisation.id, reference, *amount, now).await,
    };
    Ok(posted?)
}

fn out_of_bounds(organisation: &Organisation, args: &TopUpArgs, available: Money) -> CliError {
    let show = |amount| organisation.currency.show(amount);
    if args.correct {
        CliError::MoreThanAvailable { available: show(available) }
    } else {
        CliError::WalletFull { most: show(MOST_IN_A_PART) }
    }
}

fn output(organisation: &Organisation, args: &TopUpArgs, was_applied: bool, available: Money) -> Output {
    let currency = organisation.currency;
    let (word, field) = if args.correct { ("taken out", "taken_out") } else { ("added", "added") };
    let before =
        if was_applied { word.to_owned() } else { format!("was {word} before under this reference") };
    let (amount, name) = (currency.show(args.amount), &organisation.name);
    let text = format!("{amount} {before}; {name} has {} available.", currency.show(available));
    let mut document = json!({
        "organisation_id": organisation.id,
        "reference": args.reference,
        "amount": currency.decimal(args.amount),
        "available": currency.decimal(available),
        "currency": currency,
    });
    document[field] = json!(was_applied);
    if let Some(reason) = &args.reason {
        document["reason"] = json!(reason);
    }
    Output::new(text, document)
}
