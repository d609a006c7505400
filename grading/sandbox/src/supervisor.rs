//! One thread per running program: empties its pipes, watches what its processes use together, and
//! puts the result together. It never waits for anything the program could withhold.

use std::fs::{File, Permissions};
use std::io::{BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tempfile::{NamedTempFile, TempDir};

use crate::error::{Doing, SandboxError};
use crate::output::Keeper;
use crate::policy::{Collect, Collected, Ended, Fate, How, Limits, Usage};
use crate::tree::{self, Use};
use crate::wire::Report;

/// How often the processes are looked at. A program that touches memory as fast as it can gets
/// about 0.5 GB past its limit in this time.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long the launcher may take to kill everything after its lifeline is cut.
const GRACE: Duration = Duration::from_secs(10);

/// The pipe whose end tells the launcher to kill everything. It also ends when this process dies.
#[derive(Debug, Clone)]
pub(crate) struct Lifeline(Arc<Mutex<Option<ChildStdin>>>);

impl Lifeline {
    pub(crate) fn new(pipe: Option<ChildStdin>) -> Self {
        Self(Arc::new(Mutex::new(pipe)))
    }

    /// Writes to the pipe before it becomes the lifeline.
    pub(crate) fn send(
        &self,
        write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let mut pipe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pipe.as_mut().map_or(Ok(()), |pipe| write(pipe))
    }

    pub(crate) fn cut(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

pub(crate) struct Supervisor {
    pub launcher: Child,
    pub lifeline: Lifeline,
    pub limits: Limits,
    pub stdout: File,
    pub stderr: File,
    pub status: BufReader<File>,
    pub collected: Vec<(Collect, NamedTempFile)>,
    pub bare_work: Option<TempDir>,
}

impl Supervisor {
    pub(crate) fn run(mut self) -> Result<Ended, SandboxError> {
        let mut streams = [
            Stream::new(&self.stdout, self.limits.output_bytes),
            Stream::new(&self.stderr, self.limits.output_bytes),
            // Our own report; its length is bounded by the number of collected files.
            Stream::new(self.status.get_ref(), usize::MAX),
        ];
        let mut watch = Watch::new(&self.limits, self.launcher.id() as tree::Pid);
        while streams.iter().any(|stream| stream.open) {
            wait_for_any(&mut streams, LOOK_EVERY);
            if let Some(cut_at) = watch.look(&self.lifeline)
                && cut_at.elapsed() > GRACE
            {
                // Init dies with its launcher, and the namespace with init.
                let _ = self.launcher.kill();
                break;
            }
        }
        let [stdout, stderr, status] = streams.map(|stream| stream.keeper.finish());
        let mut report = self.status.buffer().to_vec();
        report.extend(status.bytes);
        let _ = self.launcher.wait();
        remove(self.bare_work.take());

        let (how, usage, fates) = match serde_json::from_slice(&report) {
            Ok(Report::Ended {
                how,
                cpu,
                wall,
                max_rss_bytes,
                fates,
            }) => (
                how,
                Usage {
                    cpu,
                    wall,
                    max_rss_bytes,
                },
                fates,
            ),
            // Stopped by us and too stuck to report: the reason is known all the same.
            _ if watch.verdict.is_some() => (How::Killed, watch.usage(), Vec::new()),
            _ => return Err(SandboxError::Lost),
        };
        Ok(Ended {
            how: interpret(how, watch.verdict, usage, &self.limits, &stderr.bytes),
            collected: put_in_place(self.collected, fates)?,
            stdout,
            stderr,
            usage,
        })
    }
}

/// One pipe and what came through it.
struct Stream<'a> {
    pipe: &'a File,
    keeper: Keeper,
    open: bool,
}

impl<'a> Stream<'a> {
    fn new(pipe: &'a File, limit: usize) -> Self {
        Self {
            pipe,
            keeper: Keeper::new(limit),
            open: true,
        }
    }

    /// Takes what is there; the pipe was found ready.
    fn take(&mut self) {
        let mut buffer = [0; 64 << 10];
        match self.pipe.read(&mut buffer) {
            Ok(0) => self.open = false,
            Ok(count) => self.keeper.push(&buffer[..count]),
            Err(error) => self.open = error.kind() == std::io::ErrorKind::Interrupted,
        }
    }
}

/// Waits until a pipe has something or `timeout` is over, and takes what is there.
fn wait_for_any(streams: &mut [Stream], timeout: Duration) {
    let mut open: Vec<_> = streams.iter_mut().filter(|stream| stream.open).collect();
    let mut events: Vec<_> = open
        .iter()
        .map(|stream| PollFd::new(stream.pipe.as_fd(), PollFlags::POLLIN))
        .collect();
    let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::ZERO);
    // An interrupted wait looks like one that timed out.
    let _ = poll(&mut events, timeout);
    let ready: Vec<_> = events
        .iter()
        .map(|event| event.any().unwrap_or(false))
        .collect();
    open.iter_mut()
        .zip(ready)
        .filter(|(_, ready)| *ready)
        .for_each(|(stream, _)| stream.take());
}

/// The limits on all processes together.
struct Watch<'a> {
    limits: &'a Limits,
    launcher: tree::Pid,
    started: Instant,
    next_look: Instant,
    last: Use,
    peak_bytes: u64,
    /// The limit that was passed.
    verdict: Option<How>,
    cut_at: Option<Instant>,
}

impl<'a> Watch<'a> {
    fn new(limits: &'a Limits, launcher: tree::Pid) -> Self {
        let now = Instant::now();
        Self {
            limits,
            launcher,
            started: now,
            next_look: now + LOOK_EVERY,
            last: Use::default(),
            peak_bytes: 0,
            verdict: None,
            cut_at: None,
        }
    }

