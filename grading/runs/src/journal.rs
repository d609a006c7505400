//! What happened in the runs over a folder of results, a line each.
//!
//! A line is on disk before the next step begins, so that after any death the journal says what was under way.
//! A last line that is only half there, as a death leaves it, is cut off.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use report::SummaryStatus;
use serde::{Deserialize, Serialize};

use crate::{RunError, Selection};

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run begins.
    Begun {
        /// Unix time in seconds.
        at: u64,
        /// The folder of the hand-ins.
        from: PathBuf,
        /// What decides results besides the hand-ins.
        grading_key: String,
        /// Which hand-ins.
        selection: Selection,
        /// How many.
        hand_ins: usize,
    },
    /// A hand-in is looked at.
    Started {
        /// Its name.
        hand_in: String,
    },
    /// Its results are on disk.
    Done {
        /// Its name.
        hand_in: String,
        /// How it ended.
        status: SummaryStatus,
        /// Whether they came from the store.
        stored: bool,
        /// By the clock.
        seconds: f64,
    },
    /// An entry of the store was not as it was written; the hand-in was graded anew.
    Damaged {
        /// The hand-in's name.
        hand_in: String,
        /// The entry's key.
        key: String,
    },
    /// The run ends by itself.
    Ended {
        /// Whether it reached every hand-in.
        complete: bool,
    },
}

/// A journal that is written to, by several threads.
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

/// What a journal tells of the runs before.
#[derive(Debug, Default, PartialEq)]
pub struct Past {
    /// The `begun` event of the last run.
    pub last: Option<Event>,
    /// Whether the last run ended by itself and reached every hand-in.
    pub complete: bool,
    /// For each hand-in, how often a run died over it.
    pub died: BTreeMap<String, u32>,
}

impl Journal {
    /// Opens the journal at `path` to go on writing, and tells what is in it.
    ///
    /// # Errors
    /// When it cannot be read or written, or a line in its middle is none of a journal.
    pub fn open(path: &Path) -> Result<(Self, Past), RunError> {
        let (past, length) = read(path)?;
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(RunError::io("write", path))?;
        file.set_len(length as u64)
            .map_err(RunError::io("write", path))?;
        let journal = Self {
            path: path.to_owned(),
            file: Mutex::new(file),
        };
        Ok((journal, past))
    }

    /// Adds a line and waits until it is on disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, event: &Event) -> Result<(), RunError> {
        let fail = |error| RunError::io("write", &self.path)(error);
        let line = serde_json::to_string(event).map_err(|e| fail(e.into()))? + "\n";
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes())
            .and_then(|()| file.sync_data())
            .map_err(fail)
    }
}

/// The events of a journal, and the length of its whole lines in bytes.
fn read(path: &Path) -> Result<(Past, usize), RunError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Default::default()),
        Err(error) => return Err(RunError::io("read", path)(error)),
    };
    let length = bytes
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1);
    let mut past = Past::default();
    let mut open = Vec::new();
    for (i, line) in bytes[..length].split_inclusive(|b| *b == b'\n').enumerate() {
        let event = serde_json::from_slice(line).map_err(|error| RunError::Damaged {
            path: path.to_owned(),
            why: format!(
                "line {} is no line of a journal ({error}); results are safe without it: move it away",
                i + 1
            ),
        })?;
        past.add(event, &mut open);
    }
    past.die(&mut open);
    Ok((past, length))
}

impl Past {
    /// `open` are the hand-ins that were started and not done.
    fn add(&mut self, event: Event, open: &mut Vec<String>) {
        match event {
            Event::Begun { .. } => {
                self.die(open);
                self.last = Some(event);
                self.complete = false;
            }
            Event::Started { hand_in } => open.push(hand_in),
            Event::Done { hand_in, .. } => open.retain(|name| *name != hand_in),
            Event::Damaged { .. } => {}
            Event::Ended { complete } => {
                open.clear();
                self.complete = complete;
            }
        }
    }

    fn die(&mut self, open: &mut Vec<String>) {
        for hand_in in open.drain(..) {
            *self.died.entry(hand_in).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Event {
        Event::Begun {
            at: 0,
            from: "hand-ins".into(),
            grading_key: "k".into(),
            selection: Selection::default(),
            hand_ins: 2,
        }
    }

    fn started(name: &str) -> Event {
        Event::Started {
            hand_in: name.into(),
        }
    }

    fn done(name: &str) -> Event {
        Event::Done {
            hand_in: name.into(),
            status: SummaryStatus::Graded,
            stored: false,
            seconds: 0.5,
        }
    }

    /// What a later run learns of these events and `torn` after them.
    fn past(events: &[Event], torn: &str) -> Past {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("journal.jsonl");
        let (journal, before) = Journal::open(&path).unwrap();
        assert_eq!(before, Past::default());
        for event in events {
            journal.write(event).unwrap();
        }
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole, torn.as_bytes()].concat()).unwrap();
        let (_, past) = Journal::open(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole, "the torn line stays");
        past
    }

    #[test]
    fn a_run_that_ended_left_nothing_open() {
        let events = [
            begun(),
            started("a"),
            done("a"),
            Event::Ended { complete: true },
        ];
        let past = past(&events, "");
        assert!(past.complete && past.died.is_empty());
        assert_eq!(past.last, Some(begun()));
    }

    #[test]
    fn what_was_under_way_at_a_death_is_known() {
        let events = [
            begun(),
            started("a"),
            started("b"),
            done("a"),
            begun(),
            started("b"),
        ];
        let past = past(&events, "{\"event\":\"do");
        assert!(!past.complete);
        assert_eq!(past.died, BTreeMap::from([("b".into(), 2)]));
    }

    #[test]
    fn nonsense_in_the_middle_is_named_with_its_line() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("journal.jsonl");
        fs::write(&path, "{\"event\":\"ended\",\"complete\":true}\nnonsense\n").unwrap();
        let Err(error) = Journal::open(&path) else {
            panic!("nonsense was taken for a journal");
        };
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
