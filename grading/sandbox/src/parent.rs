//! The caller's side: checks the policy, starts the launcher, hands the rest to a supervisor.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::pipe2;
use tempfile::{NamedTempFile, TempDir};

use crate::descriptors;
use crate::error::{Doing, SandboxError, Step};
use crate::files::is_plain;
use crate::launcher::PROBE_ARGUMENT;
use crate::layers::{self, LANDLOCK, NAMESPACES, SECCOMP};
use crate::mounts::TEMPORARY;
use crate::policy::{Ended, Launcher, Layer, Level, Policy, Program};
use crate::supervisor::{Lifeline, Supervisor};
use crate::wire::{self, Layers, Report, Spec};

pub use crate::launcher::run_if_launcher;

/// A box is built in milliseconds; on a machine that is this slow something is wrong.
const SET_UP_TIMEOUT: Duration = Duration::from_secs(60);

/// A program that was started. Its limits are watched whether or not anybody waits for it; dropping
/// this value kills it.
#[derive(Debug)]
pub struct Running {
    lifeline: Lifeline,
    supervisor: Option<JoinHandle<Result<Ended, SandboxError>>>,
}

impl Running {
    /// Waits until the program and all its descendants are dead.
    ///
    /// # Errors
    /// [`SandboxError::Lost`] when the sandbox was destroyed from outside;
    /// [`SandboxError::Io`] when a collected file could not be put in its place.
    pub fn wait(mut self) -> Result<Ended, SandboxError> {
        let supervisor = self.supervisor.take();
        supervisor
            .and_then(|thread| thread.join().ok())
            .unwrap_or(Err(SandboxError::Lost))
    }

    /// Gives the program `patience` to end by itself, then kills it: for one that is about to end and
    /// whose end is worth knowing.
    pub fn end_within(&self, patience: Duration) {
        let start = Instant::now();
        let ended = || self.supervisor.as_ref().is_none_or(JoinHandle::is_finished);
        while !ended() && start.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.kill();
    }

    /// Kills the program and all its descendants. [`Running::wait`] then returns soon.
    pub fn kill(&self) {
        self.lifeline.cut();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.supervisor.is_some() {
            self.kill();
        }
    }
}

/// Starts `program` with nothing but what `policy` gives it. Returns when its code is running.
///
/// # Errors
/// [`SandboxError::Unavailable`] when this machine offers less than `policy.require`;
/// [`SandboxError::Invalid`] when the policy contradicts itself; [`SandboxError::SetUp`] when a
/// layer could not be set up or the program could not be executed. Nothing runs then.
pub fn spawn(
    launcher: &Launcher,
    policy: &Policy,
    program: Program,
) -> Result<Running, SandboxError> {
    let layers = layers(launcher)?;
    let missing = layers::missing(policy.require, &layers);
    if !missing.is_empty() {
        let available = layers::best(&layers);
        return Err(SandboxError::Unavailable {
            required: policy.require,
            available,
            missing,
        });
    }
    let active = |name| {
        layers
            .iter()
            .any(|layer| layer.name == name && layer.active)
    };
    let layers = Layers {
        namespaces: active(NAMESPACES),
        landlock: active(LANDLOCK),
        seccomp: active(SECCOMP),
    };
    check(policy, &program, layers)?;
    start(launcher, policy, program, layers)
}

/// Which layers this machine offers to `launcher`. Tried once in the life of this process.
///
/// # Errors
/// When the launcher cannot be started or does not answer.
pub fn layers(launcher: &Launcher) -> Result<Vec<Layer>, SandboxError> {
    static TRIED: LazyLock<Mutex<HashMap<Launcher, Vec<Layer>>>> = LazyLock::new(Mutex::default);
    let mut tried = TRIED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(layers) = tried.get(launcher) {
        return Ok(layers.clone());
    }
    let mut command = command(launcher);
    let output = command
        .arg(PROBE_ARGUMENT)
        .stdin(Stdio::null())
        .output()
        .doing("start the launcher")?;
    let layers: Vec<Layer> = serde_json::from_slice(&output.stdout).step(format!(
        "ask {} for its layers (does its main begin with run_if_launcher?)",
        launcher.program.display()
    ))?;
    tried.insert(launcher.clone(), layers.clone());
    Ok(layers)
}

