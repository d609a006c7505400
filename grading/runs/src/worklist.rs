//! A class divided into chunks, for machines that share a file system.

use std::path::{Path, PathBuf};

use common::files::write_atomically;
use serde::{Deserialize, Serialize};

use crate::RunError;

/// What a worker has to know. Any number of workers may grade any chunk any number of times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worklist {
    /// The version of this format: [`Worklist::SCHEMA`].
    pub schema: u32,
    /// `a1`
    pub assignment: String,
    /// The folder of the hand-ins.
    pub from: PathBuf,
    /// The folder of the results.
    pub out: PathBuf,
    /// The file of the course's key.
    pub key: PathBuf,
    /// The least sandbox: `full` or `kernel`.
    pub sandbox: String,
    /// What decides results besides the hand-ins. A worker that finds another one grades nothing.
    pub grading_key: String,
    /// Whether what is in the store is graded all the same.
    pub force: bool,
    /// The names of the hand-ins.
    pub chunks: Vec<Vec<String>>,
}

impl Worklist {
    /// The version of the format.
    pub const SCHEMA: u32 = 1;
    /// The file in the folder of the results.
    pub const FILE: &str = ".work.json";

    /// Divides `names` into chunks of `size`, the last perhaps smaller. More than `most` chunks are not made;
    /// then they are larger.
    #[must_use]
    pub fn divide(names: &[String], size: usize, most: usize) -> Vec<Vec<String>> {
        let size = size.max(1).max(names.len().div_ceil(most.max(1)));
        names.chunks(size).map(<[String]>::to_vec).collect()
    }

    /// Reads a worklist.
    ///
    /// # Errors
    /// When the file cannot be read or is no worklist.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let text = std::fs::read(path).map_err(RunError::io("read", path))?;
        let damaged = |why: String| RunError::Damaged {
            path: path.to_owned(),
            why,
        };
        let list: Self = serde_json::from_slice(&text)
            .map_err(|error| damaged(format!("this is no worklist ({error})")))?;
        match list.schema {
            Self::SCHEMA => Ok(list),
            other => Err(damaged(format!(
                "a worklist of version {other}, not {}; submit the class again",
                Self::SCHEMA
            ))),
        }
    }

    /// Writes the worklist into the folder of the results and gives its path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self) -> Result<PathBuf, RunError> {
        let path = self.out.join(Self::FILE);
        let text = serde_json::to_string_pretty(self)
            .map_err(|e| RunError::io("write", &path)(e.into()))?;
        write_atomically(&path, text.as_bytes()).map_err(RunError::io("write", &path))?;
        Ok(path)
    }

    /// The hand-ins of a chunk, counted from 0.
    ///
    /// # Errors
    /// When there is no such chunk.
    pub fn chunk(&self, index: usize) -> Result<&[String], RunError> {
        self.chunks
            .get(index)
            .map(Vec::as_slice)
            .ok_or_else(|| RunError::Damaged {
                path: self.out.join(Self::FILE),
                why: format!("no chunk {index}; there are {}", self.chunks.len()),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| i.to_string()).collect()
    }

    #[test]
    fn chunks_hold_everything_once_in_order() {
        for (n, size, most) in [(0, 10, 5), (1, 10, 5), (25, 10, 5), (101, 10, 5), (7, 0, 0)] {
            let chunks = Worklist::divide(&names(n), size, most);
            assert_eq!(chunks.concat(), names(n));
            assert!(chunks.len() <= most.max(1), "{n} {size} {most}");
        }
        assert_eq!(Worklist::divide(&names(25), 10, 5).len(), 3);
    }
}
