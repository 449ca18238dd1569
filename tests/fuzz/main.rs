//! Every reader of bytes from outside, with unexpected input: arbitrary bytes, and valid ones with a flipped bit, a
//! part removed, inserted or repeated, or joined to another input.
//!
//! No reader may panic, use memory out of proportion to its input, read another value than was written, or repeat
//! personal data in an error. Private readers are fuzzed in their own crates with the same inputs: providers' answers,
//! imports, and the counts of books and campaigns.
//!
//! `FUZZ_CASES=200000 cargo test -p tests --test fuzz` plays more of the same cases.

mod callbacks;
mod memory;
mod messages;
mod packed;
mod requests;
mod stored;
mod system;
