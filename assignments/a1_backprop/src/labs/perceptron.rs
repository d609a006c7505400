//! `train perceptron`: the plane that your perceptron learns, epoch by epoch, and XOR, which it cannot.

use anyhow::bail;
use common::contract::a1::PerceptronFit;
use common::plot::{Mark, Plane, on_grid, planes};
use common::rng::Rng;
use common::train::{Lab, LabOptions};

use super::students::students;
use crate::parts::perceptron::{
    margin_and_radius, novikoff_bound, perceptron_fit, perceptron_predict,
};

/// The lab.
pub const LAB: Lab = Lab {
    name: "perceptron",
    about: "separable points without a mistake, within Novikoff's bound; and XOR, which must fail",
    run,
};

const POINTS: usize = 60;
/// How near to the line between the classes a point may be: of the separable ones, and of XOR.
const NEAR: [f64; 2] = [0.03, 0.1];
const EPOCHS: usize = 100;
/// How many epochs are drawn of each set.
const SHOWN: usize = 6;
/// The points lie between -1 and 1.
const RANGE: (f64, f64) = (-1.2, 1.2);
const CELLS: usize = 80;

fn run(options: &LabOptions) -> anyhow::Result<()> {
    println!(
        "target: {POINTS} separable points learned within Novikoff's bound; XOR with mistakes to the end"
    );
    if let Some(data) = &options.data {
        bail!("the lab perceptron makes its own points: leave out --data {data}");
    }
    let epochs = options.epochs.unwrap_or(EPOCHS);
    let rate = options.lr.unwrap_or(1.0);
    let mut rng = Rng::named(options.seed, "points");
    let (separable, line, offset) = Set::separable(&mut rng);
    let xor = Set::xor(&mut rng);

    let bound = students(|| {
        let Set { points, labels, .. } = separable.clone();
        let known = margin_and_radius(points, labels, line.to_vec(), offset);
        novikoff_bound(known.radius, known.margin)
    })?;
    let fit = separable.fit(rate, epochs)?;
    let mistakes: usize = fit.mistakes_per_epoch.iter().sum();
    println!(
        "separable: {}, {mistakes} mistakes; the bound is {bound:.0}",
        ended(&fit)
    );
    let never = xor.fit(rate, epochs)?;
    println!(
        "XOR: {}, {} mistakes in the last one",
        ended(&never),
        last(&never)
    );

    let mut pictures = separable.pictures(rate, &fit)?;
    pictures.extend(xor.pictures(rate, &never)?);
    let title = "The perceptron: separable points above, XOR below (ringed: on the wrong side after the epoch)";
    planes(title, &pictures, SHOWN)?.save(options.out.join("boundary"))?;
    println!("in {}: boundary (.png and .svg)", options.out.display());

    let learned = fit.converged.is_some() && mistakes as f64 <= bound;
    let failed = never.converged.is_none() && last(&never) > 0;
    let is = if learned && failed { "is" } else { "is not" };
    println!(
        "{mistakes} mistakes where {bound:.0} are allowed, {} in XOR's last epoch; the target {is} reached",
        last(&never)
    );
    Ok(())
}

fn ended(fit: &PerceptronFit) -> String {
    match fit.converged {
        Some(epochs) => format!("converged after {epochs} epochs"),
        None => format!("not converged in {} epochs", fit.mistakes_per_epoch.len()),
    }
}

fn last(fit: &PerceptronFit) -> usize {
    fit.mistakes_per_epoch.last().copied().unwrap_or(0)
}

/// Labelled points and the order in which they are visited.
#[derive(Clone)]
struct Set {
    points: Vec<Vec<f64>>,
    labels: Vec<i32>,
    order: Vec<usize>,
}

impl Set {
    /// Points on both sides of a line, its normal vector and its offset.
    fn separable(rng: &mut Rng) -> (Self, [f64; 2], f64) {
        let angle = rng.uniform(0.0, std::f64::consts::TAU);
        let (line, offset) = ([angle.cos(), angle.sin()], rng.uniform(-0.4, 0.4));
        let set = Self::drawn(rng, |x, y| {
            let distance = line[0] * x + line[1] * y + offset;
            (distance.abs() > NEAR[0]).then_some(distance)
        });
        (set, line, offset)
    }

    /// Points in the four quadrants, opposite ones of the same class.
    fn xor(rng: &mut Rng) -> Self {
        Self::drawn(rng, |x, y| {
            (x.abs().min(y.abs()) > NEAR[1]).then_some(-x * y)
        })
    }

    /// Random points whose class is the sign of `side`, where that is a number.
    fn drawn(rng: &mut Rng, side: impl Fn(f64, f64) -> Option<f64>) -> Self {
        let mut set = Self {
            points: vec![],
            labels: vec![],
            order: rng.permutation(POINTS),
        };
        while set.points.len() < POINTS {
            let (x, y) = (rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0));
            if let Some(side) = side(x, y) {
                set.points.push(vec![x, y]);
                set.labels.push(if side > 0.0 { 1 } else { -1 });
            }
        }
        set
    }

    fn fit(&self, rate: f64, epochs: usize) -> anyhow::Result<PerceptronFit> {
        let Self {
            points,
            labels,
            order,
        } = self.clone();
        students(|| perceptron_fit(points, labels, order, rate, epochs))
    }

    /// The plane after some of the epochs of `fit`. The perceptron draws no random numbers, so a
    /// shorter run ends where the long one passed.
    fn pictures(&self, rate: f64, fit: &PerceptronFit) -> anyhow::Result<Vec<Plane>> {
        shown(fit.mistakes_per_epoch.len())
            .into_iter()
            .map(|epoch| self.picture(epoch, &self.fit(rate, epoch)?))
            .collect()
    }

    fn picture(&self, epoch: usize, fit: &PerceptronFit) -> anyhow::Result<Plane> {
        let classes = |points: Vec<Vec<f64>>| {
            students(|| perceptron_predict(points, fit.weights.clone(), fit.bias))
        };
        let mut cells = Vec::new();
        on_grid(RANGE, RANGE, CELLS, |x, y| {
            cells.push(vec![x, y]);
            0.0
        });
        let regions: Vec<f64> = classes(cells)?.into_iter().map(f64::from).collect();
        let found = classes(self.points.clone())?;
        let marks = self.points.iter().zip(&self.labels).zip(found);
        Ok(Plane {
            title: format!("epoch {epoch}: {} mistakes", last(fit)),
            x: RANGE,
            y: RANGE,
            values: regions.chunks(CELLS).map(<[f64]>::to_vec).collect(),
            levels: vec![0.0],
            paths: vec![],
            marks: marks
                .map(|((point, label), class)| Mark {
                    at: (point[0], point[1]),
                    colour: usize::from(*label > 0),
                    ringed: class != *label,
                })
                .collect(),
        })
    }
}

/// [`SHOWN`] of the epochs from 1 to `last`, the first and the last among them, closer together where
/// more happens. Where there are fewer, the last one again, so that every row is full.
fn shown(last: usize) -> Vec<usize> {
    let spread = |i: usize| (last as f64).powf(i as f64 / (SHOWN - 1) as f64).round() as usize;
    (0..SHOWN).map(|i| spread(i).max(i + 1).min(last)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_epochs_go_from_the_first_to_the_last() {
        assert_eq!(shown(100), [1, 3, 6, 16, 40, 100]);
        assert_eq!(shown(7), [1, 2, 3, 4, 5, 7]);
        assert_eq!(shown(2), [1, 2, 2, 2, 2, 2]);
    }
}
