//! Hand-ins that are tar files: honest ones, and items 62 and 63 of the attacks on packages.

mod bench;

use bench::{ALLOWED, Bench, gzip, tar_of, zip_of};
use common::rng::Rng;
use intake::{Limits, Notice};
use tar::{Builder, EntryType, Header};

const GOOD: [(&str, &str); 2] = [
    ("src/parts/losses.rs", "fn a() {}"),
    ("src/parts/mlp.rs", "fn b() {}"),
];

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

/// A good hand-in with one more entry, whose header is written as it is given.
fn with(kind: EntryType, name: &[u8], content: &[u8]) -> Vec<u8> {
    let mut builder = Builder::new(tar_without_end(&GOOD));
    append(&mut builder, kind, name, content);
    builder.into_inner().unwrap()
}

fn append(builder: &mut Builder<Vec<u8>>, kind: EntryType, name: &[u8], content: &[u8]) {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_mode(0o4755);
    header.set_size(content.len() as u64);
    header.set_cksum();
    builder.append(&header, content).unwrap();
}

fn tar_without_end(files: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = tar_of(files);
    bytes.truncate(bytes.len() - 1024);
    bytes
}

#[test]
fn the_same_work_is_the_same_sum_however_packed() {
    let zip = Bench::new().zip("a", &zip_of(&GOOD)).read().unwrap();
    let tar = Bench::new().zip("b", &tar_of(&GOOD)).read().unwrap();
    let gz = Bench::new().zip("c", &gzip(&tar_of(&GOOD))).read().unwrap();
    assert_eq!(zip.files, tar.files);
    assert_eq!(zip.sha256, tar.sha256);
    assert_eq!(zip.sha256, gz.sha256);
}

#[test]
fn a_dot_before_every_name_folders_and_build_folders_are_accepted() {
    let mut builder = Builder::new(Vec::new());
    append(&mut builder, EntryType::Directory, b"./", b"");
    append(&mut builder, EntryType::Directory, b"./src/", b"");
    append(
        &mut builder,
        EntryType::Regular,
        b"./src/parts/mlp.rs",
        b"fn b() {}",
    );
    append(
        &mut builder,
        EntryType::Regular,
        b"./target/debug/x",
        &[7; 3000],
    );
    append(
        &mut builder,
        EntryType::Symlink,
        b"./target/debug/link",
        b"",
    );
    let read = Bench::new().zip("a", &builder.into_inner().unwrap()).read();
    let hand_in = read.unwrap();
    assert_eq!(hand_in.files["mlp.rs"], "fn b() {}");
    let target = Notice::Ignored {
        what: "target".into(),
        count: 2,
    };
    assert!(hand_in.notices.contains(&target), "{:?}", hand_in.notices);
}

#[test]
fn a_long_name_is_read_in_both_dialects() {
    let long = format!("{}/src/parts/mlp.rs", "d".repeat(120));
    let gnu = tar_of(&[(&long, "fn b() {}")]);
    let mut builder = Builder::new(Vec::new());
    let record = pax("path", &long);
    append(&mut builder, EntryType::XHeader, b"PaxHeader", &record);
    append(&mut builder, EntryType::Regular, b"short", b"fn b() {}");
    for bytes in [gnu, builder.into_inner().unwrap()] {
        let hand_in = Bench::new().zip("a", &bytes).read().unwrap();
        assert_eq!(hand_in.files["mlp.rs"], "fn b() {}");
    }
}

/// `30 path=...\n`, where the number counts the whole line.
fn pax(key: &str, value: &str) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length += 1;
    }
    format!("{length} {key}={value}\n").into_bytes()
}

#[test]
fn item_62_hostile_names_links_and_devices_are_rejected() {
    let regular = EntryType::Regular;
    for (kind, name, word) in [
        (regular, &b"../../home/a.rs"[..], "leaves the hand-in"),
        (regular, b"/etc/cron.d/x", "absolute"),
        (regular, b"C:/Windows/x.dll", "absolute"),
        (regular, b"a\\..\\x", "backslash"),
        (regular, b"a\nb", "control character"),
        (regular, b"some\xE2\x80\xAEtxt.rs", "direction-changing"),
        (regular, b"\xFF\xFE.rs", "not UTF-8"),
        (regular, b"a//b", "empty step"),
        (regular, b"src/parts/losses.rs", "same name"),
        (regular, b"src/parts/LOSSES.rs", "same name"),
        (EntryType::Symlink, b"src/parts/x.rs", "symbolic link"),
        (EntryType::Link, b"src/parts/x.rs", "hard link"),
        (EntryType::Char, b"src/parts/x.rs", "device"),
        (EntryType::Block, b"src/parts/x.rs", "device"),
        (EntryType::Fifo, b"src/parts/x.rs", "device"),
        (EntryType::new(b'V'), b"volume", "device"),
    ] {
        assert_rejected(&with(kind, name, b""), word);
        assert_rejected(&gzip(&with(kind, name, b"")), word);
    }
    let composed = with(regular, "caf\u{e9}.txt".as_bytes(), b"");
    let mut builder = Builder::new(composed[..composed.len() - 1024].to_vec());
    append(&mut builder, regular, "cafe\u{301}.txt".as_bytes(), b"");
    assert_rejected(&builder.into_inner().unwrap(), "same name");
}

