//! Pictures of every page, of data as a sender has them. `.ci/pictures` renews those of `.github/console`.

use std::{env, fmt::Write, fs, path::PathBuf};

use domain::timestamp::Millis;
use serde_json::json;
use tests::World;

use crate::browser::{self, Browser, Looks};

const FIRST_NAMES: [&str; 8] =
    ["Amina", "Wanjiru", "Otieno", "Zawadi", "Kiprono", "Achieng", "Mwende", "Baraka"];
const LAST_NAMES: [&str; 5] = ["Odhiambo", "Kamau", "Hassan", "Mutua", "Chebet"];
const UCS2: &str =
    "Habari! Salio lako ni “KES 200”. Lipa kabla ya Ijumaa kwa M-PESA Paybill 400200. Asante kwa kuwa nasi.";
/// Numbers that are refused, not delivered, or unconfirmed.
const MAGIC: [&str; 6] = ["000001", "000002", "000006", "000035", "000042", "000044"];

/// The name of a picture, the address of its page, and the steps that are done there first.
struct Picture {
    name: &'static str,
    page: String,
    act: Act,
}

#[derive(Clone, Copy)]
enum Act {
    Nothing,
    Write,
    ChooseFile,
}

fn people(count: u32) -> String {
    let mut csv = "phone,first_name,last_name,email,notes\n".to_owned();
    for place in 0..count {
        let first = FIRST_NAMES[place as usize % FIRST_NAMES.len()];
        let last = LAST_NAMES[place as usize % LAST_NAMES.len()];
        let email = if place % 3 == 0 {
            format!("{}.{place}@example.com", first.to_lowercase())
        } else {
            String::new()
        };
        let notes = if place % 7 == 0 { "Pays on the 5th" } else { "" };
        writeln!(csv, "+2547{:08},{first},{last},{email},{notes}", 11_500_000 + place).expect("a text grows");
    }
    csv
}

/// People whose messages do not arrive.
fn unlucky() -> String {
    let mut csv = String::new();
    for (place, end) in MAGIC.iter().enumerate() {
        writeln!(csv, "+254722{end},{},{},,", FIRST_NAMES[place], LAST_NAMES[place % 5])
            .expect("a text grows");
    }
    csv
}

async fn new_book(world: &World, name: &str, description: &str, csv: String) -> String {
    let book = world.api.post("/v1/address-books/", &json!({"name": name, "description": description})).await;
    let id = book.expect(201)["id"].as_str().expect("a book has an id").to_owned();
    world.api.post_csv(&format!("/v1/address-books/{id}/contacts/"), csv).await.expect(200);
    id
}

async fn send(world: &World, books: &[&str], message: &str) {
    let body = json!({"group_ids": books, "message": message});
    world.api.post("/v1/sms/send-group/", &body).await.expect(202);
}

/// Dispatches the queue while time passes, so that the plot has a curve.
async fn dispatch(world: &World, most: usize) {
    for _ in 0..most {
        if world.stack.poll_batches().await.expect("the queue answers").received == 0 {
            return world.drain().await;
        }
        world.clock().advance(Millis::from_secs(2));
    }
}

