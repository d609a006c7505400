//! What can go wrong in the sandbox itself: always the grader's error, never the program's.

use serde::{Deserialize, Serialize};

use crate::policy::{Layer, Level};

/// Why a program could not be run as asked. None of these says anything about the program.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// This system has no sandbox at all.
    #[error("programs can be sandboxed on Linux only; grade on a Linux machine")]
    Unsupported,

    /// The machine offers less than [`crate::Policy::require`].
    #[error(
        "sandbox level `{required}` is required, this machine offers `{available}`; missing: {}",
        names(missing)
    )]
    Unavailable {
        /// What the policy asks for.
        required: Level,
        /// The best this machine can do.
        available: Level,
        /// The layers that are not there, with the reason.
        missing: Vec<Layer>,
    },

    /// The policy or the program is not one that can be carried out.
    #[error("cannot sandbox this: {0}")]
    Invalid(String),

    /// A layer could not be set up. The program did not start.
    #[error("the sandbox could not be set up: {0}")]
    SetUp(#[from] Failure),

    /// The sandbox vanished without a report: somebody killed it, or the machine ran out of memory.
    #[error(
        "the sandbox ended without a report (killed from outside, or the machine is out of memory)"
    )]
    Lost,

    /// Starting or talking to the launcher failed.
    #[error("{action}: {cause}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        cause: std::io::Error,
    },
}

fn names(layers: &[Layer]) -> String {
    let named: Vec<_> = layers
        .iter()
        .map(|l| format!("{} ({})", l.name, l.detail))
        .collect();
    named.join("; ")
}

/// The step of the set-up that failed, as it travels from the launcher to the caller.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
#[error("{step}: {cause}")]
pub struct Failure {
    /// What was being done.
    pub step: String,
    /// The system's reason.
    pub cause: String,
}

/// Names the step that a result belongs to.
#[cfg(target_os = "linux")]
pub(crate) trait Step<T> {
    /// Turns any error into a [`Failure`] of `step`.
    fn step(self, step: impl Into<String>) -> Result<T, Failure>;
}

#[cfg(target_os = "linux")]
impl<T, E: std::fmt::Display> Step<T> for Result<T, E> {
    fn step(self, step: impl Into<String>) -> Result<T, Failure> {
        self.map_err(|error| Failure {
            step: step.into(),
            cause: error.to_string(),
        })
    }
}

/// Names what was being done when input or output failed on the caller's side.
#[cfg(target_os = "linux")]
pub(crate) trait Doing<T> {
    /// Turns an I/O error into [`SandboxError::Io`].
    fn doing(self, action: &'static str) -> Result<T, SandboxError>;
}

#[cfg(target_os = "linux")]
impl<T, E: Into<std::io::Error>> Doing<T> for Result<T, E> {
    fn doing(self, action: &'static str) -> Result<T, SandboxError> {
        self.map_err(|error| SandboxError::Io {
            action,
            cause: error.into(),
        })
    }
}
