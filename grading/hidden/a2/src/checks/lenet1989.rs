//! Checks of A2.4: the network and its first weights.

use burn::tensor::{Int, Tensor};
use common::check::{
    Check, Failure, Tolerance, Verdict, close, close_values, ensure, equal, shape,
};
use common::contract::Submission;
use common::contract::a2::{Lenet1989, Lenet1989Parameters};
use common::nn::tensors;
use common::rng::Rng;

use super::about;
use crate::oracle::array::tensor;
use crate::oracle::lenet1989::{Network, SEEN, counted, squash};

pub(super) const PART: &str = "A2.4";

/// The checks of this part that look at the network and its first weights.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "lenet1989/squash",
            part: PART,
            points: 1,
            proves: "The squashing function has both its constants, near 0 and far from it.",
            hint: "1.7159 stands outside of tanh and 2/3 inside.",
            run: squashing,
        },
        Check {
            id: "lenet1989/background",
            part: PART,
            points: 1,
            proves: "All planes of all images get the margin that was asked for, on all four sides, filled with -1.",
            hint: "The number of rows need not be that of columns, and the margin may be 0.",
            run: background,
        },
        Check {
            id: "lenet1989/counts",
            part: PART,
            points: 1,
            proves: "Units, parameters and connections of each layer are those of counting them one by one, for images of any size.",
            hint: "Weights count once per plane, biases once per unit; a connection is a line into a unit, and its bias is one.",
            run: counts,
        },
        Check {
            id: "lenet1989/connections",
            part: PART,
            points: 2,
            proves: "A change in one plane of H1 reaches exactly the planes of H2 that see it.",
            hint: "Kernel k of a plane of H2 belongs to the k-th plane in its list; all other planes of H1 count nothing.",
            run: connections,
        },
        Check {
            id: "lenet1989/outputs",
            part: PART,
            points: 2,
            proves: "With given weights the outputs are those of sums unit by unit, for images of 16 x 16 pixels and others.",
            hint: "Background of -1 around the image and around H1, a bias for each unit, and the squashing after all four layers.",
            run: outputs,
        },
        Check {
            id: "lenet1989/first_weights",
            part: PART,
            points: 1,
            proves: "The weights of each layer fill their interval evenly, biases are zero, and each seed has its own numbers.",
            hint: "2.4 over the number of inputs, not its root, and the bias is no input; draw every layer from the same generator, one after the other.",
            run: first_weights,
        },
    ]
}

/// Squashed values are off by a few roundings.
const SQUASHED: Tolerance = Tolerance::EXACT;

/// Images of `n` times `height` x `width` grey values between -1 and 1.
pub(super) fn images(rng: &mut Rng, [n, height, width]: [usize; 3]) -> Vec<Vec<f64>> {
    let image = |rng: &mut Rng| {
        (0..height * width)
            .map(|_| rng.uniform(-1.0, 1.0))
            .collect()
    };
    (0..n).map(|_| image(rng)).collect()
}

pub(super) fn batch(images: &[Vec<f64>], [height, width]: [usize; 2]) -> Tensor<4> {
    tensor(images.concat(), [images.len(), 1, height, width])
}

pub(super) fn labels(values: &[usize]) -> Tensor<1, Int> {
    let values: Vec<i64> = values.iter().map(|&label| label as i64).collect();
    common::check::labels(&values)
}

fn squashing(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, units] = [rng.between(2, 4), rng.between(5, 7)];
    let a: Vec<f64> = (0..n * units).map(|_| 3.0 * rng.normal()).collect();
    let want = a.iter().copied().map(squash).collect();
    let got = s.scaled_tanh(tensor(a, [n, units]))?;
    close(&got, &tensor(want, [n, units]), SQUASHED)?;
    let far = s.scaled_tanh(tensor(vec![-300.0, 0.0, 300.0], [1, 3]))?;
    close(&far, &tensor(vec![-1.7159, 0.0, 1.7159], [1, 3]), SQUASHED)
}

