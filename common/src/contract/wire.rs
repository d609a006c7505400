//! How values cross the boundary between a student's process and the judge.
//!
//! Every type in a contract implements [`Wire`]. The format is compact and has no options: little
//! endian, a `u32` before everything of variable length, one byte before a choice. Reading trusts
//! nothing: a length is compared with the bytes that are really there before memory is taken, and a
//! value that does not fit is an error, never a panic.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use thiserror::Error;

/// Bytes that are not the value they should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WireError {
    /// The bytes end inside a value.
    #[error("the message ends inside a value: {needed} bytes needed, {left} left")]
    Short {
        /// The bytes that the value takes.
        needed: usize,
        /// The bytes that are there.
        left: usize,
    },
    /// Bytes are left after the last value.
    #[error("{0} bytes too many at the end of the message")]
    Trailing(usize),
    /// A tensor has another rank than the function's signature says.
    #[error("a tensor of rank {got} where rank {want} is expected")]
    Rank {
        /// The rank in the signature.
        want: usize,
        /// The rank that came.
        got: usize,
    },
    /// A value outside what its type allows.
    #[error("{0}")]
    Invalid(String),
}

/// A value that can be sent between two processes.
pub trait Wire: Sized {
    /// Appends the value to `out`.
    fn write(&self, out: &mut Vec<u8>);
    /// Takes the value off the front of `input`.
    ///
    /// # Errors
    /// When the bytes are not such a value.
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError>;

    /// The value alone as bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// The value that `bytes` holds, and nothing else.
    ///
    /// # Errors
    /// When the bytes are not exactly one such value.
    fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut input = Reader::new(bytes);
        let value = Self::read(&mut input)?;
        match input.left() {
            0 => Ok(value),
            left => Err(WireError::Trailing(left)),
        }
    }
}

/// The bytes that are still to be read.
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// How many bytes are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.bytes.len()
    }

    /// The next `n` bytes.
    ///
    /// # Errors
    /// When fewer are left.
    #[inline] // it and the numbers below are called for every number of a list
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], WireError> {
        if n > self.bytes.len() {
            return Err(WireError::Short {
                needed: n,
                left: self.bytes.len(),
            });
        }
        let (head, tail) = self.bytes.split_at(n);
        self.bytes = tail;
        Ok(head)
    }

    /// A length, believed only if that many items of at least `item` bytes can still follow.
    fn length(&mut self, item: usize) -> Result<usize, WireError> {
        let n = u32::read(self)? as usize;
        match n.checked_mul(item) {
            Some(needed) if needed <= self.left() => Ok(n),
            needed => Err(WireError::Short {
                needed: needed.unwrap_or(usize::MAX),
                left: self.left(),
            }),
        }
    }
}

fn write_length(n: usize, out: &mut Vec<u8>) {
    u32::try_from(n)
        .expect("a value of the contract has fewer than 2^32 items")
        .write(out);
}

macro_rules! number {
    ($($ty:ty),*) => {$(
        impl Wire for $ty {
            #[inline]
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            #[inline]
            fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
                let bytes = input.take(size_of::<$ty>())?;
                Ok(<$ty>::from_le_bytes(bytes.try_into().expect("as many bytes as were asked for")))
            }
        }
    )*};
}
number!(u8, u32, u64, u128, i32, i64, f32, f64);

impl Wire for usize {
    fn write(&self, out: &mut Vec<u8>) {
        (*self as u64).write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        let n = u64::read(input)?;
        usize::try_from(n).map_err(|_| WireError::Invalid(format!("{n} does not fit a usize")))
    }
}

impl Wire for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        match u8::read(input)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(WireError::Invalid(format!("{other} is not a bool"))),
        }
    }
}

impl Wire for String {
    fn write(&self, out: &mut Vec<u8>) {
        write_length(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        let n = input.length(1)?;
        String::from_utf8(input.take(n)?.to_vec())
            .map_err(|_| WireError::Invalid("text that is not UTF-8".into()))
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        write_length(self.len(), out);
        for item in self {
            item.write(out);
        }
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        // Every item takes at least one byte, so the bytes that are there bound the memory.
        let n = input.length(1)?;
        let mut items = Vec::new();
        for _ in 0..n {
            items.push(T::read(input)?);
        }
        Ok(items)
    }
}

impl<T: Wire + Copy + Default, const N: usize> Wire for [T; N] {
    fn write(&self, out: &mut Vec<u8>) {
        for item in self {
            item.write(out);
        }
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        let mut items = [T::default(); N];
        for item in &mut items {
            *item = T::read(input)?;
        }
        Ok(items)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(if bool::read(input)? {
            Some(T::read(input)?)
        } else {
            None
        })
    }
}

/// A function of the contract that may refuse its input answers with a text that says why.
impl<T: Wire> Wire for Result<T, String> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_ok().write(out);
        match self {
            Ok(value) => value.write(out),
            Err(why) => why.write(out),
        }
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(if bool::read(input)? {
            Ok(T::read(input)?)
        } else {
            Err(String::read(input)?)
        })
    }
}

