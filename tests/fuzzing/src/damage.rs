//! Valid inputs, damaged as storage, networks, attackers and newer versions damage them.

use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    prop_oneof,
    sample::{Index, select},
};

/// Most damages of one input: enough for two to interact, few enough that most of the input stays valid.
const MOST_DAMAGES: usize = 4;
/// Longest piece that is repeated, in bytes, and most times that it is.
const LONGEST_REPEATED: usize = 64;
const MOST_REPETITIONS: usize = 40;
/// Values that decoders of text and of varints often handle wrongly.
const STUMBLING_BLOCKS: [&[u8]; 24] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"&",
    b"=",
    b"%",
    b"\n",
    b"\0",
    b"null",
    b"-1",
    b"0",
    b"1e999",
    b"18446744073709551616",
    b"-9223372036854775808",
    b"\\ud800",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\xff\xff\xff\xff\x0f",
];

/// A damage to an input. Positions are relative to the length of the input at that moment.
#[derive(Clone, Debug)]
pub enum Damage {
    /// A bit is flipped.
    Flip(Index, u8),
    /// Everything from a position on is removed.
    Cut(Index),
    /// Everything between two positions is removed.
    Remove(Index, Index),
    /// Bytes are inserted.
    Insert(Index, Vec<u8>),
    /// The bytes after a position are repeated.
    Repeat(Index, usize, usize),
    /// The rest is replaced by the rest of another valid input.
    Splice(Index, Vec<u8>, Index),
}

/// Draws one of some valid inputs, and damages it.
pub fn damage(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let one = damages(seeds.clone());
    (select(seeds), vec(one, 1..=MOST_DAMAGES))
        .prop_map(|(seed, damages)| damages.into_iter().fold(seed, |input, damage| damage.apply(input)))
}

fn damages(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Damage> {
    let place = any::<Index>;
    let inserted =
        prop_oneof![select(STUMBLING_BLOCKS.to_vec()).prop_map(<[u8]>::to_vec), vec(any::<u8>(), 1..8),];
    prop_oneof![
        (place(), 0u8..8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        place().prop_map(Damage::Cut),
        (place(), place()).prop_map(|(from, to)| Damage::Remove(from, to)),
        (place(), inserted).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (place(), 1..=LONGEST_REPEATED, 1..=MOST_REPETITIONS)
            .prop_map(|(at, length, times)| Damage::Repeat(at, length, times)),
        (place(), select(seeds), place()).prop_map(|(at, other, from)| Damage::Splice(at, other, from)),
    ]
}

impl Damage {
    pub fn apply(self, mut input: Vec<u8>) -> Vec<u8> {
        // The position after the last byte is included.
        let place = |index: Index, input: &[u8]| index.index(input.len() + 1);
        match self {
            Self::Flip(at, bit) => {
                let at = place(at, &input);
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Cut(at) => input.truncate(place(at, &input)),
            Self::Remove(one, other) => {
                let (one, other) = (place(one, &input), place(other, &input));
                input.drain(one.min(other)..one.max(other));
            }
            Self::Insert(at, bytes) => {
                let at = place(at, &input);
                input.splice(at..at, bytes);
            }
            Self::Repeat(at, length, times) => {
                let at = place(at, &input);
                let end = input.len().min(at + length);
                let piece = input[at..end].repeat(times);
                input.splice(at..at, piece);
            }
            Self::Splice(at, other, from) => {
                input.truncate(place(at, &input));
                input.extend_from_slice(&other[place(from, &other)..]);
            }
        }
        input
    }
}
