//! How much memory a reader asks for.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

/// What a reader may ask for, all in all and in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// However little it is given: an error's text, the first page of a list.
    pub free: usize,
    /// For each byte that it is given.
    pub per_byte: usize,
}

/// What a reader needs whose values are not much larger than their bytes.
pub const PLAIN: Allowance = Allowance { free: 8 * 1024, per_byte: 128 };

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator does the work; this one only counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that ends frees and allocates when its counter is gone already.
        let _ = ALLOCATED.try_with(|allocated| allocated.set(allocated.get() + layout.size()));
        // SAFETY: the caller's promises are passed on as they are.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

/// What a reader makes of some bytes.
///
/// # Panics
/// Where it asks for more than it may.
pub fn within<T>(allowed: Allowance, bytes: &[u8], read: impl FnOnce(&[u8]) -> T) -> T {
    let before = ALLOCATED.get();
    let read = read(bytes);
    let allocated = ALLOCATED.get() - before;
    let most = allowed.free + allowed.per_byte * bytes.len();
    assert!(allocated <= most, "{allocated} bytes of memory for {} read", bytes.len());
    read
}
