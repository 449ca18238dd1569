//! Cursors of lists: `next` goes on after the last result of a page, so that no result is missed or repeated if others
//! are added or removed meanwhile.
//!
//! A cursor is opaque to clients. It has the number of the page, the position after which the page begins, and a tag of
//! the list that it is for:
//!
//! ```text
//! page (4) | position | tag (8) | CRC-32 of all before (4), in URL-safe base64
//! ```
//! Big-endian. It is not a secret, and gives no access: a position leads only to results of the caller's own list. The
//! checksum detects a damaged cursor, and the tag a cursor of another list.
//!
//! A cursor does not lead back: `previous` is an address only on pages that are requested by number.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::Uri;
use sha2::{Digest, Sha256};
use stores::{ListPage, ListPosition, ListRequest, PageStart, Position};

use crate::{
    envelope::{CURSOR, Envelope, PAGE, address},
    error::{ApiError, FieldError},
};

const NOT_A_CURSOR: &str = "is not a cursor: take it from next, unchanged";
const OF_ANOTHER_LIST: &str = "belongs to another list, or to another filter";

/// The beginning of the page that a cursor leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    page: u32,
    position: Vec<u8>,
    tag: [u8; 8],
}

impl Cursor {
    /// Reads a cursor.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Self::from_bytes(&BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_default())
            .ok_or_else(|| NOT_A_CURSOR.to_owned())
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, checksum) = bytes.split_last_chunk::<4>()?;
        let (page, rest) = body.split_first_chunk::<4>()?;
        let (position, tag) = rest.split_last_chunk::<8>()?;
        let page = u32::from_be_bytes(*page);
        let is_whole = crc32fast::hash(body) == u32::from_be_bytes(*checksum);
        Some(Self { page, position: position.to_vec(), tag: *tag }).filter(|_| is_whole && page > 0)
    }

    fn to_text(&self) -> String {
        let mut bytes = [&self.page.to_be_bytes()[..], &self.position, &self.tag].concat();
        let checksum = crc32fast::hash(&bytes);
        bytes.extend(checksum.to_be_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// The page that a request asks for.
pub struct ListPaging {
    pub(crate) uri: Uri,
    pub(crate) page: u64,
    pub(crate) page_size: u64,
    pub(crate) cursor: Option<Cursor>,
}

impl ListPaging {
    /// Sets the list of the page: its kind, its owner and its filters.
    ///
    /// # Errors
    /// If the cursor was given for another list.
    pub fn of<P: ListPosition>(self, list: &str) -> Result<ListedPage<P>, ApiError> {
        let mut tag = [0; 8];
        tag.copy_from_slice(&Sha256::digest(list)[..8]);
        let Self { uri, page, page_size, cursor } = self;
        let Some(cursor) = cursor else {
            return Ok(ListedPage { request: ListRequest::page(page, page_size), uri, page, tag });
        };
        let wrong = |message| ApiError::invalid(vec![FieldError::new(CURSOR, message)]);
        if cursor.tag != tag {
            return Err(wrong(OF_ANOTHER_LIST));
        }
        let position = P::from_bytes(&cursor.position).ok_or_else(|| wrong(NOT_A_CURSOR))?;
        let request = ListRequest::after(position, page_size);
        Ok(ListedPage { request, uri, page: u64::from(cursor.page), tag })
    }
}

/// A page of a known list.
pub struct ListedPage<P = Position> {
    pub request: ListRequest<P>,
    uri: Uri,
    page: u64,
    tag: [u8; 8],
}

impl<P: ListPosition> ListedPage<P> {
    pub fn envelope<T>(&self, found: ListPage<T, P>) -> Envelope<T> {
        let Self { request: ListRequest { start, page_size }, uri, page, tag } = self;
        let ListPage { total, results, next } = found;
        let total_pages = total.div_ceil(*page_size);
        let next = next.map(|position| {
            let page = u32::try_from(page + 1).unwrap_or(u32::MAX);
            address(uri, CURSOR, &Cursor { page, position: position.to_bytes(), tag: *tag }.to_text())
        });
        let before = (page - 1).min(total_pages);
        let has_previous = before > 0 && !matches!(start, PageStart::After(_));
        let previous = has_previous.then(|| address(uri, PAGE, &before.to_string()));
        Envelope { total, page: *page, page_size: *page_size, total_pages, next, previous, results }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::Query;

    const LIST: &str = "contacts of a book";

    fn paging(query: &str) -> ListPaging {
        let uri: Uri = format!("https://sms.example/v1/x/{query}").parse().unwrap();
        let mut query = Query::of(&uri, &[CURSOR, "page", "page_size", "q"]);
        let paging = query.list_paging();
        query.finish().unwrap();
        paging
    }

    fn errors(query: &str) -> Vec<String> {
        let uri: Uri = format!("/x?{query}").parse().unwrap();
        let mut query = Query::of(&uri, &[CURSOR, "page", "page_size", "q"]);
        query.list_paging();
        query.into_errors().into_iter().map(|error| error.field).collect()
    }

    fn page(next: Option<u128>) -> ListPage<()> {
        ListPage { total: 25, results: Vec::new(), next: next.map(Position) }
    }

    #[test]
    fn next_goes_on_after_a_position_and_keeps_the_other_parameters() {
        let first = paging("?page_size=10&q=a").of(LIST).unwrap();
        assert_eq!(first.request, ListRequest::page(1, 10));
        let next = first.envelope(page(Some(7))).next.unwrap();
        let (before, cursor) = next.rsplit_once("&cursor=").unwrap();
        assert_eq!(before, "https://sms.example/v1/x/?page_size=10&q=a");
        let second = paging(&format!("?page_size=10&q=a&cursor={cursor}")).of(LIST).unwrap();
        assert_eq!(second.request, ListRequest::after(Position(7), 10));
        let envelope = second.envelope(page(None));
        assert_eq!((envelope.page, envelope.total_pages, &envelope.next), (2, 3, &None));
        assert_eq!(envelope.previous, None, "a cursor leads one way");
        let third = second.envelope(page(Some(u128::MAX))).next.unwrap();
        assert!(third.contains("cursor=") && !third.contains(cursor) && !third.contains("page="), "{third}");
    }

    #[test]
    fn a_cursor_that_was_changed_or_is_of_another_list_is_refused_by_name() {
        let text = Cursor { page: 2, position: b"Customers".to_vec(), tag: [9; 8] }.to_text();
        assert_eq!(Cursor::parse(&text).map(|cursor| cursor.to_text()).as_ref(), Ok(&text));
        for place in 0..text.len() {
            for other in ['A', 'b', '-', '='] {
                let mut changed = text.clone();
                changed.replace_range(place..=place, &other.to_string());
                assert!(changed == text || Cursor::parse(&changed).is_err(), "{changed}");
            }
            assert!(Cursor::parse(&text[..place]).is_err());
        }
        assert_eq!(errors("cursor="), ["cursor"]);
        assert_eq!(errors("cursor=x&page=0"), ["page", "cursor"]);
        assert_eq!(errors(&format!("cursor={text}&page=2")), ["page"]);
        let of_another_list = paging(&format!("?cursor={text}")).of::<Position>(LIST);
        let next = paging("").of(LIST).unwrap().envelope(page(Some(7))).next.unwrap();
        let (_, query) = next.rsplit_once('?').unwrap();
        let of_another_form = paging(&format!("?{query}")).of::<NoPosition>(LIST).map(drop);
        for refusal in [of_another_list.map(drop), of_another_form] {
            assert_eq!(refusal.unwrap_err().body("r")["errors"][0]["field"], "cursor");
        }
    }

    struct NoPosition;

    impl ListPosition for NoPosition {
        fn to_bytes(&self) -> Vec<u8> {
            Vec::new()
        }

        fn from_bytes(_: &[u8]) -> Option<Self> {
            None
        }
    }

    #[test]
    fn a_page_by_number_leads_back_by_number_also_from_past_the_end() {
        let previous = |query: &str| paging(query).of(LIST).unwrap().envelope(page(None)).previous;
        let first = "https://sms.example/v1/x/?page_size=10&q=a+b&page=1";
        assert_eq!(previous("?page=2&page_size=10&q=a%20b").as_deref(), Some(first));
        assert_eq!(
            previous("?page=9&page_size=100").unwrap(),
            "https://sms.example/v1/x/?page_size=100&page=1"
        );
        assert_eq!(previous("?page=1"), None);
    }
}
