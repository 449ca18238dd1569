//! Measures how much memory a reader allocates.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

/// The memory that a reader may allocate, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Bytes for any input, such as an error's text or the first page of a list.
    pub free: usize,
    /// Bytes for each byte of the input.
    pub per_byte: usize,
}

/// The allowance of a reader whose values are not much larger than their bytes.
pub const PLAIN: Allowance = Allowance { free: 8 * 1024, per_byte: 128 };

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator does the work; this one only counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that ends may allocate after its counter was dropped.
        let _ = ALLOCATED.try_with(|allocated| allocated.set(allocated.get() + layout.size()));
        // SAFETY: the caller's guarantees are passed on unchanged.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's guarantees are passed on unchanged.
        unsafe { System.dealloc(place, layout) }
    }
}

/// Runs a reader on some bytes.
///
/// # Panics
/// If it allocates more than it may.
pub fn within<T>(allowed: Allowance, bytes: &[u8], read: impl FnOnce(&[u8]) -> T) -> T {
    let before = ALLOCATED.get();
    let read = read(bytes);
    let allocated = ALLOCATED.get() - before;
    let most = allowed.free + allowed.per_byte * bytes.len();
    assert!(allocated <= most, "{allocated} bytes of memory for {} read", bytes.len());
    read
}
