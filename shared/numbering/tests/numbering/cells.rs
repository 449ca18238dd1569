//! Cells of real files: cells that look like a phone number are read, and all others are refused with their reason.

use numbering::NumberError;
use serde_json::Value;

use crate::fixture::{e164, home, json, parse, priced};

fn refusal(cell: &str) -> Option<NumberError> {
    parse(cell, home("KE")).err()
}

/// Every one of these cells is refused for this reason.
fn assert_refused(reason: NumberError, cells: &[&str]) {
    for cell in cells {
        assert_eq!(refusal(cell), Some(reason), "{cell:?}");
    }
}

#[test]
fn every_usual_form_of_a_number_is_read() {
    for cell in [
        "'0712345678",
        "’0712345678",
        "=\"0712345678\"",
        "\"0712345678\"",
        "=+254712345678",
        "254712345678.0",
        "254712345678,0",
        "254712345678.00",
        "0712345678.0",
        "712345678.0",
        "+254712345678.00",
        "2.54712345678E+11",
        "2,54712345678e+11",
        "2.54712345678E11",
        "254712345678@c.us (Amina)",
        "WhatsApp: 254712345678:3@s.whatsapp.net",
        "(whatsapp) 0712345678",
        "(Mob.) 0712345678",
        "[Tel/Fax] 0712345678",
        "Bob 712345678",
        "BOB 0712345678",
        "0712345678 bob",
        "712345678 (bob)",
        "712345678 all day",
        "712345678 home",
        "Kes 0712345678",
        "0712 345678/",
        "Million 0712345678",
        "Ron +254712345678 (all day)",
        "0712.345678",
        "+254.712345678",
        "7.12345678E+08",
        "tel:+254712345678",
        "TEL;TYPE=CELL:+254-712-345-678",
        "sms:0712345678",
        "whatsapp:+254712345678",
        "254712345678@c.us",
        "254712345678:12@s.whatsapp.net",
        "https://wa.me/254712345678",
        "wa.me/254712345678?text=Hi",
        "https://api.whatsapp.com/send?phone=254712345678&text=Hi",
        "whatsapp://send?phone=%2B254712345678",
        "Mob: 0712345678",
        "Mob.0712345678",
        "Tel0712345678",
        "Cell/WhatsApp 0712 345 678",
        "Phone 2: 0712345678",
        "(M) 0712345678",
        "Amina - 0712345678",
        "- 0712345678",
        "• 0712345678",
        "-0712345678",
        "Call 0712345678 now",
        "0712345678 (Safaricom)",
        "0712345678 (after 5pm)",
        "0712345678 Amina",
        "0712345678 - work",
        "0712345678-work",
        "0712345678\nAmina",
        "0712345678,",
        "0712345678;",
        "+254 (KE) 712 345 678",
        "(+254) 712 345 678",
        "++254712345678",
        "+ 254 712 345 678",
        "254712345678+",
        "0712345678 ext. 12",
        "0712345678 x12",
        "0712345678 xx",
        "XX +254712345678",
        "0712345678#12",
        "0712 345 678 (ext 4)",
        "<0712345678>",
        "📞 0712345678",
        "📱0712345678 ✅",
        "🇰🇪 0712-345-678",
        "0712·345·678",
        "0712•345•678",
        "0712_345_678",
        "0712~345~678",
        "0712/345678",
        "0712\u{202f}345\u{202f}678",
        "07\u{200d}12345678",
        "+254\u{202d}712345678",
        "\u{202a}+254 712 345678\u{202c}",
        "0\u{fe0f}7\u{fe0e}12345678\u{e0100}",
        "0️⃣7️⃣1️⃣2️⃣345678",
        "٠٧١٢٣٤٥٦٧٨",
        "۰۷۱۲۳۴۵۶۷۸",
        "०७१२३४५६७८",
        "＋２５４７１２３４５６７８",
        "0712—345—678",
        "０７１２（３４５）６７８",
        "07 12 34 56 78",
        "07.12.34.56.78",
    ] {
        assert_eq!(e164(cell, home("KE")).as_deref(), Some("+254712345678"), "{cell:?}");
    }
}

