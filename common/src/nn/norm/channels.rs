//! Normalisation per channel, on slices.

use macerator::{AutoArch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::flex::SERIAL;
use super::super::simd::{Float, sums_of};

/// How numbers `[n, channels, place]` lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Channels {
    /// How many.
    pub count: usize,
    /// Numbers of one channel of one image.
    pub plane: usize,
}

/// What [`Channels::normalize`] gives.
pub(super) struct Normalized<T> {
    pub y: Vec<T>,
    pub mean: Vec<T>,
    pub variance: Vec<T>,
}

impl Channels {
    /// A value of each channel, channels in parallel when there is enough to do.
    fn each<T: Float, R: Send>(self, x: &[T], f: impl Fn(usize) -> R + Send + Sync) -> Vec<R> {
        let at_least = SERIAL * self.count / x.len();
        (0..self.count)
            .into_par_iter()
            .with_min_len(at_least.max(1))
            .map(f)
            .collect()
    }

    /// Writes over each plane of `to` the [`Affine`] of its channel, of it and of the plane of `x`.
    fn affine<T: Float>(self, x: &[T], to: &mut [T], of: impl Fn(usize) -> Affine<T> + Sync) {
        to.par_chunks_exact_mut(self.plane)
            .zip(x.par_chunks_exact(self.plane))
            .enumerate()
            .with_min_len((SERIAL / self.plane).max(1))
            .for_each(|(i, (to, x))| {
                let affine = of(i % self.count);
                AutoArch::new().dispatch(Plane { affine, x, to });
            });
    }

    /// `(x - mean) / sqrt(variance + eps) gamma + beta` with the mean and the (biased) variance of each channel.
    pub fn normalize<T: Float>(self, x: &[T], gamma: &[T], beta: &[T], eps: f64) -> Normalized<T> {
        let statistics = self.each(x, |channel| {
            AutoArch::new().dispatch(Moments {
                channels: self,
                channel,
                x,
            })
        });
        let (mean, variance): (Vec<T>, Vec<T>) = statistics.into_iter().unzip();
        let mut y = vec![T::ZERO; x.len()];
        self.affine(x, &mut y, |c| Affine {
            minus: mean[c],
            of_x: T::from_f64(gamma[c].to_f64() * inverse_deviation(variance[c], eps)),
            of_old: T::ZERO,
            plus: beta[c],
        });
        Normalized { y, mean, variance }
    }

    /// The gradients by gamma and beta, given that by the output and what [`normalize`](Self::normalize) found. That by x
    /// is written over `dy`.
    ///
    /// ```text
    /// r = 1 / sqrt(variance + eps)    x' = (x - mean) r    m = n places
    /// dbeta = sum dy                  dgamma = sum dy x'
    /// dx = gamma r (dy - dbeta / m - x' dgamma / m)
    /// ```
    pub fn gradients<T: Float>(
        self,
        x: &[T],
        gamma: &[T],
        [mean, variance]: [&[T]; 2],
        eps: f64,
        dy: &mut [T],
    ) -> [Vec<T>; 2] {
        // By channel: sum dy, and sum dy (x - mean).
        let sums = self.each(x, |channel| {
            AutoArch::new().dispatch(Products {
                channels: self,
                channel,
                x,
                dy,
                mean: mean[channel],
            })
        });
        let share = 1.0 / (x.len() / self.count) as f64;
        self.affine(x, dy, |c| {
            let r = inverse_deviation(variance[c], eps);
            let [sum, product] = sums[c].map(|sum| sum.to_f64() * share);
            let of_dy = gamma[c].to_f64() * r;
            Affine {
                minus: mean[c],
                of_x: T::from_f64(-of_dy * r * r * product),
                of_old: T::from_f64(of_dy),
                plus: T::from_f64(-of_dy * sum),
            }
        });
        let of_gamma = |(sums, &variance): (&[T; 2], &T)| {
            T::from_f64(sums[1].to_f64() * inverse_deviation(variance, eps))
        };
        [
            sums.iter().zip(variance).map(of_gamma).collect(),
            sums.iter().map(|sums| sums[0]).collect(),
        ]
    }
}

fn inverse_deviation<T: Float>(variance: T, eps: f64) -> f64 {
    1.0 / (variance.to_f64() + eps).sqrt()
}

/// The planes of one channel.
#[inline(always)]
fn planes<T>(channels: Channels, channel: usize, numbers: &[T]) -> impl Iterator<Item = &[T]> {
    let planes = numbers.chunks_exact(channels.plane);
    planes.skip(channel).step_by(channels.count)
}

/// The mean and the variance of a channel, in two passes.
struct Moments<'a, T> {
    channels: Channels,
    channel: usize,
    x: &'a [T],
}

impl<T: Float> WithSimd for Moments<'_, T> {
    type Output = (T, T);

    #[inline(always)]
    fn with_simd<S: Simd>(self) -> (T, T) {
        let share = 1.0 / (self.x.len() / self.channels.count) as f64;
        let planes = || planes(self.channels, self.channel, self.x).map(|plane| (plane, plane));
        let [sum] = sums_of(planes(), |x, _| [x]);
        let mean = T::from_f64(sum.to_f64() * share);
        let [squares] = sums_of(planes(), |x, _| [(x - mean) * (x - mean)]);
        (mean, T::from_f64(squares.to_f64() * share))
    }
}

/// The sums of `dy` and of `dy (x - mean)` of a channel.
struct Products<'a, T> {
    channels: Channels,
    channel: usize,
    x: &'a [T],
    dy: &'a [T],
    mean: T,
}

impl<T: Float> WithSimd for Products<'_, T> {
    type Output = [T; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self) -> [T; 2] {
        let x = planes(self.channels, self.channel, self.x);
        let both = x.zip(planes(self.channels, self.channel, self.dy));
        sums_of(both, |x, dy| [dy, dy * (x - self.mean)])
    }
}

/// `of_x (x - minus) + of_old old + plus`.
#[derive(Clone, Copy)]
struct Affine<T> {
    minus: T,
    of_x: T,
    of_old: T,
    plus: T,
}

struct Plane<'a, T> {
    affine: Affine<T>,
    x: &'a [T],
    to: &'a mut [T],
}

impl<T: Float> WithSimd for Plane<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let affine = self.affine;
        for (to, &x) in self.to.iter_mut().zip(self.x) {
            *to = affine.of_x * (x - affine.minus) + (affine.of_old * *to + affine.plus);
        }
    }
}
