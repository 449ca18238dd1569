//! The child's side of the rule that children end with their parent.

use std::{io, process, thread};

/// Ends this process once its standard input ends. Called first in the main of a function's child.
///
/// The host holds the other end of that pipe and never writes to it, so the pipe ends when the host
/// does, however it ends: a killed host leaves no orphans. (A child that waits for its next
/// invocation would see its Runtime API connection break; one that is busy would not.)
///
/// # Errors
/// If the watching thread cannot be started.
pub fn exit_when_parent_dies() -> io::Result<()> {
    thread::Builder::new().name("parent-watch".into()).spawn(wait_and_exit).map(drop)
}

fn wait_and_exit() {
    // An error on the pipe means the same as its end: the parent has ended.
    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
    process::exit(0);
}
