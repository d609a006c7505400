//! The student's command line: `check`, `next`, `hint`, `train`, `data`, `theory`, `pack`.
//!
//! An assignment's `main` hands over what belongs to it and nothing else:
//!
//! ```text
//! fn main() -> std::process::ExitCode {
//!     common::student::main(common::student::Homework {
//!         assignment: a1_backprop::assignment(),
//!         labs: a1_backprop::labs::labs(),
//!         folder: env!("CARGO_MANIFEST_DIR").into(),
//!     })
//! }
//! ```

mod check;
mod data;
mod hint;
mod manifest;
mod next;
mod number;
mod pack;
mod report;
#[cfg(test)]
pub(crate) mod sample;
mod style;
mod table;
mod theory;
mod train;
mod watch;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use manifest::Manifest;

use crate::check::{Assignment, Part};
use crate::error::sentence;
use crate::train::Lab;

/// What the command line works on.
pub struct Homework {
    /// The assignment, with the student's functions and the public checks.
    pub assignment: Assignment,
    /// The training runs.
    pub labs: Vec<Lab>,
    /// The folder of the assignment's crate: `env!("CARGO_MANIFEST_DIR")`.
    pub folder: PathBuf,
}

impl Homework {
    /// The folder of the workspace, two above the assignment's: `assignments/<package>`.
    fn root(&self) -> &Path {
        self.folder.ancestors().nth(2).unwrap_or(&self.folder)
    }

    /// What a student types: `cargo hw` in a starter, which has that alias, else `cargo a1`.
    fn command(&self) -> String {
        let config = std::fs::read_to_string(self.root().join(".cargo/config.toml"));
        let config: Option<toml::Table> = config.ok().and_then(|text| text.parse().ok());
        let aliases = config.as_ref().and_then(|config| config.get("alias"));
        match aliases.and_then(|aliases| aliases.get("hw")) {
            Some(_) => "cargo hw".into(),
            None => format!("cargo {}", self.assignment.id),
        }
    }

    /// The part called `name`.
    fn part(&self, name: &str) -> anyhow::Result<&'static Part> {
        self.assignment.part(name).ok_or_else(|| {
            let parts = self.assignment.parts.iter();
            let parts: Vec<String> = parts.map(|p| format!("{} {}", p.id, p.module)).collect();
            anyhow!(
                "there is no part {name:?}; the parts are {}",
                parts.join(", ")
            )
        })
    }
}

#[derive(Debug, Parser)]
#[command(disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Run the public checks and say what to do next
    Check(check::Arguments),
    /// Say what to do now, in a few lines
    Next {
        /// One part: its number in the handout, or the name of its file
        part: Option<String>,
        /// Use other random inputs
        #[arg(long, value_name = "N", default_value_t = 0)]
        seed: u64,
    },
    /// Give a hint for a part
    Hint {
        /// The part: its number in the handout, or the name of its file
        part: String,
        /// The further hints
        #[arg(long)]
        more: bool,
    },
    /// Train a network made of your own functions
    Train(train::Arguments),
    /// Get the data sets
    Data {
        #[command(subcommand)]
        action: data::Action,
    },
    /// Write your theory sheet
    Theory(theory::Arguments),
    /// Make the file to hand in
    Pack(pack::Arguments),
}

/// Examples under the help of each command; `{cmd}` is what a student types.
const EXAMPLES: [(&str, &str); 7] = [
    (
        "check",
        "  {cmd} check                  all parts in one table, and what to do next
  {cmd} check PART             one part, every check
  {cmd} check PART --watch     check again after each save
  {cmd} check --json | jq .points

Exit code: 0 when every check passes, 2 when one fails, 1 for a wrong command.",
    ),
    (
        "next",
        "  {cmd} next                   the part that you are at, or else the first
  {cmd} next PART              this part",
    ),
    (
        "hint",
        "  {cmd} hint PART              the first hint
  {cmd} hint PART --more       the others",
    ),
    (
        "train",
        "  {cmd} train                  list the labs
  {cmd} train LAB              on synthetic pictures: no download
  {cmd} train LAB --data mnist --epochs 5",
    ),
    (
        "data",
        "  {cmd} data list               which there are
  {cmd} data fetch mnist        download one
  {cmd} data import mnist --from ~/Downloads
  {cmd} data verify             check the files that are here",
    ),
    (
        "theory",
        "  {cmd} theory --student 40123456
  {cmd} theory check           can every answer be read?

Exit code of check: 0 when all can be read, 2 when one is missing or cannot.",
    ),
    (
        "pack",
        "  {cmd} pack --student 40123456
  {cmd} pack                   the number is remembered",
    ),
];

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Well,
    ChecksFailed,
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Well => ExitCode::SUCCESS,
            Ended::ChecksFailed => ExitCode::from(2),
        }
    }
}

