//! What a program is given, how much it may use, and what is known when it has ended.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::output::Output;

#[cfg(unix)]
pub use std::os::fd::{OwnedFd, RawFd};

/// Stands in for a descriptor on systems that have none.
#[cfg(not(unix))]
#[derive(Debug)]
pub enum OwnedFd {}
/// Stands in for a descriptor's number on systems that have none.
#[cfg(not(unix))]
pub type RawFd = i32;

/// The hidden argument that turns a binary into the launcher.
pub(crate) const LAUNCHER_ARGUMENT: &str = "__sandbox";
/// Followed by a layer's name: behave as on a machine that does not have it.
pub(crate) const WITHOUT: &str = "--without=";

/// How to start the launcher: the same binary with a hidden argument.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Launcher {
    /// A binary whose `main` begins with [`crate::run_if_launcher`].
    pub program: PathBuf,
    /// Its arguments; the first is the hidden one.
    pub arguments: Vec<OsString>,
}

impl Launcher {
    /// The running binary as its own launcher.
    ///
    /// # Errors
    /// When the system does not say which file is running.
    pub fn current_exe() -> io::Result<Self> {
        Ok(Self::new(std::env::current_exe()?))
    }

    /// `program` as the launcher.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: vec![LAUNCHER_ARGUMENT.into()],
        }
    }

    /// The same launcher on a machine that lacks `layer` (a [`Layer::name`]); for tests and for
    /// trying out a lower level.
    pub fn without(mut self, layer: &str) -> Self {
        self.arguments.push(format!("{WITHOUT}{layer}").into());
        self
    }
}

/// How well a program is shut in. Ordered: a higher level is safer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Whatever the machine offers, perhaps nothing. For tests of code that you trust.
    None,
    /// Landlock with scopes, seccomp and limits, but no namespaces: the program runs in the
    /// machine's own file tree and may read only what it is given. Differences from `Full`: every
    /// [`Mount`] must be at the same path inside and outside; the scratch folder is a temporary
    /// folder on disk without a quota, whose path replaces [`Policy::work`] and `/tmp` at the
    /// beginning of arguments and variables; names and sizes of files elsewhere can be seen.
    Kernel,
    /// Namespaces (user, mount, process, network, IPC, host name, cgroup), Landlock, seccomp, limits.
    Full,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Kernel => "kernel",
            Self::Full => "full",
        })
    }
}

/// One layer of the sandbox and whether this machine has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// `namespaces`, `landlock`, `scopes`, `seccomp` or `limits`.
    pub name: String,
    /// Whether it works here; it was tried, not looked up.
    pub active: bool,
    /// What it does, or why it does not work and what would help.
    pub detail: String,
}

/// A file or folder that the program may read and execute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where it is on this machine; symbolic links are followed.
    pub host: PathBuf,
    /// Where the program sees it; absolute.
    pub inside: PathBuf,
}

impl Mount {
    /// The same path inside as outside.
    pub fn same(path: impl Into<PathBuf>) -> Self {
        let host = path.into();
        Self {
            inside: host.clone(),
            host,
        }
    }
}

/// A file that is there when the program starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyIn {
    /// Relative to [`Policy::work`]; missing folders are made.
    pub path: PathBuf,
    /// Its content.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// A file that is taken out after the program has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collect {
    /// Relative to [`Policy::work`].
    pub inside: PathBuf,
    /// Where it goes on this machine; its folder must exist. Renamed into place, mode 755.
    pub host: PathBuf,
    /// Larger files are refused.
    pub max_bytes: u64,
}

/// How much of each resource a program and all its descendants may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processor time of all processes together.
    pub cpu: Duration,
    /// Time from start to end.
    pub wall: Duration,
    /// Resident memory of all processes together. The scratch folders are memory too and come on
    /// top: at most twice [`Policy::work_bytes`].
    pub memory_bytes: u64,
    /// Processes and threads alive at once.
    pub processes: u64,
    /// Size of the largest file that may be written.
    pub file_bytes: u64,
    /// Descriptors open at once in one process.
    pub open_files: u64,
    /// How much of standard output, and of standard error, is kept; the rest is read and thrown away.
    pub output_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu: Duration::from_secs(10),
            wall: Duration::from_secs(20),
            memory_bytes: 2 << 30,
            processes: 64,
            file_bytes: 256 << 20,
            open_files: 256,
            output_bytes: 64 << 10,
        }
    }
}

