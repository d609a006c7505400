//! Events by what they are about, so that their order in the lists means nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::UsedExtension;
use super::results::Results;
use crate::events::{Decision, Events, Mark, Override, Recorded};
use crate::policy::{Assignment, Extension, Part, Policy};

/// A student and an item.
type Key<'a> = (&'a str, &'a str);

pub(super) struct Index<'a> {
    pub policy: &'a Policy,
    pub events: &'a Events,
    /// By assignment.
    pub results: BTreeMap<&'a str, Results<'a>>,
    marks: BTreeMap<Key<'a>, &'a Recorded<Mark>>,
    overrides: BTreeMap<Key<'a>, Vec<&'a Recorded<Override>>>,
}

impl<'a> Index<'a> {
    pub fn new(policy: &'a Policy, events: &'a Events) -> Self {
        let mut marks: BTreeMap<Key, &Recorded<Mark>> = BTreeMap::new();
        for mark in &events.marks {
            let key = (mark.what.student.as_str(), mark.what.item.as_str());
            let latest = marks.entry(key).or_insert(mark);
            if latest.seq < mark.seq {
                *latest = mark;
            }
        }
        let mut overrides: BTreeMap<Key, Vec<&Recorded<Override>>> = BTreeMap::new();
        for entry in &events.overrides {
            let key = (entry.what.student.as_str(), entry.what.item.as_str());
            overrides.entry(key).or_default().push(entry);
        }
        for entries in overrides.values_mut() {
            entries.sort_by_key(|entry| entry.seq);
        }
        let ids = policy.assignments.iter().map(|a| a.id.as_str());
        Self {
            policy,
            events,
            results: ids.map(|id| (id, Results::of(events, id))).collect(),
            marks,
            overrides,
        }
    }

    /// The mark that counts.
    pub fn mark(&self, student: &str, item: &str) -> Option<&'a Recorded<Mark>> {
        self.marks.get(&(student, item)).copied()
    }

    /// All decisions, the last of which counts.
    pub fn decisions(&self, student: &str, item: &str) -> Vec<&'a Recorded<Override>> {
        let found = self.overrides.get(&(student, item));
        found.cloned().unwrap_or_default()
    }

    /// Whether the student need not do the item.
    pub fn excused(&self, student: &str, item: &str) -> bool {
        let decisions = self.decisions(student, item);
        decisions
            .last()
            .is_some_and(|last| last.what.decision == Decision::Excused)
    }

    /// When a part is due for a student, and what moved that.
    pub fn due(
        &self,
        student: &str,
        assignment: &Assignment,
        part: Part,
    ) -> (Timestamp, Option<UsedExtension>) {
        let due = assignment.due(part);
        let for_this = |extension: &&Extension| {
            extension.student == student
                && extension.assignment == assignment.id
                && extension.part.covers(part)
        };
        let written = self.policy.extensions.iter().filter(for_this);
        let written = written.map(|extension| (extension.to.applied(due), extension, None));
        let granted = self.events.extensions.iter().filter(|e| for_this(&&e.what));
        let granted = granted.map(|e| (e.what.to.applied(due), &e.what, Some(e)));
        let longest = written
            .chain(granted)
            .filter(|(moved, ..)| *moved > due)
            // of equals the one recorded first, so that the order of the lists means nothing
            .min_by_key(|(moved, _, event)| (std::cmp::Reverse(*moved), event.map(|e| e.seq)));
        match longest {
            Some((moved, extension, event)) => {
                let granted = event.map(|e| (e.who.clone(), e.at));
                let why = extension.why.clone();
                (moved, Some(UsedExtension { why, granted }))
            }
            None => (due, None),
        }
    }
}
