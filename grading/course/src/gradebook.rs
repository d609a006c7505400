//! `gradebook`: scores of the course, from the results of grading to the tables of other programs.

mod args;
mod print;

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use gradebook::Timestamp;
use gradebook::book::{Book, Source, StudentBook};
use gradebook::class::{Class, read_summary};
use gradebook::diff::diff;
use gradebook::events::{Decision, Override};
use gradebook::export::{self, Exported, Worksheet};
use gradebook::marks::{self, Sheet};
use gradebook::policy::{Extension, ExtensionOf, MoreTime};
use gradebook::store::{Added, Store};
use gradebook::summary::{Status, Summary};
use serde_json::{Value, json};

pub use args::GradebookArgs;
use args::{Command, ExportArgs, ExtendArgs, Format, Recorder};

use crate::exit::Exit;
use crate::output::{say, tell};
use crate::workspace;

/// Does what the command says.
///
/// # Errors
/// When the course's files are not there or wrong, or an argument names what does not exist.
pub fn run(args: &GradebookArgs) -> Result<Exit> {
    let class = Class::open(&workspace::course_folder()?)?;
    let mut desk = Desk {
        store: class.store()?,
        class,
        json: args.json,
        now: Timestamp::now(),
    };
    match &args.command {
        Command::Compute { recorder } => desk.compute(recorder),
        Command::Show { student } => desk.show(student.as_deref()),
        Command::Explain { student } => desk.explain(student),
        Command::Override {
            student,
            item,
            decision,
            why,
            recorder,
        } => desk.decide(student, item, *decision, why, recorder),
        Command::Extend(args) => desk.extend(args),
        Command::ImportManual {
            item,
            from,
            max,
            why,
            recorder,
        } => desk.import(item, from, *max, why.as_deref(), recorder),
        Command::Export(args) => desk.export(args),
        Command::Diff { before, after } => desk.diff(before, after),
    }
}

struct Desk {
    class: Class,
    store: Store,
    json: bool,
    now: Timestamp,
}

impl Desk {
    fn book(&self) -> Result<Book> {
        Ok(self.class.book(&self.store, self.now)?)
    }

    fn student(&self, number: &str) -> Result<StudentBook> {
        let book = self.book()?;
        let found = book.student(number).cloned();
        found.with_context(|| {
            let roster = &self.class.policy.roster;
            format!("student {number:?} is not in {roster}")
        })
    }

    /// Prints a document, or a text for people.
    fn say(&self, document: &Value, text: &str) -> Result<()> {
        if self.json {
            say(serde_json::to_string_pretty(document)?)?;
        } else {
            say(text)?;
        }
        Ok(())
    }

    fn compute(&mut self, recorder: &Recorder) -> Result<Exit> {
        let added = self
            .class
            .record(&mut self.store, self.now, &recorder.name()?)?;
        for (assignment, what) in &added {
            if let Added::New(seq) = what {
                tell(format_args!(
                    "recorded the results of {assignment} as run {seq}"
                ));
            }
        }
        let book = self.book()?;
        self.say(&json!(book), &print::class(&book, &self.class.policy))?;
        let events = self.store.events(self.now)?;
        Ok(if book.students.iter().any(met_grader_error) {
            Exit::GraderError
        } else if events.runs.is_empty() && events.marks.is_empty() {
            Exit::Nothing
        } else {
            Exit::Done
        })
    }

    fn show(&self, student: Option<&str>) -> Result<Exit> {
        let policy = &self.class.policy;
        if let Some(number) = student {
            let student = self.student(number)?;
            self.say(&json!(student), &print::student(&student, policy))?;
        } else {
            let book = self.book()?;
            let runs = self.store.events(self.now)?.runs;
            let runs: Vec<Value> = runs
                .iter()
                .map(|run| {
                    json!({
                        "run": run.seq,
                        "at": run.at,
                        "who": run.who,
                        "assignment": run.what.assignment,
                        "grading_key": run.what.grading_key,
                        "complete": run.what.complete,
                        "hand_ins": run.what.hand_ins.len(),
                    })
                })
                .collect();
            let document = json!({ "book": book, "runs": runs });
            self.say(&document, &print::class(&book, policy))?;
        }
        Ok(Exit::Done)
    }

    fn explain(&self, student: &str) -> Result<Exit> {
        let student = self.student(student)?;
        let page = gradebook::explain::explain(&self.class.policy, &student);
        self.say(&json!({ "student": student, "text": page }), &page)?;
        Ok(Exit::Done)
    }

    fn decide(
        &mut self,
        student: &str,
        item: &str,
        decision: Decision,
        why: &str,
        recorder: &Recorder,
    ) -> Result<Exit> {
        let before = self.student(student)?;
        let items = self.class.policy.items();
        if !items.iter().any(|known| known == item) {
            bail!(
                "{item:?} is no item of the course; there is: {}",
                items.join(", ")
            );
        }
        let what = Override {
            student: before.student.student.clone(),
            item: item.to_string(),
            decision,
            why: why.to_string(),
        };
        let seq = self
            .store
            .add_override(&what, self.now, &recorder.name()?)?;
        self.recorded(&format!("override {seq}"), &before)
    }

