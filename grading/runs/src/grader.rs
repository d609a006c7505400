//! Grading one hand-in.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use common::files::hex;
use hidden_suite::{Suite, theory};
use hmac_sha256::{HMAC, Hash};
use intake::{Candidate, HandIn};
use judge::{Graded, Judge, JudgeError, Layer, Skeleton};
use report::{Record, Summary, Timing, Verdict};
use serde_json::Value;

use crate::store::{Entry, Found};
use crate::{Event, Journal, Results, RunError, Store};

/// Grades hand-ins one by one; several threads may share it.
pub struct Grader<'a> {
    /// Compiles, runs, checks.
    pub judge: Judge<'a>,
    /// Where results go.
    pub results: Results,
    /// Where they are kept for the next time.
    pub store: Store,
    /// The secret that the checks' inputs are drawn from.
    pub key: &'a [u8],
    /// What decides a result besides the hand-in: see [`grading_key`].
    pub grading_key: String,
    /// The layers of the sandbox that are active.
    pub sandbox: String,
    /// Whether what is in the store is graded all the same.
    pub force: bool,
}

/// A hand-in whose results are on disk.
pub struct Done {
    /// Its line in the class's table.
    pub summary: Summary,
    /// Whether it came from the store.
    pub stored: bool,
}

/// Names what decides a result besides the hand-in: this program (which holds the checks), the given files,
/// the libraries, the key.
///
/// # Errors
/// When this program's own file cannot be read.
pub fn grading_key(
    suite: &Suite,
    skeleton: &Skeleton,
    layer: &Layer,
    key: &[u8],
) -> Result<String, RunError> {
    let program = std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into());
    let mut hash = Hash::new();
    hash.update(fs::read(&program).map_err(RunError::io("read", &program))?);
    hash.update(suite.assignment.id);
    hash.update(&skeleton.parts_mod);
    for stub in skeleton.stubs.values() {
        hash.update(stub);
    }
    hash.update(&layer.key);
    hash.update(key);
    Ok(hex(&hash.finalize()))
}

/// The seed of a student's inputs: nobody without the key can foresee it, and a second run gives the same.
fn seed(key: &[u8], assignment: &str, student: &str) -> u64 {
    let digest = HMAC::mac(format!("{assignment}\0{student}"), key);
    u64::from_le_bytes(digest[..8].try_into().unwrap_or_default())
}

