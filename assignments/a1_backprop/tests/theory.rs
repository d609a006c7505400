//! The theory sheet: every student gets one that can be read.

use std::collections::BTreeSet;

use common::theory::{AnswerFile, Sheet};

fn students() -> Vec<String> {
    (0..200).map(|i| (40_312_345 + i).to_string()).collect()
}

#[test]
fn every_students_sheet_is_complete_in_both_forms() {
    let assignment = a1_backprop::assignment();
    for student in &students() {
        let sheet = Sheet {
            assignment: &assignment,
            student,
        };
        let markdown = sheet.markdown("cargo hw");
        let missing: Vec<&str> = markdown.lines().filter(|line| line.contains('@')).collect();
        assert!(missing.is_empty(), "a value is missing: {missing:?}");
        // What floating-point numbers look like when they are not decimals any more.
        assert!(
            !markdown.contains("00000") && !markdown.contains("99999"),
            "{markdown}"
        );
        let html = sheet.html("cargo hw").unwrap();
        assert!(!html.contains('$') && !html.contains('\\'), "{html}");
        assert_eq!(html.matches("<h2>").count(), assignment.theory.len());
    }
}

#[test]
fn forty_answers_over_all_twelve_parts() {
    let assignment = a1_backprop::assignment();
    let sheet = Sheet {
        assignment: &assignment,
        student: "1",
    };
    assert_eq!(sheet.size(), 40);
    let parts: BTreeSet<&str> = assignment.theory.iter().map(|q| q.part).collect();
    assert_eq!(
        parts,
        (1..=12)
            .map(|i| format!("A1.{i}"))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str)
            .collect()
    );
    let ids: BTreeSet<&str> = assignment.theory.iter().map(|q| q.id).collect();
    assert_eq!(ids.len(), assignment.theory.len());
    let read = AnswerFile::read(&assignment.theory, &sheet.template()).unwrap();
    assert_eq!((read.count(), read.unknown.len()), (0, 0));
}

#[test]
fn students_do_not_share_their_numbers() {
    let assignment = a1_backprop::assignment();
    for question in &assignment.theory {
        let texts: BTreeSet<String> = students()
            .iter()
            .map(|student| {
                let sheet = Sheet {
                    assignment: &assignment,
                    student,
                };
                (question.text)(&mut sheet.rng(question.id))
            })
            .collect();
        assert!(
            texts.len() >= 100,
            "{}: {} of 200",
            question.id,
            texts.len()
        );
    }
}
