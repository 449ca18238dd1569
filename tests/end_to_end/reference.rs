//! The API reference against the route table and the error codes: nothing undocumented, and nothing that is not there.

use std::collections::BTreeSet;

use domain::api_key::KeyMode;
use tests::routes::{shape, table};
use web::{Access, ErrorCode};

/// Parameters of the query by method and path.
type Parameters = BTreeSet<(String, String, Vec<String>)>;

const REFERENCE: &str = include_str!("../../functions/api/README.md");

/// A method, a path without the names of its variables, and who may call it.
type Endpoint = (String, String, String);

/// The endpoints that begin a row of a table, with its second cell: `` | `GET /v1/` | any key | ``
fn documented() -> BTreeSet<Endpoint> {
    let endpoint = |row: &str| {
        let (method, path) = row.strip_prefix("| `")?.split('`').next()?.split_once(' ')?;
        let access = row.split('|').nth(2)?.trim().replace('`', "");
        let access = if path.starts_with("/v1/providers/") { "verified".to_owned() } else { access };
        path.starts_with("/v1").then(|| (method.to_owned(), shape(path), access))
    };
    REFERENCE.lines().filter_map(endpoint).collect()
}

#[test]
fn the_reference_names_every_endpoint_with_its_scope_and_no_other() {
    let entry = |access| match access {
        Access::Open => "no key".to_owned(),
        Access::Provider => "verified".to_owned(),
        Access::Key { scope: None, .. } => "any key".to_owned(),
        Access::Key { scope: Some(scope), modes: [KeyMode::Live] } => format!("{}, live", scope.as_str()),
        Access::Key { scope: Some(scope), .. } => scope.as_str().to_owned(),
    };
    let routes = table().into_iter().map(|(_, route)| route);
    let routes: BTreeSet<Endpoint> =
        routes.map(|route| (route.method.to_string(), shape(route.path), entry(route.access))).collect();
    assert_eq!(documented(), routes);
}

/// The names of parameters in the third cell of an endpoint's row: all of a `GET`, those after "query" of another.
fn documented_parameters() -> Parameters {
    let parameters = |row: &str| {
        let (method, path) = row.strip_prefix("| `")?.split('`').next()?.split_once(' ')?;
        let cell = row.split('|').nth(3)?;
        let query =
            if method == "GET" { cell } else { cell.split_once("query ").map_or("", |(_, query)| query) };
        let names = query.split('`').skip(1).step_by(2);
        path.starts_with("/v1").then(|| (method.to_owned(), shape(path), sorted(names)))
    };
    REFERENCE.lines().filter_map(parameters).collect()
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn the_reference_names_every_query_parameter_and_no_other() {
    let routes = table().into_iter().map(|(_, route)| route);
    let routes: Parameters = routes
        .map(|route| (route.method.to_string(), shape(route.path), sorted(route.query.iter().copied())))
        .collect();
    assert_eq!(documented_parameters(), routes);
}

#[test]
fn the_reference_names_every_error_code() {
    let undocumented: Vec<&str> =
        ErrorCode::ALL.iter().map(|code| code.as_str()).filter(|code| !REFERENCE.contains(code)).collect();
    assert_eq!(undocumented, Vec::<&str>::new());
}
