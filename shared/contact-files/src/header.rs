//! The field of a column, by its name alone.

use crate::{
    field::Field,
    folding::{folded, words},
    vocabulary::{
        COUNTRY_CODES, Chain, FIRST_NAMES, LAST_NAMES, NAMES, NOTES, OTHER_MEANINGS, PHONE_STEMS, chain,
    },
};

/// How surely a column holds phone numbers that can get a text, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PhoneTier {
    /// Mobile, cell, SMS, WhatsApp.
    Mobile,
    /// Phone, telephone, contact number, simu.
    General,
    /// A longer name with a word for a phone in it, such as a question of a form.
    Loose,
    /// `Contact`, which may also be a person's name.
    Contact,
    /// `Number`, which may also be a number of anything.
    Number,
}

/// The meaning of a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// Phone numbers. A name with fewer qualifiers is preferred (`Phone` to `Home Phone`).
    Phone(PhoneTier, usize),
    /// A field that is not a phone.
    Other(Field),
}

/// Names with exactly one meaning that does not follow from their words.
const EXACT_PHONES: &[(&str, PhoneTier)] = &[
    ("recipient", PhoneTier::Contact),
    ("recipients", PhoneTier::Contact),
    ("destination", PhoneTier::Contact),
    ("otherpartyinfo", PhoneTier::Contact),
    ("number", PhoneTier::Number),
    ("numbers", PhoneTier::Number),
    ("namba", PhoneTier::Number),
    ("nambari", PhoneTier::Number),
    ("numero", PhoneTier::Number),
    ("numeros", PhoneTier::Number),
];

/// Longest name of a column that is read, in bytes: a question of a form.
const LONGEST_NAME: usize = 300;

/// The meaning of the column of this name; `None` if it is not a field of a contact.
pub fn meaning(name: &str) -> Option<Meaning> {
    if name.len() > LONGEST_NAME {
        return None;
    }
    let folded = folded(name);
    let other = [
        (Field::CountryCode, COUNTRY_CODES),
        (Field::FirstName, FIRST_NAMES),
        (Field::LastName, LAST_NAMES),
        (Field::Name, NAMES),
        (Field::Notes, NOTES),
    ];
    if let Some((field, _)) = other.into_iter().find(|(_, names)| names.contains(&folded.as_str())) {
        return Some(Meaning::Other(field));
    }
    if let Some((_, tier)) = EXACT_PHONES.iter().find(|(exact, _)| *exact == folded) {
        return Some(Meaning::Phone(*tier, 0));
    }
    if counts_things(&folded) {
        return None;
    }
    chain(&folded).map_or_else(|| loose(name, &folded), of_chain)
}

/// `Number of mobile phones` is an answer of a form, and not a number to call.
fn counts_things(folded: &str) -> bool {
    let counted = ["numberof", "noof", "howmany"].iter().find_map(|start| folded.strip_prefix(start));
    counted.is_some_and(|rest| rest.ends_with('s'))
}

fn of_chain(chain: Chain) -> Option<Meaning> {
    let phone = |tier| Some(Meaning::Phone(tier, chain.qualifiers));
    match chain {
        Chain { email: 1.., mobile: 0, phone: 0, .. } => Some(Meaning::Other(Field::Email)),
        Chain { email: 1.., .. } => None,
        Chain { mobile: 1.., .. } => phone(PhoneTier::Mobile),
        Chain { phone: 1.., .. } => phone(PhoneTier::General),
        Chain { contact: 1.., number: 1.., .. } => phone(PhoneTier::General),
        Chain { contact: 1.., .. } => phone(PhoneTier::Contact),
        // `Member Number` and `No.` count something else.
        _ => None,
    }
}

