//! The arguments of a call as they stand in a message.
//!
//! A check compares the answer of a call and says what it was given. Where there is no answer, because the function
//! panicked, this says it for every check.

use burn::tensor::{Int, Tensor, TensorData};

use crate::check::nested;

/// A tensor or a list of more items than these is not written out: nobody reads it.
const ITEMS: usize = 24;

/// An argument is cut after so many characters.
const CHARACTERS: usize = 300;

/// A value that can be written into a message.
pub trait Show {
    /// The value on one line, as a person would write it down; of what is long, how much there is.
    fn show(&self) -> String;
}

/// `name` and its value. For the [`contract!`](crate::contract!) macro.
#[must_use]
pub fn argument(name: &str, value: &impl Show) -> String {
    let shown = value.show();
    match shown.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{name} {}...", &shown[..end]),
        None => format!("{name} {shown}"),
    }
}

macro_rules! as_debug {
    ($($ty:ty),*) => {$(
        impl Show for $ty {
            fn show(&self) -> String {
                format!("{self:?}")
            }
        }
    )*};
}
as_debug!(u8, u32, u64, u128, i32, i64, usize, bool, String);

macro_rules! as_display {
    ($($ty:ty),*) => {$(
        impl Show for $ty {
            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
as_display!(f32, f64);

fn list<T: Show>(items: &[T]) -> String {
    let shown: Vec<String> = items.iter().take(ITEMS).map(Show::show).collect();
    let more = match items.len() {
        n if n > ITEMS => format!(", ... ({n} in all)"),
        _ => String::new(),
    };
    format!("[{}{more}]", shown.join(", "))
}

impl<T: Show> Show for Vec<T> {
    fn show(&self) -> String {
        list(self)
    }
}

impl<T: Show, const N: usize> Show for [T; N] {
    fn show(&self) -> String {
        list(self)
    }
}

impl<T: Show> Show for Option<T> {
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "None".into(), Show::show)
    }
}

impl<T: Show> Show for Result<T, String> {
    fn show(&self) -> String {
        match self {
            Ok(value) => value.show(),
            Err(why) => format!("the error {why:?}"),
        }
    }
}

macro_rules! tuple {
    ($($name:ident),+) => {
        impl<$($name: Show),+> Show for ($($name,)+) {
            #[allow(non_snake_case)] // the types' names name the values too
            fn show(&self) -> String {
                let ($($name,)+) = self;
                format!("({})", [$($name.show()),+].join(", "))
            }
        }
    };
}
tuple!(A, B);
tuple!(A, B, C);

/// Few elements as nested lists, else the shape.
fn data(data: &TensorData) -> String {
    let dims = data.shape().to_vec();
    let values: Vec<f64> = data.iter().collect();
    match values.len() {
        1..=ITEMS => nested(&values, &dims),
        _ => format!("of shape {dims:?}"),
    }
}

impl<const D: usize> Show for Tensor<D> {
    fn show(&self) -> String {
        data(&self.to_data())
    }
}

impl<const D: usize> Show for Tensor<D, Int> {
    fn show(&self) -> String {
        data(&self.to_data())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{labels, tensor};
    use crate::record;

    record! {
        /// A bit of everything.
        pub struct Mixed {
            /// One number for each axis.
            pub stride: [usize; 2],
            /// Perhaps a tensor.
            pub bias: Option<Tensor<1>>,
            /// Texts.
            pub names: Vec<String>,
        }
    }

    #[test]
    fn values_are_shown_as_they_are_written() {
        let mixed = Mixed {
            stride: [1, 2],
            bias: Some(tensor([0.5, 1.0])),
            names: vec!["a".into()],
        };
        assert_eq!(
            argument("options", &mixed),
            "options Mixed { stride: [1, 2], bias: [0.5, 1], names: [\"a\"] }"
        );
        assert_eq!(argument("labels", &labels(&[2, 0])), "labels [2, 0]");
        assert_eq!(argument("lr", &0.1), "lr 0.1");
    }

    #[test]
    fn what_is_long_is_cut_short() {
        let large: Tensor<2> = tensor([[0.0; 5]; 5]);
        assert_eq!(argument("x", &large), "x of shape [5, 5]");
        let empty: Tensor<2> = Tensor::zeros([0, 4], &burn::tensor::Device::flex());
        assert_eq!(argument("boxes", &empty), "boxes of shape [0, 4]");
        assert!(argument("order", &vec![7_usize; 100]).ends_with("7, ... (100 in all)]"));
        let text = argument("text", &"ä".repeat(1000));
        assert_eq!(
            text.chars().count(),
            "text ".len() + CHARACTERS + "...".len()
        );
    }
}
