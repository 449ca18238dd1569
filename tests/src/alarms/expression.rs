//! CloudWatch's metric math, as far as the template's alarms use it: `SUM(METRICS())`, `FILL(id, number)`, ids,
//! numbers, `+` and `-`. (Amazon CloudWatch User Guide, "Using math expressions with CloudWatch metrics".)

use std::{iter::Peekable, str::Chars};

/// The value of an expression in one period. `None` if no metric of it has a value then, or if a metric that is not
/// filled has none.
///
/// # Panics
/// If the expression uses a form that this code does not know.
pub fn evaluate(expression: &str, metrics: &[(&str, Option<f64>)]) -> Option<f64> {
    metrics.iter().find_map(|(_, value)| *value)?;
    let mut parser = Parser { expression, rest: expression.chars().peekable(), metrics };
    let value = parser.sum();
    assert!(parser.next().is_none(), "{expression}: more than one expression");
    value
}

struct Parser<'a> {
    expression: &'a str,
    rest: Peekable<Chars<'a>>,
    metrics: &'a [(&'a str, Option<f64>)],
}

impl Parser<'_> {
    fn sum(&mut self) -> Option<f64> {
        let mut sum = self.term();
        while let Some(sign) = self.next_if(|c| c == '+' || c == '-') {
            let term = self.term();
            sum = sum.zip(term).map(|(sum, term)| if sign == '+' { sum + term } else { sum - term });
        }
        sum
    }

    fn term(&mut self) -> Option<f64> {
        let word = self.word();
        match word.as_str() {
            "SUM" => self.within(Self::all),
            "FILL" => self.within(Self::filled),
            number if number.starts_with(|c: char| c.is_ascii_digit()) => {
                Some(number.parse().unwrap_or_else(|_| panic!("{}: {number}", self.expression)))
            }
            id => self.value(id),
        }
    }

    fn all(&mut self) -> Option<f64> {
        assert_eq!(self.word(), "METRICS", "{}: only all metrics can be added", self.expression);
        self.within(|parser| parser.metrics.iter().filter_map(|(_, value)| *value).reduce(|a, b| a + b))
    }

    fn filled(&mut self) -> Option<f64> {
        let id = self.word();
        let value = self.value(&id);
        self.expect(',');
        let filling = self.term();
        value.or(filling)
    }

    fn value(&self, id: &str) -> Option<f64> {
        let metric = self.metrics.iter().find(|(known, _)| *known == id);
        metric.unwrap_or_else(|| panic!("{}: {id} is not known here", self.expression)).1
    }

    fn within(&mut self, read: impl FnOnce(&mut Self) -> Option<f64>) -> Option<f64> {
        self.expect('(');
        let value = read(self);
        self.expect(')');
        value
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.next_if(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            word.push(c);
        }
        word
    }

    fn expect(&mut self, expected: char) {
        assert_eq!(self.next(), Some(expected), "{}", self.expression);
    }

    fn next(&mut self) -> Option<char> {
        self.next_if(|_| true)
    }

    fn next_if(&mut self, is_next: impl FnOnce(char) -> bool) -> Option<char> {
        while self.rest.next_if_eq(&' ').is_some() {}
        self.rest.next_if(|c| is_next(*c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_evaluated_as_cloudwatch_does() {
        let value = |expression, a, b| evaluate(expression, &[("a", a), ("b", b)]);
        assert_eq!(value("SUM(METRICS())", Some(1.0), Some(2.0)), Some(3.0));
        assert_eq!(value("SUM(METRICS())", None, Some(2.0)), Some(2.0));
        assert_eq!(value("FILL(a, 0) - FILL(b, 0)", Some(1.0), None), Some(1.0));
        assert_eq!(value("FILL(a, 7) - b + 2", None, Some(3.0)), Some(6.0));
        assert_eq!(value("a - b", Some(1.0), None), None);
        for expression in ["SUM(METRICS())", "FILL(a, 0) - FILL(b, 0)"] {
            assert_eq!(value(expression, None, None), None, "{expression}: nothing was written");
        }
    }

    #[test]
    #[should_panic(expected = "ANOMALY is not known here")]
    fn an_unknown_form_of_an_expression_panics() {
        evaluate("ANOMALY(a)", &[("a", Some(1.0))]);
    }
}
