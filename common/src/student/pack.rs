//! `pack`: the file to hand in.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail, ensure};

use super::report::{Progress, Report};
use super::{Ended, Homework, Manifest, check, number, print, theory};
use crate::archive::{Files, unzip_one, zip_bytes};
use crate::check::Assignment;
use crate::files::{sha256_hex, write_atomically};
use crate::theory::{AnswerFile, Sheet};

/// The largest source file that is accepted, in bytes.
const LARGEST: u64 = 256 << 10;

/// The arguments of `pack`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Your student number; remembered for the next time
    #[arg(long, value_name = "ID")]
    student: Option<String>,
    /// The file to write [default: a1-ID.zip in the top folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Packs the parts and the answers to the theory sheet, and says what was packed and how the public checks see it.
pub fn pack(homework: &Homework, arguments: &Arguments) -> anyhow::Result<Ended> {
    let root = homework.root();
    let student = number::student(arguments.student.as_deref(), root)?;
    let mut files = collect(&homework.folder, &homework.assignment)?;
    let answers = theory::answers(&homework.folder)?;
    if let Some(text) = &answers {
        files.insert(AnswerFile::NAME.into(), text.clone().into_bytes());
    }
    let manifest = manifest(&homework.assignment, &student, &files)?;
    let out = target(arguments.out.as_deref(), root, &manifest);
    let replaces = replaces(&out, &manifest)?;
    write(&out, &archive(&manifest, files)?)?;
    number::remember(&student, root)?;

    let report = check::run_all(homework, 0);
    let sheet = Sheet {
        assignment: &homework.assignment,
        student: &student,
    };
    let theory = theory_line(&sheet, answers.as_deref(), &homework.command());
    print(&summary(&manifest, &out, replaces, &report, &theory))?;
    Ok(Ended::Well)
}

/// What the hand-in has of the theory sheet, when there is one.
fn theory_line(sheet: &Sheet, answers: Option<&str>, command: &str) -> String {
    let (name, size) = (AnswerFile::NAME, sheet.size());
    match answers.map(|text| theory::readable(sheet.assignment, sheet.student, text)) {
        _ if size == 0 => String::new(),
        None => format!("Warning: no {name}; `{command} theory` writes your theory sheet.\n"),
        Some(Ok(count)) => format!("Theory sheet: {count} of {size} answers.\n"),
        Some(Err(why)) => format!("Warning: {name} gets no points: {why}.\n"),
    }
}

/// The files of the parts.
fn collect(folder: &Path, assignment: &Assignment) -> anyhow::Result<Files> {
    assignment
        .parts
        .iter()
        .map(|part| {
            let path = format!("src/parts/{}.rs", part.module);
            let bytes =
                source(&folder.join(&path)).with_context(|| format!("cannot pack {path}"))?;
            Ok((path, bytes))
        })
        .collect()
}

fn source(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    ensure!(
        bytes.len() as u64 <= LARGEST,
        "it is larger than {} KiB: keep only the part's functions in it",
        LARGEST >> 10
    );
    if let Err(error) = std::str::from_utf8(&bytes) {
        let line = 1 + bytes[..error.valid_up_to()]
            .iter()
            .filter(|&&b| b == b'\n')
            .count();
        bail!("line {line} is not UTF-8 text: save the file as UTF-8");
    }
    Ok(bytes)
}

fn manifest(assignment: &Assignment, student: &str, files: &Files) -> anyhow::Result<Manifest> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Ok(Manifest {
        schema: Manifest::SCHEMA,
        assignment: assignment.id.into(),
        student: student.into(),
        packed_at: now
            .context("this computer's clock is before 1970")?
            .as_secs(),
        tool: env!("CARGO_PKG_VERSION").into(),
        files: files
            .iter()
            .map(|(path, bytes)| (path.clone(), sha256_hex(bytes)))
            .collect(),
    })
}

/// The zip: the manifest and the files.
fn archive(manifest: &Manifest, mut files: Files) -> anyhow::Result<Vec<u8>> {
    files.insert(Manifest::FILE.into(), serde_json::to_vec_pretty(manifest)?);
    Ok(zip_bytes(&files)?)
}

/// Where the hand-in is written.
fn target(out: Option<&Path>, root: &Path, manifest: &Manifest) -> PathBuf {
    let name = format!("{}-{}.zip", manifest.assignment, manifest.student);
    match out {
        None => root.join(name),
        Some(folder) if folder.is_dir() => folder.join(name),
        Some(file) => file.into(),
    }
}

