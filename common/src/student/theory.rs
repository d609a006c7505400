//! `theory`: the student's theory sheet, and whether its answers can be read.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, bail};

use super::style::wrap;
use super::{Ended, Homework, number, print};
use crate::check::Assignment;
use crate::files::write_atomically;
use crate::theory::{AnswerFile, Given, Question, Sheet};

/// The arguments of `theory`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Your student number; remembered for the next time
    #[arg(long, value_name = "ID")]
    student: Option<String>,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Say which answers are missing or cannot be read
    Check,
}

/// Writes the sheet, or checks the answers.
pub fn theory(homework: &Homework, arguments: &Arguments) -> anyhow::Result<Ended> {
    if homework.assignment.theory.is_empty() {
        bail!(
            "assignment {} has no theory sheet",
            homework.assignment.id.to_uppercase()
        );
    }
    match arguments.action {
        Some(Action::Check) => check(homework),
        None => write(homework, arguments.student.as_deref()),
    }
}

fn write(homework: &Homework, student: Option<&str>) -> anyhow::Result<Ended> {
    let root = homework.root();
    let student = number::student(student, root)?;
    let sheet = Sheet {
        assignment: &homework.assignment,
        student: &student,
    };
    let command = homework.command();
    let file = |name: &str, text: &str| {
        let path = homework.folder.join(name);
        write_atomically(&path, text.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))
    };
    let name = format!("theory-{student}");
    file(&format!("{name}.md"), &sheet.markdown(&command))?;
    file(&format!("{name}.html"), &sheet.html(&command)?)?;
    let state = match answers(&homework.folder)? {
        None => {
            file(AnswerFile::NAME, &sheet.template())?;
            "for your answers".into()
        }
        Some(text) => match readable(&homework.assignment, &student, &text) {
            Ok(count) => format!("yours, {count} of {} answers; not touched", sheet.size()),
            Err(why) => format!("not touched: {why}"),
        },
    };
    number::remember(&student, root)?;

    let folder = homework
        .folder
        .strip_prefix(root)
        .unwrap_or(&homework.folder);
    let width = name.len() + ".html".len();
    let line = |file: &str, what: &str| {
        format!(
            "  {}  {what}\n",
            folder.join(format!("{file:width$}")).display()
        )
    };
    print(&format!(
        "The theory sheet of {student}, {} answers:\n{}{}{}Can every answer be read? {command} theory check\n",
        sheet.size(),
        line(&format!("{name}.html"), "to read in a browser"),
        line(&format!("{name}.md"), "the same as text"),
        line(AnswerFile::NAME, &state),
    ))?;
    Ok(Ended::Well)
}

fn check(homework: &Homework) -> anyhow::Result<Ended> {
    let Some(text) = answers(&homework.folder)? else {
        bail!(
            "there is no {}; `{} theory` makes one",
            AnswerFile::NAME,
            homework.command()
        );
    };
    let questions = &homework.assignment.theory;
    let file = AnswerFile::read(questions, &text)
        .with_context(|| format!("cannot read {}", AnswerFile::NAME))?;
    print(&report(questions, &file))?;
    let complete = file.count() == file.given.iter().flatten().count();
    Ok(if complete && file.unknown.is_empty() {
        Ended::Well
    } else {
        Ended::ChecksFailed
    })
}

