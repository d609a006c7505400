//! What the answers of A2.1 should be: cell by cell, each looking at its receptive field pixel by pixel.

use burn::tensor::Tensor;
use common::contract::a2::{Representative, SPlanes, Stage};
use common::rng::Rng;

use super::array::{Array, tensor, values};

/// Planes `[k, height, width]` of cells.
pub type Layer = Array<3>;

impl Layer {
    /// Numbers between 0 and 1.
    pub fn random(rng: &mut Rng, shape: [usize; 3]) -> Self {
        Self::from_fn(shape, |_| rng.unit())
    }

    /// The answer of a cell, given by plane, row and column; 0 beyond the edge.
    pub fn at(&self, k: usize, i: isize, j: isize) -> f64 {
        let [_, height, width] = self.shape;
        match (usize::try_from(i), usize::try_from(j)) {
            (Ok(i), Ok(j)) if i < height && j < width => self[[k, i, j]],
            _ => 0.0,
        }
    }

    /// The largest answer of each plane.
    pub fn strongest(&self) -> Vec<f64> {
        let [_, height, width] = self.shape;
        let planes = self.values.chunks(height * width);
        planes
            .map(|plane| plane.iter().copied().fold(0.0, f64::max))
            .collect()
    }
}

/// Weights of one plane for one plane, `[rows, columns]`.
#[derive(Debug, Clone)]
pub struct Kernel {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Kernel {
    /// The elements of a tensor.
    pub fn of(tensor: &Tensor<2>) -> Self {
        let [rows, columns] = tensor.dims();
        let values = values(tensor);
        Self {
            rows,
            columns,
            values,
        }
    }