impl Grader<'_> {
    /// Grades one hand-in, or takes its results from the store, and writes its files.
    ///
    /// # Errors
    /// When the store or the results cannot be read or written. A failure of the judge is a result, without a
    /// score.
    pub fn grade(
        &self,
        name: &str,
        candidate: &Candidate,
        journal: &Journal,
    ) -> Result<Done, RunError> {
        let start = Instant::now();
        let files = self.judge.skeleton.file_names();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let read = intake::read(candidate, &files, &intake::Limits::default());
        let read_seconds = start.elapsed().as_secs_f64();
        let fresh = |summary| Done {
            summary,
            stored: false,
        };
        let hand_in = match read {
            Ok(hand_in) => hand_in,
            Err(rejected) => {
                let why = rejected.to_string();
                let verdict = match rejected.is_grader_fault() {
                    true => Verdict::GraderError(&why),
                    false => Verdict::Rejected(&why),
                };
                let entry = self.entry(&self.record(name, candidate, None, &[], verdict))?;
                let timing = Timing::new(read_seconds, None);
                self.results.write(name, &entry.files, Some(timing))?;
                return Ok(fresh(entry.summary));
            }
        };
        let notices: Vec<String> = hand_in.notices.iter().map(ToString::to_string).collect();
        let key = self.store_key(name, candidate, &hand_in, &notices);
        if let Some(summary) = self.stored(name, &key, journal)? {
            return Ok(Done {
                summary,
                stored: true,
            });
        }
        let graded = self.judge_it(&hand_in);
        let timing = Timing::new(read_seconds, graded.as_ref().ok());
        let suite = self.judge.suite;
        let answers = hand_in.theory.as_ref();
        let theory = theory::grade(
            &suite.assignment,
            &suite.solutions,
            &hand_in.student,
            answers,
        );
        let why = graded.as_ref().err().map(ToString::to_string);
        let verdict = match (&graded, &why) {
            (Ok(graded), _) => Verdict::Graded(graded, &theory),
            (_, why) => Verdict::GraderError(why.as_deref().unwrap_or_default()),
        };
        let entry = self.entry(&self.record(name, candidate, Some(&hand_in), &notices, verdict))?;
        if graded.is_ok() {
            self.store.put(&key, &entry)?;
        }
        self.results.write(name, &entry.files, Some(timing))?;
        Ok(fresh(entry.summary))
    }

    /// What the store has of the hand-in, written to the results.
    fn stored(
        &self,
        name: &str,
        key: &str,
        journal: &Journal,
    ) -> Result<Option<Summary>, RunError> {
        if self.force {
            return Ok(None);
        }
        match self.store.get(key)? {
            Found::Entry(entry) => {
                self.results.write(name, &entry.files, None)?;
                Ok(Some(entry.summary))
            }
            Found::Nothing => Ok(None),
            Found::Damaged => {
                journal.write(&Event::Damaged {
                    hand_in: name.into(),
                    key: key.into(),
                })?;
                Ok(None)
            }
        }
    }

    /// Everything that decides the bytes of the results. The lengths keep two lists apart that are the same in
    /// a row.
    fn store_key(
        &self,
        name: &str,
        candidate: &Candidate,
        hand_in: &HandIn,
        notices: &[String],
    ) -> String {
        let attempt = candidate.attempt.as_ref();
        let number = attempt.map_or(0, |attempt| attempt.number).to_string();
        let time = attempt.and_then(|attempt| attempt.submitted_at.as_deref());
        let decided_by = [
            self.grading_key.as_str(),
            &self.sandbox,
            name,
            &hand_in.student,
            &number,
            time.unwrap_or_default(),
            &hand_in.sha256,
        ];
        let mut hash = Hash::new();
        for text in decided_by
            .into_iter()
            .chain(notices.iter().map(String::as_str))
        {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hex(&hash.finalize())
    }

    fn judge_it(&self, hand_in: &HandIn) -> Result<Graded, JudgeError> {
        let seed = seed(self.key, self.judge.suite.assignment.id, &hand_in.student);
        // A run that is killed leaves its folder there; the name says whose it was.
        let scratch = tempfile::Builder::new().prefix("course-grade-").tempdir();
        let scratch = scratch.map_err(|source| JudgeError::Io {
            what: "cannot make a temporary folder in",
            path: std::env::temp_dir(),
            source,
        })?;
        self.judge.grade(&hand_in.files, seed, scratch.path())
    }

    fn record<'r>(
        &'r self,
        name: &'r str,
        candidate: &'r Candidate,
        hand_in: Option<&'r HandIn>,
        notices: &'r [String],
        verdict: Verdict<'r>,
    ) -> Record<'r> {
        let attempt = candidate.attempt.as_ref();
        let without = attempt.map_or(name, |attempt| attempt.student.as_str());
        Record {
            assignment: self.judge.suite.assignment.id,
            hand_in: name,
            student: hand_in.map_or(without, |hand_in| &hand_in.student),
            attempt: attempt.map(|attempt| attempt.number),
            submitted_at: attempt.and_then(|attempt| attempt.submitted_at.as_deref()),
            sha256: hand_in.map_or("", |hand_in| &hand_in.sha256),
            key: &self.grading_key,
            sandbox: &self.sandbox,
            notices,
            untouched: hand_in.is_some_and(|h| self.judge.skeleton.is_untouched(&h.files)),
            verdict,
        }
    }

    fn entry(&self, record: &Record) -> Result<Entry, RunError> {
        let suite = self.judge.suite;
        let max = suite.checks().map(|check| check.points).sum();
        let summary = record.summary(max, suite.theory_max());
        let path = self.results.folder().join(record.hand_in);
        let json = |value: &Value| match serde_json::to_string_pretty(value) {
            Ok(text) => Ok(text + "\n"),
            Err(error) => Err(RunError::io("write", &path)(error.into())),
        };
        let files = BTreeMap::from([
            ("results.json".into(), json(&report::results_json(record))?),
            ("report.txt".into(), report::report_text(record)),
            (
                "staff.json".into(),
                json(&report::staff_json(record, &summary))?,
            ),
        ]);
        Ok(Entry { files, summary })
    }
}
