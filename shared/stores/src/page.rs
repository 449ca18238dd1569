//! Pages by number.

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// From 1.
    pub page: u64,
    /// Results a page.
    pub page_size: u64,
}

impl PageRequest {
    /// Results before this page.
    pub const fn skipped(&self) -> u64 {
        (self.page - 1).saturating_mul(self.page_size)
    }
}

/// Results of one page, and how many there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// All results, over all pages.
    pub total: u64,
    /// This page's.
    pub results: Vec<T>,
}

impl<T> Page<T> {
    /// The page of a list that is whole in memory.
    pub fn of(all: Vec<T>, request: PageRequest) -> Self {
        let total = all.len() as u64;
        let skipped = usize::try_from(request.skipped()).unwrap_or(usize::MAX);
        let results = all.into_iter().skip(skipped).take(request.page_size as usize).collect();
        Self { total, results }
    }
}
