//! Grading on a cluster: `grade --engine slurm` submits, `grade-one` works, `collect` gathers.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use judge::JudgeError;
use runs::slurm::{self, Jobs, MOST_TASKS};
use runs::{Journal, Lock, Results, Run, RunError, Selection, Worklist};
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::grade::{self, Attempts, Graded, Places};
use crate::output::tell;
use crate::setup::{self, Setup};
use crate::{CollectArgs, GradeArgs, GradeOneArgs, Sandbox, interrupt};

/// The submitted jobs, in the folder of the results, so that the same command finds them again.
const JOBS: &str = ".slurm-jobs.json";
/// Between two looks at the queue.
const LOOK: Duration = Duration::from_secs(2);

#[derive(Serialize, Deserialize)]
struct Submitted {
    array: String,
    collect: String,
}

/// Submits a class to Slurm, waits until it is graded, and prints it. When it was submitted already, only waits.
///
/// # Errors
/// When the cluster refuses, or something cannot be read or written.
pub fn grade(args: &GradeArgs, places: &Places) -> Result<Exit> {
    let key_file = setup::key_file(args.key.as_deref())?;
    let hand_ins = grade::class(&places.from, args.attempts)?;
    let setup = Setup::new(
        &args.assignment,
        args.sandbox.into(),
        setup::read_key(&key_file)?,
    )?;
    fs::create_dir_all(&places.out)
        .with_context(|| format!("cannot create {}", places.out.display()))?;
    let out = fs::canonicalize(&places.out)?;
    let jobs = match submitted(&out)? {
        Some(jobs) => {
            tell(format_args!(
                "job {} is under way already; waiting for it",
                jobs.array
            ));
            jobs
        }
        None => {
            let names: Vec<String> = hand_ins.iter().map(|(name, _)| name.clone()).collect();
            let worklist = Worklist {
                schema: Worklist::SCHEMA,
                assignment: setup.suite.assignment.id.into(),
                from: fs::canonicalize(&places.from)?,
                out: out.clone(),
                key: key_file,
                sandbox: args.sandbox.word().into(),
                grading_key: setup.grading_key.clone(),
                force: args.force,
                chunks: Worklist::divide(&names, args.chunk, MOST_TASKS),
            };
            if worklist.chunks.is_empty() {
                tell(format_args!(
                    "there is no hand-in in {}",
                    places.from.display()
                ));
                return Ok(Exit::Nothing);
            }
            submit(&worklist, args)?
        }
    };
    if !wait(&jobs, hand_ins.len(), &out)? {
        tell(format_args!(
            "job {} goes on without this command; give it again to wait for it",
            jobs.array
        ));
        return Ok(Exit::Interrupted);
    }
    let _ = fs::remove_file(out.join(JOBS));
    let _lock = Lock::whole(&out)?;
    let class = setup.collect(&Results::new(&out), &hand_ins)?;
    grade::print(&setup, places, &class, args.json)?;
    if !class.complete {
        tell(format_args!(
            "some hand-ins have no result; the logs are in {}",
            out.join(".slurm").display()
        ));
    }
    let graded = Graded {
        complete: class.complete,
        selected: hand_ins.len(),
        class,
    };
    Ok(graded.exit())
}

fn submit(worklist: &Worklist, args: &GradeArgs) -> Result<Jobs> {
    let path = worklist.write()?;
    let options = slurm::Options {
        arguments: args.sbatch.clone(),
        at_a_time: args.jobs,
    };
    let program = std::env::current_exe()?;
    let jobs = slurm::submit(&program, &path, worklist.chunks.len(), &options)?;
    let text = serde_json::to_vec(&Submitted {
        array: jobs.array.clone(),
        collect: jobs.collect.clone(),
    })?;
    common::files::write_atomically(&worklist.out.join(JOBS), &text)?;
    tell(format_args!(
        "submitted job {} with {} tasks, and {} to collect",
        jobs.array,
        worklist.chunks.len(),
        jobs.collect
    ));
    Ok(jobs)
}

/// The jobs of an earlier command that are not over.
fn submitted(out: &Path) -> Result<Option<Jobs>> {
    let Ok(text) = fs::read(out.join(JOBS)) else {
        return Ok(None);
    };
    let Ok(Submitted { array, collect }) = serde_json::from_slice(&text) else {
        return Ok(None);
    };
    let jobs = Jobs { array, collect };
    Ok((slurm::waiting(&jobs)? > 0).then_some(jobs))
}

