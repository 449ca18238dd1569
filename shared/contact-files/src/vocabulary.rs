//! The words of column names.
//!
//! A folded name is read as a sequence of words (`phone1value` is `phone`, `1`, `value`), because spaces and marks
//! between them do not matter. Sources: the exports of Google Contacts, Outlook, HubSpot, Mailchimp, Brevo, Salesforce,
//! Zoho, Shopify and Textmagic, KoboToolbox forms, and headers in Swahili, French, Portuguese, Spanish, German, Arabic,
//! Somali, Amharic, Kinyarwanda and Luganda.

/// The meaning of a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    Mobile,
    Phone,
    Contact,
    Number,
    Email,
    /// Qualifies a field, and names none.
    Qualifier,
}

/// Words of a chain, counted by their meaning.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Chain {
    pub mobile: usize,
    pub phone: usize,
    pub contact: usize,
    pub number: usize,
    pub email: usize,
    pub qualifiers: usize,
}

/// Longest folded name that is read, in bytes.
const LONGEST: usize = 64;

/// The words of a folded name; `None` if a part of it is not a word of the vocabulary.
pub fn chain(folded: &str) -> Option<Chain> {
    if folded.is_empty() || folded.len() > LONGEST {
        return None;
    }
    // Positions from which the rest cannot be read, so that none is tried twice.
    let mut dead = [false; LONGEST + 1];
    let mut words = Vec::new();
    read(folded, 0, &mut dead, &mut words).then(|| counted(&words))
}

fn read(folded: &str, place: usize, dead: &mut [bool; LONGEST + 1], words: &mut Vec<Word>) -> bool {
    let Some(rest) = folded.get(place..).filter(|rest| !rest.is_empty()) else { return true };
    if dead.get(place).copied().unwrap_or(true) {
        return false;
    }
    for (length, word) in words_at(rest) {
        words.push(word);
        if read(folded, place + length, dead, words) {
            return true;
        }
        words.pop();
    }
    if let Some(dead) = dead.get_mut(place) {
        *dead = true;
    }
    false
}

/// The words that a text begins with.
fn words_at(rest: &str) -> impl Iterator<Item = (usize, Word)> {
    let digit = rest.starts_with(|c: char| c.is_ascii_digit()).then_some((1, Word::Qualifier));
    let groups = VOCABULARY.iter().flat_map(|(word, texts)| texts.iter().map(move |text| (*word, *text)));
    let found = groups.filter(|(_, text)| rest.starts_with(text)).map(|(word, text)| (text.len(), word));
    digit.into_iter().chain(found)
}

fn counted(words: &[Word]) -> Chain {
    let count = |wanted: Word| words.iter().filter(|word| **word == wanted).count();
    Chain {
        mobile: count(Word::Mobile),
        phone: count(Word::Phone),
        contact: count(Word::Contact),
        number: count(Word::Number),
        email: count(Word::Email),
        qualifiers: count(Word::Qualifier),
    }
}

