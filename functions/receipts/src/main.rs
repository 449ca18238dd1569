//! receipts
fn main() {}
