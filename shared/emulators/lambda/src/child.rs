//! One child process: starts it, watches it, ends it. Knows nothing of Lambda.

use std::{io, process::ExitStatus, time::Duration};

use tokio::{
    process::{Child, Command},
    sync::{mpsc, watch},
    time::timeout,
};

/// How long a child that was asked to end may take before it is killed. Lambda's own figure for
/// the shutdown phase (docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
const TERMINATION_GRACE: Duration = Duration::from_secs(2);

/// An order to a child's task.
#[derive(Clone, Copy, Debug)]
enum Order {
    Kill,
    Terminate,
}

/// A child process with a task that reaps it; a clone is the same child.
///
/// Should the runtime end first, the child is killed with it.
#[derive(Clone, Debug)]
pub(super) struct ChildProcess {
    pid: u32,
    orders: mpsc::UnboundedSender<Order>,
    ended: watch::Receiver<Option<String>>,
}

impl ChildProcess {
    /// Starts a child from `command`, whose standard input must be piped: its end tells the child that the parent has
    /// ended.
    pub(super) fn start(command: &mut Command, forward: impl FnOnce(&mut Child)) -> io::Result<Self> {
        let mut child = command.kill_on_drop(true).spawn()?;
        let pid = child.id().ok_or_else(|| io::Error::other("the child ended at once"))?;
        forward(&mut child);
        let (orders, ordered) = mpsc::unbounded_channel();
        let (end, ended) = watch::channel(None);
        tokio::spawn(async move {
            let status = watch_over(child, ordered).await;
            end.send_replace(Some(describe(status)));
        });
        Ok(Self { pid, orders, ended })
    }

    /// The operating system's number of the child.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether the child has ended and was reaped.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.borrow().is_some()
    }

    /// Waits for the child's end, and says how it ended.
    pub(super) async fn end(&self) -> String {
        let mut ended = self.ended.clone();
        let status = ended.wait_for(Option::is_some).await.map(|status| status.clone());
        status.ok().flatten().unwrap_or_else(|| "the host stopped".into())
    }

    /// Kills the child at once (SIGKILL).
    pub(super) fn kill(&self) {
        self.order(Order::Kill);
    }

    /// Asks the child to end (SIGTERM and the end of its standard input), and kills it after a grace.
    pub(super) fn terminate(&self) {
        self.order(Order::Terminate);
    }

    fn order(&self, order: Order) {
        // The task of an ended child receives no orders.
        let _ = self.orders.send(order);
    }
}

async fn watch_over(mut child: Child, mut orders: mpsc::UnboundedReceiver<Order>) -> io::Result<ExitStatus> {
    // Taken out because `Child::wait` closes it, and its end tells the child to exit.
    let stdin = child.stdin.take();
    let order = tokio::select! {
        status = child.wait() => return status,
        order = orders.recv() => order,
    };
    if let Some(Order::Terminate) = order {
        drop(stdin);
        send_sigterm(&child);
        if let Ok(status) = timeout(TERMINATION_GRACE, child.wait()).await {
            return status;
        }
    }
    child.start_kill()?;
    child.wait().await
}

#[cfg(unix)]
fn send_sigterm(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // The child is not reaped yet, so its number is still its own; if it has ended already,
        // there is nothing to ask.
        let _ = kill_process(pid, Signal::TERM);
    }
}

#[cfg(not(unix))]
fn send_sigterm(_child: &Child) {
    // A child of such a system only sees the end of its standard input.
}

fn describe(status: io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => status.to_string(),
        Err(error) => format!("its end could not be seen: {error}"),
    }
}
