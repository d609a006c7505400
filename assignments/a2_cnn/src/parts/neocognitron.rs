//! A2.1 The neocognitron of 1979.
//!
//! A layer is a stack of planes, `[planes, height, width]`. All cells of a plane have the same weights and look at
//! different places of the layer below: weights are shared, twenty years before the word was common. A layer of S-cells
//! detects features, and a layer of C-cells above it blurs where they are; the two together are a stage.
//!
//! A cell at row `i` and column `j` sees a receptive field of the layer below with its middle at `i`, `j`:
//!
//! ```text
//! field[p, q] = u[i + p - (rows - 1) / 2, j + q - (columns - 1) / 2]
//! ```
//!
//! where the weights have an odd number of rows and of columns, and everything beyond the edge of the layer is 0. So a
//! layer of S-cells is as high and as wide as the layer below.

use burn::tensor::ops::PadMode;
use burn::tensor::{Tensor, s};
use common::contract::a2::{Representative, SPlanes, Stage, StageResponse, TwoStageResponse};

/// The v-cells: how strong is what is there, whatever it looks like?
///
/// ```text
/// v[i, j] = sqrt(sum over planes k and places p, q of  c[p, q] field[k, p, q]^2)
/// ```
///
/// - `u`: `[k_in, height, width]`, the layer below; `c`: `[rows, columns]`, not negative, one for all planes.
/// - Gives `[height, width]`: one v-cell for all S-cells of a place.
///
/// Source: Fukushima (1980), section 2.
pub fn v_cell(u: Tensor<3>, c: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A2.1 v_cell
    let [_, height, width] = u.dims();
    let squares = fields(u, c.dims()).square();
    let places = c.dims().iter().product();
    let weighted = squares * c.reshape([1, places, 1]);
    weighted.sum_dims(&[0, 1]).sqrt().reshape([height, width])
    // END SOLUTION
}

/// The S-cells: is what is there what this plane has learned?
///
/// ```text
/// excitation = sum over planes k_in and places p, q of  a[k, k_in, p, q] field[k_in, p, q]
/// inhibition = r / (1 + r) b[k] v[i, j]
/// s[k, i, j] = r max(0, (1 + excitation) / (1 + inhibition) - 1)
/// ```
///
/// The excitation grows with the agreement of pattern and weights, the inhibition with the strength of the pattern
/// alone. The larger `r`, the better the agreement must be for an answer above 0: after much learning a cell answers
/// where the cosine between pattern and learned pattern, weighted with `c`, is above `r / (1 + r)`.
///
/// - `u`: `[k_in, height, width]`; `v`: `[height, width]`; `planes.a`: `[k, k_in, rows, columns]`, `planes.b`: `[k]`.
/// - Gives `[k, height, width]`, nowhere negative.
///
/// Source: Fukushima (1980), section 2; in this form Fukushima & Miyake (1982).
pub fn s_cell(u: Tensor<3>, v: Tensor<2>, planes: SPlanes, r: f64) -> Tensor<3> {
    // BEGIN SOLUTION A2.1 s_cell
    let [k, k_in, rows, columns] = planes.a.dims();
    let [_, height, width] = u.dims();
    let inputs = k_in * rows * columns;
    let seen = fields(u, [rows, columns]).reshape([inputs, height * width]);
    let excitation = planes.a.reshape([k, inputs]).matmul(seen);
    let strength = planes.b.reshape([k, 1]) * v.reshape([1, height * width]);
    let inhibition = strength * (r / (1.0 + r));
    let s = ((excitation + 1.0) / (inhibition + 1.0) - 1.0).clamp_min(0.0) * r;
    s.reshape([k, height, width])
    // END SOLUTION
}

