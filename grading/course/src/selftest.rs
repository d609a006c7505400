//! `course selftest`: proof that the hidden checks are worth their points.

use anyhow::Result;
use hidden_suite::theory::TheoryReport;
use judge::{DriverLimits, Judge, Layer};
use serde_json::json;

use crate::exit::Exit;
use crate::{SelftestArgs, assignments, workspace};

/// Runs the checks on the reference, the starter and every mutant.
///
/// # Errors
/// When the grader's own side fails.
pub fn run(args: &SelftestArgs) -> Result<Exit> {
    let suite = assignments::suite(&args.assignment)?;
    let starter = starter_points(&suite)?;
    let report = hidden_suite::selftest(&suite, args.seeds);
    if args.json {
        let mut document = serde_json::to_value(&report)?;
        document["starter"] = json!({"score": starter});
        println!("{}", serde_json::to_string_pretty(&document)?);
    } else {
        print!("{}", text(&report, starter));
    }
    Ok(if report.is_clean() && starter == 0 {
        Exit::Done
    } else {
        Exit::FellShort
    })
}

/// The report as a person reads it: the kill matrix, then what is promised.
fn text(report: &hidden_suite::Report, starter: u32) -> String {
    let mut text = hidden_suite::render(report);
    text += "\n";
    for survivor in &report.mutants.survivors {
        text += &format!("survives          {survivor}\n");
    }
    for check in &report.idle_checks {
        text += &format!("kills nothing     {check}\n");
    }
    for reject in &report.false_rejects.rejected {
        text += &format!(
            "false reject      {} of {} (seed {}): {}\n",
            reject.check, reject.implementation, reject.seed, reject.message
        );
    }
    text += &format!(
        "reference         {} of {} points\n",
        report.reference.score, report.reference.max
    );
    for other in &report.alternatives {
        text += &format!(
            "another solution  {} of {} points ({})\n",
            other.score, report.reference.max, other.id
        );
    }
    text += &format!(
        "starter           {starter} of {} points\n",
        report.reference.max
    );
    text += &format!(
        "false rejects     {} in {} seeds\n",
        report.false_rejects.failures, report.false_rejects.seeds
    );
    text += &theory(&report.theory);
    text += &format!("time              {:.1} s\n", report.seconds);
    text
}

/// What was found about the theory sheet.
fn theory(report: &TheoryReport) -> String {
    let mut text = String::new();
    for answer in &report.refused {
        text += &format!("refused           the right {answer}\n");
    }
    for mistake in &report.mistakes.rewarded {
        text += &format!("gets a point      the mistake {mistake}\n");
    }
    for question in &report.thin {
        text += &format!("too few mistakes  {question}\n");
    }
    for answer in &report.idle {
        text += &format!("no mistake in     {answer}\n");
    }
    text + &format!(
        "theory            {} of {} points for right answers, {} for none, on {} students' sheets\n\
         theory mistakes   {} of {} get nothing on any of them\n",
        report.solved,
        report.max,
        report.empty,
        report.students,
        report.mistakes.refused,
        report.mistakes.total
    )
}

/// What the untouched starter gets, graded as a hand-in is.
fn starter_points(suite: &hidden_suite::Suite) -> Result<u32> {
    let root = workspace::root()?;
    let skeleton = assignments::skeleton(suite, &root)?;
    let layer = Layer::prepare(&root, &workspace::cache(&root))?;
    let launcher = sandbox::Launcher::current_exe()?;
    let files = skeleton
        .stubs
        .iter()
        .map(|(module, text)| (format!("{module}.rs"), text.clone()))
        .collect();
    let judge = Judge {
        suite,
        skeleton: &skeleton,
        layer: &layer,
        launcher: &launcher,
        level: sandbox::level(&launcher)?,
        limits: DriverLimits::default(),
    };
    let scratch = tempfile::tempdir()?;
    Ok(judge.grade(&files, 0, scratch.path())?.points())
}
