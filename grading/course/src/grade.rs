//! `course grade`: a folder of hand-ins becomes a folder of results.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use hidden_suite::Suite;
use hidden_suite::theory;
use hmac_sha256::{HMAC, Hash};
use intake::{Candidate, HandIn};
use judge::{DriverLimits, Graded, Judge, Layer, Skeleton};
use nix::fcntl::{Flock, FlockArg};
use report::{Record, Summary, SummaryStatus, Timing, Verdict};
use sandbox::{Launcher, Level};
use serde_json::json;

use crate::exit::{Exit, Locked};
use crate::progress::Progress;
use crate::{GradeArgs, assignments, interrupt, table, workspace};

/// Grades every hand-in of a folder and prints the table.
///
/// # Errors
/// When the arguments do not fit, the folder cannot be read or written, or the sandbox is not to be had.
pub fn run(args: &GradeArgs) -> Result<Exit> {
    interrupt::catch()?;
    let root = workspace::root()?;
    let suite = assignments::suite(&args.assignment)?;
    let key = match &args.key {
        Some(file) => fs::read(file).with_context(|| format!("cannot read {}", file.display()))?,
        None => own_key(&root.join(".course/key"))?,
    };
    let class = Class {
        require: args.sandbox.into(),
        jobs: args.jobs,
        key,
    };
    let graded = class.grade(&suite, &root, &args.from, &args.out)?;
    if graded.rows.is_empty() && graded.complete && !args.json {
        eprintln!("there is no hand-in in {}", args.from.display());
    } else if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&json!({
                "assignment": suite.assignment.id,
                "out": args.out,
                "complete": graded.complete,
                "hand_ins": graded.rows,
            }))?
        );
    } else {
        print!("{}", table::class(&graded.rows, suite.assignment.parts));
        println!("\nresults in {}", args.out.display());
    }
    Ok(graded.exit())
}

/// How a class is graded.
pub struct Class {
    /// The least sandbox.
    pub require: Level,
    /// How many hand-ins at a time; as many as there are cores without.
    pub jobs: Option<usize>,
    /// The secret that the checks' inputs are drawn from.
    pub key: Vec<u8>,
}

/// A class that was graded.
pub struct GradedClass {
    /// One row per hand-in, by name.
    pub rows: Vec<Summary>,
    /// Whether every hand-in was reached.
    pub complete: bool,
}

impl GradedClass {
    fn exit(&self) -> Exit {
        if !self.complete {
            Exit::Interrupted
        } else if self.rows.is_empty() {
            Exit::Nothing
        } else if self
            .rows
            .iter()
            .any(|row| row.status == SummaryStatus::GraderError)
        {
            Exit::GraderError
        } else {
            Exit::Done
        }
    }
}

/// Everything that grading one hand-in needs.
struct Grader<'a> {
    judge: Judge<'a>,
    out: &'a Path,
    key: &'a [u8],
    grading_key: String,
    sandbox: String,
}

impl Class {
    /// Grades the hand-ins in `from` and writes their results to `out`.
    ///
    /// # Errors
    /// As [`run`].
    pub fn grade(
        &self,
        suite: &Suite,
        root: &Path,
        from: &Path,
        out: &Path,
    ) -> Result<GradedClass> {
        let hand_ins = named(intake::hand_ins(from)?);
        fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
        let _lock = lock(out)?;
        let launcher = Launcher::current_exe()?;
        let level = require(&launcher, self.require)?;
        let layer = Layer::prepare(root, &workspace::cache(root))?;
        let skeleton = assignments::skeleton(suite, root)?;
        let grader = Grader {
            grading_key: grading_key(suite, &skeleton, &layer, &self.key),
            sandbox: level.to_string(),
            judge: Judge {
                suite,
                skeleton: &skeleton,
                layer: &layer,
                launcher: &launcher,
                level,
                limits: DriverLimits::default(),
            },
            out,
            key: &self.key,
        };
        let rows = self.all(&grader, &hand_ins)?;
        let complete = rows.len() == hand_ins.len();
        let parts: Vec<&str> = suite.assignment.parts.iter().map(|part| part.id).collect();
        let summary = out.join("summary.csv");
        common::files::write_atomically(&summary, report::summary_csv(&rows, &parts).as_bytes())
            .with_context(|| format!("cannot write {}", summary.display()))?;
        let document = json!({
            "schema": 1,
            "assignment": suite.assignment.id,
            "grading_key": grader.grading_key,
            "complete": complete,
            "hand_ins": rows,
        });
        let summary = out.join("summary.json");
        let text = serde_json::to_string_pretty(&document)? + "\n";
        common::files::write_atomically(&summary, text.as_bytes())
            .with_context(|| format!("cannot write {}", summary.display()))?;
        Ok(GradedClass { rows, complete })
    }

