//! What is compared, and how.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::SimilarityError;
use crate::tokens::Names;

/// One hand-in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name: that of the folder or zip. No two are the same.
    pub name: String,
    /// Whose it is. Two hand-ins of one student are not compared.
    pub student: String,
    /// The sources by file name.
    pub files: BTreeMap<String, String>,
    /// The students with whom this one says to have worked.
    pub collaborators: Vec<String>,
}

/// Sources that everybody was given or may look at: the starter, the reference, the handout's code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base {
    /// The sources, in any order.
    pub texts: Vec<String>,
}

/// How hand-ins are compared. `docs/similarity.md` says how the defaults were chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// No run of fewer tokens counts as shared.
    pub k: usize,
    /// Every run of as many tokens is noticed.
    pub t: usize,
    /// The share from which on a pair is reported, of the whole hand-in or of one file.
    pub threshold: f64,
    /// The fewest shared fingerprints with which a pair is reported, however large the share.
    pub least: usize,
    /// The most pairs that are reported of each sort.
    pub top: usize,
    /// What more than this share of the students have counts as common knowledge.
    pub common_share: f64,
    /// Which names are compared as they are.
    pub names: Names,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            k: 25,
            t: 35,
            threshold: 0.2,
            least: 8,
            top: 50,
            common_share: 0.25,
            names: Names::default(),
        }
    }
}

impl Options {
    /// How many neighbouring hashes give one fingerprint.
    pub(crate) fn window(&self) -> usize {
        self.t - self.k + 1
    }

    /// The most students who may share a fingerprint, of `students`, without its being common knowledge.
    /// In a small class a few who share something are a group, not everybody.
    pub(crate) fn rare(&self, students: usize) -> usize {
        // a share of a number of students, rounded down
        ((students as f64 * self.common_share) as usize).max(SMALL_GROUP)
    }

    pub(crate) fn validate(&self) -> Result<(), SimilarityError> {
        if self.k == 0 || self.t < self.k {
            return Err(SimilarityError::Lengths {
                k: self.k,
                t: self.t,
            });
        }
        for (name, value) in [
            ("threshold", self.threshold),
            ("common_share", self.common_share),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(SimilarityError::Share { name, value });
            }
        }
        Ok(())
    }
}

/// A fingerprint of as many students is never common knowledge.
const SMALL_GROUP: usize = 5;