/// The student's answers as they are in the assignment's folder, if there are any.
pub fn answers(folder: &Path) -> anyhow::Result<Option<String>> {
    let path = folder.join(AnswerFile::NAME);
    match fs::read(&path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => bail!("{} is not UTF-8 text: save it as UTF-8", path.display()),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// How many answers of `student` can be read in `text`; or why it would get no points.
pub fn readable(assignment: &Assignment, student: &str, text: &str) -> Result<usize, String> {
    let file = AnswerFile::read(&assignment.theory, text)
        .map_err(|error| format!("cannot be read: {error}"))?;
    if file.student == student {
        Ok(file.count())
    } else {
        Err(format!(
            "these are the answers of {:?}, whose numbers are others",
            file.student
        ))
    }
}

/// What is missing or cannot be read.
fn report(questions: &[Question], file: &AnswerFile) -> String {
    let total = file.given.iter().flatten().count();
    let mut text = format!(
        "{} of {}: {} of {total} answers can be read.\n",
        AnswerFile::NAME,
        file.student,
        file.count()
    );
    for ((number, question), given) in (1..).zip(questions).zip(&file.given) {
        let mut faults = Vec::new();
        let missing: Vec<&str> = question
            .answers
            .iter()
            .zip(given)
            .filter(|(_, given)| **given == Given::Nothing)
            .map(|(answer, _)| answer.key)
            .collect();
        if !missing.is_empty() {
            faults.push(format!("no answer yet: {}", missing.join(", ")));
        }
        faults.extend(given.iter().filter_map(|given| match given {
            Given::Unreadable(why) => Some(why.clone()),
            _ => None,
        }));
        if !faults.is_empty() {
            text += &format!("\n{number}. {}  [{}]\n", question.title, question.id);
            text += &wrap(&faults.join("\n"), 3);
        }
    }
    if !file.unknown.is_empty() {
        text += &format!(
            "\nNot on your sheet:\n{}",
            wrap(&file.unknown.join("\n"), 3)
        );
    }
    text + "\nWhether an answer is right is not looked at here.\n"
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::theory::sample::assignment;
    use tempfile::TempDir;

    fn workspace() -> (TempDir, Homework) {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("assignments/s1_sums");
        fs::create_dir_all(&folder).unwrap();
        let homework = Homework {
            assignment: assignment(),
            labs: Vec::new(),
            folder,
        };
        (root, homework)
    }

    fn by(student: &str) -> Arguments {
        Arguments {
            student: Some(student.into()),
            action: None,
        }
    }

    fn checked() -> Arguments {
        Arguments {
            student: None,
            action: Some(Action::Check),
        }
    }

    #[test]
    fn the_sheet_is_written_again_and_the_answers_never() {
        let (root, homework) = workspace();
        theory(&homework, &by("401")).unwrap();
        let read = |name: &str| fs::read_to_string(homework.folder.join(name)).unwrap();
        assert!(read("theory-401.md").contains("## 1. A product"));
        assert!(read("theory-401.html").contains("<math"));
        assert!(read(AnswerFile::NAME).contains("student = \"401\""));
        assert_eq!(number::student(None, root.path()).unwrap(), "401");

        fs::write(homework.folder.join(AnswerFile::NAME), "mine").unwrap();
        theory(&homework, &by("402")).unwrap();
        assert_eq!(read(AnswerFile::NAME), "mine");
        assert!(read("theory-402.md").contains("of 402"));
    }

    #[test]
    fn the_end_of_check_says_whether_every_answer_can_be_read() {
        let (_root, homework) = workspace();
        let missing = theory(&homework, &checked()).unwrap_err().to_string();
        assert_eq!(
            missing,
            "there is no theory.toml; `cargo s1 theory` makes one"
        );

        theory(&homework, &by("401")).unwrap();
        assert_eq!(theory(&homework, &checked()).unwrap(), Ended::ChecksFailed);
        let path = homework.folder.join(AnswerFile::NAME);
        let full = fs::read_to_string(&path).unwrap().replace('?', "1");
        fs::write(&path, &full).unwrap();
        assert_eq!(theory(&homework, &checked()).unwrap(), Ended::Well);

        fs::write(&path, format!("{full}\n[other]\n")).unwrap();
        assert_eq!(theory(&homework, &checked()).unwrap(), Ended::ChecksFailed);
        fs::write(&path, "student = \n").unwrap();
        let error = theory(&homework, &checked()).unwrap_err();
        let error = format!("{error:#}");
        assert!(
            error.starts_with("cannot read theory.toml: line 1: "),
            "{error}"
        );
        fs::write(&path, b"\xff").unwrap();
        assert!(theory(&homework, &checked()).is_err());
    }

    #[test]
    fn every_fault_stands_below_its_question() {
        let questions = assignment().theory;
        let text = "student = '401'\n[product]\ninformation = '2,5 bit'\n[count]\nm = 1\n";
        let file = AnswerFile::read(&questions, text).unwrap();
        assert_eq!(
            report(&questions, &file),
            "\
theory.toml of 401: 0 of 3 answers can be read.

1. A product  [product]
   no answer yet: value
   line 3: information = \"2,5 bit\" is no decimal number: write it like \"1.25
   bit\"

2. A count  [count]
   no answer yet: n

Not on your sheet:
   line 5: count asks for no \"m\"

Whether an answer is right is not looked at here.
"
        );
    }

    #[test]
    fn the_answers_of_another_student_are_told() {
        let assignment = assignment();
        let text = "student = '402'\n";
        assert_eq!(readable(&assignment, "402", text), Ok(0));
        let why = readable(&assignment, "401", text).unwrap_err();
        assert!(why.contains("of \"402\""), "{why}");
    }

    #[test]
    fn an_assignment_without_questions_has_no_sheet() {
        let (_root, homework) = workspace();
        let homework = Homework {
            assignment: sample::assignment(sample::right),
            ..homework
        };
        let why = theory(&homework, &by("401")).unwrap_err().to_string();
        assert_eq!(why, "assignment S1 has no theory sheet");
    }
}
