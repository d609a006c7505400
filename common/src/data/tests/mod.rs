//! Tests that need files: a set of our own, a server of our own, the real sets.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{DataFile, Dataset, Download, Format, Part};

mod fetching;
mod hostile;
mod importing;
mod loading;

/// A text set with the file `words.txt`, offered as gzip at `mirrors`.
fn words(contents: &[u8], mirrors: Vec<String>) -> Dataset {
    let zipped = gzip(contents);
    Dataset {
        name: "words".into(),
        title: String::new(),
        purpose: String::new(),
        licence: String::new(),
        source: String::new(),
        format: Format::Text,
        folder: "words".into(),
        files: vec![file("words.txt", contents)],
        downloads: vec![Download {
            name: "words.txt.gz".into(),
            size: zipped.len() as u64,
            sha256: sha256(&zipped),
            gives: vec!["words.txt".into()],
            mirrors,
        }],
    }
}

fn file(name: &str, contents: &[u8]) -> DataFile {
    DataFile {
        name: name.into(),
        size: contents.len() as u64,
        sha256: sha256(contents),
        part: Part::Train,
        optional: false,
    }
}

/// Bytes that gzip cannot make smaller, so that a download takes more than one read.
fn noise(count: usize) -> Vec<u8> {
    let mut rng = crate::rng::Rng::new(7);
    (0..count).map(|_| b'a' + rng.below(26) as u8).collect()
}

fn gzip(contents: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(contents).unwrap();
    encoder.finish().unwrap()
}

/// A `.tar.gz` of one file.
fn archive(path: &str, contents: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_size(contents.len() as u64);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, path, contents).unwrap();
    gzip(&builder.into_inner().unwrap())
}

fn sha256(bytes: &[u8]) -> String {
    let digest = hmac_sha256::Hash::hash(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All file names in a folder, sorted.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The real data sets beside the repository, when they are there.
fn real_sets() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/datasets");
    if !path.is_dir() {
        println!("SKIPPED: no real data sets at {}", path.display());
        return None;
    }
    Some(path)
}
