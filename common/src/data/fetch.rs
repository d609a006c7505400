//! Downloading, with the program `curl`: it is on every Linux, macOS and Windows, resumes, follows the
//! machine's proxy and certificates, and spares the build some twenty crates of TLS.
//!
//! A download grows in `NAME.part`, is checked for size and SHA-256, and only then gets its name. A
//! broken one stays, so that the next attempt, or the next run, goes on where it ended.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::error::DataError;
use super::folder::{DataFolder, zipped};
use super::registry::{Dataset, Download};
use super::store::{Progress, folder_of, unpack};
use super::verify::{check, check_bytes};

/// Downloads the files of `set` that are not, or not undamaged, in the data folder; gives the names of those it got.
///
/// # Errors
/// When curl is not installed, no mirror gives a file, or the data folder cannot be written.
pub fn fetch(
    set: &Dataset,
    folder: &DataFolder,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<String>, DataError> {
    Curl::default().fetch(set, folder, progress)
}

/// The program that downloads.
pub(super) struct Curl {
    /// Its name or path.
    pub program: PathBuf,
    /// What it is told before everything else.
    pub arguments: &'static [&'static str],
}

impl Default for Curl {
    fn default() -> Self {
        Self {
            program: "curl".into(),
            arguments: &[],
        }
    }
}

/// Why one run of curl did not end well.
struct Failure {
    /// curl's exit code; `None` when it was stopped because more came than should.
    code: Option<i32>,
    /// What happened, in words.
    what: String,
}

/// Exit codes of curl (`man curl`, EXIT CODES).
const NO_HOST: i32 = 6;
const HTTP_ERROR: i32 = 22;
const CANNOT_WRITE: i32 = 23;
const NO_RANGES: i32 = 33;

/// How often one mirror may break off, each time with something gained.
const RESUMES: usize = 20;