#[test]
fn item_62_names_given_twice_or_by_a_global_header_are_rejected() {
    for (extensions, word) in [
        (
            vec![
                (EntryType::GNULongName, b"a.rs".to_vec()),
                (EntryType::GNULongName, b"b.rs".to_vec()),
            ],
            "described twice",
        ),
        (
            vec![
                (EntryType::GNULongName, b"a.rs".to_vec()),
                (EntryType::XHeader, pax("path", "b.rs")),
            ],
            "described twice",
        ),
        (
            vec![(EntryType::XHeader, pax("path", "../x"))],
            "leaves the hand-in",
        ),
        (
            vec![(EntryType::XHeader, pax("size", "9"))],
            "overrides the size",
        ),
        (
            vec![(EntryType::XGlobalHeader, pax("path", "x"))],
            "overrides the path",
        ),
        (
            vec![(EntryType::GNULongName, b"../../x\0".to_vec())],
            "leaves the hand-in",
        ),
    ] {
        let mut builder = Builder::new(tar_without_end(&GOOD));
        for (kind, content) in extensions {
            append(&mut builder, kind, b"extension", &content);
        }
        append(&mut builder, EntryType::Regular, b"innocent.rs", b"x");
        assert_rejected(&builder.into_inner().unwrap(), word);
    }
}

#[test]
fn item_63_sparse_files_are_rejected() {
    assert_rejected(&with(EntryType::GNUSparse, b"x", b""), "sparse file");
    let mut builder = Builder::new(tar_without_end(&GOOD));
    let record = pax("GNU.sparse.realsize", "1000000000000");
    append(&mut builder, EntryType::XHeader, b"PaxHeader", &record);
    append(&mut builder, EntryType::Regular, b"x", b"");
    assert_rejected(&builder.into_inner().unwrap(), "sparse file");
}

#[test]
fn item_63_bombs_are_rejected_while_they_are_read() {
    let zeros = vec![0; 8 << 20];
    // 8 MiB of zeros are 8 KiB compressed.
    for name in ["src/parts/mlp.rs", "target/debug/x"] {
        let bomb = gzip(&with(EntryType::Regular, name.as_bytes(), &zeros));
        assert_rejected(&bomb, "bomb");
    }
    let small = Limits {
        total_bytes: 4 << 20,
        ratio: u64::MAX,
        ..Limits::default()
    };
    let bytes = with(EntryType::Regular, b"data.bin", &zeros);
    assert_rejected_within(&gzip(&bytes), "more than the 4 MiB", &small);
    assert_rejected_within(&bytes, "more than the 4 MiB", &small);

    // Build folders are not counted, but they must not be endless either.
    let small = Limits {
        archive_bytes: 1 << 20,
        ..small
    };
    let bytes = with(EntryType::Regular, b"target/x", &zeros);
    assert_rejected_within(&gzip(&bytes), "more than", &small);

    let few = Limits {
        entries: 10,
        ..Limits::default()
    };
    let mut builder = Builder::new(Vec::new());
    for _ in 0..11 {
        append(&mut builder, EntryType::Directory, b"target/", b"");
    }
    assert_rejected_within(&builder.into_inner().unwrap(), "more than 10 entries", &few);

    let long = with(EntryType::GNULongName, b"x", &vec![b'a'; 100 << 10]);
    assert_rejected(&long, "longer than 64 KiB");
}

#[test]
fn item_63_headers_that_lie_and_files_that_end_early_are_damaged() {
    let good = tar_of(&GOOD);
    let packed = gzip(&good);
    for length in [300, 512, 515, 1024, good.len() - 1024] {
        assert_rejected(&good[..length], "");
    }
    for length in [3, 12, packed.len() / 2, packed.len() - 1] {
        assert_rejected(&packed[..length], "damaged");
    }
    let mut wrong = packed.clone();
    let sum = wrong.len() - 8;
    wrong[sum] ^= 1;
    assert_rejected(&wrong, "damaged");

    let mut lying = tar_of(&GOOD[..1]);
    let mut header = Header::from_byte_slice(&lying[..512]).clone();
    header.set_size(1 << 29);
    header.set_cksum();
    lying[..512].copy_from_slice(header.as_bytes());
    assert_rejected(&lying, "ends too early");

    assert_rejected(&gzip(b"no tar archive at all"), "damaged");
    assert_rejected(&gzip(&gzip(&good)), "damaged");
}

/// Whatever the bytes, there is an answer, and an accepted file is one that was asked for and small.
#[test]
fn no_bytes_make_it_panic() {
    let mut builder = Builder::new(tar_without_end(&GOOD));
    append(&mut builder, EntryType::GNULongName, b"x", b"a/b.txt\0");
    append(&mut builder, EntryType::Regular, b"y", b"z");
    append(
        &mut builder,
        EntryType::XHeader,
        b"x",
        &pax("path", "c.txt"),
    );
    append(&mut builder, EntryType::Regular, b"y", b"z");
    let good = builder.into_inner().unwrap();
    let mut rng = Rng::new(63);
    let (mut accepted, mut rejected) = (0, 0);
    for round in 0..2000 {
        let mut bytes = good.clone();
        for _ in 0..=rng.below(3) {
            let at = rng.below(bytes.len());
            bytes[at] = u8::try_from(rng.below(256)).unwrap();
            // With a right sum the header is believed.
            let header = at / 512 * 512;
            if let (0, Some(block)) = (rng.below(2), bytes.get(header..header + 512)) {
                let mut fixed = Header::from_byte_slice(block).clone();
                fixed.set_cksum();
                bytes[header..header + 512].copy_from_slice(fixed.as_bytes());
            }
        }
        if round % 3 == 0 {
            bytes.truncate(rng.below(bytes.len()).max(1));
        }
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
    assert!(accepted > 100 && rejected > 100, "{accepted} {rejected}");
}
