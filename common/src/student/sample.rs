//! An assignment of two parts for tests.

use std::collections::BTreeMap;

use crate::check::{Assignment, Check, Failure, Part, Verdict, equal};
use crate::contract::{Serve, Submission};
use crate::rng::Rng;
use crate::rules::{Item, Rule};
use crate::{assignment, contract};

contract! {
    /// S1.1
    pub trait Adding, table AddingTable {
        /// `a + b`
        fn add(a: f64, b: f64) -> f64;
        /// `a - b`
        fn subtract(a: f64, b: f64) -> f64;
    }
}

contract! {
    /// S1.2
    pub trait Doubling, table DoublingTable {
        /// `2 a`
        fn double(a: f64) -> f64;
    }
}

assignment! {
    /// Both parts.
    pub struct Sums {
        /// S1.1
        pub adding: AddingTable,
        /// S1.2
        pub doubling: DoublingTable,
    }
}

pub const PARTS: &[Part] = &[
    Part {
        id: "S1.1",
        title: "Adding and taking away",
        module: "adding",
        points: 20,
        start: "Open src/parts/adding.rs and write add.",
        hints: &["Addition has a symbol.", "It looks like a cross."],
        hidden_checks: 4,
        forbidden: &[Rule {
            rule: "no sums of std's",
            instead: "add the numbers yourself",
            items: &[Item::Path("std::ops::Add::add")],
        }],
    },
    Part {
        id: "S1.2",
        title: "Doubling",
        module: "doubling",
        points: 20,
        start: "Open src/parts/doubling.rs and write double.",
        hints: &[],
        hidden_checks: 2,
        forbidden: &[],
    },
];

/// The sample with one of the tables below.
pub fn assignment(table: fn() -> Box<dyn Serve>) -> Assignment {
    let check = |id, part, points, run| Check {
        id,
        part,
        points,
        proves: "The function gives what the handout's equation says.",
        hint: "Look at the sign.",
        run,
    };
    Assignment {
        id: "s1",
        package: "s1_sums",
        title: "Sums",
        parts: PARTS,
        checks: vec![
            check("adding/add", "S1.1", 2, adds),
            check("adding/subtract", "S1.1", 1, subtracts),
            check("doubling/double", "S1.2", 3, doubles),
        ],
        table,
        theory: Vec::new(),
    }
}

/// Sources in which S1.1 breaks its rule.
pub fn with_std_sums() -> BTreeMap<String, String> {
    let text = "use std::ops::Add;\npub fn add(a: f64, b: f64) -> f64 {\n    Add::add(a, b)\n}\n";
    BTreeMap::from([("adding.rs".into(), text.into())])
}

fn adds(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = submission.add(1.0, 2.0)?;
    equal(&got, &3.0).map_err(|failure| about("add", failure))
}

fn subtracts(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = submission.subtract(1.0, 2.0)?;
    equal(&got, &-1.0).map_err(|failure| about("subtract", failure))
}

fn doubles(submission: &Submission, rng: &mut Rng) -> Verdict {
    let a = rng.normal();
    equal(&submission.double(a)?, &(2.0 * a))
}

fn about(function: &str, failure: Failure) -> Failure {
    failure.about(function).on_input("a = 1, b = 2")
}

const RIGHT: Sums = Sums {
    adding: AddingTable {
        add: |a, b| a + b,
        subtract: |a, b| a - b,
    },
    doubling: DoublingTable { double: |a| a + a },
};

/// Every function is right.
pub fn right() -> Box<dyn Serve> {
    Box::new(RIGHT)
}

const STARTER: Sums = Sums {
    adding: AddingTable {
        add: |_, _| todo!("S1.1 add"),
        subtract: |_, _| todo!("S1.1 subtract"),
    },
    doubling: DoublingTable {
        double: |_| todo!("S1.2 double"),
    },
};

/// The starter.
pub fn starter() -> Box<dyn Serve> {
    Box::new(STARTER)
}

/// `add` is right, `subtract` gives a wrong sign, `double` is not written.
pub fn begun() -> Box<dyn Serve> {
    Box::new(Sums {
        adding: AddingTable {
            subtract: |a, b| b - a,
            ..RIGHT.adding
        },
        doubling: STARTER.doubling,
    })
}

/// `add` is right, the others are not written.
pub fn half() -> Box<dyn Serve> {
    Box::new(Sums {
        adding: AddingTable {
            subtract: |_, _| todo!("S1.1 subtract"),
            ..RIGHT.adding
        },
        doubling: STARTER.doubling,
    })
}

/// `double` is wrong, the others are not written.
pub fn elsewhere() -> Box<dyn Serve> {
    with_double(|a| a)
}

/// `double` is right, the others are not written.
pub fn doubled() -> Box<dyn Serve> {
    with_double(|a| a + a)
}

fn with_double(double: fn(f64) -> f64) -> Box<dyn Serve> {
    Box::new(Sums {
        doubling: DoublingTable { double },
        ..STARTER
    })
}

/// `add` never returns, the others are right.
pub fn stuck() -> Box<dyn Serve> {
    with_add(|_, _| {
        loop {
            std::thread::park();
        }
    })
}

/// `add` panics, the others are right.
pub fn panicking() -> Box<dyn Serve> {
    with_add(|_, _| panic!("no idea"))
}

fn with_add(add: fn(f64, f64) -> f64) -> Box<dyn Serve> {
    Box::new(Sums {
        adding: AddingTable {
            add,
            ..RIGHT.adding
        },
        ..RIGHT
    })
}

#[test]
fn every_part_has_its_functions() {
    let modules: Vec<&str> = Sums::FUNCTIONS.iter().map(|(module, _)| *module).collect();
    assert_eq!(
        modules,
        PARTS.iter().map(|part| part.module).collect::<Vec<_>>()
    );
}
