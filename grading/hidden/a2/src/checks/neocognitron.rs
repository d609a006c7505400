//! Checks of A2.1, cells and learning.

use burn::tensor::Tensor;
use common::check::{Check, Failure, Tolerance, Verdict, close, equal, equal_bits, shape, within};
use common::contract::Submission;
use common::contract::a2::{Neocognitron, SPlanes, Stage};
use common::rng::Rng;

use super::{about, sizes};
use crate::oracle::array::{tensor, values};
use crate::oracle::neocognitron::{
    Kernel, Layer, as_cells, c_cells, learned, representatives, s_cells, stage, v_cells,
};

pub(super) const PART: &str = "A2.1";

/// The checks of this part that compare with loops and closed forms.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "neocognitron/v_cells",
            part: PART,
            points: 1,
            proves: "The v-cells give the root of the weighted sum of squares for fields of any size, on layers of several planes.",
            hint: "c has its middle below the cell, weighs the squares, and is the same for all planes.",
            run: v_cell_values,
        },
        Check {
            id: "neocognitron/s_cells",
            part: PART,
            points: 2,
            proves: "The S-cells follow their equation for random layers and weights, and are never negative.",
            hint: "Each plane has its own b; r stands in front and in r / (1 + r); the kernel is not turned round.",
            run: s_cell_values,
        },
        Check {
            id: "neocognitron/selectivity",
            part: PART,
            points: 1,
            proves: "A pattern that was learned gets r q v^2 / (1 + r + r q v^2), another one an answer only while its cosine is above r / (1 + r).",
            hint: "The inhibition is r / (1 + r) times b times v: without it, or with another factor, the threshold is elsewhere.",
            run: selectivity,
        },
        Check {
            id: "neocognitron/c_cells",
            part: PART,
            points: 2,
            proves: "The C-cells follow their equation for random layers and strides: inhibited by all planes, saturated below 1, every stride-th one.",
            hint: "The mean is over the planes, of the same sums; the cells are at rows and columns 0, stride, 2 stride.",
            run: c_cell_values,
        },
        Check {
            id: "neocognitron/shift",
            part: PART,
            points: 1,
            proves: "A C-cell answers the same wherever in its field the feature is, and not at all outside.",
            hint: "The field of a C-cell is as large as d, with its middle below the cell, also where cells are left out.",
            run: shifted_feature,
        },
        Check {
            id: "neocognitron/representatives",
            part: PART,
            points: 2,
            proves: "Representatives are the right ones for columns of every size, with equal answers and with silence.",
            hint: "Columns overlap: there is one at every place where the square fits. A plane keeps its largest candidate, not its first.",
            run: right_representatives,
        },
        Check {
            id: "neocognitron/update",
            part: PART,
            points: 2,
            proves: "Representatives anywhere, also at the edge, make their planes learn; the other planes keep every bit.",
            hint: "The increment is q c field for a and q v for b, at the representative's own place; all of u's planes are learned from.",
            run: right_update,
        },
        Check {
            id: "neocognitron/two_stages_right",
            part: PART,
            points: 1,
            proves: "Two stages with strides and selectivities of their own answer as the equations say.",
            hint: "The second stage sees the first's C-cells and not its S-cells, and has its own c, r, d, alpha and stride.",
            run: right_stages,
        },
    ]
}

/// Numbers from 0 to 1 in a tensor.
fn weights<const D: usize>(rng: &mut Rng, shape: [usize; D]) -> Tensor<D> {
    rng.tensor(shape, Rng::unit)
}

/// Planes `k` of `k_in`, and a field with an odd number of rows and another of columns.
fn random_planes(rng: &mut Rng, [k, k_in]: [usize; 2]) -> (SPlanes, Tensor<2>) {
    let [rows, columns] = sizes(rng, 0, 2).map(|half: usize| 2 * half + 1);
    let planes = SPlanes {
        a: weights(rng, [k, k_in, rows, columns]),
        b: weights(rng, [k]) * 3.0,
    };
    (planes, weights(rng, [rows, columns]))
}