/// Whether there is an earlier hand-in of the same student at `out`.
///
/// # Errors
/// When something else is there, which must not be lost.
fn replaces(out: &Path, manifest: &Manifest) -> anyhow::Result<bool> {
    if !out.exists() {
        return Ok(false);
    }
    let place = out.display();
    match packed_manifest(out) {
        Ok(old) if old.student == manifest.student && old.assignment == manifest.assignment => {
            Ok(true)
        }
        Ok(old) => bail!(
            "{place} is the hand-in of {} for {}; move it away, or choose another file with --out",
            old.student,
            old.assignment
        ),
        Err(_) => bail!(
            "{place} is there and is no hand-in; move it away, or choose another file with --out"
        ),
    }
}

fn packed_manifest(zip: &Path) -> anyhow::Result<Manifest> {
    let manifest = unzip_one(&fs::read(zip)?, Manifest::FILE, LARGEST)?;
    Ok(serde_json::from_slice(&manifest.context("no manifest")?)?)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_atomically(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn summary(
    manifest: &Manifest,
    out: &Path,
    replaces: bool,
    report: &Report,
    theory: &str,
) -> String {
    let mut text = format!(
        "Packed {} of {}{}:\n",
        manifest.assignment.to_uppercase(),
        manifest.student,
        if replaces {
            ", in place of your earlier one"
        } else {
            ""
        }
    );
    for path in manifest.files.keys() {
        text += &format!("  {path}\n");
    }
    text += &format!(
        "Public checks: {} of {} points.\n{theory}",
        report.points(),
        report.max()
    );
    for (progress, what) in [
        (Progress::NotStarted, "not started"),
        (Progress::BreaksRule, "breaks a rule, so no points"),
    ] {
        let parts = report.parts.iter();
        let parts = parts.filter(|part| part.progress() == progress);
        let parts: Vec<&str> = parts.map(|part| part.part.id).collect();
        if !parts.is_empty() {
            text += &format!("Warning: {what}: {}.\n", parts.join(", "));
        }
    }
    text + &format!("Hand in {}\n", out.display())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use tempfile::TempDir;

    /// A workspace with the sample's files; `begun` is what the checks see.
    fn workspace() -> (TempDir, Homework) {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("assignments/s1_sums");
        let parts = folder.join("src/parts");
        fs::create_dir_all(&parts).unwrap();
        fs::write(parts.join("adding.rs"), "fn add() {}\n").unwrap();
        fs::write(parts.join("doubling.rs"), "fn double() {}\n").unwrap();
        fs::write(parts.join("mod.rs"), "mod adding;\n").unwrap();
        fs::write(parts.join("notes.txt"), "mine").unwrap();
        let homework = Homework {
            assignment: sample::assignment(sample::begun),
            labs: Vec::new(),
            folder,
        };
        (root, homework)
    }

    fn by(student: &str) -> Arguments {
        Arguments {
            student: Some(student.into()),
            out: None,
        }
    }

    fn message(result: anyhow::Result<Ended>) -> String {
        format!("{:#}", result.unwrap_err())
    }

    #[test]
    fn the_zip_holds_the_parts_and_their_checksums() {
        let (root, homework) = workspace();
        pack(&homework, &by("401-ab")).unwrap();
        let path = root.path().join("s1-401-ab.zip");
        let zip = fs::read(&path).unwrap();
        let manifest = packed_manifest(&path).unwrap();
        assert_eq!((manifest.schema, manifest.assignment.as_str()), (1, "s1"));
        assert_eq!(manifest.student, "401-ab");
        let names: Vec<&String> = manifest.files.keys().collect();
        assert_eq!(names, ["src/parts/adding.rs", "src/parts/doubling.rs"]);
        for (path, checksum) in &manifest.files {
            let bytes = unzip_one(&zip, path, LARGEST).unwrap().unwrap();
            assert_eq!(*checksum, sha256_hex(&bytes), "{path}");
        }
    }

    #[test]
    fn the_answers_of_the_theory_sheet_come_along() {
        let (root, homework) = workspace();
        fs::write(homework.folder.join(AnswerFile::NAME), "student = '401'\n").unwrap();
        pack(&homework, &by("401")).unwrap();
        let manifest = packed_manifest(&root.path().join("s1-401.zip")).unwrap();
        assert_eq!(
            manifest.files[AnswerFile::NAME],
            sha256_hex(b"student = '401'\n")
        );
    }

    #[test]
    fn the_summary_says_what_there_is_of_the_theory_sheet() {
        let assignment = crate::theory::sample::assignment();
        let sheet = Sheet {
            assignment: &assignment,
            student: "401",
        };
        let line = |answers| theory_line(&sheet, answers, "cargo hw");
        assert!(line(None).starts_with("Warning: no theory.toml; `cargo hw theory` "));
        assert_eq!(
            line(Some("student = '401'\nproduct.value = 1\n")),
            "Theory sheet: 1 of 3 answers.\n"
        );
        for other in ["student = '402'\n", "student = \n"] {
            assert!(line(Some(other)).starts_with("Warning: theory.toml gets no points: "));
        }
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let (_root, homework) = workspace();
        let files = collect(&homework.folder, &homework.assignment).unwrap();
        let manifest = Manifest {
            packed_at: 0,
            ..manifest(&homework.assignment, "1", &files).unwrap()
        };
        assert_eq!(
            archive(&manifest, files.clone()).unwrap(),
            archive(&manifest, files).unwrap()
        );
    }

    #[test]
    fn the_number_is_remembered_and_the_own_hand_in_replaced() {
        let (root, homework) = workspace();
        pack(&homework, &by("401")).unwrap();
        assert_eq!(number::student(None, root.path()).unwrap(), "401");
        let file = root.path().join("s1-401.zip");
        let mine = packed_manifest(&file).unwrap();
        assert!(replaces(&file, &mine).unwrap());
        pack(&homework, &by("401")).unwrap();
    }

    #[test]
    fn what_belongs_to_others_is_never_replaced() {
        let (root, homework) = workspace();
        let out = root.path().join("hand-in.zip");
        let to = |student: &str| Arguments {
            out: Some(out.clone()),
            ..by(student)
        };
        pack(&homework, &to("401")).unwrap();
        let before = fs::read(&out).unwrap();
        let refused = message(pack(&homework, &to("402")));
        assert!(refused.contains("is the hand-in of 401"), "{refused}");
        assert_eq!(fs::read(&out).unwrap(), before);

        fs::write(&out, "a letter").unwrap();
        let refused = message(pack(&homework, &to("401")));
        assert!(refused.contains("is no hand-in"), "{refused}");
        assert_eq!(fs::read(&out).unwrap(), b"a letter");
    }

    #[test]
    fn files_that_are_no_source_are_refused() {
        let (root, homework) = workspace();
        let part = homework.folder.join("src/parts/adding.rs");

        fs::write(&part, b"fn a() {}\n// \xff\n").unwrap();
        assert_eq!(
            message(pack(&homework, &by("1"))),
            "cannot pack src/parts/adding.rs: line 2 is not UTF-8 text: save the file as UTF-8"
        );
        fs::write(&part, vec![b' '; (LARGEST + 1) as usize]).unwrap();
        assert_eq!(
            message(pack(&homework, &by("1"))),
            "cannot pack src/parts/adding.rs: it is larger than 256 KiB: keep only the part's functions in it"
        );
        fs::remove_file(&part).unwrap();
        let missing = message(pack(&homework, &by("1")));
        assert!(
            missing.starts_with("cannot pack src/parts/adding.rs: "),
            "{missing}"
        );
        assert!(!root.path().join("s1-1.zip").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let (_root, homework) = workspace();
        let out = homework.folder.join("src/parts/mod.rs/hand-in.zip");
        let arguments = Arguments {
            out: Some(out.clone()),
            ..by("1")
        };
        let refused = message(pack(&homework, &arguments));
        assert!(
            refused.starts_with(&format!("cannot write {}: ", out.display())),
            "{refused}"
        );
    }

    #[test]
    fn the_summary_gives_the_score_and_warns() {
        let (_root, homework) = workspace();
        let files = collect(&homework.folder, &homework.assignment).unwrap();
        let manifest = manifest(&homework.assignment, "401", &files).unwrap();
        let report = check::run_all(&homework, 0);
        assert_eq!(
            summary(&manifest, Path::new("s1-401.zip"), true, &report, ""),
            "\
Packed S1 of 401, in place of your earlier one:
  src/parts/adding.rs
  src/parts/doubling.rs
Public checks: 2 of 6 points.
Warning: not started: S1.2.
Hand in s1-401.zip
"
        );
    }
}
