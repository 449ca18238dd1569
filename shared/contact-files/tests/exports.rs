//! Files as other programs export them, made up for this test: no number in them is a real person's.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use contact_files::{ColumnChoice, Field, Options, Table, TableError, decode};

/// Phones (joined by `|`), first name, family name or both in one, e-mail address of each row.
type Rows = Vec<[String; 4]>;

fn rows(text: &str) -> Rows {
    rows_with(text, &Options::default())
}

fn rows_with(text: &str, options: &Options) -> Rows {
    let text = decode(text.as_bytes(), None).unwrap().text;
    let (mut table, mut rows) = (Table::open(&text, options).unwrap(), Vec::new());
    while let Some(row) = table.next_row().unwrap() {
        assert!(!row.has_extra_cells(), "row {}", row.line);
        let field = |field| row.field(field).unwrap_or_default().to_owned();
        let last =
            row.field(Field::LastName).or_else(|| row.field(Field::Name)).unwrap_or_default().to_owned();
        let phones = row.phones().collect::<Vec<_>>().join("|");
        rows.push([phones, field(Field::FirstName), last, field(Field::Email)]);
    }
    rows
}

fn row(phones: &str, first: &str, last: &str, email: &str) -> [String; 4] {
    [phones, first, last, email].map(str::to_owned)
}

#[test]
fn google_contacts_until_2023() {
    let text = "Name,Given Name,Additional Name,Family Name,Yomi Name,Group Membership,E-mail 1 - Type,\
                E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value,Organization 1 - Name\n\
                Amina Odhiambo,Amina,,Odhiambo,,* myContacts,* ,a@x.co,Work,020 2345678,Mobile,\
                0712 345 678 ::: 0733 123456,Acme\n";
    assert_eq!(rows(text), [row("020 2345678|0712 345 678|0733 123456", "Amina", "Odhiambo", "a@x.co")]);
}

#[test]
fn google_contacts_since_2023() {
    let text = "First Name,Middle Name,Last Name,Phonetic First Name,Nickname,File As,Organization Name,\
                E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Labels\n\
                Amina,,Odhiambo,,,,,,a@x.co,Mobile,+254712345678,* myContacts\n";
    assert_eq!(rows(text), [row("+254712345678", "Amina", "Odhiambo", "a@x.co")]);
}

#[test]
fn an_outlook_export_is_read() {
    let text = "\u{feff}\"First Name\",\"Last Name\",\"Company\",\"Assistant's Phone\",\"Business Fax\",\
                \"Business Phone\",\"Home Phone\",\"Mobile Phone\",\"Other Fax\",\"Pager\",\"E-mail Address\",\
                \"E-mail Type\",\"Notes\"\r\n\"Amina\",\"Odhiambo\",\"Acme\",\"0799999999\",\"020 1\",\"020 2345678\",\
                \"\",\"0712345678\",\"\",\"\",\"a@x.co\",\"SMTP\",\"Met in\r\nNairobi\"\r\n";
    assert_eq!(rows(text), [row("0712345678|020 2345678", "Amina", "Odhiambo", "a@x.co")]);
}

#[test]
fn outlook_exports_in_german_french_spanish_and_portuguese_are_read() {
    let amina = |first: &str, last: &str, email: &str| row("0712345678", first, last, email);
    let german = "Anrede;Vorname;Nachname;Firma;Telefon Assistent;Fax geschäftlich;Telefon geschäftlich;Rückmeldung;\
                  Telefon privat;Mobiltelefon;E-Mail-Adresse;Notizen\n;Jana;Groß;Acme;0799999999;0799999998;;;;\
                  0712345678;j@x.de;\n";
    assert_eq!(rows(german), [amina("Jana", "Groß", "j@x.de")]);
    let french = "Titre;Prénom;Nom;Société;Téléphone de l'assistant(e);Télécopie (bureau);Téléphone (bureau);\
                  Tél. mobile;Adresse de messagerie\n;Aline;Irakoze;;0799999999;0799999998;;0712345678;a@x.bi\n";
    assert_eq!(rows(french), [amina("Aline", "Irakoze", "a@x.bi")]);
    let spanish = "Nombre;Segundo nombre;Apellidos;Teléfono del ayudante;Fax del trabajo;Teléfono del trabajo;\
                   Teléfono móvil;Dirección de correo electrónico\n;;García;0799999999;;;0712345678;a@x.es\n";
    assert_eq!(rows(spanish), [amina("", "García", "a@x.es")]);
    let portuguese = "Nome próprio;Sobrenome;Telefone da assistente;Telemóvel;Endereço de correio eletrónico\n\
                      Ana;Silva;0799999999;0712345678;a@x.pt\n";
    assert_eq!(rows(portuguese), [amina("Ana", "Silva", "a@x.pt")]);
}

