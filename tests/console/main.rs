//! The console in a real browser: Debian's `chromium` and `chromium-driver`, against a stack in memory.
//!
//! They take a minute, so only `BROWSER=required` runs them; without it they pass and say that nothing was checked. The
//! test of accessibility needs a copy of axe-core's `axe.min.js` too, which `AXE` names. `.ci/run` brings all three if it
//! can.

mod accessibility;
mod browser;
mod finding;
mod first_view;
mod hostile;
mod import;
mod journeys;
mod reference;
mod segments;
mod steering;
