//! Stored items of campaigns, changed behind everybody's back.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::ids::BatchNumber;

use super::{Ground, Rig};

/// What was cut, and where.
#[must_use]
pub struct Cut {
    campaign: u64,
    batch: BatchNumber,
    sk: String,
    attribute: &'static str,
    whole: Vec<u8>,
}

pub type Item = HashMap<String, AttributeValue>;

impl Ground {
    /// An item of the campaigns.
    pub async fn campaign_item(&self, pk: &str, sk: &str) -> Item {
        let key = Some(key(pk, sk));
        let request = self.dynamodb.get_item().table_name(&self.names.campaigns).set_key(key);
        let item = request.send().await.unwrap().item;
        item.unwrap_or_else(|| panic!("there is no {pk} {sk}"))
    }

    /// Puts an item among the campaigns.
    pub async fn put_campaign_item(&self, item: Item) {
        let request = self.dynamodb.put_item().table_name(&self.names.campaigns).set_item(Some(item));
        request.send().await.unwrap();
    }
}

impl Rig<'_> {
    /// Cuts bytes of a batch short; gives them whole.
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

    /// Makes them whole again, as an operator would of a backup.
    pub async fn mend(&self, cut: &Cut) {
        let Cut { campaign, batch, sk, attribute, whole } = cut;
        let whole = AttributeValue::B(Blob::new(whole.clone()));
        let mend = |item: &mut Item| drop(item.insert((*attribute).to_owned(), whole));
        self.change(*campaign, *batch, sk, mend).await;
    }

    /// Gives an item of a batch another form.
    pub async fn give_form(&self, campaign: u64, batch: BatchNumber, sk: &str, form: u32) {
        let form = AttributeValue::N(form.to_string());
        self.change(campaign, batch, sk, |item| drop(item.insert("v".to_owned(), form))).await;
    }

    async fn change(&self, campaign: u64, batch: BatchNumber, sk: &str, change: impl FnOnce(&mut Item)) {
        let pk = format!("ORG#{}#C{campaign}#B{batch}", self.organisation);
        let mut item = self.ground.campaign_item(&pk, sk).await;
        change(&mut item);
        self.ground.put_campaign_item(item).await;
    }
}

/// An item with no more than its key.
pub fn key(pk: &str, sk: &str) -> Item {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}
