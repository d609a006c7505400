//! A line of `import.jsonl`: what became of one thing.

use serde::{Deserialize, Serialize};

/// How much attention something needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Imported, and nothing is odd.
    Ok,
    /// Left alone on purpose: litter, or the same bytes once more.
    Skipped,
    /// Look at it; what could be done was done.
    Warn,
    /// Not imported. A person has to decide.
    Error,
}

/// What kind of thing is noted. `docs/import.md` says of each what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// A file manager or a build left it behind.
    Litter,
    /// It says whose the other things are.
    Metadata,
    /// An attempt with these bytes is already there.
    SameBytes,
    /// The source had earlier uploads and does not give them.
    EarlierUploads,
    /// The source does not say when it came.
    NoTime,
    /// It came later than now.
    FutureTime,
    /// A local time that the change of the clock skips or repeats.
    Clock,
    /// Two attempts in one second.
    SameSecond,
    /// An attempt that is older than one with a lower number.
    OutOfOrder,
    /// The source says that it was late.
    Late,
    /// The manifest in it names another student.
    OtherNumber,
    /// Grading will reject it.
    NotGradable,
    /// Something beside what was taken.
    LeftOut,
    /// A text instead of files.
    OnlineText,
    /// There is no file.
    NoFiles,
    /// A member of a group who is not in the roster.
    UnknownMember,
    /// A student of the roster has no attempt.
    Nothing,
    /// Nobody of the roster.
    Stranger,
    /// Two students of one name.
    SameName,
    /// Two numbers where one is expected.
    TwoNumbers,
    /// The manifest in it names another assignment.
    WrongAssignment,
    /// Two files or hand-ins in one place.
    Collision,
    /// Two archives in one upload.
    TwoArchives,
    /// More than is imported.
    TooLarge,
    /// Something that is never opened.
    BadEntry,
    /// The metadata names a folder that is not there.
    NoFolder,
}

/// Something to know about a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// How much it matters.
    pub level: Level,
    /// What kind it is.
    pub code: Code,
    /// A sentence without a full stop.
    pub text: String,
}

impl Note {
    fn new(level: Level, code: Code, text: impl Into<String>) -> Self {
        Self {
            level,
            code,
            text: text.into(),
        }
    }

    pub(super) fn ok(code: Code, text: impl Into<String>) -> Self {
        Self::new(Level::Ok, code, text)
    }

    pub(super) fn skipped(code: Code, text: impl Into<String>) -> Self {
        Self::new(Level::Skipped, code, text)
    }

    pub(super) fn warn(code: Code, text: impl Into<String>) -> Self {
        Self::new(Level::Warn, code, text)
    }

    pub(super) fn error(code: Code, text: impl Into<String>) -> Self {
        Self::new(Level::Error, code, text)
    }
}

/// One attempt of one student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// The student's number.
    pub student: String,
    /// The attempt's number.
    pub attempt: u32,
}

/// What became of one thing in the source, or that a student has nothing there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The highest of the notes; [`Level::Ok`] without.
    pub level: Level,
    /// `moodle`
    pub source: String,
    /// Where it lies in the source: a file, or a folder with all that is below. Sorted; empty for a student who has
    /// nothing.
    pub paths: Vec<String>,
    /// Whose it is, where that is known.
    pub student: Option<String>,
    /// What it became: an attempt of each who made it.
    pub imported: Vec<Numbered>,
    /// The SHA-256 of the upload in hexadecimal, where it was read.
    pub sha256: Option<String>,
    /// What to know about it.
    pub notes: Vec<Note>,
    /// Whether this import wrote it; not kept.
    #[serde(skip)]
    pub fresh: bool,
}

impl Line {
    pub(super) fn new(source: &str, paths: Vec<String>, notes: Vec<Note>) -> Self {
        let mut line = Self {
            level: Level::Ok,
            source: source.to_owned(),
            paths,
            student: None,
            imported: Vec::new(),
            sha256: None,
            notes,
            fresh: false,
        };
        line.settle();
        line
    }

    /// Sorts what has no order of its own and sets the level.
    pub(super) fn settle(&mut self) {
        self.paths.sort();
        self.level = self
            .notes
            .iter()
            .map(|note| note.level)
            .max()
            .unwrap_or(Level::Ok);
    }

    /// Whether `other`, of an earlier import, says the same: of an attempt the notes may differ, as a time that was
    /// in the future does not stay there.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        let same = self.paths == other.paths
            && self.student == other.student
            && self.imported == other.imported
            && self.sha256 == other.sha256;
        same && (!self.imported.is_empty() || self.notes == other.notes)
    }
}
