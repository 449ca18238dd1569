//! An organisation on a stack, as its operator sets it up.

use cli::operator::{NewKey, NewOrganisation, create_organisation, issue_key};
use domain::{
    api_key::ApiKey,
    ids::OrganisationId,
    money::{Currency, Money},
    organisation::NotMobile,
    tariff::Price,
    timestamp::Offset,
};
use lambda_emulator::Output;
use local::stack::{Mode, Stack, StackConfig, State};
use platform::clock::Clock;
use tests::proxy::Proxy;

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
