//! A browser, controlled through the WebDriver protocol (W3C) by a small client.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use local::stack::Stack;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{World, client::Client};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::sleep,
};

/// How the page is shown.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    /// Whether the reader prefers dark colours.
    pub is_dark: bool,
    /// Width of the window in CSS pixels.
    pub width: u32,
}

impl Looks {
    /// A wide window in light colours.
    pub const WIDE: Self = Self { is_dark: false, width: 1280 };
}

/// Tab, in the code points that WebDriver gives to keys.
pub const TAB: &str = "\u{E004}";
pub const ENTER: &str = "\u{E007}";
pub const ESCAPE: &str = "\u{E00C}";

/// The member that names an element in WebDriver's JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The longest wait for something to appear on the page.
const PATIENCE: Duration = Duration::from_mins(1);
/// The pause between two checks of the page.
const LOOK: Duration = Duration::from_millis(25);
/// Holds once a page of the console has all that it was opened with.
const SETTLED: &str =
    "document.querySelector('main h1') && !document.querySelector('main[aria-busy], main .loading')";
/// Browsers at the same time: more would only share the same processors.
static TURNS: Semaphore = Semaphore::const_new(2);

/// A world for a test in a browser; `None` unless `BROWSER=required` is set.
pub async fn world() -> Option<World> {
    if is_asked_for() { Some(World::start().await) } else { None }
}

/// Whether tests in a browser run.
///
/// # Panics
/// If they must run and there is no browser.
pub fn is_asked_for() -> bool {
    if env::var("BROWSER").as_deref() != Ok("required") {
        eprintln!("NOT CHECKED: the console in a browser, which BROWSER=required asks for");
        return false;
    }
    assert!(Browser::is_installed(), "BROWSER=required, and chromium or chromedriver is missing");
    true
}

/// A browser with one window, which ends when it is dropped.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    api: Client,
    base_url: String,
    key: String,
    downloads: TempDir,
    _turn: SemaphorePermit<'static>,
}

impl Browser {
    /// Starts a browser for a world.
    pub async fn start(world: &World, looks: Looks) -> Self {
        Self::start_at(world, looks, world.stack.base_url()).await
    }

    /// Starts one that reaches a world's stack by another address.
    pub async fn start_at(world: &World, looks: Looks, base_url: &str) -> Self {
        let key = world.api.key().expect("a world has a key");
        Self::launch(&world.stack, base_url, key, looks).await
    }

