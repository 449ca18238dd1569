//! What the sandbox makes of a number: decided by its last six digits, so that a test or a developer
//! chooses an outcome by choosing a number. Pure.
//!
//! | ends with | what happens |
//! |---|---|
//! | `000001` | refused: no such number |
//! | `000002` | refused: the person has opted out |
//! | `000003` | refused: destination not served |
//! | `000004` | refused: do not disturb at this hour |
//! | `000005` | refused: rejected by the network |
//! | `000006` | refused: no route |
//! | `000007` | refused: text too long |
//! | `000008` | refused: with an undocumented code |
//! | `000011` | throttled twice, then accepted and delivered |
//! | `000012` | throttled for ever |
//! | `000013` | the whole call is answered 429 twice, then accepted and delivered |
//! | `000021` | the account's balance is empty |
//! | `000022` | the account may not use the sender id |
//! | `000023` | the account is on hold |
//! | `000024` | the whole call is answered 401: credentials refused |
//! | `000031` | accepted after a long wait, and delivered |
//! | `000032` | taken, never answered; delivered |
//! | `000033` | taken, answered with 500; delivered |
//! | `000034` | taken, the answer breaks off; undelivered |
//! | `000035` | taken, missing from the answer; delivered |
//! | `000036` | taken, never answered and never reported |
//! | `000037` | the whole call is answered 500, and none of its recipients is taken |
//! | `000041` | accepted without a message id; delivered |
//! | `000042` | accepted; undelivered |
//! | `000043` | accepted; delivered, reported twice |
//! | `000044` | accepted; reported undelivered, then delivered |
//! | `000045` | accepted; delivered, then a late report that it is in transit |
//! | `000046` | accepted; never reported |
//! | `000047` | accepted; reported in transit, and nothing more |
//! | anything else | accepted; delivered |
//!
//! Where several numbers of one call ask something of the whole call, the one furthest down in
//! [`CallRule`] is done. In "taken" the others of the call are taken too, by their own rules.

use domain::{
    msisdn::Msisdn,
    outcome::{AccountFault, RefusalReason},
    receipt::Reported,
};

/// How often numbers and calls that are throttled "twice" are refused.
pub const THROTTLED_TIMES: u32 = 2;
/// The pause that a throttled call is asked for, in seconds.
pub const RETRY_AFTER_SECONDS: i64 = 1;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecipientRule {
    /// Taken, and named.
    Accept,
    /// Taken; the answer has no id for it.
    AcceptWithoutId,
    /// Taken; the answer does not name it.
    LeaveOut,
    /// Never taken.
    Refuse(RefusalReason),
    /// Never taken.
    Throttle,
    /// Not taken the first [`THROTTLED_TIMES`], then taken.
    ThrottleAtFirst,
    /// Never taken, because of a fault of the account.
    Fault(AccountFault),
}

/// The rule for the call as a whole; if several apply, the greatest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CallRule {
    /// Answered.
    Answer,
    /// Taken, and answered after a wait.
    AnswerSlowly,
    /// Taken; the answer breaks off.
    BreakOff,
    /// Taken; answered with 500.
    AnswerServerError,
    /// Taken; never answered.
    NeverAnswer,
    /// No recipient is taken; answered with 500.
    Fail,
    /// No recipient is taken the first [`THROTTLED_TIMES`] times; answered with 429.
    ThrottleAtFirst,
    /// No recipient is taken; answered with 401.
    RefuseCredentials,
}

/// A row of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// The last six digits.
    pub suffix: u32,
    /// The outcome of the recipient.
    pub recipient: RecipientRule,
    /// The effect on its call.
    pub call: CallRule,
    /// The reports about it after it was taken, in this order.
    pub reports: &'static [Reported],
}

/// The network that all numbers are on: Africa's Talking's own number for its simulator.
pub const NETWORK: &str = "99999";
/// The code of an undelivered message: a real one of other providers.
const UNDELIVERED_CODE: &str = "absent_subscriber";

/// The code that a report has.
pub const fn report_code(reported: Reported) -> Option<&'static str> {
    match reported {
        Reported::Undelivered => Some(UNDELIVERED_CODE),
        Reported::InTransit | Reported::Delivered => None,
    }
}

const DELIVERED: &[Reported] = &[Reported::Delivered];
const UNDELIVERED: &[Reported] = &[Reported::Undelivered];
const SUFFIXES: u64 = 1_000_000;

/// The rule of every number that is not in the table.
pub const ORDINARY: Rule = accepted(0, DELIVERED);

const fn accepted(suffix: u32, reports: &'static [Reported]) -> Rule {
    Rule { suffix, recipient: RecipientRule::Accept, call: CallRule::Answer, reports }
}