/// A layer whose three sizes differ.
fn random_layer(rng: &mut Rng) -> Layer {
    let [height, width] = sizes(rng, 4, 7);
    let planes = rng.between(2, 3);
    Layer::random(rng, [planes, height, width])
}

/// Compares with an oracle's layer.
fn same(got: &Tensor<3>, want: &Layer) -> Verdict {
    close(got, &want.tensor(), Tolerance::EXACT)
}

/// A layer of one plane without the plane.
fn flat(layer: &Layer) -> Tensor<2> {
    let [_, height, width] = layer.shape;
    tensor(layer.values.clone(), [height, width])
}

fn v_cell_values(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..3 {
        let u = random_layer(rng);
        let (_, c) = random_planes(rng, [1, u.shape[0]]);
        let got = s.v_cell(u.tensor(), c.clone())?;
        let want = flat(&v_cells(&u, &Kernel::of(&c)));
        close(&got, &want, Tolerance::EXACT).map_err(about(format_args!("{:?}", c.dims())))?;
    }
    Ok(())
}

fn s_cell_values(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..3 {
        let u = random_layer(rng);
        let (planes, _) = random_planes(rng, [4, u.shape[0]]);
        let [_, height, width] = u.shape;
        // v is not what the v-cells would give: it is an argument. With the larger ones most cells are silent.
        let v = Layer::from_fn([1, height, width], |_| rng.uniform(0.0, 6.0));
        let r = rng.uniform(0.5, 4.0);
        let got = s.s_cell(u.tensor(), flat(&v), planes.clone(), r)?;
        same(&got, &s_cells(&u, &v, &planes, r))?;
    }
    Ok(())
}

/// One plane that has learned a random pattern in one step from nothing, in the middle of a layer as large as the field.
struct Learned {
    pattern: Layer,
    c: Tensor<2>,
    planes: SPlanes,
    q: f64,
}

impl Learned {
    fn new(rng: &mut Rng) -> Self {
        let (pattern, c) = (Layer::random(rng, [1, 3, 5]), weights(rng, [3, 5]));
        let nothing = SPlanes {
            a: Tensor::zeros([1, 1, 3, 5], (&c.device(), c.dtype())),
            b: Tensor::zeros([1], (&c.device(), c.dtype())),
        };
        let (q, kernel) = (rng.uniform(2.0, 8.0), Kernel::of(&c));
        let v = v_cells(&pattern, &kernel);
        let planes = learned(&nothing, &pattern, &v, &kernel, &[[0, 1, 2]], q);
        Self {
            pattern,
            c,
            planes,
            q,
        }
    }

    /// The v-cell in the middle below `u`.
    fn strength(&self, u: &Layer) -> f64 {
        v_cells(u, &Kernel::of(&self.c)).at(0, 1, 2)
    }

    /// The cosine between `u` and the pattern, weighted with `c`.
    fn cosine(&self, u: &Layer) -> f64 {
        let c = values(&self.c);
        let terms = u.values.iter().zip(&self.pattern.values).zip(c);
        let product: f64 = terms.map(|((u, pattern), c)| c * u * pattern).sum();
        product / (self.strength(u) * self.strength(&self.pattern))
    }

    /// The answer of the submission's S-cell in the middle above `u`.
    fn answer(&self, s: &Submission, u: &Layer, r: f64) -> Result<f64, Failure> {
        let v = flat(&v_cells(u, &Kernel::of(&self.c)));
        let got = s.s_cell(u.tensor(), v, self.planes.clone(), r)?;
        shape(&got, [1, 3, 5])?;
        Ok(values(&got)[7])
    }
}