#[test]
fn hidden_digits_are_not_guessed() {
    assert_refused(
        NumberError::Mask,
        &[
            "0712345XXX",
            "2547xxxxxxxx",
            "0712 xxx 678",
            "254712345 xxx",
            "2547123456 xx",
            "07** *** 678",
            "0712-###-###",
            "0712…678",
            "0712...678",
            "07•• ••• 678",
            "071234567•",
            "0712345___",
            "+2547?? ??? ???",
            "0712 345 NNN",
            "x712345678",
            "712345678X",
            "07×××45678",
            "*144#",
            "XXXXXXXXXX",
            "########",
            "**********",
        ],
    );
}

#[test]
fn words_and_letters_among_digits_are_not_dialled_as_keys() {
    assert_refused(NumberError::Words, &["Amina", "call me", "abc", "nambari ya simu", "тел", "N o n e !"]);
    assert_refused(
        NumberError::Letters,
        &[
            "0712ABCDEF",
            "0712 345 Joe",
            "0712-34-LATE",
            "+254712345xyz",
            "1-800-FLOWERS",
            "07l2345678",
            "O7I2345678",
            "0712 O45 678 and",
            "0712a345678",
            "O712345678",
            "A20123456",
        ],
    );
    assert_refused(
        NumberError::OtherThing,
        &[
            "ID 20123456",
            "Invoice 0712345678",
            "P.O. Box 712345678",
            "Fax: 020 2345678",
            "A/c: 712345678",
            "Amt 712345678",
            "(fax) 020 2345678",
            "[Fax:] 020 2345678",
            "(ID no.) 20123456",
            "020 2345678 (fax)",
            "020 2345678 fax",
            "Order #712345678",
            "Reg. No. 712345678",
            "SKU-712345678",
            "NHIF 712345678",
        ],
    );
    assert_refused(
        NumberError::Placeholder,
        &["n/a", "N/A", "-", "--", "none", "NULL", "#N/A", "NaN", "?", "Unknown", "0"],
    );
    assert_refused(NumberError::NotANumber, &["()", "+", "½", "①②③", "!!"]);
    // Too short to be a number with hidden digits.
    assert_refused(NumberError::Words, &["xx", "XXX", "x"]);
    assert_refused(NumberError::Letters, &["x1"]);
}

#[test]
fn quantities_are_not_numbers() {
    assert_refused(
        NumberError::Amount,
        &[
            "7720076.00",
            "7720076.5",
            "712345678.00",
            "7,720,076.00",
            "7,720,076",
            "712,345,678",
            "7.720.076,00",
            "712.345.678,00",
            "7.720.076",
            "7 720 076,00",
            "7'720'076.00",
            "7,72,00,076",
            "KES 712345678",
            "Ksh. 712345678",
            "712345678/=",
            "712345678/-",
            "$7720076",
            "₦712345678",
            "712345678 UGX",
            "712345678%",
            "712345678 kg",
            "(7,720,076.00)",
            "2.547123456785E+11",
            "7.12345678",
            "7,12345678",
            "254.712345678",
            "254,712345678",
            "712345678.12345",
            "0.712345678",
            "36.8219",
            "712345678 AED",
            "AED 712345678",
            "712345678aed",
            "CHF712345678",
            "BOB 712345678",
            "712345678 dollars",
            "712 million",
            "712 Million",
            "7.12 bn",
            "712k",
            "0.7 million",
            "712 345 678 crore",
            "36.6°C",
            "712345678 bob",
            "cad 712345678",
            "712345678 try",
            "Kes. 712345678",
            "712345678 points",
            "۷۱۲۳۴۵۶۷۸ ریال",
            "٪50",
            "5M",
            "712k",
            "5 m",
            "1x",
            "2 x",
            "500ml",
            "12.5ha",
            "10 years",
            "5G",
        ],
    );
    assert_refused(NumberError::Negative, &["-712345678", "−254712345678", "-7720076.00", "–712345678"]);
    assert_refused(
        NumberError::LostDigits,
        &[
            "2.54712E+11",
            "7.12E+08",
            "2.54713E+11",
            "2,54713E+11",
            "3E+11",
            "2.547123457E+11",
            "7.1234567E+08",
        ],
    );
    assert_eq!(e164("2.5471234567E+11", home("KE")).as_deref(), Some("+254712345670"), "a zero at the end");
    assert_refused(
        NumberError::Coordinates,
        &[
            "-1.2921, 36.8219",
            "1.2921,36.8219",
            "(-1.292066, 36.821946)",
            "-1,2921; 36,8219",
            "-1.2921 36.8219",
            "1.2921° S, 36.8219° E",
            "37.7749° N",
            "1°17'31\"S 36°49'18\"E",
            "Lat: -1.2921 Long: 36.8219",
        ],
    );
}

