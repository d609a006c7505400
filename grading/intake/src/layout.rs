//! Where in a hand-in the files to grade lie.

use std::collections::BTreeSet;

use crate::container::Entry;
use crate::{Limits, Rejected};

/// The folder with the parts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// With a slash at the end; empty for the top of the hand-in.
    pub parts: String,
    /// Where `hand-in.json` would lie.
    pub root: String,
}

const PARTS: &str = "src/parts/";

/// Finds the one folder that holds the parts: a `src/parts` with at least one allowed file, or else the
/// one folder in which allowed files lie.
pub(crate) fn find(
    entries: &[Entry],
    allowed: &[&str],
    limits: &Limits,
) -> Result<Layout, Rejected> {
    let folders: BTreeSet<&str> = entries
        .iter()
        .map(|entry| split(&entry.path))
        .filter(|(_, file)| allowed.contains(file))
        .map(|(folder, _)| folder)
        .collect();
    let proper: BTreeSet<&str> = folders
        .iter()
        .copied()
        .filter(|folder| root(folder).is_some())
        .collect();
    let places = if proper.is_empty() { &folders } else { &proper };
    let near: Vec<&str> = places
        .iter()
        .copied()
        .filter(|folder| root(folder).unwrap_or(folder).matches('/').count() <= limits.wrapping)
        .collect();
    match near[..] {
        [] => Err(Rejected::NoParts {
            expected: allowed.join(", "),
        }),
        [parts] => Ok(Layout {
            parts: parts.to_owned(),
            root: root(parts).unwrap_or(parts).to_owned(),
        }),
        [first, second, ..] => Err(Rejected::TwoPlaces {
            first: first.to_owned(),
            second: second.to_owned(),
        }),
    }
}

/// A path as its folder (with the slash) and its file name.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |at| at + 1))
}

/// What lies before `src/parts/`.
fn root(folder: &str) -> Option<&str> {
    folder
        .strip_suffix(PARTS)
        .filter(|root| root.is_empty() || root.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: [&str; 2] = ["losses.rs", "mlp.rs"];

    fn find_in(paths: &[&str]) -> Result<Layout, Rejected> {
        let entries: Vec<Entry> = paths
            .iter()
            .map(|path| Entry {
                path: (*path).to_owned(),
                size: 1,
            })
            .collect();
        find(&entries, &ALLOWED, &Limits::default())
    }

    fn parts_of(paths: &[&str]) -> String {
        find_in(paths).unwrap().parts
    }

    #[test]
    fn finds_the_parts_of_a_packed_hand_in_and_of_a_whole_starter() {
        assert_eq!(
            parts_of(&["hand-in.json", "src/parts/losses.rs"]),
            "src/parts/"
        );
        let starter =
            find_in(&["hw/common/src/mlp.rs", "hw/assignments/a1/src/parts/mlp.rs"]).unwrap();
        assert_eq!(starter.parts, "hw/assignments/a1/src/parts/");
        assert_eq!(starter.root, "hw/assignments/a1/");
    }

    #[test]
    fn takes_files_that_lie_together_anywhere() {
        assert_eq!(parts_of(&["losses.rs", "mlp.rs"]), "");
        assert_eq!(parts_of(&["a/b/losses.rs", "a/readme.md"]), "a/b/");
    }

    #[test]
    fn a_folder_that_only_ends_alike_is_not_src_parts() {
        assert_eq!(
            find_in(&["mysrc/parts/mlp.rs"]).unwrap().root,
            "mysrc/parts/"
        );
    }

    #[test]
    fn two_places_are_named() {
        let text = find_in(&["a/src/parts/mlp.rs", "b/src/parts/mlp.rs"])
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("a/src/parts/") && text.contains("b/src/parts/"),
            "{text}"
        );
        assert!(matches!(
            find_in(&["x/mlp.rs", "y/losses.rs"]),
            Err(Rejected::TwoPlaces { .. })
        ));
    }

    #[test]
    fn nothing_or_too_deep_is_no_hand_in() {
        assert!(matches!(
            find_in(&["readme.md"]),
            Err(Rejected::NoParts { .. })
        ));
        assert!(matches!(
            find_in(&["1/2/3/4/5/6/7/src/parts/mlp.rs"]),
            Err(Rejected::NoParts { .. })
        ));
        assert_eq!(
            parts_of(&["1/2/3/4/5/6/src/parts/mlp.rs"]),
            "1/2/3/4/5/6/src/parts/"
        );
    }
}
