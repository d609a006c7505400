//! Gradescope's "Export Submissions".
//!
//! ```text
//! assignment_1_export/submission_metadata.yml
//! assignment_1_export/submission_123/losses.rs
//! ```
//!
//! The metadata says of each folder who submitted it, with how many others, and when.

use jiff::tz::TimeZone;

use super::found::{Found, Upload, is_litter};
use super::line::{Code, Line, Note};
use super::people::Who;
use super::tree::Tree;
use super::yaml::Node;
use super::{ImportError, times};

const METADATA: &str = "submission_metadata.yml";
const METADATA_BYTES: u64 = 64 << 20;

pub(super) fn find(tree: &mut Tree, zone: &TimeZone) -> Result<Found, ImportError> {
    let path = metadata(tree)?;
    let fail = |what: String| ImportError::Metadata {
        path: path.clone(),
        what,
    };
    let bytes = tree
        .read(&path, METADATA_BYTES)
        .map_err(|why| fail(why.to_string()))?
        .ok_or_else(|| fail(format!("it is larger than {} MiB", METADATA_BYTES >> 20)))?;
    let text = String::from_utf8(bytes).map_err(|_| fail("it is not UTF-8".to_owned()))?;
    let node = Node::parse(&text).map_err(fail)?;
    let Node::Map(submissions) = node else {
        return Err(fail("it is no list of submissions".to_owned()));
    };
    let folder = path.strip_suffix(METADATA).unwrap_or_default();
    let mut found = Found::default();
    let note = Note::skipped(Code::Metadata, "says whose the folders are");
    found
        .lines
        .push(Line::new("gradescope", vec![path.clone()], vec![note]));
    for (name, submission) in &submissions {
        one(
            tree,
            &format!("{folder}{name}"),
            submission,
            zone,
            &mut found,
        );
    }
    found.sweep(
        tree,
        "gradescope",
        "submission_metadata.yml says nothing of it, so nobody knows whose it is",
    );
    Ok(found)
}

/// The one metadata file, at the top or in the one folder there.
fn metadata(tree: &Tree) -> Result<String, ImportError> {
    let mut places = tree.files().filter(|path| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        name == METADATA && !folder.contains('/') && !is_litter(path)
    });
    match (places.next(), places.next()) {
        (Some(path), None) => Ok(path.to_owned()),
        (first, _) => Err(ImportError::Metadata {
            path: METADATA.to_owned(),
            what: match first {
                Some(_) => "it is there twice: import one export at a time".to_owned(),
                None => "it is not there; take what \"Export Submissions\" gives".to_owned(),
            },
        }),
    }
}

fn one(tree: &Tree, path: &str, submission: &Node, zone: &TimeZone, found: &mut Found) {
    let field = |node: &Node, key| {
        let text = node.get(key).and_then(Node::text);
        text.unwrap_or_default().to_owned()
    };
    let submitters = submission.get("submitters").map_or(&[][..], Node::list);
    let mut who = submitters.iter().map(|submitter| Who::Gradescope {
        sid: field(submitter, "sid"),
        email: field(submitter, "email"),
        name: field(submitter, "name"),
    });
    let Some(first) = who.next() else {
        return found.lines.push(Line::new(
            "gradescope",
            vec![path.to_owned()],
            vec![Note::error(
                Code::Stranger,
                "the metadata names no submitter: assign it on Gradescope, or import it with `dir`",
            )],
        ));
    };
    if tree.below(path).next().is_none() && !tree.things().contains(path) {
        let text = format!(
            "the metadata has {path:?} of {first}, but there is no such folder: export again",
            first = name(&first)
        );
        found.lines.push(Line::new(
            "gradescope",
            Vec::new(),
            vec![Note::error(Code::NoFolder, text)],
        ));
        return;
    }
    let mut upload = Upload::of(tree, path, first, "");
    upload.who.extend(who);
    if let Some((at, note)) = created(submission).and_then(|text| times::find(text, zone)) {
        upload.at = Some(at);
        upload.notes.extend(note);
    }
    let earlier = submission
        .get("history")
        .map_or(0, |history| history.list().len());
    if earlier > 0 {
        let text =
            format!("Gradescope had {earlier} earlier uploads; their files are not in an export");
        upload.notes.push(Note::ok(Code::EarlierUploads, text));
    }
    found.uploads.push(upload);
}

/// A time, also as Ruby writes one that has a zone: a map with `utc` in it.
fn created(submission: &Node) -> Option<&str> {
    let time = submission.get("created_at")?;
    time.text().or_else(|| time.get("utc")?.text())
}

fn name(who: &Who) -> String {
    match who {
        Who::Gradescope { sid, name, .. } => format!("{name:?} ({sid})"),
        _ => String::new(),
    }
}
