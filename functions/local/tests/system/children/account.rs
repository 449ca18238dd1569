//! An organisation on a stack, as its operator sets it up, and deaths of the stack's processes.

use std::pin::pin;

use cli::operator::{NewKey, NewOrganisation, create_organisation, issue_key};
use domain::{
    api_key::ApiKey,
    ids::OrganisationId,
    money::{Currency, Money},
    organisation::NotMobile,
    tariff::Price,
    timestamp::Offset,
};
use lambda_emulator::{Function, Output};
use local::stack::{FunctionName, Mode, Stack, StackConfig, State};
use platform::clock::Clock;
use provider_emulators::sandbox::Faults;
use tests::proxy::{Call, Proxy};

/// In the organisation's currency; a segment costs one.
pub const OPENING_BALANCE: &str = "100000";

/// Functions as processes of this product's own binary.
pub fn children(state: State, output: Output) -> StackConfig {
    let program = env!("CARGO_BIN_EXE_local").into();
    StackConfig {
        state,
        mode: Mode::Children { program, output },
        ..StackConfig::in_memory(Clock::machine())
    }
}

/// Child processes whose address for tables and queues contains the function's name and the process's number.
pub fn children_behind(proxy: &Proxy, state: State) -> StackConfig {
    let config = children(state, Output::discard());
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/system/children/through_proxy.sh").into();
    let variables = [
        ("AWS_ENDPOINT_URL_DYNAMODB", proxy.base_url()),
        ("AWS_ENDPOINT_URL_SQS", proxy.base_url()),
        ("PROXIED_PROGRAM", env!("CARGO_BIN_EXE_local").to_owned()),
    ];
    StackConfig {
        mode: Mode::Children { program, output: Output::discard() },
        variables: variables.map(|(name, value)| (name.to_owned(), value)).into(),
        ..config
    }
}

/// The process that makes a call.
pub fn pid_of(call: &Call) -> u32 {
    call.context().and_then(|pid| pid.parse().ok()).unwrap()
}

/// Kills the process that a call comes from, as `kill -9` does.
pub async fn kill_caller(stack: &Stack, call: &Call) {
    let of_function = |function: &&Function| function.name() == call.function();
    let function = stack.functions().children().iter().find(of_function).unwrap();
    for instance in function.instances() {
        if instance.pid() == pid_of(call) {
            instance.kill().await;
        }
    }
}

/// Kills the worker of the next batch after the provider has taken it and before the provider answers.
pub async fn kill_in_hand_over(stack: &Stack) {
    stack.sandbox().set_faults(Faults { latency_ms: 200, ..Faults::default() });
    let taken = stack.sandbox().totals().messages;
    let handed_over = async {
        while stack.sandbox().totals().messages == taken {
            tokio::task::yield_now().await;
        }
    };
    let mut polled = pin!(stack.poll_batches());
    tokio::select! {
        polled = &mut polled => panic!("no batch was handed over: {:?}", polled.map(|polled| polled.deleted)),
        () = handed_over => {}
    }
    let death = async {
        let is_dispatch = |function: &&Function| function.name() == FunctionName::Dispatch.as_str();
        let function = stack.functions().children().iter().find(is_dispatch).unwrap();
        for instance in function.instances() {
            instance.kill().await;
        }
    };
    let (polled, ()) = tokio::join!(polled, death);
    assert_eq!(polled.unwrap().deleted, 0, "it died in the middle of its work");
    stack.sandbox().set_faults(Faults::default());
}

/// A new organisation with money, and a live key of it.
pub async fn open(stack: &Stack) -> (OrganisationId, ApiKey) {
    let now = stack.clock().now();
    let organisation = NewOrganisation {
        name: "Acme".into(),
        slug: None,
        currency: Currency::KES,
        home_country: "KE".into(),
        offset: Offset::EAST_AFRICA,
        senders: vec!["ACME".parse().unwrap()],
        prices: vec![Price { prefix: "254".into(), per_segment: "1".parse().unwrap() }],
        rate_limit: Some(1_000_000),
        daily_spend_cap: None,
        duplicate_window: None,
        not_mobile: NotMobile::Skip,
    };
    let organisation = create_organisation(stack.stores(), organisation).await.unwrap();
    let money: Money = OPENING_BALANCE.parse().unwrap();
    stack.stores().accounts.wallets.top_up(organisation.id, "opening", money, now).await.unwrap();
    let issued = issue_key(stack.stores(), organisation.id, NewKey::unrestricted("test"), now).await.unwrap();
    (organisation.id, issued.key)
}
