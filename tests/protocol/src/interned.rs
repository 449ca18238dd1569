//! Stores journals, records and outcomes under numbers, so that a state consists of a few small numbers.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use domain::journal::{JournalError, Progress, Record, encode};

/// A value's number.
pub type Id = u32;

/// Values by number; each value has one number.
pub struct Interned<T> {
    values: RefCell<Vec<Rc<T>>>,
    ids: RefCell<HashMap<Vec<u8>, Id>>,
}

/// A stored journal, and the progress that it folds to.
pub struct Journal {
    pub records: Vec<Record>,
    pub progress: Result<Progress, JournalError>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self { values: RefCell::default(), ids: RefCell::default() }
    }
}

impl<T> Interned<T> {
    pub fn get(&self, id: Id) -> Rc<T> {
        self.values.borrow()[id as usize].clone()
    }

    /// The number of a value, which is made if its key is new.
    pub fn id(&self, key: Vec<u8>, value: impl FnOnce() -> T) -> Id {
        let mut ids = self.ids.borrow_mut();
        let mut values = self.values.borrow_mut();
        *ids.entry(key).or_insert_with(|| {
            values.push(Rc::new(value()));
            Id::try_from(values.len() - 1).expect("few values")
        })
    }
}

impl Interned<Record> {
    pub fn add(&self, record: Record) -> Id {
        self.id(encode(&record), || record)
    }
}

impl Interned<Journal> {
    pub fn add(&self, recipients: usize, records: Vec<Record>) -> Id {
        let progress = Progress::fold(recipients, records.iter().cloned());
        // Decisions depend only on the progress that a journal folds to, so equal progress is one value.
        let key = match &progress {
            Ok(progress) => format!("{progress:?}").into_bytes(),
            Err(_) => records.iter().flat_map(encode).collect(),
        };
        self.id(key, || Journal { records, progress })
    }
}
