//! What a trained classifier says about images.

use burn::tensor::{Device, Tensor};

use crate::data::Images;
use crate::plot::{Image, Tile};

/// How many images go through a network at once where nothing is learned.
pub const AT_ONCE: usize = 1000;

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
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions(Vec<Prediction>);

impl Predictions {
    /// What a network says about `images`. `log_probabilities` gets some images `[n, channels, height, width]` at a time
    /// and gives the logarithms of their classes' probabilities, `[n, classes]`.
    pub fn of(
        images: &Images,
        device: &Device,
        mut log_probabilities: impl FnMut(Tensor<4>) -> Tensor<2>,
    ) -> Self {
        let mut predictions = Vec::with_capacity(images.len());
        for (x, labels) in images.in_order(AT_ONCE, device) {
            let (surest, class) = log_probabilities(x).max_dim_with_indices(1);
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

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Prediction> {
        self.0.iter()
    }

    /// How often each label (row) was taken for each class (column).
    ///
    /// # Panics
    /// When a label or a class is not below `classes`.
    #[must_use]
    pub fn confusion(&self, classes: usize) -> Vec<Vec<usize>> {
        let mut counts = vec![vec![0; classes]; classes];
        for prediction in &self.0 {
            counts[prediction.label][prediction.class] += 1;
        }
        counts
    }

    /// The mistakes, the surest first.
    #[must_use]
    pub fn mistakes(&self) -> Vec<Prediction> {
        let wrong = self.0.iter().filter(|p| p.class != p.label);
        let mut wrong: Vec<Prediction> = wrong.cloned().collect();
        wrong.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        wrong
    }
}

/// The images of `predictions`, grey ones dark on light, with `label -> class` below each in the words of `classes`.
#[must_use]
pub fn tiles(predictions: &[Prediction], images: &Images, classes: &[String]) -> Vec<Tile> {
    let tile = |prediction: &Prediction| {
        let pixels = images.image(prediction.sample).iter();
        let ink = |pixel: &f32| match images.channels {
            1 => 1.0 - pixel,
            _ => *pixel,
        };
        Tile {
            image: Image {
                width: images.width,
                height: images.height,
                channels: images.channels,
                pixels: pixels.map(ink).collect(),
            },
            caption: Some(format!(
                "{} -> {}",
                classes[prediction.label], classes[prediction.class]
            )),
        }
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

    #[test]
    fn predictions_are_in_the_order_of_the_images() {
        let images = Images {
            pixels: vec![0.25, 0.5, 0.75],
            height: 1,
            width: 1,
            channels: 1,
            labels: vec![1, 0, 1],
            classes: 2,
        };
        // The second class where the pixel is above a half.
        let log_p = |x: Tensor<4>| {
            let x = x.reshape([-1, 1]);
            Tensor::cat(vec![x.ones_like() * 0.5, x], 1).log()
        };
        let predictions = Predictions::of(&images, &Device::flex(), log_p);
        let classes: Vec<usize> = predictions.iter().map(|p| p.class).collect();
        assert_eq!(classes, [0, 0, 1]);
        let [mistake] = &predictions.mistakes()[..] else {
            panic!("{predictions:?}");
        };
        assert_eq!((mistake.sample, mistake.label), (0, 1));
        assert!((mistake.probability - 0.5).abs() < 1e-6);
        let words = ["no".to_string(), "yes".to_string()];
        let tiles = tiles(&predictions.mistakes(), &images, &words);
        assert_eq!(tiles[0].caption.as_deref(), Some("yes -> no"));
        assert_eq!(tiles[0].image.pixels, [0.75]);
    }
}
