//! Imports a real file into a book.

use crate::browser::{self, Browser, Looks};

/// Writes a file and gives its path.
fn write(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[tokio::test]
async fn a_file_is_mapped_imported_and_its_refused_rows_come_back_with_reasons() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Wateja", &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let text = "Orodha;;\r\nSimu;Jina;Mji\r\n0712345671;Zawadi Ödhiambo;Kisumu\r\n0712XXX;=cmd;Nairobi\r\n;;\r\n\
                0712345672;\"Amina; \"\"AB\"\"\";\r\n0712345671;Zawadi Ödhiambo;Kisumu\r\n";
    let path = write(&folder, "wateja.csv", &utf16(text));
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter(&format!("#/books/{book}/import")).await;
    browser.fill("#file", &path).await;
    browser.see("wateja.csv: 4 rows.").await;
    let guessed =
        browser.run("return [...document.querySelectorAll('th select')].map(s => s.value)", &[]).await;
    assert_eq!(guessed, serde_json::json!(["phone", "name", ""]));
    browser.see("One cell does not look like a phone number").await;

    browser.click("Import 4 rows").await;
    browser.see("2 contacts added").await;
    browser.see("One row was refused").await;
    browser.click("Download refused rows").await;
    let file = String::from_utf8(browser.downloaded("wateja-refused.csv").await).unwrap();
    let lines: Vec<_> = file.split("\r\n").collect();
    assert_eq!(lines[0], "\u{feff}Simu,Jina,Mji,Row,Reason");
    assert!(lines[1].starts_with("0712XXX,'=cmd,Nairobi,4,"), "{}", lines[1]);
    assert_eq!(lines.len(), 3, "{file}");

    let contacts =
        world.api.get(&format!("/v1/address-books/{book}/contacts/?phone=0712345672")).await.expect(200);
    let contact = &contacts["results"][0];
    assert_eq!((&contact["first_name"], &contact["last_name"]), (&"Amina;".into(), &"\"AB\"".into()));
}

#[tokio::test]
async fn more_refused_rows_than_one_answer_names_all_come_back() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Wateja", &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..2300).map(|row| format!("number {row},Name\n")).collect();
    let path = write(&folder, "bad.csv", format!("phone,name\n0712345678,Good\n{rows}").as_bytes());
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter(&format!("#/books/{book}/import")).await;
    browser.fill("#file", &path).await;
    browser.see("bad.csv: 2,301 rows.").await;
    browser.click("Import 2,301 rows").await;
    browser.see("2,300 rows were refused").await;
    browser.see("One contact added").await;
    browser.click("Download refused rows").await;
    let file = String::from_utf8(browser.downloaded("bad-refused.csv").await).unwrap();
    let first_and_last = [file.lines().nth(1).unwrap(), file.lines().last().unwrap()];
    assert!(first_and_last[0].starts_with("number 0,Name,3,"), "{first_and_last:?}");
    assert!(first_and_last[1].starts_with("number 2299,Name,2302,"), "{first_and_last:?}");
    assert_eq!(file.lines().count(), 2301);
}

#[tokio::test]
async fn separators_and_encodings_are_guessed() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Wateja", &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let text = |separator: &str| {
        ["Simu|Jina", "0712345671|Zawadi Ödhiambo", "0712345672|Baraka"]
            .map(|row| row.replacen('|', separator, 1) + "\r\n")
            .concat()
    };
    let windows_1252 = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let big_endian = |text: &str| {
        [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect::<Vec<_>>()
    };
    let quoted = "Simu,Jina\n0712345671,\"Zawadi Ödhiambo\"\n0712345672,Baraka\n";
    let cases: [(&str, Vec<u8>, [&str; 2]); 6] = [
        ("comma.csv", quoted.into(), [",", "utf-8"]),
        ("semicolon.csv", windows_1252(&text(";")), [";", "windows-1252"]),
        ("tab.tsv", utf16(&text("\t")), ["\t", "utf-16le"]),
        ("bar.txt", format!("\u{feff}{}", text("|")).into(), ["|", "utf-8"]),
        ("big.csv", big_endian(&text(";")), [";", "utf-16be"]),
        ("named.csv", format!("sep=;\r\n{}", text(";")).into(), [";", "utf-8"]),
    ];
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter(&format!("#/books/{book}/import")).await;
    for (name, bytes, guessed) in cases {
        browser.fill("#file", &write(&folder, name, &bytes)).await;
        browser.see(&format!("{name}: 2 rows.")).await;
        let chosen = "return [...document.querySelectorAll('.pair select')].map(select => select.value)";
        assert_eq!(browser.run(chosen, &[]).await, serde_json::json!(guessed), "{name}");
        let cells = "return [...document.querySelectorAll('td')].map(cell => cell.textContent)";
        let cells = browser.run(cells, &[]).await;
        let rows = ["0712345671", "Zawadi Ödhiambo", "0712345672", "Baraka"];
        assert_eq!(cells, serde_json::json!(rows), "{name}");
        browser.click("Another file").await;
    }
}

#[tokio::test]
async fn a_workbook_is_imported_with_the_rows_of_its_own_numbers() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Wateja", &[]).await;
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter(&format!("#/books/{book}/import")).await;
    browser.fill("#file", concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/customers.xlsx")).await;
    browser.see("customers.xlsx: 5 rows.").await;
    browser.see("Excel has rounded one number").await;
    browser.click("Import 5 rows").await;
    browser.see("3 contacts added").await;
    browser.click("Download refused rows").await;
    let file = String::from_utf8(browser.downloaded("customers-refused.csv").await).unwrap();
    let refused: Vec<_> = file.lines().skip(1).collect();
    assert!(refused[0].starts_with("0712XXX,Baraka,Nairobi,6,"), "{file}");
    assert!(refused[1].starts_with("2.54712E11,Rounded,,8,"), "{file}");
    for phone in ["254712345671", "254712345672", "254712345673"] {
        let path = format!("/v1/address-books/{book}/contacts/?phone=%2B{phone}");
        assert_eq!(world.api.get(&path).await.expect(200)["total"], 1, "{phone}");
    }
}
