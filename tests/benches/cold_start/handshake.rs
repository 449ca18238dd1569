//! The cost of a TLS connection: the functions' client with `openssl s_server` on this machine, an RSA 2048 certificate
//! below its own root, TLS 1.3.
//!
//! Instructions of one request over TLS minus those of one without, each minus a process that makes none.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use bytes::Bytes;
use platform::http::{HttpClient, Roots};

use super::callgrind::{callgrind, counted};
use crate::support::table::{Table, short};

/// The word that makes this program a client that connects.
pub const ROLE: &str = "connect";
const TIMEOUT: Duration = Duration::from_secs(60);
/// The sentence that `s_server` begins the line of its address with.
const LISTENS: &str = "ACCEPT ";

/// Instructions of a handshake.
pub struct Handshakes {
    /// The first with a server.
    pub full: f64,
    /// A later handshake, with the session resumed.
    pub resumed: f64,
}

impl Handshakes {
    pub fn measure() -> Self {
        let folder = env::temp_dir().join(format!("handshake-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("room for a folder");
        let (server, tls) = start_server(&folder);
        let plain = start_plain_server();
        let instructions = |url: &str, calls: u32| run_client(&folder, url, calls);
        let over = |url: &str| {
            let [none, one, two] = [0, 1, 2].map(|calls| instructions(url, calls));
            (one - none, two - one)
        };
        let ((full, resumed), (plain_first, plain_second)) = (over(&tls), over(&plain));
        drop(server);
        fs::remove_dir_all(folder).expect("a folder of ours");
        Self { full: full - plain_first, resumed: resumed - plain_second }
    }

    /// Prints the full and the resumed handshake.
    pub fn print(&self) {
        let title = "A TLS 1.3 connection beside a plain one, million instructions of the client";
        let mut table = Table::new(title, &["handshake", "M"]);
        table.row(["full".to_owned(), short(self.full / 1e6)]);
        table.row(["resumed".to_owned(), short(self.resumed / 1e6)]);
        table.print();
    }
}

/// The server; ended when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().expect("a child of ours");
        self.0.wait().expect("a child of ours");
    }
}

fn start_server(folder: &Path) -> (Server, String) {
    let file = |name: &str| folder.join(name).display().to_string();
    let (root, root_key, leaf, leaf_key) =
        (file("root.pem"), file("root.key"), file("leaf.pem"), file("leaf.key"));
    let new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-sha256"];
    let run = |arguments: &[&str]| {
        let output = Command::new("openssl").args(new).args(arguments).output().expect("openssl is there");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["-subj", "/CN=root", "-keyout", &root_key, "-out", &root]);
    let names = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"];
    let signed =
        ["-subj", "/CN=leaf", "-CA", &root, "-CAkey", &root_key, "-keyout", &leaf_key, "-out", &leaf];
    run(&[names.as_slice(), &signed].concat());
    let mut command = Command::new("openssl");
    command.args([
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-cert",
        &leaf,
        "-key",
        &leaf_key,
        "-www",
        "-tls1_3",
    ]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.expect("openssl is there");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.strip_prefix(LISTENS).map(str::to_owned));
    let url = format!("https://{}/", address.expect("it listens"));
    // The rest is read too, so that the server never waits for a reader.
    thread::spawn(move || lines.for_each(drop));
    (Server(child), url)
}

/// Answers every request, and closes; its thread ends with the process.
fn start_plain_server() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.0 200 OK\r\ncontent-type: text/html\r\n\r\nok");
        }
    });
    url
}

fn run_client(folder: &Path, url: &str, calls: u32) -> f64 {
    let (profile, program) =
        (folder.join("callgrind"), env::current_exe().expect("the program knows itself"));
    let root: PathBuf = folder.join("root.pem");
    let mut command = callgrind(&profile);
    command.arg(program).args([ROLE, url, &calls.to_string()]).env("SSL_CERT_FILE", root);
    let output = command.output().expect("valgrind is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    counted(&profile)
}

/// Runs this program as a client: each request has a connection of its own.
pub async fn connect(arguments: &[String]) {
    let [url, calls] = arguments else { panic!("an address and a number are needed") };
    let client = HttpClient::one_connection_per_call(Roots::Native).expect("the TLS library is set up");
    for _ in 0..calls.parse::<u32>().expect("a number") {
        let request = http::Request::get(url).body(Bytes::new()).expect("a request");
        let answer = client.send(request, TIMEOUT).await.expect("the server answers");
        assert_eq!(answer.status(), 200);
    }
}
