//! Makes hand-ins for tests.
#![allow(dead_code)] // each test crate uses a part of it

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use intake::{Candidate, HandIn, Kind, Limits, Rejected, read};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub const ALLOWED: [&str; 2] = ["losses.rs", "mlp.rs"];

/// A folder with one hand-in.
pub struct Bench {
    dir: TempDir,
    pub candidate: Candidate,
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let candidate = Candidate {
            name: String::new(),
            path: dir.path().to_owned(),
            kind: Kind::Other,
            attempt: None,
        };
        Self { dir, candidate }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn zip(mut self, name: &str, bytes: &[u8]) -> Self {
        let path = self.dir().join(format!("{name}.zip"));
        fs::write(&path, bytes).unwrap();
        self.candidate = Candidate {
            name: name.to_owned(),
            path,
            kind: Kind::File,
            attempt: None,
        };
        self
    }

    pub fn folder(self, name: &str, files: &[(&str, &str)]) -> Self {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (*path, text.as_bytes()))
            .collect();
        self.folder_of_bytes(name, &files)
    }

    pub fn folder_of_bytes(mut self, name: &str, files: &[(&str, &[u8])]) -> Self {
        let path = self.dir().join(name);
        fs::create_dir_all(&path).unwrap();
        for (file, bytes) in files {
            let file = path.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        self.candidate = Candidate {
            name,
            path,
            kind: Kind::Folder,
            attempt: None,
        };
        self
    }

    pub fn read(&self) -> Result<HandIn, Rejected> {
        self.read_within(&Limits::default())
    }

    pub fn read_within(&self, limits: &Limits) -> Result<HandIn, Rejected> {
        read(&self.candidate, &ALLOWED, limits)
    }
}

/// A tar file, and how to compress it.
pub fn tar_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, path, text.as_bytes())
            .unwrap();
    }
    builder.into_inner().unwrap()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (*path, text.as_bytes()))
        .collect();
    zip_of_bytes(&files)
}

pub fn zip_of_bytes(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer
            .start_file(*path, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Overwrites every `from` by `to`, which must be as long: the way to write what the zip crate refuses to.
pub fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> = (0..=bytes.len() - from.len())
        .filter(|at| bytes[*at..].starts_with(from))
        .collect();
    assert!(!places.is_empty(), "nothing to replace");
    for at in places {
        bytes[at..at + from.len()].copy_from_slice(to);
    }
    bytes
}