    /// Starts one that signs in with a key.
    pub async fn launch(stack: &Stack, base_url: &str, key: &str, looks: Looks) -> Self {
        let (chromium, chromedriver) = programs().expect("chromium and chromedriver are installed");
        let turn = TURNS.acquire().await.expect("it is never closed");
        let (driver, port) = start_driver(&chromedriver);
        let api = Client::at(stack, &format!("http://127.0.0.1:{port}"));
        let downloads = tempfile::tempdir().expect("a folder for downloads");
        let options = options(&chromium, looks, downloads.path());
        let capabilities = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}});
        let answer = api.post("/session", &capabilities).await.expect(200);
        let session = answer["value"]["sessionId"].as_str().expect("a session has an id").to_owned();
        let (base_url, key) = (base_url.to_owned(), key.to_owned());
        Self { driver, port, session, api, base_url, key, downloads, _turn: turn }
    }

    /// Whether this machine has one.
    pub fn is_installed() -> bool {
        programs().is_some()
    }

    /// A command of the Chrome DevTools Protocol.
    pub async fn chrome(&self, command: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", &json!({"cmd": command, "params": parameters})).await
    }

    /// Opens the console by the link that `cargo run` prints, and goes to a page of it.
    pub async fn enter(&self, page: &str) {
        self.open(&format!("/console/#key={}", self.key)).await;
        self.wait(SETTLED).await;
        self.go(page).await;
    }

    /// Loads an address of the stack.
    pub async fn open(&self, path: &str) {
        self.command("url", &json!({"url": format!("{}{path}", self.base_url)})).await;
    }

    /// Goes to a page of the console without loading it again, and waits until its title is there.
    pub async fn go(&self, page: &str) {
        let script = "const [page, done] = arguments; if (location.hash === page) return done(); \
                      addEventListener('hashchange', () => setTimeout(done), {once: true}); location.hash = page";
        self.run_async(script, &[page.into()]).await;
        self.wait(SETTLED).await;
    }

    /// The result of a script.
    pub async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.command("execute/sync", &json!({"script": script, "args": arguments})).await
    }

    /// The value that a script passes to its last argument, a function.
    pub async fn run_async(&self, script: &str, arguments: &[Value]) -> Value {
        self.command("execute/async", &json!({"script": script, "args": arguments})).await
    }

    /// Waits until an expression is true; returns its value.
    #[track_caller]
    pub fn wait<'a>(&'a self, condition: &'a str) -> impl Future<Output = Value> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let (script, begun) = (format!("return {condition} || false"), Instant::now());
            loop {
                let value = self.run(&script, &[]).await;
                if value != Value::Bool(false) {
                    return value;
                }
                if begun.elapsed() > PATIENCE {
                    panic!("{place}: {condition} never holds on a page with: {}", self.text().await);
                }
                sleep(LOOK).await;
            }
        }
    }

    /// Waits until the page shows a text.
    #[track_caller]
    pub fn see<'a>(&'a self, text: &'a str) -> impl Future<Output = ()> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let begun = Instant::now();
            loop {
                let shown = self.text().await;
                if shown.contains(text) {
                    return;
                }
                assert!(begun.elapsed() < PATIENCE, "{place}: {text:?} is never shown, but: {shown}");
                sleep(LOOK).await;
            }
        }
    }

    /// All that can be read on the page, without line breaks within prices.
    pub async fn text(&self) -> String {
        let text = self.run("return document.body.innerText", &[]).await;
        text.as_str().unwrap_or_default().replace('\u{a0}', " ")
    }

    /// Presses keys one after the other, wherever the focus is.
    pub async fn press(&self, keys: &str) {
        let down_and_up = |key: char| {
            let key = key.to_string();
            [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
        };
        let actions: Vec<Value> = keys.chars().flat_map(down_and_up).collect();
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": actions});
        self.command("actions", &json!({"actions": [keyboard]})).await;
    }

    /// Clicks the first button or link that shows a text, once there is one.
    #[track_caller]
    pub fn click<'a>(&'a self, text: &'a str) -> impl Future<Output = ()> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let shows = format!("contains(normalize-space(translate(., '\u{a0}', ' ')), '{text}')");
            let xpath = format!("//*[self::button or self::a][{shows}]");
            let script = "return document.evaluate(arguments[0], document, null, XPathResult.ANY_UNORDERED_NODE_TYPE).singleNodeValue !== null";
            let begun = Instant::now();
            while self.run(script, &[xpath.as_str().into()]).await != true {
                let waited = begun.elapsed();
                assert!(
                    waited < PATIENCE,
                    "{place}: there is no {text:?} to press, but: {}",
                    self.text().await
                );
                sleep(LOOK).await;
            }
            let element = self.element("xpath", &xpath).await;
            self.command(&format!("element/{element}/click"), &json!({})).await;
        }
    }

    /// Types into a field, or chooses a file for it.
    pub async fn fill(&self, css: &str, text: &str) {
        let element = self.element("css selector", css).await;
        self.command(&format!("element/{element}/value"), &json!({"text": text})).await;
    }

    /// A picture of the window, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        let answer = self.chrome("Page.captureScreenshot", json!({"format": "png"})).await;
        let text = answer["data"].as_str().expect("a picture is text");
        BASE64_STANDARD.decode(text).expect("a picture is base64")
    }

    /// Waits for a file that the page has saved, and reads it.
    pub async fn downloaded(&self, name: &str) -> Vec<u8> {
        let (path, begun) = (self.downloads.path().join(name), Instant::now());
        // An empty file holds the place of one that is being written.
        while std::fs::metadata(&path).map_or(0, |file| file.len()) == 0 {
            assert!(begun.elapsed() < PATIENCE, "{name} was not saved");
            sleep(LOOK).await;
        }
        std::fs::read(path).expect("the file can be read")
    }

    async fn element(&self, using: &str, value: &str) -> String {
        let found = self.command("element", &json!({"using": using, "value": value})).await;
        found[ELEMENT].as_str().expect("an element has an id").to_owned()
    }

    async fn command(&self, name: &str, body: &Value) -> Value {
        let answer = self.api.post(&format!("/session/{}/{name}", self.session), body).await;
        assert_eq!(answer.status, 200, "{name} {body}: {}", answer.text());
        answer.json()["value"].clone()
    }
}

impl Drop for Browser {
    /// Ends the browser, because ending only the driver would leave it running.
    fn drop(&mut self) {
        if let Ok(mut connection) = TcpStream::connect(("127.0.0.1", self.port)) {
            let request = format!(
                "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
                self.session
            );
            let _ = connection.set_read_timeout(Some(Duration::from_secs(5)));
            let _ = connection
                .write_all(request.as_bytes())
                .and_then(|()| connection.read_to_end(&mut Vec::new()));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The browser and its driver, if both are installed.
fn programs() -> Option<(PathBuf, PathBuf)> {
    program("chromium").zip(program("chromedriver"))
}

fn program(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Starts the driver on a free port. On a busy machine another program may take the port first.
fn start_driver(chromedriver: &Path) -> (Child, u16) {
    (0..3).find_map(|_| try_driver(chromedriver)).expect("chromedriver prints its port")
}

/// The driver and the port that it prints; `None` if it ends without.
fn try_driver(chromedriver: &Path) -> Option<(Child, u16)> {
    let mut driver = Command::new(chromedriver)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts");
    let lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines();
    let port = lines.map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    if port.is_none() {
        let _ = driver.kill();
        let _ = driver.wait();
    }
    port.map(|port| (driver, port))
}

fn options(chromium: &Path, looks: Looks, downloads: &Path) -> Value {
    let Looks { is_dark, width } = looks;
    let colours = format!("--blink-settings=preferredColorScheme={}", if is_dark { 0 } else { 1 });
    let size = format!("--window-size={width},900");
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        &colours,
        &size,
    ];
    json!({
        "binary": chromium,
        "args": arguments,
        "mobileEmulation": {"deviceMetrics": {"width": width, "height": 900, "pixelRatio": 1.0, "touch": false}},
        "prefs": {"download.default_directory": downloads},
    })
}
