//! Bodies with missing, unknown, repeated or malformed fields.

use bytes::Bytes;

use super::*;

fn errors(body: &str) -> Vec<(String, String)> {
    let mut fields = Fields::parse(&Bytes::copy_from_slice(body.as_bytes())).unwrap();
    fields.required("name", text);
    fields.optional("count", positive_integer);
    let errors = fields.into_errors();
    errors.named().iter().map(|error| (error.field.clone(), error.message.clone())).collect()
}

#[test]
fn all_bad_fields_are_reported_together() {
    let found = errors(r#"{"name": 7, "count": 0, "extra": 1}"#);
    let names: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(names, ["name", "count", "extra"]);
    assert_eq!(
        errors(r#"{"name":"a","name":"b"}"#),
        [("name".into(), "appears more than once in the body".into())]
    );
    assert_eq!(errors("{}"), [("name".into(), "is required".into())]);
    assert_eq!(errors(r#"{"name":"a","count":"84"}"#), []);
}

#[test]
fn errors_of_the_query_and_the_body_are_reported_together() {
    let names = |body: &'static str| {
        let mut query = Query::of(&"/x?page=0&page_size=x".parse().unwrap(), &["page", "page_size"]);
        query.list_paging();
        let fields = Fields::parse_beside(query, &Bytes::from_static(body.as_bytes()));
        let refused = fields.and_then(|mut fields| {
            fields.required("name", text);
            fields.finish()
        });
        let errors = refused.unwrap_err().body("r")["errors"].clone();
        let errors = errors.as_array().unwrap().iter();
        errors.map(|error| error["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(r#"{"name":"a"}"#), ["page", "page_size"]);
    assert_eq!(names(r#"{"name":7}"#), ["page", "page_size", "name"]);
    assert_eq!(names("[]"), ["page", "page_size", "body"]);
}

#[test]
fn every_bad_item_of_a_list_is_named_by_its_place() {
    let mut fields = Fields::parse(&Bytes::from_static(b"{}")).unwrap();
    let items = [0, 5, -1, 7].map(Json::Integer).to_vec();
    assert_eq!(fields.each("ids", items, positive_integer), [5, 7]);
    let errors = fields.into_errors();
    let names: Vec<&str> = errors.named().iter().map(|error| error.field.as_str()).collect();
    assert_eq!(names, ["ids[0]", "ids[2]"]);
}

#[test]
fn a_field_is_present_if_the_body_names_it() {
    let body = br#"{"null":null,"wrong":7,"twice":1,"twice":2}"#;
    let fields = Fields::parse(&Bytes::from_static(body)).unwrap();
    let has = ["absent", "null", "wrong", "twice"].map(|name| fields.has(name));
    assert_eq!(has, [false, false, true, true]);
}

#[test]
fn errors_are_in_the_order_of_the_body() {
    let names = |body: &str| errors(body).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
    let unknown = r#"{"z":1,"name":"a","y":1,"count":1,"x":1,"w":1}"#;
    assert_eq!(names(unknown), ["z", "y", "x", "w"]);
    let repeated = r#"{"q":1,"b":1,"a":1,"q":2,"name":"a","a":2,"b":2,"a":3}"#;
    assert_eq!(names(repeated), ["q", "b", "a"]);
}

#[test]
fn a_body_full_of_repeated_fields_is_read_in_one_pass() {
    // This takes a minute if each repeated name costs a pass over all fields.
    let names: Vec<String> = (0..30_000).map(|n| format!("\"k{n}\":0")).collect();
    let body = format!("{{{},{}}}", names.join(","), names.join(","));
    assert_eq!(errors(&body).len(), 100, "no more are named");
    let mut fields = Fields::parse(&Bytes::from(body)).unwrap();
    assert_eq!(fields.required("k29999", text), None);
    let detail = fields.finish().unwrap_err().body("r")["detail"].clone();
    assert_eq!(detail, "30000 fields are not valid; 29900 of them are not named here.");
}

#[test]
fn null_counts_as_a_missing_field_except_in_a_change() {
    let null = || Fields::parse(&Bytes::from_static(br#"{"name":null}"#)).unwrap();
    assert_eq!(null().optional("name", text), None);
    let mut fields = null();
    assert_eq!(fields.change("name", |value| Ok(value == Json::Null)), Some(true));
    assert_eq!(fields.change("name", text), None, "it is absent now");
    fields.finish().unwrap();
    let mut refused = null();
    refused.change("name", text);
    assert_eq!(refused.into_errors().named()[0].message, "must be a string, not null");
}

#[test]
fn malformed_json_is_answered_with_its_place() {
    let parse = |body: &'static [u8]| parse_json(&Bytes::from_static(body)).unwrap_err();
    let detail = |body| parse(body).body("r")["detail"].as_str().unwrap().to_owned();
    assert!(detail(b"{\"a\":\n}").contains("line 2 column 1"));
    assert!(detail(br#"{"a":"\ud800"}"#).contains("line 1"), "a lone surrogate");
    assert!(detail(b"{\"a\":\"\xff\"}").contains("line 1"), "not UTF-8");
    assert!(detail(b"  ").contains("no body"));
    assert!(Fields::parse(&Bytes::from_static(b"[]")).is_err());
}
