//! What travels between the caller and the launcher.
//!
//! To the launcher, on its standard input: the length of a JSON document (8 bytes, little endian),
//! the document ([`Spec`]), then the files to copy in, one after the other. The pipe stays open
//! afterwards: it is the lifeline, and its end means "stop". (A parent-death signal would not do:
//! it fires when the *thread* that spawned the launcher ends.)
//!
//! From the launcher, on the status pipe: one JSON [`Report`] per line.

use std::io::{self, Read, Write};
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::policy::{Fate, How, Policy};

/// All that the launcher needs to know.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Spec {
    pub policy: Policy,
    /// Length of each file to copy in; the bytes follow the document.
    pub copy_in_bytes: Vec<usize>,
    pub path: PathBuf,
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
    /// For each descriptor of the program: its number in the launcher and its number in the program.
    pub descriptors: Vec<(RawFd, RawFd)>,
    /// Where each collected file is written.
    pub collect_to: Vec<RawFd>,
    /// Where reports are written.
    pub status: RawFd,
    pub layers: Layers,
    /// The scratch folder when there are no namespaces to make one in.
    pub bare_work: Option<PathBuf>,
}

/// The layers to set up. Each was tried before; failing now is an error.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Layers {
    pub namespaces: bool,
    pub landlock: bool,
    pub seccomp: bool,
}

/// What the launcher says, in this order: one of the first two, then `Ended`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// The program is not running and will not.
    Failed(Failure),
    /// The program has replaced our code in its process.
    Started,
    /// Every process is dead and the files are collected.
    Ended {
        how: How,
        cpu: Duration,
        wall: Duration,
        max_rss_bytes: u64,
        fates: Vec<Fate>,
    },
}

/// Sends `spec` and the files of its policy.
pub(crate) fn send(mut to: impl Write, spec: &Spec) -> io::Result<()> {
    let document = serde_json::to_vec(spec)?;
    to.write_all(&(document.len() as u64).to_le_bytes())?;
    to.write_all(&document)?;
    for file in &spec.policy.copy_in {
        to.write_all(&file.bytes)?;
    }
    to.flush()
}

/// Receives what [`send`] sent. Reads not one byte more: the rest of the pipe is the lifeline.
pub(crate) fn receive(mut from: impl Read) -> io::Result<Spec> {
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    let mut document = vec![0; u64::from_le_bytes(length) as usize];
    from.read_exact(&mut document)?;
    let mut spec: Spec = serde_json::from_slice(&document)?;
    for (file, length) in spec.policy.copy_in.iter_mut().zip(&spec.copy_in_bytes) {
        file.bytes = vec![0; *length];
        from.read_exact(&mut file.bytes)?;
    }
    Ok(spec)
}

/// Writes one report as one line.
pub(crate) fn report(mut to: impl Write, report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    to.write_all(&line)
}
