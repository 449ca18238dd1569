//! What `template.yaml` deploys, as far as it decides what a campaign costs.

use serde_json::Value;

use tests::template::{functions, template};

/// A function, as it is deployed.
#[derive(Clone, Copy, Debug)]
pub struct Deployed {
    pub memory_mb: f64,
    /// Whether X-Ray decides which of its invocations are traced.
    pub is_traced: bool,
    /// Whether Lambda writes lines of its own for every invocation.
    pub is_logged: bool,
    /// Whether requests reach it through API Gateway; else by a URL of its own.
    pub is_behind_gateway: bool,
    /// Messages of one invocation, where a queue feeds it.
    pub messages: usize,
}

/// A function of the template, by its logical name.
pub fn function(name: &str) -> Deployed {
    let properties = &properties(name);
    let events: Vec<&Value> = properties["Events"].as_object().into_iter().flat_map(|e| e.values()).collect();
    let messages = events.iter().filter_map(|event| event["Properties"]["BatchSize"].as_u64()).next();
    Deployed {
        memory_mb: properties["MemorySize"].as_f64().expect("megabytes"),
        is_traced: properties["Tracing"] == "Active",
        is_logged: !matches!(properties["LoggingConfig"]["SystemLogLevel"].as_str(), Some("WARN")),
        // A route beside a URL of its own is for providers that know only the API's domain.
        is_behind_gateway: properties["FunctionUrlConfig"].is_null()
            && events.iter().any(|event| event["Type"] == "HttpApi"),
        messages: messages.unwrap_or(1) as usize,
    }
}

/// The names of the variables that a function is deployed with.
pub fn variables(name: &str) -> Vec<String> {
    let variables = &properties(name)["Environment"]["Variables"];
    variables.as_object().into_iter().flat_map(|variables| variables.keys().cloned()).collect()
}

fn properties(name: &str) -> Value {
    let functions = functions(template());
    let (_, function) =
        functions.iter().find(|(other, _)| other == name).unwrap_or_else(|| panic!("no function {name}"));
    function["Properties"].clone()
}

/// Most batches that the deployed dispatch function works on at once.
pub fn batches_in_flight(batches_of_one_invocation: f64) -> f64 {
    let template = template();
    let invocations = template["Parameters"]["DispatchConcurrency"]["Default"].as_f64();
    invocations.expect("a number of invocations") * batches_of_one_invocation
}
