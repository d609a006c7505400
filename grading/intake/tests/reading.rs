//! What is read from hand-ins of honest people, packed in many ways.

mod bench;

use bench::{Bench, zip_of};
use intake::{Limits, Notice, Rejected};

const LOSSES: &str = "pub fn mse() {}\n";
const MLP: &str = "pub fn forward() {}\n";

#[test]
fn a_packed_hand_in_is_read_completely() {
    let sum = "0".repeat(64);
    let manifest = format!(
        r#"{{"schema":1,"assignment":"a1","student":"۴۰۲۱","packed_at":5,"tool":"1","files":{{"src/parts/losses.rs":"{sum}"}}}}"#
    );
    let files = [
        ("hand-in.json", manifest.as_str()),
        ("src/parts/losses.rs", LOSSES),
        ("src/parts/mlp.rs", MLP),
    ];
    let hand_in = Bench::new().zip("ali", &zip_of(&files)).read().unwrap();
    assert_eq!(hand_in.student, "4021");
    assert_eq!(hand_in.files.len(), 2);
    assert_eq!(hand_in.files["losses.rs"], LOSSES);
    assert_eq!(hand_in.manifest.unwrap().packed_at, 5);
    let texts: Vec<String> = hand_in.notices.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(
        texts[0].contains("4021") && texts[0].contains("ali"),
        "{texts:?}"
    );
    assert!(texts[1].contains("losses.rs was changed"), "{texts:?}");
    assert!(texts[2].contains("mlp.rs was added"), "{texts:?}");
}

#[test]
fn the_sum_depends_on_the_work_and_not_on_the_packing() {
    let files = [("src/parts/losses.rs", LOSSES), ("src/parts/mlp.rs", MLP)];
    let zipped = Bench::new().zip("a", &zip_of(&files)).read().unwrap();
    let folder = Bench::new()
        .folder(
            "b",
            &[("hw/losses.rs", "pub fn mse() {}\r\n"), ("hw/mlp.rs", MLP)],
        )
        .read()
        .unwrap();
    let other = Bench::new()
        .folder("b", &[("losses.rs", MLP), ("mlp.rs", LOSSES)])
        .read()
        .unwrap();
    assert_eq!(zipped.sha256, folder.sha256);
    assert_ne!(zipped.sha256, other.sha256);
    assert_eq!(zipped.notices, []);
}

#[test]
fn a_whole_starter_with_its_build_folder_is_read_and_the_junk_counted() {
    let files = [
        ("hw/Cargo.toml", "[workspace]"),
        ("hw/.cargo/config.toml", "[build]"),
        ("hw/target/debug/a", "x"),
        ("hw/target/debug/b", "x"),
        ("__MACOSX/hw/._losses.rs", "x"),
        ("hw/assignments/a1_backprop/build.rs", "fn main() {}"),
        ("hw/assignments/a1_backprop/HANDOUT.md", "text"),
        ("hw/assignments/a1_backprop/src/parts/losses.rs", LOSSES),
        ("hw/assignments/a1_backprop/src/parts/mlp.rs", MLP),
        (
            "hw/assignments/a1_backprop/src/parts/mod.rs",
            "pub mod mlp;",
        ),
        (
            "hw/assignments/a1_backprop/src/parts/helpers.rs",
            "fn x() {}",
        ),
        ("hw/common/src/mlp.rs", "not this one"),
    ];
    let expected = [
        ignored(".cargo", 1),
        ignored("Cargo.toml", 1),
        ignored("__MACOSX", 1),
        ignored("build.rs", 1),
        ignored("target", 2),
        Notice::NotGraded {
            file: "helpers.rs".to_owned(),
        },
        ignored("other files", 2),
    ];
    let zipped = Bench::new().zip("ali", &zip_of(&files)).read().unwrap();
    assert_eq!(zipped.files["mlp.rs"], MLP);
    assert_eq!(zipped.notices, expected);
    // In a folder the build folder is one entry, since nothing in it is looked at.
    let folder = Bench::new().folder("ali", &files).read().unwrap();
    assert!(folder.notices.contains(&ignored("target", 1)));
    assert_eq!(folder.files, zipped.files);
}

fn ignored(what: &str, count: usize) -> Notice {
    Notice::Ignored {
        what: what.to_owned(),
        count,
    }
}

#[test]
fn one_bad_file_costs_only_its_own_part() {
    let large = "x".repeat(300 << 10);
    for (text, why) in [
        (large.as_bytes(), "larger than 256 KiB"),
        (b"\x80", "not UTF-8"),
        (b"a\0", "NUL"),
    ] {
        let files = [("losses.rs", LOSSES.as_bytes()), ("mlp.rs", text)];
        for bench in [
            Bench::new().zip("a", &bench::zip_of_bytes(&files)),
            Bench::new().folder_of_bytes("a", &files),
        ] {
            let hand_in = bench.read().unwrap();
            assert_eq!(hand_in.files.len(), 1);
            let notice = hand_in.notices[0].to_string();
            assert!(
                notice.contains("mlp.rs") && notice.contains(why),
                "{notice}"
            );
        }
    }
}