fn selectivity(s: &Submission, rng: &mut Rng) -> Verdict {
    let cell = Learned::new(rng);
    let strength = cell.q * cell.strength(&cell.pattern).powi(2);
    for r in [0.5, 1.0, 4.0] {
        let want = r * strength / (1.0 + r + r * strength);
        let got = cell.answer(s, &cell.pattern, r)?;
        within(got, want, Tolerance::EXACT).map_err(about("the pattern"))?;
    }

    // Another pattern, as strong as the learned one: of the learned one's answer it gets (1 + r) cosine - r.
    let other = Layer::random(rng, cell.pattern.shape);
    let scale = cell.strength(&cell.pattern) / cell.strength(&other);
    let other = Layer::from_fn(other.shape, |[k, i, j]| {
        scale * other.at(k, i as isize, j as isize)
    });
    let cosine = cell.cosine(&other);
    // r / (1 + r) is the cosine for this r.
    let threshold = cosine / (1.0 - cosine);
    for share in [0.4, 0.8, 0.95] {
        let r = share * threshold;
        let relative = cell.answer(s, &other, r)? / cell.answer(s, &cell.pattern, r)?;
        within(relative, (1.0 + r) * cosine - r, Tolerance::EXACT)
            .map_err(about(format_args!("at {share} of the threshold")))?;
    }
    for share in [1.05, 2.0] {
        let answer = cell.answer(s, &other, share * threshold)?;
        equal(&answer, &0.0).map_err(about(format_args!("at {share} of the threshold")))?;
    }
    Ok(())
}

fn c_cell_values(s: &Submission, rng: &mut Rng) -> Verdict {
    for stride in [1, 2, 3] {
        let layer = random_layer(rng);
        let (_, d) = random_planes(rng, [1, 1]);
        let alpha = rng.uniform(0.1, 1.0);
        let got = s.c_cell(layer.tensor(), d.clone(), alpha, stride)?;
        let want = c_cells(&layer, &Kernel::of(&d), alpha, stride);
        same(&got, &want).map_err(about(format_args!("stride {stride}")))?;
        // Very strong features: the answer goes to 1 / (1 + alpha / x), whatever x.
        let strong = layer.tensor() * 1e6;
        let got = s.c_cell(strong.clone(), d.clone(), alpha, stride)?;
        let want = c_cells(&Layer::of(&strong), &Kernel::of(&d), alpha, stride);
        same(&got, &want).map_err(about("strong features"))?;
    }
    Ok(())
}

/// A feature in one place of one plane, with weights that are all the same.
fn shifted_feature(s: &Submission, rng: &mut Rng) -> Verdict {
    let [rows, columns] = [3, 5];
    let [height, width] = sizes(rng, 8, 11);
    let (weight, feature) = (rng.uniform(0.5, 1.5), rng.uniform(0.5, 1.5));
    let (stride, alpha) = (rng.between(1, 2), rng.uniform(0.2, 0.8));
    let d = tensor(vec![weight; rows * columns], [rows, columns]);
    // The C-cell above row 4 and column 4, in plane 1 of 3.
    let at = 4 / stride;
    let excitation = weight * feature;
    let x = (1.0 + excitation) / (1.0 + excitation / 3.0) - 1.0;
    for row in 1..=7 {
        for column in 1..=7 {
            let layer = Layer::from_fn([3, height, width], |cell| match cell == [1, row, column] {
                true => feature,
                false => 0.0,
            });
            let got = s.c_cell(layer.tensor(), d.clone(), alpha, stride)?;
            shape(&got, [3, height.div_ceil(stride), width.div_ceil(stride)])?;
            let got = Layer::of(&got).at(1, at as isize, at as isize);
            let is_inside = (3..=5).contains(&row) && (2..=6).contains(&column);
            let want = if is_inside { x / (alpha + x) } else { 0.0 };
            within(got, want, Tolerance::EXACT)
                .map_err(about(format_args!("the feature at ({row}, {column})")))?;
        }
    }
    Ok(())
}

