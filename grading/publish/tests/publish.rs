//! Publishes a small course of its own, with git and cargo, from beginning to end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use publish::{Options, Progress, PublishError, Published, SUMS, Target, publish, verify};
use tempfile::TempDir;

const LIB: &str = r#"//! The assignment.

/// Twice `x`.
#[allow(unused_variables)]
pub fn double(x: u64) -> u64 {
    // BEGIN SOLUTION T1.1 double
    // CANARY-4711
    let twice_as_much = x.wrapping_shl(1).wrapping_add(common::zero());
    twice_as_much
    // END SOLUTION
}

// BEGIN SOLUTION
/// Only the solution needs it.
pub fn helper_of_mine() {}
// END SOLUTION
"#;

const MAIN: &str = r#"//! `t1 check --json`

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    let right = std::panic::catch_unwind(|| t1_toy::double(4) == 8).unwrap_or(false);
    println!("{{\"points\": {}, \"max\": 3}}", if right { 3 } else { 0 });
}
"#;

const FILES: [(&str, &str); 13] = [
    (
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"common\", \"assignments/t1_toy\", \"grading/judge\"]\n\n\
         [workspace.package]\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [workspace.dependencies]\ncommon = { path = \"common\" }\njudge = { path = \"grading/judge\" }\n\n\
         [profile.dev.package.common]\nopt-level = 1\n\n[profile.dev.package.judge]\nopt-level = 1\n\n\
         [profile.dev.package.elsewhere]\nopt-level = 1\n",
    ),
    (".cargo/config.toml", "[alias]\nt1 = \"run\"\n"),
    (".gitignore", "/target\n"),
    ("LICENSE", "Free.\n"),
    (
        "common/Cargo.toml",
        "[package]\nname = \"common\"\nversion.workspace = true\nedition.workspace = true\n",
    ),
    (
        "common/src/lib.rs",
        "//! Given.\n\n/// Nothing.\npub fn zero() -> u64 {\n    0\n}\n",
    ),
    ("datasets/points.csv", "1,2\n"),
    (
        "assignments/t1_toy/Cargo.toml",
        "[package]\nname = \"t1_toy\"\nversion.workspace = true\nedition.workspace = true\n\n\
         [[bin]]\nname = \"t1\"\npath = \"src/main.rs\"\n\n[dependencies]\ncommon.workspace = true\n",
    ),
    ("assignments/t1_toy/HANDOUT.md", "Write `double`.\n"),
    ("assignments/t1_toy/src/lib.rs", LIB),
    ("assignments/t1_toy/src/main.rs", MAIN),
    (
        "grading/judge/Cargo.toml",
        "[package]\nname = \"judge\"\nversion.workspace = true\nedition.workspace = true\n",
    ),
    ("grading/judge/src/lib.rs", "//! Secret.\n"),
];

struct Course {
    dir: TempDir,
}

impl Course {
    fn new() -> Self {
        let course = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for (path, text) in FILES {
            course.write(path, text);
        }
        course.run("cargo", &["generate-lockfile", "--offline", "--quiet"]);
        course.run("git", &["init", "--quiet"]);
        course.run("git", &["add", "--all"]);
        course
    }

    fn with(path: &str, text: &str) -> Self {
        let course = Self::new();
        course.write(path, text);
        course
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join("repository").join(path)
    }

    fn out(&self, name: &str) -> PathBuf {
        self.dir.path().join("out").join(name)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.output(&self.path(""), program, arguments);
        String::from_utf8(output.stdout).unwrap()
    }

    fn output(&self, folder: &Path, program: &str, arguments: &[&str]) -> Output {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", self.path("target"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output
    }

    fn options(&self, out: Target) -> Options {
        Options {
            target_dir: self.path("target"),
            ..Options::new(self.path(""), "t1_toy", out)
        }
    }

    fn publish(&self, out: Target) -> Result<Published, PublishError> {
        publish(&self.options(out), &mut |_| ())
    }

    fn folder(&self) -> Result<Published, PublishError> {
        self.publish(Target::Folder(self.out("starter")))
    }

