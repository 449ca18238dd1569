//! Where an emulator keeps its state.

use crate::folder::DataFolder;

/// Where an emulator keeps its state.
#[derive(Clone, Copy, Debug)]
pub enum Storage<'a> {
    /// State in memory; lost when the process ends.
    Memory,
    /// State in files of a folder that this process has locked; survives a killed process.
    Folder(&'a DataFolder),
}
