//! Mutants of A2.1, learning.

use a2_cnn::parts::neocognitron as reference;
use burn::tensor::Tensor;
use common::contract::a2::{Representative, SPlanes};
use hidden_suite::Mutant;

use super::neocognitron::PART;
use crate::oracle::neocognitron::Layer;

/// The mutants of this part that are about learning.
pub fn mutants() -> Vec<Mutant> {
    let mut all = representatives();
    all.extend(update());
    all
}

/// The cells of a layer by plane, row and column, with their answers.
fn cells(s: &Tensor<3>) -> Vec<(Representative, f64)> {
    let layer = Layer::of(s);
    let [_, height, width] = layer.shape;
    let all = layer.values.into_iter().enumerate();
    all.map(|(at, answer)| {
        let cell = Representative {
            plane: at / (height * width),
            row: at / width % height,
            column: at % width,
        };
        (cell, answer)
    })
    .collect()
}

/// The first largest of the cells that `keep` keeps, if it is above 0.
fn first_largest(s: &Tensor<3>, keep: impl Fn(&Representative) -> bool) -> Option<Representative> {
    let mut best: Option<(Representative, f64)> = None;
    for (cell, answer) in cells(s) {
        if keep(&cell) && answer > best.as_ref().map_or(0.0, |(_, best)| *best) {
            best = Some((cell, answer));
        }
    }
    best.map(|(cell, _)| cell)
}

/// Representatives of a layer with its planes, rows or columns reversed, put back.
fn reversed(s: Tensor<3>, side: usize, axis: usize) -> Vec<Representative> {
    let last = s.dims()[axis] - 1;
    let mut found = reference::select_representatives(s.flip([axis as isize]), side);
    for cell in &mut found {
        let place = match axis {
            0 => &mut cell.plane,
            1 => &mut cell.row,
            _ => &mut cell.column,
        };
        *place = last - *place;
    }
    found.sort_by_key(|cell| cell.plane);
    found
}

fn representatives() -> Vec<Mutant> {
    vec![
        mutant!(
            neocognitron.select_representatives / "no_columns",
            "the largest cell of every plane, whatever the others do there",
            |s, _| {
                let planes = s.dims()[0];
                let largest = |plane| first_largest(&s, |cell| cell.plane == plane);
                (0..planes).filter_map(largest).collect()
            }
        ),
        mutant!(
            neocognitron.select_representatives / "one_for_all",
            "the largest cell of the layer alone",
            |s, _| first_largest(&s, |_| true).into_iter().collect()
        ),
        mutant!(
            neocognitron.select_representatives / "silent_cells_too",
            "a plane without a candidate is represented by its first cell",
            |s, side| {
                let planes = s.dims()[0];
                let mut found = reference::select_representatives(s, side);
                for plane in 0..planes {
                    if found.iter().all(|cell| cell.plane != plane) {
                        found.push(Representative {
                            plane,
                            row: 0,
                            column: 0,
                        });
                    }
                }
                found.sort_by_key(|cell| cell.plane);
                found
            }
        ),
        mutant!(
            neocognitron.select_representatives / "columns_side_by_side",
            "columns do not overlap",
            |s, side| {
                let planes = s.dims()[0];
                let mut winners = s.zeros_like();
                let [_, height, width] = s.dims();
                for top in (0..height).step_by(side) {
                    for left in (0..width).step_by(side) {
                        let inside = |cell: &Representative| {
                            (top..top + side).contains(&cell.row)
                                && (left..left + side).contains(&cell.column)
                        };
                        if let Some(Representative { plane, row, column }) =
                            first_largest(&s, inside)
                        {
                            let there = [plane..plane + 1, row..row + 1, column..column + 1];
                            let answer = s.clone().slice(there.clone());
                            winners = winners.slice_assign(there, answer);
                        }
                    }
                }
                let largest = |plane| first_largest(&winners, |cell| cell.plane == plane);
                (0..planes).filter_map(largest).collect()
            }
        ),
        mutant!(
            neocognitron.select_representatives / "smaller_columns",
            "the columns are one cell too small",
            |s, side| reference::select_representatives(s, side.saturating_sub(1).max(1))
        ),
        mutant!(
            neocognitron.select_representatives / "no_column_fits",
            "columns larger than the layer give no candidate",
            |s, side| {
                let [_, height, width] = s.dims();
                match side > height.min(width) {
                    true => vec![],
                    false => reference::select_representatives(s, side),
                }
            }
        ),
        mutant!(
            neocognitron.select_representatives / "higher_plane_wins_ties",
            "of equal answers that of the last plane counts",
            |s, side| reversed(s, side, 0)
        ),
        mutant!(
            neocognitron.select_representatives / "lower_row_wins_ties",
            "of equal answers that of the last row counts",
            |s, side| reversed(s, side, 1)
        ),
        mutant!(
            neocognitron.select_representatives / "order_reversed",
            "the last plane comes first",
            |s, side| {
                let mut found = reference::select_representatives(s, side);
                found.reverse();
                found
            }
        ),
        mutant!(
            neocognitron.select_representatives / "all_candidates",
            "every candidate of a plane represents it",
            |s, side| {
                let [_, height, width] = s.dims();
                let (down, right) = (side.min(height), side.min(width));
                let mut found = Vec::new();
                for top in 0..=height - down {
                    for left in 0..=width - right {
                        found.extend(first_largest(&s, |cell| {
                            (top..top + down).contains(&cell.row)
                                && (left..left + right).contains(&cell.column)
                        }));
                    }
                }
                found.sort_by_key(|cell| (cell.plane, cell.row, cell.column));
                found.dedup_by_key(|cell| (cell.plane, cell.row, cell.column));
                found
            }
        ),
    ]
}

