//! Damages one stored item, to see which rule finds it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use auditor::{Report, Rule};
use aws_sdk_dynamodb::{Client, primitives::Blob, types::AttributeValue};
use domain::ids::BatchNumber;
use serde_json::json;
use tests::{World, phones, stored};

use crate::shared::{Shared, Use};

pub type Item = HashMap<String, AttributeValue>;

/// A table, by the variable that names it, and the key of an item in it.
pub struct ItemKey {
    variable: &'static str,
    pk: String,
    sk: String,
}

/// A world whose stored items can be damaged.
pub struct Damaged {
    pub world: World,
    client: Client,
}

static SHARED: LazyLock<Shared<Damaged>> = LazyLock::new(|| Shared::start(Damaged::start));

impl Damaged {
    /// The world of [`Damaged::start`] that is shared by all tests that restore what they damage.
    pub async fn shared() -> Use<Self> {
        SHARED.take().await
    }

    /// A world with a finished campaign of two batches and most outcomes, sent with an idempotency key; money is still
    /// held for one recipient.
    pub async fn start() -> Self {
        let world = World::start_with_batches_of(40).await;
        let magic = world.magic(&["000001", "000035", "000042"]);
        let book = world.book("Book", &[magic, phones(0..42)].concat()).await;
        let body = json!({"group_ids": [book], "message": "Hello!"});
        let key = [("idempotency-key", "order-4711")];
        world.api.post_with("/v1/sms/send-group/", &key, &body).await.expect(202);
        world.stack.drain().await.unwrap();
        Self::over(world)
    }

    /// A world with a campaign that has counts items, and of whose 101 batches these are closed.
    pub async fn start_large(closed: impl IntoIterator<Item = BatchNumber>) -> Self {
        let world = World::start_in_ones().await;
        let book = world.book("Book", &phones(0..101)).await;
        world.send(&[&book]).await;
        world.lose_queued_messages().await;
        world.enqueue_again(1, closed.into_iter()).await;
        world.stack.drain().await.unwrap();
        Self::over(world)
    }

    fn over(world: World) -> Self {
        let client = stored::client(&world.stack);
        Self { world, client }
    }

    pub fn account(&self, suffix: &str, sk: &str) -> ItemKey {
        self.item_key("ACCOUNTS_TABLE", suffix, sk)
    }

    /// The item that leads from a sender id to the organisation.
    pub fn sender(&self, sender: &str) -> ItemKey {
        let sk = format!("ORG#{}", self.world.organisation.id);
        ItemKey { variable: "ACCOUNTS_TABLE", pk: format!("SENDER#{sender}"), sk }
    }

    pub fn stop(&self, sk: &str) -> ItemKey {
        ItemKey { variable: "ACCOUNTS_TABLE", pk: "STOPS".to_owned(), sk: sk.to_owned() }
    }

    pub fn provider(&self, sk: &str) -> ItemKey {
        ItemKey { variable: "ACCOUNTS_TABLE", pk: "PROVIDERS".to_owned(), sk: sk.to_owned() }
    }

    pub fn turns(&self, account: &str) -> ItemKey {
        ItemKey { variable: "CAMPAIGNS_TABLE", pk: format!("TURN#{account}"), sk: "TURNS".to_owned() }
    }

    pub fn campaign(&self, suffix: &str, sk: &str) -> ItemKey {
        self.item_key("CAMPAIGNS_TABLE", suffix, sk)
    }

    fn item_key(&self, variable: &'static str, suffix: &str, sk: &str) -> ItemKey {
        let pk = format!("ORG#{}{suffix}", self.world.organisation.id);
        ItemKey { variable, pk, sk: sk.to_owned() }
    }

    /// The key of an item of the books; `{org}` in it is replaced by the organisation's id.
    pub fn book(&self, pk: &str, sk: &str) -> ItemKey {
        let pk = pk.replace("{org}", &self.world.organisation.id.to_string());
        ItemKey { variable: "ADDRESS_BOOKS_TABLE", pk, sk: sk.to_owned() }
    }