#[test]
fn a_missing_part_is_noticed() {
    let hand_in = Bench::new().folder("a", &[("mlp.rs", MLP)]).read().unwrap();
    assert_eq!(
        hand_in.notices,
        [Notice::Missing {
            file: "losses.rs".to_owned()
        }]
    );
}

#[test]
fn the_answers_of_the_theory_sheet_are_read_beside_the_parts() {
    let answers = "student = \"4\"\n";
    let parts = Bench::new()
        .folder("a", &[("src/parts/mlp.rs", MLP)])
        .read()
        .unwrap();
    assert_eq!(parts.theory, None);
    for files in [
        [("src/parts/mlp.rs", MLP), ("theory.toml", answers)],
        [
            ("src/parts/mlp.rs", MLP),
            ("src/parts/theory.toml", answers),
        ],
        [("hw/mlp.rs", MLP), ("hw/theory.toml", answers)],
    ] {
        for bench in [
            Bench::new().folder("a", &files),
            Bench::new().zip("a", &zip_of(&files)),
        ] {
            let hand_in = bench.read().unwrap();
            assert_eq!(hand_in.theory, Some(Ok(answers.to_owned())));
            assert_eq!(hand_in.notices.len(), 1, "{:?}", hand_in.notices);
            assert_ne!(hand_in.sha256, parts.sha256);
        }
    }
}

#[test]
fn answers_that_are_no_text_cost_no_part() {
    let large = vec![b' '; 65 << 10];
    for (bytes, why) in [
        (&large[..], "is larger than 64 KiB"),
        (b"\xff\x00", "is not UTF-8 text"),
    ] {
        let files = [("src/parts/mlp.rs", MLP.as_bytes()), ("theory.toml", bytes)];
        let hand_in = Bench::new().folder_of_bytes("a", &files).read().unwrap();
        assert_eq!(hand_in.theory, Some(Err(why.to_owned())));
        assert_eq!(hand_in.files.len(), 1);
    }
    let alone = Bench::new()
        .folder("a", &[("theory.toml", "student = \"4\"")])
        .read();
    assert!(matches!(alone, Err(Rejected::NoParts { .. })));
}

#[test]
fn answers_that_were_changed_after_packing_are_noticed() {
    let manifest =
        r#"{"schema":1,"assignment":"a1","student":"ali","packed_at":5,"tool":"1","files":{}}"#;
    let files = [
        ("hand-in.json", manifest),
        ("src/parts/mlp.rs", MLP),
        ("theory.toml", "student = \"ali\"\n"),
    ];
    let hand_in = Bench::new().zip("ali", &zip_of(&files)).read().unwrap();
    let texts: Vec<String> = hand_in.notices.iter().map(ToString::to_string).collect();
    assert!(
        texts.contains(&"theory.toml was added after packing.".to_owned()),
        "{texts:?}"
    );
}

#[test]
fn a_manifest_that_is_none_is_ignored() {
    for text in ["", "{}", "[1", r#"{"schema":9}"#] {
        let hand_in = Bench::new()
            .folder("x/y", &[("hand-in.json", text), ("mlp.rs", MLP)])
            .read()
            .unwrap();
        assert_eq!(hand_in.manifest, None);
        assert!(
            matches!(hand_in.notices[0], Notice::Manifest { .. }),
            "{:?}",
            hand_in.notices
        );
        assert_eq!(hand_in.student, "y");
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_not_followed() {
    let bench = Bench::new().folder("a", &[("losses.rs", LOSSES)]);
    let secret = bench.dir().join("secret.rs");
    std::fs::write(&secret, "SECRET").unwrap();
    std::os::unix::fs::symlink(&secret, bench.dir().join("a/mlp.rs")).unwrap();
    std::os::unix::fs::symlink("/", bench.dir().join("a/root")).unwrap();
    let hand_in = bench.read().unwrap();
    assert_eq!(hand_in.files.keys().collect::<Vec<_>>(), ["losses.rs"]);
    assert!(
        hand_in
            .notices
            .contains(&ignored("links and special files", 2)),
        "{:?}",
        hand_in.notices
    );
}

#[test]
fn a_folder_obeys_the_same_caps() {
    let many: Vec<(String, &str)> = (0..30).map(|i| (format!("{i}.txt"), "x")).collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    let few = Limits {
        entries: 20,
        ..Limits::default()
    };
    assert!(matches!(
        Bench::new().folder("a", &many).read_within(&few),
        Err(Rejected::TooMuch { .. })
    ));
    let small = Limits {
        total_bytes: 20,
        ..Limits::default()
    };
    assert!(matches!(
        Bench::new().folder("a", &many).read_within(&small),
        Err(Rejected::TooMuch { .. })
    ));
    let deep = "d/".repeat(40) + "mlp.rs";
    assert!(matches!(
        Bench::new().folder("a", &[(&deep, MLP)]).read(),
        Err(Rejected::BadEntry { .. })
    ));
    assert!(matches!(
        Bench::new().folder("a", &[]).read(),
        Err(Rejected::NoParts { .. })
    ));
}

#[test]
fn what_this_machine_cannot_read_is_no_fault_of_the_hand_in() {
    let mut bench = Bench::new().zip("a", b"");
    bench.candidate.path = bench.dir().join("gone.zip");
    let rejected = bench.read().unwrap_err();
    assert!(rejected.is_grader_fault(), "{rejected}");
}
