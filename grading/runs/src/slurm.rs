//! A class as a Slurm job array: a task for each chunk of the [`Worklist`](crate::Worklist), and a job that
//! collects when all tasks went well.

use std::path::Path;
use std::process::Command;

use crate::RunError;

/// The most tasks of an array: the default of `MaxArraySize` is 1001.
pub const MOST_TASKS: usize = 1000;

/// What an assistant may ask of the cluster.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// More arguments of `sbatch`, such as `--partition=short`.
    pub arguments: Vec<String>,
    /// How many tasks may run at a time; as many as the cluster likes without.
    pub at_a_time: Option<usize>,
}

/// The two jobs of a submitted class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jobs {
    /// The array.
    pub array: String,
    /// The one that collects.
    pub collect: String,
}

/// Submits the chunks of `worklist` and the collecting job. `program` is this program.
///
/// # Errors
/// When `sbatch` is missing or refuses.
pub fn submit(
    program: &Path,
    worklist: &Path,
    tasks: usize,
    options: &Options,
) -> Result<Jobs, RunError> {
    let logs = worklist.with_file_name(".slurm");
    std::fs::create_dir_all(&logs).map_err(RunError::io("create", &logs))?;
    let limit = options.at_a_time.map_or(String::new(), |n| format!("%{n}"));
    let work = quoted(worklist);
    let program = quoted(program);
    let array = sbatch(
        &[
            format!("--array=0-{}{limit}", tasks.saturating_sub(1)),
            "--job-name=course-grade".into(),
            format!("--output={}/%A-%a.log", logs.display()),
        ],
        &options.arguments,
        &format!("exec {program} grade-one --work {work}"),
    )?;
    let collect = sbatch(
        &[
            format!("--dependency=afterok:{array}"),
            "--kill-on-invalid-dep=yes".into(),
            "--job-name=course-collect".into(),
            format!("--output={}/%j-collect.log", logs.display()),
        ],
        &options.arguments,
        &format!("exec {program} collect --work {work}"),
    )?;
    Ok(Jobs { array, collect })
}

/// How many of the jobs' tasks are not over yet.
///
/// # Errors
/// When `squeue` is missing or fails.
pub fn waiting(jobs: &Jobs) -> Result<usize, RunError> {
    let list = format!("{},{}", jobs.array, jobs.collect);
    let output =
        run(Command::new("squeue").args(["--noheader", "--array", "--format=%i", "--jobs", &list]));
    match output {
        Ok(text) => Ok(text.lines().filter(|line| !line.trim().is_empty()).count()),
        // Slurm forgets jobs some minutes after their end.
        Err(RunError::Cluster(why)) if why.contains("Invalid job id") => Ok(0),
        Err(error) => Err(error),
    }
}

fn sbatch(own: &[String], asked: &[String], command: &str) -> Result<String, RunError> {
    let id = run(Command::new("sbatch")
        .args(["--parsable", "--ntasks=1"])
        .args(own)
        .args(asked)
        .args(["--wrap", command]))?;
    // On a federation of clusters the name of the cluster follows.
    let id = id.trim().split(';').next().unwrap_or_default().to_owned();
    match id.is_empty() {
        false => Ok(id),
        true => Err(RunError::Cluster("sbatch gave no job number".into())),
    }
}

fn run(command: &mut Command) -> Result<String, RunError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| {
        RunError::Cluster(format!(
            "cannot run {name}: {error}; is this a machine of a Slurm cluster?"
        ))
    })?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(RunError::Cluster(format!("{name} failed: {}", why.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// For a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_of_the_shell() {
        let path = "/tmp/it's a $(folder) `with` \"all\"";
        let output = Command::new("sh")
            .args(["-c", &format!("printf %s {}", quoted(Path::new(path)))])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), path);
    }
}
