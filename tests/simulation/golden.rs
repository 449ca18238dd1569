//! The form of stored items: `tests/golden/tables.json` has an item of every kind. The code reads these items and
//! continues with them, writes the same attributes, and rejects a newer form of any of them without changing it.
//!
//! `GOLDEN=write cargo test -p tests --test simulation golden` writes the file again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    api_key::{ApiKey, KeyMode},
    campaign::CampaignStatus,
    ids::{AccountName, BatchNumber, CampaignId, KeyId, OrganisationId},
    keys::CampaignKey,
    money::Money,
    opt_out::{OptOutOrigin, OptOutSource},
    organisation::{NotMobile, Organisation},
    pacing::{Pace, TurnRequest},
    phone::Phone,
    stop::Activity,
    timestamp::{Millis, Offset},
};
use serde_json::{Value, json};
use stores::{
    Changed, ListRequest,
    accounts::opt_outs::Remover,
    books::ContactDraft,
    campaigns::{CampaignHeader, Mark},
};
use tests::every::{every, step};

use crate::{
    acts::post,
    audit::hold_everything_together,
    chance::Chance,
    customers::{Customer, create_book, number},
    run::{live, on_virtual_time},
    shape::Shape,
    system::System,
    tables::{Dump, dump, restore},
};

const SHAPE: &str = "1,organisations=1,contacts=6,workers=1,faults=0,provider_faults=0,message_faults=0,group=4,batch=3,by_number=0";
/// Recipients of a hundred and one batches of three.
const LARGE: u64 = 303;
/// Batches of those that are closed.
const CLOSED: u64 = 4;
/// A batch that is begun, and not closed.
const BEGUN: BatchNumber = 50;
/// The batch that is set aside: the last of the large campaign.
const ASIDE: BatchNumber = 100;
/// Attributes that only some runs write. A rewritten file must still have them.
const RARE: [(&str, &str); 13] = [
    ("Accounts ORG#*#OPTOUT O#*", "origins: B"),
    ("Accounts ORG#*#SPEND *", "spent: N"),
    ("Accounts ORG#*#TOPUPS *#*", "reason: S"),
    ("AddressBooks ORG#* BOOK#*", "edit_leaves: B"),
    ("AddressBooks ORG#* BOOK#*", "deleted_at: N"),
    ("AddressBooks REMOVALS *#*", "deleted_at: N"),
    ("Campaigns ORG#* C#*", "begun: NS"),
    ("Campaigns ORG#* C#*", "sent_by: SS"),
    ("Campaigns ORG#*#C*#B* HEAD", "reports: B"),
    ("Campaigns ORG#*#C*#B* HEAD", "unreadable: S"),
    ("Campaigns ORG#*#C* COUNTS#*", "b*: B"),
    ("Campaigns ORG#*#SENT *", "ends_at: N"),
    ("Campaigns TURN#* TURNS", "booked_until: N"),
];
const EVERY: ListRequest = ListRequest::page(1, 100);
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/tables.json");

/// The tables, the key, and a request with its answer.
struct Golden {
    tables: Dump,
    key: ApiKey,
    request: Value,
    answer: Value,
}

impl Golden {
    fn read() -> Self {
        let mut golden: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
        Self {
            tables: serde_json::from_value(golden["tables"].take()).unwrap(),
            key: ApiKey::parse(golden["key"].as_str().unwrap()).unwrap(),
            request: golden["request"].take(),
            answer: golden["answer"].take(),
        }
    }
}

