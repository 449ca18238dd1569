//! The page's counter of segments against the API's.

use domain::text::MessageText;
use serde_json::{Value, json};
use tests::fixture;

use crate::browser::{self, Browser, Looks};

/// Texts that are made up: of characters of one and two septets, of one and two UTF-16 units.
const GENERATED: usize = 1_000;
const ALPHABETS: [&str; 3] = ["abcXYZ 019@£éΩ\n", "ab€{}[]~|^\\ c", "abc“”’ñçü中😜é€\u{200B}"];

fn generated() -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(7);
    let text = |_| {
        let alphabet: Vec<char> = ALPHABETS[random.usize(..ALPHABETS.len())].chars().collect();
        let length = random.usize(1..700);
        (0..length).map(|_| alphabet[random.usize(..alphabet.len())]).collect()
    };
    (0..GENERATED).map(text).collect()
}

#[tokio::test]
async fn the_page_counts_segments_as_the_api_does() {
    let Some(world) = browser::world().await else { return };
    let cases: Value = serde_json::from_str(&fixture("segment_cases.json")).unwrap();
    let of_the_fixture =
        cases["cases"].as_array().unwrap().iter().map(|case| case["body"].as_str().unwrap().to_owned());
    let texts: Vec<(String, MessageText)> = of_the_fixture
        .chain(generated())
        .filter_map(|text| Some((text.clone(), MessageText::parse(text).ok()?)))
        .collect();
    assert!(texts.len() > GENERATED / 2, "{}", texts.len());
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.open("/console/").await;
    let module = format!("/console/a/{}/sms.js", console::HASH);
    let script = "const [module, texts, done] = arguments; \
                  import(module).then(sms => done(texts.map(text => { const { encoding, segments } = sms.measure(text); return [encoding, segments]; })), error => done(String(error)))";
    let sent: Vec<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
    let counted = browser.run_async(script, &[module.into(), json!(sent)]).await;
    let expected: Vec<Value> =
        texts.iter().map(|(_, text)| json!([text.encoding().to_string(), text.segments().get()])).collect();
    assert_eq!(counted, json!(expected));
}