/// A name that also has unknown words, but one for a phone.
fn loose(name: &str, folded: &str) -> Option<Meaning> {
    let words = words(name);
    let has_stem = PHONE_STEMS.iter().any(|stem| folded.contains(stem))
        || words.iter().any(|word| matches!(word.as_str(), "simu" | "tel" | "cell" | "sms"));
    // A column `Is Mobile` has the values yes and no; `What is the phone number` has numbers.
    let means_other = words.first().is_some_and(|word| word == "is")
        || words.iter().any(|word| OTHER_MEANINGS.contains(&word.as_str()));
    (has_stem && !means_other).then_some(Meaning::Phone(PhoneTier::Loose, words.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(name: &str) -> Option<PhoneTier> {
        match meaning(name) {
            Some(Meaning::Phone(tier, _)) => Some(tier),
            _ => None,
        }
    }

    #[test]
    fn names_of_phone_columns_are_known_by_their_words() {
        let cases: [(PhoneTier, &[&str]); 5] = [
            (
                PhoneTier::Mobile,
                &[
                    "Mobile",
                    "Mobile Phone",
                    "mobilePhone",
                    "MOBILE NO.",
                    "Cell",
                    "Cellphone",
                    "Cell Phone Number",
                    "SMS",
                    "SMS Phone Number",
                    "WhatsApp Number",
                    "WhatsApp",
                    "Phone Number (Mobile)",
                    "Simu ya mkononi",
                    "Téléphone portable",
                    "N\u{ba} de telemóvel",
                    "Mobile Phone 2",
                    "Celular",
                ],
            ),
            (
                PhoneTier::General,
                &[
                    "Phone",
                    "PHONE\u{a0}NUMBER",
                    "Phone #",
                    "Phone*",
                    "Tel",
                    "Tel.",
                    "Tel No",
                    "Telephone",
                    "MSISDN",
                    "Phone 1 - Value",
                    "Contact Number",
                    "Contact No.",
                    "Contact Phone",
                    "Simu",
                    "Namba ya simu",
                    "Nambari ya Simu",
                    "Home Phone",
                    "Business Phone 2",
                    "Other Phone",
                    "Default Address Phone",
                    "Billing Phone",
                    "Parent's Phone",
                    "Parent/Guardian Phone Number",
                    "Customer Phone No",
                    "What is your phone number?",
                    "Primary Phone",
                    "Formatted Phone",
                    "Phone (with country code)",
                    "Mpesa phone number",
                    "Simu ya mzazi",
                    "LANDLINE_PHONE",
                    "Contacts (Tel)",
                ],
            ),
            (
                PhoneTier::Loose,
                &["household/respondent_phone_number_1_clean", "Phone of village elder", "Company Phone"],
            ),
            (PhoneTier::Contact, &["Contact", "Contacts", "Parent Contact", "Mawasiliano"]),
            (PhoneTier::Number, &["Number", "Numbers", "Namba"]),
        ];
        for (expected, names) in cases {
            for name in names {
                assert_eq!(tier(name), Some(expected), "{name}");
            }
        }
    }

    #[test]
    fn a_column_about_a_phone_is_not_a_phone_column() {
        for name in [
            "Phone 1 - Type",
            "Phone 1 - Label",
            "Phone Type",
            "Phone Country Code",
            "Country Code",
            "SMS Opt-in",
            "Accepts SMS Marketing",
            "Mobile Network",
            "Home Fax",
            "Pager",
            "Assistant's Phone",
            "Asst Phone",
            "Emergency Contact Phone",
            "Next of Kin Phone",
            "Is My Contact",
            "Contact Owner Email",
            "Contact Type",
            "Number of phones",
            "How many mobile phones",
            "Has phone",
            "Account Number",
            "ID Number",
            "Receipt No.",
            "Member Number",
            "Admission No",
            "National ID",
            "Phone verified at",
            "S/N",
            "#",
            "",
            "Telex",
            "Notebook",
            "No",
            "No.",
            "Contact ID",
            "Contact Owner",
            "Mobile ID",
            "Is Mobile",
            "Contact Address",
            "WA",
            "pH",
        ] {
            assert_eq!(tier(name), None, "{name}");
        }
    }

    #[test]
    fn other_fields_are_known_by_the_names_in_usual_exports() {
        let cases: [(Field, &[&str]); 6] = [
            (
                Field::CountryCode,
                &["Country Code", "Phone Country Code", "CountryCode", "Dial Code", "ISD code", "Indicatif"],
            ),
            (
                Field::FirstName,
                &["First Name", "FIRSTNAME", "Given Name", "first_name", "Jina la kwanza", "Prénom"],
            ),
            (Field::LastName, &["Last Name", "Surname", "Family Name", "Jina la ukoo"]),
            (
                Field::Name,
                &["Name", "Full Name", "Student Name", "Jina", "Saved Name", "Name of Parent/Guardian"],
            ),
            (
                Field::Email,
                &["Email", "E-mail Address", "E-mail 1 - Value", "Email ID", "Barua pepe", "EMAIL"],
            ),
            (Field::Notes, &["Notes", "Remarks", "Maelezo"]),
        ];
        for (field, names) in cases {
            for name in names {
                assert_eq!(meaning(name), Some(Meaning::Other(field)), "{name}");
            }
        }
        for name in ["Company", "E-mail 1 - Type", "Group Name", "Accepts Email Marketing", "Mailing Street"]
        {
            assert_eq!(meaning(name), None, "{name}");
        }
    }
}