/// The words of each meaning; longer words before those that they begin with.
#[rustfmt::skip]
const VOCABULARY: [(Word, &[&str]); 6] = [
    (Word::Mobile, &[
        "mobiles", "mobile", "mob", "cellulaire", "cellular", "celular", "cell", "cel", "sms", "whatsapp", "gsm",
        "portable", "telemovel", "movil", "handphone", "smartphone", "yamkononi", "mkononi", "mobil", "handy", "natel",
        "جوال", "الجوال", "موبايل", "الموبايل", "محمول", "المحمول", "نقال", "النقال", "واتساب", "الواتساب", "ሞባይል",
    ]),
    (Word::Phone, &[
        "telephones", "telephone", "telefones", "telefone", "telefono", "telefon", "teleph", "phones", "phone",
        "phon", "fone", "tels", "tel", "tlf", "phnumber", "phnum", "phno", "msisdns", "msisdn", "simu", "rufnummer",
        "telefoni", "taleefanka", "taleefan", "taleefon", "telefoon", "foni", "essimu", "yessimu", "هاتف", "الهاتف",
        "تلفون", "التلفون", "تليفون", "التليفون", "ስልክ",
    ]),
    (Word::Contact, &[
        "contacts", "contacto", "contact", "contato", "mawasiliano",
    ]),
    (Word::Number, &[
        "numbers", "number", "numeros", "numero", "nums", "num", "nambari", "namba", "nbr", "nos", "no", "nr", "nummer",
        "lambarka", "lambar", "nimero", "رقم", "ارقام", "ቁጥር",
    ]),
    (Word::Email, &[
        "emailaddresses", "emailaddress", "emailid", "emails", "email", "mailaddress", "mail", "baruapepe", "barua",
        "courriel", "correoelectronico", "correo", "correioeletronico", "correioelectronico", "emailadresse",
        "adresseemail", "adressemail", "adresseelectronique", "adressedemessagerie", "direcciondecorreoelectronico",
        "direcciondecorreo", "direcciondeemail", "enderecodecorreioeletronico", "enderecodecorreioelectronico",
        "enderecodeemail", "البريدالالكتروني", "بريدالكتروني", "البريد", "الايميل", "ايميل", "ኢሜይል",
    ]),
    (Word::Qualifier, &[
        // Words that distinguish several phones.
        "primary", "main", "preferred", "default", "other", "secondary", "second", "first", "additional",
        "alternative", "alternate", "alt", "home", "work", "business", "office", "personal", "private", "daytime",
        "evening", "direct", "landline", "fixed", "line", "shipping", "billing", "registered", "active", "current",
        "mpesa", "safaricom", "airtel", "mtn", "momo", "money", "principal", "bureau", "domicile", "autre", "travail",
        "maison", "personnel", "professionnel", "trabajo", "particular", "casa", "otro", "trabalho", "outro", "pessoal",
        "comercial", "residencial", "haupt", "privat", "geschaftlich", "dienstlich", "weiteres",
        // Words for the owner of a phone.
        "customers", "customer", "clients", "client", "members", "member", "users", "user", "subscribers",
        "subscriber", "recipients", "recipient", "students", "student", "pupils", "pupil", "learners", "learner",
        "parents", "parent", "guardians", "guardian", "fathers", "father", "mothers", "mother", "respondents",
        "respondent", "beneficiarys", "beneficiary", "farmers", "farmer", "patients", "patient", "employees",
        "employee", "staff", "teachers", "teacher", "voters", "voter", "donors", "donor", "guests", "guest",
        "tenants", "tenant", "residents", "resident", "your", "my", "the", "mteja", "mwanachama", "mzazi", "mlezi",
        "mwanafunzi", "mgonjwa", "mkulima", "yako", "yangu", "yake",
        // Words for the form of a value.
        "value", "defaultaddress", "billingaddress", "shippingaddress", "formatted", "full", "national",
        "international", "intl", "e164", "raw", "withcountrycode", "includingcountrycode", "inclcountrycode",
        "required", "optional", "kenya", "uganda", "tanzania", "rwanda", "whatisyour", "whatisthe", "pleaseenter",
        "enter",
        // Small words.
        "of", "and", "or", "ya", "za", "la", "wa", "de", "do", "da", "du", "del", "des",
    ]),
];

/// Words that give a column another meaning although its name has a word for a phone: the type, a consent, a person who
/// did not give the number for messages.
#[rustfmt::skip]
pub const OTHER_MEANINGS: &[&str] = &[
    "type", "label", "kind", "code", "ext", "extension", "uuid", "id", "ids", "verified", "verification", "valid",
    "validated", "status", "state", "consent", "opt", "optin", "optout", "subscribed", "subscription", "permission",
    "marketing", "accepts", "accept", "accepted", "allowed", "bounced", "date", "time", "timestamp", "at", "network",
    "operator", "carrier", "provider", "model", "brand", "make", "os", "version", "app", "application", "device",
    "count", "total", "sent", "credits", "cost", "price", "balance", "bill", "fax", "pager", "telex", "isdn", "tty",
    "emergency", "kin", "nok", "spouse", "wife", "husband", "assistant", "assistants", "asst", "secretary", "referee",
    "referral", "referrer", "reference", "agent", "has", "have", "own", "owns", "owned", "use", "uses", "does", "not",
    "dnc", "dnd", "call", "calls", "hash", "notes", "note", "remarks", "comment", "name", "email", "url", "link",
    "country", "region", "area", "timezone", "language", "preference", "method", "channel", "source", "list", "group",
    "score", "rank", "usage", "ownership", "many", "assistent", "assistentin", "assistente", "assistante", "ayudante",
    "asistente", "secretaria", "secretaire", "sekretariat", "urgence", "urgences", "emergencia", "emergencias",
    "notfall", "dharura", "ndugu", "jamaa", "aina", "idadi", "mtandao", "mmiliki", "umiliki", "tipo", "etiqueta",
    "indicatif", "operateur", "operador", "reseau", "نوع", "عدد", "طوارئ", "الطوارئ",
];

