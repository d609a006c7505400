//! A2.5: LeNet-5 unit by unit.

use common::contract::a2::{Lenet5Parameters, ModernLenet5Parameters};
use common::rng::Rng;

use super::array::tensor;
use super::lenet1989::{full, squash};

/// Table I of the paper, a line for each plane of S2 and a column for each plane of C3.
const TABLE: [&str; 6] = [
    "X   XXX  XXXX XX",
    "XX   XXX  XXXX X",
    "XXX   XXX  X XXX",
    " XXX  XXXX  X XX",
    "  XXX  XXXX XX X",
    "   XXX  XXXX XXX",
];

/// The planes of S2 that each plane of C3 sees.
pub fn c3_table() -> Vec<Vec<usize>> {
    let sees = |s2: usize, c3: usize| TABLE[s2].as_bytes()[c3] == b'X';
    (0..16)
        .map(|c3| (0..6).filter(|s2| sees(*s2, c3)).collect())
        .collect()
}

/// Planes of one size.
#[derive(Debug, Clone)]
pub struct Planes {
    /// Rows of a plane.
    pub rows: usize,
    /// Columns of a plane.
    pub columns: usize,
    /// Plane after plane, row after row.
    pub values: Vec<f64>,
}

impl Planes {
    fn at(&self, plane: usize, y: usize, x: usize) -> f64 {
        self.values[(plane * self.rows + y) * self.columns + x]
    }

    /// As many planes as `planes` of other planes, unit by unit.
    fn map(
        planes: usize,
        [rows, columns]: [usize; 2],
        f: impl Fn(usize, usize, usize) -> f64,
    ) -> Self {
        let mut values = Vec::new();
        for plane in 0..planes {
            for y in 0..rows {
                for x in 0..columns {
                    values.push(f(plane, y, x));
                }
            }
        }
        Self {
            rows,
            columns,
            values,
        }
    }

    /// Convolution with 5 x 5 kernels, as many for each plane as it sees planes, one after the other in `kernels`.
    fn convolved(&self, seen: &[Vec<usize>], kernels: &[f64], bias: &[f64]) -> Self {
        let mut first = vec![0];
        for planes in seen {
            first.push(first[first.len() - 1] + planes.len());
        }
        let size = [self.rows - 4, self.columns - 4];
        Self::map(seen.len(), size, |plane, y, x| {
            let mut sum = bias[plane];
            for (k, below) in seen[plane].iter().enumerate() {
                for p in 0..5 {
                    for q in 0..5 {
                        let weight = kernels[(first[plane] + k) * 25 + 5 * p + q];
                        sum += weight * self.at(*below, y + p, x + q);
                    }
                }
            }
            sum
        })
    }

    /// `f` of the four units that each unit of planes of half the size sees.
    fn halved(&self, planes: usize, f: impl Fn(usize, [f64; 4]) -> f64) -> Self {
        let size = [self.rows / 2, self.columns / 2];
        Self::map(planes, size, |plane, y, x| {
            let unit = |i: usize| self.at(plane, 2 * y + i / 2, 2 * x + i % 2);
            f(plane, [unit(0), unit(1), unit(2), unit(3)])
        })
    }

    /// Sub-sampling with a coefficient and a bias for each plane.
    pub fn subsampled(&self, coefficient: &[f64], bias: &[f64]) -> Self {
        self.halved(bias.len(), |plane, units| {
            squash(coefficient[plane] * units.iter().sum::<f64>() + bias[plane])
        })
    }

    fn each(mut self, f: impl Fn(f64) -> f64) -> Self {
        self.values.iter_mut().for_each(|value| *value = f(*value));
        self
    }
}

/// The input of LeNet-5 for one image.
pub fn input(image: &Planes) -> Planes {
    let size = [image.rows + 4, image.columns + 4];
    Planes::map(1, size, |_, y, x| {
        let inside = (2..2 + image.rows).contains(&y) && (2..2 + image.columns).contains(&x);
        -0.1 + if inside {
            1.275 * image.at(0, y - 2, x - 2)
        } else {
            0.0
        }
    })
}

