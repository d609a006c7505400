//! `check --watch`: check again whenever a part is saved.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::Context;

use super::{Ended, Homework, print};
use crate::check::Part;

/// How often the files are looked at.
const POLL: Duration = Duration::from_millis(100);

/// The files of the parts, with what changes when one is saved.
type Snapshot = Vec<(PathBuf, SystemTime, u64)>;

/// Compiles and checks after every change in `src/parts/`, until Ctrl-C. A change while checks are
/// running ends them.
pub fn watch(homework: &Homework, part: Option<&Part>, seed: u64) -> anyhow::Result<Ended> {
    // Cargo puts the new program where this one is.
    let program = std::env::current_exe().context("cannot find this program")?;
    let end = || {
        let _ = writeln!(io::stdout()); // the prompt shall not stand beside ^C
        std::process::exit(0)
    };
    ctrlc::set_handler(end).context("cannot wait for Ctrl-C")?;
    let parts = homework.folder.join("src/parts");
    loop {
        let seen = snapshot(&parts)?;
        clear_screen()?;
        print("Compiling.\n")?;
        if compile(homework)?.success() {
            clear_screen()?;
            let mut checks = Command::new(&program);
            checks.arg("check").args(part.map(|part| part.module));
            checks.arg("--seed").arg(seed.to_string());
            let checks = checks.spawn().context("cannot start the checks")?;
            end_or_change(checks, &parts, &seen)?;
        } else {
            print("\nIt does not compile, so nothing was checked. Mend the first error first.\n")?;
        }
        print("\nWaiting for a change in src/parts/ (Ctrl-C ends).\n")?;
        wait_for_change(&parts, &seen)?;
    }
}

fn compile(homework: &Homework) -> anyhow::Result<ExitStatus> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--bin",
            homework.assignment.id,
            "--manifest-path",
        ])
        .arg(homework.folder.join("Cargo.toml"))
        .status()
        .context("cannot start cargo")
}

/// Waits until the checks end; ends them when a file changes, since their verdict is out of date.
fn end_or_change(mut checks: Child, parts: &Path, seen: &Snapshot) -> anyhow::Result<()> {
    while checks.try_wait()?.is_none() {
        if snapshot(parts)? != *seen {
            checks.kill()?;
        }
        thread::sleep(POLL);
    }
    Ok(())
}

/// Returns once the files differ from `seen` and have stayed the same for one look: an editor may
/// write a file in several steps.
fn wait_for_change(parts: &Path, seen: &Snapshot) -> anyhow::Result<()> {
    let mut last = snapshot(parts)?;
    loop {
        thread::sleep(POLL);
        let now = snapshot(parts)?;
        if now != *seen && now == last {
            return Ok(());
        }
        last = now;
    }
}

fn snapshot(parts: &Path) -> anyhow::Result<Snapshot> {
    let cannot_read = || format!("cannot read {}", parts.display());
    let mut files = Snapshot::new();
    for entry in fs::read_dir(parts).with_context(cannot_read)? {
        let path = entry.with_context(cannot_read)?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            // A file that an editor is just replacing is missing for a moment.
            && let Ok(metadata) = fs::metadata(&path)
        {
            files.push((path, metadata.modified()?, metadata.len()));
        }
    }
    files.sort();
    Ok(files)
}

fn clear_screen() -> io::Result<()> {
    let mut out = io::stdout();
    if out.is_terminal() {
        out.write_all(b"\x1b[2J\x1b[3J\x1b[H")?;
        out.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_a_new_and_a_removed_part_are_changes() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("losses.rs");
        let save = |text: &str| fs::write(&part, text).unwrap();
        let look = || snapshot(folder.path()).unwrap();

        let empty = look();
        save("one");
        let one = look();
        save("other");
        let other = look();
        fs::write(folder.path().join("losses.rs.swp"), "an editor's").unwrap();
        assert_eq!(look(), other);
        fs::remove_file(&part).unwrap();

        assert_ne!(empty, one);
        assert_ne!(one, other);
        assert_eq!(look(), empty);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = snapshot(Path::new("no/such/folder")).unwrap_err();
        assert!(
            format!("{error:#}").starts_with("cannot read no/such/folder: "),
            "{error:#}"
        );
    }
}
