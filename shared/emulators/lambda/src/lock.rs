//! Locks without a panic.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a panic, because every critical section of the host leaves its value consistent.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
