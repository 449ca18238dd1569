//! Runs everything on this machine until a signal stops it.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Mutex,
};

use cli::{client::Client, instance::Instance, terminal::print};
use lambda_emulator::Output;
use platform::{clock::Clock, telemetry::LogLevel};
use provider_emulators::Fake;
use tracing_subscriber::EnvFilter;

use crate::{
    args::RunArgs,
    data::LocalData,
    demo::{BOOKS, DemoAccount, DemoBook, Guide, open_account, send_campaign},
    error::RunError,
    signals::Signals,
    stack::{Mode, Running, Stack, StackConfig, StackError, State},
};

/// Begins the names of the tables and queues.
const PREFIX: &str = "local-";
/// Prefix of the provider's variables, besides the one of its kind.
const PROVIDER_VARIABLES: &str = "PROVIDER_";
/// The exit code that shells expect after Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Runs until Ctrl-C or SIGTERM; a second one ends it at once.
pub(crate) async fn run(args: RunArgs) -> Result<(), RunError> {
    let level = LogLevel::read(&platform::environment::process)?;
    let mut signals = Signals::listen().map_err(RunError::system("listening to signals"))?;
    let data = LocalData::open(&args.data, args.fresh, &args.provider.to_string())?;
    let log = data.new_log()?;
    start_logging(&log, level)?;
    let (fake, variables) = args.provider.serve_fake().await?.unzip();
    let stack = Stack::start(config(&args, &data, &log, variables)?).await.map_err(port_taken)?;
    if let Some(aside) = stack.sqs().and_then(embedded_aws::Sqs::set_aside) {
        tell_of_lost_queues(aside)?;
    }
    let running = Running::start(stack);
    data.announce(&Instance::new(running.base_url(), running.variables(), running.key().reveal()))?;
    let shown = tokio::select! {
        shown = show(&args, &running, &data) => shown,
        () = report(fake.as_ref(), &running) => Ok(()),
        () = signals.next() => Ok(()),
    };
    stop(running, signals).await;
    data.withdraw();
    shown
}

fn tell_of_lost_queues(aside: &Path) -> Result<(), RunError> {
    tracing::warn!("the queues' file was damaged and is set aside");
    let aside = aside.display();
    print(format_args!(
        "The queues' file was damaged; it is set aside as {aside}. Campaigns under way go on within \
         minutes, since the \
         clock asks for their batches again; delivery reports that waited are lost."
    ))?;
    Ok(())
}

/// Lets a fake provider send reports; never returns.
async fn report(fake: Option<&Fake>, running: &Running) {
    match fake {
        Some(fake) => fake.report(running).await,
        None => std::future::pending().await,
    }
}

/// The provider is configured by a fake's variables, or by those of the environment.
fn config(
    args: &RunArgs,
    data: &LocalData,
    log: &Path,
    fake: Option<BTreeMap<String, String>>,
) -> Result<StackConfig, RunError> {
    let output = Output::append_to(log).map_err(RunError::system("opening the log"))?;
    let program = std::env::current_exe().map_err(RunError::system("finding this program"))?;
    let own = args.provider.kind.variable("");
    let is_the_providers = |name: &str| name.starts_with(PROVIDER_VARIABLES) || name.starts_with(&own);
    let variables =
        fake.unwrap_or_else(|| std::env::vars().filter(|(name, _)| is_the_providers(name)).collect());
    Ok(StackConfig {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)),
        state: State::Folder(data.folder()),
        mode: Mode::Children { program, output },
        clock: Clock::machine(),
        prefix: PREFIX.to_owned(),
        provider: args.provider.kind,
        variables,
        environment: platform::environment::process,
        between: None,
    })
}

fn port_taken(error: StackError) -> RunError {
    match error {
        StackError::PortTaken(address) => RunError::PortTaken(address.port()),
        error => error.into(),
    }
}

/// Runs the demo and prints the guide; then never returns.
async fn show(args: &RunArgs, running: &Running, data: &LocalData) -> Result<(), RunError> {
    print(format_args!("Address books by SMS, on {}", running.base_url()))?;
    let account = open_account(running.stores(), data, running.clock().now()).await?;
    let guide = demonstrate(args, running, account).await?;
    let log = data.path().join("log.jsonl");
    print(format_args!("\n{guide}\nLogs: {}. Ctrl-C stops; nothing is lost.", log.display()))?;
    std::future::pending().await
}

async fn demonstrate(args: &RunArgs, running: &Running, account: DemoAccount) -> Result<Guide, RunError> {
    let client = Client::new(running.base_url(), &account.key)?;
    let reaches_people = args.provider.reaches_people();
    let mut guide = Guide {
        base_url: running.base_url().to_owned(),
        inbox: format!("{}/sandbox/inbox", running.sandbox_url()),
        key: account.key,
        book: None,
        campaign: None,
    };
    if reaches_people {
        let through =
            format_args!("Texts go out through {}: they reach people and cost money.", args.provider);
        print(format_args!("{through} No demo."))?;
    } else if !args.no_demo {
        match send_campaign(&client).await? {
            Some(campaign) => print(format_args!("\n{campaign}"))?,
            None => print("The demo's data is from an earlier start; --fresh replaces it.")?,
        }
    }
    guide.campaign = client.newest_campaigns().await?.results.first().map(|newest| newest.campaign_id);
    if !reaches_people {
        let books = client.address_books().await?;
        let of_the_demo = |demo: &DemoBook| books.iter().find(|book| book.name == demo.name);
        guide.book = BOOKS.iter().find_map(of_the_demo).map(|book| book.id);
    }
    Ok(guide)
}

/// Finishes the work under way, unless a second signal comes.
async fn stop(running: Running, mut signals: Signals) {
    // An error is ignored, because a closed output may be the reason for the stop.
    let _ = print("\nStopping…");
    tokio::select! {
        () = running.stop() => {}
        () = signals.next() => std::process::exit(INTERRUPTED),
    }
}

/// Writes the host's own lines into the file of the functions' lines.
fn start_logging(log: &Path, level: LogLevel) -> Result<(), RunError> {
    let file = OpenOptions::new().create(true).append(true).open(log);
    let file = file.map_err(RunError::system("opening the log"))?;
    let log = tracing_subscriber::fmt().json().with_env_filter(log_filter(level));
    // A full disk must not end the system.
    let log = log.log_internal_errors(false);
    // A test may have started it already.
    let _ = log.with_writer(Mutex::new(file)).try_init();
    Ok(())
}

/// The host's own lines at a `LOG_LEVEL`. Only errors of DynamoDB's emulator: its other lines have items of the tables.
pub fn log_filter(level: LogLevel) -> EnvFilter {
    let level = level.filter();
    EnvFilter::new(format!("{level},hyper=warn,aws_smithy_runtime=warn,dynoxide=error"))
}