macro_rules! tuple {
    ($($name:ident),*) => {
        impl<$($name: Wire),*> Wire for ($($name,)*) {
            #[allow(non_snake_case, clippy::unused_unit, unused_variables)]
            fn write(&self, out: &mut Vec<u8>) {
                let ($($name,)*) = self;
                $($name.write(out);)*
            }
            #[allow(clippy::unused_unit, unused_variables)]
            fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
                Ok(($($name::read(input)?,)*))
            }
        }
    };
}
tuple!();
tuple!(A);
tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
tuple!(A, B, C, D, E);
tuple!(A, B, C, D, E, F);
tuple!(A, B, C, D, E, F, G);
tuple!(A, B, C, D, E, F, G, H);

/// The bytes of a tensor: element type, sizes of the axes, elements in row-major order.
fn write_data(data: &TensorData, out: &mut Vec<u8>) {
    let tag: u8 = match data.dtype() {
        DType::F64 => 0,
        DType::F32 => 1,
        DType::I64 => 2,
        DType::I32 => 3,
        other => panic!("a tensor of {other:?} cannot be an answer: use f64, f32, i64 or i32"),
    };
    tag.write(out);
    write_length(data.rank(), out);
    for size in data.shape().iter() {
        write_length(*size, out);
    }
    out.extend_from_slice(data.as_bytes());
}

fn read_data(input: &mut Reader<'_>, rank: usize) -> Result<TensorData, WireError> {
    let tag = u8::read(input)?;
    let got = u32::read(input)? as usize;
    if got != rank {
        return Err(WireError::Rank { want: rank, got });
    }
    let shape: Vec<usize> = (0..rank)
        .map(|_| u32::read(input).map(|n| n as usize))
        .collect::<Result<_, _>>()?;
    let count = shape
        .iter()
        .try_fold(1usize, |product, n| product.checked_mul(*n))
        .ok_or_else(|| WireError::Invalid(format!("a tensor of shape {shape:?} is too large")))?;
    Ok(match tag {
        0 => TensorData::new(elements::<f64, 8>(input, count, f64::from_le_bytes)?, shape),
        1 => TensorData::new(elements::<f32, 4>(input, count, f32::from_le_bytes)?, shape),
        2 => TensorData::new(elements::<i64, 8>(input, count, i64::from_le_bytes)?, shape),
        3 => TensorData::new(elements::<i32, 4>(input, count, i32::from_le_bytes)?, shape),
        other => {
            return Err(WireError::Invalid(format!(
                "{other} is not an element type"
            )));
        }
    })
}

fn elements<T, const N: usize>(
    input: &mut Reader<'_>,
    count: usize,
    from: fn([u8; N]) -> T,
) -> Result<Vec<T>, WireError> {
    let bytes = input.take(count.saturating_mul(N))?;
    let (chunks, _) = bytes.as_chunks::<N>();
    Ok(chunks.iter().map(|chunk| from(*chunk)).collect())
}

impl<const D: usize> Wire for Tensor<D> {
    fn write(&self, out: &mut Vec<u8>) {
        write_data(&self.to_data(), out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        let data = read_data(input, D)?;
        let dtype = data.dtype();
        if !dtype.is_float() {
            return Err(WireError::Invalid(format!(
                "a tensor of {dtype:?} where floats are expected"
            )));
        }
        Ok(Tensor::from_data(data, (&Device::flex(), dtype)))
    }
}

impl<const D: usize> Wire for Tensor<D, Int> {
    fn write(&self, out: &mut Vec<u8>) {
        write_data(&self.to_data(), out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        let data = read_data(input, D)?;
        let dtype = data.dtype();
        if dtype.is_float() {
            return Err(WireError::Invalid(format!(
                "a tensor of {dtype:?} where integers are expected"
            )));
        }
        Ok(Tensor::from_data(data, (&Device::flex(), dtype)))
    }
}

/// Declares a struct of a contract: plain public fields, sent in the order they are written.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* pub struct $Name:ident { $($(#[$fmeta:meta])* pub $field:ident : $ty:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $Name { $($(#[$fmeta])* pub $field: $ty,)* }

