//! `course similarity`: which hand-ins of a class share code.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use comfy_table::{CellAlignment, ColumnConstraint, Table, Width, presets};
use common::files::write_atomically;
use hidden_suite::Suite;
use serde_json::json;
use similarity::{Archive, Base, Entry, Options, Pair, Report, analyse, pages};

use crate::exit::Exit;
use crate::output::{say, tell};
use crate::{assignments, workspace};

/// The command's arguments.
#[derive(Args)]
pub struct SimilarityArgs {
    /// The assignment: a1.
    assignment: String,
    /// The folder of the hand-ins [default: submissions/ASSIGNMENT of the course]
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// The folder for the pages [default: reports/ASSIGNMENT/similarity of the course]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Fingerprints of an earlier term, made with --save-archive. Can be given several times.
    #[arg(long, value_name = "FILE")]
    archive: Vec<PathBuf>,
    /// Write the fingerprints of this class, without any source, for later terms.
    #[arg(long, value_name = "FILE")]
    save_archive: Option<PathBuf>,
    /// The share from which on a pair is reported, from 0 to 1.
    #[arg(long, default_value_t = Options::default().threshold)]
    threshold: f64,
    /// The most pairs that are reported.
    #[arg(long, default_value_t = Options::default().top)]
    top: usize,
    /// One JSON document on standard output.
    #[arg(long)]
    json: bool,
}

/// Compares the hand-ins of a class and writes the pages.
///
/// # Errors
/// When a folder or an archive cannot be read or written, or an option is wrong.
pub fn run(args: &SimilarityArgs) -> Result<Exit> {
    let suite = assignments::suite(&args.assignment)?;
    let root = workspace::root()?;
    let of_course = |name: &str| {
        Ok(workspace::course_folder()?
            .join(name)
            .join(suite.assignment.id))
    };
    let from = args
        .from
        .clone()
        .map_or_else(|| of_course("submissions"), Ok::<_, anyhow::Error>)?;
    let reports = || Ok::<_, anyhow::Error>(of_course("reports")?.join("similarity"));
    let out = args.out.clone().map_or_else(reports, Ok)?;
    let options = Options {
        threshold: args.threshold,
        top: args.top,
        ..Options::default()
    };
    let archives = args
        .archive
        .iter()
        .map(|path| archive(path))
        .collect::<Result<Vec<_>>>()?;
    let (base, names) = given(&suite, &root)?;
    let class = Class::read(&from, &names)?;
    if class.entries.is_empty() && class.rejected.is_empty() {
        tell(format_args!("there is no hand-in in {}", from.display()));
        return Ok(Exit::Nothing);
    }
    let report = analyse(&class.entries, &base, &archives, &options)?;
    write_pages(&out, &pages(&report, &class.entries)?)?;
    if let Some(path) = &args.save_archive {
        let archive = Archive::of(&label(path), &class.entries, &base, &options)?;
        write(path, &archive.to_json()?)?;
    }
    if args.json {
        let document = json!({"report": report, "rejected": class.rejected, "pages": out});
        say(serde_json::to_string_pretty(&document)?)?;
    } else {
        say(text(&report, &class, &out))?;
    }
    Ok(Exit::Done)
}

/// What every student was given or may look at, and the names of the files that are compared.
fn given(suite: &Suite, root: &Path) -> Result<(Base, Vec<String>)> {
    let skeleton = assignments::skeleton(suite, root)?;
    let names = skeleton.file_names();
    let mut texts: Vec<String> = skeleton.stubs.into_values().collect();
    // The handout, the labs, the public checks, and the reference.
    let assignment = root.join("assignments").join(suite.assignment.package);
    for folder in [assignment, root.join("common")] {
        add_texts(&folder, &mut texts)?;
    }
    Ok((Base { texts }, names))
}

/// Adds the Rust and Markdown files in `folder` and below.
fn add_texts(folder: &Path, texts: &mut Vec<String>) -> Result<()> {
    let listing =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in listing {
        let entry = entry?;
        let path = entry.path();
        let is_text = path
            .extension()
            .is_some_and(|ending| ending == "rs" || ending == "md");
        if entry.file_type()?.is_dir() {
            add_texts(&path, texts)?;
        } else if is_text {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            texts.push(text);
        }
    }
    Ok(())
}

