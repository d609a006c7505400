//! Rows as events.

use std::collections::BTreeMap;
use std::error::Error;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Result, Row};

use crate::events::{Decision, Events, Mark, Override, Recorded};
use crate::policy::{Extension, ExtensionOf, MoreTime};
use crate::summary::{HandIn, Status, Summary};

pub(super) fn events(connection: &Connection, as_of: Timestamp) -> Result<Events> {
    // one transaction, so that all lists are of the same moment
    let transaction = connection.unchecked_transaction()?;
    let mut hand_ins = hand_ins(&transaction)?;
    let runs = all(&transaction, "runs", |row| {
        let seq: i64 = row.get("seq")?;
        Ok(Summary {
            schema: 1,
            assignment: row.get("assignment")?,
            grading_key: row.get("grading_key")?,
            complete: row.get("complete")?,
            hand_ins: hand_ins.remove(&seq).unwrap_or_default(),
        })
    })?;
    Ok(Events {
        runs,
        marks: all(&transaction, "marks", mark)?,
        overrides: all(&transaction, "overrides", decision)?,
        extensions: all(&transaction, "extensions", extension)?,
        as_of,
    })
}

fn all<T>(
    connection: &Connection,
    table: &str,
    mut what: impl FnMut(&Row) -> Result<T>,
) -> Result<Vec<Recorded<T>>> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY seq"))?;
    let rows = statement.query_map([], |row| {
        Ok(Recorded {
            seq: row.get("seq")?,
            at: time(row, "at")?,
            who: row.get("who")?,
            what: what(row)?,
        })
    })?;
    rows.collect()
}

fn hand_ins(connection: &Connection) -> Result<BTreeMap<i64, Vec<HandIn>>> {
    let mut statement = connection.prepare("SELECT * FROM attempts ORDER BY run, hand_in")?;
    let rows = statement.query_map([], |row| Ok((row.get("run")?, hand_in(row)?)))?;
    let mut of_run: BTreeMap<i64, Vec<HandIn>> = BTreeMap::new();
    for row in rows {
        let (run, hand_in) = row?;
        of_run.entry(run).or_default().push(hand_in);
    }
    Ok(of_run)
}

fn hand_in(row: &Row) -> Result<HandIn> {
    let status: String = row.get("status")?;
    Ok(HandIn {
        hand_in: row.get("hand_in")?,
        student: row.get("student")?,
        attempt: row.get("attempt")?,
        submitted_at: maybe_time(row, "submitted_at")?,
        submission_sha256: row.get("submission_sha256")?,
        status: match status.as_str() {
            "graded" => Status::Graded,
            "rejected" => Status::Rejected,
            _ => Status::GraderError,
        },
        points: row.get("points")?,
        max: row.get("max")?,
        theory: row.get("theory")?,
        theory_max: row.get("theory_max")?,
        parts: json(row, "parts")?,
        notes: json(row, "notes")?,
    })
}

fn mark(row: &Row) -> Result<Mark> {
    Ok(Mark {
        student: row.get("student")?,
        item: row.get("item")?,
        points: row.get("points")?,
        max: row.get("max")?,
        submitted_at: maybe_time(row, "submitted_at")?,
        why: row.get("why")?,
    })
}

fn decision(row: &Row) -> Result<Override> {
    let word: String = row.get("decision")?;
    Ok(Override {
        student: row.get("student")?,
        item: row.get("item")?,
        decision: match word.as_str() {
            "score" => Decision::Score {
                points: row.get("points")?,
                max: row.get("max")?,
            },
            "excused" => Decision::Excused,
            _ => Decision::Withdrawn,
        },
        why: row.get("why")?,
    })
}

fn extension(row: &Row) -> Result<Extension> {
    let word: String = row.get("part")?;
    Ok(Extension {
        student: row.get("student")?,
        assignment: row.get("assignment")?,
        part: ExtensionOf::from_word(&word).unwrap_or(ExtensionOf::Both),
        to: match maybe_time(row, "until")? {
            Some(until) => MoreTime::Until(until),
            None => MoreTime::Days(row.get("days")?),
        },
        why: row.get("why")?,
    })
}

fn time(row: &Row, column: &str) -> Result<Timestamp> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| unreadable(row, column, error))
}

fn maybe_time(row: &Row, column: &str) -> Result<Option<Timestamp>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse())
        .transpose()
        .map_err(|error| unreadable(row, column, error))
}

fn json<T: serde::de::DeserializeOwned>(row: &Row, column: &str) -> Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(row, column, error))
}

fn unreadable(
    row: &Row,
    column: &str,
    error: impl Error + Send + Sync + 'static,
) -> rusqlite::Error {
    let index = row.as_ref().column_index(column).unwrap_or_default();
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
}
