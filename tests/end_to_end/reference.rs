//! The API reference, held against what is routed: nothing undocumented, nothing that is not there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use http::Method;
use tests::World;

/// A method and a path, what it names by variables left out.
type Endpoint = (String, String);

/// Without its last slash, and without the names of its variables, which mean nothing to anybody.
fn shape(path: &str) -> String {
    let segment = |segment: &str| if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() };
    path.trim_end_matches('/').split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// The endpoints that begin a row of a table: `` | `GET /v1/` | ``
fn documented() -> BTreeSet<Endpoint> {
    let rows = include_str!("../../functions/api/README.md").lines();
    let endpoint = |row: &str| {
        let (method, path) = row.strip_prefix("| `")?.split('`').next()?.split_once(' ')?;
        path.starts_with("/v1").then(|| (method.to_owned(), shape(path)))
    };
    rows.filter_map(endpoint).collect()
}

/// The paths that stand in the functions' `.route(…)`.
fn paths() -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for function in ["api", "books", "receipts"] {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../functions/{function}/src"));
        for file in files(&source) {
            let text = fs::read_to_string(file).unwrap();
            let routes = text.split(".route(").skip(1);
            paths.extend(routes.filter_map(|route| route.split('"').nth(1)).map(str::to_owned));
        }
    }
    paths
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn the_reference_names_every_endpoint_and_no_other() {
    let world = World::start().await;
    let mut routed = BTreeSet::new();
    for path in paths() {
        // A method that no path takes is told which it takes.
        let answer = world.api.call(Method::PUT, &path.replace(['{', '}'], ""), &[], "").await;
        answer.refused(405, "method_not_allowed");
        let methods = answer.header("allow").unwrap().split(',').filter(|method| *method != "HEAD");
        routed.extend(methods.map(|method| (method.to_owned(), shape(&path))));
    }
    assert!(routed.len() > 25, "{routed:?}");
    assert_eq!(documented(), routed);
}
