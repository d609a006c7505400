//! Makes downloads of course systems for tests. All people in them are made up.
#![allow(dead_code)] // each test crate uses a part of it

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use intake::import::{Code, ImportError, Level, Line, Report, Request, Source, Student, import};
use jiff::tz::TimeZone;
use tempfile::TempDir;

/// A download, a roster and the folder to import to.
pub struct Class {
    dir: TempDir,
    pub source: Source,
    pub people: Vec<Student>,
    pub src: PathBuf,
}

impl Class {
    pub fn new(source: Source, files: &[(&str, &[u8])]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let src = dir.path().join("download");
        fs::create_dir(&src).unwrap();
        let people = ["1001", "1002", "1003"].map(person);
        let class = Self {
            src,
            dir,
            source,
            people: people.to_vec(),
        };
        class.put(files);
        class
    }

    /// The download as one archive.
    pub fn archived(source: Source, bytes: &[u8]) -> Self {
        let mut class = Self::new(source, &[]);
        class.src = class.dir.path().join("download.zip");
        fs::write(&class.src, bytes).unwrap();
        class
    }

    pub fn put(&self, files: &[(&str, &[u8])]) {
        for (path, bytes) in files {
            let path = self.src.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    pub fn to(&self) -> PathBuf {
        self.dir.path().join("submissions/a1")
    }

    pub fn try_import(&self) -> Result<Report, ImportError> {
        import(&Request {
            source: self.source,
            src: &self.src,
            assignment: "a1",
            people: &self.people,
            to: &self.to(),
            zone: TimeZone::get("Asia/Tehran").unwrap(),
            now: "2026-11-25T12:00:00Z".parse().unwrap(),
        })
    }

    /// Imports, and looks whether everything in the download is in exactly one line, and the log says the same.
    pub fn import(&self) -> Report {
        let report = self.try_import().unwrap();
        if self.src.is_dir() {
            for file in files_of(&self.src) {
                let lines = report.lines.iter();
                let count = lines.filter(|line| covers(line, &file)).count();
                assert_eq!(count, 1, "{file} is in {count} lines: {report:#?}");
            }
        }
        let log = fs::read_to_string(self.to().join("import.jsonl")).unwrap();
        for line in log.lines() {
            serde_json::from_str::<Line>(line).unwrap();
        }
        report
    }

    /// Every file that was imported, with its bytes.
    pub fn kept(&self) -> BTreeMap<String, Vec<u8>> {
        let files = files_of(&self.to()).into_iter();
        files
            .map(|file| (file.clone(), fs::read(self.to().join(file)).unwrap()))
            .collect()
    }

    /// The attempts as `1001-1`.
    pub fn attempts(&self) -> Vec<String> {
        let found = intake::hand_ins(&self.to()).unwrap();
        found.into_iter().map(|candidate| candidate.name).collect()
    }

    /// The parts of an attempt as grading reads them.
    pub fn read(&self, name: &str) -> BTreeMap<String, String> {
        let found = intake::hand_ins(&self.to()).unwrap();
        let candidate = found.iter().find(|candidate| candidate.name == name);
        let limits = intake::Limits::default();
        let read = intake::read(candidate.expect(name), &["losses.rs", "mlp.rs"], &limits);
        read.unwrap().files
    }
}

fn covers(line: &Line, file: &str) -> bool {
    line.paths
        .iter()
        .any(|path| file == path || file.starts_with(&format!("{path}/")))
}

pub fn person(student: &str) -> Student {
    Student {
        student: student.into(),
        name: format!("Student {student}"),
        email: format!("{student}@example.org"),
        canvas_id: format!("7{student}"),
        moodle_id: String::new(),
        ..Student::default()
    }
}

/// The one line about a path.
pub fn about<'a>(report: &'a Report, path: &str) -> &'a Line {
    let line = report.lines.iter().find(|line| covers(line, path));
    line.unwrap_or_else(|| panic!("no line for {path}: {report:#?}"))
}

pub fn codes(line: &Line) -> Vec<Code> {
    line.notes.iter().map(|note| note.code).collect()
}

/// That a path's line has this level and a note of this kind.
pub fn assert_noted(report: &Report, path: &str, level: Level, code: Code) {
    let line = about(report, path);
    assert_eq!(line.level, level, "{line:#?}");
    assert!(codes(line).contains(&code), "{line:#?}");
    if level == Level::Error {
        assert!(line.imported.is_empty(), "{line:#?}");
    }
}

fn files_of(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path();
                let path = path.strip_prefix(folder).unwrap();
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// A manifest as `cargo hw pack` writes it.
pub fn manifest(assignment: &str, student: &str) -> String {
    format!(
        r#"{{"schema":1,"assignment":"{assignment}","student":"{student}","packed_at":5,"tool":"1","files":{{}}}}"#
    )
}
