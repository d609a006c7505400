//! From the files of an upload to the one file that is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use common::archive::{Files, zip_bytes};

use super::ImportError;
use super::found::{Piece, Upload, last};
use super::line::{Code, Note};
use super::tree::{Tree, UPLOAD_BYTES, is_within};
use crate::container::{self, Scope, folded};
use crate::{Limits, Rejected, names};

/// An upload as it is kept.
pub(super) struct Packed {
    pub bytes: Vec<u8>,
    /// `.zip`, `.tar.gz` or nothing.
    pub ending: &'static str,
}

/// Why an upload is not imported: a sentence for its line, or the end of the import.
pub(super) enum Failed {
    Upload(Note),
    Import(ImportError),
}

/// Makes one file of an upload. An archive stays as it is, byte for byte; loose files are packed; of several questions
/// the files are put together. What is left out is added to the upload's notes.
pub(super) fn pack(tree: &mut Tree, upload: &mut Upload) -> Result<Packed, Failed> {
    let pieces = without_junk(upload);
    let pieces = without_backups(pieces, upload);
    note_faults(tree, upload);
    if pieces.is_empty() {
        return Err(Failed::Upload(nothing_in(upload)));
    }
    let bytes: u64 = pieces.iter().map(|piece| tree.size(&piece.from)).sum();
    if bytes > UPLOAD_BYTES {
        return Err(too_large());
    }
    let mut questions: BTreeMap<&str, Vec<&Piece>> = BTreeMap::new();
    for piece in &pieces {
        questions.entry(&piece.question).or_default().push(piece);
    }
    if questions.len() > 1 {
        return together(tree, &questions);
    }
    match archive(&pieces.iter().collect::<Vec<_>>())? {
        Some(archive) => {
            let others: Vec<&str> = pieces
                .iter()
                .filter(|piece| *piece != archive)
                .map(|piece| piece.to.as_str())
                .collect();
            if !others.is_empty() {
                let text = format!(
                    "{:?} was taken; beside it lay {}",
                    last(&archive.from),
                    some(&others)
                );
                upload.notes.push(Note::warn(Code::LeftOut, text));
            }
            Ok(as_it_is(read(tree, &archive.from)?))
        }
        None if pieces.len() == 1 => {
            let bytes = read(tree, &pieces[0].from)?;
            if container::is_archive(&bytes) {
                return Ok(as_it_is(bytes));
            }
            packed(Files::from([(pieces[0].to.clone(), bytes)]))
        }
        None => {
            let files = loose(tree, &pieces.iter().collect::<Vec<_>>())?;
            packed(files)
        }
    }
}

/// The files of an upload without what grading ignores anyway, which may be gigabytes.
fn without_junk(upload: &mut Upload) -> Vec<Piece> {
    let mut junk: BTreeMap<&str, usize> = BTreeMap::new();
    let mut pieces = Vec::new();
    for piece in &upload.pieces {
        match names::junk(&piece.to) {
            Some(what) if !is_archive_among_files(&piece.to) => *junk.entry(what).or_default() += 1,
            _ => pieces.push(piece.clone()),
        }
    }
    if !junk.is_empty() {
        let junk: Vec<String> = junk
            .iter()
            .map(|(what, n)| format!("{what} ({n})"))
            .collect();
        let text = format!("left out, with how many files: {}", junk.join(", "));
        upload.notes.push(Note::ok(Code::Litter, text));
    }
    pieces
}

/// Where a question's Rust files lie loose, they are the hand-in, and an archive beside them is not.
fn without_backups(pieces: Vec<Piece>, upload: &mut Upload) -> Vec<Piece> {
    let rust = pieces.iter().filter(|piece| piece.to.ends_with(".rs"));
    let loose: BTreeSet<String> = rust.map(|piece| piece.question.clone()).collect();
    let (backups, pieces): (Vec<Piece>, Vec<Piece>) = pieces
        .into_iter()
        .partition(|piece| loose.contains(&piece.question) && names::is_archive(&piece.to));
    if !backups.is_empty() {
        let backups: Vec<&str> = backups.iter().map(|piece| piece.to.as_str()).collect();
        let text = format!(
            "its loose Rust files were taken; beside them lay {}",
            some(&backups)
        );
        upload.notes.push(Note::warn(Code::LeftOut, text));
    }
    pieces
}

/// Whether it is an archive that lies in no junk folder.
fn is_archive_among_files(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    names::is_archive(name) && names::junk(folder).is_none()
}

/// What a source has in a student's folder and nobody can open.
fn note_faults(tree: &Tree, upload: &mut Upload) {
    for (path, why) in tree.faults() {
        if upload.paths.iter().any(|of| is_within(path, of)) {
            let text = format!("{path:?} {why}; it was left out");
            upload.notes.push(Note::warn(Code::BadEntry, text));
        }
    }
}

