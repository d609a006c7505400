//! Names of files for people and hand-ins, whatever those are called.

use common::files::sha256_hex;

/// The longest name that is kept whole; a file system takes 255 bytes.
const LONGEST: usize = 60;

/// A name for a file, without an ending, that every system takes: `name` itself when it is of lower-case
/// letters, digits, `-` and `_`. Any other has what is odd replaced, and a piece of its hash at the end,
/// so that two names never are one file, not even where case does not count.
#[must_use]
pub fn file_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins_well && name.len() <= LONGEST && name.chars().all(plain) && !is_reserved(name) {
        return name.to_string();
    }
    let kept = |c: char| c.is_alphanumeric() || "-_".contains(c);
    let mut stem = String::new();
    for c in name.chars().map(|c| if kept(c) { c } else { '_' }) {
        if stem.len() + c.len_utf8() > LONGEST {
            break;
        }
        stem.push(c);
    }
    let stem = stem.trim_start_matches(['-', '_']);
    let hash = &sha256_hex(name.as_bytes())[..12];
    if stem.is_empty() {
        format!("x-{hash}")
    } else {
        format!("{stem}-{hash}")
    }
}

/// Names that are devices on Windows, whatever their ending.
fn is_reserved(name: &str) -> bool {
    let numbered = |device: &str| {
        name.strip_prefix(device)
            .is_some_and(|rest| rest.len() == 1 && rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    ["con", "prn", "aux", "nul"].contains(&name) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_stays() {
        for name in ["40123456-2", "1003-relu", "ada_l"] {
            assert_eq!(file_name(name), name);
        }
    }

    #[test]
    fn no_name_leaves_its_folder_is_hidden_or_an_option() {
        let long = "n".repeat(5000);
        for name in [
            "../../etc/passwd",
            "..",
            ".",
            "",
            "/",
            "a/b",
            "a\\b",
            "C:evil",
            ".bashrc",
            "-rf",
            "nul",
            "com1",
            "<script>alert(1)</script>",
            "\u{202e}gpj.exe",
            "a\0b",
            "a\nb",
            &long,
        ] {
            let file = file_name(name);
            assert!(file.starts_with(char::is_alphanumeric), "{file:?}");
            assert!(file.len() < 100, "{file:?}");
            let good = |c: char| c.is_alphanumeric() || "-_".contains(c);
            assert!(file.chars().all(good), "{file:?}");
            assert!(!is_reserved(&file), "{file:?}");
        }
    }

    #[test]
    fn different_names_are_different_files_where_case_does_not_count() {
        let names = ["ada", "Ada", "ADA", "ad a", "ad_a", "ad/a", "علی", "على"];
        let files: std::collections::HashSet<_> =
            names.map(|name| file_name(name).to_lowercase()).into();
        assert_eq!(files.len(), names.len());
    }

    #[test]
    fn persian_letters_stay_readable() {
        assert!(file_name("علی رضایی").starts_with("علی_رضایی-"));
    }
}
