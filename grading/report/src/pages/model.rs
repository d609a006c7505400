//! The files of a results folder as they are read back. What a page does not show is not named here.

use serde::Deserialize;

use crate::{Summary, Timing};

/// One hand-in and what is in its folder.
#[derive(Debug, Clone)]
pub struct HandInResults {
    /// Its line in `summary.json`.
    pub summary: Summary,
    /// `results.json`, all that a student may read.
    pub public: Public,
    /// `staff.json`, everything.
    pub staff: Staff,
    /// `timing.json`.
    pub timing: Timing,
    /// `results.json` to the byte.
    pub results_json: Vec<u8>,
    /// `report.txt` to the byte.
    pub report_text: Vec<u8>,
}

/// `summary.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct SummaryFile {
    pub schema: u32,
    pub assignment: String,
    pub grading_key: String,
    pub complete: bool,
    pub hand_ins: Vec<Summary>,
}

/// `results.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct Public {
    /// The points of the parts; none when the grader failed.
    pub score: Option<u32>,
    /// The results in words.
    pub output: String,
    /// The checks.
    pub tests: Vec<Test>,
    /// What Gradescope does not know.
    pub extra_data: PublicExtra,
}

/// One check as a student may see it.
#[derive(Debug, Clone, Deserialize)]
pub struct Test {
    /// The part's id.
    pub number: String,
    /// The check's id.
    pub name: String,
    /// The points it gave.
    pub score: u32,
    /// The points it can give.
    pub max_score: u32,
    /// `passed` or `failed`.
    pub status: String,
    /// What it proves, and how it failed.
    pub output: String,
    /// What Gradescope does not know.
    pub extra_data: TestExtra,
}

impl Test {
    /// Whether it passed, and counts.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.status == "passed"
    }
}

/// What Gradescope does not know of a check.
#[derive(Debug, Clone, Deserialize)]
pub struct TestExtra {
    /// Whether students have not seen it.
    pub hidden: bool,
    /// How it ended, in words.
    pub verdict: String,
}

/// What Gradescope does not know of a hand-in.
#[derive(Debug, Clone, Deserialize)]
pub struct PublicExtra {
    /// The version of the format.
    pub schema: u32,
    /// `a1`
    pub assignment: String,
    /// The student's number.
    pub student: String,
    /// The SHA-256 of the files that count.
    pub submission_sha256: String,
    /// What graded it.
    pub grading_key: String,
    /// What was noticed about the package.
    pub notices: Vec<String>,
    /// The parts, in the order of the handout.
    pub parts: Vec<PublicPart>,
    /// The theory sheet, where there is one.
    pub theory: Option<Theory>,
}

/// A part as a student may see it.
#[derive(Debug, Clone, Deserialize)]
pub struct PublicPart {
    /// `A1.3`
    pub id: String,
    /// The title in the handout.
    pub title: String,
    /// The points it got.
    pub points: u32,
    /// The points it can get.
    pub max: u32,
    /// The compiler's message, when its file does not compile.
    pub compiler: Option<String>,
}

/// `staff.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct Staff {
    /// The version of the format.
    pub schema: u32,
    /// The SHA-256 of the files that count.
    pub submission_sha256: String,
    /// What graded it.
    pub grading_key: String,
    /// The layers of the sandbox.
    pub sandbox: String,
    /// What was noticed about the package.
    pub notices: Vec<String>,
    /// The line in the class's table.
    pub summary: Summary,
    /// The parts, in the order of the handout.
    pub parts: Vec<StaffPart>,
    /// The theory sheet, where there is one.
    pub theory: Option<Theory>,
}

/// A part with all that was seen.
#[derive(Debug, Clone, Deserialize)]
pub struct StaffPart {
    /// `A1.3`
    pub part: String,
    /// The title in the handout.
    pub title: String,
    /// What became of its file.
    pub compile: Compile,
    /// The places that break a rule.
    pub violations: Vec<Violation>,
    /// What could not be searched for what rules forbid.
    pub unread: Vec<String>,
    /// The points it got.
    pub points: u32,
    /// The points of the checks that passed, whatever rule is broken.
    pub earned: u32,
    /// The points it can get.
    pub max: u32,
    /// Its checks.
    pub checks: Vec<StaffCheck>,
}

/// What became of a part's file.
#[derive(Debug, Clone, Deserialize)]
pub struct Compile {
    /// `compiled`, `missing` or `does_not_compile`.
    pub verdict: String,
    /// The compiler's message.
    pub message: Option<String>,
}

/// A place that breaks a rule.
#[derive(Debug, Clone, Deserialize)]
pub struct Violation {
    /// `losses.rs`
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What stands there.
    pub found: String,
    /// The rule.
    pub rule: String,
    /// What to do instead.
    pub instead: String,
}

/// A check with its message.
#[derive(Debug, Clone, Deserialize)]
pub struct StaffCheck {
    /// Its id.
    pub id: String,
    /// Whether students have not seen it.
    pub hidden: bool,
    /// The points it gave.
    pub points: u32,
    /// The points it can give.
    pub max: u32,
    /// How it ended, in words.
    pub verdict: String,
    /// Expected and received values, when it failed.
    pub message: Option<String>,
}

impl StaffCheck {
    /// Whether it passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.verdict == "passed"
    }
}

/// The theory sheet. Of a student's file `given` and `expected` are not there.
#[derive(Debug, Clone, Deserialize)]
pub struct Theory {
    /// The points it got.
    pub points: u32,
    /// The points it can get.
    pub max: u32,
    /// Why nothing of it counts, or what in it does not.
    pub remarks: Vec<String>,
    /// The questions, in the order of the sheet.
    pub questions: Vec<Question>,
}

/// One question of the theory sheet.
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The points it got.
    pub points: u32,
    /// The points it can get.
    pub max: u32,
    /// The answers.
    pub answers: Vec<Answer>,
}

/// One answer of the theory sheet.
#[derive(Debug, Clone, Deserialize)]
pub struct Answer {
    /// Its name in the file.
    pub key: String,
    /// How it was found, in words.
    pub verdict: String,
    /// The right answer; for assistants only.
    pub expected: Option<f64>,
}
