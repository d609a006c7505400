//! `data`: which data sets there are, how to get them, whether they are right.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::style::{Style, columns};
use super::{Ended, print};
use crate::data::registry::{self, Dataset, Format};
use crate::data::{self, DataFolder, FileState, FileStatus, Progress};

/// What to do about data sets.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Show the data sets, and which of them are here
    List,
    /// Download a data set; a download that broke off goes on
    Fetch {
        /// The data set
        name: String,
        /// Take the files from this folder, as import does
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Take the files of a data set from a folder
    Import {
        /// The data set
        name: String,
        /// The folder, searched with its subfolders
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
    },
    /// Compare the files that are here with their checksums
    Verify {
        /// The data set; all that are here without it
        name: Option<String>,
    },
    /// Print the folder of the data sets
    Path,
}

/// Does it. `command` is what a student types.
pub fn data(action: Action, command: &str) -> anyhow::Result<Ended> {
    let folder = DataFolder::find()?;
    let text = match action {
        Action::List => list(&folder, command),
        Action::Fetch { name, from: None } => fetch(registry::find(&name)?, &folder)?,
        Action::Fetch {
            name,
            from: Some(from),
        }
        | Action::Import { name, from } => {
            return import(registry::find(&name)?, &from, &folder);
        }
        Action::Verify { name } => return verify(name.as_deref(), &folder, command),
        Action::Path => format!("{}\n", folder.path.display()),
    };
    print(&text)?;
    Ok(Ended::Well)
}

fn list(folder: &DataFolder, command: &str) -> String {
    let row = |set: &Dataset| vec![set.name.clone(), state(set, folder), set.title.clone()];
    let rows: Vec<Vec<String>> = registry::all().iter().map(row).collect();
    format!(
        "{}\n\nGet one: {command} data fetch NAME\nThey are in {} (from {}).\n",
        columns(&["name", "state", "what"], &[], &rows).join("\n"),
        folder.path.display(),
        folder.chosen_by,
    )
}

fn state(set: &Dataset, folder: &DataFolder) -> String {
    if set.format == Format::Synthetic {
        "built in".into()
    } else if data::is_complete(set, folder) {
        "here".into()
    } else {
        let bytes = set.downloads.iter().map(|download| download.size).sum();
        format!("get: {}", size(bytes))
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}

fn fetch(set: &'static Dataset, folder: &DataFolder) -> anyhow::Result<String> {
    let mut bar = Bar::default();
    let got = data::fetch(set, folder, &mut |progress| bar.show(progress))?;
    bar.clear();
    let place = folder.of(set);
    Ok(match got.len() {
        0 => format!("{} is already in {}\n", set.name, place.display()),
        _ => format!(
            "{}: fetched {} into {}\n",
            set.name,
            got.join(", "),
            place.display()
        ),
    })
}

fn import(set: &'static Dataset, from: &Path, folder: &DataFolder) -> anyhow::Result<Ended> {
    let mut bar = Bar::default();
    let done = data::import(set, from, folder, &mut |progress| bar.show(progress))?;
    bar.clear();
    let mut text = format!("Imported into {}:\n", folder.of(set).display());
    for file in &done.taken {
        text += &format!("  {}\n", file.from.display());
    }
    let missing: Vec<&str> = data::status(set, folder)
        .iter()
        .filter(|status| status.state == FileState::Missing && !status.file.optional)
        .map(|status| status.file.name.as_str())
        .collect();
    text += &match missing.as_slice() {
        [] => format!("{} is complete.\n", set.name),
        missing => format!("{}: still missing: {}\n", set.name, missing.join(", ")),
    };
    print(&text)?;
    ensure!(
        missing.is_empty() || done.refused.is_empty(),
        "not imported: {}",
        done.refused.join("; ")
    );
    Ok(Ended::Well)
}

/// Checks the set called `name`, or all of which there is a file.
fn verify(name: Option<&str>, folder: &DataFolder, command: &str) -> anyhow::Result<Ended> {
    let sets: Vec<&'static Dataset> = match name {
        Some(name) => vec![registry::find(name)?],
        None => registry::all()
            .iter()
            .filter(|set| is_begun(set, folder))
            .collect(),
    };
    if sets.is_empty() {
        print(&format!(
            "No data set is in {} yet. See: {command} data list\n",
            folder.path.display()
        ))?;
        return Ok(Ended::Well);
    }
    let style = Style::of(&io::stdout());
    let mut ended = Ended::Well;
    for set in sets {
        // One set at a time: the checksums of a large one take seconds.
        let files = data::verify(set, folder);
        if !files.iter().all(is_good) {
            ended = Ended::ChecksFailed;
        }
        print(&verdicts(set, &files, command, style))?;
    }
    Ok(ended)
}

fn is_begun(set: &'static Dataset, folder: &DataFolder) -> bool {
    let files = data::status(set, folder);
    files
        .iter()
        .any(|status| status.state != FileState::Missing)
}