/// Why an upload has no file: there is none, or none that can be opened.
fn nothing_in(upload: &mut Upload) -> Note {
    let bad = |note: &Note| note.code == Code::BadEntry;
    match upload.notes.iter().position(bad) {
        Some(at) => Note::error(Code::BadEntry, upload.notes.remove(at).text),
        None => Note::warn(Code::NoFiles, "there is no file in it"),
    }
}

/// The one archive among the files, if there is any.
fn archive<'a>(pieces: &[&'a Piece]) -> Result<Option<&'a Piece>, Failed> {
    let mut archives = pieces.iter().filter(|piece| names::is_archive(&piece.to));
    match (archives.next(), archives.next()) {
        (None, _) => Ok(None),
        (Some(first), None) => Ok(Some(first)),
        (Some(first), Some(second)) => {
            let text = format!(
                "there are two archives, {:?} and {:?}: leave the one that counts",
                first.to, second.to
            );
            Err(Failed::Upload(Note::error(Code::TwoArchives, text)))
        }
    }
}

/// The files of all questions in one zip. Two files of one path must be the same.
fn together(tree: &mut Tree, questions: &BTreeMap<&str, Vec<&Piece>>) -> Result<Packed, Failed> {
    let mut files = Files::new();
    let mut seen: BTreeMap<String, (String, &str)> = BTreeMap::new();
    let mut total = 0;
    for (question, pieces) in questions {
        let contents = match archive(pieces)? {
            Some(archive) => unpacked(question, read(tree, &archive.from)?)?,
            None => loose(tree, pieces)?,
        };
        for (path, bytes) in contents {
            total += bytes.len() as u64;
            if total > UPLOAD_BYTES {
                return Err(too_large());
            }
            match seen.get(&folded(&path)) {
                Some((other, _)) if *other == path && files[other] == bytes => {}
                Some((other, before)) => {
                    let text = format!(
                        "{other:?} of question {before:?} and {path:?} of question {question:?} are one path with different contents"
                    );
                    return Err(Failed::Upload(Note::error(Code::Collision, text)));
                }
                None => {
                    seen.insert(folded(&path), (path.clone(), question));
                    files.insert(path, bytes);
                }
            }
        }
    }
    packed(files)
}

fn loose(tree: &mut Tree, pieces: &[&Piece]) -> Result<Files, Failed> {
    let mut files = Files::new();
    for piece in pieces {
        files.insert(piece.to.clone(), read(tree, &piece.from)?);
    }
    Ok(files)
}

fn unpacked(question: &str, bytes: Vec<u8>) -> Result<Files, Failed> {
    let refuse = |why: Rejected| match why {
        Rejected::Unreadable { path, source } => {
            Failed::Import(ImportError::Write { path, source })
        }
        why => Failed::Upload(Note::error(
            Code::BadEntry,
            format!("the archive of question {question:?} cannot be used: {why}"),
        )),
    };
    let scratch = |source| {
        Failed::Import(ImportError::Write {
            path: std::env::temp_dir(),
            source,
        })
    };
    let mut file = tempfile::NamedTempFile::new().map_err(scratch)?;
    file.write_all(&bytes).map_err(scratch)?;
    let limits = Limits {
        total_bytes: UPLOAD_BYTES,
        ..Limits::default()
    };
    let mut container =
        container::open(file.path(), false, Scope::HandIn, &limits).map_err(refuse)?;
    let paths: Vec<String> = container.entries().iter().map(|e| e.path.clone()).collect();
    let mut files = Files::new();
    for (index, path) in paths.into_iter().enumerate() {
        match container.read(index, UPLOAD_BYTES).map_err(refuse)? {
            Some(bytes) => drop(files.insert(path, bytes)),
            None => return Err(too_large()),
        }
    }
    Ok(files)
}

fn read(tree: &mut Tree, path: &str) -> Result<Vec<u8>, Failed> {
    match tree.read(path, UPLOAD_BYTES) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(too_large()),
        Err(Rejected::Unreadable { path, source }) => {
            Err(Failed::Import(ImportError::Read { path, source }))
        }
        Err(why) => Err(Failed::Upload(Note::error(
            Code::BadEntry,
            format!("{path:?} cannot be read: {why}"),
        ))),
    }
}

fn as_it_is(bytes: Vec<u8>) -> Packed {
    let ending = match &bytes[..] {
        [b'P', b'K', ..] => ".zip",
        [0x1F, 0x8B, ..] => ".tar.gz",
        _ => "",
    };
    Packed { bytes, ending }
}

fn packed(files: Files) -> Result<Packed, Failed> {
    let bytes = zip_bytes(&files).map_err(|error| {
        Failed::Upload(Note::error(
            Code::TooLarge,
            format!("it cannot be packed: {error}"),
        ))
    })?;
    Ok(Packed {
        bytes,
        ending: ".zip",
    })
}

fn too_large() -> Failed {
    let text = format!(
        "it is larger than {} MiB: ask for the source files without build folders",
        UPLOAD_BYTES >> 20
    );
    Failed::Upload(Note::error(Code::TooLarge, text))
}

/// The first few names, quoted.
fn some(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|n| format!("{n:?}")).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