    /// Cuts `lifeline` when a limit is passed. Returns when that happened, if it has. Cheap when
    /// called too often.
    fn look(&mut self, lifeline: &Lifeline) -> Option<Instant> {
        let now = Instant::now();
        if self.cut_at.is_none() && now >= self.next_look {
            self.next_look = now + LOOK_EVERY;
            self.verdict = self.passed_limit();
            if self.verdict.is_some() {
                lifeline.cut();
                self.cut_at = Some(now);
            }
        }
        self.cut_at
    }

    fn passed_limit(&mut self) -> Option<How> {
        let init = tree::children(self.launcher).first().copied();
        self.last = init.map_or(self.last, tree::usage_below);
        self.peak_bytes = self.peak_bytes.max(self.last.memory_bytes);
        if self.last.memory_bytes > self.limits.memory_bytes {
            Some(How::MemoryLimit)
        } else if self.last.cpu > self.limits.cpu {
            Some(How::CpuLimit)
        } else if self.started.elapsed() > self.limits.wall {
            Some(How::WallLimit)
        } else {
            None
        }
    }

    fn usage(&self) -> Usage {
        Usage {
            cpu: self.last.cpu,
            wall: self.started.elapsed(),
            max_rss_bytes: self.peak_bytes,
        }
    }
}

/// What a raw end means. A program can pretend to have passed a limit; that only changes which
/// failure it gets.
fn interpret(how: How, verdict: Option<How>, usage: Usage, limits: &Limits, stderr: &[u8]) -> How {
    match how {
        How::Killed => verdict.unwrap_or(How::Killed),
        How::Signalled(libc::SIGXCPU) => How::CpuLimit,
        How::Signalled(libc::SIGKILL) if usage.cpu >= limits.cpu => How::CpuLimit,
        How::Signalled(libc::SIGXFSZ) => How::FileLimit,
        How::Signalled(libc::SIGABRT) if says_out_of_memory(stderr) => How::MemoryLimit,
        _ => how,
    }
}

/// Rust's message before it aborts because memory was refused.
fn says_out_of_memory(stderr: &[u8]) -> bool {
    let message = b"memory allocation of ";
    stderr
        .windows(message.len())
        .any(|window| window == message)
}

/// Moves each file that was taken to its destination.
fn put_in_place(
    files: Vec<(Collect, NamedTempFile)>,
    fates: Vec<Fate>,
) -> Result<Vec<Collected>, SandboxError> {
    let unknown = std::iter::repeat(Fate::Refused("the program had to be destroyed".into()));
    let files = files.into_iter().zip(fates.into_iter().chain(unknown));
    let place = |((request, file), fate): ((Collect, NamedTempFile), Fate)| {
        if let Fate::Taken(_) = fate {
            // Readable and, since it may be a compiled program, executable by whoever runs it next.
            let everybody = Permissions::from_mode(0o755);
            file.as_file()
                .set_permissions(everybody)
                .doing("let others read a collected file")?;
            file.persist(&request.host)
                .map_err(|e| e.error)
                .doing("put a collected file in place")?;
        }
        Ok(Collected { request, fate })
    };
    files.map(place).collect()
}

/// Removes a scratch folder. By the system's tools, because the program may have made it deeper
/// than a recursive function's stack, and closed folders to their owner.
fn remove(folder: Option<TempDir>) {
    let Some(folder) = folder else { return };
    for (tool, arguments) in [("chmod", ["-R", "u+rwX"]), ("rm", ["-r", "-f"])] {
        // What is left over lies in the system's temporary folder and harms nobody.
        let _ = Command::new(tool)
            .args(arguments)
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
    }
    let _ = folder.keep();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(how: How, verdict: Option<How>, cpu_seconds: u64, stderr: &str) -> How {
        let usage = Usage {
            cpu: Duration::from_secs(cpu_seconds),
            ..Usage::default()
        };
        interpret(how, verdict, usage, &Limits::default(), stderr.as_bytes())
    }

    #[test]
    fn the_limit_that_was_passed_is_the_reason_for_a_kill() {
        assert_eq!(
            meaning(How::Killed, Some(How::WallLimit), 0, ""),
            How::WallLimit
        );
        assert_eq!(meaning(How::Killed, None, 0, ""), How::Killed);
        // It ended by itself just before it would have been killed.
        assert_eq!(
            meaning(How::Exited(0), Some(How::WallLimit), 0, ""),
            How::Exited(0)
        );
    }

    #[test]
    fn signals_of_the_kernels_limits_are_named() {
        assert_eq!(
            meaning(How::Signalled(libc::SIGXCPU), None, 10, ""),
            How::CpuLimit
        );
        assert_eq!(
            meaning(How::Signalled(libc::SIGKILL), None, 11, ""),
            How::CpuLimit
        );
        assert_eq!(
            meaning(How::Signalled(libc::SIGKILL), None, 1, ""),
            How::Signalled(9)
        );
        assert_eq!(
            meaning(How::Signalled(libc::SIGXFSZ), None, 0, ""),
            How::FileLimit
        );
    }

    #[test]
    fn an_abort_for_lack_of_memory_is_told_from_others() {
        let refused = "memory allocation of 107374182400 bytes failed\n";
        assert_eq!(
            meaning(How::Signalled(libc::SIGABRT), None, 0, refused),
            How::MemoryLimit
        );
        assert_eq!(
            meaning(How::Signalled(libc::SIGABRT), None, 0, "panicked"),
            How::Signalled(6)
        );
    }
}
