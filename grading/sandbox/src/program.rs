//! The program's own process, from the fork to the moment when the program's code replaces ours.
//! What each step takes away, the steps after it cannot use: the order matters.

use std::borrow::Cow;
use std::convert::Infallible;
use std::ffi::{CString, NulError};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, signal, sigprocmask};
use nix::unistd::{execve, setsid};

use crate::descriptors;
use crate::error::{Failure, Step};
use crate::landlock;
use crate::limits;
use crate::mounts::{PROC, TEMPORARY};
use crate::seccomp;
use crate::wire::Spec;

/// Restricts this process as far as `spec` says.
///
/// `alone` says whether the program's user has no processes elsewhere.
pub(crate) fn restrict(spec: &Spec, alone: bool) -> Result<(), Failure> {
    setsid().step("start a session")?;
    restore_signals()?;
    descriptors::arrange(&spec.descriptors)?;
    limits::apply(&spec.policy.limits, alone)?;
    if spec.layers.landlock {
        landlock::apply(&readable(spec), &scratch_folders(spec))?;
    }
    if spec.layers.seccomp {
        seccomp::apply(spec.layers.namespaces)?;
    }
    Ok(())
}

/// What is ignored or blocked would be inherited: SIGPIPE by every Rust program, SIGCHLD by init,
/// SIGHUP under `nohup`. Programs shall not notice how the grader was started.
fn restore_signals() -> Result<(), Failure> {
    let fixed = [Signal::SIGKILL, Signal::SIGSTOP];
    for each in Signal::iterator().filter(|each| !fixed.contains(each)) {
        #[allow(unsafe_code)]
        // SAFETY: the default action runs no code of ours.
        unsafe { signal(each, SigHandler::SigDfl) }.step(format!("restore {each}"))?;
    }
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None).step("unblock signals")
}

fn readable(spec: &Spec) -> Vec<&Path> {
    let mut paths: Vec<_> = spec
        .policy
        .read_only
        .iter()
        .map(|m| m.inside.as_path())
        .collect();
    // Without namespaces it is the machine's, and closed; links in it can be read all the same.
    if spec.policy.proc && spec.layers.namespaces {
        paths.push(Path::new(PROC));
    }
    paths
}

fn scratch_folders(spec: &Spec) -> Vec<&Path> {
    match &spec.bare_work {
        Some(bare) => vec![bare],
        None => vec![&spec.policy.work, Path::new(TEMPORARY)],
    }
}

/// Replaces this process by the program of `spec`. Returns only on failure.
pub(crate) fn execute(spec: &Spec) -> Result<Infallible, Failure> {
    let step = || format!("execute {}", spec.path.display());
    let path = CString::new(spec.path.as_os_str().as_bytes()).step(step())?;
    let arguments = spec
        .arguments
        .iter()
        .map(|a| CString::new(&*translate(spec, a)));
    let arguments = std::iter::once(Ok(path.clone())).chain(arguments);
    let arguments = arguments
        .collect::<Result<Vec<_>, NulError>>()
        .step(step())?;
    let variables = spec.environment.iter();
    let variables =
        variables.map(|(name, value)| CString::new(format!("{name}={}", translate(spec, value))));
    let variables = variables
        .collect::<Result<Vec<_>, NulError>>()
        .step(step())?;
    execve(&path, &arguments, &variables).step(step())
}

/// Without namespaces the scratch folders are one folder elsewhere: replaces their paths at the
/// beginning of `value`.
fn translate<'a>(spec: &Spec, value: &'a str) -> Cow<'a, str> {
    let Some(bare) = &spec.bare_work else {
        return value.into();
    };
    for folder in [spec.policy.work.as_path(), Path::new(TEMPORARY)] {
        if let Ok(below) = Path::new(value).strip_prefix(folder) {
            return bare.join(below).to_string_lossy().into_owned().into();
        }
    }
    value.into()
}
