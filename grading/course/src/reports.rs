//! `course report`: pages, JUnit XML and feedback of results that are there.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use gradebook::Timestamp;
use gradebook::book::Source;
use gradebook::class::Class;
use gradebook::policy::Part;
use report::Feedback;
use report::pages::{ClassResults, Extras, LateSummary, Pages, write_pages};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::output::{say, tell};
use crate::{assignments, workspace};

/// What `course report` is asked for.
#[derive(Args)]
pub struct ReportArgs {
    /// The assignment: a1.
    assignment: String,
    /// The folder that `grade` wrote; `results/<assignment>` in the course's folder without.
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// The folder for the pages; `reports/<assignment>` in the course's folder without.
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
    /// Write JUnit XML to this file.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Put times into the JUnit file; they differ from run to run.
    #[arg(long, requires = "junit")]
    times: bool,
    /// Write a zip and a folder for each student into this folder.
    #[arg(long, value_name = "DIR")]
    feedback: Option<PathBuf>,
    /// One JSON document on standard output.
    #[arg(long)]
    json: bool,
}

/// What was written.
struct Written<'a> {
    hand_ins: usize,
    pages: Pages,
    junit: Option<&'a Path>,
    feedback: Option<(&'a Path, Feedback)>,
}

/// Writes the reports and says where they are.
///
/// # Errors
/// When the results cannot be read, are those of another assignment, or a report cannot be written.
pub fn run(args: &ReportArgs) -> Result<Exit> {
    let assignment = assignments::suite(&args.assignment)?.assignment.id;
    let in_course = |named: &Option<PathBuf>, folder: &str| match named {
        Some(named) => Ok(named.clone()),
        None => workspace::course_folder().map(|course| course.join(folder).join(assignment)),
    };
    let results = in_course(&args.results, "results")?;
    let class = ClassResults::read(&results)?;
    if class.assignment != assignment {
        bail!(
            "{} holds results of {}, not of {assignment}; name another folder with --results",
            results.display(),
            class.assignment
        );
    }
    let written = write(args, &class, &in_course(&args.html, "reports")?)?;
    if args.json {
        say(serde_json::to_string_pretty(&written.document(assignment))?)?;
    } else {
        say(written.words())?;
    }
    if let Some((_, feedback)) = &written.feedback
        && !feedback.unclear.is_empty()
    {
        tell(format_args!(
            "several hand-ins give the same student and none is known to be the newest, so each has a zip of its own: {}",
            feedback.unclear.join(", ")
        ));
    }
    Ok(match written.hand_ins {
        0 => Exit::Nothing,
        _ => Exit::Done,
    })
}

/// The late days and the hand-ins that count, where there is a gradebook of the course.
fn extras(assignment: &str) -> Result<Extras> {
    let folder = workspace::course_folder()?;
    let mut extras = Extras::default();
    if !Class::has_store(&folder) {
        return Ok(extras);
    }
    let class = Class::open(&folder)?;
    let named = class
        .roster
        .iter()
        .filter(|student| !student.name.is_empty());
    extras.names = named
        .map(|student| (student.student.clone(), student.name.clone()))
        .collect();
    let book = class.book(&class.store()?, Timestamp::now())?;
    for student in &book.students {
        let parts = student.assignments.iter().filter(|a| a.id == assignment);
        let practical = parts
            .flat_map(|a| &a.parts)
            .find(|p| p.part == Part::Practical);
        let Some((part, Source::HandIn(chosen))) = practical.map(|part| (part, &part.source))
        else {
            continue;
        };
        let number = student.student.student.clone();
        extras
            .counting
            .insert(number.clone(), chosen.hand_in.clone());
        if let Some(charge) = &part.charge {
            let late = LateSummary {
                days_late: charge.days,
                slack_used: charge.used,
                penalty_percent: ((1.0 - charge.factor) * 100.0).round() as u32,
            };
            extras.late.insert(number, late);
        }
    }
    Ok(extras)
}

fn write<'a>(args: &'a ReportArgs, class: &ClassResults, html: &Path) -> Result<Written<'a>> {
    let extras = extras(&class.assignment)?;
    let pages = write_pages(class, &extras, html)?;
    if let Some(path) = &args.junit {
        let xml = report::junit_xml(class, args.times);
        common::files::write_atomically(path, xml.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let feedback = match &args.feedback {
        Some(folder) => Some((
            folder.as_path(),
            report::write_feedback(class, &extras, folder)?,
        )),
        None => None,
    };
    Ok(Written {
        hand_ins: class.hand_ins.len(),
        pages,
        junit: args.junit.as_deref(),
        feedback,
    })
}

impl Written<'_> {
    /// Where to look.
    fn words(&self) -> String {
        let Pages { index, pages, .. } = &self.pages;
        let students = index.with_file_name("students");
        let mut lines = vec![
            format!("{}    the class; {pages} pages in all", index.display()),
            format!("{}    the pages that students may have", students.display()),
        ];
        if let Some(path) = self.junit {
            lines.push(format!("{}    JUnit XML", path.display()));
        }
        if let Some((folder, feedback)) = &self.feedback {
            let (folder, zips) = (folder.display(), feedback.zips);
            lines.push(format!(
                "{folder}    {zips} zips for students, and the same as folders"
            ));
        }
        lines.join("\n") + "\n"
    }

    fn document(&self, assignment: &str) -> Value {
        let feedback = self.feedback.as_ref().map(|(folder, feedback)| {
            json!({
                "folder": folder,
                "zips": feedback.zips,
                "unclear": feedback.unclear,
                "removed": feedback.removed,
            })
        });
        json!({
            "assignment": assignment,
            "hand_ins": self.hand_ins,
            "index": self.pages.index,
            "pages": self.pages.pages,
            "removed": self.pages.removed,
            "junit": self.junit,
            "feedback": feedback,
        })
    }
}
