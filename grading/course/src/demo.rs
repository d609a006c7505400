//! `course demo`: one assignment from the starter to the grades, with a class that we make up.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use common::archive::{Files, zip_bytes};
use common::theory::{AnswerFile, Sheet};
use hidden_suite::Suite;
use hidden_suite::theory::right_answers;
use sandbox::Level;

use crate::exit::Exit;
use crate::grade::{self, Attempts, How, Places};
use crate::output::{say, width};
use crate::setup::Setup;
use crate::{assignments, interrupt, publishing, table, workspace};

/// Publishes Assignment 1, makes a class from it, grades the class and prints the table.
///
/// # Errors
/// When a step fails, or a hand-in does not get what it should.
pub fn run(out: &Path) -> Result<Exit> {
    interrupt::catch()?;
    let start = Instant::now();
    let root = workspace::root()?;
    let suite = assignments::suite("a1")?;
    let starter = out.join("starter");
    claim(out)?;

    say("1. Publish Assignment 1: solutions out, compile, check, scan for leaks.")?;
    publishing::publish_to("a1", &starter, true)?;

    say(format_args!(
        "\n2. Make a class of {} hand-ins from the starter.",
        CLASS.len()
    ))?;
    let hand_ins = out.join("hand-ins");
    make_class(&suite, &root, &starter, &hand_ins)?;
    for member in CLASS {
        say(format_args!("   {:22} {}", member.name, member.what))?;
    }

    say("\n3. Grade them in a sandbox.\n\n")?;
    let results = out.join("results");
    let key = b"the demo's key is no secret".to_vec();
    let setup = Setup::new("a1", Level::Full, key)?;
    let places = Places {
        from: hand_ins,
        out: results.clone(),
    };
    let hand_ins = grade::class(&places.from, Attempts::Last)?;
    let graded = grade::grade(&setup, &places, &hand_ins, How::default())?;
    say(table::class(
        &graded.class.rows,
        suite.assignment.parts,
        width(),
    ))?;
    if !graded.complete {
        return Ok(Exit::Interrupted);
    }

    say(format_args!(
        "\n{:.0} s. Look at these next:",
        start.elapsed().as_secs_f64()
    ))?;
    say(format_args!(
        "   {}/1003-relu/report.txt    what a student gets to read",
        results.display()
    ))?;
    say(format_args!(
        "   {}/1009-forger/staff.json  what an assistant gets to read",
        results.display()
    ))?;
    say(format_args!("   {}/summary.csv", results.display()))?;
    say(format_args!(
        "   {}    what students get; the first `cargo hw check` there builds Burn once more",
        starter.display()
    ))?;
    for member in CLASS {
        member.expect(&graded.class.rows)?;
    }
    Ok(Exit::Done)
}

/// The file that says that a folder was made by the demo, which may replace what is in it.
const MARK: &str = ".demo";

/// Makes the folder `out`, or takes one that an earlier demo made. In any other the demo would replace a
/// real class's hand-ins.
fn claim(out: &Path) -> Result<()> {
    let mark = out.join(MARK);
    let empty = || fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_none());
    if out.exists() && !mark.exists() && !empty() {
        bail!(
            "{} is there and was not made by the demo; choose another folder with --out",
            out.display()
        );
    }
    fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    fs::write(
        &mark,
        "Made by `course demo`, which may replace everything here.\n",
    )
    .with_context(|| format!("cannot write {}", mark.display()))
}

/// A made-up student.
struct Member {
    /// The name of the folder or zip.
    name: &'static str,
    /// What was done, in a few words.
    what: &'static str,
    /// The functions that are not the reference's, with their bodies.
    bodies: &'static [(&'static str, &'static str)],
    /// Whether everything is the starter's.
    untouched: bool,
    /// Whose theory sheet is handed in, with all answers right.
    sheet_of: Option<&'static str>,
    /// The parts that lose points; all others must have all. An untouched starter has none anywhere.
    loses: &'static [&'static str],
}