#[test]
fn times_months_and_bank_accounts_have_error_sentences_of_their_own() {
    let dates =
        ["2:05 PM", "5pm", "14h05", "8am - 5pm", "11/2026", "2026-11", "28 Novemba 2026", "28 août 2026"];
    assert_refused(NumberError::Date, &dates);
    assert_refused(
        NumberError::Date,
        &["2026年11月28日", "۱۴۰۵/۰۹/۰۷", "٢٨/١١/٢٠٢٦", "２０２６－１１－２８"],
    );
    let ibans = ["GB29 NWBK 6016 1331 9268 19", "DE89370400440532013000", "NO93 8601 1117 947"];
    assert_refused(NumberError::BankAccount, &ibans);
    assert_eq!(priced("NG2348031234567", home("KE"), &["234"]).as_deref(), Some("+2348031234567"));
    // Hidden digits, and not the letter of a quantity.
    assert_refused(NumberError::Mask, &["712345x", "71234 XX", "712xxxxxx", "712 NNN NNN", "712 NNN"]);
    assert_refused(NumberError::Letters, &["712345678M", "0712M"]);
}

#[test]
fn two_numbers_and_strange_digits_are_not_joined() {
    assert_refused(
        NumberError::TwoNumbers,
        &[
            "0712345678;0733123456",
            "0712345678/0733123456",
            "0712345678 / 0733123456",
            "0712345678, 0733123456",
            "0712345678,0733123456",
            "712345678,733123456",
            "0712345678|0733123456",
            "0712345678 & 0733123456",
            "0712345678 or 0733123456",
            "0712345678 na 0733123456",
            "0712345678 0733123456",
            "0712345678\n0733123456",
            "0712345678 ::: 0733123456",
            "+254712345678+254733123456",
            "0712 345 678 0733 123 456",
            "0712-345-678 / 0733-123-456",
            "Mum 0712345678, Dad 0733123456",
        ],
    );
    assert_refused(
        NumberError::OtherDigits,
        &[
            "0712345678/79",
            "020 2345678/9",
            "0712345678 Amina 34",
            "0712345678;34",
            "Amina 34, 0712345678, 5",
        ],
    );
}

#[test]
fn addresses_and_long_texts_are_not_searched_for_a_number() {
    assert_refused(
        NumberError::Address,
        &[
            "amina@example.com",
            "0712345678@example.com",
            "0712345678@example.com (work)",
            "254712345678@c.us, 254733123456@c.us",
            "https://example.com/0712345678",
        ],
    );
    assert_refused(
        NumberError::ChatIdentifier,
        &[
            "120363041234567@g.us",
            "254712345678-1612345678@g.us",
            "254712345678@lid",
            "254712345678@LID",
            "254712345678:12@hosted.lid",
            "254712345678@newsletter",
            "254712345678@broadcast",
            "Group: 254712345678@g.us",
            "254712345678@lid (Amina)",
        ],
    );
    let long = |cell: &str, length: usize| format!("{cell}{}", "x ".repeat(length));
    assert_eq!(refusal(&long("0712345678 ", 60)), Some(NumberError::TooManyCharacters));
    assert_eq!(refusal(&"0".repeat(65)), Some(NumberError::TooManyCharacters));
    assert_eq!(refusal(&"0".repeat(64)), Some(NumberError::TooLong));
    let hidden = format!("0712345678{}", "\u{200b}".repeat(100));
    assert_eq!(e164(&hidden, home("KE")).as_deref(), Some("+254712345678"));
}

