//! Numbers that several parts share.

/// The account number in every ARN of the host, which no real account has.
pub const LOCAL_ACCOUNT: &str = "000000000000";

/// The most bytes that a synchronous invocation may carry, in either direction: 6 MB
/// (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
pub const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;