impl Curl {
    pub fn fetch(
        &self,
        set: &Dataset,
        folder: &DataFolder,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Vec<String>, DataError> {
        if set.files.is_empty() {
            return Err(DataError::Synthetic {
                name: set.name.clone(),
            });
        }
        let target = folder_of(set, folder)?;
        let mut got = Vec::new();
        for download in &set.downloads {
            if download.gives.iter().all(|name| is_good(set, folder, name)) {
                continue;
            }
            let part = self.download(set, download, &target, progress)?;
            if download.is_archive() {
                unpack(&part, set, &target, progress)?;
                std::fs::remove_file(&part).map_err(DataError::io("remove", &part))?;
            } else {
                settle(&part, &target, download)?;
            }
            got.extend(download.gives.iter().cloned());
        }
        Ok(got)
    }

    /// Downloads to `NAME.part` from the first mirror that gives the right bytes.
    fn download(
        &self,
        set: &Dataset,
        download: &Download,
        folder: &Path,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<PathBuf, DataError> {
        let part = folder.join(format!("{}.part", download.name));
        // Opened before curl is asked, so that a folder that may not be written has a clear error.
        let file = OpenOptions::new().create(true).append(true).open(&part);
        let file = file.map_err(DataError::io("write", &part))?;
        let mut attempts = Vec::new();
        for url in &download.mirrors {
            let attempt = match self.resume(set, url, download, &part, progress)? {
                Ok(()) => match check_bytes(&part, download.size, &download.sha256) {
                    Ok(()) => {
                        file.sync_all().map_err(DataError::io("write", &part))?;
                        return Ok(part);
                    }
                    Err(problem) => {
                        start_again(&part)?;
                        format!("what it sent {problem}, and was thrown away")
                    }
                },
                Err(what) => what,
            };
            attempts.push(format!("{}: {attempt}", host(url)));
        }
        if size(&part) == 0 {
            let _ = std::fs::remove_file(&part);
        }
        Err(DataError::Download {
            name: set.name.clone(),
            file: download.name.clone(),
            attempts,
        })
    }

    /// Runs curl on one mirror until the file is there or nothing more comes. The inner result is what
    /// the mirror did; the outer one is what makes other mirrors pointless.
    fn resume(
        &self,
        set: &Dataset,
        url: &str,
        download: &Download,
        part: &Path,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Result<(), String>, DataError> {
        let mut started_again = false;
        for _ in 0..RESUMES {
            let before = size(part);
            if before == download.size {
                return Ok(Ok(()));
            }
            let Err(failure) = self.run(set, url, download, part, progress)? else {
                return Ok(Ok(()));
            };
            let no_ranges = failure.code == Some(NO_RANGES)
                || failure.code == Some(HTTP_ERROR) && failure.what.contains("416");
            if failure.code == Some(CANNOT_WRITE) {
                let full = std::io::Error::other("the disk is full, or writing is not allowed");
                return Err(DataError::io("write", part)(full));
            } else if failure.code.is_none() {
                start_again(part)?;
                return Ok(Err(failure.what));
            } else if no_ranges && !started_again {
                start_again(part)?;
                started_again = true;
            } else if size(part) <= before {
                return Ok(Err(failure.what));
            }
        }
        Ok(Err(format!("broke off {RESUMES} times")))
    }

    /// One run of curl, which appends to `part`.
    fn run(
        &self,
        set: &Dataset,
        url: &str,
        download: &Download,
        part: &Path,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Result<(), Failure>, DataError> {
        let child = Command::new(&self.program)
            .args(self.arguments)
            .args(["--location", "--fail", "--silent", "--show-error"])
            .args(["--proto", "=http,https"])
            .args([
                "--connect-timeout",
                "20",
                "--speed-limit",
                "1024",
                "--speed-time",
                "30",
            ])
            .args(["--continue-at", "-", "--output"])
            .arg(part)
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match child {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(DataError::NoCurl {
                    name: set.name.clone(),
                });
            }
            other => other.map_err(DataError::io("run", &self.program))?,
        };
        let mut pause = Duration::from_millis(5);
        let status = loop {
            let done = size(part);
            let total = download.size;
            progress(Progress {
                file: &download.name,
                done: done.min(total),
                total,
            });
            if done > total {
                let _ = child.kill();
                let _ = child.wait();
                let what = format!("sent more than the {total} bytes of the file");
                return Ok(Err(Failure { code: None, what }));
            }
            if let Some(status) = child
                .try_wait()
                .map_err(DataError::io("run", &self.program))?
            {
                break status;
            }
            std::thread::sleep(pause);
            pause = (2 * pause).min(Duration::from_millis(100));
        };
        if status.success() {
            return Ok(Ok(()));
        }
        let mut said = String::new();
        if let Some(mut stderr) = child.stderr.take() {
            let _ = stderr.read_to_string(&mut said);
        }
        let said = said.trim().trim_start_matches("curl: ");
        let what = match status.code() {
            Some(NO_HOST) => format!("{said} (is this machine online?)"),
            _ if said.is_empty() => format!("curl ended with {status}"),
            _ => said.to_owned(),
        };
        // Without a code curl was ended by a signal: the part is good to go on from.
        let code = Some(status.code().unwrap_or(-1));
        Ok(Err(Failure { code, what }))
    }
}

/// Whether a file is there with the right contents; a damaged one is downloaded again.
fn is_good(set: &Dataset, folder: &DataFolder, name: &str) -> bool {
    let file = set.file(name);
    file.is_some_and(|file| {
        let path = folder.locate(set, file);
        path.is_some_and(|path| check(&path, file).is_ok())
    })
}

/// Gives a checked download its name, and removes the same file in its other form, with or without
/// `.gz`: what is there is damaged, or there would have been no download.
fn settle(part: &Path, folder: &Path, download: &Download) -> Result<(), DataError> {
    let path = folder.join(&download.name);
    std::fs::rename(part, &path).map_err(DataError::io("write", &path))?;
    for name in &download.gives {
        for other in [folder.join(name), zipped(folder, name)] {
            if other != path && other.exists() {
                std::fs::remove_file(&other).map_err(DataError::io("remove", &other))?;
            }
        }
    }
    Ok(())
}

/// How large a file is; 0 when it is not there.
fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Throws away what has arrived.
fn start_again(part: &Path) -> Result<(), DataError> {
    File::create(part)
        .map(|_| ())
        .map_err(DataError::io("write", part))
}

/// The host of an address, for a message.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