/// An organisation with books, and campaigns in every state.
async fn furnished() -> (World, Vec<Picture>) {
    let world = World::start_with_batches_of(20).await;
    world.configure(|organisation| "Duka Moja".clone_into(&mut organisation.name)).await;
    world.give_money("M-PESA QK71", 950_000_000).await;
    let premium = world.fixture_book("premium_customers").await;
    let newsletter = world.fixture_book("newsletter_subscribers").await;
    for (book, name) in [(&premium, "Premium customers"), (&newsletter, "Newsletter")] {
        world.api.patch(&format!("/v1/address-books/{book}/"), &json!({"name": name})).await.expect(200);
    }
    let branch = new_book(
        &world,
        "Kisumu branch",
        "Customers of the Kisumu branch, renewed each Monday",
        people(640) + &unlucky(),
    )
    .await;
    let staff = new_book(&world, "Staff", "Everybody who works here", people(38)).await;
    let arabic = "phone,first_name,last_name\n+254733100001,فاطمة,الحسن\n".to_owned();
    new_book(&world, "عملاء مومباسا", "", arabic).await;

    send(&world, &[&staff], "Mkutano wa wafanyakazi ni kesho saa tatu asubuhi.").await;
    dispatch(&world, usize::MAX).await;
    world.deliver_reports().await;
    world.clock().advance(Millis::from_hours(20));
    world.tick().await;
    send(
        &world,
        &[&branch],
        "Habari! Duka letu la Kisumu limefunguliwa tena. Njoo Jumamosi upate punguzo la 10%.",
    )
    .await;
    dispatch(&world, usize::MAX).await;
    world.deliver_reports().await;
    let later = json!({"group_ids": [staff], "message": "Salary slips are ready at the office.", "scheduled_at": "2026-12-01T09:00:00+03:00"});
    world.api.post("/v1/sms/send-group/", &later).await.expect(202);
    world.clock().advance(Millis::from_hours(2));
    world.tick().await;
    send(
        &world,
        &[&premium],
        "Your points expire on 31 December. Dial *483# or visit the shop to use them before they do.",
    )
    .await;
    dispatch(&world, 1).await;
    world.api.post("/v1/sms/campaigns/4/pause/", &json!(null)).await.expect(200);
    let phones = json!({"phones": ["0712345678", "0733111222", "+254711000003"]});
    world.api.post("/v1/opt-outs/", &phones).await.expect(200);
    let failed = world.api.get("/v1/sms/campaigns/2/messages/?status=failed").await.expect(200);
    let message = format!("#/messages/{}", failed["results"][0]["id"].as_str().expect("a message has an id"));
    let pictures = vec![
        picture("campaigns", "#/campaigns"),
        Picture { act: Act::Write, ..picture("send", &format!("#/send?book={premium}")) },
        picture("campaign", "#/campaigns/2"),
        picture("number", "#/messages?mobile=0711500001"),
        picture("paused", "#/campaigns/4"),
        picture("scheduled", "#/campaigns/3"),
        picture("message", &message),
        picture("books", "#/books"),
        picture("book", &format!("#/books/{branch}")),
        Picture { act: Act::ChooseFile, ..picture("import", &format!("#/books/{branch}/import")) },
        picture("opt-outs", "#/opt-outs"),
        picture("wallet", "#/wallet?month=2026-11"),
        picture("settings", "#/settings"),
        picture("inbox", "#/inbox"),
    ];
    (world, pictures)
}

fn picture(name: &'static str, page: &str) -> Picture {
    Picture { name, page: page.to_owned(), act: Act::Nothing }
}

#[tokio::test]
async fn every_page_is_pictured_if_a_folder_is_named() {
    if !browser::is_asked_for() {
        return;
    }
    let Some(folder) = env::var_os("PICTURES").map(PathBuf::from) else {
        eprintln!("NOT DONE: PICTURES names no folder");
        return;
    };
    let (world, pictures) = furnished().await;
    let file = folder.join("wateja.csv");
    fs::write(&file, "Simu;Jina;Mji\r\n0712345671;Zawadi Ödhiambo;Kisumu\r\n0712XXX;Baraka;Nairobi\r\n0712345672;Amina Hassan;Mombasa\r\n").expect("the folder can be written");
    let kinds = [("light", false, 1280), ("dark", true, 1280), ("narrow", false, 390)];
    for (kind, is_dark, width) in kinds {
        let browser = Browser::start(&world, Looks { is_dark, width }).await;
        let keep = async |name: &str| {
            fs::write(folder.join(format!("{name}-{kind}.png")), browser.picture().await)
                .expect("the folder can be written");
        };
        browser.open("/console/").await;
        browser.wait("document.getElementById('key')").await;
        keep("sign-in").await;
        browser.enter("#/campaigns").await;
        for Picture { name, page, act } in &pictures {
            browser.go(page).await;
            match act {
                Act::Nothing => {}
                Act::Write => {
                    browser.fill("#text", UCS2).await;
                    browser.wait("document.querySelector('button.wide:enabled')").await;
                    browser.wait("document.querySelector('.note.warn')").await;
                    browser.run("document.activeElement.blur(); scrollTo(0, 0)", &[]).await;
                }
                Act::ChooseFile => {
                    browser.fill("#file", file.to_str().expect("a path is text")).await;
                    browser.see("One cell does not look like a phone number").await;
                    browser.run("document.activeElement.blur(); scrollTo(0, 0)", &[]).await;
                }
            }
            browser.wait("!document.querySelector('.loading') && document.fonts.status === 'loaded'").await;
            keep(name).await;
            if matches!(act, Act::ChooseFile) {
                // Leaving would ask about the rows otherwise. A narrow page has its menu over the button.
                browser.run("document.querySelector('#columns .quiet').click()", &[]).await;
            }
        }
        browser.open("/docs/").await;
        browser.wait("document.querySelector('main h3')").await;
        keep("reference").await;
    }
    fs::remove_file(file).expect("it was written");
}
