//! Pages by number, and pages that go on after a position.

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

/// Where a result is in a list whose order never changes. Pages that go on after a position miss no result and repeat
/// none, whatever is added to the list or removed from it meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub u128);

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStart {
    /// At the first result.
    Beginning,
    /// At the first result after this position.
    After(Position),
    /// After this many results.
    Skipping(u64),
}

/// A page of a list that can be followed by positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListRequest {
    /// Where the page begins.
    pub start: PageStart,
    /// Results a page.
    pub page_size: u64,
}

impl ListRequest {
    /// A page by its number, from 1.
    pub const fn page(page: u64, page_size: u64) -> Self {
        let start = match (PageRequest { page, page_size }).skipped() {
            0 => PageStart::Beginning,
            skipped => PageStart::Skipping(skipped),
        };
        Self { start, page_size }
    }

    /// The page after a position.
    pub const fn after(position: Position, page_size: u64) -> Self {
        Self { start: PageStart::After(position), page_size }
    }
}

/// Results of one page, and how to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage<T> {
    /// All results, over all pages.
    pub total: u64,
    /// This page's.
    pub results: Vec<T>,
    /// The position after which the next page begins; `None` if this is the last one.
    pub next: Option<Position>,
}

impl<T> ListPage<T> {
    /// The page of a list of one result at most.
    pub fn of_one(result: Option<T>, request: ListRequest) -> Self {
        let total = u64::from(result.is_some());
        let results = result.into_iter().filter(|_| request.start == PageStart::Beginning);
        Self { total, results: results.collect(), next: None }
    }

    /// Translates each result.
    pub fn map<A>(self, view: impl FnMut(T) -> A) -> ListPage<A> {
        let Self { total, results, next } = self;
        ListPage { total, results: results.into_iter().map(view).collect(), next }
    }
}
