//! The steps from the repository to a starter in its place.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use common::archive::Files;
use common::files::sha256_hex;

use crate::archive::{self, SUMS};
use crate::{
    Built, Cargo, PublishError, Score, Secrets, scan_for_leaks, sources, strip, workspace,
};

/// What is published, and where to.
#[derive(Debug, Clone)]
pub struct Options {
    /// The root of the repository, a git checkout.
    pub root: PathBuf,
    /// The assignment's package and folder: `a1_backprop`.
    pub package: String,
    /// Its program: `a1`.
    pub binary: String,
    /// Where the starter goes.
    pub out: Target,
    /// Replace whatever is there.
    pub force: bool,
    /// Publish although the compiler warns.
    pub allow_warnings: bool,
    /// Where builds go.
    pub target_dir: PathBuf,
}

/// Where a starter goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A folder that becomes the starter's root.
    Folder(PathBuf),
    /// A zip file with one folder, `a1-starter`.
    Zip(PathBuf),
}

/// What was published.
#[derive(Debug, Clone)]
pub struct Published {
    /// The folder or the zip file.
    pub path: PathBuf,
    /// How many files it has.
    pub files: usize,
    /// Of the zip file, or of the zip file that the folder would be: the same sources give the same sum.
    pub sha256: String,
    /// Files that were left out because git does not track them.
    pub left_out: Vec<String>,
    /// How the starter compiled.
    pub built: Built,
    /// What it scores: 0 of more than 0.
    pub score: Score,
}

/// What [`publish`] is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A step begins: `Compiling the starter`.
    Step(&'static str),
    /// A part of it is done: the name of a crate.
    Done(&'a str),
}

impl Options {
    /// The usual options: the program is what the package's name begins with, builds go where the
    /// repository's do.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>, package: &str, out: Target) -> Self {
        let root = root.into();
        let target_dir =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Self {
            package: package.to_owned(),
            binary: package.split('_').next().unwrap_or(package).to_owned(),
            out,
            force: false,
            allow_warnings: false,
            // Cargo is run in the starter, so the path must not depend on where we are.
            target_dir: std::path::absolute(&target_dir).unwrap_or(target_dir),
            root,
        }
    }

    fn starter(&self) -> String {
        format!("{}-starter", self.binary)
    }
}

impl Target {
    fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::Zip(path) => path,
        }
    }
}

