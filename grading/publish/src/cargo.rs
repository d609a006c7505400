//! Cargo commands on the starter: what a student's first command would do.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::PublishError;

/// Runs cargo in a starter's folder.
#[derive(Debug, Clone)]
pub struct Cargo {
    /// The starter.
    pub folder: PathBuf,
    /// The assignment's package: `a1_backprop`.
    pub package: String,
    /// Its program: `a1`.
    pub binary: String,
    /// Where builds go: the repository's own, so that the framework is not built again.
    pub target_dir: PathBuf,
}

/// What a build did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Wall time.
    pub time: Duration,
    /// Crates from outside the workspace that had to be compiled: 0 when the repository was built before.
    pub dependencies_compiled: usize,
    /// Each warning about the starter's own code, as the compiler shows it.
    pub warnings: Vec<String>,
}

/// What the public checks gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// What the starter got.
    pub points: u64,
    /// What there is to get.
    pub max: u64,
}

impl Cargo {
    /// Takes out of `Cargo.lock` what the starter does not need; no version changes.
    ///
    /// # Errors
    /// When cargo fails; the message is cargo's.
    pub fn trim_lock(&self) -> Result<(), PublishError> {
        self.run(&["update", "--workspace", "--offline"]).map(drop)
    }

    /// Whether the sources are formatted.
    ///
    /// # Errors
    /// When they are not; the message is the difference.
    pub fn check_format(&self) -> Result<(), PublishError> {
        self.run(&["fmt", "--all", "--check"]).map(drop)
    }

    /// Waits until no other publication uses the folder for builds, and keeps it until the file is dropped.
    /// Cargo knows packages by name, version and path in their workspace, so of two starters at a time
    /// either could be proved by running the other's program.
    ///
    /// # Errors
    /// When the lock's file cannot be made.
    pub fn turn(&self) -> Result<File, PublishError> {
        fs::create_dir_all(&self.target_dir)
            .map_err(PublishError::io("create", &self.target_dir))?;
        let path = self.target_dir.join("starter.lock");
        let file = File::create(&path).map_err(PublishError::io("write", &path))?;
        file.lock().map_err(PublishError::io("lock", &path))?;
        Ok(file)
    }

    /// Compiles the starter without a network. `line` is told each crate that was compiled.
    ///
    /// # Errors
    /// When it does not compile; the message is the compiler's.
    pub fn build(&self, line: &mut dyn FnMut(&str)) -> Result<Built, PublishError> {
        let start = Instant::now();
        let mut report = self.build_once(line)?;
        if report.stale {
            // Somebody built another starter of this assignment in the same target folder, and cargo
            // takes its program for ours.
            self.run(&["clean", "--offline", "-p", "common", "-p", &self.package])?;
            report = self.build_once(line)?;
        }
        Ok(Built {
            time: start.elapsed(),
            dependencies_compiled: report.dependencies_compiled,
            warnings: report.warnings,
        })
    }

    fn build_once(&self, line: &mut dyn FnMut(&str)) -> Result<Report, PublishError> {
        let arguments = ["build", "--offline", "--message-format=json"];
        // Into a file, since one pipe at a time is read.
        let stderr = tempfile::NamedTempFile::new().map_err(self.io())?;
        let mut child = self
            .command(&arguments)
            .stdout(Stdio::piped())
            .stderr(stderr.reopen().map_err(self.io())?)
            .spawn()
            .map_err(self.io())?;
        let mut report = Report::default();
        if let Some(stdout) = child.stdout.take() {
            report
                .read(BufReader::new(stdout), line)
                .map_err(self.io())?;
        }
        if !child.wait().map_err(self.io())?.success() {
            let mut output = report.errors.concat();
            if output.is_empty() {
                output = io::read_to_string(File::open(stderr.path()).map_err(self.io())?)
                    .map_err(self.io())?;
            }
            return Err(failed(&arguments, &output));
        }
        Ok(report)
    }

