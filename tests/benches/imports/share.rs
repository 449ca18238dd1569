//! A share of a processor, as Lambda gives it: a control group with a quota of every period.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Lambda's own period.
const PERIOD_US: u64 = 20_000;
const VERSION_1: &str = "/sys/fs/cgroup/cpu";
const VERSION_2: &str = "/sys/fs/cgroup";

/// A control group of one process.
pub struct ProcessorShare {
    folder: PathBuf,
}

impl ProcessorShare {
    /// Limits a process to a share of one processor. Needs the right to make control groups.
    pub fn limit(pid: u32, share: f64) -> io::Result<Self> {
        let quota_us = (share * PERIOD_US as f64) as u64;
        let is_version_1 = Path::new(VERSION_1).join("cpu.cfs_quota_us").exists();
        let root = Path::new(if is_version_1 { VERSION_1 } else { VERSION_2 });
        let folder = root.join(format!("import-bench-{pid}"));
        fs::create_dir(&folder)?;
        let group = Self { folder };
        if is_version_1 {
            group.write("cpu.cfs_period_us", &PERIOD_US.to_string())?;
            group.write("cpu.cfs_quota_us", &quota_us.to_string())?;
        } else {
            group.write("cpu.max", &format!("{quota_us} {PERIOD_US}"))?;
        }
        group.write("cgroup.procs", &pid.to_string())?;
        Ok(group)
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        fs::write(self.folder.join(file), text)
    }

    /// Removes the group, after its process has ended.
    pub fn remove(self) {
        if let Err(error) = fs::remove_dir(&self.folder) {
            println!("{} is left: {error}", self.folder.display());
        }
    }
}
