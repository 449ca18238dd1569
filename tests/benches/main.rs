//! `cargo bench -p tests`: what the product costs, in one command.
//!
//! Ratios and exact counts come first (processor time of our own processes, units, requests, memory),
//! wall time second: it is the machine's, and the emulators share the processors with us. Tables go to the
//! standard output, plots (SVG) to `target/benches/`; last comes every measure beside its bar, and a bar
//! that is missed fails the run. `README.md` has the figures of the last full run.
//!
//! ```text
//! cargo bench -p tests                      the accept and its dispatch up to a million, the rest smaller
//! cargo bench -p tests -- --full            everything up to a million, the accept up to five
//! cargo bench -p tests -- --quick           up to 10,000
//! cargo bench -p tests -- journey reading   only these
//! ```

mod address_books;
mod bars;
mod cold_start;
mod console;
mod dispatch;
mod imports;
mod journey;
mod naive;
mod options;
mod outages;
mod reading;
mod reports;
#[allow(dead_code, reason = "the cost test uses the rest of it")]
mod support;

use std::process::ExitCode;

use bars::Bars;
use options::{Bench, Options};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let role = arguments.split_first().and_then(|(name, rest)| Some((Role::of(name)?, rest)));
    match role {
        Some((role, rest)) => runtime.block_on(role.play(rest)),
        None if runtime.block_on(run(&Options::read(&arguments))) => {}
        None => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

/// The role of this program, if a bench starts it again as another process to measure it.
#[derive(Clone, Copy)]
enum Role {
    /// Runs one of the product's functions, behind a Runtime API.
    Function,
    /// The operator's command.
    Operator,
    /// The naive sender.
    Naive(naive::Role),
    /// A client that opens connections over TLS.
    Handshake,
}

impl Role {
    fn of(name: &str) -> Option<Self> {
        match name {
            "function" => Some(Self::Function),
            address_books::ROLE => Some(Self::Operator),
            cold_start::ROLE => Some(Self::Handshake),
            other => naive::Role::of(other).map(Self::Naive),
        }
    }

    async fn play(self, arguments: &[String]) {
        match self {
            Self::Function => run_function(&arguments[0]).await,
            Self::Operator => address_books::operate(arguments).await,
            Self::Naive(role) => role.play(arguments).await,
            Self::Handshake => cold_start::connect(arguments).await,
        }
    }
}

/// Does the same as `main` of each function.
async fn run_function(name: &str) {
    let ran = match name {
        "api" => api::run().await,
        "books" => books::run().await,
        "dispatch" => ::dispatch::run().await,
        "callbacks" => callbacks::run().await,
        "receipts" => receipts::run().await,
        "clock" => clock::run().await,
        "console" => ::console::run().await,
        other => panic!("there is no function {other}"),
    };
    ran.expect("the function runs until its host ends it");
}

/// Runs the selected benches; returns whether no limit was missed.
async fn run(options: &Options) -> bool {
    let mut bars = Bars::default();
    for bench in &options.benches {
        match bench {
            Bench::Journey => journey::run(options, &mut bars).await,
            Bench::Naive => naive::run(options, &mut bars).await,
            Bench::AddressBooks => address_books::run(options).await,
            Bench::Imports => imports::run().await,
            Bench::Dispatch => dispatch::run(&mut bars).await,
            Bench::Reading => reading::run(options, &mut bars).await,
            Bench::ColdStart => cold_start::run(&mut bars).await,
            Bench::Outages => outages::run(&mut bars).await,
            Bench::Reports => reports::run(options).await,
            Bench::Console => console::run(options, &mut bars).await,
        }
    }
    bars.print()
}
