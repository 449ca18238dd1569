//! Damage to wallets, ledgers, answers, opt-outs and sender ids.

use auditor::Rule;
use cli::operator::{StopScope, stop};
use domain::ids::AccountName;
use domain::routes::RouteList;
use serde_json::json;
use stores::{Creation, StoreError, accounts::provider_accounts::StoredAccount};
use tests::phones;

use crate::damage::{Damaged, Item, add, say, set};

const LEDGER: &str = "#LEDGER";

#[tokio::test]
async fn a_wallet_that_differs_from_its_ledger_is_found() {
    let damaged = Damaged::shared().await;
    for part in ["available", "reserved", "charged", "line_count"] {
        damaged
            .tells(Rule::Wallet, damaged.account("#WALLET", "WALLET"), |wallet| add(wallet, part, 1))
            .await;
    }
    damaged.misses(Rule::Wallet, damaged.account("#TOPUPS", "topup:opening")).await;
}

#[tokio::test]
async fn a_posting_that_differs_from_its_id_is_found() {
    let damaged = Damaged::shared().await;
    let line = || damaged.account(LEDGER, "settle:1:0");
    damaged.tells(Rule::Posting, line(), |line| say(line, "kind", "release")).await;
    damaged.tells(Rule::Posting, line(), |line| say(line, "id", "settle:1:1")).await;
    damaged.tells(Rule::Posting, line(), |line| set(line, "campaign", 2)).await;
    damaged.tells(Rule::Posting, line(), |line| set(line, "posted_at", 1)).await;
    damaged.tells(Rule::Posting, line(), |line| say(line, "ledger", "ORG#another#LEDGER")).await;
    damaged.tells(Rule::Readable, line(), |line| drop(line.remove("v"))).await;
}

/// A function that may move money cannot write into the partition of top-ups.
#[tokio::test]
async fn money_without_a_cause_is_found_even_if_wallet_and_ledger_agree() {
    let damaged = Damaged::shared().await;
    let mut line = damaged.get(&damaged.account("#TOPUPS", "topup:opening")).await;
    say(&mut line, "id", "topup:forged");
    let at = line["at"].as_s().unwrap().replace("topup:opening", "topup:forged");
    say(&mut line, "at", &at);
    let amount = line["amount"].as_n().unwrap().parse::<i64>().unwrap();
    let agree = |wallet: &mut Item| {
        add(wallet, "available", amount);
        add(wallet, "line_count", 1);
    };
    let (wallet, forged) = (damaged.account("#WALLET", "WALLET"), damaged.account(LEDGER, "topup:forged"));
    damaged.tells_with(Rule::Posting, wallet, agree, forged, line).await;
}

#[tokio::test]
async fn money_that_was_moved_without_a_send_is_found() {
    let damaged = Damaged::shared().await;
    let mut line = damaged.get(&damaged.account(LEDGER, "reserve:1")).await;
    let wallet = damaged.account("#WALLET", "WALLET");
    let amount = line["amount"].as_n().unwrap().parse::<i64>().unwrap();
    say(&mut line, "id", "reserve:9");
    let at = line["at"].as_s().unwrap().replace("reserve:1", "reserve:9");
    say(&mut line, "at", &at);
    set(&mut line, "campaign", 9);
    // The wallet agrees, so only the missing campaign can be found.
    let agree = |wallet: &mut Item| {
        add(wallet, "available", -amount);
        add(wallet, "reserved", amount);
        add(wallet, "line_count", 1);
    };
    damaged.tells_with(Rule::Accept, wallet, agree, damaged.account(LEDGER, "reserve:9"), line).await;
}

#[tokio::test]
async fn an_answer_without_its_campaign_is_found() {
    let damaged = Damaged::shared().await;
    let partition = damaged.account("#IDEMPOTENCY", "");
    let record = damaged.sort_keys(&partition).await.remove(0);
    let answered = |campaign: u64, recipients: u64, cost: &str| {
        let body = json!({"campaign_id": campaign, "recipients_count": recipients, "estimated_cost": cost});
        move |item: &mut Item| {
            let mut answer = item["answer"].as_m().unwrap().clone();
            say(&mut answer, "body", &body.to_string());
            item.insert("answer".to_owned(), aws_sdk_dynamodb::types::AttributeValue::M(answer));
        }
    };
    let place = || damaged.account("#IDEMPOTENCY", &record);
    damaged.tells(Rule::Accept, place(), answered(7, 45, "KES 45.00")).await;
    damaged.tells(Rule::Accept, place(), answered(1, 44, "KES 45.00")).await;
    damaged.tells(Rule::Accept, place(), answered(1, 45, "KES 44.00")).await;
    let copy = damaged.get(&place()).await;
    damaged.meets(Some(Rule::Accept), damaged.account("#IDEMPOTENCY", "another"), copy).await;
}