#[test]
fn headers_of_the_countries_around_kenya_are_known() {
    for header in [
        "الاسم,رقم الجوال",
        "الاسم الكامل,رقم الهاتف",
        "Magaca,Lambarka taleefanka",
        "ስም,ስልክ ቁጥር",
        "Amazina,Nimero ya telefone",
        "Erinnya,Namba y'essimu",
        "Nom et prénom,Téléphone (domicile)",
    ] {
        let text = format!("{header}\nAmina,0712345678\n");
        assert_eq!(rows(&text), [row("0712345678", "", "Amina", "")], "{header}");
    }
    for header in ["Jina,Aina ya simu", "Jina,Simu ya ndugu", "الاسم,نوع الهاتف", "Nom,Téléphone d'urgence"]
    {
        let refused = Table::open(header, &Options::default()).err().unwrap();
        assert!(matches!(refused, TableError::NoPhoneColumn { .. }), "{header}: {refused}");
    }
}

#[test]
fn a_hubspot_export_is_read() {
    let text = "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Contact owner,Lead Status,\
                WhatsApp Phone Number Status\n101,Amina,Odhiambo,a@x.co,020 2345678,+254 712 345678,,Open,valid\n";
    assert_eq!(rows(text), [row("+254 712 345678|020 2345678", "Amina", "Odhiambo", "a@x.co")]);
}

#[test]
fn a_mailchimp_export_is_read() {
    let text = "Email Address,First Name,Last Name,Address,Phone Number,Birthday,SMS Phone Number,\
                SMS Marketing Status,MEMBER_RATING,OPTIN_TIME,CONFIRM_IP,TAGS\n\
                a@x.co,Amina,Odhiambo,,,,+254712345678,subscribed,2,\"2026-01-02 03:04:05\",,\"\"\"VIP\"\"\"\n";
    assert_eq!(rows(text), [row("+254712345678", "Amina", "Odhiambo", "a@x.co")]);
}

#[test]
fn a_brevo_export_is_read() {
    let text = "CONTACT ID;EMAIL;FIRSTNAME;LASTNAME;SMS;LANDLINE_NUMBER;WHATSAPP;ADDED_TIME\n\
                1;a@x.co;Amina;Odhiambo;254712345678;;;01-02-2026 03:04:05\n";
    assert_eq!(rows(text), [row("254712345678", "Amina", "Odhiambo", "a@x.co")]);
}

#[test]
fn a_salesforce_export_is_read() {
    let text = "\"Salutation\",\"First Name\",\"Last Name\",\"Title\",\"Account Name\",\"Mailing Street\",\"Phone\",\
                \"Mobile\",\"Fax\",\"Email\",\"Account Owner\"\n\"Ms\",\"Amina\",\"Odhiambo\",\"\",\"Acme\",\"\",\
                \"020 2345678\",\"0712345678\",\"020 9\",\"a@x.co\",\"B\"\n";
    assert_eq!(rows(text), [row("0712345678|020 2345678", "Amina", "Odhiambo", "a@x.co")]);
}

#[test]
fn a_zoho_export_is_read() {
    let text = "Contact Id,Contact Owner,First Name,Last Name,Email,Phone,Mobile,Home Phone,Asst Phone,Fax,\
                Email Opt Out\nzcrm_1,B,Amina,Odhiambo,a@x.co,,0712345678,020 2345678,0799999999,,false\n";
    assert_eq!(rows(text), [row("0712345678|020 2345678", "Amina", "Odhiambo", "a@x.co")]);
}

#[test]
fn a_shopify_export_is_read() {
    let text = "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,\
                Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders\n\
                '7012345678901,Amina,Odhiambo,a@x.co,yes,,'00100,'+254733123456,'+254712345678,no,10.00,1\n";
    assert_eq!(rows(text), [row("'+254712345678|'+254733123456", "Amina", "Odhiambo", "a@x.co")]);
}

#[test]
fn a_textmagic_export_is_read() {
    let text = "First name,Last name,Phone,Email,Company,Country,Lists\n\
                Amina,Odhiambo,254712345678,a@x.co,Acme,Kenya,\"VIP, 2026\"\n";
    assert_eq!(rows(text), [row("254712345678", "Amina", "Odhiambo", "a@x.co")]);
}

#[test]
fn a_list_of_a_whatsapp_group_is_read() {
    let text = "Country Code,Country Name,Phone Number,Formatted Phone,Is My Contact,Saved Name,Public Name,\
                Group Name(s)\n254,Kenya,254712345678,+254 712 345678,TRUE,Amina,~Ami,Chama\n";
    assert_eq!(rows(text), [row("254712345678|+254 712 345678", "", "Amina", "")]);
}

#[test]
fn an_mpesa_statement_is_read() {
    let text = "M-PESA ORGANISATION PORTAL,,,\nShort Code,123456,,\n\n\
                Receipt No.,Completion Time,Details,Paid In,Withdrawn,Balance,Other Party Info\n\
                QK12AB34CD,2026-11-28 10:00:00,Pay Bill,1000.00,,7720076.00,254712345678 - AMINA ODHIAMBO\n";
    assert_eq!(rows(text), [row("254712345678 - AMINA ODHIAMBO", "", "", "")]);
    let personal = "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance\n\
                    QK12AB34CD,2026-11-28 10:00:00,Sent to 254712345678,Completed,,1000.00,76.00\n";
    let refused = Table::open(personal, &Options::default()).err().unwrap();
    assert!(matches!(&refused, TableError::NoPhoneColumn { columns } if columns.len() == 7), "{refused}");
}

