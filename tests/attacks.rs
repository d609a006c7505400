//! The attacks, as root or whoever runs the tests, and as a user without any privilege.

mod support;

use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use support::{json, printed, root, target};

/// One after the other: each takes all cores, and some attacks are about time.
static TURN: Mutex<()> = Mutex::new(());

const ATTACKS: [&str; 4] = ["selftest", "a1", "--attacks", "--json"];

/// What went wrong, a line each.
fn wrong(output: &Output) -> Vec<String> {
    let report = json(output);
    let outcomes = report["outcomes"].as_array().expect("outcomes");
    assert!(outcomes.len() >= 80, "only {} attacks", outcomes.len());
    let wrong = outcomes
        .iter()
        .filter(|outcome| !outcome["wrong"].is_null());
    let harm = report["harm"].as_array().expect("harm").iter();
    let wrong = wrong.map(|outcome| format!("{}: {}", outcome["name"], outcome["wrong"]));
    wrong.chain(harm.map(ToString::to_string)).collect()
}

#[test]
fn no_attack_gains_or_harms_anything() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let output = support::course(&ATTACKS);
    assert!(output.status.success(), "{}", printed(&output));
    assert_eq!(wrong(&output), [""; 0]);
}

#[test]
fn nor_where_the_grader_is_an_ordinary_user() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let output = Command::new(root().join("tests/ordinary_user.sh"))
        .arg(env!("CARGO_BIN_EXE_course"))
        .args(ATTACKS)
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target())
        .output()
        .expect("the script starts");
    if output.status.code() == Some(77) {
        println!("skipped: {}", printed(&output));
        return;
    }
    assert!(output.status.success(), "{}", printed(&output));
    assert_eq!(wrong(&output), [""; 0]);
}
