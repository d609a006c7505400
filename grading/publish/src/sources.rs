//! Which files of the repository are published: an allow-list of what git tracks.

use std::fs;
use std::path::Path;
use std::process::Command;

use common::archive::Files;

use crate::PublishError;

/// Files at the root that are published as they are. `Cargo.toml` and `.cargo/config.toml` are rewritten.
const ROOT_FILES: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    ".gitignore",
    ".gitattributes",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "clippy.toml",
];

/// What was found in the repository.
pub(crate) struct Sources {
    pub files: Files,
    /// Files in the published folders that git does not track and that are therefore left out.
    pub untracked: Vec<String>,
}

/// Reads the files of the starter of `package` from the checkout at `root`.
pub(crate) fn read(root: &Path, package: &str) -> Result<Sources, PublishError> {
    let folders = [
        "common/".to_owned(),
        "datasets/".to_owned(),
        format!("assignments/{package}/"),
    ];
    // Its tests hold wrong and right answers side by side.
    let tests = format!("assignments/{package}/tests/");
    let published = |path: &str| {
        !path.starts_with(&tests)
            && (folders.iter().any(|folder| path.starts_with(folder))
                || ROOT_FILES.contains(&path)
                || (path.starts_with("LICENSE") && !path.contains('/')))
    };
    let files = tracked(root, published)?;
    let manifest = format!("assignments/{package}/Cargo.toml");
    for needed in ["Cargo.toml", "Cargo.lock", "common/Cargo.toml", &manifest] {
        if !files.contains_key(needed) {
            return Err(PublishError::file(
                needed,
                format!("git tracks no such file in {}", root.display()),
            ));
        }
    }
    let mut untracked = git(root, &["ls-files", "-z", "--others", "--exclude-standard"])?;
    untracked.retain(|path| published(path));
    Ok(Sources { files, untracked })
}

/// All files of the checkout at `root` that git tracks, the hidden checks included: never for students.
///
/// # Errors
/// When `root` is no checkout, or a file cannot be read.
pub fn checkout(root: &Path) -> Result<Files, PublishError> {
    tracked(root, |_| true)
}

fn tracked(root: &Path, wanted: impl Fn(&str) -> bool) -> Result<Files, PublishError> {
    let mut files = Files::new();
    for line in git(root, &["ls-files", "-z", "--stage"])? {
        // mode, object, stage, a tab, the path
        let Some((head, path)) = line.split_once('\t').filter(|(_, path)| wanted(path)) else {
            continue;
        };
        if !head.starts_with("100") {
            return Err(PublishError::file(
                path,
                "it is a link or a submodule, not a file",
            ));
        }
        let full = root.join(path);
        let bytes = fs::read(&full).map_err(PublishError::io("read", &full))?;
        files.insert(path.to_owned(), bytes);
    }
    Ok(files)
}

fn git(root: &Path, arguments: &[&str]) -> Result<Vec<String>, PublishError> {
    let fail = |why: String| PublishError::Git {
        root: root.to_owned(),
        why,
    };
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .map_err(|error| fail(format!("git cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(fail(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    let text =
        String::from_utf8(output.stdout).map_err(|_| fail("a path is not UTF-8".to_owned()))?;
    Ok(text.split_terminator('\0').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_git_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let Err(error) = read(dir.path(), "a1_backprop") else {
            panic!("read something");
        };
        assert!(error.to_string().contains("no git checkout"), "{error}");
    }

    #[test]
    fn nothing_under_grading_is_read_from_the_real_repository() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let sources = read(&root, "a1_backprop").unwrap();
        assert!(sources.files.contains_key("common/src/lib.rs"));
        assert!(sources.files.keys().all(|path| !path.contains("grading/")));
    }
}