#[test]
fn a_bank_statement_has_numbers_and_no_phones() {
    let text = "Account Number,Value Date,Narration,Debit,Credit,Balance\n\
                0110123456789,2026-11-28,ATM,1000.00,,7720076.00\n";
    assert!(matches!(Table::open(text, &Options::default()), Err(TableError::NoPhoneColumn { .. })));
}

#[test]
fn a_school_register_is_read() {
    let text = "UPENDO PRIMARY SCHOOL,,,,\nCLASS LIST 2026,,,,\n\
                S/No,Adm No,Student Name,Class,Parent/Guardian Contact\n\
                1,20260001,Amina Odhiambo,4 East,0712345678\n2,20260002,Baraka,4 East,0733-123456 (mum)\n";
    let expected = [row("0712345678", "", "Amina Odhiambo", ""), row("0733-123456 (mum)", "", "Baraka", "")];
    assert_eq!(rows(text), expected);
}

#[test]
fn a_register_of_both_parents() {
    let text =
        "ADM,NAME,FATHER'S PHONE,MOTHER'S PHONE,EMERGENCY CONTACT PHONE\n17,Amina,,0712345678,0799999999\n";
    assert_eq!(rows(text), [row("0712345678", "", "Amina", "")]);
}

#[test]
fn a_kobotoolbox_export_is_read() {
    let text = "\"start\";\"end\";\"What is your name?\";\"Full name\";\"What is your phone number?\";\
                \"How many mobile phones do you own?\";\"_id\";\"_uuid\";\"_submission_time\"\n\
                \"2026-11-28T10:00:00\";\"2026-11-28T10:05:00\";\"Ami\";\"Amina Odhiambo\";\"0712345678\";\"2\";\
                \"30012345\";\"a-b\";\"2026-11-28\"\n";
    assert_eq!(rows(text), [row("0712345678", "", "Amina Odhiambo", "")]);
}

#[test]
fn an_odk_export_is_read() {
    let text = "SubmissionDate,deviceid,household-head_name,household-phone_number,household-phone_owner_type,KEY\n\
                2026-11-28,collect:1,Amina,+254712345678,self,uuid:1\n";
    assert_eq!(rows(text)[0][0], "+254712345678");
}

#[test]
fn swahili_headers_are_read() {
    let text = "Na.;Jina la kwanza;Jina la ukoo;Namba ya simu;Barua pepe;Maelezo\n\
                1;Amina;Odhiambo;0712345678;a@x.co;mteja\n";
    assert_eq!(rows(text), [row("0712345678", "Amina", "Odhiambo", "a@x.co")]);
    assert_eq!(
        rows("Majina\tSimu\nAmina Odhiambo\t0712345678\n"),
        [row("0712345678", "", "Amina Odhiambo", "")]
    );
}

#[test]
fn french_and_portuguese_headers() {
    let french = "Nom;Prénom;Téléphone portable;Courriel\nIrakoze;Aline;+257 79 123 456;a@x.bi\n";
    assert_eq!(rows(french)[0][0], "+257 79 123 456");
    assert_eq!(rows(french)[0][1], "Aline");
    assert_eq!(rows("Nome;Nº de telemóvel\nAmina;841234567\n")[0][0], "841234567");
}

#[test]
fn a_church_list_with_surname_and_other_names() {
    let text = "S/N,SURNAME,OTHER NAMES,TEL. NO.,NEXT OF KIN,NEXT OF KIN PHONE\n\
                1,Odhiambo,Amina Wanjiru,0712345678,Baraka,0799999999\n";
    assert_eq!(rows(text), [row("0712345678", "Amina Wanjiru", "Odhiambo", "")]);
}

#[test]
fn a_list_of_another_sms_gateway_is_read() {
    assert_eq!(rows("mobile|name\n254712345678|Amina\n"), [row("254712345678", "", "Amina", "")]);
    assert_eq!(rows("Recipient,Message,Status\n+254712345678,Hi,Sent\n")[0][0], "+254712345678");
    assert_eq!(rows("msisdn\n254712345678\n")[0][0], "254712345678");
}

#[test]
fn members_with_a_number_that_is_not_a_phone() {
    let text = "Number,Name,Tel\n700123456,Amina,0712345678\n700123457,Baraka,\n";
    assert_eq!(rows(text), [row("0712345678", "", "Amina", ""), row("", "", "Baraka", "")]);
}

#[test]
fn columns_that_no_rule_knows_are_named_by_the_caller() {
    let text = "Kontakti,Mwanachama\n0712345678,Amina\n";
    assert!(matches!(Table::open(text, &Options::default()), Err(TableError::NoPhoneColumn { .. })));
    let choice = ColumnChoice::parse("phone:kontakti,name:MWANACHAMA").unwrap();
    let options = Options { choice, ..Options::default() };
    assert_eq!(rows_with(text, &options), [row("0712345678", "", "Amina", "")]);
}