fn background(s: &Submission, rng: &mut Rng) -> Verdict {
    for margin in [0, rng.between(1, 3)] {
        let [n, c, h, w] = [2, 3, 4, rng.between(5, 6)];
        let x = rng.normal_tensor([n, c, h, w]);
        let values: Vec<f64> = x.to_data().iter().collect();
        let (rows, columns) = (h + 2 * margin, w + 2 * margin);
        let mut want = vec![-1.0; n * c * rows * columns];
        for (i, value) in values.into_iter().enumerate() {
            let (plane, y, x) = (i / (h * w), i / w % h, i % w);
            want[(plane * rows + y + margin) * columns + x + margin] = value;
        }
        let got = s.background_pad(x, margin)?;
        close(&got, &tensor(want, [n, c, rows, columns]), SQUASHED)
            .map_err(about(format_args!("margin {margin}")))?;
    }
    Ok(())
}

fn counts(s: &Submission, rng: &mut Rng) -> Verdict {
    let (height, width) = (4 * rng.between(1, 4), 4 * rng.between(5, 7));
    for (height, width) in [(16, 16), (height, width)] {
        let got = s.lenet1989_sizes(height, width)?;
        let names: Vec<String> = got.iter().map(|size| size.layer.clone()).collect();
        equal(&names, &["H1", "H2", "H3", "out"].map(String::from).into())?;
        let numbers = got
            .iter()
            .map(|size| (size.units, size.parameters, size.connections));
        equal(&numbers.collect(), &counted(height, width))
            .map_err(about(format_args!("{height} x {width} pixels")))?;
    }
    Ok(())
}

/// H3 units 0 to 11 hear one plane of H2 each, and the outputs one of them each, so that the outputs show which planes
/// of H2 changed.
fn connections(s: &Submission, rng: &mut Rng) -> Verdict {
    equal(&s.lenet1989_connections()?, &SEEN.map(Vec::from).into())?;
    let (height, width) = (8, 4);
    let mut network = Network::random(rng, height, width);
    let per_plane = height / 4 * width / 4;
    network.values[4] = (0..12 * per_plane * 30)
        .map(|i| {
            if i / 30 / per_plane == i % 30 {
                rng.uniform(0.3, 0.6)
            } else {
                0.0
            }
        })
        .collect();
    let x = batch(&images(rng, [1, height, width]), [height, width]);
    for first in [0, 2] {
        network.values[6] = (0..300)
            .map(|i| if i / 10 == i % 10 + first { 1.0 } else { 0.0 })
            .collect();
        let at_rest = outputs_of(s, &network, &x)?;
        for plane in 0..12 {
            let mut moved = network.clone();
            let units = height / 2 * width / 2;
            for bias in &mut moved.values[1][plane * units..(plane + 1) * units] {
                *bias += 0.7;
            }
            let after = outputs_of(s, &moved, &x)?;
            for k in 0..10 {
                let changed = (after[k] - at_rest[k]).abs() > 1e-9;
                let sees = SEEN[k + first].contains(&plane);
                ensure(changed == sees, || {
                    let verb = if changed { "reaches" } else { "does not reach" };
                    format!("plane {plane} of H1 {verb} plane {} of H2", k + first)
                })?;
            }
        }
    }
    Ok(())
}

/// The outputs for one image.
fn outputs_of(s: &Submission, network: &Network, x: &Tensor<4>) -> Result<Vec<f64>, Failure> {
    let got = s.lenet1989_forward(network.parameters(), x.clone())?;
    shape(&got, [1, 10])?;
    Ok(got.into_data().iter().collect())
}

fn outputs(s: &Submission, rng: &mut Rng) -> Verdict {
    let (height, width) = (4 * rng.between(1, 2), 4 * rng.between(3, 4));
    for [n, height, width] in [[1, 16, 16], [3, height, width], [2, width, height]] {
        let network = Network::random(rng, height, width);
        let mut images = images(rng, [n, height, width]);
        if n == 3 {
            images[1].fill(-1.0); // nothing but background
        }
        let want = images
            .iter()
            .flat_map(|image| network.states(image)[3].clone());
        let want = tensor(want.collect(), [n, 10]);
        let got = s.lenet1989_forward(network.parameters(), batch(&images, [height, width]))?;
        close(&got, &want, SQUASHED).map_err(about(format_args!("{height} x {width} pixels")))?;
    }
    Ok(())
}

