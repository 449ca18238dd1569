//! Handles of a stack's functions, in either mode.

use std::sync::Arc;

use futures_util::future::join_all;
use lambda_emulator::{Function, Invoke};

/// The functions of a stack.
pub struct Functions {
    pub(super) api: Arc<dyn Invoke>,
    pub(super) books: Arc<dyn Invoke>,
    pub(super) dispatch: Arc<dyn Invoke>,
    pub(super) callbacks: Arc<dyn Invoke>,
    pub(super) receipts: Arc<dyn Invoke>,
    pub(super) clock: Arc<dyn Invoke>,
    pub(super) console: Arc<dyn Invoke>,
    pub(super) children: Vec<Function>,
}

impl Functions {
    /// Sends, campaigns, account.
    pub fn api(&self) -> Arc<dyn Invoke> {
        self.api.clone()
    }

    /// Address books and opt-outs.
    pub fn books(&self) -> Arc<dyn Invoke> {
        self.books.clone()
    }

    /// The consumer of batches.
    pub fn dispatch(&self) -> Arc<dyn Invoke> {
        self.dispatch.clone()
    }

    /// The function that receives callbacks of providers.
    pub fn callbacks(&self) -> Arc<dyn Invoke> {
        self.callbacks.clone()
    }

    /// The consumer of reports.
    pub fn receipts(&self) -> Arc<dyn Invoke> {
        self.receipts.clone()
    }

    pub fn clock(&self) -> Arc<dyn Invoke> {
        self.clock.clone()
    }

    pub fn console(&self) -> Arc<dyn Invoke> {
        self.console.clone()
    }

    /// The functions that run as child processes, whose instances can be killed; empty in the in-process mode.
    pub fn children(&self) -> &[Function] {
        &self.children
    }

    /// Ends all child processes.
    pub(in crate::stack) async fn stop(&self) {
        join_all(self.children.iter().map(Function::stop)).await;
    }
}
