//! Compiling a hand-in: untrusted files, a trusted skeleton, one call of `rustc` in a sandbox.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sandbox::{Collect, CopyIn, Ended, Fate, How, Launcher, Level, Limits, Mount, Policy, Program};
use serde::Deserialize;

use crate::skeleton::MAIN;
use crate::{JudgeError, Layer, Skeleton};

/// What became of a part's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartState {
    /// The student's file is in the driver.
    Compiled,
    /// The hand-in has no such file; the starter's is in the driver.
    Missing,
    /// The student's file does not compile, with the compiler's message; the starter's is in the driver.
    DoesNotCompile(String),
}

/// A hand-in that was made into a driver.
#[derive(Debug)]
pub struct Compiled {
    /// The driver's program.
    pub program: PathBuf,
    /// Each part's module with what became of its file.
    pub parts: BTreeMap<&'static str, PartState>,
    /// How long all calls of the compiler took.
    pub time: Duration,
}

/// Compiles hand-ins of one assignment.
pub struct Compiler<'a> {
    /// How to start a sandbox.
    pub launcher: &'a Launcher,
    /// The level of the sandbox.
    pub level: Level,
    /// The prebuilt dependencies.
    pub layer: &'a Layer,
    /// The given files.
    pub skeleton: &'a Skeleton,
}

/// The most that a driver may measure. It is 14 MB when it is honest.
const MAX_DRIVER_BYTES: u64 = 128 << 20;
/// The most of the compiler's messages that a report shows for one file.
const MAX_MESSAGE_BYTES: usize = 4000;

/// Where the system's linker, its libraries and Debian's names for them are.
const LINKER: &[&str] = &[
    "/usr/bin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/libexec",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/alternatives",
];