    /// Damages an item, asserts that exactly this rule finds it, and restores the item.
    pub async fn tells(&self, rule: Rule, key: ItemKey, damage: impl FnOnce(&mut Item)) {
        let whole = self.get(&key).await;
        let mut damaged = whole.clone();
        damage(&mut damaged);
        assert_ne!(whole, damaged, "{} {}", key.pk, key.sk);
        self.put(&key, damaged).await;
        self.only(rule, &format!("{} {}", key.pk, key.sk)).await;
        self.put(&key, whole).await;
    }

    /// Removes an item, asserts that exactly this rule finds it, and restores the item.
    pub async fn misses(&self, rule: Rule, key: ItemKey) {
        let whole = self.get(&key).await;
        self.remove(&key).await;
        self.only(rule, &format!("no {} {}", key.pk, key.sk)).await;
        self.put(&key, whole).await;
    }

    /// Adds an item, asserts that exactly this rule finds it (`None`: no rule), and removes it.
    pub async fn meets(&self, rule: Option<Rule>, key: ItemKey, item: Item) -> Report {
        self.put(&key, item).await;
        let report = match rule {
            Some(rule) => self.only(rule, &format!("new {} {}", key.pk, key.sk)).await,
            None => self.world.audited().await,
        };
        self.remove(&key).await;
        report
    }

    /// Damages one item and adds another, asserts that exactly this rule finds it, and undoes both.
    pub async fn tells_with(
        &self,
        rule: Rule,
        key: ItemKey,
        damage: impl FnOnce(&mut Item),
        new: ItemKey,
        item: Item,
    ) {
        self.put(&new, item).await;
        self.tells(rule, key, damage).await;
        self.remove(&new).await;
    }

    /// Puts another item under the same key.
    pub async fn replace(&self, key: &ItemKey, item: Item) {
        self.put(key, item).await;
    }

    /// Asserts that exactly this rule has findings.
    pub async fn only(&self, rule: Rule, after: &str) -> Report {
        let report = self.world.audited().await;
        let told: BTreeSet<Rule> = report.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(told, BTreeSet::from([rule]), "{after}\n{report}");
        report
    }

    pub async fn sort_keys(&self, key: &ItemKey) -> Vec<String> {
        let query = self.client.query().table_name(self.table(key)).key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", AttributeValue::S(key.pk.clone()));
        let items = query.send().await.unwrap().items.unwrap_or_default();
        items.iter().map(|item| item["sk"].as_s().unwrap().clone()).collect()
    }

    pub async fn get(&self, key: &ItemKey) -> Item {
        let request = self.client.get_item().table_name(self.table(key)).set_key(Some(key_attributes(key)));
        let item = request.send().await.unwrap().item;
        item.unwrap_or_else(|| panic!("there is no {} {}", key.pk, key.sk))
    }

    async fn put(&self, key: &ItemKey, mut item: Item) {
        item.extend(key_attributes(key));
        self.client.put_item().table_name(self.table(key)).set_item(Some(item)).send().await.unwrap();
    }

    async fn remove(&self, key: &ItemKey) {
        let request =
            self.client.delete_item().table_name(self.table(key)).set_key(Some(key_attributes(key)));
        request.send().await.unwrap();
    }

    fn table(&self, key: &ItemKey) -> String {
        self.world.stack.variables()[key.variable].clone()
    }
}

fn key_attributes(key: &ItemKey) -> Item {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    HashMap::from([("pk".to_owned(), text(&key.pk)), ("sk".to_owned(), text(&key.sk))])
}

pub fn add(item: &mut Item, name: &str, difference: i64) {
    let number: i64 = item[name].as_n().unwrap().parse().unwrap();
    set(item, name, number + difference);
}

pub fn set(item: &mut Item, name: &str, number: i64) {
    item.insert(name.to_owned(), AttributeValue::N(number.to_string()));
}

/// Sets a text attribute.
pub fn say(item: &mut Item, name: &str, text: &str) {
    item.insert(name.to_owned(), AttributeValue::S(text.to_owned()));
}

/// The bytes of an attribute.
pub fn bytes(item: &Item, name: &str) -> Vec<u8> {
    item[name].as_b().unwrap().as_ref().to_vec()
}

pub fn set_bytes(item: &mut Item, name: &str, bytes: Vec<u8>) {
    item.insert(name.to_owned(), AttributeValue::B(Blob::new(bytes)));
}
