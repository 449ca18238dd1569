//! Finds placeholders for a contact's fields, such as `{first_name}`. A text is sent to every contact as it is written,
//! so placeholders would arrive unfilled.
//!
//! Called by the function `api` for the text of a send, whose length is limited by then. Finds only names of contact
//! fields in the forms that other senders use, so that braces, percent signs and prices in an ordinary text are not
//! placeholders.

use crate::visible::is_invisible;

/// Names of a contact's fields in English, Swahili, French, Portuguese, Spanish and German, as `plain` makes them.
const FIELDS: [&str; 65] = [
    "name",
    "first",
    "last",
    "fullname",
    "firstname",
    "fname",
    "givenname",
    "lastname",
    "lname",
    "surname",
    "familyname",
    "middlename",
    "nickname",
    "contactname",
    "clientname",
    "customername",
    "membername",
    "jina",
    "jinalakwanza",
    "jinalamwisho",
    "jinakamili",
    "majina",
    "nom",
    "nomcomplet",
    "nomdefamille",
    "prenom",
    "prenoms",
    "prenomnom",
    "nomprenom",
    "nome",
    "nomecompleto",
    "primeironome",
    "sobrenome",
    "apelido",
    "nombre",
    "nombrecompleto",
    "primernombre",
    "apellido",
    "apellidos",
    "vorname",
    "nachname",
    "phone",
    "phoneno",
    "tel",
    "telephone",
    "telefone",
    "telefono",
    "cell",
    "celular",
    "whatsapp",
    "phonenumber",
    "mobile",
    "mobilenumber",
    "mobileno",
    "msisdn",
    "number",
    "simu",
    "namba",
    "nambayasimu",
    "numero",
    "email",
    "emailaddress",
    "courriel",
    "note",
    "notes",
];
/// Words that other senders write before a field's name: `{{contact.first_name}}`.
const OWNERS: [&str; 12] = [
    "contact",
    "customer",
    "client",
    "member",
    "recipient",
    "subscriber",
    "user",
    "lead",
    "params",
    "person",
    "profile",
    "your",
];
/// The most bytes between two marks that belong together.
const LONGEST: usize = 64;

/// Finds the placeholders of a text as they are written, in their order, each once.
pub fn placeholders(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(['{', '[', '<', '(', '#', '%', '$', '*']).map(|at| from + at) {
        match placeholder_at(text, start) {
            Some(placeholder) => {
                if !found.contains(&placeholder) {
                    found.push(placeholder);
                }
                from = start + placeholder.len();
            }
            None => from = start + 1,
        }
    }
    found
}

/// The placeholder that begins at a mark.
fn placeholder_at(text: &str, start: usize) -> Option<&str> {
    let rest = &text[start..];
    let before = text[..start].chars().next_back();
    let length = match rest.chars().next()? {
        '{' => bracketed(rest, "{", "}"),
        '[' => bracketed(rest, "[", "]"),
        '<' => bracketed(rest, "<", ">"),
        '(' => bracketed(rest, "((", "))"),
        '*' => bracketed(rest, "*|", "|*"),
        mark @ ('#' | '%') if !before.is_some_and(is_word) => between(rest, mark),
        '$' if !before.is_some_and(is_word) => after_dollar(rest),
        _ => None,
    }?;
    rest.get(..length)
}

/// `{name}`, `{{ name }}`, `{{contact.name|default:"friend"}}`, `[[name]]`, `((name))`, `*|FNAME|*`.
fn bracketed(rest: &str, open: &str, close: &str) -> Option<usize> {
    let inside = rest.trim_start_matches(open);
    let depth = (rest.len() - inside.len()) / open.len();
    if depth == 0 {
        return None;
    }
    let end = inside.find(close).filter(|end| *end <= LONGEST)?;
    let name = inside[..end].trim_start_matches(|c: char| matches!(c, '$' | '!' | ' ') || is_invisible(c));
    // A filter or a default value follows a name in braces only.
    let name = if open == "{" { name.split(['|', ':']).next().unwrap_or_default() } else { name };
    let tail = &inside[end..];
    let closed = (tail.len() - tail.trim_start_matches(close).len()) / close.len();
    is_field(name).then(|| depth * open.len() + end + closed.min(depth) * close.len())
}

/// `#NAME#`, `%first_name%`, `%%name%%`: no character of a word may follow.
fn between(rest: &str, mark: char) -> Option<usize> {
    let inside = rest.trim_start_matches(mark);
    let depth = rest.len() - inside.len();
    let end = inside.find(mark).filter(|end| *end <= LONGEST)?;
    let name = &inside[..end];
    let tail = inside[end..].trim_start_matches(mark);
    let stands_alone = name.trim() == name && !tail.chars().next().is_some_and(is_word);
    (stands_alone && is_field(name)).then(|| depth + end + (inside.len() - end - tail.len()).min(depth))
}

