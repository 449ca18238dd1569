//! Forms of what is stored: tables as they were written at some time, `tests/golden/tables_*.json`, are read by
//! today's code and gone on with; what today's code writes stands in one of them, whole; and what newer code
//! wrote is refused and left alone, whatever it is.
//!
//! `GOLDEN=write cargo test -p tests --test simulation golden` writes `tables_new.json`, to be given a name that
//! says what is new in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    api_key::ApiKey,
    campaign::CampaignStatus,
    timestamp::{Millis, Offset},
};
use serde_json::{Value, json};
use stores::{PageRequest, books::ContactDraft};

use crate::{
    acts::post,
    audit::hold_everything_together,
    chance::Chance,
    people::{Customer, create_book, number},
    run::{live, on_virtual_time},
    shape::Shape,
    system::System,
    tables::{Dump, dump, restore},
};

const SHAPE: &str =
    "1,organisations=1,contacts=6,workers=1,faults=0,moods=0,mishaps=0,group=4,batch=3,by_number=0";
/// Recipients of a hundred and one batches of three.
const LARGE: u64 = 303;
/// Batches of those that are closed.
const CLOSED: u64 = 4;
/// Kinds of items that older code wrote and that nobody reads any more.
const NO_LONGER_WRITTEN: [&str; 1] = ["Campaigns ORG#*#C* COUNTS"];
const EVERY: PageRequest = PageRequest { page: 1, page_size: 100 };
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden");

/// What was written at some time: the tables, the key, and a request with its answer.
struct Golden {
    tables: Dump,
    key: ApiKey,
    request: Value,
    answer: Value,
}

impl Golden {
    /// All of them, the oldest first by their names.
    fn all() -> Vec<Self> {
        let files = std::fs::read_dir(FOLDER).unwrap().map(|file| file.unwrap().path());
        let is_one = |path: &std::path::PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tables_"))
        };
        let files: BTreeSet<_> = files.filter(is_one).collect();
        files.iter().map(|path| Self::of(&std::fs::read_to_string(path).unwrap())).collect()
    }

    fn of(text: &str) -> Self {
        let mut golden: Value = serde_json::from_str(text).unwrap();
        Self {
            tables: serde_json::from_value(golden["tables"].take()).unwrap(),
            key: ApiKey::parse(golden["key"].as_str().unwrap()).unwrap(),
            request: golden["request"].take(),
            answer: golden["answer"].take(),
        }
    }
}

/// One of everything: a campaign that has ended with reports, one that is scheduled, a large one that is under
/// way, opt-outs, contacts with and without a phone.
async fn write_everything() -> Value {
    let system = System::start(SHAPE.parse::<Shape>().unwrap()).await;
    let mut chance = Chance::of(system.shape.seed, "golden");
    let now = system.time.now();
    let customer = Customer::set_up(&system.stores, &system.shape, &mut chance, now).await;
    let money = domain::money::Money::from_ten_thousandths(10_000_000);
    system.stores.accounts.wallets.top_up(customer.id, "more", money, now).await.unwrap();
    let named = |name: &str| ContactDraft {
        first_name: Some(name.to_owned()),
        last_name: Some("Otieno".to_owned()),
        email: Some("achieng@example.com".to_owned()),
        notes: Some("met in Kisumu".to_owned()),
        ..ContactDraft::default()
    };
    let drafts = vec![named("Achieng"), ContactDraft { phone: Some(number(90)), ..named("Brian") }];
    system.stores.books.import(customer.id, customer.books[0], drafts, now).await.unwrap();
    system.stores.accounts.opt_outs.add(customer.id, &[number(90)]).await.unwrap();
    let request = json!({"group_ids": customer.books, "message": "Hello! Your invoice is ready."});
    let answer = system.request(post(&customer, "/v1/sms/send-group/", Some("once"), &request)).await;
    let at = now.plus(Millis::from_mins(40)).rfc3339(Offset::EAST_AFRICA);
    let later = json!({"group_ids": customer.books, "message": "Hello!", "scheduled_at": at});
    system.request(post(&customer, "/v1/sms/send-group/", None, &later)).await.unwrap();
    live(&system, Duration::from_mins(20)).await;
    begin_large_campaign(&system, &customer, &mut chance).await;
    let tables = dump(&system.tables);
    json!({"key": customer.key.reveal(), "request": request, "answer": answer.unwrap().1, "tables": tables})
}

/// A campaign of so many batches that their counts are kept. Some are closed, and reported on; the book is gone.
async fn begin_large_campaign(system: &System, customer: &Customer, chance: &mut Chance) {
    let draft = |place| ContactDraft { phone: Some(number(place)), ..ContactDraft::default() };
    let crowd = (1_000..1_000 + LARGE).map(draft).collect();
    let now = system.time.now();
    let book = create_book(&system.stores, customer.id, chance, crowd, now).await;
    let request = json!({"group_ids": [book], "message": "Hello!"});
    let (status, answer) =
        system.request(post(customer, "/v1/sms/send-group/", None, &request)).await.unwrap();
    assert_eq!((status, &answer["recipients_count"]), (202, &json!(LARGE)));
    assert!(system.stores.books.delete(customer.id, book, now).await.unwrap());
    assert!(system.dispatch(CLOSED).await);
    system.time.pass(Duration::from_mins(3)).await;
    system.report().await;
    while system.apply_reports(10).await {}
    system.tick().await;
}

/// What kind of item a key names: its fixed words.
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