    /// Publishing fails with `word` in its message and leaves nothing behind.
    fn assert_refused(&self, word: &str) {
        let text = self.folder().expect_err(word).to_string();
        assert!(text.contains(word), "expected {word:?} in: {text}");
        let left: Vec<_> = fs::read_dir(self.out(""))
            .map(Iterator::collect)
            .unwrap_or_default();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

#[test]
fn the_starter_has_everything_but_the_solution() {
    let course = Course::new();
    course.write("assignments/t1_toy/notes.txt", "never added to git");
    let mut steps = Vec::new();
    let options = course.options(Target::Folder(course.out("starter")));
    let published = publish(&options, &mut |progress| {
        if let Progress::Step(step) = progress {
            steps.push(step);
        }
    })
    .unwrap();

    let at = |path: &str| course.out("starter").join(path);
    let lib = text(at("assignments/t1_toy/src/lib.rs"));
    assert!(
        lib.contains("    todo!(\"T1.1 double\")\n}\n") && !lib.contains("helper"),
        "{lib}"
    );
    assert_eq!(
        text(at(".cargo/config.toml")),
        "[alias]\nhw = \"run --quiet --package t1_toy --bin t1 --\"\n"
    );
    assert!(text(at("README.md")).contains("cargo hw check"));
    assert!(!text(at("Cargo.lock")).contains("judge"));
    for path in [
        "LICENSE",
        "datasets/points.csv",
        "common/src/lib.rs",
        "assignments/t1_toy/HANDOUT.md",
    ] {
        assert_eq!(text(at(path)), text(course.path(path)));
    }
    for path in ["grading", "target", ".git", "assignments/t1_toy/notes.txt"] {
        assert!(!at(path).exists(), "{path}");
    }
    assert_eq!(published.left_out, ["assignments/t1_toy/notes.txt"]);
    assert_eq!((published.score.points, published.score.max), (0, 3));
    assert_eq!(
        (
            published.built.dependencies_compiled,
            published.built.warnings.len()
        ),
        (0, 0)
    );
    assert_eq!(published.files, text(at(SUMS)).lines().count() + 1);
    assert!(steps.len() >= 6, "{steps:?}");
}

#[test]
fn cargo_has_nothing_to_say_of_the_starter() {
    let course = Course::new();
    course.folder().unwrap();
    let starter = course.out("starter");
    let manifest = text(starter.join("Cargo.toml"));
    assert!(
        manifest.contains("[profile.dev.package.common]"),
        "{manifest}"
    );
    assert!(
        !manifest.contains("judge") && !manifest.contains("elsewhere"),
        "{manifest}"
    );
    let output = course.output(&starter, "cargo", &["check", "--quiet", "--offline"]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn two_publishes_give_the_same_bytes() {
    let course = Course::new();
    let zip = |name| course.publish(Target::Zip(course.out(name))).unwrap();
    let (first, second) = (zip("a.zip"), zip("b.zip"));
    assert_eq!(first.sha256, second.sha256);
    assert_eq!(
        fs::read(&first.path).unwrap(),
        fs::read(&second.path).unwrap()
    );
    assert_eq!(verify(&first.path).unwrap(), first.sha256);
    assert_eq!(course.folder().unwrap().sha256, first.sha256);
}

/// Both are built in one folder, and cargo must not take one for the other.
#[test]
fn building_the_starter_does_not_touch_the_repository_s_own_build() {
    let course = Course::new();
    let reference = || course.run("cargo", &["run", "--quiet", "--offline", "--bin", "t1"]);
    assert!(reference().contains("\"points\": 3"));
    assert_eq!(course.folder().unwrap().score.points, 0);
    assert!(reference().contains("\"points\": 3"));
    course.folder().unwrap();
    assert!(reference().contains("\"points\": 3"));
}

#[test]
fn only_an_unchanged_starter_is_replaced() {
    let course = Course::new();
    let starter = course.out("starter");
    course.folder().unwrap();
    fs::create_dir(starter.join("target")).unwrap();
    course.folder().unwrap();
    fs::write(starter.join("LICENSE"), "changed").unwrap();
    assert!(matches!(course.folder(), Err(PublishError::Occupied(_))));
    assert_eq!(text(starter.join("LICENSE")), "changed");
    let mut options = course.options(Target::Folder(starter.clone()));
    options.force = true;
    publish(&options, &mut |_| ()).unwrap();
    assert_eq!(text(starter.join("LICENSE")), "Free.\n");

    let zip = Target::Zip(course.out("mine.zip"));
    fs::write(course.out("mine.zip"), "something else").unwrap();
    assert!(matches!(
        course.publish(zip),
        Err(PublishError::Occupied(_))
    ));
    assert_eq!(
        fs::read_dir(course.out("")).unwrap().count(),
        2,
        "something is left of the stages"
    );
}

#[test]
fn a_leak_is_told_with_its_file_and_line() {
    Course::with(
        "assignments/t1_toy/HANDOUT.md",
        "One.\nUse `twice_as_much`.\n",
    )
    .assert_refused("assignments/t1_toy/HANDOUT.md:2: the name `twice_as_much`");
    Course::with("datasets/points.csv", "x.wrapping_shl(1).wrapping_add")
        .assert_refused("datasets/points.csv:1:");
    Course::with("LICENSE", "CANARY-4711").assert_refused("LICENSE:1: the mark `CANARY-`");
    Course::with("LICENSE", "// BEGIN SOLUTION").assert_refused("LICENSE:1: the mark");
}

#[test]
fn a_starter_that_is_not_right_is_not_published() {
    let lib = "assignments/t1_toy/src/lib.rs";
    Course::with(lib, &LIB.replace("// END SOLUTION\n}", "}")).assert_refused("lib.rs:");
    Course::with(lib, &LIB.replace("// CANARY-4711", "// STUB: x + x"))
        .assert_refused("3 of 3 points");
    Course::with(lib, &LIB.replace("// CANARY-4711", "// STUB: \"text\""))
        .assert_refused("mismatched types");
    Course::with(lib, &LIB.replace("#[allow(unused_variables)]\n", ""))
        .assert_refused("unused variable");
    Course::with(lib, &LIB.replace("pub fn double", "pub  fn double")).assert_refused("fmt");
    Course::with("assignments/t1_toy/src/main.rs", "//! x\n\nfn main() {}\n")
        .assert_refused("JSON document");
}

#[test]
fn a_folder_that_is_no_checkout_is_refused() {
    let course = Course::new();
    fs::remove_dir_all(course.path(".git")).unwrap();
    course.assert_refused("no git checkout");
}
