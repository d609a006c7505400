//! Hand-ins that must be rejected, each made by hand, and any bytes at all.

mod bench;

use std::io::Cursor;

use bench::{ALLOWED, Bench, replaced, zip_of, zip_of_bytes};
use common::rng::Rng;
use intake::Limits;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const GOOD: [(&str, &str); 2] = [
    ("src/parts/losses.rs", "fn a() {}"),
    ("src/parts/mlp.rs", "fn b() {}"),
];

/// Rejected with a sentence that contains `word`.
fn assert_rejected(bytes: &[u8], word: &str) {
    assert_rejected_within(bytes, word, &Limits::default());
}

fn assert_rejected_within(bytes: &[u8], word: &str, limits: &Limits) {
    let rejected = Bench::new()
        .zip("ali", bytes)
        .read_within(limits)
        .expect_err(word);
    let text = rejected.to_string();
    assert!(text.contains(word), "expected {word:?} in: {text}");
    assert!(text.ends_with('.') && !rejected.is_grader_fault(), "{text}");
}

#[test]
fn other_containers_are_named() {
    let cases: [(&[u8], &str); 7] = [
        (b"", "empty"),
        (b"Rar!\x1A\x07\x01\0", "RAR"),
        (b"7z\xBC\xAF\x27\x1C\0\0", "7z"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<!DOCTYPE html>", "web page"),
        (b"my homework", "text file"),
        (b"\x01\x02\0\0", "other kind"),
    ];
    for (bytes, word) in cases {
        assert_rejected(bytes, word);
    }
    assert_rejected(
        &zip_of(&[
            ("[Content_Types].xml", "<x/>"),
            ("word/document.xml", "<x/>"),
        ]),
        "Office document",
    );
}

#[test]
fn a_truncated_zip_is_damaged() {
    let good = zip_of(&GOOD);
    for length in [2, 10, good.len() / 2, good.len() - 1] {
        assert_rejected(&good[..length], "damaged");
    }
    assert_rejected(&zip_of(&[]), "None of the files");
}

#[test]
fn hostile_names_are_rejected() {
    let good = zip_of(&[GOOD[0], GOOD[1], ("some-file-of-mine.txt", "x")]);
    let cases: [(&[u8], &str); 9] = [
        (b"../../../../home/a.rs", "leaves the hand-in"),
        (b"a/../../../../home/.r", "leaves the hand-in"),
        (b"/etc/cron.d/some-file", "absolute"),
        (b"C:/Windows/some/x.dll", "absolute"),
        (b"a\\..\\..\\Windows\\x.dll", "backslash"),
        (b"some-file\0of-mine.txt", "control character"),
        (b"some-file\nof-mine.txt", "control character"),
        (b"some\xE2\x80\xAEtxt.sr-abcd.rs", "direction-changing"),
        (b"some//file-of-mine.tx", "empty step"),
    ];
    for (name, word) in cases {
        assert_rejected(&replaced(&good, b"some-file-of-mine.txt", name), word);
    }
    let long = "x".repeat(600);
    assert_rejected(&zip_of(&[(&long, "x")]), "too long");
    assert_rejected(&zip_of(&[(&"d/".repeat(40), "")]), "too deep");
}

#[test]
fn names_that_are_one_file_elsewhere_are_rejected() {
    let twice = zip_of(&[GOOD[0], ("src/parts/lossez.rs", "fn evil() {}")]);
    assert_rejected(&replaced(&twice, b"lossez", b"losses"), "same name");
    assert_rejected(
        &zip_of(&[GOOD[0], ("src/parts/LOSSES.rs", "x")]),
        "same name",
    );
    assert_rejected(
        &zip_of(&[GOOD[0], ("src/Parts/losses.rs", "x")]),
        "same name",
    );
}

#[test]
fn links_and_devices_are_rejected() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .add_symlink(
            "src/parts/mlp.rs",
            "/etc/passwd",
            SimpleFileOptions::default(),
        )
        .unwrap();
    let link = writer.finish().unwrap().into_inner();
    assert_rejected(&link, "symbolic link");
    // The upper half of the external attributes of a central header is the mode.
    for (mode, name) in [
        (0o020_666_u16, "device"),
        (0o010_666, "special"),
        (0o140_777, "special"),
    ] {
        let mut bytes = link.clone();
        let header = bytes
            .windows(4)
            .position(|window| window == b"PK\x01\x02")
            .unwrap();
        bytes[header + 40..header + 42].copy_from_slice(&mode.to_le_bytes());
        assert_rejected(&bytes, name);
    }
}

