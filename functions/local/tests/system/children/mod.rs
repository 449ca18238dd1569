//! A stack whose functions are real processes: killed in mid-call, and read to the last line they write.

mod account;
mod bad_deploy;
#[cfg(unix)]
mod frozen;
#[cfg(target_os = "linux")]
mod full_disk;
mod killed;
mod leaks;
mod privacy;
