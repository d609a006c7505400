//! What the answers of A2.12 should be: networks as loops, and their derivatives by going back through the loops.

use super::array::{Array, indices};
use super::feature_maps::Same;

/// Each pixel twice in both directions, up to a size.
pub fn upsample(x: &Array<4>, [rows, columns]: [usize; 2]) -> Array<4> {
    let [n, channels, height, width] = x.shape;
    let mut y = Array::zeros([n, channels, rows, columns]);
    for [n, c, i, j] in indices(x.shape) {
        // The last pixel fills what is left.
        let reach = |place: usize, last: usize, all: usize| {
            2 * place..if place == last { all } else { 2 * place + 2 }
        };
        for row in reach(i, height - 1, rows) {
            for column in reach(j, width - 1, columns) {
                y[[n, c, row, column]] += x[[n, c, i, j]];
            }
        }
    }
    y
}

/// A block: two layers.
pub type Block = [Same; 2];

/// A U-Net, its levels from the finest to the coarsest.
pub struct Unet {
    /// Encoder and decoder of each level.
    pub levels: Vec<(Block, Block)>,
    /// At the bottom.
    pub bottom: Block,
    /// At the end.
    pub classify: Same,
}

fn block([first, second]: &Block, x: &Array<4>) -> Array<4> {
    second.of(&first.of(x).relu()).relu()
}

impl Unet {
    /// The logits.
    pub fn of(&self, images: &Array<4>) -> Array<4> {
        self.classify.of(&self.below(0, images))
    }

    /// What the levels from `level` down make of `x`.
    fn below(&self, level: usize, x: &Array<4>) -> Array<4> {
        let Some((encoder, decoder)) = self.levels.get(level) else {
            return block(&self.bottom, x);
        };
        let skip = block(encoder, x);
        let from_below = self.below(level + 1, &skip.pooled(2, 2).0);
        let [_, _, rows, columns] = skip.shape;
        block(
            decoder,
            &skip.beside(&upsample(&from_below, [rows, columns])),
        )
    }
}

/// The class of each pixel, image by image, row by row.
pub fn masks(logits: &Array<4>) -> Vec<i64> {
    let [n, classes, rows, columns] = logits.shape;
    let surest = |[n, _, i, j]: [usize; 4]| {
        let beats = |a: usize, b: usize| logits[[n, a, i, j]] > logits[[n, b, i, j]];
        let best = (0..classes).find(|&c| !(0..classes).any(|other| beats(other, c)));
        best.map_or(-1, |c| c as i64)
    };
    indices([n, 1, rows, columns]).map(surest).collect()
}

/// Pixels of a class in both masks, in the first, and in the second.
fn pixels(predicted: &[i64], target: &[i64], class: usize) -> [f64; 3] {
    let is = |x: &i64| *x == class as i64;
    let both = predicted
        .iter()
        .zip(target)
        .filter(|(p, t)| is(p) && is(t))
        .count();
    let count = |mask: &[i64]| mask.iter().filter(|x| is(x)).count() as f64;
    [both as f64, count(predicted), count(target)]
}

/// The Dice coefficient of each class.
pub fn dice(predicted: &[i64], target: &[i64], classes: usize) -> Vec<Option<f64>> {
    let of_class = |class| {
        let [both, p, t] = pixels(predicted, target, class);
        (p + t > 0.0).then(|| 2.0 * both / (p + t))
    };
    (0..classes).map(of_class).collect()
}

/// The mean IoU, by IoU = dice / (2 - dice).
pub fn mean_iou(predicted: &[i64], target: &[i64], classes: usize) -> f64 {
    let present: Vec<f64> = dice(predicted, target, classes)
        .into_iter()
        .flatten()
        .collect();
    present.iter().map(|dice| dice / (2.0 - dice)).sum::<f64>() / present.len() as f64
}

/// The numbers of the softmax.
fn softmax(logits: &[f64]) -> Vec<f64> {
    let share = |x: &f64| 1.0 / logits.iter().map(|other| (other - x).exp()).sum::<f64>();
    logits.iter().map(share).collect()
}

/// The soft Dice loss.
pub fn dice_loss(logits: &Array<4>, target: &[i64], smooth: f64) -> f64 {
    let [n, classes, rows, columns] = logits.shape;
    let mut sums = vec![[0.0; 3]; classes];
    for ([n, _, i, j], target) in indices([n, 1, rows, columns]).zip(target) {
        let here: Vec<f64> = (0..classes).map(|c| logits[[n, c, i, j]]).collect();
        for (c, p) in softmax(&here).into_iter().enumerate() {
            let t = if *target == c as i64 { 1.0 } else { 0.0 };
            sums[c] = [sums[c][0] + p * t, sums[c][1] + p, sums[c][2] + t];
        }
    }
    let quotients = sums
        .iter()
        .map(|[both, p, t]| (2.0 * both + smooth) / (p + t + smooth));
    1.0 - quotients.sum::<f64>() / classes as f64
}

/// The classifier that is looked into.
pub struct Look {
    /// The two convolutions.
    pub convolutions: [Same; 2],
    /// `head[input][class]`
    pub head: Vec<Vec<f64>>,
    /// One per class.
    pub bias: Vec<f64>,
}

/// What it computes.
pub struct Looked {
    /// The first convolution after ReLU.
    first: Array<4>,
    /// Which of its numbers were the largest.
    winners: Vec<[usize; 4]>,
    /// The shape after pooling.
    pooled: [usize; 4],
    /// The second convolution after ReLU.
    pub maps: Array<4>,
    /// Per image and class.
    pub logits: Vec<Vec<f64>>,
}

