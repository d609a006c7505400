//! The vector instructions of the machine, in safe Rust: what the inner loops of this module are written with.
//!
//! `macerator` finds out at run time what the processor has and compiles each loop once for every kind of it.

use std::marker::PhantomData;
use std::ops::{Div, Sub};

use burn::tensor::Element as BurnElement;
use bytemuck::{NoUninit, Pod};
use macerator::{AutoArch, ReduceAdd, Scalar, Simd, VAdd, VMulAdd, Vector, WithSimd};

/// A number of single or double precision.
pub(super) trait Float:
    BurnElement
    + Pod
    + Scalar
    + VAdd
    + VMulAdd
    + ReduceAdd
    + Sub<Output = Self>
    + Div<Output = Self>
    + PartialOrd
    + Send
    + Sync
{
    /// Zero.
    const ZERO: Self;
    /// The nearest to a number.
    fn from_f64(number: f64) -> Self;
    /// The same number.
    fn to_f64(self) -> f64;
    /// Its square root.
    fn square_root(self) -> Self;
    /// Whether it is no number.
    fn is_nan(self) -> bool;
}

impl Float for f32 {
    #[inline(always)]
    fn is_nan(self) -> bool {
        f32::is_nan(self)
    }
    const ZERO: Self = 0.0;
    #[inline(always)]
    fn from_f64(number: f64) -> Self {
        number as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.into()
    }
    #[inline(always)]
    fn square_root(self) -> Self {
        self.sqrt()
    }
}

impl Float for f64 {
    #[inline(always)]
    fn is_nan(self) -> bool {
        f64::is_nan(self)
    }
    const ZERO: Self = 0.0;
    #[inline(always)]
    fn from_f64(number: f64) -> Self {
        number
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn square_root(self) -> Self {
        self.sqrt()
    }
}

/// No processor has longer vectors: 64 bytes of single precision.
pub(super) const MOST_LANES: usize = 16;

/// How many numbers a vector holds.
#[inline(always)]
pub(super) const fn lanes<S: Simd, T: Float>() -> usize {
    size_of::<Vector<S, T>>() / size_of::<T>()
}

/// How many numbers a vector of this processor holds.
pub(super) fn lanes_here<T: Float>() -> usize {
    AutoArch::new().dispatch(Lanes(PhantomData::<T>))
}

struct Lanes<T>(PhantomData<T>);

impl<T: Float> WithSimd for Lanes<T> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self) -> usize {
        lanes::<S, T>()
    }
}

/// Whether there are 32 vector registers, and not 16: AVX-512 and ARM have them.
#[inline(always)]
pub(super) const fn many_registers<S: Simd>() -> bool {
    cfg!(target_arch = "aarch64") || size_of::<S::Register>() == 64
}

/// The vector at the start of `from`.
#[inline(always)]
pub(super) fn load<S: Simd, T: Float>(from: &[T]) -> Vector<S, T> {
    bytemuck::pod_read_unaligned(bytemuck::cast_slice(&from[..lanes::<S, T>()]))
}

/// Writes a vector to the start of `to`.
#[inline(always)]
pub(super) fn store<S: Simd, T: Float + NoUninit>(vector: Vector<S, T>, to: &mut [T]) {
    to[..lanes::<S, T>()].copy_from_slice(bytemuck::cast_slice(&[vector]));
}

/// Copies a row, of a vector's length or more without a call.
#[inline(always)]
pub(super) fn copy<S: Simd, T: Float>(from: &[T], to: &mut [T]) {
    let (lanes, count) = (lanes::<S, T>(), from.len());
    assert_eq!(count, to.len());
    if count < lanes {
        to.copy_from_slice(from);
        return;
    }
    let mut i = 0;
    while i + lanes < count {
        store(load::<S, T>(&from[i..]), &mut to[i..]);
        i += lanes;
    }
    // The last vector overlaps the one before.
    store(
        load::<S, T>(&from[count - lanes..]),
        &mut to[count - lanes..],
    );
}

/// `a b + c` in every lane.
#[inline(always)]
pub(super) fn fused<S: Simd, T: Float>(
    a: Vector<S, T>,
    b: Vector<S, T>,
    c: Vector<S, T>,
) -> Vector<S, T> {
    a.mul_add(b, c)
}

/// The sums of `term` of all pairs of numbers in pairs of rows, in an order that depends on the lengths alone.
///
/// Thirty-two sums are made side by side, which vectors can do, and added at the end.
#[inline(always)]
pub(super) fn sums_of<'a, T: Float, const K: usize>(
    rows: impl Iterator<Item = (&'a [T], &'a [T])>,
    term: impl Fn(T, T) -> [T; K],
) -> [T; K] {
    let mut sums = [[T::ZERO; 32]; K];
    for (a, b) in rows {
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<32>(), b.as_chunks::<32>());
        for (a, b) in a.iter().zip(b) {
            for lane in 0..32 {
                let terms = term(a[lane], b[lane]);
                for k in 0..K {
                    sums[k][lane] = sums[k][lane] + terms[k];
                }
            }
        }
        for (lane, (&a, &b)) in a_rest.iter().zip(b_rest).enumerate() {
            let terms = term(a, b);
            for k in 0..K {
                sums[k][lane] = sums[k][lane] + terms[k];
            }
        }
    }
    sums.map(|lanes| lanes.into_iter().fold(T::ZERO, |sum, lane| sum + lane))
}
