//! The arguments of `gradebook`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use gradebook::events::Decision;
use nix::unistd::{Uid, User};

/// The gradebook of the course.
#[derive(Args)]
pub struct GradebookArgs {
    #[command(subcommand)]
    pub(super) command: Command,
    /// One JSON document on standard output.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Record the results that are new in results/, and print the scores of the class.
    Compute {
        #[command(flatten)]
        recorder: Recorder,
    },
    /// Print the scores of the class, or of one student, from what is recorded.
    Show {
        /// The student's number.
        student: Option<String>,
    },
    /// Print everything that a student's final score follows from.
    Explain {
        /// The student's number.
        student: String,
    },
    /// Decide what an item is worth to a student; who, when and why are recorded and stay.
    Override {
        /// The student's number.
        student: String,
        /// The item: a1.practical, a1.theory, a1, midterm, final or total.
        item: String,
        /// Points and maximum as in 180/240, a percentage as in 75%, excused, or withdrawn.
        decision: Decision,
        /// Why.
        #[arg(long)]
        why: String,
        #[command(flatten)]
        recorder: Recorder,
    },
    /// Give a student more time for an assignment.
    Extend(ExtendArgs),
    /// Record marks from a CSV file with the columns student, score and, if it is known, submitted_at.
    ImportManual {
        /// The item: midterm, final, or a part such as a1.theory.
        item: String,
        /// The file.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// The points that could be had.
        #[arg(long)]
        max: f64,
        /// Where the marks come from; the file's name without.
        #[arg(long)]
        why: Option<String>,
        #[command(flatten)]
        recorder: Recorder,
    },
    /// Write the scores for another program.
    Export(ExportArgs),
    /// Compare two results of an assignment: what changed, and why.
    Diff {
        /// The number of a recorded run, or a summary.json.
        before: String,
        /// The same.
        after: String,
    },
}

/// Who records something.
#[derive(Args)]
pub(super) struct Recorder {
    /// Who records it; the name of the account without.
    #[arg(long)]
    pub(super) who: Option<String>,
}

impl Recorder {
    pub(super) fn name(&self) -> Result<String> {
        let account = || User::from_uid(Uid::current()).ok().flatten();
        self.who
            .clone()
            .or_else(|| account().map(|account| account.name))
            .context("who records this is not known: add --who NAME")
    }
}

#[derive(Args)]
#[command(group = ArgGroup::new("more").args(["days", "until"]).required(true))]
pub(super) struct ExtendArgs {
    /// The student's number.
    pub(super) student: String,
    /// The assignment: a1.
    pub(super) assignment: String,
    /// For which part: practical, theory or both.
    #[arg(long, default_value = "both")]
    pub(super) part: String,
    /// By so many times 24 hours.
    #[arg(long)]
    pub(super) days: Option<u32>,
    /// To this moment of the course's clocks, as in "2026-10-25 23:59".
    #[arg(long, value_name = "TIME")]
    pub(super) until: Option<String>,
    /// Why.
    #[arg(long)]
    pub(super) why: String,
    #[command(flatten)]
    pub(super) recorder: Recorder,
}

#[derive(Args)]
pub(super) struct ExportArgs {
    /// For which program.
    #[arg(long, value_enum)]
    pub(super) format: Format,
    /// The item, for Moodle and Quera.
    #[arg(long, default_value = "total")]
    pub(super) item: String,
    /// Where to write; standard output without.
    #[arg(long, value_name = "FILE", required_if_eq("format", "xlsx"))]
    pub(super) out: Option<PathBuf>,
    /// Begin with the byte order mark that Excel needs to read csv.
    #[arg(long)]
    pub(super) bom: bool,
    /// The worksheet that Moodle offers for download; its grades are filled in.
    #[arg(long, value_name = "FILE")]
    pub(super) worksheet: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Everything as one table.
    Csv,
    /// Canvas's gradebook.
    Canvas,
    /// Moodle's offline grading worksheet.
    Moodle,
    /// Student numbers and scores.
    Quera,
    /// A workbook.
    Xlsx,
}
