//! The journey as plots: time, memory, rate, units and dollars by size.

use std::collections::BTreeMap;

use super::{
    MIB,
    bill::{CampaignBill, dollars, write_units},
    time::Timed,
};
use crate::support::{cost::Step, plot::Plot, prices::Prices};

/// Time, memory and rate.
pub fn plot_times(timed: &[Timed]) {
    let over = |value: fn(&Timed) -> f64| -> Vec<(f64, f64)> {
        timed.iter().map(|timed| (timed.recipients as f64, value(timed))).collect()
    };
    let mut time = Plot::new("Time of an accept", "ms");
    time.curve("wall", over(|timed| timed.accept.wall.as_secs_f64() * 1e3));
    time.curve("own CPU", over(|timed| timed.accept.processor.as_secs_f64() * 1e3));
    time.save("accept-time");
    let mut memory = Plot::new("Memory at its highest", "MiB");
    memory.curve("accept: api", over(|timed| timed.accept.peak_bytes as f64 / MIB));
    memory.curve("dispatch", over(|timed| timed.dispatch.peak_bytes as f64 / MIB));
    memory.save("memory");
    let mut rate = Plot::new("Dispatch, one worker", "recipients/s");
    let dispatched = |timed: &Timed| timed.recipients as f64 / timed.dispatch.wall.as_secs_f64();
    rate.curve("provider at once", over(dispatched));
    rate.save("dispatch-rate");
}

/// Units and dollars. Flat from a few batches on: what a smaller campaign has for itself is shared by
/// fewer.
pub fn plot_bills(bills: &[CampaignBill], prices: &Prices, processor_us: &BTreeMap<Step, f64>) {
    let over = |value: &dyn Fn(&CampaignBill) -> f64| -> Vec<(f64, f64)> {
        bills.iter().map(|bill| (bill.recipients as f64, value(bill))).collect()
    };
    let mut plot = Plot::new("DynamoDB write units for 1,000 recipients", "units");
    plot.curve("accept", over(&|bill| write_units(&bill.steps[..1])));
    plot.curve("dispatch", over(&|bill| write_units(&bill.steps[1..2])));
    plot.curve("reports", over(&|bill| write_units(&bill.steps[2..])));
    plot.save("units");
    let mut plot = Plot::new("AWS for 1,000,000 recipients", "$");
    plot.curve("accept to dispatched", over(&|bill| dollars(&bill.steps[..2], prices, processor_us)));
    plot.curve("reports included", over(&|bill| dollars(&bill.steps, prices, processor_us)));
    plot.save("cost");
}
