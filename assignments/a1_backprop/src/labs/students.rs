//! Calling what a student wrote, and trying every function before a lab reads its data.

use burn::tensor::{DType, Device, Int, Tensor};
use common::contract::a1::RegressionSet;

use super::network::{Network, Settings};
use crate::parts::{generalisation, losses};

/// Runs `work`, which calls functions in `src/parts`.
///
/// # Errors
/// When a function is not implemented yet, or panics.
pub fn students<T>(work: impl FnOnce() -> T) -> anyhow::Result<T> {
    common::train::students(&crate::assignment(), work)
}

/// Calls every function that the lab needs once, on two images of four pixels, so that what is missing
/// is said before the data are read and not after the last epoch.
pub fn try_every_function() {
    let (x, labels) = two_images();
    let settings = Settings::new(1e-3, 0.1);
    let network = Network::new(&[4, 3, 2], 0, &Device::flex());
    let (network, _) = network.step(x.clone(), labels.clone(), &settings);
    let _ = losses::log_softmax(network.logits(x));
    let _ = losses::confusion(labels.clone(), labels, 2);
}

/// Two images of four pixels with their labels.
pub fn two_images() -> (Tensor<2>, Tensor<1, Int>) {
    let device = Device::flex();
    let x = Tensor::<2>::ones([2, 4], (&device, DType::F32));
    (x, Tensor::<1, Int>::from_ints([0, 1], &device))
}

/// Calls every function of A1.11 that its lab needs, on two samples.
pub fn try_generalisation() {
    let two = Tensor::<2>::eye(2, &Device::flex());
    let set = RegressionSet {
        x: two.clone(),
        y: two.clone(),
    };
    let _ = generalisation::learning_curve(set.clone(), set.clone(), vec![1]);
    let [train, validation, test] = [set.clone(), set.clone(), set];
    let _ = generalisation::double_descent_curve(train.clone(), test.clone(), two.clone(), vec![1]);
    let _ = generalisation::select_model(train, validation, test, two, vec![1]);
    let _ = generalisation::randomise_labels(vec![0], 2, 1.0, vec![0.0], vec![0.5]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_file() {
        let error = students::<()>(|| todo!("A1.5 mlp_forward")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "A1.5 mlp_forward is not implemented yet: write it in src/parts/mlp.rs"
        );
    }

    #[test]
    fn a_panic_is_a_sentence() {
        let error = students::<()>(|| panic!("index 3 too large")).unwrap_err();
        assert_eq!(error.to_string(), "your code panicked: index 3 too large");
    }

    #[test]
    fn the_reference_has_every_function() {
        students(try_every_function).unwrap();
        students(try_generalisation).unwrap();
    }
}
