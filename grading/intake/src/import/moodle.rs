//! Moodle's "Download all submissions", with and without "in folders".
//!
//! ```text
//! Full name_12345_assignsubmission_file_/hw.zip       Full name_12345_assignsubmission_file_hw.zip
//! ```

use std::collections::BTreeMap;

use super::found::{Found, Piece, Upload, folders_of, is_litter, last};
use super::line::{Code, Line, Note};
use super::people::Who;
use super::tree::Tree;

const MARK: &str = "_assignsubmission_";

pub(super) fn find(tree: &Tree) -> Found {
    let mut found = Found::default();
    let mut uploads: BTreeMap<String, Upload> = BTreeMap::new();
    for thing in tree.things().iter().filter(|thing| !is_litter(thing)) {
        let steps = folders_of(thing).chain([thing.as_str()]).take(3);
        let Some((path, name, kind)) = steps
            .filter_map(|path| {
                last(path)
                    .split_once(MARK)
                    .map(|(name, kind)| (path, name, kind))
            })
            .next()
        else {
            continue;
        };
        let Some(rest) = kind.strip_prefix("file") else {
            if !found.lines.iter().any(|line: &Line| line.paths[0] == path) {
                let note = Note::warn(
                    Code::OnlineText,
                    format!("{name:?} wrote a text, which is no hand-in: read it"),
                );
                found
                    .lines
                    .push(Line::new("moodle", vec![path.to_owned()], vec![note]));
            }
            continue;
        };
        let (full, id) = name.rsplit_once('_').unwrap_or((name, ""));
        let who = Who::Moodle {
            id: id.to_owned(),
            name: full.to_owned(),
        };
        // Both forms of one student are one upload, whichever folder they lie in.
        if path != thing || rest.trim_start_matches('_').is_empty() {
            uploads
                .entry(path.to_owned())
                .or_insert_with(|| Upload::of(tree, path, who, ""));
            continue;
        }
        let key = path[..path.len() - kind.len()].to_owned();
        let upload = uploads.entry(key).or_insert_with(|| Upload {
            who: vec![who],
            at: None,
            paths: Vec::new(),
            pieces: Vec::new(),
            notes: Vec::new(),
        });
        upload.paths.push(path.to_owned());
        upload.pieces.push(Piece {
            from: path.to_owned(),
            to: rest.trim_start_matches('_').to_owned(),
            question: String::new(),
        });
    }
    found.uploads.extend(uploads.into_values());
    found.sweep(
        tree,
        "moodle",
        "not called as Moodle calls it, NAME_NUMBER_assignsubmission_file: is it a download of another kind?",
    );
    found
}