    /// Grades the hand-ins on several threads, in order, until all are done or Ctrl-C.
    fn all(&self, grader: &Grader, hand_ins: &[(String, Candidate)]) -> Result<Vec<Summary>> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.jobs.unwrap_or(cores).clamp(1, hand_ins.len().max(1));
        let progress = Progress::new(hand_ins.len());
        let next = AtomicUsize::new(0);
        let rows = Mutex::new(Vec::new());
        std::thread::scope(|scope| -> Result<()> {
            let workers: Vec<_> = (0..jobs)
                .map(|_| {
                    scope.spawn(|| -> Result<()> {
                        while !interrupt::happened() {
                            let index = next.fetch_add(1, Ordering::Relaxed);
                            let Some((name, candidate)) = hand_ins.get(index) else {
                                break;
                            };
                            let row = grader.one(name, candidate)?;
                            progress.item(&table::line(&row));
                            if let Ok(mut rows) = rows.lock() {
                                rows.push((index, row));
                            }
                        }
                        Ok(())
                    })
                })
                .collect();
            for worker in workers {
                match worker.join() {
                    Ok(result) => result?,
                    Err(_) => bail!("a grading thread panicked; its hand-in has no result"),
                }
            }
            Ok(())
        })?;
        progress.finish();
        let mut rows = rows.into_inner().unwrap_or_default();
        rows.sort_by_key(|(index, _)| *index);
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }
}

impl Grader<'_> {
    /// Grades one hand-in and writes its files. An error here is about writing them.
    fn one(&self, name: &str, candidate: &Candidate) -> Result<Summary> {
        let start = Instant::now();
        let files = self.judge.skeleton.file_names();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let read = intake::read(candidate, &files, &intake::Limits::default());
        let read_seconds = start.elapsed().as_secs_f64();
        let attempt = candidate.attempt.as_ref();
        let record = |student, sha256, notices, untouched, verdict| Record {
            assignment: self.judge.suite.assignment.id,
            hand_in: name,
            student,
            attempt: attempt.map(|attempt| attempt.number),
            submitted_at: attempt.and_then(|attempt| attempt.submitted_at.as_deref()),
            sha256,
            key: &self.grading_key,
            sandbox: &self.sandbox,
            notices,
            untouched,
            verdict,
        };
        let hand_in = match read {
            Ok(hand_in) => hand_in,
            Err(rejected) => {
                let why = rejected.to_string();
                let verdict = if rejected.is_grader_fault() {
                    Verdict::GraderError(&why)
                } else {
                    Verdict::Rejected(&why)
                };
                let timing = Timing::new(read_seconds, None);
                let student = attempt.map_or(name, |attempt| attempt.student.as_str());
                return self.write(&record(student, "", &[], false, verdict), timing);
            }
        };
        if let Some(done) = self.already_done(name, &hand_in.sha256) {
            return Ok(done);
        }
        let notices: Vec<String> = hand_in.notices.iter().map(ToString::to_string).collect();
        let untouched = self.judge.skeleton.is_untouched(&hand_in.files);
        let graded = self.judge_it(&hand_in);
        let timing = Timing::new(read_seconds, graded.as_ref().ok());
        let why = graded.as_ref().err().map(|error| format!("{error:#}"));
        let suite = self.judge.suite;
        let answers = hand_in.theory.as_ref();
        let theory = theory::grade(
            &suite.assignment,
            &suite.solutions,
            &hand_in.student,
            answers,
        );
        let verdict = match (&graded, &why) {
            (Ok(graded), _) => Verdict::Graded(graded, &theory),
            (_, why) => Verdict::GraderError(why.as_deref().unwrap_or_default()),
        };
        let (student, sha256) = (&hand_in.student, &hand_in.sha256);
        self.write(
            &record(student, sha256, &notices, untouched, verdict),
            timing,
        )
    }

    fn judge_it(&self, hand_in: &HandIn) -> Result<Graded> {
        let seed = seed(self.key, self.judge.suite.assignment.id, &hand_in.student);
        let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
        Ok(self.judge.grade(&hand_in.files, seed, scratch.path())?)
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.out.join(name)
    }

    /// The row of an earlier run, when it graded the same files by the same checks.
    fn already_done(&self, name: &str, sha256: &str) -> Option<Summary> {
        let text = fs::read_to_string(self.folder(name).join("staff.json")).ok()?;
        let staff: serde_json::Value = serde_json::from_str(&text).ok()?;
        let same = staff["submission_sha256"] == sha256 && staff["grading_key"] == self.grading_key;
        let row: Summary = serde_json::from_value(staff["summary"].clone()).ok()?;
        (same && row.status == SummaryStatus::Graded).then_some(row)
    }

    fn write(&self, record: &Record, timing: Timing) -> Result<Summary> {
        let suite = self.judge.suite;
        let max = suite.checks().map(|check| check.points).sum();
        let row = record.summary(max, suite.theory_max());
        let folder = self.folder(record.hand_in);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let json =
            |value: &serde_json::Value| serde_json::to_string_pretty(value).map(|t| t + "\n");
        // `staff.json` says that a hand-in is done, so it comes last.
        let files = [
            ("results.json", json(&report::results_json(record))?),
            ("report.txt", report::report_text(record)),
            ("timing.json", json(&serde_json::to_value(timing)?)?),
            ("staff.json", json(&report::staff_json(record, &row))?),
        ];
        for (file, text) in files {
            let path = folder.join(file);
            common::files::write_atomically(&path, text.as_bytes())
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(row)
    }
}

