//! What the command line asks for.

/// A bench of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bench {
    /// From the accept over dispatch to the last report, by size.
    Journey,
}

const BENCHES: [(&str, Bench); 1] = [("journey", Bench::Journey)];

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which benches, in order.
    pub benches: Vec<Bench>,
    /// Numbers of recipients, rising.
    pub sizes: Vec<usize>,
}

impl Options {
    /// Reads the arguments; `--bench` is what cargo adds.
    pub fn read(arguments: &[String]) -> Self {
        let named =
            |argument: &String| BENCHES.iter().find(|(name, _)| name == argument).map(|(_, bench)| *bench);
        let mut benches: Vec<Bench> = arguments.iter().filter_map(named).collect();
        if benches.is_empty() {
            benches = BENCHES.iter().map(|(_, bench)| *bench).collect();
        }
        let mut sizes = vec![1_000, 10_000, 100_000];
        if arguments.iter().any(|argument| argument == "--full") {
            sizes.extend([1_000_000, 5_000_000]);
        }
        if arguments.iter().any(|argument| argument == "--quick") {
            sizes.truncate(2);
        }
        Self { benches, sizes }
    }
}