/// Writes an item of every kind: a campaign that has ended with reports, a scheduled one, a large one under way with a
/// batch set aside, opt-outs, contacts with a mobile phone, with a landline and without a phone, an account's turns,
/// limits, an interrupted edit of a book, a book that is being removed, and a stop.
async fn write_everything() -> Value {
    let system = System::start(SHAPE.parse::<Shape>().unwrap()).await;
    let mut chance = Chance::of(system.shape.seed, "golden");
    let now = system.time.now();
    let customer = Customer::set_up(&system.stores, &system.shape, &mut chance, now).await;
    limit(&system, &customer).await;
    let money = Money::from_ten_thousandths(10_000_000);
    let wallets = &system.stores.accounts.wallets;
    wallets.top_up(customer.id, "more", money, now).await.unwrap();
    wallets
        .correct(customer.id, "more", Money::from_ten_thousandths(5_000), "typed twice", now)
        .await
        .unwrap();
    let named = |name: &str| ContactDraft {
        first_name: Some(name.to_owned()),
        last_name: Some("Otieno".to_owned()),
        email: Some("achieng@example.com".to_owned()),
        notes: Some("met in Kisumu".to_owned()),
        ..ContactDraft::default()
    };
    let with_phone = |phone, name| ContactDraft { phone: Some(phone), ..named(name) };
    let (mobile, other) = (Phone::mobile(number(90)), Phone::fixed_line(number(92)));
    let drafts = vec![named("Achieng"), with_phone(mobile, "Brian"), with_phone(other, "Office")];
    system.stores.books.import(customer.book(customer.books[0]), drafts, now).await.unwrap();
    let origin = OptOutOrigin::new(OptOutSource::Organisation, None, now);
    system.stores.accounts.opt_outs.add(customer.id, &[number(90)], &origin).await.unwrap();
    let remover = Remover { key: KeyId(uuid::Uuid::nil()), at: now };
    system.stores.accounts.opt_outs.add(customer.id, &[number(93)], &origin).await.unwrap();
    system.stores.accounts.opt_outs.remove(customer.id, &[number(93)], &remover).await.unwrap();
    let request = json!({"group_ids": customer.books, "message": "Hello! Your invoice is ready."});
    let answer = system.request(post(&customer, "/v1/sms/send-group/", Some("once"), &request)).await;
    let at = now.plus(Millis::from_mins(40)).rfc3339(Offset::EAST_AFRICA);
    let later = json!({"group_ids": customer.books, "message": "Hello!", "scheduled_at": at});
    system.request(post(&customer, "/v1/sms/send-group/", None, &later)).await.unwrap();
    live(&system, Duration::from_mins(20)).await;
    begin_large_campaign(&system, &customer, &mut chance).await;
    take_time(&system).await;
    cut_an_edit_off(&system, &customer).await;
    let deleted = create_book(&system.stores, customer.id, &mut chance, Vec::new(), system.time.now()).await;
    let deleted = system.stores.books.delete(customer.book(deleted), system.time.now()).await;
    assert_eq!(deleted.unwrap(), Changed::Done);
    let stops = &system.stores.accounts.stops;
    stops.stop(Some(customer.id), Activity::Accepting, Some("a drill"), system.time.now()).await.unwrap();
    let tables = dump(&system.tables);
    json!({"key": customer.key.reveal(), "request": request, "answer": answer.unwrap().1, "tables": tables})
}

/// Sets a spend cap and a guard against duplicates.
async fn limit(system: &System, customer: &Customer) {
    let organisations = &system.stores.accounts.organisations;
    let organisation = organisations.get(customer.id).await.unwrap().unwrap();
    let limited = Organisation {
        daily_spend_cap: Some(Money::from_ten_thousandths(100_000_000)),
        duplicate_window: Some(Millis::from_mins(10)),
        not_mobile: NotMobile::Allow,
        ..organisation
    };
    assert_eq!(organisations.replace(&limited).await.unwrap(), Changed::Done);
}

/// Leases time from a provider account, and holds it.
async fn take_time(system: &System) {
    let (campaigns, now) = (&system.stores.campaigns, system.time.now());
    let request = TurnRequest {
        pace: Pace::per_second(10),
        sender: None,
        campaign: CampaignKey {
            organisation: OrganisationId(uuid::Uuid::nil()),
            campaign: CampaignId::FIRST,
        },
        small: true,
        open_batches: 1,
        queued: 5,
        recipients: 5,
        segments: 1,
        last_resort: false,
        longest_wait: Millis::from_secs(1),
        jitter: 0,
        now,
    };
    let turns = campaigns.account_turns(AccountName::new("golden")).await.unwrap();
    campaigns.take_turn(AccountName::new("golden"), turns, &request).await.unwrap();
    campaigns.hold_account(AccountName::new("golden"), now.plus(Millis::from_secs(5))).await.unwrap();
}