/// `$name`, `${name}`.
fn after_dollar(rest: &str) -> Option<usize> {
    let name = &rest[1..];
    if name.starts_with('{') {
        return bracketed(name, "{", "}").map(|length| length + 1);
    }
    let end = name.find(|c| !is_word(c) && !is_invisible(c)).unwrap_or(name.len());
    is_field(&name[..end]).then_some(end + 1)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Whether a text is the name of a contact's field, alone or after its owner.
fn is_field(text: &str) -> bool {
    let plain = plain(text);
    let owned = || OWNERS.iter().filter_map(|owner| plain.strip_prefix(owner));
    FIELDS.contains(&plain.as_str()) || owned().any(|name| FIELDS.contains(&name))
}

/// A name in lower case, without accents, spaces, `_`, `-`, `.` and invisible marks.
fn plain(text: &str) -> String {
    let is_separator = |c: char| c.is_whitespace() || matches!(c, '_' | '-' | '.');
    let is_accent = |c: char| matches!(c, '\u{300}'..='\u{36f}');
    let kept = text.chars().filter(|c| !is_separator(*c) && !is_accent(*c) && !is_invisible(*c));
    kept.flat_map(char::to_lowercase).map(without_accent).collect()
}

const fn without_accent(c: char) -> char {
    match c {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_of_a_contact_field_is_found_in_every_common_form() {
        for written in [
            "{first_name}",
            "{First Name}",
            "{ name }",
            "{{name}}",
            "{{ first_name }}",
            "{{{name}}}",
            "{{contact.firstname}}",
            "{{ contact.FIRSTNAME }}",
            "{{first_name|default:\"friend\"}}",
            "{{ first_name | title }}",
            "{name:friend}",
            "{$name}",
            "{!Contact.FirstName}",
            "${name}",
            "$name",
            "$first_name",
            "#NAME#",
            "##first_name##",
            "%name%",
            "%FIRST_NAME%",
            "%first name%",
            "%%name%%",
            "[first name]",
            "[Name]",
            "[[FirstName]]",
            "<name>",
            "<First_Name>",
            "<<Customer Name>>",
            "((first name))",
            "{{params.FIRSTNAME}}",
            "{your name}",
            "{Vorname}",
            "*|FNAME|*",
            "*|LNAME|*",
            "{phone}",
            "{{email}}",
            "{jina}",
            "{notes}",
            "{first}",
            "{{ last }}",
            "[First]",
            "%last%",
            "{nom}",
            "{Nom}",
            "{prénom}",
            "{{PRÉNOM}}",
            "{pre\u{301}nom}",
            "{nombre}",
            "{sobrenome}",
            "{jina la kwanza}",
            "{first\u{200b}_name}",
            "{\u{feff}name}",
            "{{\u{2060}last\u{ad}\u{a0}name\u{200d}}}",
            "#NA\u{200b}ME#",
            "%first\u{200c}_name%",
            "*|FN\u{200b}AME|*",
            "$first\u{200b}_name",
            "{\u{200b}!name}",
        ] {
            for text in
                [written.to_owned(), format!("Dear {written}, pay now."), format!("Habari({written}).")]
            {
                assert_eq!(placeholders(&text), [written], "{text}");
            }
        }
    }

    #[test]
    fn ordinary_texts_have_no_placeholder() {
        for text in [
            "",
            "50% off for 3 days, 20% on phones!",
            "Get 10% phone% more",
            "Save 50%name it%",
            "Pay $5, US$name or $10.50; $names",
            "{sale} {} {{}} [ ] <> ## %% ** $",
            "Dial *144# or *334*1# and #1 for name",
            "Send JOIN#NAME#IDNUMBER to 22384",
            "Order {ref 12}, [see notes below], <3 you",
            "https://example.com/?a=%20name%20&b=%7Bname%7D",
            "Reply <name, town> or [YES/NO]",
            "name: phone, email (notes)",
            "Tags #name #phone",
            "100%\nname%",
            "Smile :-} {: [email protected]",
            "{\"first\": 1}",
            "{first_name",
            "first_name}",
            "Habari 😀 {é} %é% [ñ] <名前>",
            "{ a very long remark about the order that ends after more than sixty-four bytes, then name}",
        ] {
            assert_eq!(placeholders(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn several_placeholders_are_listed_once_each_in_their_order() {
        let text = "Hi {first_name} {last_name}, {first_name}! [x] #phone#%email%";
        assert_eq!(placeholders(text), ["{first_name}", "{last_name}", "#phone#", "%email%"]);
    }

    #[test]
    fn any_text_is_read_without_a_panic() {
        let marks = ["{", "}", "[", "]", "<", ">", "#", "%", "$", "*|", "|*", "name", " ", "é", "😀", "\n"];
        for a in marks {
            for b in marks {
                for c in marks {
                    for d in marks {
                        placeholders(&[a, b, c, d].concat());
                    }
                }
            }
        }
    }
}
