//! Names that come with a hand-in: which are refused, which are junk, which become a file name.

use gradebook::digits::to_ascii_digits;

use crate::Limits;

/// Why `path` is no path of an honest hand-in; it continues "The entry ... ".
pub(crate) fn fault(path: &str, limits: &Limits) -> Option<&'static str> {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    let checks = [
        (path.len() > limits.path_bytes, "has too long a path"),
        (
            path.chars().any(char::is_control),
            "has a control character in its name",
        ),
        (
            path.chars().any(is_invisible),
            "has an invisible or direction-changing character in its name",
        ),
        (
            path.contains('\\'),
            "has a backslash in its path, which is no separator in an archive",
        ),
        (path.starts_with('/') || drive, "has an absolute path"),
        (
            trimmed.split('/').any(|part| part == ".."),
            "has a path that leaves the hand-in",
        ),
        (
            trimmed
                .split('/')
                .any(|part| part.is_empty() || part == "."),
            "has an empty step in its path",
        ),
        (
            trimmed.split('/').count() > limits.depth,
            "lies too deep in folders",
        ),
    ];
    checks.into_iter().find_map(|(bad, why)| bad.then_some(why))
}

/// Bidirectional controls and zero-width characters; the joiners U+200C and U+200D are ordinary in
/// Persian names and stay.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Whether a file manager left it behind.
pub(crate) fn is_litter(name: &str) -> bool {
    matches!(name, "__MACOSX" | ".DS_Store" | "Thumbs.db" | "desktop.ini")
}

/// The step of `path` that makes it junk: nothing below it is looked at.
pub(crate) fn junk(path: &str) -> Option<&str> {
    path.trim_end_matches('/')
        .split('/')
        .find(|step| is_junk(step))
}

pub(crate) fn is_junk(step: &str) -> bool {
    const JUNK: [&str; 12] = [
        "target",
        ".git",
        ".cargo",
        "node_modules",
        ".idea",
        ".vscode",
        "Cargo.toml",
        "Cargo.lock",
        "build.rs",
        "rust-toolchain",
        "rust-toolchain.toml",
        ".gitignore",
    ];
    is_litter(step) || JUNK.contains(&step) || step.starts_with("._") || is_archive(step)
}

/// Archives inside a hand-in are not opened.
pub(crate) fn is_archive(name: &str) -> bool {
    let extension = name
        .rsplit_once('.')
        .map(|(_, end)| end.to_ascii_lowercase());
    matches!(
        extension.as_deref(),
        Some("zip" | "rar" | "7z" | "tar" | "gz" | "tgz" | "xz" | "bz2" | "zst")
    )
}

/// The name of a zip or tar file without its ending, or nothing when it has none of these endings.
pub(crate) fn archive_stem(name: &str) -> Option<&str> {
    [".zip", ".tar.gz", ".tgz", ".tar"].iter().find_map(|end| {
        let at = name.len().checked_sub(end.len()).filter(|at| *at > 0)?;
        let (stem, rest) = name.split_at_checked(at)?;
        rest.eq_ignore_ascii_case(end).then_some(stem)
    })
}

/// A name that is safe as a file name anywhere: letters and digits of any script, `-`, `_` and `.`, at
/// most 64 characters, no leading dot. Persian and Arabic digits become ASCII ones.
#[must_use]
pub fn student_id(name: &str) -> String {
    let name = to_ascii_digits(name.trim());
    let id: String = name.chars().map(safe).take(64).collect();
    let id = id.trim_matches(['.', '_']);
    if id.is_empty() {
        "unnamed".to_owned()
    } else {
        id.to_owned()
    }
}

fn safe(c: char) -> char {
    match c {
        '-' | '_' | '.' => c,
        _ if c.is_alphanumeric() => c,
        _ => '_',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_are_refused() {
        let long = "a/".repeat(40) + "x";
        for path in [
            "../x",
            "a/../../x",
            "/etc/passwd",
            "C:/x",
            "c:x",
            "a\\b",
            "a\0b",
            "a\nb",
            "a\u{202E}sr.exe",
            "",
            "a//b",
            "./a",
            "a/.",
            &"x".repeat(600),
            &long,
        ] {
            assert!(fault(path, &Limits::default()).is_some(), "{path:?}");
        }
    }

    #[test]
    fn honest_paths_pass() {
        for path in [
            "src/parts/losses.rs",
            "src/",
            "تمرین ۱/می‌خواهم.rs",
            "a..b/c",
            "ab: y",
        ] {
            assert_eq!(fault(path, &Limits::default()), None, "{path:?}");
        }
    }

    #[test]
    fn junk_is_known_at_any_depth() {
        assert_eq!(junk("hw/target/debug/a"), Some("target"));
        assert_eq!(junk("__MACOSX/._losses.rs"), Some("__MACOSX"));
        assert_eq!(junk("old/backup.zip"), Some("backup.zip"));
        assert_eq!(junk("src/parts/losses.rs"), None);
    }

    #[test]
    fn the_ending_of_an_archive_is_known_in_any_case() {
        assert_eq!(archive_stem("a.ZIP"), Some("a"));
        assert_eq!(archive_stem("a.b.tar.gz"), Some("a.b"));
        assert_eq!(archive_stem("a.tgz"), Some("a"));
        assert_eq!(archive_stem(".zip"), None);
        assert_eq!(archive_stem("zip"), None);
        assert_eq!(archive_stem("\u{06F0}\u{06F1}"), None);
    }

    #[test]
    fn an_id_is_safe_as_a_file_name() {
        assert_eq!(student_id("۴۰۲۱٠٥"), "402105");
        assert_eq!(student_id("../../etc/passwd"), "etc_passwd");
        assert_eq!(student_id("Ali Rezaei <b>"), "Ali_Rezaei__b");
        assert_eq!(student_id("علی رضایی"), "علی_رضایی");
        assert_eq!(student_id(" \0./ "), "unnamed");
        assert_eq!(student_id(&"9".repeat(1000)).len(), 64);
    }
}
