//! `course import`: what a course system gives becomes a folder of attempts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use gradebook::class::Class;
use gradebook::roster::Roster;
use intake::import::{Code, ImportError, Level, Line, Note, Report, Request, Source, Student};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use runs::RunError;
use serde_json::json;

use crate::exit::Exit;
use crate::output::say;
use crate::{assignments, workspace};

/// The arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Where the download is from.
    #[arg(value_enum)]
    source: From,
    /// The download: a folder, a zip or a tar.gz file.
    src: PathBuf,
    /// The assignment: a1.
    #[arg(long, value_name = "ID")]
    assignment: String,
    /// The students, as CSV. roster.csv in the course's folder without.
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// Where the hand-ins are kept. submissions/a1 in the course's folder without.
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// The zone of times that say none; that of the course without.
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// End with exit code 6 when something was not imported.
    #[arg(long)]
    strict: bool,
    /// One JSON document on standard output.
    #[arg(long)]
    json: bool,
}

/// The systems whose downloads are known.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum From {
    /// Quera: final hand-ins, by question or by student.
    Quera,
    /// Moodle: all submissions, with or without folders.
    Moodle,
    /// Canvas: download submissions.
    Canvas,
    /// Gradescope: export submissions.
    Gradescope,
    /// Folders and archives whose names hold the students' numbers.
    Dir,
}

impl std::convert::From<From> for Source {
    fn from(from: From) -> Self {
        match from {
            From::Quera => Self::Quera,
            From::Moodle => Self::Moodle,
            From::Canvas => Self::Canvas,
            From::Gradescope => Self::Gradescope,
            From::Dir => Self::Dir,
        }
    }
}

/// Imports a download and prints what became of it.
///
/// # Errors
/// When the download, the roster or the folder to import to cannot be used.
pub fn run(args: &ImportArgs) -> Result<Exit> {
    let course = workspace::course_folder()?;
    let assignment = assignments::suite(&args.assignment)?.assignment.id;
    let (roster, zone) = match &args.roster {
        Some(path) => (read_roster(path)?, None),
        None => {
            let class = Class::open(&course)?;
            (class.roster, Some(class.policy.time_zone))
        }
    };
    let people: Vec<Student> = roster.iter().cloned().collect();
    let to = args.to.clone();
    let to = to.unwrap_or_else(|| course.join("submissions").join(assignment));
    let zone = args.zone.clone().or(zone).unwrap_or_else(|| "UTC".into());
    let zone = TimeZone::get(&zone)
        .with_context(|| format!("--zone {zone} is no time zone; Asia/Tehran is one"))?;
    let report = intake::import::import(&Request {
        source: args.source.into(),
        src: &args.src,
        assignment,
        people: &people,
        to: &to,
        zone,
        now: Timestamp::now(),
    });
    let report = match report {
        Err(ImportError::Locked { path }) => return Err(RunError::Locked(path).into()),
        report => report?,
    };
    if args.json {
        let document = json!({
            "schema": 1,
            "assignment": assignment,
            "to": to,
            "imported": report.fresh(),
            "already_there": report.known(),
            "skipped": report.count(Level::Skipped),
            "warnings": report.count(Level::Warn),
            "errors": report.count(Level::Error),
            "lines": report.lines,
        });
        say(serde_json::to_string_pretty(&document)?)?;
    } else {
        say(format_args!(
            "{}\nhand-ins are in {}",
            text(&report),
            to.display()
        ))?;
    }
    Ok(exit(&report, args.strict))
}

fn read_roster(path: &Path) -> Result<Roster> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the roster {}", path.display()))?;
    Ok(Roster::from_csv(&text, &path.to_string_lossy())?)
}

fn exit(report: &Report, strict: bool) -> Exit {
    if strict && report.count(Level::Error) > 0 {
        Exit::Rejected
    } else if report.lines.iter().all(|line| line.imported.is_empty()) {
        // An empty download, or one of another course system.
        Exit::Nothing
    } else {
        Exit::Done
    }
}

/// The report for a terminal: counts, then what a person should look at.
fn text(report: &Report) -> String {
    let mut text = format!(
        "{} imported, {} already there, {} skipped, {} WARN, {} ERROR\n",
        report.fresh(),
        report.known(),
        report.count(Level::Skipped),
        report.count(Level::Warn),
        report.count(Level::Error),
    );
    for (level, word) in [(Level::Error, "ERROR"), (Level::Warn, "WARN")] {
        for (code, lines) in by_code(report, level) {
            text += &format!("\n{word} {}: {}\n", name(code), advice(code));
            // What says the same of each student is said once.
            if matches!(code, Code::NoTime | Code::Nothing) {
                text += &format!("  {}\n", students(&lines));
                continue;
            }
            for (line, note) in lines {
                text += &format!("  {}: {}\n", what(line), shown(&note.text));
            }
        }
    }
    text
}

type Noted<'a> = (&'a Line, &'a Note);

fn by_code(report: &Report, level: Level) -> BTreeMap<Code, Vec<Noted<'_>>> {
    let mut codes = BTreeMap::new();
    for line in &report.lines {
        for note in line.notes.iter().filter(|note| note.level == level) {
            let noted: &mut Vec<Noted<'_>> = codes.entry(note.code).or_default();
            noted.push((line, note));
        }
    }
    codes
}

