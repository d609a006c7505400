//! What a trained network says about the test images.

use burn::tensor::{Device, Int, Tensor};
use common::data::Images;
use common::plot::{Image, Tile};

use super::network::Network;
use crate::parts::losses;

/// How many images go through the network at once where nothing is learned.
const AT_ONCE: usize = 1000;

/// All images as tensors `[n, pixels]` with their labels `[n]`, in their order.
pub fn in_batches<'a>(
    images: &'a Images,
    device: &'a Device,
) -> impl Iterator<Item = (Tensor<2>, Tensor<1, Int>)> + 'a {
    (0..images.len()).step_by(AT_ONCE).map(move |first| {
        let samples: Vec<usize> = (first..images.len().min(first + AT_ONCE)).collect();
        images.flat(&samples, device)
    })
}

/// One image and what the network took it for.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Which image.
    pub sample: usize,
    /// What it is.
    pub label: usize,
    /// What the network says.
    pub class: usize,
    /// The probability that the network gives its answer.
    pub probability: f64,
}

/// The predictions for a whole set, in its order.
pub struct Predictions(Vec<Prediction>);

impl Predictions {
    /// What `network` says about `images`.
    pub fn of(network: &Network, images: &Images, device: &Device) -> Self {
        let mut predictions = Vec::with_capacity(images.len());
        for (x, labels) in in_batches(images, device) {
            let (surest, class) = losses::log_softmax(network.logits(x)).max_dim_with_indices(1);
            let labels = labels.to_data();
            let (surest, class) = (surest.to_data(), class.to_data());
            let numbers = surest
                .iter::<f64>()
                .zip(class.iter::<i64>())
                .zip(labels.iter::<i64>());
            for ((surest, class), label) in numbers {
                predictions.push(Prediction {
                    sample: predictions.len(),
                    label: label as usize,
                    class: class as usize,
                    probability: surest.exp(),
                });
            }
        }
        Self(predictions)
    }

    /// How often each label (row) was taken for each class (column).
    pub fn confusion(&self, classes: usize) -> Vec<Vec<usize>> {
        let column = |of: fn(&Prediction) -> usize| {
            let numbers: Vec<i64> = self.0.iter().map(|p| of(p) as i64).collect();
            Tensor::<1, Int>::from_ints(numbers.as_slice(), &Device::flex())
        };
        let counts = losses::confusion(column(|p| p.class), column(|p| p.label), classes);
        let counts: Vec<usize> = counts.to_data().iter::<i64>().map(|n| n as usize).collect();
        counts.chunks(classes).map(<[usize]>::to_vec).collect()
    }

    /// The mistakes, the surest first.
    pub fn mistakes(&self) -> Vec<Prediction> {
        let wrong = self.0.iter().filter(|p| p.class != p.label);
        let mut wrong: Vec<Prediction> = wrong.cloned().collect();
        wrong.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        wrong
    }
}

/// The images of `predictions`, dark on light, with `label -> class` below each.
pub fn tiles(predictions: &[Prediction], images: &Images) -> Vec<Tile> {
    let tile = |prediction: &Prediction| Tile {
        image: Image {
            width: images.width,
            height: images.height,
            channels: images.channels,
            pixels: images
                .image(prediction.sample)
                .iter()
                .map(|pixel| 1.0 - pixel)
                .collect(),
        },
        caption: Some(format!("{} -> {}", prediction.label, prediction.class)),
    };
    predictions.iter().map(tile).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(sample: usize, label: usize, class: usize, probability: f64) -> Prediction {
        Prediction {
            sample,
            label,
            class,
            probability,
        }
    }

    #[test]
    fn mistakes_are_in_order_and_rows_are_labels() {
        let right = prediction(0, 0, 0, 1.0);
        let unsure = prediction(1, 1, 2, 0.5);
        let sure = prediction(2, 1, 0, 0.9);
        let predictions = Predictions(vec![right, unsure.clone(), sure.clone()]);
        assert_eq!(predictions.mistakes(), [sure, unsure]);
        assert_eq!(predictions.confusion(3), [[1, 0, 0], [1, 0, 1], [0, 0, 0]]);
    }
}
