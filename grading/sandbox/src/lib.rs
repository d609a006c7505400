//! Runs an untrusted program with no rights but those it is given.
//!
//! The caller lists what the program may read ([`Mount`]), what is put into its scratch folder
//! ([`CopyIn`]), which files come back ([`Collect`]) and how much of each resource it may use
//! ([`Limits`]). Everything else does not exist for it: no other file, no other process, no
//! network, no inherited variable or descriptor.
//!
//! ```text
//! caller ── spec, lifeline ──> launcher ── fork ──> init (pid 1) ── fork, exec ──> the program
//!   │                          namespaces           file tree, identity            limits, Landlock, seccomp
//!   └─ supervisor thread <───────── status ─────────┘ reaps, kills what is left, collects files
//! ```
//!
//! The launcher is the calling binary itself, started again with a hidden argument: namespaces can
//! only be entered by a process with one thread, and the caller has many. So `main` of every binary
//! that uses this crate begins with [`run_if_launcher`].
//!
//! Layers, each of which would have to fail by itself for the program to get out: namespaces with a
//! file tree of its own, Landlock, seccomp, resource limits, an unprivileged identity without
//! capabilities. [`layers`] says which ones this machine offers; [`spawn`] refuses to start with
//! less than [`Policy::require`].
//!
//! What the program did and what went wrong in the sandbox never mix: [`Ended`] speaks about the
//! program, [`SandboxError`] about us.

mod error;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
mod output;
mod policy;

#[cfg(target_os = "linux")]
mod descriptors;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod init;
#[cfg(target_os = "linux")]
mod landlock;
#[cfg(target_os = "linux")]
mod launcher;
#[cfg(target_os = "linux")]
mod layers;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(target_os = "linux")]
mod parent;
#[cfg(target_os = "linux")]
mod privileges;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod seccomp;
#[cfg(target_os = "linux")]
mod supervisor;
#[cfg(target_os = "linux")]
mod tree;
#[cfg(target_os = "linux")]
mod wire;

#[cfg(not(target_os = "linux"))]
#[path = "unsupported.rs"]
mod parent;

pub use error::SandboxError;
pub use output::{Output, sanitize};
pub use parent::{Running, layers, level, run_if_launcher, spawn};
pub use policy::{
    Collect, Collected, CopyIn, Ended, Fate, How, Launcher, Layer, Level, Limits, Mount, OwnedFd,
    Policy, Program, RawFd, Usage,
};
