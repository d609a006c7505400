//! Whatever lies in a download: nothing panics, nothing is lost, nothing changes when it is imported again.

mod bench;
mod class;

use bench::zip_of;
use class::Class;
use common::rng::Rng;
use intake::import::{ImportError, Level, Source};

const NAMES: [&str; 28] = [
    "1001",
    "1002",
    "۱۰۰۳",
    "9999",
    "1001-1002",
    "q1",
    "q2",
    "1",
    "2",
    "attempt_3",
    "2026-11-02T10-00-00Z",
    "2022-03-22T00-30",
    "src",
    "target",
    "__MACOSX",
    ".DS_Store",
    "1001.zip",
    "hw.zip",
    "hw.tar.gz",
    "losses.rs",
    "hand-in.json",
    "result.txt",
    "Student 1001_5_assignsubmission_file_",
    "Student 1002_6_assignsubmission_onlinetext_",
    "Student 1002_6_assignsubmission_file_hw.zip",
    "amini_71001_9_hw.zip",
    "amini_LATE_71002_9_losses-1.rs",
    "submission_11",
];

fn contents() -> Vec<Vec<u8>> {
    vec![
        Vec::new(),
        b"fn a() {}".to_vec(),
        b"Rar!\x1A\x07".to_vec(),
        b"identity: 1002\nTue Mar 23 02:00:49 +0430 2021\n".to_vec(),
        zip_of(&[("src/parts/losses.rs", "a")]),
        zip_of(&[("mlp.rs", "b"), ("collaborators.txt", "1003")]),
        class::manifest("a1", "1003").into_bytes(),
    ]
}

const METADATA: &str = "submission_11:\n  :submitters:\n  - :sid: '1001'\n  - :sid: '1002'\n\
                        q1:\n  :submitters:\n  - :sid: '1003'\n  :created_at: 2026-11-02 10:00:00 Z\n";

/// Paths of which none is in another.
fn tree(rng: &mut Rng, contents: &[Vec<u8>]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for _ in 0..=rng.below(8) {
        let steps: Vec<&str> = (0..=rng.below(4))
            .map(|_| NAMES[rng.below(NAMES.len())])
            .collect();
        let path = steps.join("/");
        let clashes = |other: &str| {
            other == path
                || other.starts_with(&format!("{path}/"))
                || path.starts_with(&format!("{other}/"))
        };
        if !files.iter().any(|(other, _)| clashes(other)) {
            files.push((path, contents[rng.below(contents.len())].clone()));
        }
    }
    files
}

#[test]
fn any_tree_is_covered_and_importing_it_again_changes_nothing() {
    let contents = contents();
    let mut rng = Rng::new(66);
    let mut levels = [0; 4];
    for round in 0..200 {
        let source = [
            Source::Dir,
            Source::Quera,
            Source::Moodle,
            Source::Canvas,
            Source::Gradescope,
        ][round % 5];
        let mut files = tree(&mut rng, &contents);
        if source == Source::Gradescope {
            files.push(("submission_metadata.yml".into(), METADATA.into()));
        }
        let files: Vec<(&str, &[u8])> = files.iter().map(|(p, b)| (p.as_str(), &b[..])).collect();
        let class = Class::new(source, &files);
        // Looks whether every file is in exactly one line.
        let report = class.import();
        for line in &report.lines {
            levels[line.level as usize] += 1;
            assert!(
                line.level != Level::Error || line.imported.is_empty(),
                "{line:#?}"
            );
            assert!(
                line.level != Level::Ok || !line.imported.is_empty(),
                "{line:#?}"
            );
        }
        let kept = class.kept();
        let again = class.import();
        assert_eq!(again.fresh(), 0, "{files:?}");
        assert_eq!(class.kept(), kept, "{files:?}");
        // The same in an archive, whose files come in another order.
        let packed: Vec<_> = files.iter().rev().copied().collect();
        let archive = Class::archived(source, &bench::zip_of_bytes(&packed));
        archive.import();
        assert_eq!(archive.kept(), kept, "{files:?}");
    }
    assert!(levels.iter().all(|count| *count > 0), "{levels:?}");
}

#[test]
fn no_metadata_and_no_archive_make_it_panic() {
    let zip = bench::zip_of_bytes(&[("1001/losses.rs", b"a"), ("1002.zip", b"PK")]);
    let mut rng = Rng::new(67);
    let mutate = |bytes: &[u8], rng: &mut Rng| {
        let mut bytes = bytes.to_vec();
        for _ in 0..=rng.below(3) {
            let at = rng.below(bytes.len());
            bytes[at] = u8::try_from(rng.below(256)).unwrap();
        }
        bytes
    };
    for _ in 0..300 {
        let _ = Class::archived(Source::Dir, &mutate(&zip, &mut rng)).try_import();
        let metadata = mutate(METADATA.as_bytes(), &mut rng);
        let class = Class::new(
            Source::Gradescope,
            &[
                ("submission_metadata.yml", &metadata),
                ("submission_11/losses.rs", b"a"),
            ],
        );
        match class.try_import() {
            Ok(_) | Err(ImportError::Metadata { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
}
