//! What a run measured, epoch by epoch.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow};
use serde_json::{Map, Value, json};

use crate::record;

record! {
    /// One epoch.
    #[derive(PartialEq)]
    pub struct Row {
        /// Counted from 1.
        pub epoch: usize,
        /// Steps made since the start of the run.
        pub steps: usize,
        /// What was measured: `train_` and `test_` before the metric's name.
        pub values: Vec<(String, f64)>,
        /// Wall-clock seconds of this epoch, evaluation included.
        pub seconds: f64,
    }
}

impl Row {
    /// The value called `name`.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        let found = self.values.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| *value)
    }
}

record! {
    /// All epochs so far.
    #[derive(PartialEq)]
    pub struct History {
        /// One row per epoch.
        pub rows: Vec<Row>,
    }
}

impl History {
    /// No epoch yet.
    #[must_use]
    pub fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// What the run in `folder` measured, as its `history.csv` says. The seconds, which no two runs share, are left
    /// at 0: runs with the same settings and seed are equal.
    ///
    /// # Errors
    /// No such file, or one that is no history.
    pub fn measured_in(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("history.csv");
        let csv =
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        from_csv(&csv).ok_or_else(|| anyhow!("{} is no history", path.display()))
    }

    /// The last epoch.
    #[must_use]
    pub fn last(&self) -> Option<&Row> {
        self.rows.last()
    }

    /// The value called `name` of the last epoch.
    #[must_use]
    pub fn last_value(&self, name: &str) -> Option<f64> {
        self.last()?.value(name)
    }

    /// The values called `name`, with their epochs.
    #[must_use]
    pub fn column(&self, name: &str) -> Vec<(usize, f64)> {
        self.rows
            .iter()
            .filter_map(|row| Some((row.epoch, row.value(name)?)))
            .collect()
    }

    /// Every name that some row has a value for, in order of appearance.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.rows.iter().flat_map(|row| &row.values) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// The seconds of all epochs.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.rows.iter().map(|row| row.seconds).sum()
    }

    /// A table with a heading: `epoch,steps,<metrics>,seconds`. Numbers keep all their digits, an
    /// epoch without a value has an empty cell.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let names = self.names();
        let mut csv = String::from("epoch,steps,");
        for name in &names {
            csv.push_str(name);
            csv.push(',');
        }
        csv.push_str("seconds\n");
        for row in &self.rows {
            let _ = write!(csv, "{},{},", row.epoch, row.steps); // a String takes every write
            for name in &names {
                let cell = row.value(name).map(|value| value.to_string());
                csv.push_str(&cell.unwrap_or_default());
                csv.push(',');
            }
            let _ = writeln!(csv, "{:.3}", row.seconds);
        }
        csv
    }

    /// A list of objects with the columns of [`History::to_csv`].
    #[must_use]
    pub fn to_json(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            let mut object = Map::new();
            object.insert("epoch".into(), json!(row.epoch));
            object.insert("steps".into(), json!(row.steps));
            for (name, value) in &row.values {
                object.insert(name.clone(), json!(value));
            }
            object.insert("seconds".into(), json!(row.seconds));
            Value::Object(object)
        });
        format!("{:#}\n", Value::Array(rows.collect()))
    }
}

/// The opposite of [`History::to_csv`], but for the seconds.
fn from_csv(csv: &str) -> Option<History> {
    let mut lines = csv.lines();
    let names = lines.next()?.strip_suffix("seconds")?;
    let names: Vec<&str> = names
        .strip_prefix("epoch,steps,")?
        .split_terminator(',')
        .collect();
    let row = |line: &str| {
        let mut cells = line.split(',');
        let (epoch, steps) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
        let mut values = Vec::new();
        for name in &names {
            match cells.next()? {
                "" => {}
                cell => values.push((name.to_string(), cell.parse().ok()?)),
            }
        }
        let seconds: Option<&str> = cells.next();
        (seconds.is_some() && cells.next().is_none()).then_some(Row {
            epoch,
            steps,
            values,
            seconds: 0.0,
        })
    };
    let rows = lines.map(row).collect::<Option<_>>()?;
    Some(History { rows })
}

impl Default for History {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        let row = |epoch, values: &[(&str, f64)]| Row {
            epoch,
            steps: 10 * epoch,
            values: values.iter().map(|(k, v)| (k.to_string(), *v)).collect(),
            seconds: 0.5,
        };
        History {
            rows: vec![
                row(1, &[("train_loss", 0.1)]),
                row(2, &[("train_loss", 0.05), ("test_loss", 1.0 / 3.0)]),
            ],
        }
    }

    #[test]
    fn csv_has_a_heading_all_digits_and_empty_cells() {
        assert_eq!(
            history().to_csv(),
            "epoch,steps,train_loss,test_loss,seconds\n\
             1,10,0.1,,0.500\n\
             2,20,0.05,0.3333333333333333,0.500\n"
        );
    }

    #[test]
    fn a_folder_tells_what_was_measured_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        fs::write(&path, history().to_csv()).unwrap();
        let measured = History::measured_in(folder.path()).unwrap();
        let mut want = history();
        assert_ne!(measured, want);
        want.rows.iter_mut().for_each(|row| row.seconds = 0.0);
        assert_eq!(measured, want);
        assert_eq!(measured.last_value("test_loss"), Some(1.0 / 3.0));

        for damaged in ["", "1,2,3\n", "epoch,steps,seconds\n1,10,0.1,0.5\n"] {
            fs::write(&path, damaged).unwrap();
            let error = History::measured_in(folder.path()).unwrap_err().to_string();
            assert!(error.ends_with("history.csv is no history"), "{error}");
        }
    }

    #[test]
    fn json_can_be_read_again() {
        let rows: Value = serde_json::from_str(&history().to_json()).unwrap();
        assert_eq!(rows[1]["test_loss"], 1.0 / 3.0);
        assert_eq!(rows[0]["epoch"], 1);
        assert_eq!(rows[0].get("test_loss"), None);
    }

    #[test]
    fn a_column_knows_its_epochs() {
        assert_eq!(history().column("test_loss"), [(2, 1.0 / 3.0)]);
        assert_eq!(history().column("nothing"), []);
        assert_eq!(history().seconds(), 1.0);
    }
}