fn first_weights(s: &Submission, rng: &mut Rng) -> Verdict {
    const SEEDS: u64 = 5;
    let (height, width) = (4, 4 * rng.between(2, 3));
    let lengths = Network::lengths(height, width);
    let first = rng.next_u64() >> 1;
    let drawn = (0..SEEDS).map(|i| s.lenet1989_init(height, width, first + i));
    let drawn: Vec<Lenet1989Parameters> = drawn.collect::<Result<_, _>>()?;
    let shapes = Network::random(rng, height, width).parameters();
    for parameters in &drawn {
        same_shapes(parameters, &shapes)?;
    }
    // One of the eight tensors, once for each seed.
    let of_seeds = |i: usize| -> Vec<Vec<f64>> {
        let data = drawn.iter().map(|p| tensors(p)[i].to_data());
        data.map(|data| data.iter().collect()).collect()
    };
    for i in [1, 3, 5, 7] {
        let biases = of_seeds(i).concat();
        let zeros = vec![0.0; SEEDS as usize * lengths[i]];
        close_values(&biases, &zeros, Tolerance::EXACT).map_err(about("biases"))?;
    }
    let mut firsts = Vec::new();
    for (i, inputs, name) in [
        (0, 25, "H1"),
        (2, 200, "H2"),
        (4, lengths[3], "H3"),
        (6, 30, "out"),
    ] {
        let weights = of_seeds(i);
        ensure(weights[0] != weights[1], || {
            format!("{name}: two seeds give the same weights")
        })?;
        let scaled = weights.concat().into_iter();
        let scaled: Vec<f64> = scaled.map(|w| w * inputs as f64 / 2.4).collect();
        fills_its_interval(&scaled).map_err(about(name))?;
        firsts.push(scaled[0]);
    }
    ensure((firsts[0] - firsts[1]).abs() > 1e-9, || {
        "H1 and H2 have the same weights but for the scale".into()
    })?;
    let again = s.lenet1989_init(height, width, first)?;
    for (again, before) in tensors(&again).iter().zip(tensors(&drawn[0])) {
        close(again, &before, Tolerance::EXACT).map_err(about("the same seed again"))?;
    }
    Ok(())
}

/// Whether weights are uniform from -1 to 1.
///
/// Of n weights the largest is below 1 - 40 / n with probability e^-40. Where the bias counts as an input it is always below:
/// at 25/26 in H1, at 200/201 in H2. Moments are within six deviations, which false alarms reach once in 5e8.
fn fills_its_interval(weights: &[f64]) -> Verdict {
    let n = weights.len() as f64;
    let mean = |f: fn(f64) -> f64| weights.iter().map(|w| f(*w)).sum::<f64>() / n;
    let largest = weights.iter().fold(0.0, |a: f64, w| a.max(w.abs()));
    ensure(largest <= 1.0 && largest > 1.0 - 40.0 / n, || {
        format!("the largest weight is {largest} of its bound")
    })?;
    // The deviations of w, w^2 and w^4 for uniform w: sqrt(1/3), sqrt(4/45), sqrt(16/225).
    let moments = [
        (mean(|w| w), 0.0, 0.5774),
        (mean(|w| w * w), 1.0 / 3.0, 0.2982),
        (mean(|w| w.powi(4)), 0.2, 0.2667),
    ];
    for (got, want, deviation) in moments {
        ensure((got - want).abs() < 6.0 * deviation / n.sqrt(), || {
            format!("a moment of the weights is {got}, and {want} is right")
        })?;
    }
    Ok(())
}

/// Compares the shapes of all parameters, by name.
fn same_shapes(got: &Lenet1989Parameters, want: &Lenet1989Parameters) -> Verdict {
    shape(&got.h1_weight, want.h1_weight.dims()).map_err(about("h1_weight"))?;
    shape(&got.h1_bias, want.h1_bias.dims()).map_err(about("h1_bias"))?;
    shape(&got.h2_weight, want.h2_weight.dims()).map_err(about("h2_weight"))?;
    shape(&got.h2_bias, want.h2_bias.dims()).map_err(about("h2_bias"))?;
    shape(&got.h3_weight, want.h3_weight.dims()).map_err(about("h3_weight"))?;
    shape(&got.h3_bias, want.h3_bias.dims()).map_err(about("h3_bias"))?;
    shape(&got.out_weight, want.out_weight.dims()).map_err(about("out_weight"))?;
    shape(&got.out_bias, want.out_bias.dims()).map_err(about("out_bias"))
}
