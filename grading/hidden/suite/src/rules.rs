//! Proving the rules of an assignment's parts: what is right breaks none, what is not is found.

use std::collections::{BTreeMap, BTreeSet};

use common::rules::scan;
use serde::Serialize;

use common::check::Part;

use crate::Suite;

/// A part's file that solves something with what is forbidden.
pub struct Shortcut {
    /// Unique in the assignment: the module, then what is used: `losses/burns_log_softmax`.
    pub id: &'static str,
    /// The part whose rule must notice: `A1.4`.
    pub part: &'static str,
    /// The text of the file.
    pub source: &'static str,
}

/// The files of an implementation: `losses.rs` and its text.
pub type Sources = BTreeMap<String, String>;

/// What [`prove_rules`] found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RulesReport {
    /// How many shortcuts break a rule of their part.
    pub found: usize,
    /// How many there are.
    pub total: usize,
    /// The ids of those that break none.
    pub missed: Vec<String>,
    /// Rules that no shortcut breaks: a shortcut is missing, or the rule is.
    pub idle: Vec<String>,
    /// Each place at which a right implementation breaks a rule or cannot be searched.
    pub false_alarms: Vec<String>,
}

impl RulesReport {
    /// Whether nothing falls short.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.missed.is_empty() && self.idle.is_empty() && self.false_alarms.is_empty()
    }
}

/// The sources of a right implementation.
pub struct Right {
    /// What it is called in the report.
    pub name: String,
    /// Its files.
    pub sources: Sources,
    /// Whether each file stands for itself. The grader's own hand borrows from the grader's crate, which as a rule could bring in
    /// any other file of a hand-in.
    pub alone: bool,
}

impl Right {
    /// What to search for `part`.
    fn of(&self, part: &Part) -> Sources {
        let own = format!("{}.rs", part.module);
        let files = self.sources.iter();
        let files = files.filter(|(name, _)| !self.alone || **name == own);
        files
            .map(|(name, text)| (name.clone(), text.clone()))
            .collect()
    }
}

/// Searches the shortcuts of `suite`, and the sources of `right` implementations.
#[must_use]
pub fn prove_rules(suite: &Suite, right: &[Right]) -> RulesReport {
    let parts = suite.assignment.parts;
    let mut false_alarms = Vec::new();
    for right in right {
        let name = &right.name;
        for part in parts {
            let scan = scan(part, &right.of(part));
            let places = scan.violations.iter().map(ToString::to_string);
            let id = part.id;
            false_alarms.extend(
                places
                    .chain(scan.unread)
                    .map(|place| format!("{id} of {name}: {place}")),
            );
        }
    }

    let mut broken: BTreeSet<&str> = BTreeSet::new();
    let mut missed = Vec::new();
    for shortcut in &suite.shortcuts {
        let part = parts.iter().find(|part| part.id == shortcut.part);
        let violations = part.map_or_else(Vec::new, |part| {
            let file = (format!("{}.rs", part.module), shortcut.source.to_owned());
            scan(part, &Sources::from([file])).violations
        });
        if violations.is_empty() {
            missed.push(shortcut.id.to_owned());
        }
        broken.extend(violations.iter().map(|violation| violation.rule.rule));
    }

    let rules: BTreeSet<&str> = parts
        .iter()
        .flat_map(|part| part.forbidden)
        .map(|rule| rule.rule)
        .collect();
    RulesReport {
        found: suite.shortcuts.len() - missed.len(),
        total: suite.shortcuts.len(),
        missed,
        idle: rules
            .difference(&broken)
            .map(|rule| (*rule).to_owned())
            .collect(),
        false_alarms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;

    fn right(text: &str) -> Vec<Right> {
        vec![Right {
            name: "reference".into(),
            sources: Sources::from([("arithmetic.rs".to_owned(), text.to_owned())]),
            alone: false,
        }]
    }

    #[test]
    fn a_file_that_stands_for_itself_is_not_taken_for_another() {
        let own = "use crate::elsewhere::add;";
        let other = "use std::ops::Add;";
        let mut right = right(own);
        right[0].sources.insert("other.rs".into(), other.into());
        assert_eq!(prove_rules(&toy::suite(), &right).false_alarms.len(), 1);
        right[0].alone = true;
        assert!(prove_rules(&toy::suite(), &right).is_clean());
    }

    #[test]
    fn shortcuts_that_are_found_and_sources_without_any_are_clean() {
        let report = prove_rules(
            &toy::suite(),
            &right("fn add(a: f64, b: f64) -> f64 { a + b }"),
        );
        assert!(report.is_clean(), "{report:?}");
        assert_eq!((report.found, report.total), (1, 1));
    }

    #[test]
    fn what_falls_short_is_listed() {
        let mut suite = toy::suite();
        suite.shortcuts[0].source = "fn add(a: f64, b: f64) -> f64 { a - -b }";
        let report = prove_rules(&suite, &right("use std::ops::Add;"));
        assert!(!report.is_clean());
        assert_eq!(report.missed, ["add/by_std"]);
        assert_eq!(report.idle, ["nothing of std::ops"]);
        assert_eq!(
            report.false_alarms,
            [
                "A0.1 of reference: arithmetic.rs:1: `std::ops::Add`: nothing of std::ops; use the operators"
            ]
        );
    }
}
