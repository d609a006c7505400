//! `course selftest --attacks`: a class of hostile and clumsy hand-ins, graded as any other.

use std::collections::BTreeMap;
use std::fs;

use ::attacks::{Bench, CATALOGUE, Outcome, Proof, Report};
use anyhow::{Context, Result, bail};
use comfy_table::{CellAlignment, Table, presets};
use sandbox::Level;

use crate::exit::Exit;
use crate::grade::{self, Attempts, How, Places};
use crate::output::say;
use crate::setup::Setup;
use crate::{SelftestArgs, assignments, interrupt, workspace};

/// The assignment that the fixtures are written against.
const AGAINST: &str = "a1";

/// Grades the class of all attacks and prints what came of each.
///
/// # Errors
/// When the grader cannot be set up, or a fixture is not as it should be.
pub fn run(args: &SelftestArgs) -> Result<Exit> {
    interrupt::catch()?;
    if !args.assignment.eq_ignore_ascii_case(AGAINST) {
        bail!("the attacks are written against {AGAINST}: `course selftest {AGAINST} --attacks`");
    }
    let root = workspace::root()?;
    let setup = Setup::new(
        AGAINST,
        Level::Full,
        b"the attacks' key is no secret".to_vec(),
    )?;
    let parts = assignments::parts_folder(&setup.suite, &root);
    let skeleton = assignments::skeleton(&setup.suite, &root)?;
    let mut reference = BTreeMap::new();
    let mut starter = BTreeMap::new();
    for part in setup.suite.assignment.parts {
        let name = format!("{}.rs", part.module);
        let path = parts.join(&name);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        reference.insert(name.clone(), text);
        starter.insert(name, skeleton.stubs[part.module].clone());
    }
    let bench = Bench::new(&root.join("grading/attacks/fixtures"), &reference, &starter)?;
    let places = Places {
        from: bench.hand_ins(),
        out: bench.results(),
    };
    let hand_ins = grade::class(&places.from, Attempts::All)?;
    let graded = grade::grade(&setup, &places, &hand_ins, How::default())?;
    if !graded.complete {
        return Ok(Exit::Interrupted);
    }
    let points = setup
        .suite
        .assignment
        .parts
        .first()
        .map_or(0, |part| part.points);
    let report = bench.judge(&graded.class.rows, points);
    if args.json {
        say(serde_json::to_string_pretty(&report)?)?;
    } else {
        say(text(&report))?;
    }
    Ok(match report.is_clean() {
        true => Exit::Done,
        false => Exit::FellShort,
    })
}

/// The catalogue with what stood against each item, then what went wrong.
fn text(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(["item", "what is tried", "by", "seconds"]);
    for item in CATALOGUE {
        let tried: Vec<&Outcome> = report
            .outcomes
            .iter()
            .filter(|outcome| outcome.catalogue.contains(&item.number))
            .collect();
        let fixtures = tried.iter().map(|outcome| match outcome.wrong {
            None => outcome.name.clone(),
            Some(_) => format!("{} FAILS", outcome.name),
        });
        let proofs = item.proofs.iter().map(|proof| match proof {
            Proof::Test(_, function) => format!("test {function}"),
            Proof::Afterwards(what) => (*what).to_string(),
        });
        let by: Vec<String> = fixtures.chain(proofs).collect();
        let seconds = tried
            .iter()
            .map(|outcome| outcome.seconds)
            .fold(0.0, f64::max);
        let seconds = if tried.is_empty() {
            String::new()
        } else {
            format!("{seconds:.1}")
        };
        table.add_row([
            item.number.to_string(),
            item.what.to_string(),
            by.join("\n"),
            seconds,
        ]);
    }
    for column in [0, 3] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = format!("{table}\n\n");
    for outcome in &report.outcomes {
        if let Some(wrong) = &outcome.wrong {
            text += &format!("{} ({}): {wrong}\n", outcome.name, outcome.what);
        }
    }
    for harm in &report.harm {
        text += &format!("harm: {harm}\n");
    }
    let right = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.wrong.is_none())
        .count();
    text + &format!(
        "{right} of {} attacks ended as they must\n",
        report.outcomes.len()
    )
}
