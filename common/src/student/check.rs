//! `check`: the public checks on the student's functions, in this process.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal, Write};

use super::report::{Report, TIME_LIMIT};
use super::style::Style;
use super::{Ended, Homework, print, table, watch};
use crate::check::Part;
use crate::device;

/// The arguments of `check`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// One part, in full: its number in the handout, or the name of its file
    part: Option<String>,
    /// Check again whenever a file in src/parts/ is saved
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Use other random inputs
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Checks all parts, or the one that is named.
pub fn check(homework: &Homework, arguments: &Arguments) -> anyhow::Result<Ended> {
    let part = match &arguments.part {
        Some(name) => Some(homework.part(name)?),
        None => None,
    };
    if arguments.watch {
        return watch::watch(homework, part, arguments.seed);
    }
    let report = match part {
        Some(part) => run(homework, &[part], arguments.seed),
        None => run_all(homework, arguments.seed),
    };
    let style = Style::of(&io::stdout());
    print(&match report.parts.as_slice() {
        _ if arguments.json => format!("{:#}\n", report.to_json()),
        [only] if part.is_some() => table::detail(only, &homework.command(), style),
        _ => table::overview(&report, &homework.command(), style),
    })?;
    Ok(if report.passed() {
        Ended::Well
    } else {
        Ended::ChecksFailed
    })
}

/// Runs the public checks of all parts, see [`run`].
pub fn run_all(homework: &Homework, seed: u64) -> Report {
    let parts: Vec<&'static Part> = homework.assignment.parts.iter().collect();
    run(homework, &parts, seed)
}

/// Runs the public checks of `parts` in double precision, and searches their sources for what is forbidden.
/// On a terminal, a line says which check is running, so that one which hangs is seen to hang.
pub fn run(homework: &Homework, parts: &[&'static Part], seed: u64) -> Report {
    device::use_double_precision();
    let terminal = io::stderr().is_terminal();
    let status = |text: &str| {
        if terminal {
            let _ = write!(io::stderr(), "\r\x1b[K{text}");
        }
    };
    let begin = |id: &str| status(&format!("checking {id}"));
    let sources = sources(homework);
    let report = Report::run(
        &homework.assignment,
        parts,
        &sources,
        seed,
        TIME_LIMIT,
        &begin,
    );
    status("");
    report
}

/// The files of all parts that can be read; what cannot be read does not compile.
fn sources(homework: &Homework) -> BTreeMap<String, String> {
    let parts = homework.assignment.parts.iter();
    let read = parts.filter_map(|part| {
        let name = format!("{}.rs", part.module);
        let text = fs::read_to_string(homework.folder.join("src/parts").join(&name)).ok()?;
        Some((name, text))
    });
    read.collect()
}
