//! What came of the attacks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use report::{Summary, SummaryStatus};
use serde::Serialize;
use serde_json::Value;

use crate::bench::{HONEST, SECRET};
use crate::{Bench, Fixture};

/// What came of all attacks.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Each attack, by name.
    pub outcomes: Vec<Outcome>,
    /// What else is wrong: an honest hand-in that lost points, a secret in a result, a process that is left.
    pub harm: Vec<String>,
}

/// What came of one attack.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The name of the hand-in.
    pub name: String,
    /// The items of the catalogue that it stands for.
    pub catalogue: Vec<u32>,
    /// What it does.
    pub what: String,
    /// Why it did not end as it must; `None` when it did.
    pub wrong: Option<String>,
    /// How long it held the grader.
    pub seconds: f64,
}

impl Report {
    /// Whether every attack ended as it must and did no harm.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.harm.is_empty() && self.outcomes.iter().all(|outcome| outcome.wrong.is_none())
    }
}

impl Bench {
    /// Looks at the results of the class, whose rows are `rows`. `point_of_part` is what each part is worth.
    #[must_use]
    pub fn judge(&self, rows: &[Summary], points_of_part: u32) -> Report {
        let rows: BTreeMap<&str, &Summary> =
            rows.iter().map(|row| (row.hand_in.as_str(), row)).collect();
        let outcomes = self.fixtures.iter().map(|(name, fixture)| {
            let folder = self.results().join(name);
            let seen = Seen {
                row: rows.get(name.as_str()).copied(),
                staff: json(&folder.join("staff.json")),
                folder: &folder,
                points_of_part,
            };
            Outcome {
                name: name.clone(),
                catalogue: fixture.catalogue.clone(),
                what: fixture.what.clone(),
                wrong: seen.judge(fixture).err(),
                seconds: seconds(&folder),
            }
        });
        Report {
            outcomes: outcomes.collect(),
            harm: self.harm(&rows),
        }
    }

    fn harm(&self, rows: &BTreeMap<&str, &Summary>) -> Vec<String> {
        let mut harm = Vec::new();
        for name in HONEST {
            match rows.get(name) {
                Some(row) if row.points == Some(row.max) => {}
                Some(row) => harm.push(format!("{name} got {:?} of {}", row.points, row.max)),
                None => harm.push(format!("{name} has no result")),
            }
        }
        let canary = self.place().join("canary.txt");
        if fs::read_to_string(&canary).ok().as_deref() != Some(SECRET) {
            harm.push("the file outside was changed".into());
        }
        for file in files_below(&self.results()) {
            let bytes = fs::read(&file).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            for (what, found) in [("the secret", SECRET), ("an escape sequence", "\u{1b}")] {
                if text.contains(found) {
                    harm.push(format!("{} holds {what}", file.display()));
                }
            }
        }
        let left = processes_left(self.place());
        harm.extend(
            left.into_iter()
                .map(|line| format!("a process is left: {line}")),
        );
        harm
    }
}

struct Seen<'a> {
    row: Option<&'a Summary>,
    staff: Value,
    folder: &'a Path,
    points_of_part: u32,
}