/// Parts of a longer name that make its column one of phone numbers, if no other meaning is in it.
#[rustfmt::skip]
pub const PHONE_STEMS: &[&str] = &[
    "phone", "mobile", "msisdn", "whatsapp", "telefon", "nambayasimu", "nambariyasimu", "taleefan", "هاتف",
];

/// Folded names of the columns with the calling code of a number's country.
#[rustfmt::skip]
pub const COUNTRY_CODES: &[&str] = &[
    "countrycode", "phonecountrycode", "phonenumbercountrycode", "mobilecountrycode", "telephonecountrycode",
    "whatsappcountrycode", "phonecode", "countrycallingcode", "countrydialcode", "countrydialingcode", "callingcode",
    "dialcode", "dialingcode", "diallingcode", "isd", "isdcode", "internationalcode", "indicatif", "indicatifpays",
    "indicatiftelephonique", "codigopais", "codigodepais", "codigodopais", "landesvorwahl", "msimbowanchi",
    "رمزالدوله",
];

/// Folded names of the columns with a first name.
#[rustfmt::skip]
pub const FIRST_NAMES: &[&str] = &[
    "firstname", "firstnames", "fname", "first", "givenname", "givennames", "given", "forename", "forenames",
    "christianname", "contactfirstname", "customerfirstname", "parentfirstname", "othernames", "othername", "prenom",
    "prenoms", "primeironome", "nomeproprio", "primernombre", "nombredepila", "jinalakwanza", "vorname", "vornamen",
    "الاسمالاول",
];

/// Folded names of the columns with a family name.
#[rustfmt::skip]
pub const LAST_NAMES: &[&str] = &[
    "lastname", "lastnames", "lname", "last", "surname", "familyname", "family", "contactlastname",
    "customerlastname", "parentlastname", "nomdefamille", "apelido", "apellido", "apellidos", "sobrenome",
    "jinalamwisho", "jinalaukoo", "jinalafamilia", "nachname", "familienname", "اسمالعائله", "العائله", "اللقب",
];

/// Folded names of the columns with both names.
#[rustfmt::skip]
pub const NAMES: &[&str] = &[
    "name", "names", "fullname", "fullnames", "displayname", "contactname", "contactperson", "customername",
    "clientname", "membername", "studentname", "learnername", "pupilname", "parentname", "guardianname",
    "parentguardianname", "patientname", "farmername", "respondentname", "beneficiaryname", "subscribername",
    "recipientname", "employeename", "staffname", "savedname", "publicname", "profilename", "pushname",
    "nameofparent", "nameofguardian", "nameofparentguardian", "nameofstudent", "nameofmember", "nameofrespondent",
    "jina", "majina", "jinakamili", "majinakamili", "jinalamteja", "jinalamwanachama", "jinalamzazi", "nom",
    "nomcomplet", "nometprenom", "nomprenom", "prenomnom", "prenometnom", "noms", "nomsetprenoms", "nome",
    "nomecompleto", "nomeesobrenome", "nombre", "nombres", "nombrecompleto", "nombreyapellido", "nombreyapellidos",
    "nombresyapellidos", "apellidosynombres", "الاسم", "اسم", "الاسمالكامل", "magac", "magaca", "ስም", "ሙሉስም",
    "amazina", "izina", "amannya", "erinnya",
];

/// Folded names of the columns with notes.
#[rustfmt::skip]
pub const NOTES: &[&str] = &[
    "notes", "note", "remarks", "remark", "comments", "comment", "memo", "maelezo", "maoni", "observations",
    "commentaire", "commentaires", "remarque", "remarques", "notas", "observaciones", "observacoes", "notiz",
    "notizen", "bemerkung", "bemerkungen", "anmerkungen", "kommentar", "ملاحظات", "ملاحظه",
];
