//! Compiles a hand-in, runs it in a sandbox, checks its answers.
//!
//! Two processes, always. The **driver** is the student's files on a skeleton of ours, compiled and run
//! in sandboxes that hold no hidden check, no expected value and no seed. The **judge**, here, holds
//! them, calls the driver's functions one by one and treats every byte that comes back as hostile.
//!
//! A failure of the student's code and a failure of the grader are different things everywhere: the
//! first is a [`Failure`](common::check::Failure) of a check, the second a [`JudgeError`], which never
//! becomes a score.

mod compile;
mod driver;
mod grade;
mod layer;
mod skeleton;
mod timed;

pub use compile::{Compiled, Compiler, PartState};
pub use driver::{Driver, DriverLimits};
pub use grade::{Graded, Judge, PartScore};
pub use layer::Layer;
pub use skeleton::Skeleton;

use std::path::PathBuf;

use thiserror::Error;

/// The grader itself failed. There is no score.
#[derive(Debug, Error)]
pub enum JudgeError {
    /// A file of the grader's own could not be read or written.
    #[error("{what} {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The sandbox could not be set up.
    #[error(transparent)]
    Sandbox(#[from] sandbox::SandboxError),
    /// The toolchain or the prebuilt dependencies are not usable.
    #[error("{0}")]
    Toolchain(String),
    /// The skeleton alone does not compile.
    #[error("the starter's own files do not compile: {0}")]
    Skeleton(String),
    /// A check failed for a reason that is not the hand-in's.
    #[error("{0}")]
    Check(String),
}

impl JudgeError {
    fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}