/// The `main` of an assignment: does what the arguments of this process say.
///
/// The exit code is 0 when all went well, 1 when something could not be done, 2 when a check fails,
/// 130 when Ctrl-C ended a lab.
#[must_use]
pub fn main(homework: Homework) -> ExitCode {
    let cli = match parse(&homework.command(), std::env::args_os()) {
        Ok(cli) => cli,
        Err(message) => {
            let _ = message.print(); // the help that was asked for, or what is wrong
            return if message.use_stderr() {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match run(&homework, cli) {
        Ok(ended) => ended.into(),
        Err(error) => {
            let _ = writeln!(
                io::stderr(),
                "error: {}",
                as_typed(&error, &homework.command())
            );
            crate::train::exit_code(&error).into()
        }
    }
}

/// The sentence of `error`, in which what the toolkit calls `cargo hw` is the `command` that is typed here.
fn as_typed(error: &anyhow::Error, command: &str) -> String {
    sentence(error).replace("cargo hw", command)
}

fn parse(command: &str, arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut cli = Cli::command()
        .name("hw")
        .bin_name(command)
        .about("Your homework: check it, train with it, pack it. Without a command: check.")
        .after_help(format!("Examples: {command} check --help, and so on."));
    for (name, examples) in EXAMPLES {
        let examples = format!("Examples:\n{}", examples.replace("{cmd}", command));
        cli = cli.mut_subcommand(name, |subcommand| subcommand.after_help(examples));
    }
    Cli::from_arg_matches(&cli.try_get_matches_from(arguments)?)
}

fn run(homework: &Homework, cli: Cli) -> anyhow::Result<Ended> {
    match cli
        .action
        .unwrap_or_else(|| Action::Check(check::Arguments::default()))
    {
        Action::Check(arguments) => check::check(homework, &arguments),
        Action::Next { part, seed } => {
            let part = part.map(|name| homework.part(&name)).transpose()?;
            next::next(homework, part, seed)
        }
        Action::Hint { part, more } => {
            let part = homework.part(&part)?;
            print(&hint::hint(part, more, &homework.command()))?;
            Ok(Ended::Well)
        }
        Action::Train(arguments) => train::train(homework, arguments),
        Action::Data { action } => data::data(action, &homework.command()),
        Action::Theory(arguments) => theory::theory(homework, &arguments),
        Action::Pack(arguments) => pack::pack(homework, &arguments),
    }
}

/// Writes `text` to standard output. That its reader went away, as `head` does, is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to standard output"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn homework(table: fn() -> Box<dyn crate::contract::Serve>) -> Homework {
        Homework {
            assignment: sample::assignment(table),
            labs: Vec::new(),
            folder: "somewhere/assignments/s1_sums".into(),
        }
    }

    fn parsed(line: &str) -> Result<Cli, clap::Error> {
        let words = std::iter::once("hw").chain(line.split_whitespace());
        parse("cargo hw", words.map(OsString::from))
    }

    fn ended(homework: &Homework, line: &str) -> anyhow::Result<Ended> {
        run(homework, parsed(line).unwrap())
    }

    #[test]
    fn the_end_says_whether_every_check_passed() {
        let (right, begun) = (homework(sample::right), homework(sample::begun));
        assert_eq!(ended(&right, "check").unwrap(), Ended::Well);
        assert_eq!(ended(&begun, "check").unwrap(), Ended::ChecksFailed);
        assert_eq!(
            ended(&begun, "check S1.1 --json").unwrap(),
            Ended::ChecksFailed
        );
        assert_eq!(ended(&begun, "next").unwrap(), Ended::Well);
        assert_eq!(ended(&begun, "hint adding").unwrap(), Ended::Well);
    }

    #[test]
    fn no_command_means_check() {
        assert_eq!(
            ended(&homework(sample::begun), "").unwrap(),
            Ended::ChecksFailed
        );
    }

    #[test]
    fn an_unknown_part_is_answered_with_the_parts() {
        let homework = homework(sample::right);
        for line in ["check foo", "hint foo", "check foo --watch"] {
            assert_eq!(
                ended(&homework, line).unwrap_err().to_string(),
                "there is no part \"foo\"; the parts are S1.1 adding, S1.2 doubling"
            );
        }
        assert_eq!(homework.part("s1.2").unwrap().module, "doubling");
        assert_eq!(homework.part("doub").unwrap().module, "doubling");
    }

    #[test]
    fn every_command_has_examples_with_the_command_that_is_typed() {
        for (name, _) in EXAMPLES {
            let help = parsed(&format!("{name} --help")).unwrap_err().to_string();
            assert!(help.contains(&format!("  cargo hw {name}")), "{help}");
            assert!(
                help.lines().all(|line| line.chars().count() <= 80),
                "{help}"
            );
        }
    }

    #[test]
    fn wrong_usage_is_told_apart_from_help() {
        assert!(parsed("chekc").unwrap_err().use_stderr());
        assert!(parsed("check --seed x").unwrap_err().use_stderr());
        assert!(!parsed("--help").unwrap_err().use_stderr());
    }

    #[test]
    fn an_error_names_the_command_that_is_typed() {
        let missing = crate::data::DataError::NoCurl {
            name: "mnist".into(),
        };
        let error = as_typed(&missing.into(), "cargo s1");
        assert!(error.contains("run `cargo s1 data import mnist"), "{error}");
    }

    #[test]
    fn the_starters_alias_is_what_a_student_types() {
        let root = tempfile::tempdir().unwrap();
        let homework = Homework {
            folder: root.path().join("assignments/s1_sums"),
            ..homework(sample::right)
        };
        assert_eq!(homework.command(), "cargo s1");
        std::fs::create_dir(root.path().join(".cargo")).unwrap();
        std::fs::write(
            root.path().join(".cargo/config.toml"),
            "[alias]\nhw = \"run --\"\n",
        )
        .unwrap();
        assert_eq!(homework.command(), "cargo hw");
    }
}
