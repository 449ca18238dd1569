//! The template as JSON, its short tags written out: `!Ref X` is `{"Ref": "X"}`.

use std::{path::Path, sync::LazyLock};

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Number, Value, json};

static TEMPLATE: LazyLock<Value> = LazyLock::new(read);

/// The template at the top of the repository, parsed once in a process.
pub fn template() -> &'static Value {
    &TEMPLATE
}

fn read() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    let text = std::fs::read_to_string(path).expect("the template is there");
    let documents = Yaml::load_from_str(&text).expect("the template is YAML");
    json_of(&documents[0])
}

/// Resources of a type, by logical name.
pub fn resources(template: &Value, kind: &str) -> Vec<(String, Value)> {
    let all = template["Resources"].as_object().expect("there are resources");
    let of_kind = all.iter().filter(|(_, resource)| resource["Type"] == kind);
    of_kind.map(|(name, resource)| (name.clone(), resource.clone())).collect()
}

/// The functions, with the template's global properties under their own.
pub fn functions(template: &Value) -> Vec<(String, Value)> {
    let globals = &template["Globals"]["Function"];
    let mut functions = resources(template, "AWS::Serverless::Function");
    for (_, function) in &mut functions {
        let own = function["Properties"].take();
        function["Properties"] = merged(globals, own);
    }
    functions
}

fn merged(below: &Value, above: Value) -> Value {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            let mut both = below.clone();
            for (name, value) in above {
                let merged = merged(&both.remove(&name).unwrap_or_default(), value);
                both.insert(name, merged);
            }
            Value::Object(both)
        }
        (_, above) => above,
    }
}

/// The target of a `Ref` or `GetAtt`; `None` for any other value.
pub fn referred(value: &Value) -> Option<&str> {
    let name = value["Ref"].as_str().or_else(|| value["Fn::GetAtt"].as_str())?;
    name.split('.').next()
}

fn json_of(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(scalar) => scalar_of(scalar),
        Yaml::Sequence(nodes) => nodes.iter().map(json_of).collect(),
        Yaml::Mapping(nodes) => {
            let entry = |(name, value): (&Yaml<'_>, &Yaml<'_>)| {
                (name.as_str().expect("names are texts").to_owned(), json_of(value))
            };
            Value::Object(nodes.iter().map(entry).collect::<Map<_, _>>())
        }
        Yaml::Tagged(tag, node) => {
            let name = match tag.suffix.as_str() {
                "Ref" => "Ref".to_owned(),
                function => format!("Fn::{function}"),
            };
            json!({ name: json_of(node) })
        }
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => panic!("{node:?} in the template"),
    }
}

fn scalar_of(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Integer(value) => Value::Number((*value).into()),
        Scalar::FloatingPoint(value) => {
            Number::from_f64(value.into_inner()).map_or(Value::Null, Value::Number)
        }
        Scalar::String(value) => Value::String(value.to_string()),
    }
}