/// The C-cells: is the feature of this plane anywhere near?
///
/// ```text
/// sum[k, i, j] = sum over places p, q of  d[p, q] field of s[k]
/// x            = (1 + sum[k, i, j]) / (1 + the mean of sum[., i, j] over all planes) - 1
/// c[k, i, j]   = x / (alpha + x) where x is above 0, otherwise 0
/// ```
///
/// A C-cell sees its own plane only. It answers where its feature is clearer than those of the other planes, and no answer
/// reaches 1. There are C-cells at the rows and columns 0, `stride`, `2 stride` and so on.
///
/// - `s`: `[k, height, width]`, S-cells; `d`: `[rows, columns]`, not negative; `alpha` above 0; `stride` 1 or more.
/// - Gives `[k, C rows, C columns]`, `C rows` being `height / stride` rounded up.
///
/// Source: Fukushima (1980), section 2.
pub fn c_cell(s: Tensor<3>, d: Tensor<2>, alpha: f64, stride: usize) -> Tensor<3> {
    // BEGIN SOLUTION A2.1 c_cell
    let [k, height, width] = s.dims();
    let places = d.dims().iter().product();
    let seen = fields(s, d.dims());
    let sum: Tensor<3> = (seen * d.reshape([1, places, 1])).sum_dim(1);
    let all = sum.clone().mean_dim(0);
    let x = ((sum + 1.0) / (all + 1.0) - 1.0).clamp_min(0.0);
    let c = (x.clone() / (x + alpha)).reshape([k, height, width]);
    let step = stride as isize;
    c.slice(s![.., ..; step, ..; step])
    // END SOLUTION
}

/// The cells that may learn: where are the planes at their best, and which plane is best where?
///
/// An S-column is a square of `side` rows and columns of the layer, through all its planes. There is one at every place
/// where the square lies within the layer, so columns overlap; a `side` larger than the layer's height, or width, is cut to
/// it. Then
///
/// 1. of each column, the cell with the largest answer is a candidate, if that answer is above 0. Of equal ones it is that
///    in the lower plane, and in a plane the first in reading order;
/// 2. of each plane, the candidate with the largest answer is the representative; of equal ones the first in reading
///    order. A plane without a candidate has none.
///
/// So no two planes learn the same feature at the same place, and a plane learns one place only.
///
/// - `s`: `[k, height, width]`; `side`: 1 or more. Gives the representatives in the order of their planes.
///
/// Source: Fukushima (1980), section 3.
pub fn select_representatives(s: Tensor<3>, side: usize) -> Vec<Representative> {
    // BEGIN SOLUTION A2.1 select_representatives
    let [planes, height, width] = s.dims();
    let (down, right) = (side.min(height), side.min(width));
    let answers: Vec<f64> = s.to_data().iter::<f64>().collect();
    let answer =
        |cell: &Representative| answers[(cell.plane * height + cell.row) * width + cell.column];
    let mut candidates = Vec::new();
    for top in 0..=height - down {
        for left in 0..=width - right {
            let column = cells(planes, top..top + down, left..left + right);
            candidates.extend(first_largest(column, answer));
        }
    }
    candidates.sort_by_key(|cell| (cell.plane, cell.row, cell.column));
    let of_plane = |plane| candidates.iter().filter(move |cell| cell.plane == plane);
    let best = (0..planes).map(|plane| first_largest(of_plane(plane).cloned(), answer));
    best.flatten().collect()
    // END SOLUTION
}

