//! The console in a real browser: Debian's `chromium` and `chromium-driver`, against a stack in memory.
//!
//! Without them the tests pass and say that nothing was checked; with `BROWSER=required` they fail. The test of
//! accessibility needs a copy of axe-core's `axe.min.js` too, which `AXE` names. `.ci/run` brings all three if it can.

mod accessibility;
mod browser;
mod first_view;
mod hostile;
mod import;
mod journeys;
mod segments;
mod steering;
