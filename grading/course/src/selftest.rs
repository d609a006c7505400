//! `course selftest`: proof that the hidden checks are worth their points.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use hidden_suite::theory::TheoryReport;
use hidden_suite::{Right, RulesReport, Sources, Suite};
use judge::{DriverLimits, Judge, Layer};
use serde_json::json;

use crate::exit::Exit;
use crate::output::say;
use crate::{SelftestArgs, assignments, workspace};

/// Runs the checks on the reference, the starter and every mutant.
///
/// # Errors
/// When the grader's own side fails.
pub fn run(args: &SelftestArgs) -> Result<Exit> {
    let suite = assignments::suite(&args.assignment)?;
    let starter = starter_points(&suite)?;
    let report = hidden_suite::selftest(&suite, args.seeds);
    let rules = hidden_suite::prove_rules(&suite, &right_sources(&suite)?);
    if args.json {
        let mut document = serde_json::to_value(&report)?;
        document["rules"] = serde_json::to_value(&rules)?;
        document["starter"] = json!({"score": starter});
        say(serde_json::to_string_pretty(&document)?)?;
    } else {
        say(text(&report, &rules, starter))?;
    }
    Ok(if report.is_clean() && rules.is_clean() && starter == 0 {
        Exit::Done
    } else {
        Exit::FellShort
    })
}

/// The report as a person reads it: the kill matrix, then what is promised.
fn text(report: &hidden_suite::Report, rules: &RulesReport, starter: u32) -> String {
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
    for shortcut in &rules.missed {
        text += &format!("not forbidden     {shortcut}\n");
    }
    for rule in &rules.idle {
        text += &format!("forbids nothing   {rule}\n");
    }
    for place in &rules.false_alarms {
        text += &format!("false alarm       {place}\n");
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
    text += &format!(
        "shortcuts         {} of {} found, {} false alarms\n",
        rules.found,
        rules.total,
        rules.false_alarms.len()
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

/// The sources of all that is right: the reference, the starter, and the alternative.
fn right_sources(suite: &Suite) -> Result<Vec<Right>> {
    let root = workspace::root()?;
    let of = |read: &dyn Fn(&str) -> Result<String>| -> Result<Sources> {
        let parts = suite.assignment.parts.iter();
        parts
            .map(|part| {
                let name = format!("{}.rs", part.module);
                let text = read(&name)?;
                Ok((name, text))
            })
            .collect()
    };
    let in_folder = |folder: PathBuf| {
        of(&|name| {
            let path = folder.join(name);
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
        })
    };
    let skeleton = assignments::skeleton(suite, &root)?;
    let right = |name: &str, sources: Sources, alone: bool| Right {
        name: name.into(),
        sources,
        alone,
    };
    Ok(vec![
        right(
            "the reference",
            in_folder(assignments::parts_folder(suite, &root))?,
            false,
        ),
        right(
            "the alternative",
            in_folder(assignments::alternative_folder(suite, &root))?,
            true,
        ),
        right(
            "the starter",
            of(&|name| Ok(skeleton.stubs[name.trim_end_matches(".rs")].clone()))?,
            false,
        ),
    ])
}

/// What the untouched starter gets, graded as a hand-in is.
fn starter_points(suite: &Suite) -> Result<u32> {
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