/// Waits for the jobs; `false` after Ctrl-C.
fn wait(jobs: &Jobs, total: usize, out: &Path) -> Result<bool> {
    let mut said = usize::MAX;
    loop {
        if interrupt::happened() {
            return Ok(false);
        }
        let waiting = slurm::waiting(jobs)?;
        if waiting == 0 {
            return Ok(true);
        }
        if waiting != said {
            said = waiting;
            let done = fs::read_dir(out)?
                .flatten()
                .filter(|entry| entry.path().join("staff.json").exists());
            tell(format_args!(
                "{} of {total} hand-ins have results; {waiting} tasks to go",
                done.count()
            ));
        }
        std::thread::sleep(LOOK);
    }
}

/// Grades one chunk of a worklist. It may be called any number of times, by any number of machines.
///
/// # Errors
/// When the worklist does not fit this program, or something cannot be read or written.
pub fn grade_one(args: &GradeOneArgs) -> Result<Exit> {
    interrupt::catch()?;
    let index = chunk(args)?;
    match work(&args.work, index) {
        Ok(exit) => Ok(exit),
        // What another try on another machine may mend.
        Err(error) if error.is::<RunError>() || error.is::<JudgeError>() => {
            tell(format_args!("error: {}", common::error::sentence(&error)));
            Ok(Exit::TryAgain)
        }
        Err(error) => Err(error),
    }
}

/// Which chunk: as the argument says, else as Slurm or Kubernetes numbers this task.
fn chunk(args: &GradeOneArgs) -> Result<usize> {
    if let Some(chunk) = args.chunk {
        return Ok(chunk);
    }
    let numbers = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"];
    let number = numbers.iter().find_map(|name| std::env::var(name).ok());
    let number = number.with_context(|| {
        format!(
            "which chunk? Give --chunk, or run this as a task of an array, which sets {}",
            numbers.join(" or ")
        )
    })?;
    number
        .parse()
        .with_context(|| format!("the number of this task, {number:?}, is none"))
}

fn work(path: &Path, index: usize) -> Result<Exit> {
    let list = Worklist::read(path)?;
    let chunk = list.chunk(index)?;
    let setup = setup_of(&list)?;
    let wanted: Vec<_> = grade::class(&list.from, Attempts::All)?
        .into_iter()
        .filter(|(name, _)| chunk.contains(name))
        .collect();
    anyhow::ensure!(
        wanted.len() == chunk.len(),
        "hand-ins are gone from {} since the class was submitted; submit it again",
        list.from.display()
    );
    let share = format!("chunk-{index}");
    let _lock = Lock::share(&list.out, &share)?;
    let (journal, past) = Journal::open(&list.out.join(format!(".journal-{share}.jsonl")))?;
    let run = Run {
        grader: &setup.grader(&list.out, list.force),
        hand_ins: &wanted,
        from: &list.from,
        selection: Selection::default(),
        jobs: std::env::var("SLURM_CPUS_PER_TASK").map_or(1, |n| n.parse().unwrap_or(1)),
        stopped: interrupt::happened,
    };
    let tally = run.go(&journal, &past, &())?;
    tell(format_args!(
        "chunk {index}: {} of {} hand-ins, {} from the store",
        tally.done, tally.selected, tally.stored
    ));
    Ok(
        match tally.done == tally.selected && tally.grader_errors == 0 {
            true => Exit::Done,
            false => Exit::TryAgain,
        },
    )
}

fn setup_of(list: &Worklist) -> Result<Setup> {
    let sandbox = <Sandbox as clap::ValueEnum>::from_str(&list.sandbox, true)
        .map_err(|why| anyhow::anyhow!("the worklist asks for the sandbox {why}"))?;
    let setup = Setup::new(
        &list.assignment,
        sandbox.into(),
        setup::read_key(&list.key)?,
    )?;
    anyhow::ensure!(
        setup.grading_key == list.grading_key,
        "this machine would grade otherwise than the one that submitted the class: another program, libraries, or \
         key; build them once on the shared file system and submit again"
    );
    Ok(setup)
}

/// Makes the class's summary of the results that workers or shards left.
///
/// # Errors
/// When something cannot be read or written.
pub fn collect_class(args: &CollectArgs) -> Result<Exit> {
    let list = Worklist::read(&args.work)?;
    let setup = setup_of(&list)?;
    let _lock = Lock::whole(&list.out)?;
    let all: Vec<&String> = list.chunks.iter().flatten().collect();
    let hand_ins: Vec<_> = grade::class(&list.from, Attempts::All)?
        .into_iter()
        .filter(|(name, _)| all.contains(&name))
        .collect();
    let class = setup.collect(&Results::new(&list.out), &hand_ins)?;
    let places = Places {
        from: list.from,
        out: list.out,
    };
    grade::print(&setup, &places, &class, args.json)?;
    let graded = Graded {
        complete: class.complete,
        selected: hand_ins.len(),
        class,
    };
    Ok(graded.exit())
}
