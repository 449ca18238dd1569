//! The functions that take requests, in this process, over a world with some data.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use callbacks::{CallbackAccounts, Callbacks};
use domain::batch::BatchSize;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use lambda_http::Body;
use platform::stage::Stage;
use providers::{Account, CallbackSecret, africastalking, sandbox};
use serde_json::{Value, json};
use tests::World;
use tokio::runtime::{self, Runtime};
use tower::ServiceExt;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{filter::LevelFilter, fmt::MakeWriter};
use web::{Backend, Routes};

/// Personal values that no error and no line of the log may have: a number, a name, a note.
pub const CANARIES: [&str; 3] = ["254711500007", "Wanjiru", "Kisumu"];
/// The contacts of the book.
const CONTACTS: &str = "phone,name,notes\n+254711500007,Wanjiru Njeri,met in Kisumu\n\
                        +254711500008,Brian,\n+254711500009,Achieng,\n,Otieno,no phone yet\n";
pub const CALLBACK_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The functions and the world, in one thread.
pub struct FuzzedSystem {
    pub world: World,
    pub book: String,
    /// A contact of the book.
    pub contact: String,
    /// Functions by the prefixes of the paths that they answer; the last one answers every other path.
    functions: [(&'static str, Routes); 5],
    log: Log,
    _logging: DefaultGuard,
    runtime: Runtime,
}

#[derive(Clone, Debug, Default)]
pub struct FuzzRequest {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// The lines that were logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl FuzzedSystem {
    /// A system with a campaign that has ended with reports, and one that is scheduled.
    pub fn new() -> Self {
        let log = Log::default();
        let lines =
            tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_writer(log.clone()).finish();
        let logging = tracing::subscriber::set_default(lines);
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (world, book, contact) = runtime.block_on(live());
        let backend = Backend { stores: world.stack.stores().clone(), clock: world.clock().clone() };
        let (queues, batch_recipients) = (world.stack.queues().clone(), BatchSize::FULL);
        let account = sandbox::KIND.account();
        let api = api::Api {
            backend: backend.clone(),
            queues: queues.clone(),
            pace: None,
            account,
            batch_recipients,
            retention: domain::campaign::deadlines::Retention::default(),
            last_look: Arc::default(),
        };
        let called_back = [&sandbox::KIND, &africastalking::KIND]
            .map(|kind| Account::new(kind, Stage::Test).with_secret("callback_secret", CALLBACK_SECRET));
        let secrets = CallbackAccounts::of(called_back);
        let callbacks = Callbacks::new(backend.stores.clone(), queues, backend.clock.clone(), secrets);
        let books = books::routes(&backend);
        let functions = [
            ("/v1/address-books", books.clone()),
            ("/v1/contacts", books.clone()),
            ("/v1/opt-outs", books),
            ("/v1/providers", callbacks.routes()),
            ("", api.routes()),
        ];
        Self { world, book, contact, functions, log, _logging: logging, runtime }
    }

    /// Makes a request, and asserts that its answer has the contract's form and that the log has nothing personal.
    pub fn ask(&self, asked: &FuzzRequest) -> (StatusCode, Value) {
        let (status, body) = self.runtime.block_on(self.answer(asked));
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_client_error() || status.is_server_error() {
            for word in ["detail", "code", "request_id"] {
                let said = answer[word].as_str().unwrap_or_default();
                assert!(!said.is_empty(), "{status} of {asked:?} without {word}: {answer}");
            }
        }
        let logged = self.log.take();
        let canary = CANARIES.into_iter().find(|canary| logged.contains(canary));
        assert_eq!(canary, None, "{asked:?} is logged: {logged}");
        (status, answer)
    }

    /// Runs a future to its end.
    pub fn wait_for<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    async fn answer(&self, asked: &FuzzRequest) -> (StatusCode, Vec<u8>) {
        let function = self.functions.iter().find(|(beginning, _)| asked.path.starts_with(beginning));
        let service = web::service(function.unwrap().1.clone());
        let request = Request::builder().method(asked.method).uri(&asked.path);
        let key = self.world.api.key().unwrap();
        let request = request.header("authorization", format!("Bearer {key}"));
        let request =
            asked.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let request = request.body(Body::Binary(asked.body.clone())).unwrap();
        let response = service.oneshot(request).await.unwrap();
        let status = response.status();
        (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }
}

async fn live() -> (World, String, String) {
    let world = World::start().await;
    let book = world.book("Customers", &[]).await;
    let path = format!("/v1/address-books/{book}/contacts/");
    world.api.post_csv(&path, CONTACTS).await.expect(200);
    let contacts = world.api.get(&path).await.expect(200);
    let contact = contacts["results"][0]["id"].as_str().unwrap().to_owned();
    world.api.post("/v1/opt-outs/", &json!({"phone": "+254711500009"})).await.expect(200);
    world.send(&[&book]).await;
    world.drain().await;
    world.deliver_reports().await;
    world.send(&[&book]).await;
    (world, book, contact)
}

/// The path that Africa's Talking calls with reports, or with opt-outs.
pub fn africastalking(what: &str) -> String {
    format!("/v1/providers/africastalking/{what}/{CALLBACK_SECRET}/")
}

/// The secret that the sandbox signs with.
pub fn secret() -> CallbackSecret {
    CALLBACK_SECRET.parse().unwrap()
}

impl Log {
    fn lines(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.lines())).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.lines().write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
