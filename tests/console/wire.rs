//! The network between a browser and the stack, which fails requests as a test says.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use local::stack::Stack;
use platform::http::HttpClient;
use tokio::{net::TcpListener, time::sleep};

/// The id of the requests that the wire answers itself.
pub const REQUEST_ID: &str = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";
/// The wire's own wait for the stack.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The stack never gets it, and the connection is closed.
    Lost,
    /// The stack carries it out, and the connection is closed instead of an answer.
    AnswerLost,
    /// Answered with this status, headers and body, without the stack.
    Answered(u16, &'static [(&'static str, &'static str)], String),
    /// The request is passed on after a delay.
    Late(Duration),
}

impl Fault {
    /// An error as the API writes it.
    pub fn error(status: u16, code: &str, headers: &'static [(&'static str, &'static str)]) -> Self {
        let body = format!(r#"{{"code":"{code}","detail":"Made by a test.","request_id":"{REQUEST_ID}"}}"#);
        Self::Answered(status, headers, body)
    }

    /// A page of a network that wants its user to sign in, or of a proxy.
    pub fn page() -> Self {
        Self::Answered(
            200,
            &[("content-type", "text/html")],
            "<!doctype html><p>Welcome to our Wi-Fi".to_owned(),
        )
    }
}

/// A request that a browser made.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub body: Bytes,
    pub idempotency_key: Option<String>,
}

impl Asked {
    /// Whether it is a request of the API.
    pub fn is_of_api(&self) -> bool {
        self.path.starts_with("/v1/")
    }

    /// Whether it is a send, dry runs left out.
    pub fn is_send(&self) -> bool {
        let is_dry = String::from_utf8_lossy(&self.body).contains("dry_run");
        self.method == Method::POST
            && !is_dry
            && (self.path.contains("/send-group/") || self.path.contains("/resend/"))
    }
}

type Plan = Box<dyn FnMut(&Asked) -> Option<Fault> + Send>;

/// A relay in front of a stack.
#[derive(Clone)]
pub struct Wire {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    http: HttpClient,
    base_url: String,
    state: Mutex<State>,
}

struct State {
    plan: Plan,
    asked: Vec<Asked>,
}

impl Wire {
    /// Starts one in front of a stack, which passes every request on.
    pub async fn start(stack: &Stack) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the machine has ports");
        let address = listener.local_addr().expect("a bound listener has an address");
        let state = Mutex::new(State { plan: Box::new(|_| None), asked: Vec::new() });
        let (http, base_url) = (stack.http().clone(), stack.base_url().to_owned());
        let wire = Self { address, shared: Arc::new(Shared { http, base_url, state }) };
        tokio::spawn(wire.clone().accept(listener));
        wire
    }

    /// The address for a browser.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Fails requests by a plan from now on, and forgets those before.
    pub fn plan(&self, plan: impl FnMut(&Asked) -> Option<Fault> + Send + 'static) {
        let mut state = self.state();
        state.plan = Box::new(plan);
        state.asked.clear();
    }

    /// Passes every request on from now on.
    pub fn heal(&self) {
        self.state().plan = Box::new(|_| None);
    }

    /// The requests since the last plan.
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn accept(self, listener: TcpListener) {
        while let Ok((connection, _)) = listener.accept().await {
            let wire = self.clone();
            let service = service_fn(move |request| {
                let wire = wire.clone();
                async move { wire.relay(request).await }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
        }
    }

    /// An error closes the connection without an answer.
    async fn relay(&self, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let key = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
        let asked = Asked { method: parts.method.clone(), path, body: body.clone(), idempotency_key: key };
        let fault = {
            let mut state = self.state();
            state.asked.push(asked.clone());
            (state.plan)(&asked)
        };
        match fault {
            Some(Fault::Lost) => return Err(lost()),
            Some(Fault::Answered(status, headers, text)) => return answer(status, headers, text),
            Some(Fault::Late(time)) => sleep(time).await,
            Some(Fault::AnswerLost) | None => {}
        }
        let mut request = Request::new(body);
        *request.method_mut() = parts.method;
        *request.uri_mut() =
            format!("{}{}", self.shared.base_url, asked.path).parse().map_err(io::Error::other)?;
        *request.headers_mut() = parts.headers;
        for name in [header::HOST, header::ORIGIN, header::CONNECTION] {
            request.headers_mut().remove(name);
        }
        let response = self.shared.http.send(request, TIMEOUT).await.map_err(io::Error::other)?;
        if matches!(fault, Some(Fault::AnswerLost)) { Err(lost()) } else { Ok(response.map(Full::new)) }
    }
}

fn lost() -> io::Error {
    io::Error::other("lost by the test")
}

fn answer(status: u16, headers: &[(&str, &str)], text: String) -> io::Result<Response<Full<Bytes>>> {
    let mut response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Full::new(text.into())).map_err(io::Error::other)
}
