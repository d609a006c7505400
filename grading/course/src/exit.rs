//! Exit codes. They are part of the interface: scripts branch on them.

use std::process::ExitCode;

use runs::RunError;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All went well; students may have failed checks.
    Done = 0,
    /// The command line, or a file it names, is wrong.
    Usage = 1,
    /// `selftest` found something that falls short.
    FellShort = 2,
    /// At least one hand-in met a fault of the grader and has no score.
    GraderError = 3,
    /// There was nothing to do.
    Nothing = 4,
    /// Interrupted; the same command goes on where it stopped.
    Interrupted = 5,
    /// `import --strict` did not import something.
    Rejected = 6,
    /// The sandbox that is asked for is not to be had.
    NoSandbox = 7,
    /// Another run writes to the same folder.
    Locked = 8,
    /// A task of a cluster has no result for the grader's own fault; another try may help (`EX_TEMPFAIL`).
    TryAgain = 75,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> ExitCode {
        ExitCode::from(self as u8)
    }

    /// The exit of an error: a missing sandbox and a lock have codes of their own.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> Self {
        match error.downcast_ref() {
            Some(RunError::Locked(_)) => return Self::Locked,
            Some(RunError::Resume(_)) => return Self::Nothing,
            _ => {}
        }
        let no_sandbox = error.chain().any(|cause| {
            matches!(
                cause.downcast_ref(),
                Some(sandbox::SandboxError::Unavailable { .. })
            )
        });
        if no_sandbox {
            Self::NoSandbox
        } else {
            Self::Usage
        }
    }
}
