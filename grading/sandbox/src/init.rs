//! Init: process 1 of the new process namespace, and our only code inside. It builds the box,
//! starts the program, waits, kills what is left, takes the files out, and reports.

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::os::fd::{AsFd, RawFd};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::{Mode, umask};
use nix::sys::time::TimeValLike;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, chdir, pipe2};

use crate::descriptors;
use crate::error::{Failure, Step};
use crate::files;
use crate::launcher::fork;
use crate::mounts;
use crate::policy::{Collect, Fate, How, Policy};
use crate::privileges::{self, Identity};
use crate::program::{execute, restrict};
use crate::tree;
use crate::wire::{Report, Spec, report};

/// Runs the program of `spec` and returns init's exit code.
pub(crate) fn run(spec: &Spec, identity: Identity, status: &File) -> i32 {
    let last_word = build_and_run(spec, identity, status).unwrap_or_else(Report::Failed);
    i32::from(report(status, &last_word).is_err())
}

fn build_and_run(spec: &Spec, identity: Identity, status: &File) -> Result<Report, Failure> {
    let child_ended = watch_children()?;
    let work = build_box(spec, identity)?;
    let alone = spec.layers.namespaces || identity.is_from_root();
    let program = start(spec, alone)?;
    let started = Instant::now();
    report(status, &Report::Started).step("report the start")?;

    let how = wait_for(program, &child_ended).unwrap_or(How::Killed);
    let wall = started.elapsed();
    kill_everything(spec.layers.namespaces);
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).step("ask for the usage")?;
    Ok(Report::Ended {
        how,
        cpu: cpu_time(&usage),
        wall,
        max_rss_bytes: usage.max_rss() as u64 * 1024,
        fates: take_files_out(spec, &work)?,
    })
}

/// Makes the end of a child something that can be waited for together with the lifeline.
fn watch_children() -> Result<SignalFd, Failure> {
    let mut mask = SigSet::empty();
    mask.add(Signal::SIGCHLD);
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&mask), None).step("block SIGCHLD")?;
    SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
        .step("watch SIGCHLD")
}

/// Does everything that restricts init as well as the program. Returns the scratch folder.
fn build_box(spec: &Spec, identity: Identity) -> Result<PathBuf, Failure> {
    let work = match &spec.bare_work {
        Some(bare) => {
            chown(bare, Some(identity.uid), Some(identity.gid))
                .step("hand over the scratch folder")?;
            prctl::set_child_subreaper(true).step("adopt orphans")?;
            identity.assume()?;
            bare
        }
        None => {
            enclose(&spec.policy, identity)?;
            &spec.policy.work
        }
    };
    privileges::drop_capabilities()?;
    // Last, because a change of identity resets it.
    prctl::set_pdeathsig(Signal::SIGKILL).step("end with the launcher")?;
    umask(Mode::from_bits_truncate(0o022));
    chdir(work).step("enter the scratch folder")?;
    files::put_in(&spec.policy.copy_in, work)?;
    Ok(work.clone())
}

/// A file tree and, for root, a user namespace; others have one already.
pub(crate) fn enclose(policy: &Policy, identity: Identity) -> Result<(), Failure> {
    let process = privileges::own_process_folder()?;
    mounts::build(policy, identity)?;
    identity.assume()?;
    if identity.is_from_root() {
        identity.enter_user_namespace(&process)?;
    }
    Ok(())
}

/// Starts the program; returns when its process runs the program's code and no longer ours.
fn start(spec: &Spec, alone: bool) -> Result<Pid, Failure> {
    let (told, tell) = pipe2(OFlag::O_CLOEXEC).step("make a pipe")?;
    let tell = descriptors::lift(tell, &spec.descriptors)?;
    let program = fork(move || {
        let ready = restrict(spec, alone)
            .and_then(|()| report(&tell, &Report::Started).step("report that all is ready"));
        let Err(failure) = ready.and_then(|()| execute(spec));
        i32::from(report(&tell, &Report::Failed(failure)).is_err())
    });
    let program = program.step("start the program's process")?;
    spec.descriptors
        .iter()
        .for_each(|(fd, _)| descriptors::close(*fd));

    let words = BufReader::new(File::from(told))
        .lines()
        .map_while(Result::ok);
    match words.last().map(|word| serde_json::from_str(&word)) {
        // Nothing came after it: the program has replaced our code.
        Some(Ok(Report::Started)) => Ok(program),
        Some(Ok(Report::Failed(failure))) => Err(failure),
        _ => Err("its process died before the program ran").step("start the program"),
    }
}

/// Waits until `program` ends, burying orphans meanwhile; nothing when the lifeline ends first.
fn wait_for(program: Pid, child_ended: &SignalFd) -> Option<How> {
    let lifeline = stdin();
    loop {
        let mut events = [
            PollFd::new(child_ended.as_fd(), PollFlags::POLLIN),
            PollFd::new(lifeline.as_fd(), PollFlags::POLLIN),
        ];
        // An interruption is an event too.
        let _ = poll(&mut events, PollTimeout::NONE);
        let stop = events[1].any().unwrap_or(false);
        while let Ok(Some(_)) = child_ended.read_signal() {}
        if let Some(how) = bury(program) {
            return Some(how);
        }
        if stop {
            return None;
        }
    }
}

/// Waits for all children that are dead; says how `program` ended if it is one of them.
fn bury(program: Pid) -> Option<How> {
    let mut how = None;
    while let Some((pid, status)) = wait_for_dead_child() {
        if pid == program.as_raw() {
            how = Some(if libc::WIFEXITED(status) {
                How::Exited(libc::WEXITSTATUS(status))
            } else {
                How::Signalled(libc::WTERMSIG(status))
            });
        }
    }
    how
}

/// A child that is dead already. (nix's `waitpid` gives an error for a child that a real-time signal
/// ended, after burying it.)
fn wait_for_dead_child() -> Option<(libc::pid_t, libc::c_int)> {
    let mut status = 0;
    #[allow(unsafe_code)]
    // SAFETY: writes to `status` only.
    let pid = unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) };
    (pid > 0).then_some((pid, status))
}

/// Kills every process of the program and waits until none is left.
fn kill_everything(namespaces: bool) {
    loop {
        if namespaces {
            // All processes of the namespace but this one.
            let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
        } else {
            for pid in tree::descendants(std::process::id() as tree::Pid) {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
        while wait_for_dead_child().is_some() {}
        // Asked again, because a process may have died in between.
        if waitpid(None, Some(WaitPidFlag::WNOHANG)) == Err(Errno::ECHILD) {
            return;
        }
        sleep(Duration::from_micros(200));
    }
}

fn cpu_time(usage: &Usage) -> Duration {
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    Duration::from_micros(microseconds.unsigned_abs())
}

fn take_files_out(spec: &Spec, work: &Path) -> Result<Vec<Fate>, Failure> {
    let folder = File::open(work);
    let wanted = spec.policy.collect.iter().zip(&spec.collect_to);
    let fate = |(wanted, to): (&Collect, &RawFd)| match &folder {
        Ok(folder) => files::take_out(wanted, folder, descriptors::adopt(*to)),
        // The program may have closed its own folder to itself.
        Err(error) => Fate::Refused(error.to_string()),
    };
    Ok(wanted.map(fate).collect())
}
