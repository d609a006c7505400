//! What a source's own reader makes of the tree: uploads, and lines about what is none.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::line::{Code, Line, Note};
use super::people::Who;
use super::tree::{Tree, is_within};
use crate::names;

/// A file of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// In the source.
    pub from: String,
    /// In the upload.
    pub to: String,
    /// Of which question it is an answer; empty where there is only one.
    pub question: String,
}

/// One upload of one student or group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Upload {
    /// Who made it; the first is who handed it in.
    pub who: Vec<Who>,
    pub at: Option<Timestamp>,
    /// Where it lies: files, or folders with all that is below.
    pub paths: Vec<String>,
    pub pieces: Vec<Piece>,
    pub notes: Vec<Note>,
}

impl Upload {
    /// All that lies in a folder, or one file.
    pub(super) fn of(tree: &Tree, path: &str, who: Who, question: &str) -> Self {
        let folder = format!("{path}/");
        let pieces = tree.below(path).map(|file| Piece {
            from: file.to_owned(),
            to: match file.strip_prefix(&folder) {
                Some(rest) => rest.to_owned(),
                None => last(file).to_owned(),
            },
            question: question.to_owned(),
        });
        Self {
            who: vec![who],
            at: None,
            paths: vec![path.to_owned()],
            pieces: pieces.collect(),
            notes: Vec::new(),
        }
    }

    /// What it is called in the source.
    pub(super) fn original(&self) -> String {
        self.paths.iter().min().cloned().unwrap_or_default()
    }
}

/// All that was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub uploads: Vec<Upload>,
    pub lines: Vec<Line>,
}

impl Found {
    /// Gives a line to everything that has none, so that nothing is dropped silently. What lies together in a
    /// folder with nothing else gets one line.
    pub(super) fn sweep(&mut self, tree: &Tree, source: &str, hint: &str) {
        let claimed: Vec<String> = self
            .uploads
            .iter()
            .flat_map(|upload| &upload.paths)
            .chain(self.lines.iter().flat_map(|line| &line.paths))
            .cloned()
            .collect();
        let parents: BTreeSet<&str> = claimed.iter().flat_map(|path| folders_of(path)).collect();
        let exact: BTreeSet<&str> = claimed.iter().map(String::as_str).collect();
        let claimed =
            |path: &str| exact.contains(path) || folders_of(path).any(|f| exact.contains(f));
        let things = tree.things();
        let left = things.iter().filter(|thing| !claimed(thing));
        let (litter, left): (Vec<&String>, Vec<_>) = left.partition(|thing| is_litter(thing));
        let top = |thing: &&String| {
            let mut folders = folders_of(thing);
            let top = folders.find(|folder| !parents.contains(folder));
            top.unwrap_or(thing).to_owned()
        };
        let mut rest: BTreeSet<String> = left.iter().map(top).collect();
        for litter in litter.into_iter().filter_map(|thing| litter_of(thing)) {
            if !folders_of(litter).any(|folder| rest.contains(folder)) {
                rest.insert(litter.to_owned());
            }
        }
        for path in rest {
            let note = about(tree, &path, hint);
            self.lines.push(Line::new(source, vec![path], vec![note]));
        }
    }
}

fn about(tree: &Tree, path: &str, hint: &str) -> Note {
    if litter_of(path).is_some() {
        return Note::skipped(Code::Litter, "a file manager left it behind");
    }
    let name = last(path);
    if names::is_junk(name) && !names::is_archive(name) {
        return Note::skipped(Code::Litter, "nothing of a hand-in lies there");
    }
    if tree.below(path).next().is_none() {
        return match tree.faults().find(|(fault, _)| is_within(fault, path)) {
            Some((fault, why)) => Note::error(
                Code::BadEntry,
                format!("{fault:?} {why}; it was not opened"),
            ),
            None => Note::warn(Code::NoFiles, format!("an empty folder; {hint}")),
        };
    }
    Note::error(Code::Stranger, hint)
}

/// The path down to the step that a file manager left behind.
fn litter_of(path: &str) -> Option<&str> {
    let mut end = 0;
    for step in path.split('/') {
        end += step.len();
        if names::is_litter(step) || step.starts_with("._") {
            return Some(&path[..end]);
        }
        end += 1;
    }
    None
}

pub(super) fn is_litter(path: &str) -> bool {
    litter_of(path).is_some()
}

/// The folders that a path lies in, from the top.
pub(super) fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(at, _)| at);
    ends.filter(|end| *end > 0).map(|end| &path[..end])
}

pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
