//! `topup`: money for a wallet.

use std::path::Path;

use platform::clock::Clock;
use serde_json::json;
use stores::accounts::wallets::TopUp;

use super::organisations::known;
use crate::{
    CliError,
    args::{Deployment, TopUpArgs},
    output::Output,
    target::Target,
};

pub(super) async fn top_up(args: TopUpArgs, at: Deployment, data: &Path) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    let TopUpArgs { organisation, amount, reference } = args;
    let organisation = known(&stores, &organisation).await?;
    let wallets = &stores.accounts.wallets;
    let now = Clock::machine().now();
    let (words, added) = match wallets.top_up(organisation.id, &reference, amount, now).await? {
        TopUp::Applied => ("added", true),
        TopUp::AppliedBefore => ("was added before under this reference", false),
        TopUp::ReferenceUsed => return Err(CliError::ReferenceUsed),
    };
    let available = wallets.get(organisation.id).await?.available;
    let show = |amount| organisation.currency.show(amount);
    let text = format!("{} {words}; {} has {} available.", show(amount), organisation.name, show(available));
    let document = json!({
        "organisation_id": organisation.id,
        "reference": reference,
        "amount": amount.to_string(),
        "added": added,
        "available": available.to_string(),
        "currency": organisation.currency,
    });
    Ok(Output::new(text, document))
}
