//! The launcher: the calling binary, started again with a hidden argument. It leaves the machine's
//! namespaces and starts init in the new ones.

use std::fs::File;
use std::io::Read;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::libc;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid};

use crate::descriptors;
use crate::error::{Failure, Step};
use crate::init;
use crate::layers;
use crate::namespaces;
use crate::policy::{LAUNCHER_ARGUMENT, WITHOUT};
use crate::privileges::Identity;
use crate::wire::{self, Report, Spec};

/// Asks the launcher which layers work, instead of running a program.
pub(crate) const PROBE_ARGUMENT: &str = "--probe";
/// Exit code of a launcher or init that could not do its work; what went wrong is in its report.
const FAILED: i32 = 70;

/// Must be the first line of `main` in every binary that starts sandboxes: when the binary was
/// started as a launcher this does the launcher's work and never returns; otherwise it does nothing.
pub fn run_if_launcher() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(LAUNCHER_ARGUMENT) {
        return;
    }
    let options: Vec<_> = arguments.collect();
    let code = if options.iter().any(|option| option == PROBE_ARGUMENT) {
        let without: Vec<_> = options
            .iter()
            .filter_map(|o| o.strip_prefix(WITHOUT))
            .collect();
        layers::answer(&without)
    } else {
        launch()
    };
    std::process::exit(code);
}

/// Receives a spec, runs it, and returns the exit code.
fn launch() -> i32 {
    // Not `io::stdin`, which reads ahead: what follows the spec is the lifeline.
    let Ok(spec) = wire::receive(ManuallyDrop::new(descriptors::adopt(0)).by_ref()) else {
        // The caller went away, or is not one of ours: there is nobody to report to.
        return FAILED;
    };
    let status = descriptors::adopt(spec.status);
    match start_init(&spec, &status) {
        Ok(init) => exit_code(waitpid(init, None)),
        Err(failure) => {
            // A caller that is gone does not need the report.
            let _ = wire::report(&status, &Report::Failed(failure));
            FAILED
        }
    }
}

fn start_init(spec: &Spec, status: &File) -> Result<Pid, Failure> {
    descriptors::close_all_on_exec()?;
    // The machine kills the program first when it runs out of memory. A hint: failing is no harm.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let mut identity = Identity::choose();
    if spec.layers.namespaces {
        identity = namespaces::leave(identity)?;
    }
    let init = fork(|| init::run(spec, identity, status)).step("start init")?;
    // Held here, the program's pipes would never come to an end.
    spec.descriptors
        .iter()
        .for_each(|(fd, _)| descriptors::close(*fd));
    Ok(init)
}

fn exit_code(ended: nix::Result<WaitStatus>) -> i32 {
    match ended {
        Ok(WaitStatus::Exited(_, code)) => code,
        _ => FAILED,
    }
}

/// Starts a copy of this process that runs `child` and ends with its result.
pub(crate) fn fork(child: impl FnOnce() -> i32) -> nix::Result<Pid> {
    #[allow(unsafe_code)]
    // SAFETY: the launcher and init have one thread, so the child may do anything.
    let forked = unsafe { nix::unistd::fork() }?;
    match forked {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            // A panic must not run the parent's code a second time.
            let code = catch_unwind(AssertUnwindSafe(child)).unwrap_or(FAILED);
            #[allow(unsafe_code)]
            // SAFETY: ends this process without the handlers that belong to the calling binary.
            unsafe {
                libc::_exit(code)
            }
        }
    }
}
