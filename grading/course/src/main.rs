//! The command line of instructors and assistants.

#![warn(clippy::print_stdout, clippy::print_stderr)] // they panic when nobody reads: `output` does not

mod assignments;
mod attacks;
mod bundle;
mod cluster;
mod demo;
mod doctor;
mod exit;
mod grade;
mod gradebook;
mod gradescope;
mod import;
mod interrupt;
mod output;
mod progress;
mod publishing;
mod reports;
mod selftest;
mod setup;
mod similarity;
mod table;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use runs::Shard;

use crate::exit::Exit;
use crate::grade::{Attempts, Engine};

#[derive(Parser)]
#[command(
    name = "course",
    version,
    about = "Publish starters, prove hidden checks, grade hand-ins.",
    after_help = "Begin with `cargo run -- demo`: it publishes an assignment, makes a class and grades it."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the starter that students get: solutions out, compiled, scanned for leaks.
    Publish(PublishArgs),
    /// Prove the hidden checks: the reference gets everything, the starter nothing, every mutant is noticed.
    Selftest(SelftestArgs),
    /// Take over what a course system gives: whose each hand-in is, which attempt, and what is odd.
    Import(import::ImportArgs),
    /// Grade a folder of hand-ins in a sandbox.
    Grade(GradeArgs),
    /// Grade one chunk of a class, as a task of a cluster does.
    GradeOne(GradeOneArgs),
    /// Make a class's summary of the results that a cluster's tasks left.
    Collect(CollectArgs),
    /// Make what Gradescope or Kubernetes needs to grade with this grader.
    Bundle(BundleArgs),
    /// Grade the one hand-in of a Gradescope container.
    Gradescope(GradescopeArgs),
    /// Find hand-ins that are similar, and show them side by side.
    Similarity(similarity::SimilarityArgs),
    /// Scores of the course: late days, exams, overrides, exports.
    Gradebook(gradebook::GradebookArgs),
    /// Make pages for assistants and students of what was graded, JUnit XML, and feedback zips.
    Report(reports::ReportArgs),
    /// Say what this machine has: toolchain, libraries, data sets, sandbox.
    Doctor {
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Publish Assignment 1, make a class of hand-ins from it, grade them all.
    Demo {
        /// Where everything is written.
        #[arg(long, default_value = "target/demo")]
        out: PathBuf,
    },
}

#[derive(Args)]
struct PublishArgs {
    /// The assignment: a1.
    assignment: String,
    /// A folder, or a file that ends in .zip.
    #[arg(long, required_unless_present = "verify")]
    out: Option<PathBuf>,
    /// Publish nothing: look whether this zip is a starter, whole and as it was published.
    #[arg(long, value_name = "ZIP", conflicts_with = "out")]
    verify: Option<PathBuf>,
    /// Replace what is there.
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
struct SelftestArgs {
    /// The assignment: a1.
    assignment: String,
    /// How many seeds the reference must pass without a false reject.
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// Try the grader instead of the checks: grade a class of hostile and clumsy hand-ins.
    #[arg(long)]
    attacks: bool,
    /// One JSON document on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct GradeArgs {
    /// The assignment: a1.
    assignment: String,
    /// The folder that holds one folder or zip per hand-in, or what `import` wrote; submissions/a1 in the
    /// course's folder without.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// The folder for the results; results/a1 in the course's folder without. What is graded there already,
    /// by the same checks, is not graded again.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How many hand-ins at a time; as many as there are cores without.
    #[arg(short, long, value_name = "N", value_parser = at_least_one)]
    jobs: Option<usize>,
    /// A file with the secret that the checks' inputs are drawn from. Made at .course/key without.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The least sandbox to grade under.
    #[arg(long, value_enum, default_value_t = Sandbox::Full, value_name = "LEVEL")]
    sandbox: Sandbox,
    /// Which attempts of a student count, of what `import` wrote.
    #[arg(long, value_enum, default_value_t = Attempts::All)]
    attempts: Attempts,
    /// Only these students, or hand-ins with these names.
    #[arg(long, value_delimiter = ',', value_name = "STUDENT,...")]
    students: Vec<String>,
    /// Only hand-ins whose last result is no score of checks: rejected, or a fault of the grader.
    #[arg(long)]
    only_failed: bool,
    /// Only hand-ins that met a fault of the grader.
    #[arg(long)]
    only_grader_error: bool,
    /// Only share k of n; the shares may be graded by several machines at the same time.
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// Go on with the last run in --out: the same hand-ins, and refuse if the checks have changed since.
    #[arg(long, conflicts_with_all = ["from", "students", "only_failed", "only_grader_error", "force"])]
    resume: bool,
    /// Grade anew what is graded already.
    #[arg(long)]
    force: bool,
    /// Which machine grades.
    #[arg(long, value_enum, default_value_t = Engine::Local)]
    engine: Engine,
    /// How many hand-ins a task of a cluster grades.
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = at_least_one)]
    chunk: usize,
    /// One more argument for Slurm's sbatch, such as --sbatch=--partition=short. May be repeated.
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    sbatch: Vec<String>,
    /// One JSON document on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct GradeOneArgs {
    /// The worklist that `grade --engine slurm` wrote.
    #[arg(long, value_name = "FILE")]
    work: PathBuf,
    /// Which chunk, from 0; the number of the array's task without.
    #[arg(long)]
    chunk: Option<usize>,
}

