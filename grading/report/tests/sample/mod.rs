//! A class that is made up, written into a results folder as the grader writes it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use common::check::{Check, CheckResult, Failure, Kind, Part, Status};
use common::rules::{Rule, Scan, Violation};
use hidden_suite::theory::{AnswerPoint, Mark, QuestionPoints, TheoryPoints};
use judge::{Graded, PartScore, PartState};
use report::{Record, Summary, Timing, Verdict};

/// What the messages of hidden checks hold, and nothing for students may.
pub const SECRET: &str = "expected 526.8594295149858, secret";
/// The right answer to every question of the theory sheet.
pub const RIGHT_ANSWER: f64 = 4242.4242;

const TITLES: [(&str, &str); 12] = [
    ("perceptron", "The perceptron"),
    ("scalar_autodiff", "Reverse-mode autodiff of scalars"),
    ("tensor_layers", "Vector-Jacobian products by hand"),
    ("losses", "Losses, their gradients, metrics"),
    ("mlp", "The multi-layer perceptron"),
    ("optimisers", "From SGD to AdamW"),
    ("training", "Schedules, batches, the training loop"),
    ("regularisation", "Dropout, penalties, augmentation"),
    ("norms", "Batch, layer and RMS normalisation"),
    ("pretraining", "Layer-wise pre-training of 2006"),
    ("generalisation", "Bias, variance, double descent"),
    ("data_sets", "Readers, normalisation, splits"),
];
const CHECKS: [(&str, bool, u32); 8] = [
    ("values", false, 2),
    ("worked_example", false, 2),
    ("gradient", false, 2),
    ("shapes", true, 3),
    ("extreme_inputs", true, 3),
    ("double_precision", true, 4),
    ("permutation", true, 2),
    ("random_cotangent", true, 2),
];
const RULE: Rule = Rule {
    rule: "Burn's own softmax is not used in A1.4",
    instead: "write it with max_dim, exp, sum_dim and log",
    items: &[],
};

/// How a made-up hand-in ended.
#[derive(Clone)]
pub enum Outcome {
    /// Every check passes with this chance in a hundred; those of later parts less often.
    Chance(u64),
    /// As `Chance(100)`, but this part does not compile.
    DoesNotCompile(usize),
    /// As `Chance(100)`, but A1.4 breaks a rule.
    BreaksARule,
    Rejected(String),
    GraderError(String),
}

/// A made-up hand-in.
#[derive(Clone)]
pub struct HandIn {
    pub hand_in: String,
    pub student: String,
    pub attempt: Option<u32>,
    pub submitted_at: Option<String>,
    pub sha256: String,
    pub notices: Vec<String>,
    pub remarks: Vec<String>,
    pub outcome: Outcome,
}

impl HandIn {
    /// The hand-in of a student who gave it the name `name`.
    pub fn named(name: &str, outcome: Outcome) -> Self {
        Self {
            hand_in: name.into(),
            student: name.into(),
            attempt: None,
            submitted_at: None,
            sha256: common::files::sha256_hex(name.as_bytes()),
            notices: vec![],
            remarks: vec![],
            outcome,
        }
    }
}

/// A class of 62 hand-ins by 58 students, with something of everything.
pub fn class() -> Vec<HandIn> {
    let mut class = Vec::new();
    for index in 0..58_u64 {
        let student = format!("4012{:04}", 1003 + 37 * index);
        let attempts = if index % 15 == 7 { 2 } else { 1 };
        for attempt in 1..=attempts {
            let chance = 55 + (index * 29 + u64::from(attempt) * 11) % 46;
            let (day, hour) = (10 + index % 5, (index * 7) % 24);
            class.push(HandIn {
                hand_in: format!("{student}-{attempt}"),
                student: student.clone(),
                attempt: Some(attempt),
                submitted_at: Some(format!("2026-03-{day}T{hour:02}:{:02}:09Z", index % 60)),
                ..HandIn::named(&format!("{student}-{attempt}"), Outcome::Chance(chance))
            });
        }
    }
    let remark = "theory.toml: it holds the answers of \"40121003\", and this hand-in is of \
                  \"40121040\", whose numbers are others";
    class[1].remarks.push(remark.into());
    class[4].outcome = Outcome::DoesNotCompile(4);
    class[11].outcome = Outcome::BreaksARule;
    class[17].outcome = Outcome::Rejected("it is a RAR archive; hand in a zip".into());
    class[23].outcome = Outcome::GraderError("cannot write /tmp/driver: disk full".into());
    class[30].outcome = Outcome::Chance(0);
    class[41].sha256 = class[40].sha256.clone();
    class[41].outcome = class[40].outcome.clone();
    let notice = "3 files were ignored: Cargo.toml, build.rs, .cargo/config.toml";
    class[44].notices.push(notice.into());
    class[50]
        .notices
        .push("پوشه‌ی «تمرین ۱» باز شد: the folder was taken as the hand-in".into());
    class
}