fn students(lines: &[Noted<'_>]) -> String {
    const SHOWN: usize = 12;
    let students = lines.iter();
    let mut students: Vec<&str> = students
        .filter_map(|(line, _)| line.student.as_deref())
        .collect();
    students.sort_unstable();
    students.dedup();
    let more = match students.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    students.truncate(SHOWN);
    students.join(", ") + &more
}

fn what(line: &Line) -> String {
    let student = line
        .student
        .as_deref()
        .map(|student| format!(" ({student})"));
    let paths = match line.paths.as_slice() {
        [] => "-".to_owned(),
        [path] => shown(path),
        [path, more @ ..] => format!("{} and {} more", shown(path), more.len()),
    };
    paths + &student.unwrap_or_default()
}

/// A name of a student's choice, without what would steer a terminal.
fn shown(text: &str) -> String {
    let steers = |c: char| c.is_control() || intake::is_invisible(c);
    text.replace(steers, "\u{FFFD}")
}

fn name(code: Code) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// What to do; `docs/import.md` says more.
fn advice(code: Code) -> &'static str {
    match code {
        Code::Litter | Code::Metadata | Code::SameBytes | Code::EarlierUploads => "nothing to do",
        Code::NoTime => "no time of handing in is known; lateness cannot be counted for these",
        Code::FutureTime => "look at the clock of this machine and of the source",
        Code::Clock => "ask for the time with its offset if it decides about lateness",
        Code::SameSecond => "say which one counts if they differ",
        Code::OutOfOrder => "numbers are kept; what counts as the last is for you to decide",
        Code::Late => "give the time in the gradebook",
        Code::OtherNumber => "ask the student whether it is the right file",
        Code::NotGradable => "ask the student for what `cargo hw pack` makes",
        Code::LeftOut => "look whether something of it belongs to the hand-in",
        Code::OnlineText => "read it on the course system",
        Code::NoFiles => "ask the student; nothing was imported",
        Code::UnknownMember => "mend the number or the roster",
        Code::Nothing => "these students have handed in nothing so far",
        Code::Stranger => "add them to the roster, rename, or leave it",
        Code::SameName => "add the column moodle_id or canvas_id to the roster for these students",
        Code::TwoNumbers => "decide whose it is, rename or move it, import again",
        Code::WrongAssignment => "ask the student for the right hand-in",
        Code::Collision => "put the files together by hand, or ask the student",
        Code::TwoArchives => "remove the one that does not count, import again",
        Code::TooLarge => "ask the student for the source files only",
        Code::BadEntry => "never opened; ask the student to pack with `cargo hw pack`",
        Code::NoFolder => "export again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use intake::import::Numbered;

    fn line(path: Option<&str>, level: Level, code: Code) -> Line {
        Line {
            level,
            source: "dir".into(),
            paths: path.map(str::to_owned).into_iter().collect(),
            student: Some("1001".into()),
            imported: Vec::new(),
            sha256: None,
            notes: vec![Note {
                level,
                code,
                text: "why".into(),
            }],
            fresh: false,
        }
    }

    #[test]
    fn an_error_counts_when_it_is_asked_for_and_nothing_imported_always() {
        let mut right = line(Some("y"), Level::Warn, Code::NoTime);
        right.imported = vec![Numbered {
            student: "1001".into(),
            attempt: 1,
        }];
        let stranger = line(Some("x"), Level::Error, Code::Stranger);
        let wrong = Report {
            lines: vec![stranger.clone(), right],
        };
        assert_eq!(exit(&wrong, false), Exit::Done);
        assert_eq!(exit(&wrong, true), Exit::Rejected);
        let empty = Report {
            lines: vec![line(None, Level::Warn, Code::Nothing)],
        };
        assert_eq!(exit(&empty, true), Exit::Nothing);
        let of_another_system = Report {
            lines: vec![stranger],
        };
        assert_eq!(exit(&of_another_system, false), Exit::Nothing);
    }

    #[test]
    fn errors_come_first_and_what_is_said_of_many_is_said_once() {
        let mut lines: Vec<Line> = (0..20)
            .map(|n| {
                let mut line = line(Some("y"), Level::Warn, Code::NoTime);
                line.student = Some(format!("{n:04}"));
                line
            })
            .collect();
        lines.push(line(Some("x"), Level::Error, Code::Stranger));
        let text = text(&Report { lines });
        assert!(text.starts_with("0 imported, 0 already there, 0 skipped, 20 WARN, 1 ERROR\n"));
        let (error, warn) = (text.find("ERROR stranger"), text.find("WARN no-time"));
        assert!(error.is_some() && error < warn, "{text}");
        assert!(
            text.contains("x (1001): why") && text.contains("0011 and 8 more"),
            "{text}"
        );
    }

    #[test]
    fn item_67_nothing_that_steers_a_terminal_is_printed() {
        assert_eq!(
            shown("a\u{1b}[2J\u{202E}b\r\nسلام"),
            "a\u{FFFD}[2J\u{FFFD}b\u{FFFD}\u{FFFD}سلام"
        );
    }
}
