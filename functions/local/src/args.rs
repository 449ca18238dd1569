//! The command line of `cargo run`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use providers::sandbox;

use crate::{fakes::ProviderChoice, stack::FunctionName};

/// SMS campaigns to address books: the whole system on this machine, with a demo.
#[derive(Debug, Parser)]
#[command(name = "local", bin_name = "cargo run --", args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// The options of the system.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Forget all data of an earlier start
    #[arg(long)]
    pub(crate) fresh: bool,
    /// The port of the API on 127.0.0.1; 0 for any free one
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub(crate) port: u16,
    /// The organisation and its key only: no books, no campaign
    #[arg(long)]
    pub(crate) no_demo: bool,
    /// Which provider sends the texts: sandbox, or another kind, such as africastalking: its settings and secrets are
    /// variables (AFRICASTALKING_USERNAME, …). It reaches people, so there is no demo campaign. With -fake behind it,
    /// such as twilio-fake, a fake of it on this machine takes every text and reports it delivered
    #[arg(long, value_name = "NAME", default_value = sandbox::KIND.name)]
    pub(crate) provider: ProviderChoice,
    /// The folder of the instance's data
    #[arg(long, value_name = "DIR", default_value = ".local")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one function with a Runtime API, as the Lambda host starts it
    #[command(hide = true)]
    Function { name: FunctionName },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parsed(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(["local"].into_iter().chain(line.split_whitespace()))
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_arguments_the_whole_system_is_started() {
        let cli = parsed("").unwrap();
        assert!(cli.command.is_none() && !cli.run.fresh && cli.run.port == 8080);
        assert_eq!(cli.run.provider, ProviderChoice::SANDBOX);
        let elsewhere = parsed("--fresh --port 0 --no-demo --data elsewhere").unwrap();
        assert_eq!(elsewhere.run.data, PathBuf::from("elsewhere"));
        assert!(parsed("--provider nobody").is_err());
    }
}