/// Writes the results of `class` into `folder`, as `course grade` does.
pub fn write_class(folder: &Path, class: &[HandIn]) {
    let parts = parts();
    let rows: Vec<Summary> = class.iter().map(|one| write(folder, one, &parts)).collect();
    let document = serde_json::json!({
        "schema": 1,
        "assignment": "a1",
        "grading_key": "1afd68d6a2b0",
        "complete": true,
        "hand_ins": rows,
    });
    write_json(&folder.join("summary.json"), &document);
}

fn write_json(path: &Path, value: &serde_json::Value) {
    fs::write(path, serde_json::to_string_pretty(value).unwrap()).unwrap();
}

fn write(folder: &Path, one: &HandIn, parts: &[(&'static Part, Vec<Check>)]) -> Summary {
    let (graded, theory) = grade(one, parts);
    let verdict = match &one.outcome {
        Outcome::Rejected(why) => Verdict::Rejected(why),
        Outcome::GraderError(why) => Verdict::GraderError(why),
        _ => Verdict::Graded(&graded, &theory),
    };
    let no_files = matches!(one.outcome, Outcome::Rejected(_));
    let record = Record {
        assignment: "a1",
        hand_in: &one.hand_in,
        student: &one.student,
        attempt: one.attempt,
        submitted_at: one.submitted_at.as_deref(),
        sha256: if no_files { "" } else { &one.sha256 },
        key: "1afd68d6a2b0",
        sandbox: "full",
        notices: &one.notices,
        untouched: matches!(one.outcome, Outcome::Chance(0)),
        verdict,
    };
    let row = record.summary(240, 6);
    let timed = matches!(record.verdict, Verdict::Graded(..)).then_some(&graded);
    let folder = folder.join(&one.hand_in);
    fs::create_dir_all(&folder).unwrap();
    let timing = serde_json::to_value(Timing::new(0.001, timed)).unwrap();
    write_json(&folder.join("results.json"), &report::results_json(&record));
    fs::write(folder.join("report.txt"), report::report_text(&record)).unwrap();
    write_json(&folder.join("timing.json"), &timing);
    write_json(
        &folder.join("staff.json"),
        &report::staff_json(&record, &row),
    );
    row
}

/// The parts of the assignment with their checks. They live as long as the program, as real ones do.
fn parts() -> Vec<(&'static Part, Vec<Check>)> {
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let parts = TITLES.iter().enumerate().map(|(index, (module, title))| {
        let id = leak(format!("A1.{}", index + 1));
        let part: &'static Part = Box::leak(Box::new(Part {
            id,
            title,
            module,
            points: 20,
            start: "",
            hints: &[],
            hidden_checks: 5,
            forbidden: &[],
        }));
        let checks = CHECKS.iter().map(|(name, _, points)| Check {
            id: leak(format!("{module}/{name}")),
            part: id,
            points: *points,
            proves: "The loss is finite and right for every row.",
            hint: "Subtract the row's largest logit before exp.",
            run: |_, _| Ok(()),
        });
        (part, checks.collect())
    });
    parts.collect()
}