fn update() -> Vec<Mutant> {
    vec![
        mutant!(
            neocognitron.winner_take_all_update / "all_planes",
            "every plane learns what the first representative has seen",
            |planes, u, v, c, mut found, q| {
                let k = planes.b.dims()[0];
                if let Some(first) = found.first().cloned() {
                    found = (0..k)
                        .map(|plane| Representative { plane, ..first })
                        .collect();
                }
                reference::winner_take_all_update(planes, u, v, c, found, q)
            }
        ),
        mutant!(
            neocognitron.winner_take_all_update / "first_only",
            "one representative learns, the others are left out",
            |planes, u, v, c, mut found, q| {
                found.truncate(1);
                reference::winner_take_all_update(planes, u, v, c, found, q)
            }
        ),
        mutant!(
            neocognitron.winner_take_all_update / "no_inhibition",
            "b stays",
            |planes, u, v, c, found, q| {
                let b = planes.b.clone();
                let a = reference::winner_take_all_update(planes, u, v, c, found, q).a;
                SPlanes { a, b }
            }
        ),
        mutant!(
            neocognitron.winner_take_all_update / "no_excitation",
            "a stays",
            |planes, u, v, c, found, q| {
                let a = planes.a.clone();
                let b = reference::winner_take_all_update(planes, u, v, c, found, q).b;
                SPlanes { a, b }
            }
        ),
        mutant!(
            neocognitron.winner_take_all_update / "half_the_inhibition",
            "b grows by q / 2 times v",
            |planes, u, v, c, found, q| {
                reference::winner_take_all_update(planes, u, v / 2.0, c, found, q)
            }
        ),
        mutant!(
            neocognitron.winner_take_all_update / "unweighted",
            "a grows by the field without c",
            |planes, u, v, c, found, q| {
                reference::winner_take_all_update(planes, u, v, c.ones_like(), found, q)
            }
        ),
        mutant!(
            neocognitron.winner_take_all_update / "rate_ignored",
            "q is taken for 1",
            |planes, u, v, c, found, _| {
                reference::winner_take_all_update(planes, u, v, c, found, 1.0)
            }
        ),
        mutant!(
            neocognitron.winner_take_all_update / "replaced",
            "the old weights are forgotten",
            |planes, u, v, c, found, q| {
                let zeros = SPlanes {
                    a: planes.a.zeros_like(),
                    b: planes.b.zeros_like(),
                };
                let learned = reference::winner_take_all_update(zeros, u, v, c, found.clone(), q);
                let mut new = planes;
                for Representative { plane, .. } in found {
                    let plane = plane..plane + 1;
                    let (a, b) = (
                        learned.a.clone().slice(plane.clone()),
                        learned.b.clone().slice(plane.clone()),
                    );
                    new.a = new.a.slice_assign(plane.clone(), a);
                    new.b = new.b.slice_assign(plane, b);
                }
                new
            }
        ),
        mutant!(
            neocognitron.winner_take_all_update / "field_turned",
            "a learns the field turned by 180 degrees",
            |planes, u, v, c, found, q| {
                let old = SPlanes {
                    a: planes.a.flip([2, 3]),
                    b: planes.b,
                };
                let new = reference::winner_take_all_update(old, u, v, c.flip([0, 1]), found, q);
                SPlanes {
                    a: new.a.flip([2, 3]),
                    b: new.b,
                }
            }
        ),
        mutant!(
            neocognitron.winner_take_all_update / "cell_to_the_left",
            "the field of the cell one column to the left is learned",
            |planes, u, v, c, mut found, q| {
                for cell in &mut found {
                    cell.column = cell.column.saturating_sub(1);
                }
                reference::winner_take_all_update(planes, u, v, c, found, q)
            }
        ),
        mutant!(
            neocognitron.winner_take_all_update / "losers_weakened",
            "planes without a representative lose a little",
            |planes, u, v, c, found, q| {
                let SPlanes { a, b } = planes;
                let planes = SPlanes {
                    a: a * 0.999,
                    b: b * 0.999,
                };
                reference::winner_take_all_update(planes, u, v, c, found, q)
            }
        ),
        mutant!(
            neocognitron.winner_take_all_update / "first_plane_below_only",
            "the weights for the first plane below learn, the others stay",
            |planes, u, v, c, found, q| {
                let [_, height, width] = u.dims();
                let first = [0..1, 0..height, 0..width];
                let seen = u.zeros_like().slice_assign(first.clone(), u.slice(first));
                reference::winner_take_all_update(planes, seen, v, c, found, q)
            }
        ),
    ]
}
