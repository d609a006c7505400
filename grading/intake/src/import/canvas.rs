//! Canvas's "Download Submissions".
//!
//! ```text
//! lastnamefirst_LATE_12345_67890_hw-1.zip
//! ```
//!
//! The first number is the user's, the second the file's. `-1` is what Canvas adds when a file of the same name is
//! handed in again; there is only the last of a student's uploads.

use std::collections::{BTreeMap, BTreeSet};

use super::found::{Found, Piece, Upload, is_litter, last};
use super::line::{Code, Line, Note};
use super::people::Who;
use super::tree::Tree;
use gradebook::digits::to_ascii_digits;

/// A name as Canvas makes it.
struct Named<'a> {
    name: &'a str,
    late: bool,
    user: &'a str,
    file: &'a str,
}

pub(super) fn find(tree: &Tree) -> Found {
    let mut found = Found::default();
    let mut uploads: BTreeMap<String, Upload> = BTreeMap::new();
    for path in tree.files().filter(|path| !is_litter(path)) {
        let Some(named) = parse(last(path)) else {
            if text_entry(last(path)) {
                let note = Note::warn(
                    Code::OnlineText,
                    "a text or a link, which is no hand-in: read it",
                );
                found
                    .lines
                    .push(Line::new("canvas", vec![path.to_owned()], vec![note]));
            }
            continue;
        };
        let upload = uploads
            .entry(to_ascii_digits(named.user))
            .or_insert_with(|| Upload {
                who: vec![Who::Canvas {
                    id: named.user.to_owned(),
                    name: named.name.to_owned(),
                }],
                at: None,
                paths: Vec::new(),
                pieces: Vec::new(),
                notes: Vec::new(),
            });
        if named.late && upload.notes.is_empty() {
            upload
                .notes
                .push(Note::warn(Code::Late, "Canvas marks it as late"));
        }
        upload.paths.push(path.to_owned());
        upload.pieces.push(Piece {
            from: path.to_owned(),
            to: named.file.to_owned(),
            question: String::new(),
        });
    }
    for mut upload in uploads.into_values() {
        upload.pieces = without_suffix(upload.pieces);
        found.uploads.push(upload);
    }
    found.sweep(
        tree,
        "canvas",
        "not called as Canvas calls it, NAME_USER_FILE_ORIGINAL: is it a download of another kind?",
    );
    found
}

fn parse(name: &str) -> Option<Named<'_>> {
    let places: Vec<usize> = name.match_indices('_').map(|(at, _)| at).collect();
    let number =
        |text: &str| !text.is_empty() && to_ascii_digits(text).bytes().all(|b| b.is_ascii_digit());
    places.windows(3).find_map(|w| {
        let (user, file) = (&name[w[0] + 1..w[1]], &name[w[1] + 1..w[2]]);
        let before = &name[..w[0]];
        let rest = &name[w[2] + 1..];
        (number(user) && number(file) && !rest.is_empty()).then(|| Named {
            name: before.strip_suffix("_LATE").unwrap_or(before),
            late: before.ends_with("_LATE"),
            user,
            file: rest,
        })
    })
}

fn text_entry(name: &str) -> bool {
    name.ends_with("_text.html") || name.ends_with("_link.html")
}

/// `losses-1.rs` is `losses.rs`, handed in again, unless both are there.
fn without_suffix(pieces: Vec<Piece>) -> Vec<Piece> {
    let plain: Vec<Option<String>> = pieces.iter().map(|piece| plain(&piece.to)).collect();
    let mut taken: BTreeSet<String> = pieces.iter().map(|piece| piece.to.clone()).collect();
    let renamed = pieces.into_iter().zip(plain).map(|(mut piece, plain)| {
        if let Some(plain) = plain.filter(|plain| taken.insert(plain.clone())) {
            piece.to = plain;
        }
        piece
    });
    renamed.collect()
}

fn plain(name: &str) -> Option<String> {
    let (stem, ending) = name.rsplit_once('.')?;
    let (stem, number) = stem.rsplit_once('-')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !stem.is_empty()).then(|| format!("{stem}.{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart() {
        let one = |name| parse(name).map(|n| (n.name, n.late, n.user, n.file));
        assert_eq!(
            one("aminisara_12_34_hw.zip"),
            Some(("aminisara", false, "12", "hw.zip"))
        );
        assert_eq!(
            one("aminisara_LATE_12_34_my_hw_5_6.zip"),
            Some(("aminisara", true, "12", "my_hw_5_6.zip"))
        );
        assert_eq!(
            one("de_la_cruz_12_34_a.rs"),
            Some(("de_la_cruz", false, "12", "a.rs"))
        );
        for name in ["hw.zip", "a_12_hw.zip", "a_12_text.html", "a_12_34_", "_"] {
            assert_eq!(one(name), None, "{name}");
        }
    }

    #[test]
    fn the_suffix_of_a_second_upload_goes_unless_both_are_there() {
        let piece = |name: &str| Piece {
            from: String::new(),
            to: name.into(),
            question: String::new(),
        };
        let names = |names: &[&str]| {
            let pieces = without_suffix(names.iter().map(|name| piece(name)).collect());
            pieces.into_iter().map(|piece| piece.to).collect::<Vec<_>>()
        };
        assert_eq!(
            names(&["losses-1.rs", "mlp-12.rs", "a-b.rs"]),
            ["losses.rs", "mlp.rs", "a-b.rs"]
        );
        assert_eq!(
            names(&["losses-1.rs", "losses.rs"]),
            ["losses-1.rs", "losses.rs"]
        );
    }
}