fn grade(one: &HandIn, parts: &[(&'static Part, Vec<Check>)]) -> (Graded, TheoryPoints) {
    let mut dice = Dice::of(&one.hand_in);
    let scores = parts.iter().enumerate().map(|(index, (part, checks))| {
        let fails = matches!(one.outcome, Outcome::DoesNotCompile(at) if at == index);
        let breaks = matches!(one.outcome, Outcome::BreaksARule) && index == 3;
        let chance = match one.outcome {
            Outcome::Chance(0) => 0,
            Outcome::Chance(chance) => (chance + 12).saturating_sub(2 * index as u64),
            _ => 100,
        };
        let checks = checks.iter().zip(CHECKS).map(|(check, (_, hidden, _))| {
            let status = if fails {
                let message = format!("{}.rs does not compile", part.module);
                failed(Kind::NotImplemented, message)
            } else {
                status(chance, hidden, &mut dice)
            };
            let result = CheckResult {
                check: *check,
                status,
                random: true,
                time: Duration::from_millis(5 + dice.below(90) * dice.below(12)),
            };
            (result, hidden)
        });
        PartScore {
            part,
            checks: checks.collect(),
            state: if fails {
                PartState::DoesNotCompile(COMPILER.into())
            } else {
                PartState::Compiled
            },
            scan: if breaks { broken() } else { Scan::default() },
        }
    });
    let parts: Vec<PartScore> = scores.collect();
    let graded = Graded {
        parts,
        compile_time: Duration::from_millis(1300 + dice.below(900)),
        check_time: Duration::from_millis(700 + dice.below(5000)),
    };
    (graded, theory(one, &mut dice))
}

const COMPILER: &str = "error[E0308]: mismatched types\n  --> src/parts/mlp.rs:16:5\n   |\n\
    16 |     sizes.iter().sum::<f64>()\n   |     ^^^^^^^^^^^^^^^^^^^^^^^^^ expected `usize`, found `f64`\n";

fn broken() -> Scan {
    Scan {
        violations: vec![Violation {
            file: "losses.rs".into(),
            line: 57,
            found: "`act::log_softmax`, which is `burn::tensor::activation::log_softmax`".into(),
            rule: RULE,
        }],
        unread: vec![],
    }
}

fn failed(kind: Kind, message: String) -> Status {
    Status::Failed(Failure { kind, message })
}

fn status(chance: u64, hidden: bool, dice: &mut Dice) -> Status {
    if chance == 0 {
        return failed(
            Kind::NotImplemented,
            "forward is not implemented yet".into(),
        );
    }
    // Hidden checks are harder.
    let chance = if hidden {
        chance.saturating_sub(8)
    } else {
        chance
    };
    if chance >= 92 || dice.below(100) < chance {
        return Status::Passed;
    }
    let kind = match dice.below(90) {
        0 => Kind::TimedOut,
        1 => Kind::Crashed,
        2 => Kind::Panicked,
        _ => Kind::Wrong,
    };
    let message = if hidden {
        format!("element [0, 3]: {SECRET}, got 22.95341868905 (25 of 42 elements differ)")
    } else {
        "relu_backward: element [0, 0]: expected 0, got 5\n  input: x [[-2, 0, 3]]".into()
    };
    failed(kind, message)
}

fn theory(one: &HandIn, dice: &mut Dice) -> TheoryPoints {
    let question = |id, title, keys: [&'static str; 3], dice: &mut Dice| QuestionPoints {
        id,
        part: "A1.1",
        title,
        answers: keys
            .map(|key| AnswerPoint {
                key,
                mark: match dice.below(5) {
                    0 => Mark::Wrong(0.25),
                    1 => Mark::Missing,
                    _ => Mark::Right,
                },
                expected: RIGHT_ANSWER,
            })
            .into(),
    };
    let bound = ["radius", "margin", "mistakes"];
    let steps = ["step1", "step2", "step3"];
    TheoryPoints {
        questions: vec![
            question(
                "perceptron_bound",
                "How many mistakes a perceptron can make",
                bound,
                dice,
            ),
            question("adam_steps", "Three steps of Adam", steps, dice),
        ],
        remarks: one.remarks.clone(),
    }
}

/// Numbers that look random and are those of a name.
struct Dice(u64);

impl Dice {
    fn of(name: &str) -> Self {
        let seed = name.bytes().fold(7, |seed: u64, byte| {
            seed.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        Self(seed | 1)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}