/// The best level this machine offers to `launcher`.
///
/// # Errors
/// When the launcher cannot be started or does not answer.
pub fn level(launcher: &Launcher) -> Result<Level, SandboxError> {
    Ok(layers::best(&layers(launcher)?))
}

fn command(launcher: &Launcher) -> Command {
    let mut command = Command::new(&launcher.program);
    command.args(&launcher.arguments).env_clear();
    command
}

/// Refuses what cannot be carried out, before anything is started.
fn check(policy: &Policy, program: &Program, layers: Layers) -> Result<(), SandboxError> {
    let problem = bad_path(policy, program)
        .or_else(|| bad_mount(policy, layers))
        .or_else(|| bad_descriptor(program));
    problem.map_or(Ok(()), |text| Err(SandboxError::Invalid(text)))
}

fn bad_path(policy: &Policy, program: &Program) -> Option<String> {
    let inside = policy.read_only.iter().map(|mount| &mount.inside);
    let mut absolute = inside.chain([&policy.work, &program.path]);
    let copied = policy.copy_in.iter().map(|file| &file.path);
    let mut relative = copied.chain(policy.collect.iter().map(|wanted| &wanted.inside));

    let not_absolute = absolute.find(|path| !path.is_absolute());
    let not_relative = relative.find(|path| !is_plain(path));
    not_absolute
        .map(|path| format!("`{}` must be an absolute path", path.display()))
        .or_else(|| {
            let path = not_relative?.display();
            Some(format!(
                "`{path}` must be relative to the scratch folder, without `..`"
            ))
        })
}

fn bad_mount(policy: &Policy, layers: Layers) -> Option<String> {
    let scratch = [policy.work.as_path(), Path::new(TEMPORARY)];
    policy.read_only.iter().find_map(|mount| {
        let (host, inside) = (mount.host.display(), mount.inside.display());
        if !mount.host.exists() {
            Some(format!("`{host}`, to be read from inside, does not exist"))
        } else if !layers.namespaces && mount.host != mount.inside {
            Some(format!(
                "without namespaces `{host}` cannot appear as `{inside}`"
            ))
        } else if scratch
            .iter()
            .any(|folder| mount.inside.starts_with(folder))
        {
            Some(format!("`{inside}` would be hidden by a scratch folder"))
        } else {
            None
        }
    })
}

fn bad_descriptor(program: &Program) -> Option<String> {
    let mut taken = HashSet::from([0, 1, 2]);
    let (_, number) = program
        .descriptors
        .iter()
        .find(|(_, number)| !taken.insert(*number))?;
    Some(format!(
        "descriptor {number} is a standard stream or given twice"
    ))
}

