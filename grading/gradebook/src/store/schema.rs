//! The tables, and how an older store becomes one of today.

use rusqlite::{Connection, TransactionBehavior};

/// Says in the file's header that it is a gradebook: the letters `gbk1`.
const APPLICATION: i32 = 0x6762_6B31;

/// What a version adds to the one before it. A migration that was released is never changed.
struct Migration {
    /// New tables.
    tables: &'static str,
    /// Which of them are append-only, with the columns of their key.
    append_only: &'static [(&'static str, &'static str)],
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        tables: "
            CREATE TABLE runs (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                at TEXT NOT NULL,
                who TEXT NOT NULL,
                assignment TEXT NOT NULL,
                grading_key TEXT NOT NULL,
                complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
                sha256 TEXT NOT NULL
            ) STRICT;
            CREATE TABLE attempts (
                run INTEGER NOT NULL REFERENCES runs (seq),
                hand_in TEXT NOT NULL,
                student TEXT NOT NULL,
                attempt INTEGER,
                submitted_at TEXT,
                submission_sha256 TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('graded', 'rejected', 'grader_error')),
                points REAL CHECK (points BETWEEN 0 AND max),
                max REAL NOT NULL,
                theory REAL CHECK (theory BETWEEN 0 AND theory_max),
                theory_max REAL NOT NULL,
                parts TEXT NOT NULL,
                notes TEXT NOT NULL,
                PRIMARY KEY (run, hand_in)
            ) STRICT;
            CREATE TABLE marks (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                at TEXT NOT NULL,
                who TEXT NOT NULL,
                student TEXT NOT NULL,
                item TEXT NOT NULL,
                points REAL NOT NULL CHECK (points BETWEEN 0 AND max),
                max REAL NOT NULL CHECK (max > 0),
                submitted_at TEXT,
                why TEXT NOT NULL CHECK (trim(why) <> '')
            ) STRICT;
            CREATE TABLE overrides (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                at TEXT NOT NULL,
                who TEXT NOT NULL,
                student TEXT NOT NULL,
                item TEXT NOT NULL,
                decision TEXT NOT NULL CHECK (decision IN ('score', 'excused', 'withdrawn')),
                points REAL CHECK (points BETWEEN 0 AND max),
                max REAL CHECK (max > 0),
                why TEXT NOT NULL CHECK (trim(why) <> ''),
                CHECK ((decision = 'score') = (points IS NOT NULL AND max IS NOT NULL))
            ) STRICT;",
        append_only: &[
            ("runs", "seq"),
            ("attempts", "run, hand_in"),
            ("marks", "seq"),
            ("overrides", "seq"),
        ],
    },
    Migration {
        tables: "
            CREATE TABLE extensions (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                at TEXT NOT NULL,
                who TEXT NOT NULL,
                student TEXT NOT NULL,
                assignment TEXT NOT NULL,
                part TEXT NOT NULL CHECK (part IN ('practical', 'theory', 'both')),
                until TEXT,
                days INTEGER CHECK (days >= 0),
                why TEXT NOT NULL CHECK (trim(why) <> ''),
                CHECK ((until IS NULL) <> (days IS NULL))
            ) STRICT;",
        append_only: &[("extensions", "seq")],
    },
];

/// The version that this program writes.
pub(super) const VERSION: usize = MIGRATIONS.len();

/// What a file is.
pub(super) enum Found {
    /// A store that is now of [`VERSION`].
    Current,
    /// A store of a later program, of this version.
    Newer(usize),
    /// A database of something else.
    Foreign,
}

/// Brings the store to [`VERSION`], in one transaction.
pub(super) fn migrate(connection: &mut Connection, to: usize) -> rusqlite::Result<Found> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let pragma = |name: &str| -> rusqlite::Result<i32> {
        transaction.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
    };
    let tables: i64 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if pragma("application_id")? != APPLICATION && tables > 0 {
        return Ok(Found::Foreign);
    }
    let version = usize::try_from(pragma("user_version")?).unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() {
        return Ok(Found::Newer(version));
    }
    for migration in MIGRATIONS.iter().take(to).skip(version) {
        transaction.execute_batch(migration.tables)?;
        for (table, key) in migration.append_only {
            transaction.execute_batch(&append_only(table, key))?;
        }
    }
    if version < to {
        transaction.execute_batch(&format!(
            "PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {to};"
        ))?;
    }
    transaction.commit()?;
    Ok(Found::Current)
}

/// Triggers that keep what is written. The third is for `INSERT OR REPLACE`, which deletes without asking the
/// second.
fn append_only(table: &str, key: &str) -> String {
    let new: Vec<String> = key
        .split(", ")
        .map(|column| format!("NEW.{column}"))
        .collect();
    let refuse = format!("SELECT RAISE(ABORT, 'the table {table} is append-only');");
    format!(
        "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {refuse} END;
         CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {refuse} END;
         CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
             WHEN EXISTS (SELECT 1 FROM {table} WHERE ({key}) = ({})) BEGIN {refuse} END;",
        new.join(", ")
    )
}