/// Days of 2020 to 2026.
fn days() -> impl Iterator<Item = (u32, u32, u32)> {
    (2020..=2026).flat_map(|year| {
        (1..=12).flat_map(move |month| {
            let days = match month {
                2 if year % 4 == 0 => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (1..=days).map(move |day| (year, month, day))
        })
    })
}

#[test]
fn every_day_of_seven_years_is_a_date_in_any_order_with_separators_in_turn() {
    assert_eq!(days().count(), 2_557);
    let separators = ["-", "/", ".", " ", "_", "‑", "–", ":", ","];
    for ((year, month, day), separator) in days().zip(separators.into_iter().cycle()) {
        for cell in [
            format!("{year}{separator}{month:02}{separator}{day:02}"),
            format!("{day:02}{separator}{month:02}{separator}{year}"),
            format!("{month}{separator}{day}{separator}{year}"),
        ] {
            assert_eq!(refusal(&cell), Some(NumberError::Date), "{cell}");
        }
    }
    assert_refused(
        NumberError::Date,
        &[
            "2026-11-28 14:05",
            "2026-11-28T14:05:00Z",
            "2026-11-28T14:05:00.123+03:00",
            "28/11/2026 2:05 PM",
            "28/11/26",
            "28 Nov 2026",
            "Nov 28, 2026",
            "28-Nov-26",
            "November 2026 28",
            "14:05",
            "14:05:33",
        ],
    );
}

#[test]
fn a_date_without_separators_is_refused_unless_it_is_a_number_that_gets_texts() {
    for (year, month, day) in days() {
        let cell = format!("{year}{month:02}{day:02}");
        assert_eq!(refusal(&cell), Some(NumberError::Date), "{cell}");
        assert_eq!(e164(&cell, home("DK")), Some(format!("+45{cell}")));
    }
    // Old numbers of landlines in Nairobi.
    assert_eq!(e164("020 261128", home("KE")).as_deref(), Some("+25420261128"));
    assert_eq!(e164("+254 20 261128", home("KE")).as_deref(), Some("+25420261128"));
}

#[test]
fn a_thousand_random_amounts_are_refused_in_every_notation() {
    let mut seed = 43_u64;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for _ in 0..1_000 {
        let (whole, cents) = (1 + random(1_000_000_000), random(100));
        let grouped = |by: &str| {
            let digits = whole.to_string();
            let first = digits.len() % 3;
            let groups = digits.as_bytes().get(first..).unwrap().chunks(3);
            let groups = groups.map(|group| String::from_utf8_lossy(group).into_owned());
            let first = Some(digits.get(..first).unwrap().to_owned()).filter(|first| !first.is_empty());
            first.into_iter().chain(groups).collect::<Vec<_>>().join(by)
        };
        for cell in [
            format!("{whole}.{cents:02}"),
            format!("{whole},{cents:02}"),
            format!("{}.{cents:02}", grouped(",")),
            format!("{},{cents:02}", grouped(".")),
            format!("{},{cents:02}", grouped(" ")),
            format!("{}.{cents:02}", grouped("'")),
            format!("KES {whole}"),
            format!("{whole}/="),
            format!("${}", grouped(",")),
            format!("-{whole}.{cents:02}"),
        ] {
            let refusal = refusal(&cell);
            assert!(
                matches!(refusal, Some(NumberError::Amount | NumberError::Negative)),
                "{cell}: {refusal:?}"
            );
        }
    }
}

#[test]
fn the_cells_of_the_import_cases_are_read_or_refused() {
    let cases = json("import_cases.json");
    let mut read = 0;
    for case in cases["cases"].as_array().unwrap() {
        let Some(cell) = cell_of(case) else { continue };
        let expected = case["expect"]["phones"][0].as_str();
        // The organisation of the cases has a price for every country.
        let found = priced(&cell, home("KE"), &[""]);
        assert_eq!(found.as_deref(), expected, "{}: {cell:?}", case["id"]);
        read += 1;
    }
    assert!(read >= 26, "{read}");
}

/// The cell of a case of one contact in JSON.
fn cell_of(case: &Value) -> Option<String> {
    let contacts: Value = serde_json::from_str(case["body"].as_str()?).ok()?;
    Some(contacts[0]["phone"].as_str()?.to_owned())
}