    /// The sum of `f(weight, input)` over the receptive field of the cell above row `i` and column `j` of plane `k`.
    fn sum(&self, u: &Layer, [k, i, j]: [usize; 3], f: impl Fn(f64, f64) -> f64) -> f64 {
        let mut sum = 0.0;
        for (place, weight) in self.values.iter().enumerate() {
            let (p, q) = (place / self.columns, place % self.columns);
            let row = (i + p) as isize - (self.rows / 2) as isize;
            let column = (j + q) as isize - (self.columns / 2) as isize;
            sum += f(*weight, u.at(k, row, column));
        }
        sum
    }
}

/// The v-cells, as a layer of one plane.
pub fn v_cells(u: &Layer, c: &Kernel) -> Layer {
    let [planes, height, width] = u.shape;
    Layer::from_fn([1, height, width], |[_, i, j]| {
        let of_plane = |k| c.sum(u, [k, i, j], |c, u| c * u * u);
        (0..planes).map(of_plane).sum::<f64>().sqrt()
    })
}

/// `a[k][k_in]`, taken apart.
fn kernels(a: &Tensor<4>) -> Vec<Vec<Kernel>> {
    let [k, k_in, rows, columns] = a.dims();
    let values = values(a);
    let kernel = |at: usize| Kernel {
        rows,
        columns,
        values: values[at * rows * columns..(at + 1) * rows * columns].to_vec(),
    };
    (0..k)
        .map(|k| (0..k_in).map(|from| kernel(k * k_in + from)).collect())
        .collect()
}

/// The S-cells.
pub fn s_cells(u: &Layer, v: &Layer, planes: &SPlanes, r: f64) -> Layer {
    let (a, b) = (kernels(&planes.a), values(&planes.b));
    let [_, height, width] = u.shape;
    Layer::from_fn([b.len(), height, width], |[k, i, j]| {
        let from = a[k].iter().enumerate();
        let excitation: f64 = from
            .map(|(k_in, a)| a.sum(u, [k_in, i, j], |a, u| a * u))
            .sum();
        let inhibition = b[k] * v.at(0, i as isize, j as isize) * r / (r + 1.0);
        // The same as (1 + excitation) / (1 + inhibition) - 1.
        let answer = r * (excitation - inhibition) / (1.0 + inhibition);
        answer.max(0.0)
    })
}

/// The C-cells.
pub fn c_cells(s: &Layer, d: &Kernel, alpha: f64, stride: usize) -> Layer {
    let [planes, height, width] = s.shape;
    let shape = [planes, height.div_ceil(stride), width.div_ceil(stride)];
    Layer::from_fn(shape, |[k, i, j]| {
        let sum = |k| d.sum(s, [k, i * stride, j * stride], |d, s| d * s);
        let all = (0..planes).map(sum).sum::<f64>() / planes as f64;
        let x = (sum(k) - all) / (1.0 + all);
        if x > 0.0 { x / (alpha + x) } else { 0.0 }
    })
}

/// The representatives as `[plane, row, column]`: a cell is one when it beats its rivals in some column, and all of its
/// plane that do.
pub fn representatives(s: &Layer, side: usize) -> Vec<[usize; 3]> {
    let [planes, height, width] = s.shape;
    let (down, right) = (side.min(height), side.min(width));
    let value = |[k, i, j]: [usize; 3]| s.at(k, i as isize, j as isize);
    let cells = |rows: std::ops::Range<usize>, columns: std::ops::Range<usize>| {
        let mut cells = Vec::new();
        for k in 0..planes {
            for i in rows.clone() {
                for j in columns.clone() {
                    cells.push([k, i, j]);
                }
            }
        }
        cells
    };
    // Of equal ones the first in the order of the list, which is that of planes, rows and columns.
    let beats_all = |cell: [usize; 3], rivals: &[[usize; 3]]| {
        value(cell) > 0.0
            && rivals.iter().all(|rival| {
                value(cell) > value(*rival) || (value(cell) == value(*rival) && cell <= *rival)
            })
    };
    let is_candidate = |cell: &[usize; 3]| {
        let [_, i, j] = *cell;
        let tops = (i + 1).saturating_sub(down)..=i.min(height - down);
        tops.into_iter().any(|top| {
            let mut lefts = (j + 1).saturating_sub(right)..=j.min(width - right);
            lefts.any(|left| beats_all(*cell, &cells(top..top + down, left..left + right)))
        })
    };
    let mut candidates = cells(0..height, 0..width);
    candidates.retain(is_candidate);
    let all = candidates.clone();
    candidates.retain(|cell| {
        let mine: Vec<[usize; 3]> = all.iter().filter(|c| c[0] == cell[0]).copied().collect();
        beats_all(*cell, &mine)
    });
    candidates
}

/// The planes after learning.
pub fn learned(
    planes: &SPlanes,
    u: &Layer,
    v: &Layer,
    c: &Kernel,
    representatives: &[[usize; 3]],
    q: f64,
) -> SPlanes {
    let (a_shape, b_shape) = (planes.a.dims(), planes.b.dims());
    let (mut a, mut b) = (values(&planes.a), values(&planes.b));
    let [_, k_in, rows, columns] = a_shape;
    for &[k, i, j] in representatives {
        let own = &mut a[k * k_in * rows * columns..(k + 1) * k_in * rows * columns];
        for (at, weight) in own.iter_mut().enumerate() {
            let (from, p, q_place) = (at / (rows * columns), at / columns % rows, at % columns);
            let row = (i + p) as isize - (rows / 2) as isize;
            let column = (j + q_place) as isize - (columns / 2) as isize;
            *weight += q * c.values[at % (rows * columns)] * u.at(from, row, column);
        }
        b[k] += q * v.at(0, i as isize, j as isize);
    }
    SPlanes {
        a: tensor(a, a_shape),
        b: tensor(b, b_shape),
    }
}

/// The S- and the C-cells of a stage.
pub fn stage(u: &Layer, stage: &Stage) -> [Layer; 2] {
    let v = v_cells(u, &Kernel::of(&stage.c));
    let s = s_cells(u, &v, &stage.planes, stage.r);
    let c = c_cells(&s, &Kernel::of(&stage.d), stage.alpha, stage.stride);
    [s, c]
}

/// As the contract has them.
pub fn as_cells(representatives: &[[usize; 3]]) -> Vec<Representative> {
    let cells = representatives.iter();
    cells
        .map(|&[plane, row, column]| Representative { plane, row, column })
        .collect()
}
