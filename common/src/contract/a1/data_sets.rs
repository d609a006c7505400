//! A1.12 Data.

use crate::{contract, record};

record! {
    /// What an IDX file holds: an array of bytes.
    pub struct IdxArray {
        /// The size of each axis.
        pub shape: Vec<usize>,
        /// As many as the product of `shape`, the last axis fastest.
        pub values: Vec<u8>,
    }
}

record! {
    /// Labelled pictures of one size.
    pub struct ImageSet {
        /// Picture after picture, each channel by channel, each row by row:
        /// `pixels[((i * channels + c) * rows + y) * columns + x]`.
        pub pixels: Vec<f32>,
        /// 1 for grey; 3 for red, green, blue.
        pub channels: usize,
        /// The height of a picture.
        pub rows: usize,
        /// The width of a picture.
        pub columns: usize,
        /// The class of each picture, 0 to 9.
        pub labels: Vec<u8>,
    }
}

record! {
    /// Normalised pictures, and what they were normalised with.
    pub struct NormalisedSets {
        /// The training pictures.
        pub train: ImageSet,
        /// The test pictures.
        pub test: ImageSet,
        /// The mean of each channel.
        pub mean: Vec<f64>,
        /// The standard deviation of each channel.
        pub std: Vec<f64>,
    }
}

record! {
    /// The indices of samples in two parts, each in ascending order.
    pub struct HeldOut {
        /// To learn from.
        pub train: Vec<usize>,
        /// Held out, to choose settings with.
        pub validation: Vec<usize>,
    }
}

contract! {
    /// A1.12 Data: the file formats of MNIST, of the zip codes and of CIFAR-10, and what every data set
    /// needs before it is learned from.
    pub trait DataSets, table DataSetsTable {
        /// The array that an IDX file of bytes holds.
        fn parse_idx(bytes: Vec<u8>) -> Result<IdxArray, String>;
        /// The pictures of a pair of IDX files, as MNIST comes.
        fn parse_mnist(images: Vec<u8>, labels: Vec<u8>) -> Result<ImageSet, String>;
        /// The zip-code digits: a line of text each.
        fn parse_zip_digits(text: String) -> Result<ImageSet, String>;
        /// CIFAR-10 in its binary version.
        fn parse_cifar(bytes: Vec<u8>) -> Result<ImageSet, String>;
        /// Both sets, minus the mean and over the standard deviation of the training set's channels.
        fn normalise(train: ImageSet, test: ImageSet) -> NormalisedSets;
        /// Two parts in which every class has its share.
        fn stratified_split(labels: Vec<u8>, share: f64, seed: u64) -> HeldOut;
    }
}
