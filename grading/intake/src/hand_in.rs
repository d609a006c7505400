//! From a candidate to the files that are graded.

use std::collections::BTreeMap;

use common::files::{hex, sha256_hex};
use common::student::Manifest;
use hmac_sha256::Hash;

use crate::container::{self, Container};
use crate::{Candidate, Kind, Limits, Notice, Rejected, layout, names, text};

/// What of a hand-in is graded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandIn {
    /// The student's number as the manifest says it, else the name of the candidate; safe as a file name.
    pub student: String,
    /// The text of each part by its file name: `losses.rs`. Never empty; UTF-8 with `\n` line ends.
    pub files: BTreeMap<String, String>,
    /// What the student or the assistant should know.
    pub notices: Vec<Notice>,
    /// SHA-256 of `files` (names and text) in hexadecimal: the same for the same work, however packed.
    pub sha256: String,
    /// What `hand-in.json` says, when it is there and can be read. Anybody may have written it.
    pub manifest: Option<Manifest>,
}

/// The largest `hand-in.json` that is read.
const MANIFEST_BYTES: u64 = 64 << 10;

/// Reads the files called `allowed` (`["losses.rs", "mlp.rs"]`) from a hand-in.
///
/// # Errors
/// [`Rejected`] when there is nothing to grade or nothing that may be opened; see
/// [`Rejected::is_grader_fault`] for the one that says nothing about the hand-in.
pub fn read(candidate: &Candidate, allowed: &[&str], limits: &Limits) -> Result<HandIn, Rejected> {
    if candidate.kind == Kind::Other {
        return Err(Rejected::BadEntry {
            path: candidate.name.clone(),
            why: "is a symbolic link or another special file".to_owned(),
        });
    }
    let mut container = container::open(&candidate.path, candidate.kind == Kind::Folder, limits)?;
    let layout = layout::find(container.entries(), allowed, limits)?;
    let mut notices: Vec<Notice> = container.junk().notices().collect();
    let mut reader = Reader {
        container: container.as_mut(),
        notices: &mut notices,
        limits,
    };

    let manifest = reader.manifest(&format!("{}{}", layout.root, Manifest::FILE))?;
    let raw = reader.parts(&layout.parts, allowed)?;
    reader.count_the_rest(&layout, allowed);

    if let Some(manifest) = &manifest {
        notices.extend(manifest_notices(manifest, &raw, &candidate.name));
    }
    let files = decode(raw, &mut notices);
    if files.is_empty() {
        return Err(Rejected::NoParts {
            expected: allowed.join(", "),
        });
    }
    Ok(HandIn {
        student: names::student_id(student(manifest.as_ref(), candidate)),
        sha256: digest(&files),
        files,
        notices,
        manifest,
    })
}

enum Found {
    Nothing,
    TooLarge,
    Bytes(Vec<u8>),
}

struct Reader<'a> {
    container: &'a mut dyn Container,
    notices: &'a mut Vec<Notice>,
    limits: &'a Limits,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, limit: u64) -> Result<Found, Rejected> {
        let entries = self.container.entries();
        let Some(index) = entries.iter().position(|entry| entry.path == path) else {
            return Ok(Found::Nothing);
        };
        let bytes = self.container.read(index, limit)?;
        Ok(bytes.map_or(Found::TooLarge, Found::Bytes))
    }

    fn manifest(&mut self, path: &str) -> Result<Option<Manifest>, Rejected> {
        let manifest = match self.file(path, MANIFEST_BYTES)? {
            Found::Nothing => return Ok(None),
            Found::TooLarge => None,
            Found::Bytes(bytes) => serde_json::from_slice::<Manifest>(&bytes).ok(),
        };
        let manifest = manifest.filter(|manifest| manifest.schema == Manifest::SCHEMA);
        if manifest.is_none() {
            let text = format!(
                "{} is not as `cargo hw pack` writes it and was ignored.",
                Manifest::FILE
            );
            self.notices.push(Notice::Manifest { text });
        }
        Ok(manifest)
    }

    fn parts(
        &mut self,
        folder: &str,
        allowed: &[&str],
    ) -> Result<BTreeMap<String, Vec<u8>>, Rejected> {
        let mut raw = BTreeMap::new();
        for name in allowed {
            let file = (*name).to_owned();
            match self.file(&format!("{folder}{name}"), self.limits.file_bytes)? {
                Found::Bytes(bytes) => drop(raw.insert(file, bytes)),
                Found::TooLarge => {
                    let why = format!("is larger than {} KiB", self.limits.file_bytes >> 10);
                    self.notices.push(Notice::Unusable { file, why });
                }
                Found::Nothing => self.notices.push(Notice::Missing { file }),
            }
        }
        Ok(raw)
    }

    /// Says what else lies in the hand-in: Rust files among the parts by name, the rest by number.
    fn count_the_rest(&mut self, layout: &layout::Layout, allowed: &[&str]) {
        let mut others = 0;
        for entry in self.container.entries() {
            let (folder, file) = layout::split(&entry.path);
            let is_manifest = folder == layout.root && file == Manifest::FILE;
            if folder != layout.parts || !(allowed.contains(&file) || file == "mod.rs") {
                if folder == layout.parts && file.ends_with(".rs") {
                    self.notices.push(Notice::NotGraded {
                        file: file.to_owned(),
                    });
                } else if !is_manifest {
                    others += 1;
                }
            }
        }
        if others > 0 {
            self.notices.push(Notice::Ignored {
                what: "other files".to_owned(),
                count: others,
            });
        }
    }
}

fn student<'a>(manifest: Option<&'a Manifest>, candidate: &'a Candidate) -> &'a str {
    manifest
        .map(|manifest| manifest.student.trim())
        .filter(|student| !student.is_empty())
        .unwrap_or(&candidate.name)
}

/// Where the manifest does not agree with the files or with the name that the hand-in came under.
fn manifest_notices(
    manifest: &Manifest,
    raw: &BTreeMap<String, Vec<u8>>,
    name: &str,
) -> Vec<Notice> {
    let mut texts = Vec::new();
    let student = names::student_id(&manifest.student);
    if !names::student_id(name).contains(&student) {
        texts.push(format!(
            "{} says student {student}, but it was handed in as {name:?}.",
            Manifest::FILE
        ));
    }
    for (file, bytes) in raw {
        let stated = manifest
            .files
            .iter()
            .find(|(path, _)| layout::split(path).1 == file);
        match stated {
            Some((_, sum)) if sum.eq_ignore_ascii_case(&sha256_hex(bytes)) => {}
            Some(_) => texts.push(format!("{file} was changed after it was packed.")),
            None => texts.push(format!("{file} was added after packing.")),
        }
    }
    texts
        .into_iter()
        .map(|text| Notice::Manifest { text })
        .collect()
}

fn decode(raw: BTreeMap<String, Vec<u8>>, notices: &mut Vec<Notice>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (file, bytes) in raw {
        match text::decode(&bytes) {
            Ok(source) => {
                notices.extend(source.changes.iter().map(|what| Notice::Normalised {
                    file: file.clone(),
                    what,
                }));
                files.insert(file, source.text);
            }
            Err(why) => notices.push(Notice::Unusable {
                file,
                why: why.to_owned(),
            }),
        }
    }
    files
}

/// Lengths go in first, so that no two sets of files give the same bytes.
fn digest(files: &BTreeMap<String, String>) -> String {
    let mut hash = Hash::new();
    for field in files.iter().flat_map(|(name, text)| [name, text]) {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field);
    }
    hex(&hash.finalize())
}
