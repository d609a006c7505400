//! How much of a hand-in is looked at.

/// Caps on a hand-in. The default is generous for a whole starter with its build folder and far below
/// what would hurt the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the zip or tar.gz file itself.
    pub archive_bytes: u64,
    /// Entries of an archive, or files and folders of a folder (build folders not counted).
    pub entries: usize,
    /// Bytes of all files when unpacked, as the archive states them (build folders not counted).
    pub total_bytes: u64,
    /// Bytes of one source file.
    pub file_bytes: u64,
    /// How many times larger than its packed form a file of more than 1 MiB may be; of a tar.gz, all files
    /// together.
    pub ratio: u64,
    /// Bytes of a path.
    pub path_bytes: usize,
    /// Folders in one another.
    pub depth: usize,
    /// Folders that may lie around `src/parts`.
    pub wrapping: usize,
}

impl Limits {
    /// Of what a course system gives for a whole class.
    #[must_use]
    pub fn class() -> Self {
        Self {
            archive_bytes: 16 << 30,
            entries: 1_000_000,
            total_bytes: 16 << 30,
            path_bytes: 1024,
            depth: 40,
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive_bytes: 2 << 30,
            entries: 50_000,
            total_bytes: 1 << 30,
            file_bytes: 256 << 10,
            ratio: 100,
            path_bytes: 512,
            depth: 32,
            wrapping: 6,
        }
    }
}
