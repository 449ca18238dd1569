//! The fields of a contact that a column or a JSON field can have.

/// A field of a contact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Field {
    /// The phone number.
    Phone,
    /// The country's calling code of a phone number that has none itself.
    CountryCode,
    FirstName,
    LastName,
    /// First and last name in one column.
    Name,
    Email,
    Notes,
}

impl Field {
    pub const ALL: [Self; 7] = [
        Self::Phone,
        Self::CountryCode,
        Self::FirstName,
        Self::LastName,
        Self::Name,
        Self::Email,
        Self::Notes,
    ];

    /// Name in JSON and in a choice of columns.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::CountryCode => "country_code",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Name => "name",
            Self::Email => "email",
            Self::Notes => "notes",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}