    fn extend(&mut self, args: &ExtendArgs) -> Result<Exit> {
        let before = self.student(&args.student)?;
        let policy = &self.class.policy;
        let assignment = policy.assignment(&args.assignment).with_context(|| {
            let ids: Vec<&str> = policy.assignments.iter().map(|a| a.id.as_str()).collect();
            format!(
                "there is no assignment {:?}; there is: {}",
                args.assignment,
                ids.join(", ")
            )
        })?;
        let part = ExtensionOf::from_word(&args.part).with_context(|| {
            format!(
                "--part is {:?}, but must be practical, theory or both",
                args.part
            )
        })?;
        let to = match (&args.until, args.days) {
            (Some(text), _) => {
                let until = policy
                    .moment(text)
                    .map_err(|what| anyhow!("--until {what}"))?;
                MoreTime::Until(until)
            }
            (None, Some(days)) => MoreTime::Days(days),
            (None, None) => bail!("say how much: --days N or --until TIME"),
        };
        let what = Extension {
            student: before.student.student.clone(),
            assignment: assignment.id.clone(),
            part,
            to,
            why: args.why.clone(),
        };
        let seq = self
            .store
            .add_extension(&what, self.now, &args.recorder.name()?)?;
        self.recorded(&format!("extension {seq}"), &before)
    }

    /// Says what was recorded, and every score of the student that is another one now: slack that one assignment
    /// no longer takes is there for a later one.
    fn recorded(&self, what: &str, before: &StudentBook) -> Result<Exit> {
        let after = self.student(&before.student.student)?;
        let changed = before.changed(&after);
        let document: Vec<Value> = changed
            .iter()
            .map(|(item, old, new)| json!({ "item": item, "before": old, "after": new }))
            .collect();
        let document = json!({ "recorded": what, "changed": document });
        let text = print::changes(what, &changed, self.class.policy.totals.digits);
        self.say(&document, &text)?;
        Ok(Exit::Done)
    }

    fn import(
        &mut self,
        item: &str,
        from: &Path,
        max: f64,
        why: Option<&str>,
        recorder: &Recorder,
    ) -> Result<Exit> {
        let text = read(from)?;
        let path = from.to_string_lossy();
        let sheet = Sheet {
            path: &path,
            item,
            max,
            why: why.unwrap_or(&path),
        };
        let found = marks::read(&text, &sheet, &self.class.policy)?;
        self.store
            .add_marks(&found.marks, self.now, &recorder.name()?)?;
        let roster = &self.class.roster;
        let numbers = found.marks.iter().map(|mark| mark.student.as_str());
        let strangers: Vec<&str> = numbers
            .filter(|number| roster.get(number).is_none())
            .collect();
        let document = json!({
            "recorded": found.marks.len(),
            "without_score": found.without,
            "not_in_roster": strangers,
        });
        let mut text = match found.marks.len() {
            1 => format!("recorded 1 mark of {item}\n"),
            marks => format!("recorded {marks} marks of {item}\n"),
        };
        for (numbers, what) in [
            (
                found.without.iter().map(String::as_str).collect(),
                "without a score",
            ),
            (strangers, "not in the roster"),
        ] {
            if !numbers.is_empty() {
                text += &format!("{what}: {}\n", numbers.join(", "));
            }
        }
        self.say(&document, &text)?;
        Ok(if found.marks.is_empty() {
            Exit::Nothing
        } else {
            Exit::Done
        })
    }

    fn export(&self, args: &ExportArgs) -> Result<Exit> {
        let (book, policy) = (self.book()?, &self.class.policy);
        let plain = |text| Exported {
            text,
            notes: Vec::new(),
        };
        let (bytes, notes) = match args.format {
            Format::Xlsx => (export::xlsx(&book)?, Vec::new()),
            format => {
                let file = match format {
                    Format::Canvas => plain(export::canvas(&book, policy)),
                    Format::Quera => plain(export::quera(&book, &args.item)?),
                    Format::Moodle => moodle(&book, args)?,
                    Format::Csv | Format::Xlsx => plain(export::csv(&book, policy, args.bom)),
                };
                (file.text.into_bytes(), file.notes)
            }
        };
        for note in &notes {
            tell(note);
        }
        if let Some(out) = &args.out {
            common::files::write_atomically(out, &bytes)
                .with_context(|| format!("cannot write {}", out.display()))?;
            let document = json!({ "out": out, "bytes": bytes.len(), "notes": notes });
            self.say(&document, &format!("wrote {}\n", out.display()))?;
        } else {
            let text = String::from_utf8_lossy(&bytes);
            self.say(&json!({ "text": text, "notes": notes }), &text)?;
        }
        Ok(Exit::Done)
    }

    fn diff(&self, before: &str, after: &str) -> Result<Exit> {
        let (before, after) = (self.results(before)?, self.results(after)?);
        if before.assignment != after.assignment {
            bail!(
                "the first results are of {} and the second of {}; compare results of one assignment",
                before.assignment,
                after.assignment
            );
        }
        let changes = diff(&before, &after);
        self.say(&json!(changes), &print::differences(&changes))?;
        Ok(Exit::Done)
    }

    /// The results that an argument names: a run's number, else a file.
    fn results(&self, name: &str) -> Result<Summary> {
        match name.parse() {
            Ok(seq) => Ok(self.store.run(seq)?.what),
            Err(_) => Ok(read_summary(Path::new(name))?),
        }
    }
}

fn moodle(book: &Book, args: &ExportArgs) -> Result<Exported> {
    let Some(path) = &args.worksheet else {
        return Ok(export::moodle(book, &args.item, None)?);
    };
    let text = read(path)?;
    let path = path.to_string_lossy();
    let worksheet = Worksheet {
        path: &path,
        text: &text,
    };
    Ok(export::moodle(book, &args.item, Some(&worksheet))?)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Whether a score is pending because the grader failed.
fn met_grader_error(student: &StudentBook) -> bool {
    let mut parts = student.assignments.iter().flat_map(|a| &a.parts);
    parts.any(|part| {
        let failed =
            matches!(&part.source, Source::HandIn(chosen) if chosen.status == Status::GraderError);
        failed && part.worth.grade.is_pending()
    })
}