/// What is written today and nowhere golden, and the other way round.
#[test]
fn what_todays_code_writes_is_golden_and_what_is_golden_it_writes() {
    let written = on_virtual_time(1, write_everything());
    if std::env::var("GOLDEN").is_ok_and(|what| what == "write") {
        let text = serde_json::to_string_pretty(&written).unwrap() + "\n";
        std::fs::write(format!("{FOLDER}/tables_new.json"), text).unwrap();
    }
    let today = forms(&serde_json::from_value(written["tables"].clone()).unwrap());
    for (kind, attributes) in &today {
        assert!(attributes.contains("v: N"), "{kind} does not say its form");
    }
    let mut golden: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (kind, attributes) in Golden::all().iter().flat_map(|golden| forms(&golden.tables)) {
        golden.entry(kind).or_default().extend(attributes);
    }
    golden.retain(|kind, _| !NO_LONGER_WRITTEN.contains(&kind.as_str()));
    for kind in today.keys().chain(golden.keys()) {
        let [today, golden] = [&today, &golden].map(|forms| forms.get(kind).cloned().unwrap_or_default());
        let one_sided: Vec<&String> = today.symmetric_difference(&golden).collect();
        assert!(one_sided.is_empty(), "{kind}: {one_sided:?}");
    }
}

/// The system over some tables, twenty minutes after its beginning, and whose key it is.
async fn wake(golden: &Golden, tables: &Dump) -> (System, Customer) {
    let system = System::start(SHAPE.parse().unwrap()).await;
    restore(&system.tables, tables);
    system.time.pass(Duration::from_mins(20)).await;
    let organisation = golden.tables["Campaigns"][0]["pk"]["S"].as_str().unwrap();
    let id = organisation.split('#').nth(1).unwrap().parse().unwrap();
    let books = golden.request["group_ids"].as_array().unwrap();
    let books = [0, 1].map(|place| books[place].as_str().unwrap().parse().unwrap());
    let told = std::sync::Mutex::default();
    (system, Customer { id, key: golden.key.clone(), books, crowd: 12, told })
}

#[test]
fn golden_data_is_read_and_gone_on_with() {
    let golden = Golden::all();
    assert!(golden.len() > 1);
    golden.iter().for_each(|golden| on_virtual_time(1, go_on_with(golden)));
}

async fn go_on_with(golden: &Golden) {
    let (system, customer) = wake(golden, &golden.tables).await;
    let replay = post(&customer, "/v1/sms/send-group/", Some("once"), &golden.request);
    assert_eq!(system.request(replay).await.unwrap(), (202, golden.answer.clone()));
    let asked = json!({"campaign_id": golden.answer["campaign_id"]});
    let messages = system.request(post(&customer, "/v1/sms/campaigns/messages/", None, &asked)).await;
    assert_eq!(messages.unwrap().1["total"], golden.answer["recipients_count"]);
    let campaigns = async || system.stores.campaigns.list(customer.id, None, EVERY).await.unwrap().results;
    let left: i64 = campaigns().await.iter().map(|header| header.report().queued()).sum();
    live(&system, Duration::from_mins(45)).await;
    let campaigns = campaigns().await;
    assert!(campaigns.iter().all(|header| header.state.as_str() == "completed"), "{campaigns:?}");
    assert_eq!(system.truth.taken().len() as i64, left, "what was scheduled or under way was sent");
    for header in campaigns {
        let asked = json!({"campaign_id": header.campaign, "status": "delivered"});
        let page = system.request(post(&customer, "/v1/sms/campaigns/messages/", None, &asked)).await;
        assert_eq!(page.unwrap().1["total"], header.delivered);
    }
    let (book, contacts) = system
        .stores
        .books
        .contacts(customer.id, customer.books[0], EVERY, system.time.now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(book.contact_count as usize, contacts.results.len());
    assert!(contacts.results.iter().any(|contact| contact.notes == "met in Kisumu"));
    hold_everything_together(&system).await.unwrap();
}

/// The same item as newer code would write it.
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

#[test]
fn what_newer_code_wrote_is_left_alone_and_nobody_is_reached_twice() {
    let all = Golden::all();
    let (mut seen, mut changed) = (BTreeSet::new(), Vec::new());
    let tables = all.iter().flat_map(|golden| golden.tables.iter().map(move |table| (golden, table)));
    for (golden, (table, items)) in tables {
        for (place, item) in items.iter().enumerate().filter(|(_, item)| !item["v"].is_null()) {
            if !seen.insert(kind(table, item)) {
                continue;
            }
            let mut tables = golden.tables.clone();
            tables.get_mut(table).unwrap()[place] = newer(item);
            let left = on_virtual_time(1, meet_newer(golden, &tables));
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

/// What is done to tables in the half hour that a scheduled campaign is sent in, and one under way is cancelled, on
/// tables that hold something new.
async fn meet_newer(golden: &Golden, tables: &Dump) -> Dump {
    let (system, customer) = wake(golden, tables).await;
    // Where a header is what is new, nothing is listed.
    let under_way = system.stores.campaigns.list(customer.id, Some(CampaignStatus::Running), EVERY).await;
    for header in under_way.into_iter().flat_map(|page| page.results) {
        let path = format!("/v1/sms/campaigns/{}/cancel/", header.campaign.get());
        system.request(post(&customer, &path, None, &json!({}))).await.unwrap();
    }
    for (path, key) in [("/v1/sms/send-group/", Some("once")), ("/v1/sms/send-group/", Some("again"))] {
        let answer = system.request(post(&customer, path, key, &golden.request)).await;
        let (status, answer) = answer.unwrap();
        assert!(matches!(status, 202 | 400..), "{status}: {answer}");
    }
    live(&system, Duration::from_mins(25)).await;
    assert!(system.truth.taken().values().all(|times| *times == 1), "somebody was texted twice");
    dump(&system.tables)
}
