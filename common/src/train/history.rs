//! What a run measured, epoch by epoch.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::record;

record! {
    /// One epoch.
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

    /// The last epoch.
    #[must_use]
    pub fn last(&self) -> Option<&Row> {
        self.rows.last()
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
