//! The vector instructions of the machine, in safe Rust: what the inner loops of this module are written with.
//!
//! `macerator` finds out at run time what the processor has and compiles each loop once for every kind of it.

use burn::tensor::Element as BurnElement;
use bytemuck::{NoUninit, Pod};
use macerator::{ReduceAdd, Scalar, Simd, VAdd, VMulAdd, Vector};

/// A number of single or double precision.
pub(super) trait Float:
    BurnElement + Pod + Scalar + VAdd + VMulAdd + ReduceAdd + Send + Sync
{
    /// Zero.
    const ZERO: Self;
}

impl Float for f32 {
    const ZERO: Self = 0.0;
}

impl Float for f64 {
    const ZERO: Self = 0.0;
}

/// No processor has longer vectors: 64 bytes of single precision.
pub(super) const MOST_LANES: usize = 16;

/// How many numbers a vector holds.
#[inline(always)]
pub(super) const fn lanes<S: Simd, T: Float>() -> usize {
    size_of::<Vector<S, T>>() / size_of::<T>()
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

/// `a b + c` in every lane.
#[inline(always)]
pub(super) fn fused<S: Simd, T: Float>(
    a: Vector<S, T>,
    b: Vector<S, T>,
    c: Vector<S, T>,
) -> Vector<S, T> {
    a.mul_add(b, c)
}
