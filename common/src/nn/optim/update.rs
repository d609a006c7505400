//! One pass over the memory for the update of a tensor.

use std::array::from_fn;
use std::ops::{Add, Div, Mul, Sub};

use burn::backend::Flex;
use burn::tensor::{DType, Tensor};
use macerator::{AutoArch, Simd, WithSimd};

use super::super::flex::{FlexTensor, is_ours, whole};
use super::super::simd::Float;

/// What a rule computes with: a number, or a tensor of numbers.
pub(super) trait Number:
    Clone + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// Times a constant.
    fn scaled(self, by: f64) -> Self;
    /// Plus a constant.
    fn shifted(self, by: f64) -> Self;
    /// The square root.
    fn root(self) -> Self;
}

impl<T: Float> Number for T {
    #[inline(always)]
    fn scaled(self, by: f64) -> Self {
        self * T::from_f64(by)
    }
    #[inline(always)]
    fn shifted(self, by: f64) -> Self {
        self + T::from_f64(by)
    }
    #[inline(always)]
    fn root(self) -> Self {
        self.square_root()
    }
}

impl Number for Tensor<1> {
    fn scaled(self, by: f64) -> Self {
        self * by
    }
    fn shifted(self, by: f64) -> Self {
        self + by
    }
    fn root(self) -> Self {
        self.sqrt()
    }
}

/// What an optimiser does with every parameter and what it remembers of it: `N` numbers.
pub(super) trait Rule<const N: usize>: Sync {
    /// The next numbers.
    fn next<A: Number>(&self, numbers: [A; N], gradient: A) -> [A; N];
}

/// The next numbers of whole tensors. On the CPU they are written over the old ones, if nobody else holds these, in one
/// pass; elsewhere the backend computes the rule operation by operation.
pub(super) fn update<const N: usize>(
    rule: &impl Rule<N>,
    numbers: [Tensor<1>; N],
    gradient: Tensor<1>,
) -> [Tensor<1>; N] {
    let all = || numbers.iter().chain([&gradient]);
    let alike = all().all(|tensor| {
        is_ours(tensor) && !tensor.is_autodiff() && tensor.dtype() == gradient.dtype()
    });
    match gradient.dtype() {
        DType::F32 if alike => update_of::<f32, N>(rule, numbers, gradient),
        DType::F64 if alike => update_of::<f64, N>(rule, numbers, gradient),
        _ => rule.next(numbers, gradient),
    }
}

fn update_of<T: Float, const N: usize>(
    rule: &impl Rule<N>,
    numbers: [Tensor<1>; N],
    gradient: Tensor<1>,
) -> [Tensor<1>; N] {
    let mut numbers = numbers.map(|tensor| whole::<T>(flex(tensor)));
    let gradient = flex(gradient).to_contiguous();
    let gradient = gradient.as_slice::<T>().unwrap_or_default();
    run(
        rule,
        numbers.each_mut().map(|tensor| tensor.storage_mut::<T>()),
        gradient,
    );
    numbers.map(Tensor::from_primitive::<Flex>)
}

fn flex(tensor: Tensor<1>) -> FlexTensor {
    tensor
        .try_into_primitive::<Flex>()
        .expect("is_ours has looked at the backend")
}

/// So many numbers are worth a thread.
const PIECE: usize = 1 << 15;

fn run<T: Float, const N: usize>(rule: &impl Rule<N>, numbers: [&mut [T]; N], gradient: &[T]) {
    if gradient.len() <= PIECE {
        AutoArch::new().dispatch(Piece {
            rule,
            numbers,
            gradient,
        });
        return;
    }
    // In whole blocks, so that a number's place in one does not depend on the pieces.
    let middle = (gradient.len() / 2).next_multiple_of(LANES);
    let (left, right) = gradient.split_at(middle);
    let mut rights = Vec::with_capacity(N);
    let lefts = numbers.map(|numbers| {
        let (left, right) = numbers.split_at_mut(middle);
        rights.push(right);
        left
    });
    let mut rights = rights.into_iter();
    let rights = [(); N].map(|()| rights.next().unwrap_or_default());
    rayon::join(|| run(rule, lefts, left), || run(rule, rights, right));
}

const LANES: usize = 16;

struct Piece<'a, T, R, const N: usize> {
    rule: &'a R,
    numbers: [&'a mut [T]; N],
    gradient: &'a [T],
}

impl<T: Float, R: Rule<N>, const N: usize> WithSimd for Piece<'_, T, R, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let (blocks, rest) = self.gradient.as_chunks::<LANES>();
        let numbers = self.numbers.map(|numbers| numbers.as_chunks_mut::<LANES>());
        for (i, gradient) in blocks.iter().enumerate() {
            let mut block: [[T; LANES]; N] = from_fn(|k| numbers[k].0[i]);
            for lane in 0..LANES {
                let next = self.rule.next(from_fn(|k| block[k][lane]), gradient[lane]);
                for k in 0..N {
                    block[k][lane] = next[k];
                }
            }
            for k in 0..N {
                numbers[k].0[i] = block[k];
            }
        }
        for (i, &gradient) in rest.iter().enumerate() {
            let next = self.rule.next(from_fn(|k| numbers[k].1[i]), gradient);
            for k in 0..N {
                numbers[k].1[i] = next[k];
            }
        }
    }
}