fn right_representatives(s: &Submission, rng: &mut Rng) -> Verdict {
    let [height, width] = sizes(rng, 4, 6);
    let shape = [3, height, width];
    for side in [1, 2, 3, 5, 9] {
        // Different answers; many equal ones and silence; silence only.
        let all_different = Layer::random(rng, shape);
        let few_values = Layer::from_fn(shape, |_| rng.below(3) as f64);
        let sparse = Layer::from_fn(shape, |_| (rng.unit() - 0.9).max(0.0));
        let silence = Layer::from_fn(shape, |_| 0.0);
        for layer in [all_different, few_values, sparse, silence] {
            let got = s.select_representatives(layer.tensor(), side)?;
            let got: Vec<[usize; 3]> = got
                .iter()
                .map(|cell| [cell.plane, cell.row, cell.column])
                .collect();
            equal(&got, &representatives(&layer, side))
                .map_err(about(format_args!("side {side}")))?;
        }
    }
    Ok(())
}

fn right_update(s: &Submission, rng: &mut Rng) -> Verdict {
    let u = random_layer(rng);
    let [k_in, height, width] = u.shape;
    let corner = [3, height - 1, 0];
    let inside = [1, rng.between(1, height - 2), rng.between(1, width - 2)];
    for chosen in [vec![], vec![inside], vec![inside, corner]] {
        let (planes, c) = random_planes(rng, [4, k_in]);
        // v is not what the v-cells would give: it is an argument.
        let (v, q) = (
            Layer::random(rng, [1, height, width]),
            rng.uniform(0.5, 20.0),
        );
        let got = s.winner_take_all_update(
            planes.clone(),
            u.tensor(),
            flat(&v),
            c.clone(),
            as_cells(&chosen),
            q,
        )?;
        let want = learned(&planes, &u, &v, &Kernel::of(&c), &chosen, q);
        close(&got.a, &want.a, Tolerance::EXACT).map_err(about("a"))?;
        close(&got.b, &want.b, Tolerance::EXACT).map_err(about("b"))?;
        for plane in (0..4).filter(|plane| chosen.iter().all(|cell| cell[0] != *plane)) {
            let of = |planes: &SPlanes| {
                let a = planes.a.clone().narrow(0, plane, 1);
                (a, planes.b.clone().narrow(0, plane, 1))
            };
            let ((a, b), (old_a, old_b)) = (of(&got), of(&planes));
            equal_bits(&a, &old_a).map_err(about("a of a plane that does not learn"))?;
            equal_bits(&b, &old_b).map_err(about("b of a plane that does not learn"))?;
        }
    }
    Ok(())
}

fn random_stage(rng: &mut Rng, k: [usize; 2], stride: usize) -> Stage {
    let (planes, c) = random_planes(rng, k);
    let (_, d) = random_planes(rng, [1, 1]);
    Stage {
        planes,
        c,
        r: rng.uniform(0.5, 2.0),
        d,
        alpha: rng.uniform(0.2, 0.8),
        stride,
    }
}

fn right_stages(s: &Submission, rng: &mut Rng) -> Verdict {
    let [height, width] = sizes(rng, 7, 10);
    let image = Layer::random(rng, [1, height, width]);
    for strides in [[2, 1], [1, 2]] {
        let first = random_stage(rng, [3, 1], strides[0]);
        let second = random_stage(rng, [2, 3], strides[1]);
        let got = s.two_stage_forward(flat(&image), first.clone(), second.clone())?;
        let [first_s, first_c] = stage(&image, &first);
        let [second_s, second_c] = stage(&first_c, &second);
        same(&got.first.s, &first_s).map_err(about("first S"))?;
        same(&got.first.c, &first_c).map_err(about("first C"))?;
        same(&got.second.s, &second_s).map_err(about("second S"))?;
        same(&got.second.c, &second_c).map_err(about("second C"))?;
    }
    Ok(())
}
