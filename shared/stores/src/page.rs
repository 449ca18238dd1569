//! Pages of lists: by number, and after a position.

/// The position of a result in a list whose order never changes. Pages after a position miss no result and repeat none,
/// even if results are added or removed meanwhile.
pub trait ListPosition: Sized {
    /// The position in a cursor.
    fn to_bytes(&self) -> Vec<u8>;

    /// The position of a cursor; `None` if the list has no such positions.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub u128);

impl ListPosition for Position {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(u128::from_be_bytes).map(Self)
    }
}

/// A position by a text, in the order of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextPosition(pub String);

impl ListPosition for TextPosition {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.clone().into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        String::from_utf8(bytes.to_vec()).ok().filter(|text| !text.is_empty()).map(Self)
    }
}

/// The beginning of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStart<P = Position> {
    /// The page begins at the first result.
    Beginning,
    /// The page begins at the first result after this position.
    After(P),
    /// The page begins after this many results.
    Skipping(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListRequest<P = Position> {
    pub start: PageStart<P>,
    /// Results a page.
    pub page_size: u64,
}

impl<P> ListRequest<P> {
    /// A page by its number, from 1.
    pub const fn page(page: u64, page_size: u64) -> Self {
        let start = match (page - 1).saturating_mul(page_size) {
            0 => PageStart::Beginning,
            skipped => PageStart::Skipping(skipped),
        };
        Self { start, page_size }
    }

    pub const fn after(position: P, page_size: u64) -> Self {
        Self { start: PageStart::After(position), page_size }
    }
}

/// Results of one page, and how to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage<T, P = Position> {
    /// The number of results on all pages.
    pub total: u64,
    pub results: Vec<T>,
    /// The position after which the next page begins; `None` on the last page.
    pub next: Option<P>,
}

impl<T, P> ListPage<T, P> {
    /// A page of a list that is completely in memory, in the order of its results' positions.
    pub fn of(all: Vec<T>, request: &ListRequest<P>, position: impl Fn(&T) -> P) -> Self
    where
        P: Ord,
    {
        let skipped = match &request.start {
            PageStart::Beginning => 0,
            PageStart::Skipping(skipped) => usize::try_from(*skipped).unwrap_or(usize::MAX),
            PageStart::After(place) => all.partition_point(|result| position(result) <= *place),
        };
        let end = skipped.saturating_add(request.page_size as usize);
        let next = if end < all.len() { all.get(end - 1).map(&position) } else { None };
        let total = all.len() as u64;
        Self {
            total,
            results: all.into_iter().skip(skipped).take(request.page_size as usize).collect(),
            next,
        }
    }

    /// The page of a list of one result at most.
    pub fn of_one(result: Option<T>, request: &ListRequest<P>) -> Self {
        let total = u64::from(result.is_some());
        let results = result.into_iter().filter(|_| matches!(request.start, PageStart::Beginning));
        Self { total, results: results.collect(), next: None }
    }

    /// Translates each result.
    pub fn map<A>(self, view: impl FnMut(T) -> A) -> ListPage<A, P> {
        let Self { total, results, next } = self;
        ListPage { total, results: results.into_iter().map(view).collect(), next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(all: &[u128], request: ListRequest) -> (Vec<u128>, Option<Position>) {
        let page = ListPage::of(all.to_vec(), &request, |number| Position(*number));
        assert_eq!(page.total, all.len() as u64);
        (page.results, page.next)
    }

    #[test]
    fn pages_after_a_position_miss_and_repeat_nothing_if_results_are_added_or_removed() {
        let all = [10, 20, 30, 40, 50];
        assert_eq!(page(&all, ListRequest::page(1, 2)), (vec![10, 20], Some(Position(20))));
        assert_eq!(page(&all, ListRequest::page(3, 2)), (vec![50], None));
        assert_eq!(page(&all, ListRequest::page(4, 2)), (vec![], None));
        assert_eq!(page(&all, ListRequest::page(u64::MAX, u64::MAX)), (vec![], None));
        let after = |place, all: &[u128]| page(all, ListRequest::after(Position(place), 2));
        assert_eq!(after(20, &all), (vec![30, 40], Some(Position(40))));
        assert_eq!(after(20, &[5, 10, 15, 30, 40]), (vec![30, 40], None));
        assert_eq!(after(50, &all), (vec![], None));
        assert_eq!(page(&[], ListRequest::page(1, 2)), (vec![], None));
    }

    #[test]
    fn positions_are_read_from_their_own_bytes_only() {
        let (number, text) = (Position(1 << 127 | 7), TextPosition("Ólafur\0x".to_owned()));
        assert_eq!(Position::from_bytes(&number.to_bytes()), Some(number));
        assert_eq!(TextPosition::from_bytes(&text.to_bytes()), Some(text));
        assert_eq!(Position::from_bytes(b"too short"), None);
        assert_eq!([TextPosition::from_bytes(b""), TextPosition::from_bytes(&[255])], [None, None]);
    }
}
