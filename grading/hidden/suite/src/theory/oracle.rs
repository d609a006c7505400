//! Right answers beside those of another way.

use common::rng::Rng;
use common::theory::Exercise;

/// How many students' numbers are tried.
const STUDENTS: u64 = 50;

/// Compares a question's right answers with those of `oracle` for many students, to a share `relative` of each.
///
/// # Panics
/// When they differ.
pub fn agrees<E: Exercise, const N: usize>(
    right: impl Fn(&E) -> [f64; N],
    oracle: impl Fn(&E) -> [f64; N],
    relative: f64,
) {
    for seed in 0..STUDENTS {
        let exercise = E::draw(&mut Rng::new(seed));
        let (got, want) = (right(&exercise), oracle(&exercise));
        for (answer, (got, want)) in E::ANSWERS.iter().zip(got.iter().zip(want)) {
            let off = (got - want).abs();
            assert!(
                off <= relative * want.abs(),
                "{}: {got} is not {want}",
                answer.key
            );
        }
    }
}
