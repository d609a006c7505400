//! `course bundle`: what another system needs to grade an assignment with this grader.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::ValueEnum;
use common::archive::zip_bytes;
use common::files::write_atomically;
use runs::Worklist;

use crate::exit::Exit;
use crate::grade::{self, Places};
use crate::output::{say, tell};
use crate::setup::{self, Setup};
use crate::{BundleArgs, assignments, workspace};

/// The other system.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// A zip to upload as an autograder.
    Gradescope,
    /// A manifest of an indexed job.
    Kubernetes,
}

/// How many hand-ins a pod grades: at least a minute's work, so that its start costs little.
const CHUNK: usize = 20;
/// The most indexes of a job whose failures Kubernetes counts one by one.
const MOST_PODS: usize = 10_000;

/// Writes the bundle.
///
/// # Errors
/// When the sources or the hand-ins cannot be read, or the bundle cannot be written.
pub fn run(args: &BundleArgs) -> Result<Exit> {
    match args.target {
        Target::Gradescope => gradescope(args),
        Target::Kubernetes => kubernetes(args),
    }
}

fn gradescope(args: &BundleArgs) -> Result<Exit> {
    let suite = assignments::suite(&args.assignment)?;
    let root = workspace::root()?;
    let mut files = publish::checkout(&root)?
        .into_iter()
        .map(|(path, bytes)| (format!("toolkit/{path}"), bytes))
        .collect::<common::archive::Files>();
    let key = setup::read_key(&setup::key_file(args.key.as_deref())?)?;
    files.insert("key".into(), key);
    files.insert("setup.sh".into(), SETUP.into());
    let run = RUN.replace("@ASSIGNMENT@", suite.assignment.id);
    files.insert("run_autograder".into(), run.into());
    let bytes = zip_bytes(&files).context("cannot pack the bundle")?;
    write(&args.out, &bytes)?;
    say(format_args!(
        "{}: {} files, {} KiB. It holds the hidden checks and the key: upload it as the autograder and show it to \
         nobody.",
        args.out.display(),
        files.len(),
        bytes.len() >> 10
    ))?;
    Ok(Exit::Done)
}

fn kubernetes(args: &BundleArgs) -> Result<Exit> {
    let key_file = setup::key_file(args.key.as_deref())?;
    let sandbox = args.sandbox;
    let setup = Setup::new(
        &args.assignment,
        sandbox.into(),
        setup::read_key(&key_file)?,
    )?;
    let places = Places::in_course(&args.assignment, args.from.clone(), args.results.clone())?;
    let hand_ins = grade::class(&places.from, args.attempts)?;
    if hand_ins.is_empty() {
        tell(format_args!(
            "there is no hand-in in {}",
            places.from.display()
        ));
        return Ok(Exit::Nothing);
    }
    fs::create_dir_all(&places.out)
        .with_context(|| format!("cannot create {}", places.out.display()))?;
    let names: Vec<String> = hand_ins.into_iter().map(|(name, _)| name).collect();
    let worklist = Worklist {
        schema: Worklist::SCHEMA,
        assignment: setup.suite.assignment.id.into(),
        from: fs::canonicalize(&places.from)?,
        out: fs::canonicalize(&places.out)?,
        key: key_file,
        sandbox: sandbox.word().into(),
        grading_key: setup.grading_key.clone(),
        force: false,
        chunks: Worklist::divide(&names, CHUNK, MOST_PODS),
    };
    let work = worklist.write()?;
    let program = std::env::current_exe()?;
    let manifest = JOB
        .replace("@ASSIGNMENT@", &worklist.assignment)
        .replace("@CHUNKS@", &worklist.chunks.len().to_string())
        .replace("@AT_A_TIME@", &worklist.chunks.len().min(8).to_string())
        .replace("@IMAGE@", &quoted(&args.image))
        .replace("@CLAIM@", &quoted(&args.claim))
        .replace(
            "@MOUNT@",
            &quoted(&workspace::course_folder()?.display().to_string()),
        )
        .replace("@PROGRAM@", &quoted(&program.display().to_string()))
        .replace("@WORK@", &quoted(&work.display().to_string()));
    write(&args.out, manifest.as_bytes())?;
    let counted = |n: usize, noun: &str| match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    };
    say(format_args!(
        "{}: {} in {}. When the job is complete: course collect --work {}",
        args.out.display(),
        counted(names.len(), "hand-in"),
        counted(worklist.chunks.len(), "pod"),
        work.display()
    ))?;
    Ok(Exit::Done)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomically(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// A text of YAML: a text of JSON is one.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Run once by Gradescope, when the image is built.
const SETUP: &str = r#"#!/usr/bin/env bash
# Builds the grader and its libraries into the image, so that grading needs no network.
set -euo pipefail
apt-get update
apt-get install -y --no-install-recommends ca-certificates curl gcc libc6-dev
if ! command -v cargo >/dev/null; then
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal
fi
. "$HOME/.cargo/env" 2>/dev/null || true
cd "$(dirname "$0")/toolkit"
cargo build --package course --package common
"#;

/// Run by Gradescope for each hand-in.
const RUN: &str = r#"#!/usr/bin/env bash
# Grades /autograder/submission; no results are written when the grader itself fails.
set -euo pipefail
base=${AUTOGRADER:-/autograder}
. "$HOME/.cargo/env" 2>/dev/null || true
cd "$base/source/toolkit"
export CARGO_NET_OFFLINE=true
mkdir -p "$base/results"
exec "${CARGO_TARGET_DIR:-target}/debug/course" gradescope @ASSIGNMENT@ \
    --submission "$base/submission" --metadata "$base/submission_metadata.json" \
    --key "$base/source/key" --results "$base/results/results.json"
"#;

const JOB: &str = r#"# Grades the chunks of a worklist. The volume holds the course's folder, the program and the toolchain, at the
# paths that they have where the worklist was written.
apiVersion: batch/v1
kind: Job
metadata:
  name: course-grade-@ASSIGNMENT@
spec:
  completionMode: Indexed
  completions: @CHUNKS@
  parallelism: @AT_A_TIME@
  backoffLimitPerIndex: 2
  podFailurePolicy:
    rules:
      # 75: the grader's own fault, which another try may mend. Anything else will not get better.
      - action: Count
        onExitCodes: { operator: In, values: [75] }
      - action: FailIndex
        onExitCodes: { operator: NotIn, values: [0, 75] }
  template:
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      containers:
        - name: grade
          image: @IMAGE@
          command: [@PROGRAM@, "grade-one", "--work", @WORK@]
          resources:
            requests: { cpu: "1", memory: 4Gi }
            limits: { memory: 6Gi }
          volumeMounts:
            - { name: course, mountPath: @MOUNT@ }
      volumes:
        - name: course
          persistentVolumeClaim: { claimName: @CLAIM@ }
"#;