fn start(
    launcher: &Launcher,
    policy: &Policy,
    program: Program,
    layers: Layers,
) -> Result<Running, SandboxError> {
    let (stdout, to_stdout) = pipe()?;
    let (stderr, to_stderr) = pipe()?;
    let (status, to_status) = pipe()?;
    let mut handed = program.descriptors;
    handed.extend([(to_stdout, 1), (to_stderr, 2)]);
    let collected = temporary_files(policy)?;
    let bare_work = (!layers.namespaces)
        .then(TempDir::new)
        .transpose()
        .doing("make a scratch folder")?;

    let spec = Spec {
        policy: policy.clone(),
        copy_in_bytes: policy.copy_in.iter().map(|file| file.bytes.len()).collect(),
        path: program.path,
        arguments: program.arguments,
        environment: program.environment,
        descriptors: handed
            .iter()
            .map(|(fd, to)| (fd.as_raw_fd(), *to))
            .collect(),
        collect_to: collected
            .iter()
            .map(|file| file.as_file().as_raw_fd())
            .collect(),
        status: to_status.as_raw_fd(),
        layers,
        bare_work: bare_work.as_ref().map(|folder| folder.path().to_owned()),
    };
    let mut child = spawn_launcher(launcher, &spec)?;
    // Held here, the pipes would never come to an end.
    drop((handed, to_status));
    let lifeline = Lifeline::new(child.stdin.take());
    let mut status = BufReader::new(File::from(status));
    if let Err(error) = begin(&lifeline, &spec, &mut status) {
        lifeline.cut();
        let _ = child.kill();
        let _ = child.wait();
        return Err(error);
    }
    let supervisor = Supervisor {
        launcher: child,
        lifeline: lifeline.clone(),
        limits: policy.limits.clone(),
        stdout: File::from(stdout),
        stderr: File::from(stderr),
        status,
        collected: policy.collect.iter().cloned().zip(collected).collect(),
        bare_work,
    };
    let thread = std::thread::Builder::new()
        .name("sandbox".into())
        .spawn(|| supervisor.run());
    Ok(Running {
        lifeline,
        supervisor: Some(thread.doing("start a supervisor")?),
    })
}

fn pipe() -> Result<(OwnedFd, OwnedFd), SandboxError> {
    pipe2(OFlag::O_CLOEXEC).doing("make a pipe")
}

/// One file beside each destination, so that it can be renamed into place.
fn temporary_files(policy: &Policy) -> Result<Vec<NamedTempFile>, SandboxError> {
    let beside = |path: &Path| match path.parent() {
        Some(folder) if folder != Path::new("") => NamedTempFile::new_in(folder),
        _ => NamedTempFile::new_in("."),
    };
    let files = policy.collect.iter().map(|wanted| beside(&wanted.host));
    files
        .collect::<Result<_, _>>()
        .doing("make a file to collect into")
}

/// Starts the launcher with the descriptors that `spec` names and nothing else of this process:
/// no variable, and no memory, since it executes a file.
fn spawn_launcher(launcher: &Launcher, spec: &Spec) -> Result<Child, SandboxError> {
    let program = spec.descriptors.iter().map(|(fd, _)| *fd);
    let inherited: Vec<RawFd> = program
        .chain(spec.collect_to.iter().copied())
        .chain([spec.status])
        .collect();
    let mut command = command(launcher);
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    #[allow(unsafe_code)]
    // SAFETY: runs between fork and exec and only calls fcntl, which is async-signal-safe.
    unsafe {
        command.pre_exec(move || {
            Ok(inherited
                .iter()
                .try_for_each(|fd| descriptors::inherit(*fd))?)
        })
    };
    command.spawn().doing("start the launcher")
}

/// Sends the spec and waits until the program runs.
fn begin(
    lifeline: &Lifeline,
    spec: &Spec,
    status: &mut BufReader<File>,
) -> Result<(), SandboxError> {
    // A launcher that gives up before it has read everything says why on the status pipe.
    let sent = lifeline.send(|pipe| wire::send(pipe, spec));
    let mut event = [PollFd::new(status.get_ref().as_fd(), PollFlags::POLLIN)];
    let timeout = PollTimeout::try_from(SET_UP_TIMEOUT).unwrap_or(PollTimeout::MAX);
    let ready = poll(&mut event, timeout).doing("wait for the launcher")?;
    if ready == 0 {
        return Err("no answer within a minute").step("start the program")?;
    }
    let mut line = String::new();
    status
        .read_line(&mut line)
        .doing("read the launcher's report")?;
    match serde_json::from_str(&line) {
        Ok(Report::Started) => Ok(()),
        Ok(Report::Failed(failure)) => Err(failure.into()),
        _ => {
            sent.doing("send the program to the launcher")?;
            Err(SandboxError::Lost)
        }
    }
}
