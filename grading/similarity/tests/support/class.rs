//! A class of seven.

use similarity::Entry;

use super::rng::Rng;
use super::sources::{self, Files, entry};
use super::transform::{comments, rename, reorder};

/// The same works with other names, another order and comments.
pub fn changed(files: &Files, seed: u64) -> Files {
    let change = |text: &String| {
        comments(
            &rename(&reorder(text, &mut Rng(seed)), &mut Rng(seed)),
            &mut Rng(seed),
        )
    };
    files
        .iter()
        .map(|(name, text)| (name.clone(), change(text)))
        .collect()
}

/// A class with one pair, one group of three and two who worked alone.
pub fn class() -> Vec<Entry> {
    let (reference, alternative, oracle) = (
        sources::reference(),
        sources::alternative(),
        sources::oracle(),
    );
    let part = |files: &Files, name: &str| Files::from([(name.to_string(), files[name].clone())]);
    vec![
        entry("1001", alternative.clone()),
        entry("1002", changed(&alternative, 1)),
        entry("1003", part(&reference, "losses.rs")),
        entry("1004", changed(&part(&reference, "losses.rs"), 2)),
        entry("1005", changed(&part(&reference, "losses.rs"), 3)),
        entry("1006", oracle),
        entry("1007", sources::starter()),
    ]
}
