//! A world for invalid requests, whose stored and queued items must not change.

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use crate::{
    World,
    client::{Answer, JSON},
    phones,
};

/// A world with a book and a campaign, and its stored and queued items at the start.
pub struct Untouched {
    pub world: World,
    /// The book's id.
    pub book: String,
    stored: String,
    queued: u64,
}

impl Untouched {
    /// Sets the world up.
    pub async fn start() -> Self {
        let world = World::start().await;
        let book = world.book("Book", &phones(0..3)).await;
        world.send(&[&book]).await;
        let (stored, queued) = (world.everything_stored().await, world.queued_messages().await);
        Self { world, book, stored, queued }
    }

    /// Sends a request with a body of some media type; `{b}` in the path is the book, `{c}` a contact that it
    /// does not have.
    pub async fn call(&self, method: &str, path: &str, kind: &str, body: impl Into<Bytes>) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let path = path.replace("{b}", &self.book).replace("{c}", "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f");
        self.world.api.call(method, &path, &[("content-type", kind)], body).await
    }

    /// Requests a send.
    pub async fn send(&self, body: Value) -> Answer {
        self.send_raw(body.to_string()).await
    }

    /// Requests a send with a body that need not be JSON.
    pub async fn send_raw(&self, body: impl Into<Bytes>) -> Answer {
        self.world.api.call(Method::POST, "/v1/sms/send-group/", &JSON, body).await
    }

    /// Ends the test.
    ///
    /// # Panics
    /// If anything was written or queued since it began.
    pub async fn nothing_was_written(self) {
        assert_eq!(self.world.everything_stored().await, self.stored);
        assert_eq!(self.world.queued_messages().await, self.queued);
    }
}
