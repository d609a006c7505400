//! Reading a results folder back: everything of a class, or one sentence that names the file.

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path};

use serde::de::DeserializeOwned;

use super::ReportError;
use super::model::{HandInResults, Public, Staff, SummaryFile};
use crate::Summary;

/// The version of the files that this program writes and reads.
const SCHEMA: u32 = 1;

/// The results of a class.
#[derive(Debug, Clone)]
pub struct ClassResults {
    /// `a1`
    pub assignment: String,
    /// What graded it: checks, toolchain, libraries.
    pub grading_key: String,
    /// Whether grading reached every hand-in.
    pub complete: bool,
    /// The hand-ins, in the order of `summary.json`.
    pub hand_ins: Vec<HandInResults>,
}

impl ClassResults {
    /// Reads the folder that `course grade` wrote.
    ///
    /// # Errors
    /// When a file is missing or damaged, or belongs to another grading than the others.
    pub fn read(folder: &Path) -> Result<Self, ReportError> {
        let path = folder.join("summary.json");
        let file: SummaryFile = parse(&path, &bytes(&path)?)?;
        if file.schema != SCHEMA {
            return Err(other_schema(&path, file.schema));
        }
        let mut seen = HashSet::new();
        for row in &file.hand_ins {
            if !is_a_name(&row.hand_in) {
                let why = format!("the hand-in {:?} is no name of a folder", row.hand_in);
                return Err(ReportError::damaged(&path, why));
            }
            if !seen.insert(&row.hand_in) {
                let why = format!("the hand-in {:?} is there twice", row.hand_in);
                return Err(ReportError::damaged(&path, why));
            }
        }
        let hand_ins = file.hand_ins.iter();
        let hand_ins = hand_ins.map(|row| hand_in(&folder.join(&row.hand_in), row, &file));
        Ok(Self {
            hand_ins: hand_ins.collect::<Result<_, _>>()?,
            assignment: file.assignment,
            grading_key: file.grading_key,
            complete: file.complete,
        })
    }
}

fn hand_in(
    folder: &Path,
    row: &Summary,
    class: &SummaryFile,
) -> Result<HandInResults, ReportError> {
    let results = folder.join("results.json");
    let results_json = bytes(&results)?;
    let public: Public = parse(&results, &results_json)?;
    let extra = &public.extra_data;
    let staff_path = folder.join("staff.json");
    let staff: Staff = parse(&staff_path, &bytes(&staff_path)?)?;
    for (path, schema) in [(&results, extra.schema), (&staff_path, staff.schema)] {
        if schema != SCHEMA {
            return Err(other_schema(path, schema));
        }
    }
    // A run that was killed leaves files of two gradings side by side.
    let another = "it is of another grading than summary.json";
    let same = extra.submission_sha256 == row.submission_sha256
        && extra.student == row.student
        && extra.assignment == class.assignment;
    if !same {
        return Err(ReportError::damaged(&results, another));
    }
    if staff.summary != *row || staff.submission_sha256 != row.submission_sha256 {
        return Err(ReportError::damaged(&staff_path, another));
    }
    if staff.grading_key != extra.grading_key {
        let why = "it is of another grading than results.json beside it";
        return Err(ReportError::damaged(&staff_path, why));
    }
    let timing = folder.join("timing.json");
    Ok(HandInResults {
        summary: row.clone(),
        public,
        staff,
        timing: parse(&timing, &bytes(&timing)?)?,
        results_json,
        report_text: bytes(&folder.join("report.txt"))?,
    })
}

fn bytes(path: &Path) -> Result<Vec<u8>, ReportError> {
    fs::read(path).map_err(|source| ReportError::Unreadable {
        path: path.to_path_buf(),
        source,
    })
}

fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, ReportError> {
    serde_json::from_slice(bytes).map_err(|error| ReportError::damaged(path, error))
}

fn other_schema(path: &Path, schema: u32) -> ReportError {
    let why = format!("its format is {schema}, and this program reads format {SCHEMA}");
    ReportError::damaged(path, why)
}

/// Whether `name` is one folder in another, and neither leaves it nor is it.
fn is_a_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    matches!(components.next(), Some(Component::Normal(only)) if only == name)
        && components.next().is_none()
}
