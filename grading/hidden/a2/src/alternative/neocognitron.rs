//! A2.1 once more, from below: every cell that answers adds to all cells that see it.

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};
use common::contract::a2::{
    NeocognitronTable, Representative, SPlanes, Stage, StageResponse, TwoStageResponse,
};

pub fn table() -> NeocognitronTable {
    NeocognitronTable {
        v_cell,
        s_cell,
        c_cell,
        select_representatives,
        winner_take_all_update,
        two_stage_forward: |image, first, second| {
            let [height, width] = image.dims();
            let first = answers(image.reshape([1, height, width]), &first);
            let second = answers(first.c.clone(), &second);
            TwoStageResponse { first, second }
        },
    }
}

fn answers(u: Tensor<3>, stage: &Stage) -> StageResponse {
    let v = v_cell(u.clone(), stage.c.clone());
    let s = s_cell(u, v, stage.planes.clone(), stage.r);
    let c = c_cell(s.clone(), stage.d.clone(), stage.alpha, stage.stride);
    StageResponse { s, c }
}

fn numbers<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

/// A tensor on the device and with the element type of `like`.
fn tensor<const D: usize, const E: usize>(
    values: Vec<f64>,
    shape: [usize; D],
    like: &Tensor<E>,
) -> Tensor<D> {
    Tensor::from_data(
        TensorData::new(values, shape),
        (&like.device(), like.dtype()),
    )
}

/// One plane, spread over the cells that see it with the weights of a kernel of `rows` and `columns`.
fn spread(
    plane: &[f64],
    [height, width]: [usize; 2],
    kernel: &[f64],
    [rows, columns]: [usize; 2],
) -> Vec<f64> {
    let mut sums = vec![0.0; height * width];
    for (place, weight) in kernel.iter().enumerate() {
        let (p, q) = (place / columns, place % columns);
        for (pixel, value) in plane.iter().enumerate() {
            // The cell for which the pixel is at this place.
            let i = (pixel / width + rows / 2).checked_sub(p);
            let j = (pixel % width + columns / 2).checked_sub(q);
            if let (Some(i), Some(j)) = (i, j)
                && i < height
                && j < width
            {
                sums[i * width + j] += weight * value;
            }
        }
    }
    sums
}

fn v_cell(u: Tensor<3>, c: Tensor<2>) -> Tensor<2> {
    let [_, height, width] = u.dims();
    let kernel = numbers(&c);
    let mut total = vec![0.0; height * width];
    for plane in numbers(&u).chunks(height * width) {
        let squares: Vec<f64> = plane.iter().map(|x| x.powi(2)).collect();
        let seen = spread(&squares, [height, width], &kernel, c.dims());
        total.iter_mut().zip(seen).for_each(|(sum, x)| *sum += x);
    }
    let roots = total.into_iter().map(f64::sqrt).collect();
    tensor(roots, [height, width], &u)
}

fn s_cell(u: Tensor<3>, v: Tensor<2>, planes: SPlanes, r: f64) -> Tensor<3> {
    let [_, height, width] = u.dims();
    let [k, k_in, rows, columns] = planes.a.dims();
    let (below, kernels) = (numbers(&u), numbers(&planes.a));
    let strengths = numbers(&v);
    let mut cells = Vec::new();
    for (own, b) in kernels
        .chunks(k_in * rows * columns)
        .zip(numbers(&planes.b))
    {
        let mut above = vec![1.0; height * width];
        for (kernel, plane) in own.chunks(rows * columns).zip(below.chunks(height * width)) {
            let seen = spread(plane, [height, width], kernel, [rows, columns]);
            above.iter_mut().zip(seen).for_each(|(sum, x)| *sum += x);
        }
        let pairs = above.into_iter().zip(&strengths);
        cells.extend(pairs.map(|(above, v)| {
            let below = 1.0 + b * v / (1.0 + 1.0 / r);
            if above > below {
                r * above / below - r
            } else {
                0.0
            }
        }));
    }
    tensor(cells, [k, height, width], &u)
}

fn c_cell(s: Tensor<3>, d: Tensor<2>, alpha: f64, stride: usize) -> Tensor<3> {
    let [k, height, width] = s.dims();
    let kernel = numbers(&d);
    let planes: Vec<Vec<f64>> = numbers(&s)
        .chunks(height * width)
        .map(|plane| spread(plane, [height, width], &kernel, d.dims()))
        .collect();
    let mut cells = Vec::new();
    for plane in &planes {
        for i in (0..height).step_by(stride) {
            for j in (0..width).step_by(stride) {
                let at = i * width + j;
                let mean = planes.iter().map(|other| other[at]).sum::<f64>() / k as f64;
                let x = f64::max((1.0 + plane[at]) / (1.0 + mean) - 1.0, 0.0);
                cells.push(1.0 - alpha / (alpha + x));
            }
        }
    }
    let shape = [k, height.div_ceil(stride), width.div_ceil(stride)];
    tensor(cells, shape, &s)
}

fn select_representatives(s: Tensor<3>, side: usize) -> Vec<Representative> {
    let [_, height, width] = s.dims();
    let cells = numbers(&s);
    let (down, right) = (side.min(height), side.min(width));
    // The best candidate of each plane by its index in the layer.
    let mut best: BTreeMap<usize, usize> = BTreeMap::new();
    for top in 0..=height - down {
        for left in 0..=width - right {
            let is_inside = |at: &usize| {
                let (i, j) = (at / width % height, at % width);
                (top..top + down).contains(&i) && (left..left + right).contains(&j)
            };
            // Of equal ones max_by takes the last, so the list is turned round.
            let column = (0..cells.len()).rev().filter(is_inside);
            let winner = column.max_by(|a, b| cells[*a].total_cmp(&cells[*b]));
            if let Some(winner) = winner.filter(|winner| cells[*winner] > 0.0) {
                let held = best.entry(winner / (height * width)).or_insert(winner);
                let (new, old) = (cells[winner], cells[*held]);
                if new > old || (new == old && winner < *held) {
                    *held = winner;
                }
            }
        }
    }
    let cell = |(plane, at): (usize, usize)| Representative {
        plane,
        row: at / width % height,
        column: at % width,
    };
    best.into_iter().map(cell).collect()
}

fn winner_take_all_update(
    planes: SPlanes,
    u: Tensor<3>,
    v: Tensor<2>,
    c: Tensor<2>,
    representatives: Vec<Representative>,
    q: f64,
) -> SPlanes {
    let ([_, height, width], [k, k_in, rows, columns]) = (u.dims(), planes.a.dims());
    let (below, strengths, kernel) = (numbers(&u), numbers(&v), numbers(&c));
    let (mut a, mut b) = (numbers(&planes.a), numbers(&planes.b));
    for cell in representatives {
        b[cell.plane] += q * strengths[cell.row * width + cell.column];
        for (at, value) in below.iter().enumerate() {
            let (from, i, j) = (at / (height * width), at / width % height, at % width);
            let p = (i + rows / 2).checked_sub(cell.row).filter(|p| *p < rows);
            let place = (j + columns / 2).checked_sub(cell.column);
            if let (Some(p), Some(place)) = (p, place.filter(|place| *place < columns)) {
                let weight = ((cell.plane * k_in + from) * rows + p) * columns + place;
                a[weight] += q * kernel[p * columns + place] * value;
            }
        }
    }
    SPlanes {
        a: tensor(a, [k, k_in, rows, columns], &planes.a),
        b: tensor(b, [k], &planes.b),
    }
}