#[test]
fn an_encrypted_entry_is_rejected() {
    let mut bytes = zip_of(&GOOD);
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let header = bytes
            .windows(4)
            .position(|window| window == signature)
            .unwrap();
        bytes[header + flags] |= 1;
    }
    assert_rejected(&bytes, "encrypted");
}

#[test]
fn bombs_are_rejected_without_unpacking() {
    let zeros = vec![0; 8 << 20];
    assert_rejected(&zip_of_bytes(&[("src/parts/mlp.rs", &zeros)]), "zip bomb");
    assert_rejected(&zip_of_bytes(&[("data.bin", &zeros)]), "zip bomb");

    let small = Limits {
        total_bytes: 4 << 20,
        ratio: u64::MAX,
        ..Limits::default()
    };
    assert_rejected_within(
        &zip_of_bytes(&[("data.bin", &zeros)]),
        "more than the 4 MiB",
        &small,
    );
    let small = Limits {
        archive_bytes: 64,
        ..Limits::default()
    };
    assert_rejected_within(&zip_of(&GOOD), "more than", &small);

    let many: Vec<(String, &str)> = (0..300).map(|i| (format!("target/{i}"), "")).collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    let few = Limits {
        entries: 200,
        ..Limits::default()
    };
    assert_rejected_within(&zip_of(&many), "more than 200 entries", &few);
}

#[test]
fn an_entry_that_lies_about_its_size_is_rejected() {
    let text = "x".repeat(1 << 20);
    let mut bytes = zip_of(&[("mlp.rs", &text)]);
    for (signature, size) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
        let header = bytes
            .windows(4)
            .position(|window| window == signature)
            .unwrap();
        bytes[header + size..header + size + 4].copy_from_slice(&9_u32.to_le_bytes());
    }
    assert_rejected(&bytes, "larger than its declared");
}

#[test]
fn overlapping_entries_are_rejected() {
    let mut bytes = zip_of(&GOOD);
    let headers: Vec<usize> = (0..bytes.len() - 4)
        .filter(|at| bytes[*at..].starts_with(b"PK\x01\x02"))
        .collect();
    // The second central header is made to point at the data of the first.
    let first: [u8; 4] = bytes[headers[0] + 42..headers[0] + 46].try_into().unwrap();
    bytes[headers[1] + 42..headers[1] + 46].copy_from_slice(&first);
    assert_rejected(&bytes, "overlap");
}

#[test]
fn a_zip_in_a_zip_is_junk() {
    let inner = zip_of(&GOOD);
    assert_rejected(
        &zip_of_bytes(&[("hand-in.zip", &inner)]),
        "None of the files",
    );
}

#[test]
fn two_copies_are_rejected_with_both_paths() {
    let files = [GOOD[0], ("old/src/parts/losses.rs", "x")];
    assert_rejected(&zip_of(&files), "old/src/parts/");
}

/// Whatever the bytes, there is an answer, and an accepted file is one that was asked for and small.
#[test]
fn no_bytes_make_it_panic() {
    let manifest =
        r#"{"schema":1,"assignment":"a1","student":"1","packed_at":5,"tool":"1","files":{}}"#;
    let good = zip_of(&[
        ("hand-in.json", manifest),
        GOOD[0],
        GOOD[1],
        ("target/x", "y"),
    ]);
    let mut rng = Rng::new(62);
    let (mut accepted, mut rejected) = (0, 0);
    for _ in 0..rounds() {
        let bytes = mutated(&good, &mut rng);
        match Bench::new().zip("ali", &bytes).read() {
            Ok(hand_in) => {
                accepted += 1;
                for (name, text) in &hand_in.files {
                    assert!(ALLOWED.contains(&name.as_str()) && text.len() <= 256 << 10);
                }
            }
            Err(why) => {
                rejected += 1;
                assert!(!why.is_grader_fault(), "{why}");
            }
        }
    }
    assert!(
        accepted > 0 && rejected > 0,
        "{accepted} accepted, {rejected} rejected"
    );
}

/// `INTAKE_FUZZ=1000000` runs longer.
fn rounds() -> usize {
    std::env::var("INTAKE_FUZZ")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(3000)
}

fn mutated(good: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=rng.below(4) {
        let at = rng.below(bytes.len());
        match rng.below(5) {
            0 => bytes[at] = 0xFF,
            1 => bytes[at] ^= 1 << rng.below(8),
            2 => bytes[at] = u8::try_from(rng.below(256)).unwrap(),
            3 => bytes.truncate(at.max(1)),
            _ => {
                let to = (at + rng.below(40)).min(bytes.len());
                let piece = bytes[at..to].to_vec();
                let place = rng.below(bytes.len());
                bytes.splice(place..place, piece);
            }
        }
    }
    bytes
}
