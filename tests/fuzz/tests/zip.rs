//! What a student uploads: a file that should be a zip.
//!
//! No file makes the reader panic, take much memory, or blame this machine; what is taken from it are allowed files
//! within the limits, the same ones each time.

use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::LazyLock;

use intake::{Candidate, Kind, Limits, Rejected};
use tempfile::TempDir;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

const ALLOWED: [&str; 2] = ["losses.rs", "mlp.rs"];

/// Small, so that a small file can go beyond them.
const LIMITS: Limits = Limits {
    archive_bytes: 64 << 10,
    entries: 20,
    total_bytes: 256 << 10,
    file_bytes: 8 << 10,
    ratio: 100,
    path_bytes: 100,
    depth: 8,
    wrapping: 3,
};

static FOLDER: LazyLock<TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("a temporary folder"));

fn property(input: &[u8]) -> String {
    let path = FOLDER.path().join("1001.zip");
    // a new file: overwriting one makes some file systems wait for the disk
    let _ = std::fs::remove_file(&path);
    std::fs::write(&path, input).expect("a file in the temporary folder");
    let candidate = Candidate {
        name: "1001".into(),
        path,
        kind: Kind::File,
        attempt: None,
    };
    let read = || intake::read(&candidate, &ALLOWED, &LIMITS);
    match (read(), read()) {
        (Ok(hand_in), Ok(again)) => {
            assert_eq!(hand_in, again);
            assert!(!hand_in.files.is_empty());
            for (name, text) in &hand_in.files {
                assert!(ALLOWED.contains(&name.as_str()));
                // UTF-16 grows when it becomes UTF-8, to one and a half times at most
                assert!(text.len() as u64 <= LIMITS.file_bytes * 3 / 2);
                assert!(!text.contains('\r'));
            }
            assert!(is_safe(&hand_in.student), "{:?}", hand_in.student);
            let notices: Vec<String> = hand_in.notices.iter().map(ToString::to_string).collect();
            fuzz::shape(&notices.join(" "))
        }
        (Err(rejected), Err(again)) => {
            assert!(!rejected.is_grader_fault(), "{rejected}");
            assert_eq!(rejected.to_string(), again.to_string());
            outcome(&rejected)
        }
        (one, other) => panic!("{one:?}, then {other:?}"),
    }
}

/// A path's names are chance, but why it is refused is not.
fn outcome(rejected: &Rejected) -> String {
    match rejected {
        Rejected::BadEntry { why, .. } => fuzz::shape(why),
        Rejected::TwoPlaces { .. } => "two places".to_string(),
        other => fuzz::shape(&other.to_string()),
    }
}

/// Whether `name` is one component of a path and no other one than it seems.
fn is_safe(name: &str) -> bool {
    let path = Path::new(name);
    path.file_name() == Some(path.as_os_str()) && !name.chars().any(char::is_control)
}

/// A zip of `files`.
fn zip(files: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(*path, options).expect("a file in a zip");
        zip.write_all(bytes).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

fn seeds() -> Vec<Vec<u8>> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let losses: &[u8] = b"pub fn mse() -> f64 { 0.0 }\r\n";
    let manifest: &[u8] = br#"{"schema":1,"assignment":"a1","student":"1001","packed_at":0,"tool":"0.1.0","files":{}}"#;
    let utf16: Vec<u8> = "\u{feff}fn f() {}\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut link = ZipWriter::new(Cursor::new(Vec::new()));
    link.add_symlink("losses.rs", "/etc/passwd", stored)
        .expect("a link in a zip");
    vec![
        zip(&[("losses.rs", losses)], stored),
        zip(
            &[
                ("hand-in.json", manifest),
                ("src/parts/losses.rs", losses),
                ("theory.toml", b"student = \"1001\""),
            ],
            packed,
        ),
        zip(
            &[
                ("a/b/src/parts/mlp.rs", &utf16),
                ("a/b/Cargo.toml", b""),
                ("a/b/target/x", b""),
            ],
            packed,
        ),
        zip(&[("../losses.rs", losses)], stored),
        zip(&[("x/losses.rs", losses), ("y/losses.rs", losses)], stored),
        zip(&[("mlp.rs", &[b' '; 9000])], packed),
        zip(
            &[("inner.zip", &zip(&[("losses.rs", losses)], stored))],
            stored,
        ),
        link.finish().expect("memory").into_inner(),
        b"Rar!\x1a\x07\x01\x00".to_vec(),
    ]
}

#[test]
fn zip_files() {
    fuzz::run(&fuzz::Target {
        name: "zip",
        seeds: seeds(),
        words: &[
            b"PK\x01\x02",
            b"PK\x03\x04",
            b"PK\x05\x06",
            b"PK\x06\x06",
            b"PK\x06\x07",
            b"losses.rs",
            b"../",
            b"/",
            b"\\",
            b"\x01\x00\x18\x00",
            b"\x08\x00",
            b"\xff\xff",
        ],
        largest: 48 << 10,
        // all of an archive's files together, twice, and what reading takes
        memory: |bytes| (4 << 20) + 16 * bytes,
        property,
    });
}
