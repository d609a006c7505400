//! The store: an SQLite file to which events are only ever added.
//!
//! Scores are not in it: they are computed from the events each time, so that a changed policy or a new check
//! never leaves an old penalty behind.

mod read;
mod schema;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use thiserror::Error;

use crate::events::{Decision, Events, Mark, Override, Recorded};
use crate::policy::{Extension, MoreTime};
use crate::summary::Summary;
use schema::Found;

/// How long to wait for another program that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open store.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Connection,
}

/// Why the store cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The folder for it cannot be made.
    #[error("cannot make the folder {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("{path} is no gradebook; move it away, and a new store is made")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is not as it was written.
    #[error(
        "{path} is damaged ({what}); bring back a copy of it, for marks and decisions are nowhere else, or move it away, \
         and a new store is made"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        what: String,
    },
    /// A later version of the toolkit wrote it.
    #[error(
        "{path} was written by a newer version of the toolkit (version {found} of the store, this one knows {}); update the toolkit",
        schema::VERSION
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: usize,
    },
    /// SQLite refuses or fails.
    #[error("{path}: cannot {doing}: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A run that was never recorded.
    #[error("{path} has no run {seq}; `gradebook show --json` lists them")]
    NoRun {
        /// The file.
        path: PathBuf,
        /// The number asked for.
        seq: i64,
    },
    /// Who or why is empty.
    #[error("{0} is empty; what is recorded says who decided and why")]
    Empty(&'static str),
}

/// What became of results that were to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// They are the run with this number.
    New(i64),
    /// The latest run of the assignment, with this number, says the same: nothing was recorded.
    Known(i64),
}

impl Store {
    /// Opens the store at `path`, which is made, with its folder, when it is not there, and brought up to date
    /// when it is older.
    ///
    /// # Errors
    /// When it is no store, a newer one, or SQLite fails.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
                path: folder.to_path_buf(),
                source,
            })?;
        }
        let path = path.to_path_buf();
        if was_emptied(&path) {
            let what = "it is empty".into();
            return Err(StoreError::Damaged { path, what });
        }
        let opened = connect(&path).and_then(|mut connection| {
            let found = schema::migrate(&mut connection, schema::VERSION)?;
            Ok((connection, found))
        });
        match opened {
            Ok((connection, Found::Current)) => Ok(Self { path, connection }),
            Ok((_, Found::Newer(found))) => Err(StoreError::Newer { path, found }),
            Ok((_, Found::Foreign)) => Err(StoreError::Foreign { path }),
            Err(source) if source.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
                Err(StoreError::Foreign { path })
            }
            Err(source) => Err(failed(&path, "open it")(source)),
        }
    }

    /// Records the results of an assignment, unless its latest run says the same. Going back to earlier results is
    /// a new run: what is recorded last counts.
    ///
    /// # Errors
    /// When SQLite fails; then nothing of it is recorded.
    pub fn add_run(
        &mut self,
        summary: &Summary,
        at: Timestamp,
        who: &str,
    ) -> Result<Added, StoreError> {
        named("who", who)?;
        let failed = failed(&self.path, "record the results");
        insert_run(&mut self.connection, summary, at, who).map_err(failed)
    }

    /// Records marks, all or none.
    ///
    /// # Errors
    /// When who or why is empty, or SQLite fails.
    pub fn add_marks(
        &mut self,
        marks: &[Mark],
        at: Timestamp,
        who: &str,
    ) -> Result<(), StoreError> {
        named("who", who)?;
        for mark in marks {
            named("why", &mark.why)?;
        }
        let failed = failed(&self.path, "record the marks");
        insert_marks(&mut self.connection, marks, at, who).map_err(failed)
    }

    /// Records a decision; its number.
    ///
    /// # Errors
    /// When who or why is empty, or SQLite fails.
    pub fn add_override(
        &mut self,
        what: &Override,
        at: Timestamp,
        who: &str,
    ) -> Result<i64, StoreError> {
        named("who", who)?;
        named("why", &what.why)?;
        let (decision, points, max) = match what.decision {
            Decision::Score { points, max } => ("score", Some(points), Some(max)),
            Decision::Excused => ("excused", None, None),
            Decision::Withdrawn => ("withdrawn", None, None),
        };
        self.insert(
            "INSERT INTO overrides (at, who, student, item, decision, points, max, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![at.to_string(), who, what.student, what.item, decision, points, max, what.why],
            "record the decision",
        )
    }

    /// Records an extension; its number.
    ///
    /// # Errors
    /// When who or why is empty, or SQLite fails.
    pub fn add_extension(
        &mut self,
        what: &Extension,
        at: Timestamp,
        who: &str,
    ) -> Result<i64, StoreError> {
        named("who", who)?;
        named("why", &what.why)?;
        let (until, days) = match what.to {
            MoreTime::Until(until) => (Some(until.to_string()), None),
            MoreTime::Days(days) => (None, Some(days)),
        };
        self.insert(
            "INSERT INTO extensions (at, who, student, assignment, part, until, days, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![at.to_string(), who, what.student, what.assignment, what.part.word(), until, days, what.why],
            "record the extension",
        )
    }

    /// Everything that was recorded. `as_of` is the moment that counts as now.
    ///
    /// # Errors
    /// When SQLite fails or a row cannot be read.
    pub fn events(&self, as_of: Timestamp) -> Result<Events, StoreError> {
        read::events(&self.connection, as_of).map_err(failed(&self.path, "read it"))
    }

    /// The run with this number.
    ///
    /// # Errors
    /// When there is none, or SQLite fails.
    pub fn run(&self, seq: i64) -> Result<Recorded<Summary>, StoreError> {
        let events = self.events(Timestamp::UNIX_EPOCH)?;
        let path = self.path.clone();
        let run = events.runs.into_iter().find(|run| run.seq == seq);
        run.ok_or(StoreError::NoRun { path, seq })
    }

    fn insert(
        &mut self,
        sql: &str,
        values: impl rusqlite::Params,
        doing: &'static str,
    ) -> Result<i64, StoreError> {
        let result = self.connection.execute(sql, values);
        result.map_err(failed(&self.path, doing))?;
        Ok(self.connection.last_insert_rowid())
    }
}

