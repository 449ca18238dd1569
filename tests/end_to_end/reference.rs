//! Compares the API reference and the OpenAPI document with the route table and the error codes: both have exactly the
//! existing endpoints. `tests::document` checks each answer of a test against the document.

use std::collections::BTreeSet;

use domain::api_key::KeyMode;
use serde_json::{Value, json};
use tests::{
    document::document,
    routes::{shape, table},
};
use web::{Access, ErrorCode, Route};

/// Parameters of the query by method and path.
type Parameters = BTreeSet<(String, String, Vec<String>)>;

const REFERENCE: &str = include_str!("../../functions/api/README.md");

/// A method, a path without the names of its variables, and the required scope.
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

/// The required scope, as the reference writes it.
fn access(access: Access) -> String {
    match access {
        Access::Open => "no key".to_owned(),
        Access::Provider => "verified".to_owned(),
        Access::Key { scope: None, .. } => "any key".to_owned(),
        Access::Key { scope: Some(scope), modes: [KeyMode::Live] } => format!("{}, live", scope.as_str()),
        Access::Key { scope: Some(scope), .. } => scope.as_str().to_owned(),
    }
}

#[test]
fn the_reference_names_every_endpoint_with_its_scope_and_no_other() {
    let routes = table().into_iter().map(|(_, route)| route);
    let routes: BTreeSet<Endpoint> =
        routes.map(|route| (route.method.to_string(), shape(route.path), access(route.access))).collect();
    assert_eq!(documented(), routes);
}

/// The names of parameters in the third cell of an endpoint's row: all for a `GET`, those after "query" for another
/// method.
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

/// The operations of the OpenAPI document: path, method, operation.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = ["get", "post", "patch", "delete"];
    let of_path = |(path, item): (&String, &Value)| {
        let shared = item["parameters"].as_array().cloned().unwrap_or_default();
        let methods = methods.into_iter().filter_map(|method| Some((method, item.get(method)?.clone())));
        let operation = |(method, mut operation): (&str, Value)| {
            let own = operation["parameters"].as_array().cloned().unwrap_or_default();
            operation["parameters"] = json!([shared.clone(), own].concat());
            (path.clone(), method.to_uppercase(), operation)
        };
        methods.map(operation).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// The properties of an endpoint that both the route table and the document have.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Described {
    endpoint: (String, String),
    access: String,
    query: Vec<String>,
    body: Vec<String>,
    creates: bool,
    negotiates: bool,
}

fn in_table(route: &Route) -> Described {
    let media_types = route.body.map(|limits| sorted(limits.media_types.iter().copied()));
    Described {
        endpoint: (route.method.to_string(), shape(route.path)),
        access: access(route.access),
        query: sorted(route.query.iter().copied()),
        body: media_types.unwrap_or_default(),
        creates: route.creates,
        negotiates: route.negotiates,
    }
}

fn in_document(document: &Value, (path, method, operation): &(String, String, Value)) -> Described {
    let parameters = operation["parameters"].as_array().unwrap().iter();
    let resolved = |parameter: &Value| match parameter["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap().clone(),
        None => parameter.clone(),
    };
    let parameters: Vec<Value> = parameters.map(resolved).collect();
    let of_kind = |kind: &str| {
        let names = parameters.iter().filter(|parameter| parameter["in"] == kind);
        sorted(names.map(|parameter| parameter["name"].as_str().unwrap()))
    };
    let variables = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    assert_eq!(of_kind("path"), sorted(variables), "{path}");
    let mode = if operation["x-live"] == true { ", live" } else { "" };
    let access = match operation["x-scope"].as_str() {
        Some(scope) => format!("{scope}{mode}"),
        None if operation["security"] == json!([]) => "no key".to_owned(),
        None => "any key".to_owned(),
    };
    let keys = |value: &Value| sorted(value.as_object().into_iter().flatten().map(|(name, _)| name.as_str()));
    Described {
        endpoint: (method.clone(), shape(path)),
        access,
        query: of_kind("query"),
        body: keys(&operation["requestBody"]["content"]),
        creates: of_kind("header").contains(&"Idempotency-Key".to_owned()),
        negotiates: operation["responses"]["200"]["content"].get("text/csv").is_some(),
    }
}

#[test]
fn the_document_describes_exactly_the_endpoints_except_those_of_providers() {
    let document = document();
    let operations = operations(&document);
    let described: BTreeSet<Described> =
        operations.iter().map(|operation| in_document(&document, operation)).collect();
    let routes = table().into_iter().map(|(_, route)| route);
    let routes: BTreeSet<Described> =
        routes.filter(|route| route.access != Access::Provider).map(|route| in_table(&route)).collect();
    assert_eq!(described, routes);
    let ids: BTreeSet<&str> =
        operations.iter().map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), operations.len());
}

#[test]
fn the_document_names_every_error_code_but_those_of_providers() {
    let codes = document()["components"]["schemas"]["Error"]["properties"]["code"]["enum"].clone();
    let is_ours =
        |code: &&ErrorCode| !matches!(code, ErrorCode::ForgedCallback | ErrorCode::MalformedCallback);
    let expected: Vec<&str> = ErrorCode::ALL.iter().filter(is_ours).map(|code| code.as_str()).collect();
    assert_eq!(codes, json!(expected));
}
