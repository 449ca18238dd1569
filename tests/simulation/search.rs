//! The shortest history of a run that fails.

use crate::{history, run::simulate, shape::Shape};

/// Cuts tried on the way to it.
const CUTS: u32 = 200;

/// The shortest failing run that was found, what is wrong with it, and its events.
pub struct Failure {
    pub shape: Shape,
    pub why: String,
    pub history: Vec<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { shape, why, history } = self;
        let history = history.join("\n");
        write!(f, "{history}\n\n{why}\nagain: cargo simulate {shape}")
    }
}

/// Shortens a failing run as long as it still fails.
pub fn shorten(mut shape: Shape, mut why: String) -> Box<Failure> {
    let mut cuts = 0..CUTS;
    while let Some((smaller, still)) = shape
        .smaller()
        .into_iter()
        .zip(&mut cuts)
        .find_map(|(cut, _)| simulate(&cut).err().map(|why| (cut, why)))
    {
        (shape, why) = (smaller, still);
    }
    let (_, history) = history::told(|| simulate(&shape));
    Box::new(Failure { shape, why, history })
}