        impl $crate::contract::Wire for $Name {
            fn write(&self, out: &mut Vec<u8>) {
                $($crate::contract::Wire::write(&self.$field, out);)*
            }
            fn read(
                input: &mut $crate::contract::Reader<'_>,
            ) -> Result<Self, $crate::contract::WireError> {
                Ok(Self { $($field: $crate::contract::Wire::read(input)?,)* })
            }
        }

        impl $crate::contract::Show for $Name {
            fn show(&self) -> String {
                let fields = [$(format!(
                    "{}: {}", stringify!($field), $crate::contract::Show::show(&self.$field)
                )),*];
                format!("{} {{ {} }}", stringify!($Name), fields.join(", "))
            }
        }
    };
}

/// Declares a choice of a contract: an enum without fields, sent as one byte.
#[macro_export]
macro_rules! choice {
    ($(#[$meta:meta])* pub enum $Name:ident { $($(#[$vmeta:meta])* $variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $Name { $($(#[$vmeta])* $variant,)* }

        impl $Name {
            /// Every variant, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
        }

        impl $crate::contract::Wire for $Name {
            fn write(&self, out: &mut Vec<u8>) {
                out.push(*self as u8);
            }
            fn read(
                input: &mut $crate::contract::Reader<'_>,
            ) -> Result<Self, $crate::contract::WireError> {
                let index = u8::read(input)?;
                Self::ALL.get(usize::from(index)).copied().ok_or_else(|| {
                    $crate::contract::WireError::Invalid(format!(
                        "{index} is not a {}", stringify!($Name)
                    ))
                })
            }
        }

        impl $crate::contract::Show for $Name {
            fn show(&self) -> String {
                format!("{self:?}")
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    type Everything = (
        Vec<f64>,
        Option<String>,
        Result<usize, String>,
        [usize; 3],
        Tensor<2>,
        Tensor<1, Int>,
    );

    fn everything() -> Everything {
        (
            vec![1.5, f64::NAN, -0.0],
            Some("سلام".into()),
            Err("why".into()),
            [1, 2, 3],
            Rng::new(1).normal_tensor([2, 3]),
            Tensor::from_data([4, 5], &Device::flex()),
        )
    }

    #[test]
    fn values_come_back_bit_for_bit() {
        let bytes = everything().to_bytes();
        let back = Everything::from_bytes(&bytes).unwrap();
        assert_eq!(back.to_bytes(), bytes);
        assert_eq!(back.4.dtype(), DType::F64);
        assert_eq!(back.4.dims(), [2, 3]);
    }

    #[test]
    fn single_precision_stays_single() {
        let data = TensorData::new(vec![0.1f32, 0.2], [2]);
        let tensor = Tensor::<1>::from_data(data, (&Device::flex(), DType::F32));
        let back = Tensor::<1>::from_bytes(&tensor.to_bytes()).unwrap();
        assert_eq!(back.dtype(), DType::F32);
        assert_eq!(back.to_bytes(), tensor.to_bytes());
    }

    #[test]
    fn another_rank_or_kind_is_refused() {
        let matrix = Rng::new(1).normal_tensor([2, 3]).to_bytes();
        let refused = Tensor::<1>::from_bytes(&matrix).unwrap_err();
        assert_eq!(refused, WireError::Rank { want: 1, got: 2 });
        assert!(Tensor::<2, Int>::from_bytes(&matrix).is_err());
    }

    #[test]
    fn a_lying_length_takes_no_memory() {
        let mut bytes = u32::MAX.to_le_bytes().to_vec();
        bytes.push(0);
        assert!(Vec::<f64>::from_bytes(&bytes).is_err());
        assert!(String::from_bytes(&bytes).is_err());
        // A tensor that says it has 2^32 - 1 by 2^32 - 1 elements.
        let mut tensor = vec![0];
        tensor.extend(2u32.to_le_bytes());
        tensor.extend([0xFF; 8]);
        assert!(Tensor::<2>::from_bytes(&tensor).is_err());
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let valid = everything().to_bytes();
        let mut rng = Rng::new(7);
        for _ in 0..20_000 {
            let mut bytes = valid.clone();
            bytes.truncate(rng.below(valid.len() + 1));
            for _ in 0..rng.below(4) {
                if !bytes.is_empty() {
                    let at = rng.below(bytes.len());
                    bytes[at] = rng.next_u64() as u8;
                }
            }
            // Either an error, or a value that is written as it was read.
            if let Ok(value) = Everything::from_bytes(&bytes) {
                assert_eq!(value.to_bytes().len(), bytes.len());
            }
        }
    }
}
