//! What every theory sheet must be.

use std::collections::BTreeSet;

use common::theory::{AnswerFile, Question, Sheet};

use crate::Suite;
use crate::theory::prove;

/// On how many students' sheets the solutions are tried.
const SOLVED: u64 = 300;
/// How many students' sheets are written.
const WRITTEN: u64 = 200;
/// How many of these must differ in each question.
const DIFFERENT: usize = 100;
/// Four digits are asked for, so no answer may be nearer to 0.
const LEAST: f64 = 1e-3;

/// Whether the theory sheet of `suite` is sound: `answers` answers over all its parts, which can be written for every student in
/// both forms; no two students share their numbers but by chance; right answers get everything and a mistake nothing; no answer
/// is near 0; the solutions are in the order of the questions.
///
/// # Errors
/// A text that lists what is not.
pub fn theory(suite: &Suite, answers: u32) -> Result<(), String> {
    let mut problems = Vec::new();
    let report = prove(&suite.assignment, &suite.solutions, SOLVED);
    if !report.is_clean() || report.max != answers {
        problems.push(format!("{report:#?}"));
    }
    problems.extend(order(suite));
    problems.extend((0..WRITTEN).flat_map(|student| written(suite, student)));
    problems.extend((0..WRITTEN).flat_map(|student| near_zero(suite, student)));
    let questions = suite.assignment.theory.iter();
    problems.extend(questions.filter_map(|question| alike(suite, question)));
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems.join("\n")),
    }
}

fn sheet<'a>(suite: &'a Suite, student: &'a str) -> Sheet<'a> {
    Sheet {
        assignment: &suite.assignment,
        student,
    }
}

fn order(suite: &Suite) -> Vec<String> {
    let questions: Vec<&str> = suite.assignment.theory.iter().map(|q| q.id).collect();
    let solutions: Vec<&str> = suite.solutions.iter().map(|s| s.question).collect();
    let mut problems = Vec::new();
    if questions != solutions {
        problems.push(format!("questions {questions:?}, solutions {solutions:?}"));
    }
    if questions.iter().collect::<BTreeSet<_>>().len() != questions.len() {
        problems.push(format!("two questions have one name: {questions:?}"));
    }
    let mut parts: Vec<&str> = suite.assignment.theory.iter().map(|q| q.part).collect();
    parts.dedup();
    if !suite
        .assignment
        .parts
        .iter()
        .map(|part| part.id)
        .eq(parts.iter().copied())
    {
        problems.push(format!("the questions are of the parts {parts:?}"));
    }
    problems
}

/// A sheet has every value, no number that is no decimal any more, no TeX left over, and a form for its answers.
fn written(suite: &Suite, student: u64) -> Vec<String> {
    let student = (40_312_345 + student).to_string();
    let sheet = sheet(suite, &student);
    let mut problems = Vec::new();
    let markdown = sheet.markdown("cargo hw");
    let odd = |line: &&str| ["@", "00000", "99999"].iter().any(|odd| line.contains(odd));
    problems.extend(markdown.lines().filter(odd).map(str::to_string));
    match sheet.html("cargo hw") {
        Ok(html) if html.contains(['$', '\\']) => problems.push("TeX is left in the page".into()),
        Ok(html) if html.matches("<h2>").count() != suite.assignment.theory.len() => {
            problems.push("a question has no heading".into());
        }
        Ok(_) => (),
        Err(error) => problems.push(error.to_string()),
    }
    match AnswerFile::read(&suite.assignment.theory, &sheet.template()) {
        Ok(read) if (read.count(), read.unknown.len()) == (0, 0) => (),
        Ok(_) => problems.push("the template holds answers".into()),
        Err(error) => problems.push(error.to_string()),
    }
    let of = |problem: String| format!("the sheet of {student}: {problem}");
    problems.into_iter().map(of).collect()
}

fn near_zero(suite: &Suite, student: u64) -> Vec<String> {
    let student = format!("s{student}");
    let sheet = sheet(suite, &student);
    let mut problems = Vec::new();
    for (question, solution) in suite.assignment.theory.iter().zip(&suite.solutions) {
        for (answer, right) in question.answers.iter().zip(solution.right(&sheet)) {
            if !right.is_finite() || right.abs() <= LEAST {
                let (id, key) = (question.id, answer.key);
                problems.push(format!("{id}.{key} of {student} is {right}"));
            }
        }
    }
    problems
}

fn alike(suite: &Suite, question: &Question) -> Option<String> {
    let text = |student: u64| {
        let student = (40_312_345 + student).to_string();
        (question.text)(&mut sheet(suite, &student).rng(question.id))
    };
    let texts: BTreeSet<String> = (0..WRITTEN).map(text).collect();
    let few = texts.len() < DIFFERENT;
    few.then(|| {
        format!(
            "{}: {} texts for {WRITTEN} students",
            question.id,
            texts.len()
        )
    })
}
