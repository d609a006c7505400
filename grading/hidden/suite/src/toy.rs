//! A suite of two functions, to try the machinery on.

use common::check::{Assignment, Check, Part, Verdict, equal};
use common::contract::{Serve, Submission};
use common::rng::Rng;
use common::rules::{Item, Rule};
use common::theory::{Answer, Exercise, Question, decimal, fill};

use crate::theory::Solution;
use crate::{Alternative, Mutant, Shortcut, Suite};

common::contract! {
    /// Two functions.
    pub trait Arithmetic, table ArithmeticTable {
        /// `a + b`.
        fn add(a: f64, b: f64) -> f64;
        /// `-a`.
        fn negate(a: f64) -> f64;
    }
}

const REFERENCE: ArithmeticTable = ArithmeticTable {
    add: |a, b| a + b,
    negate: |a| -a,
};

const PARTS: &[Part] = &[Part {
    id: "A0.1",
    title: "Arithmetic",
    module: "arithmetic",
    points: 20,
    start: "Start with add.",
    hints: &[],
    hidden_checks: 4,
    forbidden: &[Rule {
        rule: "nothing of std::ops",
        instead: "use the operators",
        items: &[Item::Path("std::ops")],
    }],
}];

fn check(id: &'static str, run: fn(&Submission, &mut Rng) -> Verdict) -> Check {
    Check {
        id,
        part: "A0.1",
        points: 2,
        proves: "it works",
        hint: "look",
        run,
    }
}

fn mutant(id: &'static str, table: fn() -> Box<dyn Serve>) -> Mutant {
    Mutant {
        id,
        part: "A0.1",
        bug: "a bug",
        table,
    }
}

/// Two useful checks, one that kills nothing, one that refuses the reference under odd first draws;
/// two mutants that are noticed and one that is not; a shortcut.
pub fn suite() -> Suite {
    Suite {
        assignment: Assignment {
            id: "a0",
            package: "a0",
            title: "Arithmetic",
            parts: PARTS,
            checks: vec![check("arithmetic/add", |s, rng| {
                let (a, b) = (rng.unit(), rng.unit());
                equal(&s.add(a, b)?, &(a + b))
            })],
            table: || Box::new(REFERENCE),
            theory: vec![Question::of::<Halves>(), Question::of::<Count>()],
        },
        hidden: vec![
            check("arithmetic/negate", |s, _| equal(&s.negate(1.0)?, &-1.0)),
            check("arithmetic/idle", |s, _| equal(&s.add(0.0, 0.0)?, &0.0)),
            check("arithmetic/flaky", |_, rng| {
                equal(&(rng.next_u64() % 2), &0)
            }),
            check("arithmetic/broken", |s, _| {
                assert_eq!(s.negate(0.5), Ok(-0.5), "a check that panics");
                Ok(())
            }),
        ],
        mutants: vec![
            mutant("add/minus", || {
                Box::new(ArithmeticTable {
                    add: |a, b| a - b,
                    ..REFERENCE
                })
            }),
            mutant("negate/panics", || {
                Box::new(ArithmeticTable {
                    negate: |a| {
                        assert!(a < 1.0);
                        -a
                    },
                    ..REFERENCE
                })
            }),
            mutant("negate/only_the_broken_check_sees_it", || {
                Box::new(ArithmeticTable {
                    negate: |a| if a < 1.0 { a } else { -a },
                    ..REFERENCE
                })
            }),
        ],
        alternatives: vec![Alternative {
            id: "difference",
            table: || {
                Box::new(ArithmeticTable {
                    negate: |a| 0.0 - a,
                    ..REFERENCE
                })
            },
        }],
        solutions: solutions(),
        shortcuts: vec![Shortcut {
            id: "add/by_std",
            part: "A0.1",
            source: "fn add(a: f64, b: f64) -> f64 { std::ops::Add::add(a, b) }",
        }],
    }
}

/// A question with two answers.
pub struct Halves {
    pub a: f64,
}

impl Exercise for Halves {
    const ID: &'static str = "halves";
    const PART: &'static str = "A0.1";
    const TITLE: &'static str = "Halves";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("double", "$2 a$").unit("bit"),
        Answer::number("tenth", "a tenth of $a$"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        Self {
            a: decimal(rng, 1.0, 9.0, 3),
        }
    }

    fn text(&self) -> String {
        fill("$a = @a$", &[("a", &self.a)])
    }
}

/// A question with one answer.
pub struct Count;

impl Exercise for Count {
    const ID: &'static str = "count";
    const PART: &'static str = "A0.1";
    const TITLE: &'static str = "Count";
    const ANSWERS: &'static [Answer] = &[Answer::whole("n", "how many")];

    fn draw(_: &mut Rng) -> Self {
        Self
    }

    fn text(&self) -> String {
        "Count.".into()
    }
}

fn solutions() -> Vec<Solution> {
    vec![
        Solution::of(|halves: &Halves| [2.0 * halves.a, halves.a / 10.0])
            .mistake("not_doubled", |halves: &Halves| [Some(halves.a), None])
            .mistake("hundredth", |halves: &Halves| {
                [None, Some(halves.a / 100.0)]
            }),
        Solution::of(|_: &Count| [7.0])
            .mistake("from_zero", |_: &Count| [Some(6.0)])
            .mistake("not_whole", |_: &Count| [Some(7.001)]),
    ]
}
