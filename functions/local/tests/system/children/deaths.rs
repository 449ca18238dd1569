//! Deaths of a stack's processes, as `kill -9` brings them.

use std::pin::pin;

use lambda_emulator::Function;
use local::stack::{FunctionName, Stack};
use provider_emulators::sandbox::Faults;
use tests::proxy::Call;

/// The process that makes a call.
pub fn pid_of(call: &Call) -> u32 {
    call.context().and_then(|pid| pid.parse().ok()).unwrap()
}

fn function<'s>(stack: &'s Stack, name: &str) -> &'s Function {
    stack.functions().children().iter().find(|function| function.name() == name).unwrap()
}

/// Kills the process that a call comes from.
pub async fn kill_caller(stack: &Stack, call: &Call) {
    let function = function(stack, call.function());
    for instance in function.instances() {
        if instance.pid() == pid_of(call) {
            instance.kill().await;
        }
    }
}

/// Kills the worker of the next batch after the provider has taken it and before the provider answers.
pub async fn kill_in_hand_over(stack: &Stack) {
    stack.sandbox().set_faults(Faults { latency_ms: 200, ..Faults::default() });
    let taken = stack.sandbox().totals().messages;
    let handed_over = async {
        while stack.sandbox().totals().messages == taken {
            tokio::task::yield_now().await;
        }
    };
    let mut polled = pin!(stack.poll_batches());
    tokio::select! {
        polled = &mut polled => panic!("no batch was handed over: {:?}", polled.map(|polled| polled.deleted)),
        () = handed_over => {}
    }
    let death = async {
        for instance in function(stack, FunctionName::Dispatch.as_str()).instances() {
            instance.kill().await;
        }
    };
    let (polled, ()) = tokio::join!(polled, death);
    assert_eq!(polled.unwrap().deleted, 0, "it died in the middle of its work");
    stack.sandbox().set_faults(Faults::default());
}
