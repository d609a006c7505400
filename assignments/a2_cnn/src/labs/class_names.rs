//! Words for the classes of the coloured data sets.

use common::train::digit_names;

/// The classes of CIFAR-10, in the order of their labels; airplane and automobile are short, so that two names fit under
/// a picture.
const CIFAR10: [&str; 10] = [
    "plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
];

/// What the classes of a data set are called: digits, but for CIFAR-10.
pub fn class_names(data: &str, classes: usize) -> Vec<String> {
    match data {
        "cifar10" => CIFAR10.map(String::from).to_vec(),
        _ => digit_names(classes),
    }
}
