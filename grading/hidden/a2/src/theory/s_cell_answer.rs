//! A2.1: one S-cell before and after it has learned.

use a2_cnn::theory::SCellAnswer;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("mean_not_root", |e: &SCellAnswer| {
            [Some(weighted(e, |u| u)), None, None]
        })
        .mistake("no_root", |e: &SCellAnswer| {
            [Some(weighted(e, |u| u * u)), None, None]
        })
        .mistake("no_r_in_the_inhibition", |e: &SCellAnswer| {
            let cell = Cell::of(e);
            let wrong = (1.0 + cell.excitation) / (1.0 + cell.b * cell.v) - 1.0;
            [None, Some(e.r * wrong), None]
        })
        .mistake("no_r_in_front", |e: &SCellAnswer| {
            let before = Cell::of(e);
            let after = before.after(e.q, 1.0);
            [
                None,
                Some(before.answer(e.r) / e.r),
                Some(after.answer(e.r) / e.r),
            ]
        })
        .mistake("only_excitation_learns", |e: &SCellAnswer| {
            [None, None, Some(Cell::of(e).after(e.q, 0.0).answer(e.r))]
        })
        .mistake("inhibition_learns_half", |e: &SCellAnswer| {
            [None, None, Some(Cell::of(e).after(e.q, 0.5).answer(e.r))]
        })
        .mistake("learns_without_c", |e: &SCellAnswer| {
            let mut cell = Cell::of(e).after(e.q, 1.0);
            cell.excitation = Cell::of(e).excitation + e.q * e.u.map(|u| u * u).iter().sum::<f64>();
            [None, None, Some(cell.answer(e.r))]
        })
}

/// The sum of `f(u)` with the weights of the v-cell.
fn weighted(e: &SCellAnswer, f: impl Fn(f64) -> f64) -> f64 {
    e.u.iter().zip(e.c).map(|(u, c)| c * f(*u)).sum()
}

/// What an S-cell's answer is made of.
struct Cell {
    excitation: f64,
    b: f64,
    v: f64,
}

impl Cell {
    fn of(e: &SCellAnswer) -> Self {
        Self {
            excitation: e.u.iter().zip(e.a).map(|(u, a)| a * u).sum(),
            b: e.b,
            v: weighted(e, |u| u * u).sqrt(),
        }
    }

    /// After learning: the excitation by the pattern grows by `q v^2`; of b's growth only a share counts.
    fn after(&self, q: f64, share: f64) -> Self {
        Self {
            excitation: self.excitation + q * self.v * self.v,
            b: self.b + share * q * self.v,
            v: self.v,
        }
    }

    fn answer(&self, r: f64) -> f64 {
        let inhibition = r / (1.0 + r) * self.b * self.v;
        r * ((1.0 + self.excitation) / (1.0 + inhibition) - 1.0).max(0.0)
    }
}

fn right(e: &SCellAnswer) -> [f64; 3] {
    let cell = Cell::of(e);
    [cell.v, cell.answer(e.r), cell.after(e.q, 1.0).answer(e.r)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::array::tensor;
    use crate::oracle::neocognitron::{Kernel, Layer, learned, s_cells, v_cells};
    use common::contract::a2::SPlanes;
    use hidden_suite::theory::agrees;

    /// The four cells as the outer ones of a layer of one row and five columns, by the layers of the oracle.
    #[test]
    fn a_layer_with_the_cell_in_it_agrees() {
        let outer = |[a, b, c, d]: [f64; 4]| vec![a, b, 0.0, c, d];
        agrees(
            right,
            |e: &SCellAnswer| {
                let u = Layer {
                    shape: [1, 1, 5],
                    values: outer(e.u),
                };
                let c = Kernel::of(&tensor(outer(e.c), [1, 5]));
                let planes = SPlanes {
                    a: tensor(outer(e.a), [1, 1, 1, 5]),
                    b: tensor(vec![e.b], [1]),
                };
                let v = v_cells(&u, &c);
                let after = learned(&planes, &u, &v, &c, &[[0, 0, 2]], e.q);
                let middle = |layer: &Layer| layer.at(0, 0, 2);
                [
                    middle(&v),
                    middle(&s_cells(&u, &v, &planes, e.r)),
                    middle(&s_cells(&u, &v, &after, e.r)),
                ]
            },
            1e-9,
        );
    }
}
