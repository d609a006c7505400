//! The same functions on systems other than Linux: each says that there is no sandbox.

use crate::error::SandboxError;
use crate::policy::{Ended, LAUNCHER_ARGUMENT, Launcher, Layer, Level, Policy, Program};

/// A program that was started; there can be none on this system.
#[derive(Debug)]
pub enum Running {}

impl Running {
    /// Never called: there is no value of this type.
    pub fn wait(self) -> Result<Ended, SandboxError> {
        match self {}
    }

    /// Never called: there is no value of this type.
    pub fn kill(&self) {
        match *self {}
    }
}

/// Ends the process when it was started as a launcher; otherwise does nothing.
pub fn run_if_launcher() {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == LAUNCHER_ARGUMENT)
    {
        eprintln!("{}", SandboxError::Unsupported);
        std::process::exit(1);
    }
}

/// Refuses: programs can be sandboxed on Linux only.
pub fn spawn(_: &Launcher, _: &Policy, _: Program) -> Result<Running, SandboxError> {
    Err(SandboxError::Unsupported)
}

/// Refuses: programs can be sandboxed on Linux only.
pub fn layers(_: &Launcher) -> Result<Vec<Layer>, SandboxError> {
    Err(SandboxError::Unsupported)
}

/// Refuses: programs can be sandboxed on Linux only.
pub fn level(_: &Launcher) -> Result<Level, SandboxError> {
    Err(SandboxError::Unsupported)
}
