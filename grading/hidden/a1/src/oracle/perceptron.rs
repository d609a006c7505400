//! A1.1: the perceptron over vectors that end in the constant input 1.

use common::contract::a1::PerceptronFit;

/// `(x, 1)`.
pub fn with_one(x: &[f64]) -> Vec<f64> {
    let mut x = x.to_vec();
    x.push(1.0);
    x
}

/// The scalar product.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The plane after Rosenblatt's rule, with the bias as the last weight.
pub fn fit(
    points: &[Vec<f64>],
    labels: &[i32],
    order: &[usize],
    rate: f64,
    max_epochs: usize,
) -> PerceptronFit {
    let mut plane = vec![0.0; points[0].len() + 1];
    let mut counts = vec![];
    while counts.len() < max_epochs && counts.last() != Some(&0) {
        let mut count = 0;
        for &i in order {
            let y = f64::from(labels[i]);
            let x = with_one(&points[i]);
            if y * dot(&plane, &x) <= 0.0 {
                count += 1;
                for k in 0..plane.len() {
                    plane[k] += rate * y * x[k];
                }
            }
        }
        counts.push(count);
    }
    let converged = (counts.last() == Some(&0)).then_some(counts.len());
    let bias = plane.pop().unwrap_or(0.0);
    PerceptronFit {
        weights: plane,
        bias,
        mistakes_per_epoch: counts,
        converged,
    }
}

/// How many points are not strictly on their side of the plane.
pub fn training_errors(points: &[Vec<f64>], labels: &[i32], weights: &[f64], bias: f64) -> usize {
    let right = |(x, y): &(&Vec<f64>, &i32)| f64::from(**y) * (dot(x, weights) + bias) > 0.0;
    points.len() - points.iter().zip(labels).filter(right).count()
}

/// The margin of a plane and the radius of the points.
pub fn margin_and_radius(
    points: &[Vec<f64>],
    labels: &[i32],
    weights: &[f64],
    bias: f64,
) -> (f64, f64) {
    let mut plane = weights.to_vec();
    plane.push(bias);
    let size = dot(&plane, &plane).sqrt();
    let (mut margin, mut radius) = (f64::INFINITY, 0.0f64);
    for (x, y) in points.iter().zip(labels) {
        let x = with_one(x);
        margin = margin.min(f64::from(*y) * dot(&x, &plane) / size);
        radius = radius.max(dot(&x, &x).sqrt());
    }
    (margin, radius)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_point_is_learned_in_one_update() {
        let fit = fit(&[vec![2.0, -1.0]], &[-1], &[0], 0.5, 10);
        assert_eq!(
            (fit.weights, fit.bias, fit.mistakes_per_epoch, fit.converged),
            (vec![-1.0, 0.5], -0.5, vec![1, 0], Some(2))
        );
    }

    #[test]
    fn the_margin_of_a_point_is_its_distance() {
        // (3, 1) lies at (0 * 3 + 2 * 1 - 0) / |(0, 2, 0)| = 1 of the plane.
        let (margin, radius) = margin_and_radius(&[vec![3.0, 1.0]], &[1], &[0.0, 2.0], 0.0);
        assert_eq!(margin, 1.0);
        assert_eq!(radius, 11.0f64.sqrt());
    }
}
