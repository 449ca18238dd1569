//! The console in a real browser: Debian's `chromium` and `chromium-driver`, with a stack in memory.
//!
//! The tests take a minute, so only `BROWSER=required` runs them; without it they pass and print that nothing was
//! checked. The test of accessibility also needs a copy of axe-core's `axe.min.js`, which `AXE` names. `.ci/run`
//! installs all three if it can.

mod accessibility;
mod browser;
mod finding;
mod first_view;
mod hostile;
mod import;
mod journeys;
mod keyboard;
mod leaving;
mod pictures;
mod plot;
mod reference;
mod segments;
mod steering;
mod trouble;
mod wire;
