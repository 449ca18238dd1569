//! What the command line asks for.

/// A bench of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bench {
    /// From the accept over dispatch to the last report, by size.
    Journey,
    /// Beside the naive twin.
    Naive,
    /// Contacts coming in.
    AddressBooks,
    /// Dispatch by workers and by the provider's answering time.
    Dispatch,
    /// Pages of messages, status, export.
    Reading,
    /// The release's bootstraps, from their start.
    ColdStart,
}

const BENCHES: [(&str, Bench); 6] = [
    ("journey", Bench::Journey),
    ("naive", Bench::Naive),
    ("address-books", Bench::AddressBooks),
    ("dispatch", Bench::Dispatch),
    ("reading", Bench::Reading),
    ("cold-start", Bench::ColdStart),
];
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const FULL_SIZES: [usize; 2] = [1_000_000, 5_000_000];

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which benches, in order.
    pub benches: Vec<Bench>,
    /// Numbers of recipients, rising.
    pub sizes: Vec<usize>,
}

impl Options {
    /// Reads the arguments; what is none of ours (`--bench`, which cargo adds) is left alone.
    pub fn read(arguments: &[String]) -> Self {
        let has = |option: &str| arguments.iter().any(|argument| argument == option);
        let named: Vec<Bench> =
            BENCHES.iter().filter(|(name, _)| has(name)).map(|(_, bench)| *bench).collect();
        let benches = if named.is_empty() { BENCHES.map(|(_, bench)| bench).to_vec() } else { named };
        let mut sizes = SIZES.to_vec();
        if has("--full") {
            sizes.extend(FULL_SIZES);
        }
        if has("--quick") {
            sizes.truncate(2);
        }
        Self { benches, sizes }
    }

    /// The largest size.
    pub fn largest(&self) -> usize {
        self.sizes.last().copied().unwrap_or_default()
    }
}
