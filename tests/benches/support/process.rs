//! What a process has used, as Linux tells it: processor time to the nanosecond, and peak memory.

use std::{collections::BTreeMap, fs, time::Duration};

/// Processor time of all of a process's threads that live, user and system together.
///
/// Of `/proc/<pid>/task/*/schedstat`, whose first field is nanoseconds on a processor
/// (kernel.org, "Scheduler Statistics"); `/proc/<pid>/stat` counts in hundredths of a second.
pub fn processor_time(pid: u32) -> Duration {
    processor_time_by_thread(pid).into_values().sum()
}

/// Processor time by the threads' names.
pub fn processor_time_by_thread(pid: u32) -> BTreeMap<String, Duration> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("the process lives");
    let of_thread = |thread: std::io::Result<fs::DirEntry>| {
        let folder = thread.ok()?.path();
        let name = fs::read_to_string(folder.join("comm")).ok()?.trim_end().to_owned();
        let nanos = fs::read_to_string(folder.join("schedstat")).ok()?.split(' ').next()?.parse().ok()?;
        Some((name, Duration::from_nanos(nanos)))
    };
    let mut by_name = BTreeMap::new();
    for (name, time) in threads.filter_map(of_thread) {
        *by_name.entry(name).or_default() += time;
    }
    by_name
}

/// Most memory that a process held since [`forget_peak`], in bytes.
pub fn peak_memory_bytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells the peak");
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("the peak is a number");
    kib * 1024
}

/// Resets a process's peak memory to its present value (`proc(5)`, `clear_refs`).
pub fn forget_peak(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("a process of this user");
}
