//! Which column of a file is which field of a contact.

use domain::visible::is_invisible;

use crate::{
    choice::ColumnChoice,
    field::Field,
    header::{Meaning, PhoneTier, meaning},
    records::Record,
};

/// The columns of a file and their meanings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    names: Vec<String>,
    fields: Vec<Option<Field>>,
    phones: Vec<PhoneColumn>,
}

/// A column that is taken for the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhoneColumn {
    /// Index of the column in a row.
    pub place: usize,
    /// Whether it is a column such as `Number` next to a better one. Of such a column only cells count that begin like
    /// a phone number, because a membership number of nine digits can look like one.
    pub is_last_resort: bool,
}

impl Columns {
    /// The columns of a header. A field that the caller names has only the columns that the caller names.
    pub fn of(header: &Record<'_>, choice: &ColumnChoice) -> Self {
        let names: Vec<String> = header.cells().iter().map(|name| shown_name(name)).collect();
        let meanings: Vec<Option<(Meaning, usize)>> = names.iter().map(|name| chosen(name, choice)).collect();
        let mut columns = Self { fields: vec![None; names.len()], names, phones: Vec::new() };
        columns.take_phones(&meanings);
        for (field, meaning) in columns.fields.iter_mut().zip(&meanings) {
            if let Some((Meaning::Other(other), _)) = meaning {
                *field = Some(*other);
            }
        }
        columns
    }

    /// Orders the phone columns, and leaves out `Contact` if there is a better one: then it is a person's name.
    fn take_phones(&mut self, meanings: &[Option<(Meaning, usize)>]) {
        let mut phones: Vec<(PhoneTier, usize, usize)> = Vec::new();
        for (place, meaning) in meanings.iter().enumerate() {
            if let Some((Meaning::Phone(tier, _), order)) = meaning {
                phones.push((*tier, *order, place));
            }
        }
        phones.sort_unstable();
        let best = phones.first().map(|(tier, ..)| *tier);
        phones.retain(|(tier, ..)| *tier != PhoneTier::Contact || best == Some(PhoneTier::Contact));
        self.phones = phones
            .iter()
            .map(|&(tier, _, place)| {
                let is_last_resort = tier == PhoneTier::Number && best != Some(PhoneTier::Number);
                PhoneColumn { place, is_last_resort }
            })
            .collect();
        for phone in &self.phones {
            if let Some(field) = self.fields.get_mut(phone.place) {
                *field = Some(Field::Phone);
            }
        }
    }

    /// Every name, in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The names of the columns that are taken for a field; those of the phone in the order in which a row's cells
    /// are preferred.
    pub fn taken_for(&self, field: Field) -> Vec<&str> {
        if field == Field::Phone {
            return self
                .phones
                .iter()
                .filter_map(|phone| self.names.get(phone.place))
                .map(String::as_str)
                .collect();
        }
        self.places_of(field).filter_map(|place| self.names.get(place)).map(String::as_str).collect()
    }

    /// The names of the columns that are not read, in the file's order; those without a name are left out.
    pub fn ignored(&self) -> impl Iterator<Item = &str> {
        let unread =
            self.names.iter().zip(&self.fields).filter(|(name, field)| field.is_none() && !name.is_empty());
        unread.map(|(name, _)| name.as_str())
    }

    /// Whether a column has this field.
    pub fn has(&self, field: Field) -> bool {
        self.fields.contains(&Some(field))
    }

    /// Whether any column has a field.
    pub(crate) fn has_any(&self) -> bool {
        self.fields.iter().any(Option::is_some)
    }

    /// The phone columns, best first.
    pub(crate) fn phones(&self) -> &[PhoneColumn] {
        &self.phones
    }

    /// The places of the columns that are taken for a field, in the file's order.
    pub(crate) fn places_of(&self, field: Field) -> impl Iterator<Item = usize> {
        self.fields.iter().enumerate().filter(move |(_, of)| **of == Some(field)).map(|(place, _)| place)
    }

    /// Columns of the header.
    pub(crate) const fn count(&self) -> usize {
        self.names.len()
    }
}

/// How many of the first cells of a record are names of known columns.
pub fn known_names(record: &Record<'_>, choice: &ColumnChoice, cells: usize) -> usize {
    let names = record.cells().iter().take(cells).map(|name| shown_name(name));
    names.filter(|name| chosen(name, choice).is_some()).count()
}

/// The field of a column, and its order among the phone columns of its tier.
fn chosen(name: &str, choice: &ColumnChoice) -> Option<(Meaning, usize)> {
    match choice.of_column(name) {
        Some((order, Field::Phone)) => Some((Meaning::Phone(PhoneTier::Mobile, 0), order)),
        Some((order, field)) => Some((Meaning::Other(field), order)),
        None => match meaning(name)? {
            Meaning::Phone(..) if choice.names(Field::Phone) => None,
            Meaning::Other(field) if choice.names(field) => None,
            found @ Meaning::Phone(_, qualifiers) => Some((found, qualifiers)),
            found @ Meaning::Other(_) => Some((found, 0)),
        },
    }
}

/// A name without the marks and spaces around it, with its line breaks as spaces.
fn shown_name(name: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let shows_nothing = |c: char| c.is_whitespace() || is_invisible(c);
    name.chars().map(visible).collect::<String>().trim_matches(shows_nothing).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Records;

    fn columns(header: &str, choice: &str) -> Columns {
        let mut record = Record::default();
        assert!(Records::new(header, b',', 0, 0).read(&mut record).unwrap());
        let choice =
            if choice.is_empty() { ColumnChoice::default() } else { ColumnChoice::parse(choice).unwrap() };
        Columns::of(&record, &choice)
    }

    #[test]
    fn phone_columns_are_ordered_mobile_general_number() {
        let taken = |header| columns(header, "").taken_for(Field::Phone).join("|");
        assert_eq!(taken("Number,Home Phone,Phone,Mobile"), "Mobile|Phone|Home Phone|Number");
        assert_eq!(taken("Number,Name,Tel"), "Tel|Number");
        assert_eq!(taken("Contact,Phone"), "Phone");
        assert_eq!(taken("Number,Contact"), "Contact|Number");
        assert_eq!(taken("Phone 2 - Value,Phone 1 - Value"), "Phone 2 - Value|Phone 1 - Value");
    }

    #[test]
    fn ignored_columns_are_named() {
        let columns = columns("Company, Phone ,,Phone Type,Name", "");
        assert_eq!(columns.ignored().collect::<Vec<_>>(), ["Company", "Phone Type"]);
        assert_eq!(columns.taken_for(Field::Phone), ["Phone"]);
    }

    #[test]
    fn the_callers_choice_takes_precedence_over_the_names_of_columns() {
        let chosen = columns("Simu,Phone,Jina,Name", "phone:simu 2,phone:SIMU,first_name:jina");
        assert_eq!(chosen.taken_for(Field::Phone), ["Simu"]);
        assert_eq!(chosen.taken_for(Field::FirstName), ["Jina"]);
        assert_eq!(chosen.taken_for(Field::Name), ["Name"]);
        let ordered = columns("Simu,Phone", "phone:Phone,phone:Simu");
        assert_eq!(ordered.taken_for(Field::Phone), ["Phone", "Simu"]);
    }
}
