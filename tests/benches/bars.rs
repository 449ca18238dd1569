//! The targets of the suite: every measure with the limit that must hold and the aim beyond it.
//!
//! Each bench records its measurements; the table comes last, and a missed limit fails the run. A measure that a run
//! does not have (a bench that was not selected, a size that needs `--full`) fails nothing, and the table says so.

use std::collections::BTreeMap;

use crate::support::table::{Table, short};

/// A measure that has a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Processor time of the api process for an accept of a million.
    AcceptProcessor,
    /// From the request to its 202, for a million.
    AcceptWall,
    /// The api process at its highest, for a million.
    AcceptMemory,
    /// The naive sender's processor time for resolving, divided by the product's.
    Resolve,
    /// Write units for a thousand recipients, from the accept to the last hand-over.
    WriteUnits,
    /// Dollars for a million, from the accept to the last hand-over.
    SendDollars,
    /// Dollars for a million with a callback for each recipient, from the accept to the last report.
    ReportDollars,
    /// Recipients a second, with a provider that answers at once.
    DispatchRate,
    /// Processor time of an accept of a million over one of a hundred thousand.
    AcceptGrowth,
    /// Processor time of dispatching a million over that of a hundred thousand.
    DispatchGrowth,
    /// The api bootstrap until it asks for its first invocation, including connections over TLS.
    Init,
    /// A first request over a warm one.
    FirstOverWarm,
    /// The largest function's package.
    Zip,
    /// Reads of the dearest page of messages.
    PageReads,
    /// Recipients that an outage leaves unconfirmed, divided by those of the calls under way and ten for each probe.
    Unconfirmed,
    /// Kilobytes of the console's first view on the wire.
    FirstViewBytes,
    /// Requests of the first view.
    FirstViewRequests,
    /// Seconds until the console's list is shown on a slow connection and processor.
    ListShown,
}

/// The limit of a measure.
struct Bar {
    measure: Measure,
    what: &'static str,
    unit: &'static str,
    bar: f64,
    aim: f64,
    wanted: Wanted,
}

/// The side of a bar on which a value is good.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Less,
    More,
}

use Wanted::{Less, More};

const BARS: [Bar; 18] = [
    bar(Measure::AcceptProcessor, "accept 1M: own CPU", "s", Less, 1.5, 0.3),
    bar(Measure::AcceptWall, "accept 1M: wall, emulators included", "s", Less, 10.0, 2.0),
    bar(Measure::AcceptMemory, "accept 1M: peak memory of api", "MiB", Less, 128.0, 64.0),
    bar(
        Measure::Resolve,
        "resolve and dedupe compared with the naive sender, CPU",
        "× less",
        More,
        20.0,
        50.0,
    ),
    bar(Measure::WriteUnits, "write units/1,000, accept to dispatched", "units", Less, 80.0, 35.0),
    bar(Measure::SendDollars, "AWS for 1M, accept to dispatched", "$", Less, 0.08, 0.04),
    bar(Measure::ReportDollars, "AWS for 1M, reports included", "$", Less, 0.90, 0.75),
    bar(Measure::DispatchRate, "dispatch, provider at once", "recipients/s", More, 30_000.0, 100_000.0),
    bar(Measure::AcceptGrowth, "growth 100k to 1M: accept, CPU", "×", Less, 11.0, 10.0),
    bar(Measure::DispatchGrowth, "growth 100k to 1M: dispatch, CPU", "×", Less, 11.0, 10.0),
    bar(Measure::Init, "api until its first `next`, TLS included", "M instr.", Less, 7.0, 5.5),
    bar(Measure::FirstOverWarm, "first invocation over a warm one", "×", Less, 1.5, 1.1),
    bar(Measure::Zip, "zip, the largest function", "MB", Less, 3.2, 2.5),
    bar(Measure::PageReads, "any page of messages", "reads", Less, 5.0, 3.0),
    bar(
        Measure::Unconfirmed,
        "unconfirmed by an outage over calls at once + 10 a probe",
        "×",
        Less,
        1.0,
        1.0,
    ),
    bar(Measure::FirstViewBytes, "console: first view, compressed", "KB", Less, 30.0, 30.0),
    bar(Measure::FirstViewRequests, "console: requests of the first view", "requests", Less, 12.0, 12.0),
    bar(Measure::ListShown, "console: list shown, slow 4G and a 4× slower processor", "s", Less, 1.5, 1.5),
];

const fn bar(
    measure: Measure,
    what: &'static str,
    unit: &'static str,
    wanted: Wanted,
    bar: f64,
    aim: f64,
) -> Bar {
    Bar { measure, what, unit, bar, aim, wanted }
}

impl Bar {
    fn verdict(&self, value: Option<f64>) -> &'static str {
        match value {
            None => "not measured",
            Some(value) if self.holds(value, self.aim) => "aim",
            Some(value) if self.holds(value, self.bar) => "bar",
            Some(_) => "MISSED",
        }
    }

    fn holds(&self, value: f64, limit: f64) -> bool {
        match self.wanted {
            Less => value <= limit,
            More => value >= limit,
        }
    }
}

/// The measurements that have a limit.
#[derive(Debug, Default)]
pub struct Bars(BTreeMap<Measure, f64>);

impl Bars {
    /// Notes a value. If a measure has several values, the worst one counts.
    pub fn note(&mut self, measure: Measure, value: f64) {
        let wanted = BARS.iter().find(|bar| bar.measure == measure).map_or(Less, |bar| bar.wanted);
        let worst = |a: f64, b: f64| if wanted == Less { a.max(b) } else { a.min(b) };
        self.0.entry(measure).and_modify(|earlier| *earlier = worst(*earlier, value)).or_insert(value);
    }

    /// Prints value, bar, aim and verdict of every measure; says whether no bar is missed.
    pub fn print(&self) -> bool {
        let mut table = Table::new("The bars", &["measure", "value", "bar", "aim", "unit", "verdict"]);
        let mut hold = true;
        for bar in &BARS {
            let value = self.0.get(&bar.measure).copied();
            hold &= value.is_none_or(|value| bar.holds(value, bar.bar));
            table.row([
                bar.what.to_owned(),
                value.map_or("-".to_owned(), short),
                format!("{} {}", sign(bar.wanted), short(bar.bar)),
                format!("{} {}", sign(bar.wanted), short(bar.aim)),
                bar.unit.to_owned(),
                bar.verdict(value).to_owned(),
            ]);
        }
        table.print();
        hold
    }
}

const fn sign(wanted: Wanted) -> &'static str {
    match wanted {
        Less => "≤",
        More => "≥",
    }
}