fn named(what: &'static str, text: &str) -> Result<(), StoreError> {
    if text.trim().is_empty() {
        Err(StoreError::Empty(what))
    } else {
        Ok(())
    }
}

fn failed(path: &Path, doing: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError {
    let path = path.to_path_buf();
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged {
            path,
            what: source.to_string(),
        },
        _ => StoreError::Database {
            path,
            doing,
            source,
        },
    }
}

/// Whether the file is there and empty. SQLite would take it for a new one, and every mark would be gone in silence.
/// One that is a moment old is being made by another command.
fn was_emptied(path: &Path) -> bool {
    let about = std::fs::metadata(path).ok();
    about
        .filter(|about| about.is_file() && about.len() == 0)
        .and_then(|about| about.modified().ok()?.elapsed().ok())
        .is_some_and(|age| age > PATIENCE)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch("PRAGMA foreign_keys = ON;")?;
    // answers with the mode that it could set: a network folder may offer less, which works too
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    Ok(connection)
}

fn insert_run(
    connection: &mut Connection,
    summary: &Summary,
    at: Timestamp,
    who: &str,
) -> rusqlite::Result<Added> {
    let sha256 = content(summary)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let latest: Option<(i64, String)> = transaction
        .query_row(
            "SELECT seq, sha256 FROM runs WHERE assignment = ? ORDER BY seq DESC LIMIT 1",
            [&summary.assignment],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    if let Some((seq, known)) = latest
        && known == sha256
    {
        return Ok(Added::Known(seq));
    }
    transaction.execute(
        "INSERT INTO runs (at, who, assignment, grading_key, complete, sha256) VALUES (?, ?, ?, ?, ?, ?)",
        params![at.to_string(), who, summary.assignment, summary.grading_key, summary.complete, sha256],
    )?;
    let seq = transaction.last_insert_rowid();
    for hand_in in &summary.hand_ins {
        transaction.execute(
            "INSERT INTO attempts (run, hand_in, student, attempt, submitted_at, submission_sha256, status,
                points, max, theory, theory_max, parts, notes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                seq,
                hand_in.hand_in,
                hand_in.student,
                hand_in.attempt,
                hand_in.submitted_at.map(|time| time.to_string()),
                hand_in.submission_sha256,
                hand_in.status.word(),
                hand_in.points,
                hand_in.max,
                hand_in.theory,
                hand_in.theory_max,
                json(&hand_in.parts)?,
                json(&hand_in.notes)?,
            ],
        )?;
    }
    transaction.commit()?;
    Ok(Added::New(seq))
}

fn insert_marks(
    connection: &mut Connection,
    marks: &[Mark],
    at: Timestamp,
    who: &str,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for mark in marks {
        transaction.execute(
            "INSERT INTO marks (at, who, student, item, points, max, submitted_at, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                at.to_string(),
                who,
                mark.student,
                mark.item,
                mark.points,
                mark.max,
                mark.submitted_at.map(|time| time.to_string()),
                mark.why
            ],
        )?;
    }
    transaction.commit()
}

/// The SHA-256 of all that a summary says.
fn content(summary: &Summary) -> rusqlite::Result<String> {
    let digest = hmac_sha256::Hash::hash(json(summary)?.as_bytes());
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
