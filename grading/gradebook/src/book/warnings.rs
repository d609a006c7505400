//! What a person should look at. Nothing that was recorded is left out without a word.

use std::collections::BTreeSet;

use super::index::Index;
use super::results::Results;
use crate::policy::{Assignment, Part};
use crate::roster::Roster;
use crate::summary::HandIn;

/// All warnings, in alphabetical order.
pub(super) fn all(index: &Index, roster: &Roster) -> Vec<String> {
    let mut warnings = BTreeSet::new();
    strangers(index, roster, &mut warnings);
    unknown_items(index, &mut warnings);
    for assignment in &index.policy.assignments {
        if let Some(results) = index.results.get(assignment.id.as_str()) {
            about_results(index, assignment, results, &mut warnings);
        }
    }
    warnings.into_iter().collect()
}

fn strangers(index: &Index, roster: &Roster, warnings: &mut BTreeSet<String>) {
    let mut check = |student: &str, what: String| {
        if roster.get(student).is_none() {
            warnings.insert(format!(
                "{student:?} is not in the roster: {what} is in no score"
            ));
        }
    };
    for (id, results) in &index.results {
        for (student, hand_ins) in &results.of {
            for hand_in in hand_ins {
                check(student, format!("hand-in {:?} of {id}", hand_in.hand_in));
            }
        }
    }
    let events = index.events;
    for mark in &events.marks {
        check(
            &mark.what.student,
            format!("the mark of {}", mark.what.item),
        );
    }
    for entry in &events.overrides {
        check(
            &entry.what.student,
            format!("the override of {}", entry.what.item),
        );
    }
    let granted = events.extensions.iter().map(|e| &e.what);
    for extension in index.policy.extensions.iter().chain(granted) {
        check(
            &extension.student,
            format!("the extension of {}", extension.assignment),
        );
    }
}

fn unknown_items(index: &Index, warnings: &mut BTreeSet<String>) {
    let (policy, events) = (index.policy, index.events);
    let mut unknown = |known: bool, what: &str, item: &str| {
        if !known {
            warnings.insert(format!(
                "{what} of {item:?}, which course.toml does not have, is in no score"
            ));
        }
    };
    for run in &events.runs {
        let id = &run.what.assignment;
        unknown(policy.assignment(id).is_some(), "the results", id);
    }
    for extension in &events.extensions {
        let id = &extension.what.assignment;
        unknown(policy.assignment(id).is_some(), "an extension", id);
    }
    let marked = policy.marked_items();
    for mark in &events.marks {
        unknown(marked.contains(&mark.what.item), "a mark", &mark.what.item);
    }
    let items = policy.items();
    for entry in &events.overrides {
        unknown(
            items.contains(&entry.what.item),
            "an override",
            &entry.what.item,
        );
    }
}

fn about_results(
    index: &Index,
    assignment: &Assignment,
    results: &Results,
    warnings: &mut BTreeSet<String>,
) {
    let id = &assignment.id;
    if results.any && !results.complete {
        warnings.insert(format!(
            "{id}: the latest results are not complete; grade again to finish them"
        ));
    }
    for (hand_in, run) in &results.vanished {
        warnings.insert(format!(
            "{id}: hand-in {hand_in:?} was in run {run} and is not in the latest results: it no longer counts"
        ));
    }
    let all = || results.of.values().flatten();
    for part in Part::BOTH {
        let max = |hand_in: &HandIn| match part {
            Part::Practical => hand_in.max,
            Part::Theory => hand_in.theory_max,
        };
        let word = part.word();
        let wanted = assignment.share(part) > 0.0;
        if wanted && all().any(|hand_in| max(hand_in) <= 0.0) {
            warnings.insert(format!(
                "{id}: {word} has a share in course.toml but no points in the results; it stays pending"
            ));
        }
        let different: BTreeSet<u64> = all().map(|hand_in| max(hand_in).to_bits()).collect();
        if different.len() > 1 {
            warnings.insert(format!(
                "{id}: not all hand-ins have the same maximum for {word}; grade them all by the same checks"
            ));
        }
    }
    for (student, hand_ins) in &results.of {
        about_times(index, id, student, hand_ins, warnings);
    }
}

fn about_times(
    index: &Index,
    id: &str,
    student: &str,
    hand_ins: &[&HandIn],
    warnings: &mut BTreeSet<String>,
) {
    for hand_in in hand_ins {
        let name = &hand_in.hand_in;
        match hand_in.submitted_at {
            None => warnings.insert(format!(
                "{id}: no time is known of hand-in {name:?}; it counts as in time"
            )),
            Some(time) if time > index.events.as_of => warnings.insert(format!(
                "{id}: hand-in {name:?} is from the future ({}); is a clock wrong?",
                index.policy.local(time)
            )),
            Some(_) => false,
        };
    }
    for pair in hand_ins.windows(2) {
        let [first, second] = pair else { continue };
        let second_of = |hand_in: &HandIn| hand_in.submitted_at.map(|time| time.as_second());
        if second_of(first).is_some() && second_of(first) == second_of(second) {
            warnings.insert(format!(
                "{id}: {student} handed in {:?} and {:?} in the same second; the order is that of their times, attempts and names",
                first.hand_in, second.hand_in
            ));
        }
    }
}
