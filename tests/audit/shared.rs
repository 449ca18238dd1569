//! Worlds that several tests read: a world takes more time than most of the audits. Each lives on a thread of its own until
//! the process ends, because a test's runtime ends with the test.

use std::{
    future::pending,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use tokio::{
    runtime::Builder,
    sync::{Mutex, MutexGuard},
};

/// Something that one test at a time uses, and leaves unchanged.
pub struct Shared<T> {
    value: Mutex<T>,
    /// Whether a test failed while it used it.
    is_damaged: AtomicBool,
}

/// The use of a shared value by one test.
pub struct Use<T: 'static> {
    value: MutexGuard<'static, T>,
    is_damaged: &'static AtomicBool,
}

impl<T: Send + 'static> Shared<T> {
    pub fn start(start: impl AsyncFnOnce() -> T + Send + 'static) -> Self {
        let (started, value) = mpsc::channel();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                started.send(start().await).expect("a test waits for it");
                pending::<()>().await;
            });
        });
        let value = value.recv().expect("it starts");
        Self { value: Mutex::new(value), is_damaged: AtomicBool::new(false) }
    }

    /// Waits until no other test uses it.
    ///
    /// # Panics
    /// If another test failed while it used it.
    pub async fn take(&'static self) -> Use<T> {
        let value = self.value.lock().await;
        assert!(!self.is_damaged.load(Ordering::Relaxed), "another test failed and left its damage");
        Use { value, is_damaged: &self.is_damaged }
    }
}

impl<T> std::ops::Deref for Use<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Drop for Use<T> {
    fn drop(&mut self) {
        // A panic does not poison tokio's mutex.
        if thread::panicking() {
            self.is_damaged.store(true, Ordering::Relaxed);
        }
    }
}
