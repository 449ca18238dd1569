//! Everything that reads bytes from outside, fed with what it was not made for: arbitrary bytes, and valid ones
//! with a bit turned, a piece cut out, put in, said again, or joined to another's.
//!
//! Nothing may panic, ask for memory out of proportion to its input, come back as something else than it was
//! written, or repeat a person's data in an error. What only its own crate can see is fuzzed there, with the
//! same inputs: providers' answers, imports, and the counts of books and campaigns.
//!
//! `FUZZ_CASES=200000 cargo test -p tests --test fuzz` plays more of the same cases.

mod callbacks;
mod memory;
mod messages;
mod packed;
mod requests;
mod stored;
mod system;
