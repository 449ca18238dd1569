//! Damaging one stored item, to see which rule tells of it.

use std::collections::{BTreeSet, HashMap};

use auditor::{Report, Rule};
use aws_sdk_dynamodb::{Client, primitives::Blob, types::AttributeValue};
use serde_json::json;
use tests::{World, phones, stored};

pub type Item = HashMap<String, AttributeValue>;

/// The place of an item.
pub struct Place {
    variable: &'static str,
    pk: String,
    sk: String,
}

/// A world whose stored items can be damaged.
pub struct Damaged {
    pub world: World,
    client: Client,
}

impl Damaged {
    /// With a finished campaign of two batches and most outcomes, answered under a key; money is still
    /// held for one recipient.
    pub async fn start() -> Self {
        let world = World::start_with_batches_of(40).await;
        let magic = world.magic(&["000001", "000035", "000042"]);
        let book = world.book("Book", &[magic, phones(0..42)].concat()).await;
        let body = json!({"group_ids": [book], "message": "Hello!"});
        let key = [("idempotency-key", "order-4711")];
        world.api.post_with("/v1/sms/send-group/", &key, &body).await.expect(202);
        world.drain().await;
        Self::over(world)
    }

    /// With a finished campaign beside which the counts of its batches are kept.
    pub async fn start_large() -> Self {
        let world = World::start_in_ones().await;
        let book = world.book("Book", &phones(0..101)).await;
        world.send(&[&book]).await;
        world.drain().await;
        world.deliver_reports().await;
        Self::over(world)
    }

    fn over(world: World) -> Self {
        let client = stored::client(&world.stack);
        Self { world, client }
    }

    pub fn account(&self, suffix: &str, sk: &str) -> Place {
        self.place("ACCOUNTS_TABLE", suffix, sk)
    }

    /// What leads from a sender id to the organisation.
    pub fn sender(&self, sender: &str) -> Place {
        let sk = format!("ORG#{}", self.world.organisation.id);
        Place { variable: "ACCOUNTS_TABLE", pk: format!("SENDER#{sender}"), sk }
    }

    pub fn campaign(&self, suffix: &str, sk: &str) -> Place {
        self.place("CAMPAIGNS_TABLE", suffix, sk)
    }

    fn place(&self, variable: &'static str, suffix: &str, sk: &str) -> Place {
        let pk = format!("ORG#{}{suffix}", self.world.organisation.id);
        Place { variable, pk, sk: sk.to_owned() }
    }

    /// A place among the books; `{org}` in the key stands for the organisation.
    pub fn book(&self, pk: &str, sk: &str) -> Place {
        let pk = pk.replace("{org}", &self.world.organisation.id.to_string());
        Place { variable: "ADDRESS_BOOKS_TABLE", pk, sk: sk.to_owned() }
    }

    /// Damages an item, asserts that exactly this rule tells, and mends the item.
    pub async fn tells(&self, rule: Rule, place: Place, damage: impl FnOnce(&mut Item)) {
        let whole = self.get(&place).await;
        let mut damaged = whole.clone();
        damage(&mut damaged);
        assert_ne!(whole, damaged, "{} {}", place.pk, place.sk);
        self.put(&place, damaged).await;
        self.only(rule, &format!("{} {}", place.pk, place.sk)).await;
        self.put(&place, whole).await;
    }

    /// Removes an item, asserts that exactly this rule tells, and puts it back.
    pub async fn misses(&self, rule: Rule, place: Place) {
        let whole = self.get(&place).await;
        self.remove(&place).await;
        self.only(rule, &format!("no {} {}", place.pk, place.sk)).await;
        self.put(&place, whole).await;
    }

    /// Puts an item where none is, asserts that exactly this rule tells (`None`: nobody), and removes it.
    pub async fn meets(&self, rule: Option<Rule>, place: Place, item: Item) -> Report {
        self.put(&place, item).await;
        let report = match rule {
            Some(rule) => self.only(rule, &format!("new {} {}", place.pk, place.sk)).await,
            None => self.world.audited().await,
        };
        self.remove(&place).await;
        report
    }

    /// Damages one item and puts another where none is, asserts that exactly this rule tells, and undoes
    /// both.
    pub async fn tells_with(
        &self,
        rule: Rule,
        place: Place,
        damage: impl FnOnce(&mut Item),
        new: Place,
        item: Item,
    ) {
        self.put(&new, item).await;
        self.tells(rule, place, damage).await;
        self.remove(&new).await;
    }

    /// Puts another item in the place of one.
    pub async fn replace(&self, place: &Place, item: Item) {
        self.put(place, item).await;
    }

    /// Asserts that exactly this rule tells.
    pub async fn only(&self, rule: Rule, after: &str) -> Report {
        let report = self.world.audited().await;
        let told: BTreeSet<Rule> = report.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(told, BTreeSet::from([rule]), "{after}\n{report}");
        report
    }

    /// The sort keys of a partition.
    pub async fn sort_keys(&self, place: &Place) -> Vec<String> {
        let query = self.client.query().table_name(self.table(place)).key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", AttributeValue::S(place.pk.clone()));
        let items = query.send().await.unwrap().items.unwrap_or_default();
        items.iter().map(|item| item["sk"].as_s().unwrap().clone()).collect()
    }

    pub async fn get(&self, place: &Place) -> Item {
        let request = self.client.get_item().table_name(self.table(place)).set_key(Some(key(place)));
        let item = request.send().await.unwrap().item;
        item.unwrap_or_else(|| panic!("there is no {} {}", place.pk, place.sk))
    }

    async fn put(&self, place: &Place, mut item: Item) {
        item.extend(key(place));
        self.client.put_item().table_name(self.table(place)).set_item(Some(item)).send().await.unwrap();
    }

    async fn remove(&self, place: &Place) {
        let request = self.client.delete_item().table_name(self.table(place)).set_key(Some(key(place)));
        request.send().await.unwrap();
    }

    fn table(&self, place: &Place) -> String {
        self.world.stack.variables()[place.variable].clone()
    }
}

fn key(place: &Place) -> Item {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    HashMap::from([("pk".to_owned(), text(&place.pk)), ("sk".to_owned(), text(&place.sk))])
}

/// Adds to a number.
pub fn add(item: &mut Item, name: &str, difference: i64) {
    let number: i64 = item[name].as_n().unwrap().parse().unwrap();
    set(item, name, number + difference);
}

/// Sets a number.
pub fn set(item: &mut Item, name: &str, number: i64) {
    item.insert(name.to_owned(), AttributeValue::N(number.to_string()));
}

/// Sets a text.
pub fn say(item: &mut Item, name: &str, text: &str) {
    item.insert(name.to_owned(), AttributeValue::S(text.to_owned()));
}

/// The bytes of an attribute.
pub fn bytes(item: &Item, name: &str) -> Vec<u8> {
    item[name].as_b().unwrap().as_ref().to_vec()
}

/// Sets bytes.
pub fn set_bytes(item: &mut Item, name: &str, bytes: Vec<u8>) {
    item.insert(name.to_owned(), AttributeValue::B(Blob::new(bytes)));
}
