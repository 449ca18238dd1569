//! The budget, and holding a campaign to it.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;

use crate::{
    support::{
        cost::{Measured, Step},
        prices::Prices,
    },
    write_units,
};

/// The budget for a million recipients.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Our own processor time for one recipient, as the bench last measured it, and when that was.
    processor_us_per_recipient: BTreeMap<String, f64>,
    #[serde(rename = "measured_on")]
    _measured_on: String,
    write_units_per_thousand: Sums,
    dollars_per_million: Dollars,
    /// The budgets of other cases, by name.
    cases: BTreeMap<String, f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sums {
    /// At worst: of five workers that meet, four may be refused the campaign's start and four its end. The number of
    /// refusals varies.
    accept_to_dispatched: f64,
    reports: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dollars {
    accept: f64,
    dispatch: f64,
    callbacks: f64,
    reports: f64,
    accept_to_dispatched: f64,
    reports_included: f64,
}

/// A cost with a limit.
struct Line {
    what: String,
    spent: f64,
    budget: f64,
}

impl Budget {
    /// Reads `budget.json`.
    pub fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cost/budget.json");
        let text = fs::read_to_string(path).expect("the budget is there");
        serde_json::from_str(&text).expect("the budget is as it should be")
    }

    /// Our own processor time of a step for one recipient.
    pub fn processor_us(&self, step: Step) -> f64 {
        self.processor_us_per_recipient.get(step.word()).copied().unwrap_or_default()
    }

    /// Fails if a campaign's steps, in order, cost more than their budget.
    pub fn hold(&self, prices: &Prices, steps: &[Measured; 4]) {
        let dollars = steps
            .each_ref()
            .map(|measured| prices.total(&measured.quantities(prices, self.processor_us(measured.step))));
        let [accept, dispatch, callbacks, reports] = dollars;
        let limit = &self.dollars_per_million;
        let units = &self.write_units_per_thousand;
        let line = |what: &str, spent, budget| Line { what: what.to_owned(), spent, budget };
        let sent = accept + dispatch;
        let lines = [
            line(
                "write units/1,000, accept to dispatched",
                write_units(&steps[..2]),
                units.accept_to_dispatched,
            ),
            line("write units/1,000, reports", write_units(&steps[3..]), units.reports),
            line("$/1,000,000, accept", accept, limit.accept),
            line("$/1,000,000, dispatch", dispatch, limit.dispatch),
            line("$/1,000,000, callbacks", callbacks, limit.callbacks),
            line("$/1,000,000, reports", reports, limit.reports),
            line("$/1,000,000, accept to dispatched", sent, limit.accept_to_dispatched),
            line("$/1,000,000, reports included", sent + callbacks + reports, limit.reports_included),
        ];
        let bill: Vec<String> = lines.iter().map(Line::show).collect();
        println!("{}", bill.join("\n"));
        assert!(lines.iter().all(Line::holds), "the budget is exceeded:\n{}", bill.join("\n"));
    }

    /// Fails if a case costs more than its budget.
    pub fn hold_case(&self, case: &str, spent: f64) {
        let budget = self.cases.get(case).copied().unwrap_or_default();
        let line = Line { what: case.to_owned(), spent, budget };
        println!("{}", line.show());
        assert!(line.holds(), "the budget is exceeded: {}", line.show());
    }
}

impl Line {
    fn holds(&self) -> bool {
        self.spent <= self.budget
    }

    fn show(&self) -> String {
        let Self { what, spent, budget } = self;
        let mark = if self.holds() { "" } else { "  <- too much" };
        format!("{what:<42} {spent:>9.4} of {budget:>9.4}{mark}")
    }
}
