//! An organisation as an operator sets it up, and the product's own client of it.

use cli::{
    client::Client,
    operator::{NewKey, NewOrganisation, create_organisation, issue_key},
};
use domain::{
    money::{Currency, Money},
    organisation::NotMobile,
    tariff::Price,
    timestamp::Offset,
};
use local::stack::Stack;

pub fn acme() -> NewOrganisation {
    NewOrganisation {
        name: "Acme".into(),
        slug: None,
        currency: Currency::KES,
        home_country: "KE".into(),
        offset: Offset::EAST_AFRICA,
        senders: vec!["ACME".parse().unwrap()],
        prices: ["254", "255", "256", "250"]
            .map(|prefix| Price { prefix: prefix.into(), per_segment: "1".parse().unwrap() })
            .to_vec(),
        rate_limit: None,
        daily_spend_cap: None,
        duplicate_window: None,
        not_mobile: NotMobile::Skip,
    }
}

/// A client of a new organisation that has some money.
pub async fn client_of_acme(stack: &Stack) -> Client {
    let now = stack.clock().now();
    let organisation = create_organisation(stack.stores(), acme()).await.unwrap();
    let wallets = &stack.stores().accounts.wallets;
    wallets.top_up(organisation.id, "opening", "100000".parse::<Money>().unwrap(), now).await.unwrap();
    let key = issue_key(stack.stores(), organisation.id, NewKey::unrestricted("test"), now).await.unwrap();
    Client::new(stack.base_url(), &key.key).unwrap()
}
