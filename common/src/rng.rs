//! A small random number generator whose numbers never change.
//!
//! Framework generators are process-wide and may change between versions, so checks, data sets and
//! initialisers use this one: xoshiro256++ (Blackman & Vigna 2019), seeded by SplitMix64.

use burn::tensor::{DType, Device, Tensor, TensorData};

/// A stream of random numbers, fixed by its seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut splitmix = seed;
        Self {
            state: std::array::from_fn(|_| {
                splitmix = splitmix.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let z = (splitmix ^ (splitmix >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                z ^ (z >> 31)
            }),
        }
    }

    /// The stream of a name under a seed: different names, independent streams.
    #[must_use]
    pub fn named(seed: u64, name: &str) -> Self {
        // FNV-1a.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self::new(seed ^ hash)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in `[0, 1)`, with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in `[low, high)`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Normal with mean 0 and standard deviation 1 (Box & Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Uniform in `0..n`.
    ///
    /// # Panics
    /// When `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "below(0) has no value to give");
        // Multiply and shift (Lemire 2019); the bias is below n / 2^64.
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }

    /// Uniform in `low..=high`.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// Puts `items` in random order (Fisher & Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// The numbers `0..n` in random order.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        self.shuffle(&mut order);
        order
    }

    /// A tensor of `shape` in double precision on the CPU, each element drawn by `draw`.
    pub fn tensor<const D: usize>(
        &mut self,
        shape: [usize; D],
        mut draw: impl FnMut(&mut Self) -> f64,
    ) -> Tensor<D> {
        let values: Vec<f64> = (0..shape.iter().product()).map(|_| draw(self)).collect();
        Tensor::from_data(
            TensorData::new(values, shape),
            (&Device::flex(), DType::F64),
        )
    }

    /// A tensor of normal numbers, in double precision on the CPU.
    pub fn normal_tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D> {
        self.tensor(shape, Self::normal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_never_change() {
        let mut rng = Rng::new(42);
        assert_eq!(
            [rng.next_u64(), rng.next_u64(), rng.next_u64()],
            [
                15021278609987233951,
                5881210131331364753,
                18149643915985481100
            ]
        );
    }

    #[test]
    fn normal_has_mean_0_and_variance_1() {
        // 6 sigma of the mean of 1e5 draws is 0.019, of the variance 0.027.
        let mut rng = Rng::new(1);
        let draws: Vec<f64> = (0..100_000).map(|_| rng.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.019, "{mean}");
        assert!((variance - 1.0).abs() < 0.027, "{variance}");
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        let mut order = Rng::new(3).permutation(100);
        assert_ne!(order, (0..100).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn names_give_independent_streams() {
        assert_ne!(Rng::named(1, "a").next_u64(), Rng::named(1, "b").next_u64());
    }
}
