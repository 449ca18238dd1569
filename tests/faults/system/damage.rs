//! Changes stored items of campaigns, past the product.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use domain::ids::BatchNumber;

use super::{FaultSystem, SharedEmulators};

/// Items of one `BatchWriteItem` call.
const ITEMS_PER_WRITE: usize = 25;

/// The original of a damaged item.
#[must_use]
pub struct Cut {
    campaign: u64,
    batch: BatchNumber,
    sk: String,
    attribute: &'static str,
    whole: Vec<u8>,
}

pub type Item = HashMap<String, AttributeValue>;

impl SharedEmulators {
    pub async fn campaign_item(&self, pk: &str, sk: &str) -> Item {
        let key = Some(key(pk, sk));
        let request = self.dynamodb.get_item().table_name(&self.names.campaigns).set_key(key);
        let item = request.send().await.unwrap().item;
        item.unwrap_or_else(|| panic!("there is no {pk} {sk}"))
    }

    pub async fn put_campaign_item(&self, item: Item) {
        self.put(&self.names.campaigns, item).await;
    }

    pub async fn put_campaign_items(&self, items: Vec<Item>) {
        for items in items.chunks(ITEMS_PER_WRITE) {
            let put = |item: &Item| PutRequest::builder().set_item(Some(item.clone())).build().unwrap();
            let writes = items.iter().map(|item| WriteRequest::builder().put_request(put(item)).build());
            let request = self.dynamodb.batch_write_item();
            let request = request.request_items(self.names.campaigns.clone(), writes.collect());
            let left = request.send().await.unwrap().unprocessed_items.unwrap_or_default();
            assert!(left.is_empty(), "{left:?}");
        }
    }

    pub async fn put(&self, table: &str, item: Item) {
        self.dynamodb.put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
    }
}

impl FaultSystem<'_> {
    /// Cuts the bytes of a batch's item short; returns the original.
    pub async fn cut(&self, campaign: u64, batch: BatchNumber, sk: &str, attribute: &'static str) -> Cut {
        let mut whole = Vec::new();
        self.change(campaign, batch, sk, |item| {
            whole = item[attribute].as_b().unwrap().clone().into_inner();
            let cut = whole[..whole.len() - 1].to_vec();
            item.insert(attribute.to_owned(), AttributeValue::B(Blob::new(cut)));
        })
        .await;
        Cut { campaign, batch, sk: sk.to_owned(), attribute, whole }
    }

    /// Restores an item, as an operator does from a backup.
    pub async fn repair(&self, cut: &Cut) {
        let Cut { campaign, batch, sk, attribute, whole } = cut;
        let whole = AttributeValue::B(Blob::new(whole.clone()));
        let mend = |item: &mut Item| drop(item.insert((*attribute).to_owned(), whole));
        self.change(*campaign, *batch, sk, mend).await;
    }

    /// A batch's stored item.
    pub async fn item(&self, campaign: u64, batch: BatchNumber, sk: &str) -> Item {
        self.emulators.campaign_item(&self.partition(campaign, batch), sk).await
    }

    /// The campaign's stored header.
    pub async fn header_item(&self, campaign: u64) -> Item {
        self.emulators
            .campaign_item(&format!("ORG#{}", self.organisation), &format!("C#{campaign:012}"))
            .await
    }

    /// Damages the campaign's text, which every batch needs; returns the original.
    pub async fn lose_message(&self, campaign: u64) -> Item {
        let text = format!("T#{campaign:012}");
        let whole = self.emulators.campaign_item(&format!("ORG#{}", self.organisation), &text).await;
        let mut damaged = whole.clone();
        damaged.remove("message");
        self.emulators.put_campaign_item(damaged).await;
        whole
    }

    /// Cuts the organisation's one leaf of opt-outs short; returns the original.
    pub async fn cut_opt_outs(&self) -> Item {
        let accounts = &self.emulators.names.accounts;
        let partition = AttributeValue::S(format!("ORG#{}#OPTOUT", self.organisation));
        let query = self.emulators.dynamodb.query().table_name(accounts).key_condition_expression("pk = :pk");
        let items = query.expression_attribute_values(":pk", partition).send().await.unwrap().items;
        let leaf = items.unwrap().into_iter().find(|item| item.contains_key("phones")).unwrap();
        let bytes = leaf["phones"].as_b().unwrap().as_ref();
        let cut = Blob::new(&bytes[..bytes.len() - 1]);
        let mut damaged = leaf.clone();
        damaged.insert("phones".to_owned(), AttributeValue::B(cut));
        self.emulators.put(accounts, damaged).await;
        leaf
    }

    /// Changes the organisation's wallet; returns the original.
    pub async fn change_wallet(&self, change: impl FnOnce(&mut Item)) -> Item {
        let accounts = &self.emulators.names.accounts;
        let wallet = Some(key(&format!("ORG#{}#WALLET", self.organisation), "WALLET"));
        let request = self.emulators.dynamodb.get_item().table_name(accounts).set_key(wallet);
        let whole = request.send().await.unwrap().item.unwrap();
        let mut changed = whole.clone();
        change(&mut changed);
        self.emulators.put(accounts, changed).await;
        whole
    }

    /// Sets a text of a batch's item.
    pub async fn say(&self, campaign: u64, batch: BatchNumber, sk: &str, name: &str, text: &str) {
        let text = AttributeValue::S(text.to_owned());
        self.change(campaign, batch, sk, |item| drop(item.insert(name.to_owned(), text))).await;
    }

    fn partition(&self, campaign: u64, batch: BatchNumber) -> String {
        format!("ORG#{}#C{campaign}#B{batch}", self.organisation)
    }

    /// Gives an item of a batch another form.
    pub async fn give_form(&self, campaign: u64, batch: BatchNumber, sk: &str, form: u32) {
        let form = AttributeValue::N(form.to_string());
        self.change(campaign, batch, sk, |item| drop(item.insert("v".to_owned(), form))).await;
    }

    async fn change(&self, campaign: u64, batch: BatchNumber, sk: &str, change: impl FnOnce(&mut Item)) {
        let mut item = self.item(campaign, batch, sk).await;
        change(&mut item);
        self.emulators.put_campaign_item(item).await;
    }
}

/// An item with no more than its key.
pub fn key(pk: &str, sk: &str) -> Item {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}