impl Look {
    /// Forwards.
    pub fn of(&self, images: &Array<4>) -> Looked {
        let first = self.convolutions[0].of(images).relu();
        let (pooled, winners) = first.pooled(2, 2);
        let maps = self.convolutions[1].of(&pooled).relu();
        let image = |inputs: &[f64]| {
            let mut logits = self.bias.clone();
            for (x, weights) in inputs.iter().zip(&self.head) {
                logits
                    .iter_mut()
                    .zip(weights)
                    .for_each(|(logit, w)| *logit += x * w);
            }
            logits
        };
        let logits = maps.values.chunks(self.head.len()).map(image).collect();
        let pooled = pooled.shape;
        Looked {
            first,
            winners,
            pooled,
            maps,
            logits,
        }
    }

    /// The gradient by the images from that by the logits.
    pub fn back(&self, looked: &Looked, images: [usize; 4], dlogits: &[Vec<f64>]) -> Array<4> {
        let mut dmaps = Array::zeros(looked.maps.shape);
        let inputs = self.head.len();
        for (i, dmap) in dmaps.values.iter_mut().enumerate() {
            let weights = self.head[i % inputs].iter().zip(&dlogits[i / inputs]);
            let through = looked.maps.values[i] > 0.0;
            *dmap = if through {
                weights.map(|(w, d)| w * d).sum()
            } else {
                0.0
            };
        }
        let dpooled = self.convolutions[1].back(looked.pooled, &dmaps);
        let mut dfirst = Array::zeros(looked.first.shape);
        for (winner, d) in looked.winners.iter().zip(&dpooled.values) {
            if looked.first[*winner] > 0.0 {
                dfirst[*winner] += *d;
            }
        }
        self.convolutions[0].back(images, &dfirst)
    }

    /// The gradient by the images of the logit of each one's class.
    pub fn by_logit(&self, images: &Array<4>, classes: &[i64]) -> Array<4> {
        let looked = self.of(images);
        let one = |class: &i64| {
            (0..self.bias.len())
                .map(|c| f64::from(u8::from(c as i64 == *class)))
                .collect()
        };
        let dlogits: Vec<Vec<f64>> = classes.iter().map(one).collect();
        self.back(&looked, images.shape, &dlogits)
    }

    /// The mean cross-entropy for `labels`.
    pub fn loss(&self, images: &Array<4>, labels: &[i64]) -> f64 {
        let logits = self.of(images).logits;
        let one = |(logits, label): (&Vec<f64>, &i64)| -softmax(logits)[*label as usize].ln();
        logits.iter().zip(labels).map(one).sum::<f64>() / labels.len() as f64
    }

    /// Its gradient by the images.
    pub fn by_loss(&self, images: &Array<4>, labels: &[i64]) -> Array<4> {
        let looked = self.of(images);
        let one = |(logits, label): (&Vec<f64>, &i64)| {
            let mut d = softmax(logits);
            d[*label as usize] -= 1.0;
            d.iter().map(|d| d / labels.len() as f64).collect()
        };
        let dlogits: Vec<Vec<f64>> = looked.logits.iter().zip(labels).map(one).collect();
        self.back(&looked, images.shape, &dlogits)
    }

    /// Grad-CAM. The head is linear, so the gradient by a map is that map's weights.
    pub fn cam(&self, images: &Array<4>, classes: &[i64]) -> Vec<f64> {
        let maps = self.of(images).maps;
        let [_, count, rows, columns] = maps.shape;
        let area = rows * columns;
        let mut cam = vec![];
        for (image, &class) in classes.iter().enumerate() {
            let weight = |k: usize| -> f64 {
                let own = &self.head[k * area..(k + 1) * area];
                own.iter().map(|row| row[class as usize]).sum::<f64>() / area as f64
            };
            for place in 0..area {
                let at = |k| maps[[image, k, place / columns, place % columns]];
                cam.push((0..count).map(|k| weight(k) * at(k)).sum::<f64>().max(0.0));
            }
        }
        cam
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::rng::Rng;

    /// The way back against central differences.
    #[test]
    fn gradients_are_slopes() {
        let mut rng = Rng::new(5);
        let mut layer = |outputs, inputs| Same {
            weight: Array::from_fn([outputs, inputs, 3, 3], |_| rng.normal()),
            bias: vec![0.1; outputs],
        };
        let convolutions = [layer(3, 2), layer(2, 3)];
        let mut row = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.normal()).collect() };
        let look = Look {
            convolutions,
            head: (0..8).map(|_| row(3)).collect(),
            bias: row(3),
        };
        let images = Array {
            shape: [1, 2, 4, 5],
            values: row(40),
        };
        let gradient = look.by_loss(&images, &[2]);
        for i in 0..40 {
            let moved = |by: f64| {
                let mut images = images.clone();
                images.values[i] += by;
                look.loss(&images, &[2])
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!(
                (slope - gradient.values[i]).abs() < 1e-7,
                "{slope} {}",
                gradient.values[i]
            );
        }
    }

    #[test]
    fn what_is_left_of_an_odd_side_is_the_last_pixel() {
        let x = Array {
            shape: [1, 1, 1, 2],
            values: vec![1.0, 2.0],
        };
        let want = [1.0, 1.0, 2.0, 2.0, 2.0].repeat(3);
        assert_eq!(upsample(&x, [3, 5]).values, want);
    }

    #[test]
    fn absent_classes_have_no_dice() {
        let dice = dice(&[0, 2, 2], &[0, 2, 0], 4);
        assert_eq!(dice, [Some(2.0 / 3.0), None, Some(2.0 / 3.0), None]);
    }
}