fn is_good(status: &FileStatus) -> bool {
    match status.state {
        FileState::Missing => status.file.optional,
        FileState::Wrong(..) => false,
        FileState::Present(_) | FileState::Good(_) => true,
    }
}

fn verdicts(set: &Dataset, files: &[FileStatus], command: &str, style: Style) -> String {
    if files.is_empty() {
        return format!("{}: built in\n", set.name);
    }
    let mut text = format!("{}:\n", set.name);
    for status in files {
        let file = &status.file.name;
        text += &match &status.state {
            FileState::Present(_) | FileState::Good(_) => {
                format!("  {} {file}\n", style.good("ok     "))
            }
            FileState::Missing if status.file.optional => {
                format!("  {} {file}\n", style.faint("without"))
            }
            FileState::Missing => format!("  {} {file}\n", style.bad("MISSING")),
            FileState::Wrong(path, why) => {
                format!("  {} {} {why}\n", style.bad("WRONG  "), path.display())
            }
        };
    }
    if files
        .iter()
        .any(|status| matches!(status.state, FileState::Wrong(..)))
    {
        text += "Remove what is wrong.\n";
    }
    if !files.iter().all(is_good) {
        text += &format!("Get what is missing: {command} data fetch {}\n", set.name);
    }
    text
}

/// The progress of a download: a bar for each file on a terminal, a line for each file elsewhere.
#[derive(Default)]
struct Bar {
    file: String,
    bar: Option<ProgressBar>,
}

impl Bar {
    fn show(&mut self, progress: Progress<'_>) {
        if self.file != progress.file {
            self.clear();
            self.file = progress.file.into();
            self.begin(progress.total);
        }
        if let Some(bar) = &self.bar {
            bar.set_position(progress.done);
        }
    }

    fn begin(&mut self, total: u64) {
        if !io::stderr().is_terminal() {
            let _ = writeln!(io::stderr(), "getting {} ({})", self.file, size(total));
            return;
        }
        let template = "{msg}  {wide_bar}  {bytes} of {total_bytes}  {eta}";
        let style = ProgressStyle::with_template(template);
        let bar = ProgressBar::new(total).with_message(self.file.clone());
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar = Some(bar);
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The real sets, where they are.
    fn real() -> Option<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/datasets");
        if !folder.is_dir() {
            eprintln!("skipped: no data sets in {}", folder.display());
            return None;
        }
        Some(folder)
    }

    fn check(name: &str, folder: &DataFolder) -> String {
        let set = registry::find(name).unwrap();
        verdicts(set, &data::verify(set, folder), "cargo hw", Style::PLAIN)
    }

    #[test]
    fn the_list_says_what_is_here_and_how_to_get_the_rest() {
        let place = tempfile::tempdir().unwrap();
        let text = list(&DataFolder::at(place.path()), "cargo hw");
        assert!(text.contains("digits16         built in"), "{text}");
        assert!(text.contains("mnist            get: 12 MB"), "{text}");
        assert!(text.contains("cargo hw data fetch NAME"), "{text}");
        let table = text.lines().take_while(|line| !line.is_empty());
        assert!(
            table.into_iter().all(|line| line.chars().count() <= 80),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_here_is_missing() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::at(place.path());
        assert_eq!(
            check("names", &folder),
            "names:\n  MISSING names.txt\nGet what is missing: cargo hw data fetch names\n"
        );
        assert_eq!(check("digits16", &folder), "digits16: built in\n");
        assert_eq!(
            verify(Some("names"), &folder, "hw").unwrap(),
            Ended::ChecksFailed
        );
        assert_eq!(verify(None, &folder, "hw").unwrap(), Ended::Well);
    }

    #[test]
    fn an_unknown_set_is_answered_with_the_known_ones() {
        let folder = DataFolder::at("");
        let error = verify(Some("mnst"), &folder, "hw").unwrap_err().to_string();
        assert!(
            error.contains("\"mnst\"") && error.contains("mnist"),
            "{error}"
        );
    }

    #[test]
    fn an_imported_set_is_good_until_it_is_damaged() {
        let Some(real) = real() else { return };
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::at(place.path());
        let set = registry::find("names").unwrap();
        assert_eq!(import(set, &real, &folder).unwrap(), Ended::Well);
        assert_eq!(state(set, &folder), "here");
        assert_eq!(check("names", &folder), "names:\n  ok      names.txt\n");

        let path = folder.locate(set, &set.files[0]).unwrap();
        fs::write(path, "no names").unwrap();
        let said = check("names", &folder);
        assert!(
            said.contains("  WRONG  ") && said.contains("has 8 bytes"),
            "{said}"
        );
        assert!(said.contains("Remove what is wrong."), "{said}");
        assert_eq!(verify(None, &folder, "hw").unwrap(), Ended::ChecksFailed);
    }
}
