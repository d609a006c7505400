//! A1.1 over a plane whose bias comes first.

use common::contract::a1::*;

pub fn table() -> PerceptronTable {
    PerceptronTable {
        perceptron_fit,
        perceptron_predict: |points, weights, bias| {
            points.iter().map(|x| class(x, &weights, bias)).collect()
        },
        margin_and_radius,
        novikoff_bound: |radius, margin| radius * radius / (margin * margin),
    }
}

fn class(x: &[f64], weights: &[f64], bias: f64) -> i32 {
    let mut score = bias;
    for k in (0..x.len()).rev() {
        score += x[k] * weights[k];
    }
    if score > 0.0 { 1 } else { -1 }
}

fn perceptron_fit(
    points: Vec<Vec<f64>>,
    labels: Vec<i32>,
    order: Vec<usize>,
    rate: f64,
    max_epochs: usize,
) -> PerceptronFit {
    let d = points[0].len();
    let mut plane = vec![0.0; d + 1]; // the bias first
    let mut mistakes_per_epoch = vec![];
    loop {
        if mistakes_per_epoch.last() == Some(&0) || mistakes_per_epoch.len() == max_epochs {
            break;
        }
        mistakes_per_epoch.push(0);
        for i in &order {
            let y = f64::from(labels[*i]);
            let score = plane[0] + (0..d).map(|k| plane[k + 1] * points[*i][k]).sum::<f64>();
            if score * y > 0.0 {
                continue;
            }
            *mistakes_per_epoch.last_mut().unwrap() += 1;
            plane[0] += y * rate;
            for k in 0..d {
                plane[k + 1] += points[*i][k] * y * rate;
            }
        }
    }
    let converged = match mistakes_per_epoch.last() {
        Some(0) => Some(mistakes_per_epoch.len()),
        _ => None,
    };
    PerceptronFit {
        weights: plane[1..].to_vec(),
        bias: plane[0],
        mistakes_per_epoch,
        converged,
    }
}

fn margin_and_radius(
    points: Vec<Vec<f64>>,
    labels: Vec<i32>,
    weights: Vec<f64>,
    bias: f64,
) -> MarginAndRadius {
    let size = weights.iter().fold(bias * bias, |s, w| s + w * w).sqrt();
    let mut margins: Vec<f64> = points
        .iter()
        .zip(&labels)
        .map(|(x, y)| {
            let score: f64 = x.iter().zip(&weights).map(|(x, w)| x * (w / size)).sum();
            f64::from(*y) * (score + bias / size)
        })
        .collect();
    margins.sort_by(f64::total_cmp);
    let squares = points
        .iter()
        .map(|x| x.iter().map(|x| x * x).sum::<f64>() + 1.0);
    MarginAndRadius {
        margin: margins[0],
        radius: squares.fold(0.0, f64::max).sqrt(),
    }
}
