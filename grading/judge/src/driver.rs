//! A running driver, as an endpoint that outlives its processes.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use common::contract::{ANSWERS_FD, CallError, Client, Endpoint, Outcome, REQUESTS_FD};
use sandbox::{Ended, How, Launcher, Level, Limits, Policy, Program, Running};

use crate::JudgeError;
use crate::compile::{mount, system_mounts};
use crate::timed::{Deadline, Timed};

/// What a driver may use.
#[derive(Debug, Clone, Copy)]
pub struct DriverLimits {
    /// The time for one call, by the clock.
    pub call: Duration,
    /// How often one function may run out of time; after that it is not called any more.
    pub timeouts: usize,
    /// The memory of the whole box.
    pub memory_bytes: u64,
}

impl Default for DriverLimits {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(5),
            timeouts: 2,
            memory_bytes: 1 << 30,
        }
    }
}

/// A hand-in's driver. A process that exits, hangs or talks nonsense costs the call that it was in; the
/// next call gets a fresh one.
pub struct Driver<'a> {
    launcher: &'a Launcher,
    level: Level,
    program: PathBuf,
    limits: DriverLimits,
    live: Option<Live>,
    timeouts: BTreeMap<String, usize>,
}

struct Live {
    running: Running,
    client: Client<Timed, Timed>,
    deadline: Deadline,
}

impl<'a> Driver<'a> {
    /// The driver `program`. No process is started before the first call.
    #[must_use]
    pub fn new(
        launcher: &'a Launcher,
        level: Level,
        program: PathBuf,
        limits: DriverLimits,
    ) -> Self {
        Self {
            launcher,
            level,
            program,
            limits,
            live: None,
            timeouts: BTreeMap::new(),
        }
    }

    /// Ends the process, so that the next call starts a fresh one.
    pub fn renew(&mut self) {
        // Its end tells nothing any more.
        let _ = self.end();
    }

    fn start(&self) -> Result<Live, JudgeError> {
        let io = |error: io::Error| JudgeError::Check(format!("cannot make a pipe: {error}"));
        let (request_end, requests) = nix::unistd::pipe().map_err(|e| io(e.into()))?;
        let (answers, answer_end) = nix::unistd::pipe().map_err(|e| io(e.into()))?;
        let driver = mount(self.level, &self.program, "driver");
        let policy = Policy {
            // Shared libraries, and no program but its own.
            read_only: system_mounts(&["/lib", "/lib64", "/usr/lib"])
                .chain([driver.clone()])
                .collect(),
            work_bytes: 16 << 20,
            limits: Limits {
                cpu: Duration::from_secs(120),
                wall: Duration::from_secs(600),
                memory_bytes: self.limits.memory_bytes,
                processes: 32,
                file_bytes: 16 << 20,
                open_files: 64,
                output_bytes: 64 << 10,
            },
            require: self.level,
            ..Policy::default()
        };
        let program = Program {
            path: driver.inside,
            arguments: Vec::new(),
            environment: vec![
                ("RAYON_NUM_THREADS".into(), "1".into()),
                ("LANG".into(), "C".into()),
            ],
            descriptors: vec![(request_end, REQUESTS_FD), (answer_end, ANSWERS_FD)],
        };
        let running = sandbox::spawn(self.launcher, &policy, program)?;
        let deadline: Deadline = Rc::new(Cell::new(Instant::now()));
        let client = Client::new(
            Timed::new(answers, deadline.clone()).map_err(io)?,
            Timed::new(requests, deadline.clone()).map_err(io)?,
            random_ids().map_err(io)?,
            self.limits.call.as_secs(),
        );
        Ok(Live {
            running,
            client,
            deadline,
        })
    }

    fn end(&mut self) -> Option<Ended> {
        let Live {
            running, client, ..
        } = self.live.take()?;
        drop(client);
        running.kill();
        running.wait().ok()
    }

    /// What the end of the process adds to a call that it spoiled.
    fn explain(&mut self, function: &str, error: CallError) -> CallError {
        match error {
            CallError::TimedOut(_) => {
                *self.timeouts.entry(function.into()).or_default() += 1;
                self.renew();
                error
            }
            CallError::Crashed(_) => {
                let Some(live) = self.live.take() else {
                    return error;
                };
                // It closed its answers; give it a moment to end by itself, so that its end says why.
                live.running.end_within(Duration::from_millis(500));
                drop(live.client);
                match live.running.wait() {
                    Ok(ended) => CallError::Crashed(describe(&ended)),
                    Err(failure) => CallError::Grader(failure.to_string()),
                }
            }
            CallError::Protocol(_) => {
                self.renew();
                error
            }
            other => other,
        }
    }
}

impl Endpoint for Driver<'_> {
    fn call(&mut self, function: &str, arguments: &[u8]) -> Outcome<Vec<u8>> {
        if self.timeouts.get(function).copied().unwrap_or_default() >= self.limits.timeouts {
            return Err(CallError::TimedOut(self.limits.call.as_secs()));
        }
        if self.live.is_none() {
            let live = self.start().map_err(|e| CallError::Grader(e.to_string()))?;
            self.live = Some(live);
        }
        let Some(live) = &mut self.live else {
            return Err(CallError::Grader("the driver did not start".into()));
        };
        live.deadline.set(Instant::now() + self.limits.call);
        live.client
            .call(function, arguments)
            .map_err(|error| self.explain(function, error))
    }
}

impl Drop for Driver<'_> {
    fn drop(&mut self) {
        self.renew();
    }
}

fn describe(ended: &Ended) -> String {
    match ended.how {
        How::Exited(code) => format!("it exited with code {code}"),
        // A stack overflow is a segmentation fault, or an abort after the runtime's message.
        How::Signalled(signal) if ended.stderr.text().contains("overflowed its stack") => {
            format!("stack overflow (signal {signal})")
        }
        How::Signalled(signal) => format!("it was ended by signal {signal}"),
        How::CpuLimit => "it used all of its processor time".into(),
        How::WallLimit => "it used all of its time".into(),
        How::MemoryLimit => "it used more memory than it may".into(),
        How::FileLimit => "it wrote a larger file than it may".into(),
        How::Killed => "it closed its answers and went on running".into(),
    }
}

/// Numbers that a driver cannot foresee.
fn random_ids() -> io::Result<impl FnMut() -> u128> {
    let mut source = File::open("/dev/urandom")?;
    let mut bytes = [0; 16];
    source.read_exact(&mut bytes)?;
    Ok(move || {
        // On the rare failure the last number is repeated, which only makes it easier to guess.
        let _ = source.read_exact(&mut bytes);
        u128::from_le_bytes(bytes)
    })
}
