//! Where data sets live.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::DataError;
use super::registry::{DataFile, Dataset};

/// The folder of all data sets; each set has a folder of its own in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    /// Where it is. It need not exist yet.
    pub path: PathBuf,
    /// Why there: the environment variable that decided.
    pub chosen_by: &'static str,
}

/// The folder's name among other programs' data.
const NAME: &str = "dl-course";

impl DataFolder {
    /// The folder for this user: `DL_DATA_DIR` when it is set, else `dl-course` where the platform
    /// keeps a user's data (`XDG_DATA_HOME` or `~/.local/share`; `~/Library/Application Support` on
    /// macOS; `%LOCALAPPDATA%` on Windows).
    ///
    /// # Errors
    /// When the environment names no home.
    pub fn find() -> Result<Self, DataError> {
        Self::from_environment(|name| std::env::var_os(name))
    }

    /// A folder that was named by the caller.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            chosen_by: "the caller",
        }
    }

    fn from_environment(get: impl Fn(&str) -> Option<OsString>) -> Result<Self, DataError> {
        let set = |name| {
            get(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let home = if cfg!(target_os = "macos") {
            "Library/Application Support"
        } else {
            ".local/share"
        };
        let (path, chosen_by) = if let Some(path) = set("DL_DATA_DIR") {
            (path, "DL_DATA_DIR")
        } else if let Some(path) = set("XDG_DATA_HOME").filter(|path| path.is_absolute()) {
            (path.join(NAME), "XDG_DATA_HOME")
        } else if let Some(path) = set("LOCALAPPDATA").filter(|_| cfg!(windows)) {
            (path.join(NAME), "LOCALAPPDATA")
        } else if let Some(path) = set("HOME") {
            (path.join(home).join(NAME), "HOME")
        } else {
            return Err(DataError::NoFolder);
        };
        Ok(Self { path, chosen_by })
    }

    /// The folder of one set.
    #[must_use]
    pub fn of(&self, set: &Dataset) -> PathBuf {
        self.path.join(&set.folder)
    }

    /// The file of a set, as it is or with `.gz`, when it is there.
    #[must_use]
    pub fn locate(&self, set: &Dataset, file: &DataFile) -> Option<PathBuf> {
        let folder = self.of(set);
        [folder.join(&file.name), zipped(&folder, &file.name)]
            .into_iter()
            .find(|path| path.is_file())
    }
}

/// The path of a file that is kept as gzip.
pub(super) fn zipped(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.gz"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)]) -> Result<DataFolder, DataError> {
        DataFolder::from_environment(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_course_s_own_variable_comes_first() {
        let folder = chosen(&[
            ("HOME", "/h"),
            ("XDG_DATA_HOME", "/x"),
            ("DL_DATA_DIR", "sets"),
        ])
        .unwrap();
        assert_eq!(
            (folder.path, folder.chosen_by),
            ("sets".into(), "DL_DATA_DIR")
        );
    }

    #[cfg(unix)]
    #[test]
    fn then_the_platform_s() {
        let folder =
            chosen(&[("HOME", "/h"), ("XDG_DATA_HOME", "/x"), ("DL_DATA_DIR", "")]).unwrap();
        assert_eq!(folder.path, Path::new("/x/dl-course"));
        let folder = chosen(&[("HOME", "/h"), ("XDG_DATA_HOME", "not/absolute")]).unwrap();
        assert!(folder.path.starts_with("/h") && folder.path.ends_with("dl-course"));
        assert_eq!(folder.chosen_by, "HOME");
    }

    #[test]
    fn without_a_home_the_way_out_is_named() {
        assert!(chosen(&[]).unwrap_err().to_string().contains("DL_DATA_DIR"));
    }
}