/// The hand-ins of a class.
struct Class {
    entries: Vec<Entry>,
    /// Those that cannot be read, and why.
    rejected: BTreeMap<String, String>,
}

impl Class {
    /// Reads every attempt in `folder`, of which only the files `names` count.
    fn read(folder: &Path, names: &[String]) -> Result<Self> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut class = Self {
            entries: Vec::new(),
            rejected: BTreeMap::new(),
        };
        for (name, candidate) in runs::named(intake::hand_ins(folder)?) {
            match intake::read(&candidate, &names, &intake::Limits::default()) {
                Ok(hand_in) => {
                    let (student, collaborators) = match candidate.attempt {
                        Some(attempt) => (attempt.student, attempt.collaborators),
                        None => (hand_in.student, Vec::new()),
                    };
                    class.entries.push(Entry {
                        name,
                        student,
                        files: hand_in.files,
                        collaborators,
                    });
                }
                Err(rejected) => {
                    class.rejected.insert(name, rejected.to_string());
                }
            }
        }
        Ok(class)
    }
}

fn archive(path: &Path) -> Result<Archive> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Archive::from_json(&text).with_context(|| path.display().to_string())
}

/// What an archive is called: its file's name.
fn label(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().into_owned()
}

/// Writes the pages, and removes those of an earlier run that had more pairs.
fn write_pages(out: &Path, pages: &BTreeMap<String, String>) -> Result<()> {
    for (name, page) in pages {
        write(&out.join(name), page)?;
    }
    let listing = fs::read_dir(out).with_context(|| format!("cannot read {}", out.display()))?;
    for file in listing {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        let of_a_pair = name.starts_with("pair-") || name.starts_with("declared-");
        if of_a_pair && name.ends_with(".html") && !pages.contains_key(&name) {
            fs::remove_file(file.path())
                .with_context(|| format!("cannot remove {}", file.path().display()))?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    ensure!(
        !path.is_dir(),
        "{} is a folder, but a file is to be written",
        path.display()
    );
    write_atomically(path, text.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The widest column of files; more go on in the next line.
const FILES_WIDTH: u16 = 48;

/// The report on a terminal: pairs, groups, and where the pages are.
fn text(report: &Report, class: &Class, out: &Path) -> String {
    let mut text = String::new();
    for (name, why) in &class.rejected {
        text += &format!("{name}: not compared: {why}\n");
    }
    if report.pairs.is_empty() {
        text += "No two hand-ins of different students share much.\n";
    } else {
        text += &format!("{}\n", table(&report.pairs));
    }
    for cluster in &report.clusters {
        text += &format!(
            "group of {}: {} (on the mean {:.0} % of the whole or of one file)\n",
            cluster.members.len(),
            cluster.members.join(", "),
            100.0 * cluster.mean
        );
    }
    let counts = [
        (
            report.declared.len(),
            "pairs that say to have worked together:",
        ),
        (
            report.recurrences.len(),
            "hand-ins similar to one of an earlier term:",
        ),
        (report.left_out, "pairs beyond --top, which are not listed:"),
    ];
    for (count, what) in counts.iter().filter(|(count, _)| *count > 0) {
        text += &format!("{what} {count}\n");
    }
    text + &format!("side by side: {}\n", out.join("index.html").display())
}

fn table(pairs: &[Pair]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header([
        "first",
        "second",
        "of the first",
        "of the second",
        "longest",
        "files that share much",
    ]);
    for pair in pairs {
        let files: Vec<&str> = pair.files.iter().map(|file| file.file.as_str()).collect();
        table.add_row([
            pair.a.name.clone(),
            pair.b.name.clone(),
            format!("{:.0} %", 100.0 * pair.a.share),
            format!("{:.0} %", 100.0 * pair.b.share),
            format!("{} tokens", pair.longest),
            files.join(", "),
        ]);
    }
    for column in table.column_iter_mut().skip(2).take(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    if let Some(files) = table.column_iter_mut().last() {
        files.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(FILES_WIDTH)));
    }
    table
}