impl Compiler<'_> {
    /// Makes a driver of `files` (`losses.rs` and its text). It is written to `program`.
    ///
    /// A file that does not compile is replaced by the starter's, so that it costs its own part only.
    ///
    /// # Errors
    /// When the grader's own side fails: the sandbox, the toolchain, the skeleton.
    pub fn compile(
        &self,
        files: &BTreeMap<String, String>,
        program: &Path,
    ) -> Result<Compiled, JudgeError> {
        let start = Instant::now();
        let mut parts: BTreeMap<&'static str, PartState> = self
            .skeleton
            .parts
            .iter()
            .map(|part| {
                let there = files.contains_key(&format!("{}.rs", part.module));
                (
                    part.module,
                    if there {
                        PartState::Compiled
                    } else {
                        PartState::Missing
                    },
                )
            })
            .collect();
        // Each round takes at least one file out, so it ends. An error may hide others: rustc reports
        // types only once all names are resolved.
        loop {
            let refused = match self.attempt(files, &parts, program)? {
                Attempt::Done => {
                    return Ok(Compiled {
                        program: program.to_path_buf(),
                        parts,
                        time: start.elapsed(),
                    });
                }
                Attempt::Refused(refused) if refused.is_empty() => {
                    self.blame(files, &parts, program)?
                }
                Attempt::Refused(refused) => refused,
            };
            for (module, message) in refused {
                parts.insert(module, PartState::DoesNotCompile(message));
            }
        }
    }

    /// For an error that names no file, a crash or a limit: compiles each file that is still in alone.
    fn blame(
        &self,
        files: &BTreeMap<String, String>,
        parts: &BTreeMap<&'static str, PartState>,
        program: &Path,
    ) -> Result<BTreeMap<&'static str, String>, JudgeError> {
        let inside: Vec<&'static str> = parts
            .iter()
            .filter(|(_, state)| **state == PartState::Compiled)
            .map(|(module, _)| *module)
            .collect();
        if inside.is_empty() {
            return Err(JudgeError::Skeleton(
                "the compiler refused them without naming a file".into(),
            ));
        }
        let mut refused = BTreeMap::new();
        for module in &inside {
            let alone: BTreeMap<&'static str, PartState> = parts
                .keys()
                .map(|other| {
                    let state = if other == module {
                        PartState::Compiled
                    } else {
                        PartState::Missing
                    };
                    (*other, state)
                })
                .collect();
            if let Attempt::Refused(messages) = self.attempt(files, &alone, program)? {
                let message = messages.into_values().next().unwrap_or_else(|| {
                    "the compiler did not finish with this file (time, memory or a crash)".into()
                });
                refused.insert(*module, message);
            }
        }
        if refused.is_empty() {
            // Each compiles alone, together they do not.
            for module in inside {
                refused.insert(module, "the files do not compile together".to_string());
            }
        }
        Ok(refused)
    }

    fn attempt(
        &self,
        files: &BTreeMap<String, String>,
        parts: &BTreeMap<&'static str, PartState>,
        program: &Path,
    ) -> Result<Attempt, JudgeError> {
        let source = |path: String, text: &str| CopyIn {
            path: path.into(),
            bytes: text.into(),
        };
        let mut sources = vec![
            source("src/main.rs".into(), MAIN),
            source("src/parts/mod.rs".into(), &self.skeleton.parts_mod),
        ];
        for (module, state) in parts {
            let name = format!("{module}.rs");
            let text = match state {
                PartState::Compiled => &files[&name],
                _ => &self.skeleton.stubs[module],
            };
            sources.push(source(format!("src/parts/{name}"), text));
        }
        let ended = self.rustc(sources, program)?;
        if ended.how == How::Exited(0) && program.is_file() {
            return Ok(Attempt::Done);
        }
        let refused = self.attribute(&String::from_utf8_lossy(&ended.stderr.bytes));
        if refused.is_empty() && parts.values().all(|state| *state != PartState::Compiled) {
            return Err(JudgeError::Skeleton(format!(
                "{:?}: {}",
                ended.how,
                ended.stderr.text()
            )));
        }
        // Only a file of the student's can be taken out.
        let refused: BTreeMap<&'static str, String> = refused
            .into_iter()
            .filter(|(module, _)| parts[module] == PartState::Compiled)
            .collect();
        Ok(Attempt::Refused(refused))
    }

    /// One call of the compiler. The student's text is a file in the box; nothing else of the grader is.
    fn rustc(&self, sources: Vec<CopyIn>, program: &Path) -> Result<Ended, JudgeError> {
        let sysroot = mount(self.level, &self.layer.sysroot, "toolchain");
        let libraries = mount(self.level, &self.layer.libraries, "libraries");
        let mut arguments: Vec<String> = [
            "src/main.rs",
            "--crate-name=driver",
            "--edition=2024",
            "--error-format=json",
            // 0.9 s of CPU instead of 2.3; the checks use small tensors, and the framework is optimised.
            "-Copt-level=0",
            // A panic in the driver names the student's line.
            "-Cdebuginfo=line-tables-only",
            "-Funsafe-code",
            "-Awarnings",
            "-odriver",
        ]
        .map(String::from)
        .to_vec();
        arguments.push(format!("-Ldependency={}", libraries.inside.display()));
        for name in ["common", "burn"] {
            arguments.push("--extern".into());
            let library = libraries.inside.join(self.layer.library(name)?);
            arguments.push(format!("{name}={}", library.display()));
        }
        let policy = Policy {
            read_only: system_mounts(LINKER)
                .chain([sysroot.clone(), libraries])
                .collect(),
            work_bytes: 512 << 20,
            // rustc and the linker look themselves up there.
            proc: true,
            copy_in: sources,
            collect: vec![Collect {
                inside: "driver".into(),
                host: program.to_path_buf(),
                max_bytes: MAX_DRIVER_BYTES,
            }],
            limits: Limits {
                cpu: Duration::from_secs(15),
                wall: Duration::from_secs(45),
                memory_bytes: 3 << 30,
                processes: 64,
                file_bytes: 256 << 20,
                open_files: 256,
                output_bytes: 1 << 20,
            },
            require: self.level,
            ..Policy::default()
        };
        let rustc = Program {
            path: sysroot.inside.join("bin/rustc"),
            arguments,
            environment: vec![
                ("PATH".into(), "/usr/bin:/bin".into()),
                ("HOME".into(), "/work".into()),
                ("TMPDIR".into(), "/tmp".into()),
                ("LANG".into(), "C".into()),
            ],
            descriptors: Vec::new(),
        };
        let ended = sandbox::spawn(self.launcher, &policy, rustc)?.wait()?;
        // Else the student's files would be blamed for a program that is not there.
        if let Some(Fate::Failed(why)) = ended.collected.first().map(|driver| &driver.fate) {
            return Err(JudgeError::Toolchain(format!(
                "cannot write {}: {why}; make room there, or set TMPDIR to a folder with more",
                program.display()
            )));
        }
        Ok(ended)
    }

    /// Which files the compiler's errors are about, with its messages.
    fn attribute(&self, stderr: &str) -> BTreeMap<&'static str, String> {
        let mut refused: BTreeMap<&'static str, String> = BTreeMap::new();
        let diagnostics = stderr
            .lines()
            .filter_map(|line| serde_json::from_str::<Diagnostic>(line).ok())
            .filter(|diagnostic| diagnostic.level.starts_with("error"));
        for diagnostic in diagnostics {
            let Some(module) = diagnostic.module(self.skeleton) else {
                continue;
            };
            let text = sandbox::sanitize(diagnostic.rendered.unwrap_or_default().as_bytes());
            let message = refused.entry(module).or_default();
            if message.len() + text.len() < MAX_MESSAGE_BYTES || message.is_empty() {
                message.push_str(&text.chars().take(MAX_MESSAGE_BYTES).collect::<String>());
            }
        }
        refused
    }
}