impl Seen<'_> {
    /// Whether the attack cost what it must, and no more.
    fn judge(&self, fixture: &Fixture) -> Result<(), String> {
        let row = self.row.ok_or("it has no result")?;
        self.told(fixture, row)?;
        if let Some(words) = &fixture.rejected {
            let why = row.notes.join("; ");
            return match row.status {
                SummaryStatus::Rejected if why.contains(words) => Ok(()),
                _ => Err(format!(
                    "ended as {:?} ({why}), not rejected with {words:?}",
                    row.status
                )),
            };
        }
        if row.status != SummaryStatus::Graded {
            return Err(format!(
                "ended as {:?}: {}",
                row.status,
                row.notes.join("; ")
            ));
        }
        let lost: Vec<&str> = row
            .parts
            .iter()
            .filter(|(_, points)| *points < self.points_of_part)
            .map(|(id, _)| id.as_str())
            .collect();
        let as_expected = match fixture.loses_all {
            true => row.points == Some(0),
            false => lost == fixture.loses,
        };
        if !as_expected {
            return Err(format!(
                "lost points in {lost:?}, not in {:?}",
                fixture.loses
            ));
        }
        self.compiled(fixture)?;
        self.rules(fixture)?;
        self.ended(fixture)
    }

    fn parts(&self) -> impl Iterator<Item = &Value> {
        self.staff["parts"].as_array().into_iter().flatten()
    }

    /// What is said about it, to whom.
    fn told(&self, fixture: &Fixture, row: &Summary) -> Result<(), String> {
        if let Some(words) = &fixture.notice {
            let notices = self.staff["notices"].as_array().into_iter().flatten();
            let mut said = notices
                .filter_map(Value::as_str)
                .chain(row.notes.iter().map(String::as_str));
            if !said.any(|text| text.contains(words)) {
                return Err(format!(
                    "nothing says {words:?}: {} {:?}",
                    self.staff["notices"], row.notes
                ));
            }
        }
        for file in ["report.txt", "results.json"] {
            let text = fs::read_to_string(self.folder.join(file)).map_err(|e| e.to_string())?;
            if let Some(seen) = fixture.unseen.iter().find(|unseen| text.contains(*unseen)) {
                return Err(format!("the student reads {seen:?} in {file}"));
            }
        }
        let results = json(&self.folder.join("results.json"));
        let tests = results["tests"].as_array().into_iter().flatten();
        for test in tests.filter(|test| test["extra_data"]["hidden"] == true) {
            let output = test["output"].as_str().unwrap_or_default();
            if let Some(seen) = fixture
                .hidden_unseen
                .iter()
                .find(|unseen| output.contains(*unseen))
            {
                return Err(format!("the student reads {seen:?} of {}", test["name"]));
            }
        }
        Ok(())
    }

    fn compiled(&self, fixture: &Fixture) -> Result<(), String> {
        let refused: Vec<&Value> = self
            .parts()
            .filter(|part| part["compile"]["verdict"] == "does_not_compile")
            .collect();
        if refused.len() != fixture.compile.len() {
            let refused: Vec<&Value> = refused.iter().map(|part| &part["part"]).collect();
            return Err(format!(
                "does not compile: {refused:?}, expected {:?}",
                fixture.compile
            ));
        }
        match refused.iter().find(|part| part["points"] != 0) {
            Some(part) => Err(format!("{} does not compile and got points", part["part"])),
            None => Ok(()),
        }
    }

    fn rules(&self, fixture: &Fixture) -> Result<(), String> {
        let violations = self
            .parts()
            .flat_map(|part| part["violations"].as_array().into_iter().flatten());
        let places: Vec<String> = violations
            .filter_map(|v| Some(format!("{}: {}", v["file"].as_str()?, v["found"].as_str()?)))
            .collect();
        let found = |broken: &String| places.iter().any(|place| place.starts_with(broken));
        match fixture.broken.iter().all(found) && places.is_empty() == fixture.broken.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "rules are broken at {places:?}, expected {:?}",
                fixture.broken
            )),
        }
    }

    fn ended(&self, fixture: &Fixture) -> Result<(), String> {
        let Some(verdict) = &fixture.verdict else {
            return Ok(());
        };
        let checks = self
            .parts()
            .flat_map(|part| part["checks"].as_array().into_iter().flatten());
        let mut ends: Vec<&str> = checks
            .filter_map(|check| check["verdict"].as_str())
            .filter(|end| *end != "passed")
            .collect();
        ends.dedup();
        match ends.contains(&verdict.as_str()) {
            true => Ok(()),
            false => Err(format!("no check ended with {verdict:?} but with {ends:?}")),
        }
    }
}

fn json(path: &Path) -> Value {
    let text = fs::read(path).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn seconds(folder: &Path) -> f64 {
    let timing = json(&folder.join("timing.json"));
    timing["compile"].as_f64().unwrap_or(0.0) + timing["check"].as_f64().unwrap_or(0.0)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .flat_map(|path| match path.is_dir() {
            true => files_below(&path),
            false => vec![path],
        })
        .collect()
}

/// Sandboxes of this program, and processes with the place of the class on their command line. A driver cannot
/// outlive its sandbox, whose first process is this program.
fn processes_left(place: &Path) -> Vec<String> {
    let place = place.display().to_string();
    let own = std::env::current_exe()
        .unwrap_or_default()
        .display()
        .to_string();
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let id: u32 = folder.file_name()?.to_str()?.parse().ok()?;
            let line = fs::read_to_string(folder.join("cmdline")).ok()?;
            let parent = parent_of(&folder);
            let sandbox = line.starts_with(&own) && parent == Some(std::process::id());
            ((sandbox || line.contains(&place)) && id != std::process::id())
                .then(|| line.replace('\0', " "))
        })
        .collect()
}

fn parent_of(process: &Path) -> Option<u32> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    line.trim().parse().ok()
}
