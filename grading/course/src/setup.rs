//! What all that grades needs: the checks, the given files, the libraries, a sandbox, the key.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use hidden_suite::Suite;
use intake::Candidate;
use judge::{DriverLimits, Judge, Layer, Skeleton};
use runs::{Class, Grader, Results, RunError, Store};
use sandbox::{Launcher, Level};

use crate::{assignments, workspace};

/// Everything that grading an assignment needs, prepared once for a run.
pub struct Setup {
    /// The checks.
    pub suite: Suite,
    /// Names what decides results besides the hand-ins.
    pub grading_key: String,
    skeleton: Skeleton,
    layer: Layer,
    launcher: Launcher,
    level: Level,
    key: Vec<u8>,
}

impl Setup {
    /// Prepares for `assignment`: builds the libraries where they are not built yet, tries the sandbox.
    ///
    /// # Errors
    /// When there is no such assignment, or the toolchain or the sandbox is not to be had.
    pub fn new(assignment: &str, least: Level, key: Vec<u8>) -> Result<Self> {
        let root = workspace::root()?;
        let suite = assignments::suite(assignment)?;
        let launcher = Launcher::current_exe()?;
        let level = require(&launcher, least)?;
        let layer = Layer::prepare(&root, &workspace::cache(&root))?;
        let skeleton = assignments::skeleton(&suite, &root)?;
        Ok(Self {
            grading_key: runs::grading_key(&suite, &skeleton, &layer, &key)?,
            suite,
            skeleton,
            layer,
            launcher,
            level,
            key,
        })
    }

    /// Grades into the folder `out`. With `force` also what was graded before.
    #[must_use]
    pub fn grader(&self, out: &Path, force: bool) -> Grader<'_> {
        Grader {
            judge: Judge {
                suite: &self.suite,
                skeleton: &self.skeleton,
                layer: &self.layer,
                launcher: &self.launcher,
                level: self.level,
                limits: DriverLimits::default(),
            },
            results: Results::new(out),
            store: Store::new(out.join(".store")),
            key: &self.key,
            grading_key: self.grading_key.clone(),
            sandbox: self.level.to_string(),
            force,
        }
    }

    /// Makes the class's summary of the results that `hand_ins` have in `results`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn collect(
        &self,
        results: &Results,
        hand_ins: &[(String, Candidate)],
    ) -> Result<Class, RunError> {
        let assignment = &self.suite.assignment;
        runs::collect(
            assignment.id,
            assignment.parts,
            &self.grading_key,
            results,
            hand_ins,
        )
    }
}

/// The active level of sandbox, when it is enough.
fn require(launcher: &Launcher, required: Level) -> Result<Level> {
    let available = sandbox::level(launcher)?;
    if available >= required {
        return Ok(available);
    }
    let missing = sandbox::layers(launcher)?
        .into_iter()
        .filter(|layer| !layer.active)
        .collect();
    Err(sandbox::SandboxError::Unavailable {
        required,
        available,
        missing,
    }
    .into())
}

/// The file with the course's secret: `file`, else `.course/key` in the course's folder, which is made on first
/// use and readable by its owner only.
///
/// # Errors
/// When it is not there and cannot be made.
pub fn key_file(file: Option<&Path>) -> Result<PathBuf> {
    if let Some(file) = file {
        return fs::canonicalize(file).with_context(|| format!("cannot read {}", file.display()));
    }
    let path = workspace::course_folder()?.join(".course/key");
    if !path.exists() {
        make_key(&path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(path)
}

fn make_key(path: &Path) -> std::io::Result<()> {
    use std::io::{Read, Write};
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut key = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(common::files::hex(&key).as_bytes())?;
    file.as_file().sync_all()?;
    // When another run was faster, its key is the one.
    let _ = file.persist_noclobber(path);
    Ok(())
}

/// The secret in a key file.
///
/// # Errors
/// When the file cannot be read, or holds nothing: then everybody could foresee the inputs.
pub fn read_key(path: &Path) -> Result<Vec<u8>> {
    let key = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    anyhow::ensure!(
        !key.trim_ascii().is_empty(),
        "the key file {} is empty; put a secret into it, or remove it and one is made",
        path.display()
    );
    Ok(key)
}
