//! `course grade`: a folder of hand-ins becomes a folder of results.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use intake::Candidate;
use runs::{Class, Event, Journal, Lock, Run, RunError, Selection, Shard, named};
use serde_json::json;

use crate::exit::Exit;
use crate::output::{say, tell, width};
use crate::progress::Bar;
use crate::setup::{self, Setup};
use crate::{GradeArgs, assignments, cluster, interrupt, table, workspace};

/// Which machine grades.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// This one.
    Local,
    /// A Slurm cluster whose nodes share this file system.
    Slurm,
}

/// Which attempts of a student are graded.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Attempts {
    /// The last one.
    Last,
    /// The first one.
    First,
    /// Every one.
    All,
}

/// Grades the selected hand-ins of a folder and prints the table of all.
///
/// # Errors
/// When the arguments do not fit, the folder cannot be read or written, or the sandbox is not to be had.
pub fn run(args: &GradeArgs) -> Result<Exit> {
    interrupt::catch()?;
    // Before the folders: those of an assignment that is not there are not there either.
    assignments::suite(&args.assignment)?;
    let places = Places::of(args)?;
    if args.engine == Engine::Slurm {
        return cluster::grade(args, &places);
    }
    let key = setup::read_key(&setup::key_file(args.key.as_deref())?)?;
    // Before the libraries are built, which takes a while: a folder that is not there.
    let hand_ins = class(&places.from, args.attempts)?;
    let setup = Setup::new(&args.assignment, args.sandbox.into(), key)?;
    let graded = grade(&setup, &places, &hand_ins, args.into())?;
    if graded.selected == 0 && !hand_ins.is_empty() {
        tell("there was nothing to grade: no hand-in is selected");
    }
    print(&setup, &places, &graded.class, args.json)?;
    Ok(graded.exit())
}

/// Where hand-ins come from and results go.
pub struct Places {
    /// The folder of the hand-ins.
    pub from: PathBuf,
    /// The folder of the results.
    pub out: PathBuf,
}

impl Places {
    /// As the arguments say, else the folders of the course. When a run is resumed, its folder.
    fn of(args: &GradeArgs) -> Result<Self> {
        let mut places = Self::in_course(&args.assignment, args.from.clone(), args.out.clone())?;
        if args.resume {
            places.from = last_run(&places.out, args.shard)?.0;
        }
        Ok(places)
    }

    /// These folders, else those of the course.
    ///
    /// # Errors
    /// When there is no course.
    pub fn in_course(
        assignment: &str,
        from: Option<PathBuf>,
        out: Option<PathBuf>,
    ) -> Result<Self> {
        let in_course = |given: Option<PathBuf>, name: &str| match given {
            Some(given) => Ok(given),
            None => {
                let folder = workspace::course_folder()?.join(name);
                anyhow::Ok(folder.join(assignment.to_lowercase()))
            }
        };
        let places = Self {
            from: in_course(from, "submissions")?,
            out: in_course(out, "results")?,
        };
        places.are_apart()?;
        Ok(places)
    }

    /// Results inside the folder of the hand-ins would be hand-ins of the next run.
    fn are_apart(&self) -> Result<()> {
        if real(&self.out).starts_with(real(&self.from)) {
            bail!(
                "the results would be in {}, inside the folder of the hand-ins {}; choose another folder with --out",
                self.out.display(),
                self.from.display()
            );
        }
        Ok(())
    }
}

/// The path without links, of what is there; the rest as it is.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = path
        .ancestors()
        .find_map(|there| Some((there, there.canonicalize().ok()?)));
    match there {
        Some((there, real)) => path
            .strip_prefix(there)
            .map_or(real.clone(), |rest| real.join(rest)),
        None => path,
    }
}

/// The hand-ins in `from` that are graded, each with a name of its own.
///
/// # Errors
/// When the folder cannot be listed.
pub fn class(from: &Path, attempts: Attempts) -> Result<Vec<(String, Candidate)>> {
    let mut hand_ins = intake::hand_ins(from)?;
    let student = |c: &Candidate| c.attempt.as_ref().map(|attempt| attempt.student.clone());
    // They are sorted by student and number, and what is not imported is nobody's second attempt.
    let same = |a: &Candidate, b: &Candidate| student(a).is_some() && student(a) == student(b);
    match attempts {
        Attempts::All => {}
        Attempts::First => hand_ins.dedup_by(|later, earlier| same(later, earlier)),
        Attempts::Last => {
            hand_ins.reverse();
            hand_ins.dedup_by(|earlier, later| same(earlier, later));
            hand_ins.reverse();
        }
    }
    Ok(named(hand_ins))
}