/// `image` moved down and to the right.
pub fn shifted(image: &Planes, [down, right]: [i64; 2], background: f64) -> Planes {
    Planes::map(1, [image.rows, image.columns], |_, y, x| {
        let (y, x) = (y as i64 - down, x as i64 - right);
        let inside = (0..image.rows as i64).contains(&y) && (0..image.columns as i64).contains(&x);
        if inside {
            image.at(0, y as usize, x as usize)
        } else {
            background
        }
    })
}

/// Random numbers of about the size that keeps units of `inputs` inputs awake.
fn weights(rng: &mut Rng, n: usize, inputs: usize) -> Vec<f64> {
    let scale = 1.0 / (inputs as f64).sqrt();
    (0..n).map(|_| scale * rng.normal()).collect()
}

/// Sizes of a network: rows and columns of its input, units of C5 and of F6.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// 12 more than a multiple of 4.
    pub rows: usize,
    /// 12 more than a multiple of 4.
    pub columns: usize,
    /// Units of C5.
    pub c5: usize,
    /// Units of F6.
    pub f6: usize,
}

impl Size {
    fn n4(&self) -> usize {
        16 * ((self.rows - 12) / 4) * ((self.columns - 12) / 4)
    }
}

/// The parameters of 1998 in the order of the contract.
pub struct Lenet5 {
    /// Its sizes.
    pub size: Size,
    /// C1, S2, C3, S4, C5, F6: weights or coefficients, then biases.
    pub values: [Vec<f64>; 12],
}

impl Lenet5 {
    /// Random parameters.
    pub fn random(rng: &mut Rng, size: Size) -> Self {
        let n4 = size.n4();
        let mut w = |n, inputs| weights(rng, n, inputs);
        let values = [
            w(150, 25),
            w(6, 4),
            w(6, 4),
            w(6, 4),
            w(1500, 90),
            w(16, 4),
            w(16, 4),
            w(16, 4),
            w(n4 * size.c5, n4),
            w(size.c5, 4),
            w(size.c5 * size.f6, size.c5),
            w(size.f6, 4),
        ];
        Self { size, values }
    }

    /// As the contract has them.
    pub fn parameters(&self) -> Lenet5Parameters {
        let Size { c5, f6, .. } = self.size;
        let v = |i: usize| self.values[i].clone();
        Lenet5Parameters {
            c1_weight: tensor(v(0), [6, 1, 5, 5]),
            c1_bias: tensor(v(1), [6]),
            s2_coefficient: tensor(v(2), [6]),
            s2_bias: tensor(v(3), [6]),
            c3_weight: tensor(v(4), [60, 5, 5]),
            c3_bias: tensor(v(5), [16]),
            s4_coefficient: tensor(v(6), [16]),
            s4_bias: tensor(v(7), [16]),
            c5_weight: tensor(v(8), [self.size.n4(), c5]),
            c5_bias: tensor(v(9), [c5]),
            f6_weight: tensor(v(10), [c5, f6]),
            f6_bias: tensor(v(11), [f6]),
        }
    }

    /// The states of F6 for one input.
    pub fn features(&self, input: &Planes) -> Vec<f64> {
        let v = &self.values;
        let c1 = input
            .convolved(&vec![vec![0]; 6], &v[0], &v[1])
            .each(squash);
        let s2 = c1.subsampled(&v[2], &v[3]);
        let c3 = s2.convolved(&c3_table(), &v[4], &v[5]).each(squash);
        let s4 = c3.subsampled(&v[6], &v[7]);
        let squashed = |sums: Vec<f64>| sums.into_iter().map(squash).collect::<Vec<_>>();
        let c5 = squashed(full(&s4.values, &v[8], &v[9]));
        squashed(full(&c5, &v[10], &v[11]))
    }
}

/// The parameters of the modern network in the order of the contract.
pub struct Modern {
    /// Its sizes.
    pub size: Size,
    /// C1, C3, C5, F6, outputs: weights, then biases.
    pub values: [Vec<f64>; 10],
}

impl Modern {
    /// Random parameters.
    pub fn random(rng: &mut Rng, size: Size) -> Self {
        let n4 = size.n4();
        let mut w = |n, inputs| weights(rng, n, inputs);
        let values = [
            w(150, 10),
            w(6, 4),
            w(2400, 75),
            w(16, 4),
            w(n4 * size.c5, n4 / 2),
            w(size.c5, 4),
            w(size.c5 * size.f6, size.c5 / 2),
            w(size.f6, 4),
            w(size.f6 * 10, size.f6),
            w(10, 4),
        ];
        Self { size, values }
    }

