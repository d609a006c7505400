//! The dependencies of a hand-in, built once and read-only.
//!
//! A hand-in is compiled by calling `rustc` directly, without cargo: no manifest, no build script, no
//! lock. All it needs of the dependencies are their compiled libraries. The layer is a folder with just
//! those of `common`'s closure; the workspace's own target folder would not do, because the reference
//! solution and the hidden checks lie in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hmac_sha256::Hash;
use serde::Deserialize;

use crate::JudgeError;

/// The libraries a hand-in is compiled against, and the compiler that made them.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The folder of the libraries.
    pub libraries: PathBuf,
    /// The toolchain's root: `rustc --print sysroot`.
    pub sysroot: PathBuf,
    /// The first line of `rustc --version`.
    pub compiler: String,
    /// Names this layer: the compiler's version and every library. Two layers with the same key are
    /// the same.
    pub key: String,
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

impl Layer {
    /// Builds the dependencies of the workspace at `root`, where they are not built yet, and lays their
    /// libraries into a folder of their own under `cache`.
    ///
    /// # Errors
    /// When cargo or rustc cannot be run, or the build fails.
    pub fn prepare(root: &Path, cache: &Path) -> Result<Self, JudgeError> {
        let sysroot =
            PathBuf::from(output(Command::new("rustc").args(["--print", "sysroot"]))?.trim());
        let compiler = output(Command::new("rustc").arg("--version"))?
            .trim()
            .to_string();
        let messages = output(
            Command::new("cargo")
                .args([
                    "build",
                    "--quiet",
                    "--package",
                    "common",
                    "--message-format",
                    "json",
                ])
                .current_dir(root),
        )?;
        let mut libraries: Vec<PathBuf> = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Message>(line).ok())
            .filter(|message| message.reason == "compiler-artifact")
            .flat_map(|message| message.filenames)
            .filter(|file| {
                file.extension()
                    .is_some_and(|ext| ext == "rlib" || ext == std::env::consts::DLL_EXTENSION)
            })
            .collect();
        libraries.sort();
        libraries.dedup();
        let key = key(&compiler, &libraries)?;
        let folder = cache.join(format!("layer-{key}"));
        if !folder.is_dir() {
            lay_out(&folder, &libraries)?;
        }
        Ok(Self {
            libraries: folder,
            sysroot,
            compiler,
            key,
        })
    }

    /// The file name of a crate's library: `libcommon.rlib` or `libburn-<hash>.rlib`.
    ///
    /// # Errors
    /// When the layer has none.
    pub fn library(&self, name: &str) -> Result<String, JudgeError> {
        let plain = format!("lib{name}.rlib");
        let hashed = format!("lib{name}-");
        fs::read_dir(&self.libraries)
            .map_err(JudgeError::io("cannot read", &self.libraries))?
            .filter_map(Result::ok)
            .filter_map(|entry| entry.file_name().into_string().ok())
            .find(|file| *file == plain || (file.starts_with(&hashed) && file.ends_with(".rlib")))
            .ok_or_else(|| {
                JudgeError::Toolchain(format!(
                    "the prebuilt dependencies in {} hold no {name}",
                    self.libraries.display()
                ))
            })
    }
}

/// Cargo names a library of a registry after everything that went into it; those of the workspace keep
/// their name when they change, so their content counts.
fn key(compiler: &str, libraries: &[PathBuf]) -> Result<String, JudgeError> {
    let mut hash = Hash::new();
    hash.update(compiler);
    for file in libraries {
        let name = file.file_name().unwrap_or_default();
        hash.update(name.as_encoded_bytes());
        if !name.to_string_lossy().contains('-') {
            hash.update(fs::read(file).map_err(JudgeError::io("cannot read", file))?);
        }
    }
    Ok(common::files::hex(&hash.finalize()[..8]))
}

/// Fills `folder` under a temporary name, so that a layer is there whole or not at all.
fn lay_out(folder: &Path, libraries: &[PathBuf]) -> Result<(), JudgeError> {
    let parent = folder.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(JudgeError::io("cannot create", parent))?;
    let staging =
        tempfile::tempdir_in(parent).map_err(JudgeError::io("cannot write in", parent))?;
    for file in libraries {
        let target = staging.path().join(file.file_name().unwrap_or_default());
        // A link costs nothing; across file systems it has to be a copy.
        if fs::hard_link(file, &target).is_err() {
            fs::copy(file, &target).map_err(JudgeError::io("cannot copy", file))?;
        }
    }
    readable_by_all(staging.path())?;
    match fs::rename(staging.path(), folder) {
        Ok(()) => {
            let _ = staging.keep();
            Ok(())
        }
        // Another grader laid the same layer meanwhile.
        Err(_) if folder.is_dir() => Ok(()),
        Err(error) => Err(JudgeError::io("cannot write", folder)(error)),
    }
}

/// Lets the sandboxed compiler, which runs as another user, read the folder `path`.
fn readable_by_all(path: &Path) -> Result<(), JudgeError> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .map_err(JudgeError::io("cannot set the permissions of", path))
}

fn output(command: &mut Command) -> Result<String, JudgeError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let result = command.stderr(Stdio::inherit()).output().map_err(|error| {
        JudgeError::Toolchain(format!(
            "cannot run {name}: {error}; install Rust from https://rustup.rs"
        ))
    })?;
    if !result.status.success() {
        return Err(JudgeError::Toolchain(format!(
            "{name} failed ({}); its messages are above",
            result.status
        )));
    }
    Ok(String::from_utf8_lossy(&result.stdout).into_owned())
}
