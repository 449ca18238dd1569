//! Reads the environment once at cold start, and reports all problems with it together.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// A look-up of variables: in the process's environment, or in a test's list.
pub struct Environment<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

/// All problems with an environment, so that the operator can correct them at once.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("the environment cannot be used: {}", .0.join("; "))]
pub struct EnvironmentError(pub Vec<String>);

impl<'a> Environment<'a> {
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    /// A variable that must be set. If it is not, the problem is noted and the value is empty.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problems.push(format!("{name} is not set"));
            String::new()
        })
    }

    /// A variable that may be missing. Set but empty counts as missing.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// A variable of a type. A text that is not of the type is a problem; it is never replaced by the default.
    pub fn parsed<T: FromStr<Err: fmt::Display>>(&mut self, name: &str, default: Option<T>) -> Option<T> {
        match (self.optional(name), default) {
            (Some(text), default) => match text.parse() {
                Ok(value) => Some(value),
                Err(error) => {
                    self.problems.push(format!("{name}: {error}"));
                    default
                }
            },
            (None, Some(default)) => Some(default),
            (None, None) => {
                self.problems.push(format!("{name} is not set"));
                None
            }
        }
    }

    /// A variable that is a whole number from 0.
    pub fn whole_number(&mut self, name: &str, default: u32) -> u32 {
        let Some(text) = self.optional(name) else { return default };
        text.parse().unwrap_or_else(|_| {
            self.problems.push(format!("{name}: must be a whole number from 0 to {}", u32::MAX));
            default
        })
    }

    /// The value of a step that may fail; its failure is noted as a problem.
    pub fn noted<T, E: fmt::Display>(&mut self, outcome: Result<T, E>) -> Option<T> {
        outcome.map_err(|error| self.problems.push(error.to_string())).ok()
    }

    /// Notes a problem that was found elsewhere.
    pub fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// The value, if no problem was noted.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, EnvironmentError> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(EnvironmentError(self.problems)),
        }
    }
}

/// A variable of the process's environment.
pub fn process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_named_at_once() {
        let lookup = |name: &str| (name == "BATCH").then(|| "many".to_owned());
        let mut environment = Environment::new(&lookup);
        let table = environment.required("TABLE");
        let batch = environment.whole_number("BATCH", 5);
        let error = environment.finish(Some((table, batch))).unwrap_err();
        assert_eq!(error.0.len(), 2);
        assert!(error.to_string().contains("TABLE is not set; BATCH: must be a whole number"), "{error}");
    }
}