#[derive(Args)]
struct BundleArgs {
    /// The assignment: a1.
    assignment: String,
    /// For which system.
    #[arg(long, value_enum)]
    target: bundle::Target,
    /// The file to write: a zip for Gradescope, a manifest for Kubernetes.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A file with the secret that the checks' inputs are drawn from. Made at .course/key without.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Kubernetes: the folder of the hand-ins, as for `grade`.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Kubernetes: the folder for the results, as --out of `grade`.
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// Kubernetes: which attempts of a student count.
    #[arg(long, value_enum, default_value_t = Attempts::All)]
    attempts: Attempts,
    /// Kubernetes: the least sandbox to grade under.
    #[arg(long, value_enum, default_value_t = Sandbox::Full, value_name = "LEVEL")]
    sandbox: Sandbox,
    /// Kubernetes: the image of the pods, with a linker and a C compiler.
    #[arg(long, default_value = "gcc:13-bookworm")]
    image: String,
    /// Kubernetes: the volume claim that holds the course's folder.
    #[arg(long, default_value = "course")]
    claim: String,
}

#[derive(Args)]
struct GradescopeArgs {
    /// The assignment: a1.
    assignment: String,
    /// The folder of the hand-in.
    #[arg(long, value_name = "DIR")]
    submission: PathBuf,
    /// Gradescope's submission_metadata.json.
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// The file with the secret that the checks' inputs are drawn from.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    results: PathBuf,
    /// The least sandbox to grade under; a container seldom allows more.
    #[arg(long, value_enum, default_value_t = Sandbox::Kernel, value_name = "LEVEL")]
    sandbox: Sandbox,
}

#[derive(Args)]
struct CollectArgs {
    /// The worklist that `grade --engine slurm` wrote.
    #[arg(long, value_name = "FILE")]
    work: PathBuf,
    /// One JSON document on standard output.
    #[arg(long)]
    json: bool,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("it must be a whole number from 1 on".into()),
        Ok(number) => Ok(number),
    }
}

/// The levels of sandbox under which hand-ins may run.
#[derive(Clone, Copy, ValueEnum)]
enum Sandbox {
    /// Namespaces, Landlock, seccomp, limits.
    Full,
    /// The same without namespaces, for machines that forbid them.
    Kernel,
}

impl Sandbox {
    /// As it is written on the command line.
    fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Kernel => "kernel",
        }
    }
}

impl From<Sandbox> for sandbox::Level {
    fn from(level: Sandbox) -> Self {
        match level {
            Sandbox::Full => Self::Full,
            Sandbox::Kernel => Self::Kernel,
        }
    }
}

fn main() -> ExitCode {
    sandbox::run_if_launcher();
    // The oracles of the checks are compared to 1e-10.
    common::device::use_double_precision();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and the version come this way too, and are no error.
        Err(message) => {
            let _ = message.print();
            return if message.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            }
            .code();
        }
    };
    let result = match cli.command {
        Command::Publish(args) => publishing::run(&args),
        Command::Selftest(args) if args.attacks => attacks::run(&args),
        Command::Selftest(args) => selftest::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Grade(args) => grade::run(&args),
        Command::GradeOne(args) => cluster::grade_one(&args),
        Command::Bundle(args) => bundle::run(&args),
        Command::Gradescope(args) => gradescope::run(&args),
        Command::Similarity(args) => similarity::run(&args),
        Command::Gradebook(args) => gradebook::run(&args),
        Command::Collect(args) => cluster::collect_class(&args),
        Command::Report(args) => reports::run(&args),
        Command::Doctor { json } => doctor::run(json),
        Command::Demo { out } => demo::run(&out),
    };
    match result {
        Ok(exit) => exit.code(),
        Err(error) => {
            output::tell(format_args!("error: {}", common::error::sentence(&error)));
            Exit::of(&error).code()
        }
    }
}