/// Learning: the plane of each representative turns towards what its representative has seen.
///
/// ```text
/// a[k, k_in, p, q] += q c[p, q] field[k_in, p, q]        b[k] += q v[i, j]
/// ```
///
/// for each representative at row `i` and column `j` of plane `k`, with the receptive field around it. The weights of a
/// plane are shared, so with its representative all its cells have learned. Planes without a representative stay as they
/// are, bit for bit; weights only grow.
///
/// - `planes.a`: `[k, k_in, rows, columns]`, `planes.b`: `[k]`; `u`: `[k_in, height, width]`; `v`: `[height, width]`; `c`:
///   `[rows, columns]`. Gives the new planes.
///
/// Source: Fukushima (1980), section 3; with the factors of the S-cell above, Fukushima & Miyake (1982).
pub fn winner_take_all_update(
    planes: SPlanes,
    u: Tensor<3>,
    v: Tensor<2>,
    c: Tensor<2>,
    representatives: Vec<Representative>,
    q: f64,
) -> SPlanes {
    // BEGIN SOLUTION A2.1 winner_take_all_update
    let [k_in, _, width] = u.dims();
    let [rows, columns] = c.dims();
    let seen = fields(u, [rows, columns]);
    let v = v.flatten::<1>(0, 1);
    let c = c.reshape([1, 1, rows, columns]);
    let SPlanes { mut a, mut b } = planes;
    for Representative { plane, row, column } in representatives {
        let place = row * width + column;
        let field = seen.clone().narrow(2, place, 1);
        let field = field.reshape([1, k_in, rows, columns]);
        let plane = plane..plane + 1;
        let learned = a.clone().slice(plane.clone()) + field * c.clone() * q;
        a = a.slice_assign(plane.clone(), learned);
        let inhibited = b.clone().slice(plane.clone()) + v.clone().narrow(0, place, 1) * q;
        b = b.slice_assign(plane, inhibited);
    }
    SPlanes { a, b }
    // END SOLUTION
}

/// Two stages: the S-cells of the first see the image as a layer of one plane, its C-cells see its S-cells, the S-cells of
/// the second see the C-cells of the first, and so on. Each layer of S-cells has v-cells of its own, which see the same.
///
/// - `image`: `[height, width]`. Gives the answers of all S- and C-cells.
pub fn two_stage_forward(image: Tensor<2>, first: Stage, second: Stage) -> TwoStageResponse {
    // BEGIN SOLUTION A2.1 two_stage_forward
    let first = one_stage(image.unsqueeze(), first);
    let second = one_stage(first.c.clone(), second);
    TwoStageResponse { first, second }
    // END SOLUTION
}

// BEGIN SOLUTION
/// The receptive fields of all cells above `u`, `[k_in, rows * columns, height * width]`: what is at each place of the field,
/// for each cell.
fn fields(u: Tensor<3>, [rows, columns]: [usize; 2]) -> Tensor<3> {
    let [k_in, height, width] = u.dims();
    let (above, before) = (rows / 2, columns / 2);
    let padded = u.pad([(above, above), (before, before)], PadMode::Constant(0.0));
    let mut places = Vec::with_capacity(rows * columns);
    for p in 0..rows {
        for q in 0..columns {
            let seen = padded.clone().slice(s![.., p..p + height, q..q + width]);
            places.push(seen.reshape([k_in, 1, height * width]));
        }
    }
    Tensor::cat(places, 1)
}

/// The cells of a column, plane after plane, each in reading order.
fn cells(
    planes: usize,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
) -> impl Iterator<Item = Representative> {
    (0..planes).flat_map(move |plane| {
        let columns = columns.clone();
        rows.clone().flat_map(move |row| {
            let cell = move |column| Representative { plane, row, column };
            columns.clone().map(cell)
        })
    })
}

/// The first of the cells with the largest answer, if that is above 0.
fn first_largest(
    cells: impl Iterator<Item = Representative>,
    answer: impl Fn(&Representative) -> f64 + Copy,
) -> Option<Representative> {
    let mut best: Option<Representative> = None;
    for cell in cells {
        if answer(&cell) > best.as_ref().map_or(0.0, answer) {
            best = Some(cell);
        }
    }
    best
}

/// The S- and the C-cells above a layer.
fn one_stage(u: Tensor<3>, stage: Stage) -> StageResponse {
    let v = v_cell(u.clone(), stage.c);
    let s = s_cell(u, v, stage.planes, stage.r);
    let c = c_cell(s.clone(), stage.d, stage.alpha, stage.stride);
    StageResponse { s, c }
}
// END SOLUTION