    /// As the contract has them.
    pub fn parameters(&self) -> ModernLenet5Parameters {
        let Size { c5, f6, .. } = self.size;
        let v = |i: usize| self.values[i].clone();
        ModernLenet5Parameters {
            c1_weight: tensor(v(0), [6, 1, 5, 5]),
            c1_bias: tensor(v(1), [6]),
            c3_weight: tensor(v(2), [16, 6, 5, 5]),
            c3_bias: tensor(v(3), [16]),
            c5_weight: tensor(v(4), [self.size.n4(), c5]),
            c5_bias: tensor(v(5), [c5]),
            f6_weight: tensor(v(6), [c5, f6]),
            f6_bias: tensor(v(7), [f6]),
            out_weight: tensor(v(8), [f6, 10]),
            out_bias: tensor(v(9), [10]),
        }
    }

    /// The logits for one input.
    pub fn logits(&self, input: &Planes) -> Vec<f64> {
        let v = &self.values;
        let relu = |a: f64| a.max(0.0);
        let largest = |_, units: [f64; 4]| units.into_iter().fold(f64::MIN, f64::max);
        let all: Vec<usize> = (0..6).collect();
        let c1 = input.convolved(&vec![vec![0]; 6], &v[0], &v[1]).each(relu);
        let s2 = c1.halved(6, largest);
        let c3 = s2.convolved(&vec![all; 16], &v[2], &v[3]).each(relu);
        let s4 = c3.halved(16, largest);
        let rectified = |sums: Vec<f64>| sums.into_iter().map(relu).collect::<Vec<_>>();
        let c5 = rectified(full(&s4.values, &v[4], &v[5]));
        let f6 = rectified(full(&c5, &v[6], &v[7]));
        full(&f6, &v[8], &v[9])
    }
}

/// Name, units, parameters and connections of each layer, unit by unit.
pub fn counted(rows: usize, columns: usize, modern: bool) -> Vec<(String, usize, usize, usize)> {
    let seen = if modern {
        vec![(0..6).collect(); 16]
    } else {
        c3_table()
    };
    let mut sizes = Vec::new();
    let (mut rows, mut columns) = (rows, columns);
    for (names, seen) in [(["C1", "S2"], vec![vec![0]; 6]), (["C3", "S4"], seen)] {
        (rows, columns) = (rows - 4, columns - 4);
        let (mut units, mut connections, mut parameters) = (0, 0, 0);
        for planes in &seen {
            parameters += 25 * planes.len() + 1;
            for _ in 0..rows * columns {
                units += 1;
                connections += 25 * planes.len() + 1;
            }
        }
        sizes.push((names[0].to_string(), units, parameters, connections));
        (rows, columns) = (rows / 2, columns / 2);
        let units = seen.len() * rows * columns;
        let (learned, lines) = if modern { (0, 4) } else { (2, 5) };
        sizes.push((
            names[1].to_string(),
            units,
            learned * seen.len(),
            lines * units,
        ));
    }
    let mut below = 16 * rows * columns;
    let full: &[(&str, usize)] = match modern {
        true => &[("C5", 120), ("F6", 84), ("out", 10)],
        false => &[("C5", 120), ("F6", 84)],
    };
    for (name, units) in full {
        let all = (below + 1) * units;
        sizes.push((name.to_string(), *units, all, all));
        below = *units;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paper_counts_the_same() {
        let sum = |modern, of: fn(&(String, usize, usize, usize)) -> usize| {
            counted(32, 32, modern).iter().map(of).sum::<usize>()
        };
        assert_eq!(sum(false, |size| size.2), 60_000);
        assert_eq!(sum(true, |size| size.2), 61_706);
        let connections: Vec<usize> = counted(32, 32, false).iter().map(|size| size.3).collect();
        assert_eq!(connections, [122_304, 5880, 151_600, 2000, 48_120, 10_164]);
    }

    #[test]
    fn every_plane_of_s2_is_seen_by_ten() {
        let table = c3_table();
        for s2 in 0..6 {
            assert_eq!(
                table.iter().filter(|planes| planes.contains(&s2)).count(),
                10
            );
        }
    }
}
