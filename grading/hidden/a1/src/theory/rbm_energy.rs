//! A1.10: the free energy in closed form.

use a1_backprop::theory::RbmEnergy;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("hidden_biases_left_out", |e: &RbmEnergy| {
            let without = RbmEnergy {
                hidden: [0.0; 2],
                ..*e
            };
            let [_, active, _] = right(&without);
            [None, Some(active), None]
        })
        .mistake("visible_biases_left_out", |e: &RbmEnergy| {
            let without = RbmEnergy {
                visible: [0.0; 3],
                ..*e
            };
            let [energy, _, odds] = right(&without);
            [Some(energy), None, Some(odds)]
        })
        .mistake("wrong_sign", |e: &RbmEnergy| {
            let [energy, active, odds] = right(e);
            [Some(-energy), Some(1.0 - active), Some(1.0 / odds)]
        })
        .mistake("bits", |e: &RbmEnergy| {
            let [energy, ..] = right(e);
            [Some(energy / 2f64.ln()), None, None]
        })
}

/// `c_j + v . W_j`
fn input(e: &RbmEnergy, v: [f64; 3], j: usize) -> f64 {
    e.hidden[j] + (0..3).map(|i| v[i] * e.w[i][j]).sum::<f64>()
}

/// `-b . v - sum_j ln(1 + exp(c_j + v . W_j))`
fn free_energy(e: &RbmEnergy, v: [f64; 3]) -> f64 {
    let visible: f64 = (0..3).map(|i| e.visible[i] * v[i]).sum();
    let hidden: f64 = (0..2).map(|j| input(e, v, j).exp().ln_1p()).sum();
    -visible - hidden
}

fn right(e: &RbmEnergy) -> [f64; 3] {
    let energy = free_energy(e, e.v);
    [
        energy,
        1.0 / (1.0 + (-input(e, e.v, 0)).exp()),
        (free_energy(e, [0.0; 3]) - energy).exp(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    #[test]
    fn the_four_hidden_states_agree() {
        let states = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
        agrees(
            right,
            |e: &RbmEnergy| {
                let weight = |v: [f64; 3], h: [f64; 2]| {
                    let mut minus_energy = 0.0;
                    for ((v, row), bias) in v.iter().zip(e.w).zip(e.visible) {
                        minus_energy += v * (bias + row[0] * h[0] + row[1] * h[1]);
                    }
                    (minus_energy + e.hidden[0] * h[0] + e.hidden[1] * h[1]).exp()
                };
                let sum = |v| -> f64 { states.iter().map(|h| weight(v, *h)).sum() };
                let active = weight(e.v, states[2]) + weight(e.v, states[3]);
                [-sum(e.v).ln(), active / sum(e.v), sum(e.v) / sum([0.0; 3])]
            },
            1e-12,
        );
    }
}
