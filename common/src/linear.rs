//! Given: systems of linear equations, and eigenvalues, which Burn does not find.

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

/// The eigenvalues and eigenvectors of a symmetric matrix, by Jacobi's rotations, in double precision.
///
/// ```
/// use burn::tensor::Tensor;
/// use common::check::{Tolerance, close, tensor};
/// let (values, _) = common::linear::symmetric_eigen(tensor([[2.0, 1.0], [1.0, 2.0]]));
/// close(&values, &tensor([3.0, 1.0]), Tolerance::EXACT).unwrap();
/// ```
///
/// - `a`: `[m, m]`; what is above the diagonal counts.
/// - Gives the values `[m]`, the largest first, and the vectors `[m, m]`, one per column in the order of the values, of
///   length 1 and at right angles, with the device and the element type of `a`. A vector's sign is free.
///
/// Source: Golub & Van Loan, "Matrix computations" (2013), section 8.5.
///
/// # Panics
/// When `a` is not square.
#[must_use]
pub fn symmetric_eigen(a: Tensor<2>) -> (Tensor<1>, Tensor<2>) {
    let [m, columns] = a.dims();
    assert!(
        m == columns,
        "symmetric_eigen wants a of shape [m, m], and got {:?}",
        a.dims()
    );
    let elements: Vec<f64> = a.to_data().iter().collect();
    let mut matrix: Vec<Vec<f64>> = (0..m)
        .map(|i| (0..m).map(|j| elements[m * i.min(j) + i.max(j)]).collect())
        .collect();
    let mut vectors: Vec<Vec<f64>> = (0..m)
        .map(|i| (0..m).map(|j| f64::from(i == j)).collect())
        .collect();
    for _ in 0..SWEEPS {
        for p in 0..m {
            for q in p + 1..m {
                rotate(&mut matrix, &mut vectors, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..m).collect();
    order.sort_by(|&i, &j| matrix[j][j].total_cmp(&matrix[i][i]));
    let values: Vec<f64> = order.iter().map(|&i| matrix[i][i]).collect();
    let vectors: Vec<f64> = vectors
        .iter()
        .flat_map(|row| order.iter().map(|&i| row[i]))
        .collect();
    let like = (&a.device(), a.dtype());
    (
        Tensor::from_data(TensorData::new(values, [m]), like),
        Tensor::from_data(TensorData::new(vectors, [m, m]), like),
    )
}

/// Rounds over all pairs. They converge quadratically: matrices of a hundred rows take fewer than ten.
const SWEEPS: usize = 15;

/// Turns the axes `p < q` such that the matrix has a zero at `[p, q]`, and the vectors along.
fn rotate(matrix: &mut [Vec<f64>], vectors: &mut [Vec<f64>], p: usize, q: usize) {
    if matrix[p][q] == 0.0 {
        return;
    }
    // The tangent of the smaller of the two angles that do it.
    let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = tangent.hypot(1.0).recip();
    let sine = tangent * cosine;
    let turn = |a: f64, b: f64| (cosine * a - sine * b, sine * a + cosine * b);
    for row in matrix.iter_mut().chain(vectors) {
        (row[p], row[q]) = turn(row[p], row[q]);
    }
    let (above, below) = matrix.split_at_mut(q);
    for (a, b) in above[p].iter_mut().zip(&mut below[0]) {
        (*a, *b) = turn(*a, *b);
    }
    (matrix[p][q], matrix[q][p]) = (0.0, 0.0);
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

    #[test]
    fn eigenvectors_put_a_symmetric_matrix_together_again() {
        let mut rng = Rng::new(2);
        for m in [1, 2, 3, 7, 30] {
            let half: Tensor<2> = rng.normal_tensor([m, m]);
            let a = half.clone() + half.transpose();
            let (values, vectors) = symmetric_eigen(a.clone());
            let scaled = vectors.clone() * values.clone().unsqueeze();
            let again = scaled.matmul(vectors.clone().transpose());
            close(&again, &a, Tolerance::EXACT).unwrap();
            let eye = Tensor::<2>::eye(m, &a.device()).cast(DType::F64);
            let angles = vectors.clone().transpose().matmul(vectors);
            close(&angles, &eye, Tolerance::EXACT).unwrap();
            let values: Vec<f64> = values.into_data().iter().collect();
            assert!(values.is_sorted_by(|a, b| a >= b), "{values:?}");
        }
    }

    #[test]
    fn equal_and_zero_eigenvalues_are_found() {
        // 1 + 2 e e^T with e = (1, 1, 1): 7 along e, 1 across it. And a matrix of rank 0.
        let (values, _) =
            symmetric_eigen(tensor([[3.0, 2.0, 2.0], [2.0, 3.0, 2.0], [2.0, 2.0, 3.0]]));
        close(&values, &tensor([7.0, 1.0, 1.0]), Tolerance::EXACT).unwrap();
        let (values, vectors) = symmetric_eigen(tensor([[0.0, 0.0], [0.0, 0.0]]));
        close(&values, &tensor([0.0, 0.0]), Tolerance::EXACT).unwrap();
        close(
            &vectors,
            &tensor([[1.0, 0.0], [0.0, 1.0]]),
            Tolerance::EXACT,
        )
        .unwrap();
    }

    #[test]
    #[should_panic(expected = "got [1, 2]")]
    fn eigenvalues_of_a_matrix_that_is_not_square_are_refused() {
        let _ = symmetric_eigen(tensor([[1.0, 2.0]]));
    }
}