/// Begins an import that crashes once it has its book's lease.
async fn cut_an_edit_off(system: &System, customer: &Customer) {
    let drafts = vec![ContactDraft { phone: Some(Phone::fixed_line(number(91))), ..ContactDraft::default() }];
    let import = system.stores.books.import(customer.book(customer.books[1]), drafts, system.time.now());
    let is_held = async {
        loop {
            let header = dump(&system.tables)["AddressBooks"].iter().any(|item| !item["edit_id"].is_null());
            if header {
                return;
            }
            system.time.pass(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = import => panic!("it was to be cut off"),
        () = is_held => {}
    }
}

/// A campaign with enough batches to have counts items. Some are closed and have reports; one is set aside; the book is
/// deleted.
async fn begin_large_campaign(system: &System, customer: &Customer, chance: &mut Chance) {
    let draft = |place| ContactDraft { phone: Some(Phone::mobile(number(place))), ..ContactDraft::default() };
    let crowd = (1_000..1_000 + LARGE).map(draft).collect();
    let now = system.time.now();
    let book = create_book(&system.stores, customer.id, chance, crowd, now).await;
    let request = json!({"group_ids": [book], "message": "Hello!"});
    let (status, answer) =
        system.request(post(customer, "/v1/sms/send-group/", None, &request)).await.unwrap();
    assert_eq!((status, &answer["recipients_count"]), (202, &json!(LARGE)));
    assert_eq!(system.stores.books.delete(customer.book(book), now).await.unwrap(), Changed::Done);
    assert!(system.dispatch(CLOSED).await);
    system.time.pass(Duration::from_mins(3)).await;
    system.report().await;
    while system.apply_reports(10).await {}
    system.tick().await;
    let campaign = CampaignId::new(answer["campaign_id"].as_u64().unwrap()).unwrap();
    let campaigns = &system.stores.campaigns;
    let header =
        campaigns.header(CampaignKey { organisation: customer.id, campaign }).await.unwrap().unwrap();
    campaigns.begin(&header, BEGUN).await.unwrap();
    let set_aside = campaigns.set_aside(&header, ASIDE, 7, "a journal", system.time.now()).await.unwrap();
    assert_eq!(set_aside, Mark::Changed);
}

/// The kind of an item: the fixed words of its key.
fn kind(table: &str, item: &Value) -> String {
    let words = |key: &str| {
        let text = item[key]["S"].as_str().unwrap_or_default().to_owned();
        let fixed = |word: &str| word.len() < 13 && word.chars().all(|c| c.is_ascii_uppercase());
        let word = |word: &str| match word.chars().next() {
            _ if fixed(word) => word.to_owned(),
            Some(first @ ('B' | 'C' | 'J' | 'L')) if word[1..].chars().all(|c| c.is_ascii_digit()) => {
                format!("{first}*")
            }
            _ => "*".to_owned(),
        };
        text.split(['#', ':']).map(word).collect::<Vec<_>>().join("#")
    };
    format!("{table} {} {}", words("pk"), words("sk"))
}

/// Attributes and their types, by kind of item.
fn forms(tables: &Dump) -> BTreeMap<String, BTreeSet<String>> {
    let mut forms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, items) in tables {
        for item in items {
            let typed = |(name, value): (&String, &Value)| {
                let of_batch = name.strip_prefix('b').is_some_and(|number| number.parse::<u32>().is_ok());
                let name = if of_batch { "b*" } else { name };
                format!("{name}: {}", value.as_object().unwrap().keys().next().unwrap())
            };
            let attributes = item.as_object().unwrap().iter().map(typed);
            forms.entry(kind(table, item)).or_default().extend(attributes);
        }
    }
    forms
}

#[test]
fn the_code_writes_every_golden_attribute_and_no_other() {
    let written = on_virtual_time(1, write_everything());
    if std::env::var("GOLDEN").is_ok_and(|what| what == "write") {
        std::fs::write(FILE, serde_json::to_string_pretty(&written).unwrap() + "\n").unwrap();
    }
    let written: Dump = serde_json::from_value(written["tables"].clone()).unwrap();
    for (table, item) in written.iter().flat_map(|(table, items)| items.iter().map(move |item| (table, item)))
    {
        assert_eq!(item["v"], json!({"N": "1"}), "the form of {}", kind(table, item));
    }
    let (written, golden) = (forms(&written), forms(&Golden::read().tables));
    for (kind, attribute) in RARE {
        assert!(golden.get(kind).is_some_and(|known| known.contains(attribute)), "{kind}: {attribute}");
    }
    for kind in written.keys().chain(golden.keys()) {
        let [written, golden] = [&written, &golden].map(|forms| forms.get(kind).cloned().unwrap_or_default());
        let one_sided: Vec<&String> = written.symmetric_difference(&golden).collect();
        assert!(one_sided.is_empty(), "{kind}: {one_sided:?}");
    }
}

/// The system over some tables, twenty minutes after its beginning, with the organisation's key.
async fn wake(golden: &Golden, tables: &Dump) -> (System, Customer) {
    let system = System::start(SHAPE.parse().unwrap()).await;
    restore(&system.tables, tables);
    system.time.pass(Duration::from_mins(20)).await;
    let organisation = golden.tables["Campaigns"][0]["pk"]["S"].as_str().unwrap();
    let id = organisation.split('#').nth(1).unwrap().parse().unwrap();
    let books = golden.request["group_ids"].as_array().unwrap();
    let books = [0, 1].map(|place| books[place].as_str().unwrap().parse().unwrap());
    let confirmed = std::sync::Mutex::default();
    (system, Customer { id, key: golden.key.clone(), books, crowd: 12, confirmed })
}

/// With `EVERY=forms` the large campaign is sent too, otherwise it is cancelled.
#[test]
fn golden_items_are_read_and_their_campaigns_end() {
    on_virtual_time(1, continue_with(&Golden::read()));
}

async fn continue_with(golden: &Golden) {
    let (system, customer) = wake(golden, &golden.tables).await;
    let replay = post(&customer, "/v1/sms/send-group/", Some("once"), &golden.request);
    assert_eq!(system.request(replay).await.unwrap(), (202, golden.answer.clone()));
    let asked = json!({"campaign_id": golden.answer["campaign_id"]});
    let messages = system.request(post(&customer, "/v1/sms/campaigns/messages/", None, &asked)).await;
    assert_eq!(messages.unwrap().1["total"], golden.answer["recipients_count"]);
    let campaigns = async || {
        system.stores.campaigns.list(customer.id, KeyMode::Live, |_| true, EVERY).await.unwrap().results
    };
    for header in campaigns().await.iter().filter(|header| header.set_aside > 0) {
        let taken_up = system.stores.campaigns.take_up_again(header.key.batch(ASIDE)).await.unwrap();
        assert_eq!(taken_up, Mark::Changed);
    }
    if !every("forms") {
        for header in campaigns().await.iter().filter(|header| header.is_large()) {
            let path = format!("/v1/sms/campaigns/{}/cancel/", header.key.number());
            let (status, answer) = system.request(post(&customer, &path, None, &json!({}))).await.unwrap();
            assert_eq!(status, 200, "{answer}");
        }
    }
    let is_not_cancelled = |header: &&CampaignHeader| header.state != CampaignStatus::Cancelled;
    let cancelled = campaigns().await.iter().filter(|header| !is_not_cancelled(header)).count();
    let queued = |header: &CampaignHeader| header.report(header.counts).queued();
    let left: i64 = campaigns().await.iter().filter(is_not_cancelled).map(queued).sum();
    live(&system, Duration::from_mins(45)).await;
    let campaigns = campaigns().await;
    assert!(campaigns.iter().all(|header| header.finished_at.is_some()), "{campaigns:?}");
    assert!(
        campaigns.iter().filter(is_not_cancelled).all(|header| header.state.as_str() == "completed"),
        "{campaigns:?}"
    );
    assert_eq!(campaigns.iter().filter(|header| !is_not_cancelled(header)).count(), cancelled);
    assert_eq!(system.truth.taken().len() as i64, left, "what was scheduled or under way was sent");
    for header in campaigns {
        let asked = json!({"campaign_id": header.key.campaign, "status": "delivered"});
        let page = system.request(post(&customer, "/v1/sms/campaigns/messages/", None, &asked)).await;
        assert_eq!(page.unwrap().1["total"], header.counts.delivered);
    }
    let contacts = async |book| {
        let page = system
            .stores
            .books
            .contacts(customer.book(book), ListRequest::page(1, 100), system.time.now())
            .await;
        let (book, contacts) = page.unwrap().unwrap();
        assert_eq!(book.contact_count as usize, contacts.results.len());
        contacts.results
    };
    assert!(contacts(customer.books[0]).await.iter().any(|contact| contact.notes == "met in Kisumu"));
    contacts(customer.books[1]).await;
    hold_everything_together(&system).await.unwrap();
}

/// The item in the form of a newer version.
fn newer(item: &Value) -> Value {
    let mut item = item.clone();
    for (name, value) in item.as_object_mut().unwrap() {
        if name == "v" {
            *value = json!({"N": "2"});
        } else if let Some(bytes) = value["B"].as_str().filter(|bytes| bytes.starts_with('A')) {
            // The first byte is the version: its last two bits lead the second character.
            let second = BASE64.find(&bytes[1..2]).unwrap();
            let raised = &BASE64[second + 16..second + 17];
            *value = json!({"B": format!("A{raised}{}", &bytes[2..])});
        }
    }
    item
}

/// Whether an item belongs to the large campaign, the third.
fn is_of_large(item: &Value) -> bool {
    let [pk, sk] = ["pk", "sk"].map(|key| item[key]["S"].as_str().unwrap_or_default());
    pk.ends_with("#C3") || pk.contains("#C3#") || sk.ends_with("#000000000003")
}

/// Every kind of item with `EVERY=forms`; otherwise every fourth, without those that only a large campaign has, because
/// they need the work of a hundred batches.
#[test]
fn an_item_of_a_newer_form_is_not_changed_and_no_recipient_is_reached_twice() {
    let golden = Golden::read();
    let (mut seen, mut changed) = (BTreeSet::new(), Vec::new());
    for (table, items) in &golden.tables {
        for (place, item) in items.iter().enumerate() {
            if is_of_large(item) && !every("forms") {
                continue;
            }
            if !seen.insert(kind(table, item)) || !seen.len().is_multiple_of(step("forms", 4)) {
                continue;
            }
            let mut tables = golden.tables.clone();
            tables.get_mut(table).unwrap()[place] = newer(item);
            if !is_of_large(item) {
                tables.get_mut("Campaigns").unwrap().retain(|item| !is_of_large(item));
            }
            let left = on_virtual_time(1, meet_newer(&golden, &tables));
            let same = |other: &&Value| other["pk"] == item["pk"] && other["sk"] == item["sk"];
            let found = left[table].iter().find(same);
            if found != Some(&newer(item)) {
                changed.push(format!("{}: {found:?}", kind(table, item)));
            }
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
    assert!(changed.is_empty(), "{changed:#?}");
}

/// The half hour in which a scheduled campaign is sent and one under way is cancelled, on tables with an item of a
/// newer form. Nothing runs between two actions if nothing is due.
async fn meet_newer(golden: &Golden, tables: &Dump) -> Dump {
    let (system, customer) = wake(golden, tables).await;
    // If a header has the newer form, nothing is listed.
    let under_way = system
        .stores
        .campaigns
        .list(customer.id, KeyMode::Live, |header| header.state == CampaignStatus::Running, EVERY)
        .await;
    for header in under_way.into_iter().flat_map(|page| page.results) {
        let path = format!("/v1/sms/campaigns/{}/cancel/", header.key.number());
        system.request(post(&customer, &path, None, &json!({}))).await.unwrap();
    }
    for (path, key) in [("/v1/sms/send-group/", Some("once")), ("/v1/sms/send-group/", Some("again"))] {
        let answer = system.request(post(&customer, path, key, &golden.request)).await;
        let (status, answer) = answer.unwrap();
        assert!(matches!(status, 202 | 400..), "{status}: {answer}");
    }
    live(&system, Duration::from_mins(4)).await;
    system.time.pass(Duration::from_mins(15)).await;
    live(&system, Duration::from_mins(6)).await;
    assert!(system.truth.taken().values().all(|times| *times == 1), "a recipient was texted twice");
    dump(&system.tables)
}
