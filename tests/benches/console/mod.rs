//! The console in Chromium: its first view, a campaign that is followed, a large one, an import, and what a page costs that
//! is left open.
//!
//! What the page asks for goes through a relay that counts it; the browser, the relay and the emulators share the
//! processors with the functions.

#[path = "../../console/browser.rs"]
#[allow(dead_code, reason = "the tests of the console use the rest of it")]
mod browser;
mod first_view;
mod following;
mod importing;
mod watching;
#[path = "../../console/wire.rs"]
#[allow(dead_code, reason = "the tests of the console use the rest of it")]
mod wire;

use std::{collections::BTreeMap, time::Duration};

use browser::{Browser, Looks};
use wire::{Asked, Wire};

use crate::{
    bars::Bars,
    options::Options,
    support::{measured_stack::MeasuredStack, table::short},
};

/// Measures and prints.
pub async fn run(options: &Options, bars: &mut Bars) {
    if !Browser::is_installed() {
        println!("\nconsole: not measured, since chromium and chromedriver are not installed");
        return;
    }
    first_view::run(bars).await;
    following::run(options).await;
    importing::run().await;
    watching::run().await;
}

/// A browser that reaches a measured stack by a relay.
async fn reached(measured: &MeasuredStack) -> (Wire, Browser) {
    let wire = Wire::start(&measured.stack).await;
    let key = measured.api.key().expect("the stack has a key");
    let browser = Browser::launch(&measured.stack, &wire.base_url(), key, Looks::WIDE).await;
    (wire, browser)
}

/// Calls of the API by their paths, queries left out.
fn by_path(asked: &[Asked]) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for one in asked.iter().filter(|one| one.is_of_api()) {
        let path = one.path.split('?').next().unwrap_or_default();
        *calls.entry(format!("{} {path}", one.method)).or_default() += 1;
    }
    calls
}

fn show(calls: &BTreeMap<String, usize>) {
    for (call, count) in calls {
        println!("  {count} × {call}");
    }
}

fn seconds(time: Duration) -> String {
    short(time.as_secs_f64())
}
