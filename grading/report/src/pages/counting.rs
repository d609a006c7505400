//! Which of a student's hand-ins counts.

use std::collections::BTreeMap;

use super::ClassResults;

/// The hand-ins of one student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts {
    /// All of them, as indices into [`ClassResults::hand_ins`].
    pub all: Vec<usize>,
    /// The one that counts; `None` when nobody can tell.
    pub counts: Option<usize>,
}

/// The hand-ins of each student, with the one that counts: the one that `marked` names by its hand-in,
/// else the only one, else the attempt with the highest number.
///
/// Without numbers nobody can tell which of several came last, and they may even be by different people,
/// since a hand-in that was not imported says itself whose it is. Then none counts before the others.
#[must_use]
pub fn attempts<'a>(
    class: &'a ClassResults,
    marked: &BTreeMap<String, String>,
) -> BTreeMap<&'a str, Attempts> {
    let mut students: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, hand_in) in class.hand_ins.iter().enumerate() {
        let student = hand_in.summary.student.as_str();
        students.entry(student).or_default().push(index);
    }
    let chosen = |student: &str, all: &[usize]| {
        let name = marked.get(student)?;
        let mut all = all.iter().copied();
        all.find(|&index| class.hand_ins[index].summary.hand_in == *name)
    };
    let newest = |all: &[usize]| match all {
        [only] => Some(*only),
        _ => {
            let numbered = all.iter().map(|&index| {
                let attempt = class.hand_ins[index].summary.attempt;
                attempt.map(|attempt| (attempt, index))
            });
            let numbered: Option<Vec<_>> = numbered.collect();
            numbered?.into_iter().max().map(|(_, index)| index)
        }
    };
    let attempts = students.into_iter().map(|(student, all)| {
        let counts = chosen(student, &all).or_else(|| newest(&all));
        (student, Attempts { all, counts })
    });
    attempts.collect()
}
