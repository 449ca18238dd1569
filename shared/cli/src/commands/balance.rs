//! `balance`: the money of the organisation.

use std::path::Path;

use serde_json::Value;

use super::listing::cells;
use crate::{CliError, args::Api, output::Output, target};

pub(super) async fn balance(api: &Api, data: &Path) -> Result<Output, CliError> {
    let balance: Value = target::client(api, data).await?.get("/v1/balance/").await?;
    let shown = cells(&balance, &["currency", "available", "balance", "reserved"]);
    let [currency, available, whole, reserved] = [0, 1, 2, 3].map(|place| shown[place].as_str());
    let text =
        format!("{currency} {available} available: {currency} {whole}, of which {reserved} is reserved");
    Ok(Output::new(text, balance))
}