enum Attempt {
    Done,
    Refused(BTreeMap<&'static str, String>),
}

/// Those of the system's folders `paths` that this machine has.
pub(crate) fn system_mounts(paths: &[&'static str]) -> impl Iterator<Item = Mount> {
    paths
        .iter()
        .filter(|path| Path::new(path).exists())
        .map(|path| Mount::same(*path))
}

/// `host` as a box sees it. With namespaces a box has a file tree of its own, the same on every machine.
pub(crate) fn mount(level: Level, host: &Path, name: &str) -> Mount {
    match level {
        Level::Full => Mount {
            host: host.to_path_buf(),
            inside: Path::new("/course").join(name),
        },
        _ => Mount::same(host),
    }
}

/// One message of rustc's `--error-format=json`.
#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
    #[serde(default)]
    spans: Vec<Span>,
    #[serde(default)]
    children: Vec<Diagnostic>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    is_primary: bool,
    #[serde(default)]
    text: Vec<Line>,
    expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Span,
}

#[derive(Deserialize)]
struct Line {
    text: String,
}

impl Diagnostic {
    /// The module that the message is about: the file of its primary span, else of any other, also of
    /// the place where a macro was called.
    fn module(&self, skeleton: &Skeleton) -> Option<&'static str> {
        let primary = self.spans.iter().filter(|span| span.is_primary);
        let others = self.spans.iter().filter(|span| !span.is_primary);
        primary
            .chain(others)
            .find_map(|span| span.module(skeleton))
            .or_else(|| {
                self.children
                    .iter()
                    .find_map(|child| child.module(skeleton))
            })
    }
}

impl Span {
    fn module(&self, skeleton: &Skeleton) -> Option<&'static str> {
        let named = |name: &str| {
            skeleton
                .parts
                .iter()
                .map(|part| part.module)
                .find(|module| *module == name)
        };
        let file = self.file_name.strip_prefix("src/parts/");
        match file.and_then(|file| file.strip_suffix(".rs")) {
            // A line of the table that does not fit names the function: `mlp_init: mlp::mlp_init`.
            Some("mod") => self
                .text
                .iter()
                .find_map(|line| named(line.text.split_once(": ")?.1.split("::").next()?)),
            Some(module) => named(module),
            None => self.expansion.as_ref()?.span.module(skeleton),
        }
    }
}
