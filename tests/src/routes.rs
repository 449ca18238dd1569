//! The route table of the whole product.

use local::stack::FunctionName;
use web::{Endpoint, Route};

/// Every entry, with the function that serves it.
pub fn table() -> Vec<(FunctionName, Route)> {
    [
        entries(FunctionName::Api, &api::endpoints()),
        entries(FunctionName::Books, &books::endpoints()),
        entries(FunctionName::Callbacks, &callbacks::endpoints()),
    ]
    .concat()
}

fn entries<S>(function: FunctionName, endpoints: &[Endpoint<S>]) -> Vec<(FunctionName, Route)> {
    endpoints.iter().map(|endpoint| (function, endpoint.route().clone())).collect()
}

/// A path without its last slash, and without the names of its variables.
pub fn shape(path: &str) -> String {
    let segment = |segment: &str| if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() };
    path.trim_end_matches('/').split('/').map(segment).collect::<Vec<_>>().join("/")
}