const fn recipient(suffix: u32, recipient: RecipientRule) -> Rule {
    Rule { recipient, ..accepted(suffix, DELIVERED) }
}

const fn refused(suffix: u32, reason: RefusalReason) -> Rule {
    recipient(suffix, RecipientRule::Refuse(reason))
}

const fn call(suffix: u32, call: CallRule, reports: &'static [Reported]) -> Rule {
    Rule { call, ..accepted(suffix, reports) }
}

/// The table.
pub const RULES: [Rule; 29] = [
    refused(1, RefusalReason::InvalidNumber),
    refused(2, RefusalReason::OptedOut),
    refused(3, RefusalReason::UnsupportedDestination),
    refused(4, RefusalReason::DoNotDisturb),
    refused(5, RefusalReason::Rejected),
    refused(6, RefusalReason::NotRouted),
    refused(7, RefusalReason::TooLong),
    refused(8, RefusalReason::Unlisted),
    recipient(11, RecipientRule::ThrottleAtFirst),
    recipient(12, RecipientRule::Throttle),
    call(13, CallRule::ThrottleAtFirst, DELIVERED),
    recipient(21, RecipientRule::Fault(AccountFault::BalanceEmpty)),
    recipient(22, RecipientRule::Fault(AccountFault::SenderRefused)),
    recipient(23, RecipientRule::Fault(AccountFault::OnHold)),
    call(24, CallRule::RefuseCredentials, DELIVERED),
    call(31, CallRule::AnswerSlowly, DELIVERED),
    call(32, CallRule::NeverAnswer, DELIVERED),
    call(33, CallRule::AnswerServerError, DELIVERED),
    call(34, CallRule::BreakOff, UNDELIVERED),
    recipient(35, RecipientRule::LeaveOut),
    call(36, CallRule::NeverAnswer, &[]),
    call(37, CallRule::Fail, DELIVERED),
    recipient(41, RecipientRule::AcceptWithoutId),
    accepted(42, UNDELIVERED),
    accepted(43, &[Reported::Delivered, Reported::Delivered]),
    accepted(44, &[Reported::Undelivered, Reported::Delivered]),
    accepted(45, &[Reported::Delivered, Reported::InTransit]),
    accepted(46, &[]),
    accepted(47, &[Reported::InTransit]),
];

/// The rule of a number.
pub fn rule_for(msisdn: Msisdn) -> Rule {
    let suffix = msisdn.as_u64() % SUFFIXES;
    RULES.into_iter().find(|rule| u64::from(rule.suffix) == suffix).unwrap_or(ORDINARY)
}

/// The rule of a call with these numbers.
pub fn call_rule(numbers: impl IntoIterator<Item = Msisdn>) -> CallRule {
    numbers.into_iter().map(|number| rule_for(number).call).max().unwrap_or(CallRule::Answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    fn number(suffix: u32) -> Msisdn {
        Msisdn::from_digits(254_700_000_000 + u64::from(suffix)).unwrap()
    }

    #[test]
    fn the_documented_table_is_the_table() {
        let documented: Vec<u32> = include_str!("rules.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! | `")?.split('`').next()?.parse().ok())
            .collect();
        assert_eq!(documented, RULES.map(|rule| rule.suffix));
    }

    #[test]
    fn exactly_the_suffixes_of_the_table_have_a_rule() {
        for rule in RULES {
            assert_eq!(rule_for(number(rule.suffix)), rule);
            assert_eq!(rule_for(number(rule.suffix + 100_000)), ORDINARY);
        }
        assert_eq!(rule_for(number(0)), ORDINARY);
    }

    #[test]
    fn no_number_of_the_fixture_books_has_a_special_outcome() {
        let mut phones = 0;
        for book in ["premium_customers", "newsletter_subscribers"] {
            let book = fixture(&format!("contacts/{book}.csv"));
            // All runs of digits, so that no phone is missed in any notation; ids and notes in between do no harm.
            let compact = book.replace([' ', '-', '(', ')', '.'], "");
            for digits in compact.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() >= 9) {
                phones += 1;
                let suffix = digits[digits.len() - 6..].parse().unwrap();
                assert_eq!(rule_for(number(suffix)), ORDINARY, "…{suffix:06}");
            }
        }
        assert!(phones > 2_500, "{phones}");
    }

    #[test]
    fn the_most_severe_rule_of_a_call_applies() {
        assert_eq!(call_rule([number(7), number(50)]), CallRule::Answer);
        assert_eq!(call_rule([number(31), number(33), number(7)]), CallRule::AnswerServerError);
        assert_eq!(call_rule([number(36), number(24)]), CallRule::RefuseCredentials);
        assert_eq!(call_rule([]), CallRule::Answer);
    }
}