/// Gives each hand-in a name of its own: `ada` may be there as a folder and as `ada.zip`.
fn named(candidates: Vec<Candidate>) -> Vec<(String, Candidate)> {
    let mut taken = BTreeSet::new();
    candidates
        .into_iter()
        .map(|candidate| {
            let mut name = candidate.name.clone();
            while !taken.insert(name.clone()) {
                name.push_str("-again");
            }
            (name, candidate)
        })
        .collect()
}

/// The active level of sandbox, when it is enough.
fn require(launcher: &Launcher, required: Level) -> Result<Level> {
    let available = sandbox::level(launcher)?;
    if available >= required {
        return Ok(available);
    }
    let missing = sandbox::layers(launcher)?
        .into_iter()
        .filter(|layer| !layer.active)
        .collect();
    Err(sandbox::SandboxError::Unavailable {
        required,
        available,
        missing,
    }
    .into())
}

/// The seed of a student's inputs: nobody without the key can foresee it, and a second run gives the same.
fn seed(key: &[u8], assignment: &str, student: &str) -> u64 {
    let digest = HMAC::mac(format!("{assignment}\0{student}"), key);
    u64::from_le_bytes(digest[..8].try_into().unwrap_or_default())
}

/// Names what decides a result besides the hand-in: this program (which holds the checks), the given
/// files, the libraries, the key.
fn grading_key(suite: &Suite, skeleton: &Skeleton, layer: &Layer, key: &[u8]) -> String {
    let mut hash = Hash::new();
    let program = std::env::current_exe()
        .and_then(fs::read)
        .unwrap_or_default();
    hash.update(program);
    hash.update(suite.assignment.id);
    hash.update(&skeleton.parts_mod);
    for stub in skeleton.stubs.values() {
        hash.update(stub);
    }
    hash.update(&layer.key);
    hash.update(key);
    common::files::hex(&hash.finalize())
}

/// The course's own key, made on first use and readable by its owner only.
fn own_key(path: &Path) -> Result<Vec<u8>> {
    use std::io::{Read, Write};
    if !path.exists() {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let mut key = [0; 32];
        fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)
            .with_context(|| format!("cannot write in {}", folder.display()))?;
        file.write_all(common::files::hex(&key).as_bytes())?;
        // When another run was faster, its key is the one.
        let _ = file.persist_noclobber(path);
    }
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Keeps a second grader off the folder.
fn lock(out: &Path) -> Result<Flock<fs::File>> {
    let path = out.join(".lock");
    let file =
        fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock)
        .map_err(|_| Locked(out.display().to_string()).into())
}