#[tokio::test]
async fn a_wallet_or_a_campaign_without_an_organisation_is_found() {
    let damaged = Damaged::shared().await;
    damaged.misses(Rule::Tenancy, damaged.account("", "PROFILE")).await;
}

#[tokio::test]
async fn a_sender_id_that_leads_to_a_wrong_organisation_or_to_none_is_found() {
    let damaged = Damaged::shared().await;
    let lead = || damaged.sender("TALKNTALK");
    damaged.misses(Rule::Senders, lead()).await;
    damaged.tells(Rule::Tenancy, lead(), |lead| say(lead, "organisation", "another")).await;
    let copy = damaged.get(&lead()).await;
    damaged.meets(Some(Rule::Tenancy), damaged.sender("SOMEBODY"), copy).await;
}

#[tokio::test]
async fn a_stop_without_an_organisation_or_an_activity_is_found() {
    let damaged = Damaged::start().await;
    let stores = tests::stored::stores(&damaged.world.stack);
    stop(&stores, StopScope::EVERYTHING, Some("a drill"), damaged.world.now()).await.unwrap();
    damaged.world.audit().await;
    let place = || damaged.stop("ALL#ACCEPTING");
    damaged.tells(Rule::Readable, place(), |stop| drop(stop.remove("since"))).await;
    let copy = damaged.get(&place()).await;
    let unknown = "ORG#11111111-7c4d-4e1a-b3f2-9d8e2c1a4b5f#ACCEPTING";
    damaged.meets(Some(Rule::Tenancy), damaged.stop(unknown), copy.clone()).await;
    damaged.meets(Some(Rule::Readable), damaged.stop("ALL#RECEIVING"), copy).await;
}

#[tokio::test]
async fn opt_outs_that_are_out_of_order_or_miscounted_are_found() {
    let damaged = Damaged::start().await;
    damaged.world.api.post("/v1/opt-outs/", &json!({"phones": phones(0..3)})).await.expect(200);
    damaged.world.audit().await;
    damaged
        .tells(Rule::OptOuts, damaged.account("#OPTOUT", "HEAD"), |head| add(head, "phone_total", 1))
        .await;
    let partition = damaged.account("#OPTOUT", "");
    let leaf = damaged.sort_keys(&partition).await.into_iter().find(|sk| sk.starts_with("L#")).unwrap();
    let item = damaged.get(&damaged.account("#OPTOUT", &leaf)).await;
    let other = if leaf == "L#00" { "L#01" } else { "L#00" };
    let swap = damaged.account("#OPTOUT", other);
    let count = |head: &mut Item| add(head, "phone_total", 1);
    damaged.tells_with(Rule::OptOuts, damaged.account("#OPTOUT", "HEAD"), count, swap, item).await;
    let origins = || damaged.account("#OPTOUT", &leaf.replace('L', "O"));
    damaged.tells(Rule::OptOuts, origins(), |origins| add(origins, "revision", 1)).await;
    damaged.misses(Rule::OptOuts, origins()).await;
}

#[tokio::test]
async fn a_provider_account_or_a_hold_that_cannot_be_read_is_found() {
    let damaged = Damaged::start().await;
    let stores = tests::stored::stores(&damaged.world.stack).accounts;
    let (name, now) = (AccountName::new("at-ke"), damaged.world.now());
    let settings = [("username".to_owned(), "acme".to_owned())].into();
    let account = StoredAccount::new(name, "africastalking", settings);
    assert_eq!(stores.providers.add(&account).await.unwrap(), Creation::Created);
    stores.stops.hold(name, None, now).await.unwrap();
    let added = || damaged.provider("A#at-ke");
    damaged.tells(Rule::Readable, added(), |item| drop(item.remove("kind"))).await;
    damaged.tells(Rule::Readable, added(), |item| say(item, "settings", "username=acme")).await;
    damaged.tells(Rule::Readable, added(), |item| drop(item.remove("senders"))).await;
    damaged.tells(Rule::Readable, damaged.stop("ACCOUNT#at-ke"), |hold| drop(hold.remove("since"))).await;

    let routes = vec!["254=at-ke,sandbox".parse().unwrap()];
    let set = |list: RouteList| {
        list.with(routes.clone()).map_err(|_| StoreError::Contended { operation: "a test" })
    };
    stores.routing.change(None, set).await.unwrap();
    let stored = || damaged.provider("ROUTES");
    damaged.tells(Rule::Readable, stored(), |item| drop(item.remove("revision"))).await;
    damaged.tells(Rule::Readable, stored(), |item| say(item, "routes", "254=at-ke")).await;
    damaged.misses(Rule::Tenancy, added()).await;
}
