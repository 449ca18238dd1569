//! Which columns the caller names for which fields.

use thiserror::Error;

use crate::{field::Field, folding::folded};

/// Why a choice of columns cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ChoiceError {
    /// The choice has no separator between the field and the column.
    #[error("must name a field and a column, such as phone{0}Simu")]
    NoColumn(char),
    #[error("the fields are phone, country_code, first_name, last_name, name, email and notes")]
    UnknownField,
}

/// The columns that a caller names, in order. Names match as in a header: without case, spaces and punctuation.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct ColumnChoice(Vec<(Field, String)>);

impl ColumnChoice {
    /// Reads `phone:Simu,first_name:Jina`, the form of a query. A comma within a name of a column is left out.
    ///
    /// # Errors
    /// If an entry has no column, or its field is unknown.
    pub fn parse(text: &str) -> Result<Self, ChoiceError> {
        let mut choice = Self::default();
        for entry in text.split(',') {
            choice.add(entry, ':')?;
        }
        Ok(choice)
    }

    /// Adds one entry: a field, the separator, a column.
    ///
    /// # Errors
    /// If the entry has no column, or its field is unknown.
    pub fn add(&mut self, entry: &str, separator: char) -> Result<(), ChoiceError> {
        let (field, column) = entry.split_once(separator).ok_or(ChoiceError::NoColumn(separator))?;
        if column.trim().is_empty() {
            return Err(ChoiceError::NoColumn(separator));
        }
        let field = Field::named(field.trim()).ok_or(ChoiceError::UnknownField)?;
        self.0.push((field, column.trim().to_owned()));
        Ok(())
    }

    /// Whether the caller names no column.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = (Field, &str)> {
        self.0.iter().map(|(field, column)| (*field, column.as_str()))
    }

    /// Whether a column is named for this field.
    pub(crate) fn names(&self, field: Field) -> bool {
        self.0.iter().any(|(named, _)| *named == field)
    }

    /// The place among the entries that the column of this name has, and its field.
    pub(crate) fn of_column(&self, name: &str) -> Option<(usize, Field)> {
        self.0
            .iter()
            .position(|(_, column)| same(column, name))
            .and_then(|place| Some((place, self.0.get(place)?.0)))
    }
}

/// Whether two names are of the same column. Names without a letter or digit (`#`) are compared unchanged.
pub fn same(one: &str, other: &str) -> bool {
    let (one_folded, other_folded) = (folded(one), folded(other));
    if one_folded.is_empty() { one.trim() == other.trim() } else { one_folded == other_folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_entry_by_entry() {
        let choice = ColumnChoice::parse("phone:Simu, first_name:Jina la kwanza,phone:Tel: 2").unwrap();
        let entries: Vec<_> = choice.entries().collect();
        let expected =
            [(Field::Phone, "Simu"), (Field::FirstName, "Jina la kwanza"), (Field::Phone, "Tel: 2")];
        assert_eq!(entries, expected);
        assert_eq!(choice.of_column("JINA_LA_KWANZA"), Some((1, Field::FirstName)));
        assert_eq!(ColumnChoice::parse("phone"), Err(ChoiceError::NoColumn(':')));
        assert_eq!(ColumnChoice::parse("phone: "), Err(ChoiceError::NoColumn(':')));
        assert_eq!(ColumnChoice::parse("tel:Simu"), Err(ChoiceError::UnknownField));
    }
}