/// How a class is graded.
#[derive(Default)]
pub struct How {
    /// How many hand-ins at a time; as many as there are cores without.
    pub jobs: Option<usize>,
    /// Which hand-ins.
    pub selection: Selection,
    /// Those of the last run instead.
    pub resume: bool,
    /// Also what was graded before.
    pub force: bool,
}

impl From<&GradeArgs> for How {
    fn from(args: &GradeArgs) -> Self {
        Self {
            jobs: args.jobs,
            selection: Selection {
                students: args.students.clone(),
                only_failed: args.only_failed,
                only_grader_error: args.only_grader_error,
                shard: args.shard,
            },
            resume: args.resume,
            force: args.force,
        }
    }
}

/// A class after a run.
pub struct Graded {
    /// The results that are there.
    pub class: Class,
    /// Whether the run reached all that it was to reach.
    pub complete: bool,
    /// How many hand-ins were selected.
    pub selected: usize,
}

impl Graded {
    /// How a command ends that graded these.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if !self.complete {
            Exit::Interrupted
        } else if self.selected == 0 {
            Exit::Nothing
        } else if self.class.has_grader_error() {
            Exit::GraderError
        } else {
            Exit::Done
        }
    }
}

/// Grades the selected of `hand_ins`.
///
/// # Errors
/// When something cannot be read or written, or `--resume` finds nothing to go on with.
pub fn grade(
    setup: &Setup,
    places: &Places,
    hand_ins: &[(String, Candidate)],
    how: How,
) -> Result<Graded> {
    let out = &places.out;
    let shard = how.selection.shard;
    let _lock = match shard {
        Some(shard) => Lock::share(out, &shard.name())?,
        None => Lock::whole(out)?,
    };
    let mut selection = how.selection;
    if how.resume {
        let (_, key, of_last) = last_run(out, shard)?;
        if key != setup.grading_key {
            bail!(
                "the checks, the libraries or the key have changed since the last run in {}; without --resume \
                 everything is graded anew",
                out.display()
            );
        }
        selection = of_last;
    }
    let without = selection.without_hand_in(hand_ins);
    if !without.is_empty() {
        tell(format_args!(
            "no hand-in in {} is of: {}",
            places.from.display(),
            without.join(", ")
        ));
    }
    let (journal, past) = Journal::open(&journal_file(out, shard))?;
    let grader = setup.grader(out, how.force);
    let run = Run {
        grader: &grader,
        hand_ins,
        from: &std::path::absolute(&places.from)?,
        selection,
        jobs: how.jobs.unwrap_or_else(cores),
        stopped: interrupt::happened,
    };
    let tally = run.go(&journal, &past, &Bar::default())?;
    let class = setup.collect(&grader.results, hand_ins)?;
    Ok(Graded {
        class,
        complete: tally.done == tally.selected,
        selected: tally.selected,
    })
}

/// As many hand-ins at a time as there are cores.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn journal_file(out: &Path, shard: Option<Shard>) -> PathBuf {
    out.join(match shard {
        Some(shard) => format!(".journal-{}.jsonl", shard.name()),
        None => ".journal.jsonl".into(),
    })
}

/// The folder, the grading key and the selection of the last run, when it did not come to its end.
fn last_run(out: &Path, shard: Option<Shard>) -> Result<(PathBuf, String, Selection), RunError> {
    let path = journal_file(out, shard);
    let nothing = |why| {
        Err(RunError::Resume(format!(
            "there is nothing to go on with in {}: {why}",
            out.display()
        )))
    };
    if !path.exists() {
        return nothing("no run has begun there");
    }
    let (_, past) = Journal::open(&path)?;
    match past.last {
        Some(_) if past.complete => nothing("the last run reached its end"),
        Some(Event::Begun {
            from,
            grading_key,
            selection,
            ..
        }) => Ok((from, grading_key, selection)),
        _ => nothing("no run has begun there"),
    }
}

/// Prints the class, as a table or as JSON.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn print(setup: &Setup, places: &Places, class: &Class, as_json: bool) -> Result<()> {
    if as_json {
        let document = json!({
            "assignment": setup.suite.assignment.id,
            "out": places.out,
            "complete": class.complete,
            "outdated": class.outdated,
            "hand_ins": class.rows,
        });
        let text = serde_json::to_string_pretty(&document).context("cannot write the table")?;
        say(text)?;
        return Ok(());
    }
    if class.rows.is_empty() {
        tell(format_args!(
            "there is no hand-in with a result in {}",
            places.from.display()
        ));
        return Ok(());
    }
    say(table::class(
        &class.rows,
        setup.suite.assignment.parts,
        width(),
    ))?;
    if class.outdated > 0 {
        say(format_args!(
            "\n{} results are of an earlier grading, with other checks, libraries or key: grade without a selection to \
             renew them",
            class.outdated
        ))?;
    }
    say(format_args!("\nresults in {}", places.out.display()))?;
    Ok(())
}