/// Makes the starter, proves it, and puts it in place in one step; until then the target is as it was.
///
/// # Errors
/// When anything is not as it must be; see [`PublishError`].
pub fn publish(
    options: &Options,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Published, PublishError> {
    let target = std::path::absolute(options.out.path())
        .map_err(PublishError::io("find", options.out.path()))?;
    check_free(options, &target)?;
    progress(Progress::Step(
        "Collecting what git tracks and stripping the solutions",
    ));
    let assembled = assemble(options)?;
    let (mut files, secrets) = (assembled.files, assembled.secrets);

    let parent = target.parent().unwrap_or(&target);
    fs::create_dir_all(parent).map_err(PublishError::io("create", parent))?;
    let stage = tempfile::Builder::new()
        .prefix(".starter-")
        .tempdir_in(parent);
    let stage = stage.map_err(PublishError::io("write in", parent))?;
    let cargo = Cargo {
        folder: stage.path().join("proof"),
        package: options.package.clone(),
        binary: options.binary.clone(),
        target_dir: options.target_dir.clone(),
    };
    write_folder(&cargo.folder, &files)?;
    progress(Progress::Step("Trimming Cargo.lock"));
    trim(&cargo, &mut files)?;
    let (built, score) = prove(&cargo, options, progress)?;

    progress(Progress::Step("Looking for leaks"));
    let leaks = scan_for_leaks(&files, &secrets);
    if !leaks.is_empty() {
        return Err(PublishError::Leaks(leaks));
    }
    progress(Progress::Step("Writing the starter"));
    files.insert(SUMS.to_owned(), archive::sums(&files).into_bytes());
    let zip = archive::zip_bytes(&files, &options.starter())
        .map_err(PublishError::io("write", &target))?;
    install(options, &stage, &target, &files, &zip)?;
    Ok(Published {
        path: target,
        files: files.len(),
        sha256: sha256_hex(&zip),
        left_out: assembled.left_out,
        built,
        score,
    })
}

/// Takes out of `Cargo.lock` what the starter does not need, and out of `Cargo.toml` what speaks of it.
fn trim(cargo: &Cargo, files: &mut Files) -> Result<(), PublishError> {
    let [manifest, lock] = ["Cargo.toml", "Cargo.lock"];
    cargo.trim_lock()?;
    let path = cargo.folder.join(lock);
    let locked = fs::read_to_string(&path).map_err(PublishError::io("read", &path))?;
    let trimmed = workspace::without_absent_profiles(&text(files, manifest)?, &locked)
        .map_err(|why| PublishError::file(manifest, why))?;
    write_file(&cargo.folder.join(manifest), trimmed.as_bytes())?;
    files.insert(manifest.to_owned(), trimmed.into_bytes());
    files.insert(lock.to_owned(), locked.into_bytes());
    Ok(())
}

/// The steps that prove a trimmed starter with cargo.
fn prove(
    cargo: &Cargo,
    options: &Options,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(Built, Score), PublishError> {
    progress(Progress::Step("Checking the format"));
    cargo.check_format()?;
    progress(Progress::Step("Compiling the starter"));
    let _turn = cargo.turn()?;
    let built = cargo.build(&mut |name| progress(Progress::Done(name)))?;
    if let (Some(first), false) = (built.warnings.first(), options.allow_warnings) {
        return Err(PublishError::Warnings {
            count: built.warnings.len(),
            first: first.clone(),
        });
    }
    progress(Progress::Step(
        "Running the public checks, which must give 0 points",
    ));
    let score = cargo.public_score()?;
    if score.points != 0 || score.max == 0 {
        return Err(PublishError::Points {
            points: score.points,
            max: score.max,
        });
    }
    Ok((built, score))
}

/// A starter that has not been proved.
#[derive(Debug, Clone)]
pub struct Assembled {
    /// Its files; `Cargo.lock` is still the repository's.
    pub files: Files,
    /// What must not be in them.
    pub secrets: Secrets,
    /// Files that were left out because git does not track them.
    pub left_out: Vec<String>,
}

/// The starter's files, made in memory.
///
/// # Errors
/// When git or a file cannot be read, or a marker is not in order.
pub fn assemble(options: &Options) -> Result<Assembled, PublishError> {
    let found = sources::read(&options.root, &options.package)?;
    let mut files = found.files;
    let hidden = strip_sources(&mut files)?;
    let allowed = rewrite_manifests(&mut files, options)?;
    let folder = format!("assignments/{}", options.package);
    let readme = files.remove(&format!("{folder}/STARTER.md"));
    files.insert(
        "README.md".to_owned(),
        readme.unwrap_or_else(|| default_readme(options).into_bytes()),
    );
    let is_source = |path: &str| path.ends_with(".rs");
    let public: Vec<&str> = files
        .iter()
        .filter(|(path, _)| is_source(path))
        .filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok())
        .collect();
    let secrets = Secrets::collect(&hidden, &public, &allowed);
    Ok(Assembled {
        files,
        secrets,
        left_out: found.untracked,
    })
}

/// Strips every Rust file and gives what was taken out. A file of which nothing stays is left out.
fn strip_sources(files: &mut Files) -> Result<Vec<String>, PublishError> {
    let mut hidden = Vec::new();
    let mut emptied = Vec::new();
    for (path, bytes) in files.iter_mut().filter(|(path, _)| path.ends_with(".rs")) {
        let text =
            std::str::from_utf8(bytes).map_err(|_| PublishError::file(path, "it is not UTF-8"))?;
        let parts = strip::strip_parts(text, path)?;
        if !parts.secret.is_empty() && parts.public.trim().is_empty() {
            emptied.push(path.clone());
        }
        *bytes = parts.public.into_bytes();
        hidden.extend(parts.secret);
    }
    for path in emptied {
        files.remove(&path);
    }
    Ok(hidden)
}

/// Rewrites the manifests of the starter; gives what the assignment allows to be published.
fn rewrite_manifests(files: &mut Files, options: &Options) -> Result<Vec<String>, PublishError> {
    let refuse = |path: &str| {
        let path = path.to_owned();
        move |why: String| PublishError::file(&path, why)
    };
    let folders = [
        "common".to_owned(),
        format!("assignments/{}", options.package),
    ];
    let mut members = Vec::new();
    let mut allowed = Vec::new();
    for folder in &folders {
        let path = format!("{folder}/Cargo.toml");
        let (manifest, allow) =
            workspace::member_manifest(&text(files, &path)?).map_err(refuse(&path))?;
        files.insert(path, manifest.clone().into_bytes());
        members.push((folder.as_str(), manifest));
        allowed.extend(allow);
    }
    let members: Vec<(&str, &str)> = members
        .iter()
        .map(|(folder, text)| (*folder, text.as_str()))
        .collect();
    let suffix = format!("{}.starter", options.binary);
    let root = workspace::starter_manifest(&text(files, "Cargo.toml")?, &members, &suffix);
    files.insert(
        "Cargo.toml".to_owned(),
        root.map_err(refuse("Cargo.toml"))?.into_bytes(),
    );
    let path = ".cargo/config.toml";
    let config = workspace::cargo_config(&text(files, path)?, &options.package, &options.binary);
    files.insert(path.to_owned(), config.map_err(refuse(path))?.into_bytes());
    Ok(allowed)
}

/// One of the files as text; nothing where it is not there.
fn text(files: &Files, path: &str) -> Result<String, PublishError> {
    let bytes = files.get(path).cloned().unwrap_or_default();
    String::from_utf8(bytes).map_err(|_| PublishError::file(path, "it is not UTF-8"))
}

fn default_readme(options: &Options) -> String {
    format!(
        "# {binary}\n\nYou write the functions in `assignments/{package}/src/parts/`. In this folder:\n\n```sh\n\
         cargo hw check          # the parts, your points, and what to do next\n\
         cargo hw hint PART      # when you are stuck\n\
         cargo hw pack           # makes the zip file to hand in\n```\n\n\
         The first command builds the framework, which takes some minutes once.\n",
        binary = options.binary,
        package = options.package,
    )
}

/// Refuses a target whose contents somebody may want to keep.
fn check_free(options: &Options, target: &Path) -> Result<(), PublishError> {
    let free = match &options.out {
        _ if options.force || fs::symlink_metadata(target).is_err() => true,
        Target::Zip(_) => target.is_file() && archive::verify(target).is_ok(),
        Target::Folder(_) => {
            let empty = fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
            empty || is_unchanged_starter(target).unwrap_or(false)
        }
    };
    if free {
        Ok(())
    } else {
        Err(PublishError::Occupied(target.to_owned()))
    }
}

/// Whether a folder holds a starter as it was published, and besides at most a build folder.
fn is_unchanged_starter(folder: &Path) -> io::Result<bool> {
    let mut files = Files::new();
    read_folder(folder, "", &mut files)?;
    Ok(files
        .remove(SUMS)
        .is_some_and(|listed| listed == archive::sums(&files).as_bytes()))
}

fn read_folder(folder: &Path, below: &str, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            if path != "target" {
                read_folder(&entry.path(), &format!("{path}/"), files)?;
            }
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// Writes the folder or the zip file beside the target and renames it.
fn install(
    options: &Options,
    stage: &TempDir,
    target: &Path,
    files: &Files,
    zip: &[u8],
) -> Result<(), PublishError> {
    let new = stage.path().join("new");
    match options.out {
        Target::Zip(_) => write_file(&new, zip)?,
        Target::Folder(_) => write_folder(&new, files)?,
    }
    let write = || PublishError::io("write", target);
    let old = stage.path().join("old");
    let replaces = fs::symlink_metadata(target).is_ok();
    if replaces {
        fs::rename(target, &old).map_err(write())?;
    }
    let placed = fs::rename(&new, target);
    if placed.is_err() && replaces {
        fs::rename(&old, target).map_err(write())?;
    }
    placed.map_err(write())
}

fn write_folder(folder: &Path, files: &Files) -> Result<(), PublishError> {
    for (path, bytes) in files {
        write_file(&folder.join(path), bytes)?;
    }
    Ok(())
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(PublishError::io("write", path))
}
