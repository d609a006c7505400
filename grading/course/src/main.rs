//! The command line of instructors and assistants.

mod assignments;
mod demo;
mod doctor;
mod exit;
mod grade;
mod import;
mod interrupt;
mod progress;
mod publishing;
mod selftest;
mod table;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit::Exit;

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
    /// One JSON document on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct GradeArgs {
    /// The assignment: a1.
    assignment: String,
    /// The folder that holds one folder or zip per hand-in.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The folder for the results. Hand-ins that are graded there already, by the same checks, are kept.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many hand-ins at a time; as many as there are cores without.
    #[arg(short, long)]
    jobs: Option<usize>,
    /// A file with the secret that the checks' inputs are drawn from. Made at .course/key without.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The least sandbox to grade under.
    #[arg(long, value_enum, default_value_t = Sandbox::Full, value_name = "LEVEL")]
    sandbox: Sandbox,
    /// One JSON document on standard output.
    #[arg(long)]
    json: bool,
}

/// The levels of sandbox under which hand-ins may run.
#[derive(Clone, Copy, ValueEnum)]
enum Sandbox {
    /// Namespaces, Landlock, seccomp, limits.
    Full,
    /// The same without namespaces, for machines that forbid them.
    Kernel,
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
        Command::Selftest(args) => selftest::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Grade(args) => grade::run(&args),
        Command::Doctor { json } => doctor::run(json),
        Command::Demo { out } => demo::run(&out),
    };
    match result {
        Ok(exit) => exit.code(),
        Err(error) => {
            eprintln!("error: {}", common::error::sentence(&error));
            Exit::of(&error).code()
        }
    }
}
