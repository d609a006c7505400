//! The gradebook on a terminal.

use comfy_table::{CellAlignment, ColumnConstraint, Table, Width, presets};
use gradebook::book::{Book, StudentBook};
use gradebook::diff::Change;
use gradebook::explain::one_line;
use gradebook::grade::Grade;
use gradebook::number::fixed;
use gradebook::policy::{Part, Policy};

/// The widest column of words; longer ones go on in the next line.
const WORDS_WIDTH: u16 = 48;

/// One row per student, then what a person should look at.
pub fn class(book: &Book, policy: &Policy) -> String {
    let mut table = table();
    let items = book.items();
    let mut header = vec!["student".to_string(), "name".into()];
    header.extend(items.iter().cloned());
    header.extend(["slack".into(), "pending".into()]);
    table.set_header(header);
    for student in &book.students {
        let mut cells = vec![
            student.student.student.clone(),
            one_line(&student.student.name),
        ];
        cells.extend(
            student
                .items()
                .iter()
                .map(|(_, grade)| percent(*grade, book.digits)),
        );
        cells.push(slack(student, policy));
        cells.push(student.pending().join(", "));
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(2).take(items.len()) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    bound(&mut table);
    let mut text = format!("{table}\n");
    for warning in &book.warnings {
        text += &format!("warning: {}\n", one_line(warning));
    }
    text
}

/// The items and parts of one student.
pub fn student(student: &StudentBook, policy: &Policy) -> String {
    let digits = policy.totals.digits;
    let mut table = table();
    table.set_header(["item", "score", "days late", "slack used", "override"]);
    for assignment in &student.assignments {
        for part in &assignment.parts {
            let days = part.charge.map(|charge| charge.days.to_string());
            let used = part.charge.map(|charge| charge.used.to_string());
            table.add_row([
                format!("{}.{}", assignment.id, part.part.word()),
                percent(part.worth.grade, digits),
                days.unwrap_or_default(),
                used.unwrap_or_default(),
                part.worth
                    .decision()
                    .map(|o| o.what.decision.to_string())
                    .unwrap_or_default(),
            ]);
        }
    }
    for (item, grade) in student.items() {
        let worth = match item.as_str() {
            "midterm" => Some(&student.midterm.worth),
            "final" => Some(&student.r#final.worth),
            "total" => Some(&student.total),
            id => student
                .assignments
                .iter()
                .find(|a| a.id == id)
                .map(|a| &a.worth),
        };
        let decision = worth.and_then(|worth| worth.decision());
        let decision = decision
            .map(|o| o.what.decision.to_string())
            .unwrap_or_default();
        table.add_row([
            item,
            percent(grade, digits),
            String::new(),
            String::new(),
            decision,
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let who = &student.student;
    let slack = slack(student, policy);
    let name = one_line(&who.name);
    format!("{} {name}\n{table}\nslack left: {slack}\n", who.student)
}

/// What was recorded, and the scores that it changed.
pub fn changes(what: &str, changed: &[(String, Grade, Grade)], digits: u32) -> String {
    let mut text = format!("recorded {what}\n");
    for (item, old, new) in changed {
        text += &format!(
            "{item}: {} -> {}\n",
            percent(*old, digits),
            percent(*new, digits)
        );
    }
    if changed.is_empty() {
        text += "no score changed\n";
    }
    text
}

/// One row per hand-in whose result changed.
pub fn differences(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "no result changed\n".into();
    }
    let mut table = table();
    table.set_header(["hand-in", "student", "what changed", "why"]);
    for change in changes {
        let what = change
            .what
            .iter()
            .map(|d| format!("{}: {} -> {}", d.of, d.before, d.after));
        let what: Vec<String> = what.collect();
        table.add_row([
            one_line(&change.hand_in),
            change.student.clone(),
            what.join("\n"),
            change.why.sentence().to_string(),
        ]);
    }
    bound(&mut table);
    format!("{table}\n")
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table
}

fn bound(table: &mut Table) {
    if let Some(words) = table.column_iter_mut().last() {
        words.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(WORDS_WIDTH)));
    }
}

/// `8/10 + 3/5`: practical and theory.
fn slack(student: &StudentBook, policy: &Policy) -> String {
    let of = Part::BOTH.map(|part| {
        let (left, budget) = student.slack(part, policy);
        format!("{left}/{budget}")
    });
    of.join(" + ")
}

fn percent(grade: Grade, digits: u32) -> String {
    match grade {
        Grade::Scored { share } => fixed(100.0 * share, digits),
        Grade::Pending { .. } => "-".into(),
        Grade::Excused => "excused".into(),
    }
}