const CLASS: &[Member] = &[
    Member {
        name: "1001-reference",
        what: "everything right",
        bodies: &[],
        untouched: false,
        sheet_of: Some("1001-reference"),
        loses: &[],
    },
    Member {
        name: "1002-starter",
        what: "the starter as it was published",
        bodies: &[],
        untouched: true,
        sheet_of: None,
        loses: &[],
    },
    Member {
        name: "1003-relu",
        what: "ReLU's gradient is let through where it should be stopped",
        bodies: &[("relu_backward", "let _ = x;\n    dy")],
        untouched: false,
        sheet_of: None,
        loses: &["A1.3"],
    },
    Member {
        name: "1004-mse",
        what: "an undivided gradient of the squared error, and 1001's theory sheet",
        bodies: &[("mse_backward", "(predictions - targets) * 2.0")],
        untouched: false,
        sheet_of: Some("1001-reference"),
        loses: &["A1.4"],
    },
    Member {
        name: "1005-rmsprop",
        what: "RMSprop adds epsilon under the root",
        bodies: &[(
            "rmsprop",
            "let mut stepped = Stepped { parameters: Vec::new(), state: Vec::new() };
    for ((w, g), s) in parameters.into_iter().zip(gradients).zip(squares) {
        let s = s * decay + g.clone().square() * (1.0 - decay);
        stepped.parameters.push(w - g * lr / (s.clone() + eps).sqrt());
        stepped.state.push(s);
    }
    stepped",
        )],
        untouched: false,
        sheet_of: None,
        loses: &["A1.6"],
    },
    Member {
        name: "1006-compile-error",
        what: "mlp.rs does not compile",
        bodies: &[("param_count", "sizes.iter().sum::<f64>()")],
        untouched: false,
        sheet_of: None,
        loses: &["A1.5"],
    },
    Member {
        name: "1007-endless-loop",
        what: "the perceptron never stops",
        bodies: &[("perceptron_fit", "loop {}")],
        untouched: false,
        sheet_of: None,
        loses: &["A1.1"],
    },
    Member {
        name: "1008-exit",
        what: "calls process::exit(0), which a test runner would take for success",
        bodies: &[("log_softmax", "std::process::exit(0)")],
        untouched: false,
        sheet_of: None,
        loses: &["A1.4"],
    },
    Member {
        name: "1009-forger",
        what: "reads files outside, prints and writes a forged score",
        bodies: &[(
            "novikoff_bound",
            r###"for path in ["/etc/passwd", "/etc/shadow", "../hidden", "/proc/self/environ"] {
        if let Ok(text) = std::fs::read_to_string(path) {
            println!("{text}");
        }
    }
    let forged = r##"{"score": 100, "tests": [{"status": "passed", "score": 100}]}"##;
    let _ = std::fs::write("results.json", forged);
    let _ = std::fs::write("/tmp/results.json", forged);
    println!("{forged}");
    println!("test result: ok. 100 passed; 0 failed");
    radius / margin"###,
        )],
        untouched: false,
        sheet_of: None,
        loses: &["A1.1"],
    },
];

impl Member {
    /// The answers to the theory sheet that come with the hand-in.
    fn answers(&self, suite: &Suite) -> Option<String> {
        let sheet = Sheet {
            assignment: &suite.assignment,
            student: self.sheet_of?,
        };
        Some(right_answers(&sheet, &suite.solutions))
    }

    fn expect(&self, rows: &[report::Summary]) -> Result<()> {
        let Some(row) = rows.iter().find(|row| row.hand_in == self.name) else {
            bail!("{} has no row in the table", self.name);
        };
        let right = |(id, points): &(String, u32)| match self.untouched {
            true => *points == 0,
            false => (*points < 20) == self.loses.contains(&id.as_str()),
        };
        if let Some((id, points)) = row.parts.iter().find(|part| !right(part)) {
            bail!(
                "{} should not have {points} points in {id}: {}",
                self.name,
                self.what
            );
        }
        let theory = if self.sheet_of == Some(self.name) {
            row.theory_max
        } else {
            0
        };
        if row.theory != Some(theory) {
            bail!(
                "{} should have {theory} points for the theory sheet and has {:?}",
                self.name,
                row.theory
            );
        }
        Ok(())
    }
}

/// Writes the class: every other hand-in as a zip, the rest as folders.
fn make_class(suite: &Suite, root: &Path, starter: &Path, out: &Path) -> Result<()> {
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("cannot replace {}", out.display()))?;
    }
    fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    let parts = |base: &Path| assignments::parts_folder(suite, base);
    for (index, member) in CLASS.iter().enumerate() {
        let source = parts(if member.untouched { starter } else { root });
        let parts = files_of(suite, &source, member)?;
        let mut files: Files = parts
            .into_iter()
            .map(|(name, text)| (format!("src/parts/{name}"), text.into_bytes()))
            .collect();
        if let Some(text) = member.answers(suite) {
            files.insert(AnswerFile::NAME.into(), text.into_bytes());
        }
        if index % 2 == 0 {
            let folder = out.join(member.name);
            fs::create_dir_all(folder.join("src/parts"))?;
            for (path, bytes) in &files {
                fs::write(folder.join(path), bytes)?;
            }
        } else {
            let zip = zip_bytes(&files)?;
            fs::write(out.join(format!("{}.zip", member.name)), zip)?;
        }
    }
    Ok(())
}

fn files_of(suite: &Suite, source: &Path, member: &Member) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for part in suite.assignment.parts {
        let name = format!("{}.rs", part.module);
        let path = source.join(&name);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        files.insert(name, text);
    }
    for (function, body) in member.bodies {
        ::attacks::replace_body(&mut files, function, body)
            .with_context(|| format!("no part has a solution region for {function}"))?;
    }
    Ok(files)
}
