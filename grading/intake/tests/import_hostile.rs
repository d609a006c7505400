//! Hostile downloads: items 62 to 65 and 67 of the attacks, at the door of the import.

mod bench;
mod class;

use std::fs;
use std::io::{Cursor, Write};

use bench::{gzip, replaced, tar_of, zip_of, zip_of_bytes};
use class::{Class, about, assert_noted, codes};
use intake::import::{Code, Level, Source};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn hand_in(text: &str) -> Vec<u8> {
    zip_of(&[("src/parts/losses.rs", text)])
}

/// What lies around the folder that was imported to.
fn outside(class: &Class) -> Vec<String> {
    let top = class.to();
    let top = top
        .parent()
        .and_then(|submissions| submissions.parent())
        .unwrap();
    let mut names: Vec<String> = fs::read_dir(top)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn item_62_a_bad_entry_costs_its_owner_and_nobody_else_anything() {
    let good = zip_of_bytes(&[
        ("1001.zip", &hand_in("a")),
        ("1002/a-file-of-mine.txt", b"x"),
        ("1002/losses.rs", b"b"),
    ]);
    let cases: [&[u8]; 8] = [
        b"../../../../evil/x.txt/",
        b"/etc/cron.d/some-filesx",
        b"C:/Windows/some/filesxx",
        b"1002\\..\\..\\Windows\\filex",
        b"1002/some-file\0of-min.t",
        b"1002/some-file\nof-min.t",
        b"1002/me\xE2\x80\xAEtxt.exe.abcde",
        b"1002//of-mine.txt-aaaaa",
    ];
    for name in cases {
        let (from, to) = (&b"1002/a-file-of-mine.txt"[..], &name[..23]);
        let class = Class::archived(Source::Dir, &replaced(&good, from, to));
        let report = class.import();
        assert_eq!(class.attempts(), ["1001-1", "1002-1"], "{name:?}");
        let notes = report.lines.iter().flat_map(|line| &line.notes);
        let bad: Vec<_> = notes.filter(|note| note.code == Code::BadEntry).collect();
        assert_eq!(bad.len(), 1, "{name:?}: {report:#?}");
        assert!(bad[0].level >= Level::Warn);
        let log = fs::read_to_string(class.to().join("import.jsonl")).unwrap();
        assert_eq!(log.lines().count(), report.lines.len(), "one line each");
        assert_eq!(outside(&class), ["download", "download.zip", "submissions"]);
    }
}

#[test]
fn item_62_links_in_an_archive_and_on_disk_are_named_and_never_followed() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default();
    writer
        .add_symlink("1001/src/parts/mlp.rs", "/etc/passwd", plain)
        .unwrap();
    writer
        .add_symlink("1002.zip", "/etc/passwd", plain)
        .unwrap();
    writer
        .start_file("1001/src/parts/losses.rs", plain)
        .unwrap();
    writer.write_all(b"a").unwrap();
    let archive = Class::archived(Source::Dir, &writer.finish().unwrap().into_inner());

    let disk = Class::new(Source::Dir, &[("1001/src/parts/losses.rs", b"a")]);
    std::os::unix::fs::symlink("/etc/passwd", disk.src.join("1001/src/parts/mlp.rs")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", disk.src.join("1002.zip")).unwrap();
    for class in [archive, disk] {
        let report = class.import();
        assert_eq!(class.attempts(), ["1001-1"]);
        assert_eq!(
            class.read("1001-1").keys().collect::<Vec<_>>(),
            ["losses.rs"]
        );
        assert_noted(&report, "1001", Level::Warn, Code::BadEntry);
        assert_noted(&report, "1002.zip", Level::Error, Code::BadEntry);
    }
}

#[test]
fn item_62_names_in_an_upload_that_are_one_file_elsewhere_are_noted() {
    let colliding = zip_of(&[("src/parts/losses.rs", "a"), ("src/parts/LOSSES.rs", "b")]);
    let class = Class::new(Source::Dir, &[("1001.zip", &colliding)]);
    let report = class.import();
    assert_noted(&report, "1001.zip", Level::Warn, Code::NotGradable);
    assert_eq!(
        class.attempts(),
        ["1001-1"],
        "so that the student gets a report"
    );
}

#[test]
fn item_62_an_archive_of_the_class_with_a_name_twice_is_refused_as_a_whole() {
    let zip = zip_of_bytes(&[("1001.zip", b"PK-one"), ("1002.zip", b"PK-two")]);
    let class = Class::archived(Source::Dir, &replaced(&zip, b"1002.zip", b"1001.zip"));
    let error = class.try_import().unwrap_err().to_string();
    assert!(error.contains("same name"), "{error}");
    assert!(!class.to().exists());
}

#[test]
fn item_63_a_bomb_stays_packed_or_is_never_unpacked() {
    let zeros = vec![0; 8 << 20];
    let bomb = zip_of_bytes(&[("src/parts/mlp.rs", &zeros)]);
    let class = Class::new(
        Source::Dir,
        &[
            ("1001.zip", &bomb),
            ("1002.tar.gz", &gzip(&vec![0; 8 << 20])),
        ],
    );
    let report = class.import();
    assert_noted(&report, "1001.zip", Level::Warn, Code::NotGradable);
    assert_noted(&report, "1002.tar.gz", Level::Warn, Code::NotGradable);
    assert_eq!(class.kept()["1001/1/upload.zip"], bomb);

    // Unpacked in the archive of the class, where it would be read.
    let zip = zip_of_bytes(&[("1001/mlp.rs", &zeros), ("1002.zip", &hand_in("a"))]);
    let class = Class::archived(Source::Dir, &zip);
    let report = class.import();
    assert_noted(&report, "1001", Level::Error, Code::BadEntry);
    assert_eq!(class.attempts(), ["1002-1"]);
}

#[test]
fn item_63_archives_in_archives_are_not_opened() {
    let inner = hand_in("a");
    let outer = zip_of_bytes(&[("hw.zip", &inner)]);
    let class = Class::new(Source::Dir, &[("1001.zip", &outer)]);
    class.import();
    assert_eq!(class.kept()["1001/1/upload.zip"], outer);
    let cut = Class::archived(Source::Dir, &outer[..outer.len() / 2]);
    assert!(
        cut.try_import()
            .unwrap_err()
            .to_string()
            .contains("damaged")
    );
}

#[test]
fn item_64_other_containers_are_kept_for_the_report_and_junk_is_counted() {
    let tar = tar_of(&[("src/parts/mlp.rs", "x")]);
    let class = Class::new(
        Source::Dir,
        &[
            ("1001.rar", b"Rar!\x1A\x07\x01\0"),
            ("1002.zip", &tar),
            ("1003/a/b/c/losses.rs", b"deep"),
            ("1003/.git/HEAD", b"x"),
            ("1003/node_modules/x/y.js", b"x"),
            ("1003/.DS_Store", b"x"),
            ("__MACOSX/1001/._x", b"x"),
            (".DS_Store", b"x"),
            ("unrelated/notes.txt", b"x"),
            ("unrelated/more/notes.txt", b"x"),
        ],
    );
    fs::create_dir_all(class.src.join("empty")).unwrap();
    let report = class.import();
    assert_noted(&report, "1001.rar", Level::Warn, Code::NotGradable);
    assert_eq!(
        class.read("1002-1")["mlp.rs"],
        "x",
        "a tar file with the name of a zip"
    );
    assert_eq!(class.read("1003-1")["losses.rs"], "deep");
    let left: Vec<_> = codes(about(&report, "1003"));
    assert_eq!(left, [Code::Litter, Code::NoTime]);
    assert_noted(&report, "__MACOSX", Level::Skipped, Code::Litter);
    assert_noted(&report, ".DS_Store", Level::Skipped, Code::Litter);
    assert_noted(&report, "unrelated", Level::Error, Code::Stranger);
    assert_noted(&report, "empty", Level::Warn, Code::NoFiles);
    let of_unrelated = report
        .lines
        .iter()
        .filter(|line| line.paths.iter().any(|path| path.starts_with("unrelated")));
    assert_eq!(
        of_unrelated.count(),
        1,
        "one line for a folder with nothing else in it"
    );
}

#[test]
fn item_65_what_is_empty_is_no_silence() {
    let class = Class::new(Source::Dir, &[("1001.zip", b""), ("1002/.DS_Store", b"x")]);
    fs::create_dir_all(class.src.join("1003")).unwrap();
    let report = class.import();
    assert_noted(&report, "1001.zip", Level::Warn, Code::NotGradable);
    assert_eq!(class.attempts(), ["1001-1"]);
    assert_noted(&report, "1003", Level::Warn, Code::NoFiles);
    let nothing = report
        .lines
        .iter()
        .filter(|line| codes(line) == [Code::Nothing]);
    let students: Vec<_> = nothing.filter_map(|line| line.student.as_deref()).collect();
    assert_eq!(students, ["1002", "1003"]);
}

#[test]
fn item_67_names_of_students_cannot_steer_what_is_written() {
    let manifest = class::manifest("a1\\u001b[2J\\n", "=HYPERLINK(1)");
    let zip = zip_of(&[("hand-in.json", &manifest), ("src/parts/mlp.rs", "x")]);
    let friends = zip_of(&[
        ("collaborators.txt", "\u{1b}[31m<script>\n"),
        ("mlp.rs", "x"),
    ]);
    let class = Class::new(
        Source::Dir,
        &[
            ("1001 =cmd|calc.zip", &zip),
            ("1002.zip", &friends),
            ("<script>\u{1b}[2J\n.zip", b"x"),
        ],
    );
    let report = class.import();
    assert_noted(
        &report,
        "1001 =cmd|calc.zip",
        Level::Error,
        Code::WrongAssignment,
    );
    for note in report.lines.iter().flat_map(|line| &line.notes) {
        assert!(!note.text.contains(char::is_control), "{:?}", note.text);
    }
    let log = fs::read_to_string(class.to().join("import.jsonl")).unwrap();
    assert!(!log.contains('\u{1b}') && log.lines().count() == report.lines.len());
    for name in fs::read_dir(class.to()).unwrap() {
        let name = name.unwrap().file_name();
        assert!(["1001", "1002", "import.jsonl"].contains(&name.to_str().unwrap()));
    }
}
