//! Given: systems of linear equations, which Burn does not solve.

use burn::tensor::{Tensor, TensorData};

/// The `x` with `a x = b`, by Gaussian elimination with row exchanges, in double precision.
///
/// ```
/// use burn::tensor::Tensor;
/// use common::check::{show, tensor};
/// let a: Tensor<2> = tensor([[2.0, 1.0], [1.0, 3.0]]);
/// let b: Tensor<2> = tensor([[5.0], [10.0]]);
/// assert_eq!(show(&common::linear::solve(a, b)), "[[1], [3]]");
/// ```
///
/// - `a`: `[m, m]`; `b`: `[m, k]`, one system per column.
/// - Gives `[m, k]`, with the device and the element type of `b`.
///
/// The relative error of `x` is near the condition number of `a` times 1e-16. Where `a` is singular but for
/// rounding, the answer is therefore of large numbers that mean nothing.
///
/// # Panics
/// When the shapes do not fit, or `a` is exactly singular.
#[must_use]
pub fn solve(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    let ([m, columns], [rows, k]) = (a.dims(), b.dims());
    assert!(
        m == columns && m == rows,
        "solve wants a of shape [m, m] and b of shape [m, k], and got {:?} and {:?}",
        a.dims(),
        b.dims()
    );
    let mut system = side_by_side(&a, &b);
    for i in 0..m {
        eliminate(&mut system, i);
    }
    for i in (0..m).rev() {
        substitute(&mut system, i);
    }
    let x = system.iter().flat_map(|row| &row[m..]).copied().collect();
    Tensor::from_data(TensorData::new(x, [m, k]), (&b.device(), b.dtype()))
}

/// The rows of `a`, each followed by that of `b`.
fn side_by_side(a: &Tensor<2>, b: &Tensor<2>) -> Vec<Vec<f64>> {
    let elements = |t: &Tensor<2>| t.to_data().iter::<f64>().collect::<Vec<f64>>();
    let (a_values, b_values) = (elements(a), elements(b));
    let ([m, _], [_, k]) = (a.dims(), b.dims());
    let row = |i: usize| [&a_values[m * i..][..m], &b_values[k * i..][..k]].concat();
    (0..m).map(row).collect()
}

/// Makes column `i` zero below row `i`, after the row with its largest element has come there.
fn eliminate(system: &mut [Vec<f64>], i: usize) {
    let size = |row: &usize| system[*row][i].abs();
    let largest = (i..system.len()).max_by(|a, b| size(a).total_cmp(&size(b)));
    system.swap(i, largest.unwrap_or(i));
    let (above, below) = system.split_at_mut(i + 1);
    let pivot = &above[i][i..];
    assert!(
        pivot[0] != 0.0,
        "solve: the matrix is singular, no row has a pivot for column {i}"
    );
    for row in below {
        subtract(&mut row[i..], pivot);
    }
}

/// Subtracts the multiple of `pivot` from `row` that makes its first element zero.
fn subtract(row: &mut [f64], pivot: &[f64]) {
    let factor = row[0] / pivot[0];
    for (element, pivot) in row.iter_mut().zip(pivot) {
        *element -= factor * pivot;
    }
}

/// Turns the right side of row `i` into the solution, when those below it are.
fn substitute(system: &mut [Vec<f64>], i: usize) {
    let m = system.len();
    let (above, below) = system.split_at_mut(i + 1);
    let (left, right) = above[i].split_at_mut(m);
    for (factor, solved) in left[i + 1..].iter().zip(below) {
        for (element, solved) in right.iter_mut().zip(&solved[m..]) {
            *element -= factor * solved;
        }
    }
    for element in right {
        *element /= left[i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Tolerance, close, tensor};
    use crate::rng::Rng;
    use burn::tensor::{DType, FloatDType};

    #[test]
    fn the_solution_of_random_systems_is_found() {
        let mut rng = Rng::new(1);
        for m in [1, 2, 5, 40] {
            // Far from singular: the diagonal outweighs the rest.
            let mut place = 0;
            let a = rng.tensor([m, m], |rng| {
                let on_diagonal = place % (m + 1) == 0;
                place += 1;
                rng.normal()
                    + if on_diagonal {
                        4.0 * (m as f64).sqrt()
                    } else {
                        0.0
                    }
            });
            let x = rng.normal_tensor([m, 3]);
            close(&solve(a.clone(), a.matmul(x.clone())), &x, Tolerance::EXACT).unwrap();
        }
    }

    #[test]
    fn rows_are_exchanged_where_a_pivot_is_zero_or_small() {
        let a = tensor([[0.0, 1.0, 0.0], [1e-20, 1.0, 1.0], [2.0, 0.0, 0.0]]);
        let x = tensor([[3.0], [4.0], [5.0]]);
        let b = a.clone().matmul(x.clone());
        close(&solve(a, b), &x, Tolerance::EXACT).unwrap();
    }

    #[test]
    fn the_element_type_stays_and_nothing_is_nothing() {
        let a: Tensor<2> = tensor([[4.0]]).cast(FloatDType::F32);
        assert_eq!(solve(a.clone(), a).dtype(), DType::F32);
        let empty = |columns| Rng::new(1).normal_tensor([0, columns]);
        assert_eq!(solve(empty(0), empty(2)).dims(), [0, 2]);
    }

    #[test]
    #[should_panic(expected = "singular")]
    fn a_singular_matrix_is_refused() {
        let _ = solve(tensor([[1.0, 2.0], [2.0, 4.0]]), tensor([[1.0], [1.0]]));
    }

    #[test]
    #[should_panic(expected = "got [2, 1] and [2, 1]")]
    fn a_matrix_that_is_not_square_is_refused() {
        let _ = solve(tensor([[1.0], [2.0]]), tensor([[1.0], [1.0]]));
    }
}
