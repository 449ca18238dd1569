//! Reasons for permissions that no call of these tests uses.

use super::grant::Grant;

/// Actions by their beginning, for every function.
const BY_ACTION: [(&str, &str); 8] = [
    ("logs:", "Lambda writes the function's lines"),
    ("xray:", "Lambda writes traces"),
    ("lambda:", "calls a function, and no table or queue"),
    ("secretsmanager:", "read at cold start; the tests give secrets in the environment"),
    ("sms-voice:", "hands a text over, and calls no table or queue"),
    ("sqs:ReceiveMessage", "Lambda receives on the function's behalf"),
    ("sqs:DeleteMessage", "Lambda deletes on the function's behalf"),
    ("sqs:GetQueueAttributes", "Lambda scales by the queue's depth"),
];

/// Keys, for every function.
const BY_KEYS: [(&str, &str); 2] = [
    ("HEALTH", "opens the connection at a cold start, and notes a secret that cannot be read"),
    ("PROVIDERS", "read at a cold start if PROVIDER names an account that was added"),
];

/// Functions' own actions.
const BY_FUNCTION: [(&str, &str, &str); 1] =
    [("dispatch", "sqs:SendMessage", "reports of a deployed sandbox; that of the tests calls back")];

/// The reason why a function's permission may be unused; `None` if it may not.
pub fn reason_of(function: &str, grant: &Grant) -> Option<&'static str> {
    let own = BY_FUNCTION.iter().find(|(of, action, _)| *of == function && grant.action == *action);
    if let Some((.., reason)) = own {
        return Some(reason);
    }
    let of_action = BY_ACTION.iter().find(|(action, _)| grant.action.starts_with(action));
    let of_keys = || BY_KEYS.iter().find(|(keys, _)| grant.keys.as_deref() == Some(*keys));
    of_action.or_else(of_keys).map(|(_, reason)| *reason)
}