/// All that a program is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What it may read and execute.
    pub read_only: Vec<Mount>,
    /// Its scratch folder and working directory, fresh and empty. A `/tmp` of the same size comes with it.
    pub work: PathBuf,
    /// Size of the scratch folder.
    pub work_bytes: u64,
    /// Files and folders in the scratch folder.
    pub work_inodes: u64,
    /// Files that are in the scratch folder when the program starts.
    pub copy_in: Vec<CopyIn>,
    /// Files that are taken out of the scratch folder at the end, however the program ended.
    pub collect: Vec<Collect>,
    /// Whether there is a `/proc`, showing the program's own processes and nothing about the machine.
    /// Compilers and linkers find their parts through `/proc/self/exe`; most programs need none.
    pub proc: bool,
    /// How much it may use.
    pub limits: Limits,
    /// Start only when at least this much protection is available.
    pub require: Level,
}

impl Default for Policy {
    /// Nothing to read, an empty `/work`, the default [`Limits`], full protection.
    fn default() -> Self {
        Self {
            read_only: Vec::new(),
            work: "/work".into(),
            work_bytes: 256 << 20,
            work_inodes: 10_000,
            copy_in: Vec::new(),
            collect: Vec::new(),
            proc: false,
            limits: Limits::default(),
            require: Level::Full,
        }
    }
}

/// What to run.
#[derive(Debug, Default)]
pub struct Program {
    /// The file to execute, as seen from inside.
    pub path: PathBuf,
    /// Arguments after the program's name, which is `path`.
    pub arguments: Vec<String>,
    /// The whole environment; nothing is inherited.
    pub environment: Vec<(String, String)>,
    /// Open descriptors to hand over and the numbers (3 or more) under which the program finds them.
    pub descriptors: Vec<(OwnedFd, RawFd)>,
}

/// How a program came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// It returned or called `exit` with this code.
    Exited(i32),
    /// A signal ended it: 6 after an abort, 11 after a bad access or a stack overflow.
    Signalled(i32),
    /// It used more than [`Limits::cpu`].
    CpuLimit,
    /// It took longer than [`Limits::wall`].
    WallLimit,
    /// It used more than [`Limits::memory_bytes`], or asked for far more and was refused.
    MemoryLimit,
    /// It wrote a file larger than [`Limits::file_bytes`].
    FileLimit,
    /// [`crate::Running::kill`] was called, or the [`crate::Running`] was dropped.
    Killed,
}

/// What a program and its descendants used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time, user and system, of all processes.
    pub cpu: Duration,
    /// Time from start to end.
    pub wall: Duration,
    /// Peak resident memory of the largest process.
    pub max_rss_bytes: u64,
}

/// What became of one [`Collect`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It is at [`Collect::host`] and has this many bytes.
    Taken(u64),
    /// The program left no such file.
    Missing,
    /// It is not a regular file, is too large, or cannot be read; with the reason. Nothing was written.
    Refused(String),
    /// It could not be written to [`Collect::host`], as on a full disk; with the reason. The program is not to blame.
    Failed(String),
}

/// One file that was to be taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// The request.
    pub request: Collect,
    /// What became of it.
    pub fate: Fate,
}

/// All that is known about a program that has ended. Nothing of it is alive any more.
#[derive(Debug, Clone)]
pub struct Ended {
    /// How it came to its end.
    pub how: How,
    /// What it printed.
    pub stdout: Output,
    /// What it printed to standard error.
    pub stderr: Output,
    /// What it used.
    pub usage: Usage,
    /// The files asked for, in the policy's order.
    pub collected: Vec<Collected>,
}
