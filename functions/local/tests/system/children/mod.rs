//! A stack whose functions are real processes: they are killed during calls, and all lines that they write are read.

mod account;
mod bad_deploy;
mod deaths;
#[cfg(unix)]
mod frozen;
#[cfg(target_os = "linux")]
mod full_disk;
mod killed;
mod leaks;
mod privacy;
mod throttles;
