//! What a packed hand-in says about itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The file `hand-in.json` at the top of a packed hand-in. The zip holds it, `src/parts/<module>.rs` for
/// each part, and `theory.toml` when there is one; nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this format.
    pub schema: u32,
    /// `a1`
    pub assignment: String,
    /// The student's number.
    pub student: String,
    /// Seconds since 1970-01-01 UTC.
    pub packed_at: u64,
    /// The version of the toolkit that packed it.
    pub tool: String,
    /// Each file by its path in the zip, with its SHA-256 in hexadecimal.
    pub files: BTreeMap<String, String>,
}

impl Manifest {
    /// The name of the manifest in the zip.
    pub const FILE: &'static str = "hand-in.json";
    /// The version that this toolkit writes.
    pub const SCHEMA: u32 = 1;
}
