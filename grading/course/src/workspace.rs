//! Where the toolkit's sources and its working files are.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// The root of the toolkit's sources: the nearest folder upward from here that holds them, else where
/// this program was built.
///
/// # Errors
/// When neither is there.
pub fn root() -> Result<PathBuf> {
    let is_root = |folder: &&Path| folder.join("grading/course/Cargo.toml").is_file();
    let here = std::env::current_dir()?;
    if let Some(root) = here.ancestors().find(is_root) {
        return Ok(root.to_path_buf());
    }
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    match built.filter(is_root) {
        Some(root) => Ok(root.to_path_buf()),
        None => {
            bail!("the toolkit's sources are not here; run this inside a checkout of the toolkit")
        }
    }
}

/// The course's folder, which holds `course.toml`, `submissions/`, `results/` and `reports/`: the nearest folder
/// upward from here with a `course.toml`, else the root of the sources.
///
/// # Errors
/// As [`root`].
pub fn course_folder() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    let is_course = |folder: &&Path| folder.join("course.toml").is_file();
    match here.ancestors().find(is_course) {
        Some(folder) => Ok(folder.to_path_buf()),
        None => root(),
    }
}

/// The folder for what the grader builds and may build again: `grading/` in cargo's target folder.
#[must_use]
pub fn cache(root: &Path) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    root.join(target).join("grading")
}
