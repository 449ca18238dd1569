//! Functions killed by the operating system in the middle of their work, and what a later hour makes of it.

use std::{collections::HashSet, fmt::Write, future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use domain::{ids::BookId, money::Money, timestamp::Millis};
use local::{
    client::{CampaignStatus, Client, IdempotencyKey},
    embedded::DataFolder,
    host::Output,
    stack::{FunctionName, Stack, StackConfig, State},
};
use platform::clock::Clock;
use providers::sandbox::server::{Faults, Server};
use serde_json::{Value, json};
use tokio::time::{interval, timeout};

use crate::account::{OPENING_BALANCE, children, open};

/// Three groups of one batch.
const PEOPLE: u32 = 250;
/// Kills of each kind, each a little later in the call than the one before.
const ROUNDS: u32 = 4;
/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Past every lease of the first stack: an invocation of dispatch has two minutes.
const LATER: Millis = Millis::from_mins(5);

fn csv(round: u32) -> Bytes {
    let mut csv = String::from("phone\n");
    for person in 0..PEOPLE {
        writeln!(csv, "07{round}1{:06}", person + 100_000).unwrap();
    }
    csv.into()
}

/// Kills every instance of a function, as `kill -9` does.
async fn kill(stack: &Stack, name: FunctionName) {
    let function = stack.functions().children().iter().find(|child| child.name() == name.as_str()).unwrap();
    for instance in function.instances() {
        instance.kill().await;
    }
}

/// Kills a function so long after a call to it has begun; what becomes of the call is nobody's business.
async fn killed_in<T>(stack: &Stack, name: FunctionName, after: Duration, call: impl Future<Output = T>) {
    // The moment only chooses where in the call the process dies: whatever is asserted holds of any.
    let death = async {
        tokio::time::sleep(after).await;
        kill(stack, name).await;
    };
    tokio::join!(call, death);
}

async fn until(mut holds: impl FnMut() -> bool) {
    let mut looks = interval(Duration::from_millis(1));
    let waited = timeout(PATIENCE, async {
        while !holds() {
            looks.tick().await;
        }
    });
    waited.await.expect("it happens in time");
}

/// The names of all texts that were taken.
fn references(sandbox: &Server) -> Vec<String> {
    let page = sandbox.inbox(1, 1_000, None);
    let pages = (1..=page.total_pages).map(|number| sandbox.inbox(number, 1_000, None));
    pages.flat_map(|page| page.results).map(|message| message.reference).collect()
}

/// The kills. Gives the books that were sent to, with the keys of sends whose answer may be lost.
struct Wreck {
    sends: Vec<(Value, IdempotencyKey)>,
    half_imported: BookId,
}

async fn wreck(stack: &Stack, client: &Client) -> Wreck {
    let mut sends = Vec::new();
    stack.sandbox().set_faults(Faults { latency_ms: 40, ..Faults::default() });
    for round in 0..ROUNDS {
        let moment = Duration::from_millis(u64::from(round) * 7);
        let book = client.create_book(&format!("Book {round}"), "").await.unwrap().id;
        client.import(book, csv(round)).await.unwrap();
        let request = json!({"group_ids": [book], "message": "Hi"});
        let key = IdempotencyKey::draw();
        client.send(&request, &key).await.unwrap();

        let taken = stack.sandbox().totals().messages;
        let hand_over = async { stack.poll_batches().await.unwrap() };
        let death = async {
            until(|| stack.sandbox().totals().messages > taken).await;
            tokio::time::sleep(moment).await;
            kill(stack, FunctionName::Dispatch).await;
        };
        let (polled, ()) = tokio::join!(hand_over, death);
        assert!(polled.received > 0 && polled.deleted == 0, "it died in the middle of its work: {polled:?}");
        sends.push((request.clone(), key));

        let key = IdempotencyKey::draw();
        killed_in(stack, FunctionName::Api, moment, client.send(&request, &key)).await;
        sends.push((request, key));
        killed_in(stack, FunctionName::Clock, moment, stack.tick()).await;
        killed_in(stack, FunctionName::Receipts, moment, stack.deliver_reports()).await;
    }
    let half_imported = client.create_book("Half", "").await.unwrap().id;
    let import = client.import(half_imported, csv(9));
    killed_in(stack, FunctionName::Books, Duration::from_millis(5), import).await;
    Wreck { sends, half_imported }
}

/// All campaigns, once everybody is accounted for.
async fn ended(stack: &Stack, client: &Client) -> Vec<CampaignStatus> {
    let total = client.newest_campaigns().await.unwrap().total;
    let newest = client.newest_campaigns().await.unwrap().results[0].campaign_id;
    for _ in 0..10 {
        stack.tick().await.unwrap();
        stack.drain().await.unwrap();
        let mut campaigns = Vec::new();
        for number in 1..=newest {
            // A number that was drawn by a send that died is a gap.
            campaigns.extend(client.status(number).await.ok());
        }
        assert_eq!(campaigns.len() as u64, total);
        if campaigns.iter().all(CampaignStatus::is_over) {
            return campaigns;
        }
        stack.clock().advance(LATER);
    }
    panic!("a campaign does not end");
}

#[tokio::test]
async fn whatever_process_is_killed_nobody_is_texted_twice_and_every_cent_is_found() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Arc::new(DataFolder::open(temporary.path()).unwrap());
    let first = children(State::Folder(folder.clone()), Output::discard());
    let prefix = first.prefix.clone();
    let first = Stack::start(first).await.unwrap();
    let (organisation, key) = open(&first).await;
    let Wreck { sends, half_imported } = wreck(&first, &Client::new(first.base_url(), &key).unwrap()).await;
    let mut texts = references(first.sandbox());
    first.stop().await;

    let clock = Clock::manual(Clock::machine().now().plus(LATER));
    let state = State::Folder(folder);
    let second = StackConfig { state, prefix, ..StackConfig::in_memory(clock) };
    let second = Stack::start(second).await.unwrap();
    let client = Client::new(second.base_url(), &key).unwrap();
    for (request, key) in &sends {
        client.send(request, key).await.unwrap();
    }
    client.import(half_imported, csv(9)).await.unwrap();
    let campaigns = ended(&second, &client).await;
    texts.extend(references(second.sandbox()));

    assert_eq!(campaigns.len(), sends.len(), "each key is one campaign");
    let different: HashSet<_> = texts.iter().collect();
    assert_eq!(different.len(), texts.len(), "nobody is texted twice");
    for campaign in &campaigns {
        assert_eq!(campaign.recipients_count, u64::from(PEOPLE));
        assert_eq!(campaign.settled(), u64::from(PEOPLE), "{campaign:?}");
        assert!(campaign.unconfirmed_count <= 100, "at most the group in flight: {campaign:?}");
    }
    let sent: u64 = campaigns.iter().map(|campaign| campaign.sent_count).sum();
    let unconfirmed: u64 = campaigns.iter().map(|campaign| campaign.unconfirmed_count).sum();
    let taken = texts.len() as u64;
    assert!(sent <= taken && taken <= sent + unconfirmed, "{sent} {taken} {unconfirmed}");
    assert_eq!(sent + unconfirmed, u64::from(PEOPLE) * campaigns.len() as u64);

    let wallet = second.stores().accounts.wallets.get(organisation).await.unwrap();
    let money = |units: u64| Money::from_ten_thousandths(units as i64 * 10_000);
    assert_eq!((wallet.charged, wallet.reserved), (money(sent), money(unconfirmed)));
    let all = Money::checked_sum([wallet.available, wallet.reserved, wallet.charged]).unwrap();
    assert_eq!(all, OPENING_BALANCE.parse().unwrap());
    let books = client.address_books().await.unwrap();
    assert!(books.iter().all(|book| book.contact_count == u64::from(PEOPLE)), "{books:?}");
    second.stop().await;
}
