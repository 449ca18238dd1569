//! The command line of the benches.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bench {
    /// Cost from the accept over dispatch to the last report, by size.
    Journey,
    /// The comparison with the naive sender.
    Naive,
    /// Contacts coming in.
    AddressBooks,
    /// Requests of contacts that are as large as they may be.
    Imports,
    /// Dispatch by workers and by the provider's answering time.
    Dispatch,
    /// Pages of messages, status, export.
    Reading,
    /// The release's bootstraps, from their start.
    ColdStart,
    /// A provider that is down for a minute.
    Outages,
    /// Reports in random order, what they cost by the way that they come, and the search for their messages.
    Reports,
    /// The console in a browser.
    Console,
}

const BENCHES: [(&str, Bench); 10] = [
    ("journey", Bench::Journey),
    ("naive", Bench::Naive),
    ("address-books", Bench::AddressBooks),
    ("imports", Bench::Imports),
    ("dispatch", Bench::Dispatch),
    ("reading", Bench::Reading),
    ("cold-start", Bench::ColdStart),
    ("outages", Bench::Outages),
    ("reports", Bench::Reports),
    ("console", Bench::Console),
];
/// The bars are set for a million: the accept and its dispatch are measured there by default.
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const FULL_SIZE: usize = 5_000_000;

/// The options of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The benches to run, in order.
    pub benches: Vec<Bench>,
    /// Numbers of recipients, rising.
    pub sizes: Vec<usize>,
    /// The largest size where each recipient costs the emulators a call or more.
    pub laborious: usize,
}

impl Options {
    /// Reads the arguments; unknown ones (`--bench`, which cargo adds) are ignored.
    pub fn read(arguments: &[String]) -> Self {
        let has = |option: &str| arguments.iter().any(|argument| argument == option);
        let named: Vec<Bench> =
            BENCHES.iter().filter(|(name, _)| has(name)).map(|(_, bench)| *bench).collect();
        let benches = if named.is_empty() { BENCHES.map(|(_, bench)| bench).to_vec() } else { named };
        let mut sizes = SIZES.to_vec();
        let mut laborious = 100_000;
        if has("--full") {
            sizes.push(FULL_SIZE);
            laborious = 1_000_000;
        }
        if has("--quick") {
            sizes.truncate(2);
            laborious = 10_000;
        }
        Self { benches, sizes, laborious }
    }

    /// The sizes up to a limit, rising.
    pub fn sizes_up_to(&self, limit: usize) -> impl Iterator<Item = usize> + '_ {
        self.sizes.iter().copied().filter(move |size| *size <= limit)
    }
}
