//! The solutions of the theory sheet, one file per question, named as in the assignment.
//!
//! A solution sees the numbers of a question and nothing else. Its tests compute the same answers by
//! another way: Burn's autodiff, a simulation, or everything that can happen, one after the other.

mod alexnet_layers;
mod residual_block;

use hidden_suite::theory::Solution;

/// All solutions, in the order of the sheet.
pub fn solutions() -> Vec<Solution> {
    vec![alexnet_layers::solution(), residual_block::solution()]
}

/// Compares a question's right answers with those of `oracle` for many students.
#[cfg(test)]
fn agrees<E: common::theory::Exercise, const N: usize>(
    right: impl Fn(&E) -> [f64; N],
    oracle: impl Fn(&E) -> [f64; N],
    relative: f64,
) {
    for seed in 0..50 {
        let exercise = E::draw(&mut common::rng::Rng::new(seed));
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

#[cfg(test)]
mod tests {
    use super::*;
    use common::theory::Sheet;
    use hidden_suite::theory::prove;

    #[test]
    fn right_answers_get_everything_and_no_mistake_gets_anything() {
        let report = prove(&a2_cnn::assignment(), &solutions(), 300);
        assert!(report.is_clean(), "{report:#?}");
    }

    #[test]
    fn every_question_has_its_solution_in_the_order_of_the_sheet() {
        let assignment = a2_cnn::assignment();
        let questions: Vec<&str> = assignment.theory.iter().map(|q| q.id).collect();
        let solutions: Vec<&str> = solutions().iter().map(|s| s.question).collect();
        assert_eq!(questions, solutions);
    }

    #[test]
    fn no_answer_is_near_zero() {
        let assignment = a2_cnn::assignment();
        for student in (0..1000).map(|i| format!("s{i}")) {
            let sheet = Sheet {
                assignment: &assignment,
                student: &student,
            };
            for (question, solution) in assignment.theory.iter().zip(solutions()) {
                for (answer, right) in question.answers.iter().zip(solution.right(&sheet)) {
                    assert!(
                        right.is_finite() && right.abs() > 1e-3,
                        "{}.{} of {student} is {right}",
                        question.id,
                        answer.key
                    );
                }
            }
        }
    }
}
