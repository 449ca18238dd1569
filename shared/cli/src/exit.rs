//! The exit codes of `sms`: the one table that its help, its README and its errors follow.

use std::process::ExitCode;

/// The result of a command, for the shell that started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The command did what it was asked to do.
    Done,
    /// The command was refused, failed, or found something wrong.
    Failed,
    NotCarriedOut,
    /// A send may have been accepted.
    Unconfirmed,
    /// A send was not confirmed, so nothing was sent.
    NotConfirmed,
}

impl Exit {
    /// Every exit, in the order of the codes.
    pub const ALL: [Self; 5] =
        [Self::Done, Self::Failed, Self::NotCarriedOut, Self::Unconfirmed, Self::NotConfirmed];

    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::NotCarriedOut => 2,
            Self::Unconfirmed => 3,
            Self::NotConfirmed => 4,
        }
    }

    /// The sentence that the help and the README give for the code.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; an audit found nothing wrong",
            Self::Failed => {
                "refused or failed; an audit found something; a followed campaign is paused; an import took less than \
                 half of the rows"
            }
            Self::NotCarriedOut => {
                "the command line is not valid, the audit could not be carried out, or a provider that was asked about an \
                 account could not be reached"
            }
            Self::Unconfirmed => {
                "the send may have been accepted: repeat it with the idempotency key that is shown"
            }
            Self::NotConfirmed => {
                "nothing was sent: the estimate was declined, or there is no terminal to ask on and no --yes"
            }
        }
    }

    /// The table at the end of `--help`.
    pub(crate) fn table() -> String {
        let rows = Self::ALL.map(|exit| format!("\n  {}  {}", exit.code(), exit.meaning()));
        format!("Exit codes:{}", rows.concat())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_the_table_of_exit_codes() {
        let readme = include_str!("../README.md");
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit.code(), exit.meaning());
            assert!(readme.lines().any(|line| line == row), "{row}");
        }
    }
}
