//! books
fn main() {}