    /// Runs the public checks with the starter's own program.
    ///
    /// # Errors
    /// When it prints no JSON document with `points` and `max`.
    pub fn public_score(&self) -> Result<Score, PublishError> {
        let arguments = [
            "run",
            "--quiet",
            "--offline",
            "--package",
            &self.package,
            "--bin",
            &self.binary,
            "--",
            "check",
            "--json",
        ];
        // Its exit code says that checks failed, which is what they should do.
        let output = self.output(&arguments)?;
        let number = |document: &Value, name: &str| document.get(name).and_then(Value::as_u64);
        let document: Option<Value> = serde_json::from_slice(&output.stdout).ok();
        let score = document.and_then(|document| {
            Some(Score {
                points: number(&document, "points")?,
                max: number(&document, "max")?,
            })
        });
        score.ok_or_else(|| {
            let (stdout, stderr) = (
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr),
            );
            failed(
                &arguments,
                &format!(
                    "expected one JSON document with `points` and `max`, got:\n{stdout}{stderr}"
                ),
            )
        })
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, PublishError> {
        let output = self.output(arguments)?;
        if output.status.success() {
            return Ok(output);
        }
        let stdout = String::from_utf8_lossy(&output.stdout);
        Err(failed(
            arguments,
            &format!("{stdout}{}", String::from_utf8_lossy(&output.stderr)),
        ))
    }

    fn output(&self, arguments: &[&str]) -> Result<Output, PublishError> {
        self.command(arguments).output().map_err(self.io())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target_dir)
            .env("CARGO_TERM_COLOR", "never")
            .stdin(Stdio::null());
        command
    }

    fn io(&self) -> impl FnOnce(io::Error) -> PublishError {
        PublishError::io("run cargo in", &self.folder)
    }
}

fn failed(arguments: &[&str], output: &str) -> PublishError {
    PublishError::Cargo {
        command: arguments.join(" "),
        output: output.trim().to_owned(),
    }
}

/// What cargo's messages, one JSON document a line, come to.
#[derive(Default)]
struct Report {
    dependencies_compiled: usize,
    /// Whether something of the starter's own, which has just been written, was not compiled.
    stale: bool,
    warnings: Vec<String>,
    errors: Vec<String>,
}

impl Report {
    fn read(&mut self, messages: impl BufRead, line: &mut dyn FnMut(&str)) -> io::Result<()> {
        for text in messages.lines() {
            if let Ok(message) = serde_json::from_str::<Value>(&text?) {
                self.message(&message, line);
            }
        }
        Ok(())
    }

    fn message(&mut self, message: &Value, line: &mut dyn FnMut(&str)) {
        let own = message["package_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("path+"));
        match message["reason"].as_str() {
            Some("compiler-artifact") if message["fresh"] == true => self.stale |= own,
            Some("compiler-artifact") => {
                self.dependencies_compiled += usize::from(!own);
                line(message["target"]["name"].as_str().unwrap_or_default());
            }
            Some("compiler-message") => {
                let rendered = message["message"]["rendered"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                // The last one, without a place, only counts the others.
                let placed = message["message"]["spans"]
                    .as_array()
                    .is_some_and(|spans| !spans.is_empty());
                match message["message"]["level"].as_str() {
                    Some("error") => self.errors.push(rendered),
                    Some("warning") if own && placed => self.warnings.push(rendered),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn two_publications_take_turns() {
        let target = tempfile::tempdir().unwrap();
        let cargo = Cargo {
            folder: "unused".into(),
            package: "t1_toy".into(),
            binary: "t1".into(),
            target_dir: target.path().join("target"),
        };
        let first = cargo.turn().unwrap();
        let (sender, receiver) = mpsc::channel();
        let second = std::thread::spawn(move || sender.send(cargo.turn().is_ok()));
        assert!(receiver.recv_timeout(Duration::from_millis(100)).is_err());
        drop(first);
        assert_eq!(receiver.recv(), Ok(true));
        second.join().unwrap().unwrap();
    }
}
