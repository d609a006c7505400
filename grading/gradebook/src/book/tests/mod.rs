//! Scores of small classes, worked out by hand.

mod attempts;
mod decisions;
mod properties;

use super::*;
use crate::sample::{at, policy, roster, run};
use crate::summary::HandIn;

fn close(grade: Grade, share: f64) {
    let found = grade.share().expect("a known grade");
    assert!((found - share).abs() < 1e-12, "{found} is not {share}");
}

/// The book of student 1001 with these results of a1.
fn ada(more: &str, hand_ins: Vec<HandIn>) -> StudentBook {
    let events = Events {
        runs: vec![run(1, "a1", hand_ins)],
        as_of: at("2027-01-02T00:00:00Z"),
        ..Events::default()
    };
    let book = compute(&policy(more), &roster(), &events);
    book.student("1001").unwrap().clone()
}

fn chosen(book: &StudentBook, part: usize) -> (&str, u32) {
    let part = &book.assignments[0].parts[part];
    match &part.source {
        Source::HandIn(chosen) => (&chosen.hand_in, part.charge.unwrap().used),
        other => panic!("not a hand-in: {other:?}"),
    }
}
