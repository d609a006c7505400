//! From a candidate to the files that are graded.

use std::collections::BTreeMap;

use common::files::{hex, sha256_hex};
use common::student::Manifest;
use common::theory::AnswerFile;
use hmac_sha256::Hash;

use crate::container::{self, Container, Scope};
use crate::{Candidate, Kind, Limits, Notice, Rejected, layout, names, text};

/// What of a hand-in is graded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandIn {
    /// The student's number: the roster's when the hand-in was imported, else the manifest's, else the name
    /// of the candidate; safe as a file name.
    pub student: String,
    /// The text of each part by its file name: `losses.rs`. Never empty; UTF-8 with `\n` line ends.
    pub files: BTreeMap<String, String>,
    /// The text of `theory.toml`, or why it cannot be read (the end of a sentence); `None` when there is
    /// no such file.
    pub theory: Option<Result<String, String>>,
    /// What the student or the assistant should know.
    pub notices: Vec<Notice>,
    /// SHA-256 of `files` (names and text) and `theory` in hexadecimal: the same for the same work,
    /// however packed.
    pub sha256: String,
    /// What `hand-in.json` says, when it is there and can be read. Anybody may have written it.
    pub manifest: Option<Manifest>,
}

/// The largest `hand-in.json` that is read.
const MANIFEST_BYTES: u64 = 64 << 10;

/// Reads the files called `allowed` (`["losses.rs", "mlp.rs"]`) from a hand-in, and `theory.toml` beside
/// `src` or beside them.
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
    let mut container = container::open(
        &candidate.path,
        candidate.kind == Kind::Folder,
        Scope::HandIn,
        limits,
    )?;
    let layout = layout::find(container.entries(), allowed, limits)?;
    let mut notices: Vec<Notice> = container.junk().notices().collect();
    let mut reader = Reader {
        container: container.as_mut(),
        notices: &mut notices,
        limits,
    };

    let manifest = reader.manifest(&format!("{}{}", layout.root, Manifest::FILE))?;
    let raw = reader.parts(&layout.parts, allowed)?;
    let answers = reader.answers(&layout)?;
    reader.count_the_rest(&layout, allowed, answers.as_ref());

    if let Some(manifest) = &manifest {
        let parts = raw.iter().map(|(file, bytes)| (file.as_str(), bytes));
        let answers = answers
            .as_ref()
            .and_then(|answers| answers.raw.as_ref().ok());
        let files = parts.chain(answers.map(|bytes| (AnswerFile::NAME, bytes)));
        let known = candidate.attempt.as_ref().map(|a| a.student.as_str());
        notices.extend(manifest_notices(
            manifest,
            files,
            known.unwrap_or(&candidate.name),
        ));
    }
    // That the answers cannot be read is part of their grade and no notice.
    let theory = answers.map(|answers| source(AnswerFile::NAME, &answers.raw?, &mut notices));
    let files = decode(raw, &mut notices);
    if files.is_empty() {
        return Err(Rejected::NoParts {
            expected: allowed.join(", "),
        });
    }
    Ok(HandIn {
        student: names::student_id(student(manifest.as_ref(), candidate)),
        sha256: digest(&files, theory.as_ref()),
        files,
        theory,
        notices,
        manifest,
    })
}

enum Found {
    Nothing,
    TooLarge,
    Bytes(Vec<u8>),
}

/// `theory.toml` as it was found.
struct Answers {
    path: String,
    /// Its bytes, or why they are not read.
    raw: Result<Vec<u8>, String>,
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

    fn answers(&mut self, layout: &layout::Layout) -> Result<Option<Answers>, Rejected> {
        for folder in [&layout.root, &layout.parts] {
            let path = format!("{folder}{}", AnswerFile::NAME);
            let raw = match self.file(&path, AnswerFile::MAX_BYTES)? {
                Found::Bytes(bytes) => Ok(bytes),
                Found::TooLarge => Err(format!(
                    "is larger than {} KiB",
                    AnswerFile::MAX_BYTES >> 10
                )),
                Found::Nothing => continue,
            };
            return Ok(Some(Answers { path, raw }));
        }
        Ok(None)
    }

    /// Says what else lies in the hand-in: Rust files among the parts by name, the rest by number.
    fn count_the_rest(
        &mut self,
        layout: &layout::Layout,
        allowed: &[&str],
        answers: Option<&Answers>,
    ) {
        let mut others = 0;
        for entry in self.container.entries() {
            let (folder, file) = layout::split(&entry.path);
            let is_known = (folder == layout.root && file == Manifest::FILE)
                || answers.is_some_and(|answers| answers.path == entry.path);
            if folder != layout.parts || !(allowed.contains(&file) || file == "mod.rs") {
                if folder == layout.parts && file.ends_with(".rs") {
                    self.notices.push(Notice::NotGraded {
                        file: file.to_owned(),
                    });
                } else if !is_known {
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
    if let Some(attempt) = &candidate.attempt {
        return &attempt.student;
    }
    manifest
        .map(|manifest| manifest.student.trim())
        .filter(|student| !student.is_empty())
        .unwrap_or(&candidate.name)
}

/// Where the manifest does not agree with the files or with the name that the hand-in came under.
fn manifest_notices<'a>(
    manifest: &Manifest,
    files: impl Iterator<Item = (&'a str, &'a Vec<u8>)>,
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
    for (file, bytes) in files {
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
        match source(&file, &bytes, notices) {
            Ok(text) => drop(files.insert(file, text)),
            Err(why) => notices.push(Notice::Unusable { file, why }),
        }
    }
    files
}

fn source(file: &str, bytes: &[u8], notices: &mut Vec<Notice>) -> Result<String, String> {
    let source = text::decode(bytes)?;
    notices.extend(source.changes.iter().map(|what| Notice::Normalised {
        file: file.to_owned(),
        what,
    }));
    Ok(source.text)
}

/// Lengths go in first, so that no two sets of files give the same bytes.
fn digest(files: &BTreeMap<String, String>, theory: Option<&Result<String, String>>) -> String {
    let theory = theory.map(|answers| match answers {
        Ok(text) => [AnswerFile::NAME, text],
        Err(why) => ["no answers", why],
    });
    let files = files.iter().map(|(name, text)| [name.as_str(), text]);
    let mut hash = Hash::new();
    for field in files.chain(theory).flatten() {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field);
    }
    hex(&hash.finalize())
}
