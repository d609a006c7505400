//! How the MLP is trained: plainly, or with what later papers added.

use common::contract::a1::{Decay, Schedule};
use common::data::Images;
use common::rng::Rng;

use crate::parts::training_loop;

/// A way to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// One learning rate, the training images as they are.
    Plain,
    /// A warm-up and a cosine (Loshchilov & Hutter 2017), and in every step each image moved at random by
    /// up to [`Recipe::SHIFT`] pixels (in the spirit of Simard et al. 2003).
    Best,
}

impl Recipe {
    /// The farthest move along each axis, in pixels.
    pub const SHIFT: usize = 1;
    /// One of so many steps is for the warm-up.
    const WARMUP: usize = 20;

    /// The recipe in words, after "Adam with learning rate ...".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Best => ", warm-up and cosine, shifts of up to 1 pixel",
        }
    }

    /// The learning rate of step `step` of `steps`, from [`training_loop::lr_at`].
    #[must_use]
    pub fn lr(self, peak: f64, step: usize, steps: usize) -> f64 {
        match self {
            Self::Plain => peak,
            Self::Best => {
                let schedule = Schedule {
                    decay: Decay::Cosine,
                    peak,
                    floor: 0.0,
                    warmup: steps / Self::WARMUP,
                    end: steps,
                    period: 1,
                    factor: 1.0,
                };
                // Counted from 1, so that the first step moves and the last one still does.
                training_loop::lr_at(schedule, step + 1)
            }
        }
    }

    /// The images `samples` as a step sees them; `background` is the value of paper.
    #[must_use]
    pub fn images(self, all: &Images, samples: &[usize], background: f32, rng: &mut Rng) -> Images {
        let mut images = all.subset(samples);
        if self == Self::Best {
            for picture in images.pixels.chunks_mut(all.features()) {
                let mut draw = || rng.between(0, 2 * Self::SHIFT) as isize - Self::SHIFT as isize;
                shift(
                    picture,
                    [all.height, all.width],
                    [draw(), draw()],
                    background,
                );
            }
        }
        images
    }
}

/// Moves a picture `down` rows and `right` columns. What comes in from outside is `background`.
fn shift(
    picture: &mut [f32],
    [height, width]: [usize; 2],
    [down, right]: [isize; 2],
    background: f32,
) {
    for plane in picture.chunks_mut(height * width) {
        let old = plane.to_vec();
        for (p, pixel) in plane.iter_mut().enumerate() {
            let row = (p / width)
                .checked_add_signed(-down)
                .filter(|y| *y < height);
            let column = (p % width)
                .checked_add_signed(-right)
                .filter(|x| *x < width);
            *pixel = match (row, column) {
                (Some(y), Some(x)) => old[y * width + x],
                _ => background,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_moves_down_and_right_and_fills_with_background() {
        let mut picture = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        shift(&mut picture, [2, 3], [1, -1], 0.5);
        assert_eq!(picture, [0.5, 0.5, 0.5, 2.0, 3.0, 0.5]);
    }

    #[test]
    fn the_best_recipe_rises_falls_and_always_moves() {
        let rates: Vec<f64> = (0..100)
            .map(|step| Recipe::Best.lr(1.0, step, 101))
            .collect();
        assert!(rates.iter().all(|lr| *lr > 0.0 && *lr <= 1.0), "{rates:?}");
        assert!(
            rates[0] < 0.3 && rates[4] == 1.0 && rates[99] < 0.01,
            "{rates:?}"
        );
        assert_eq!(Recipe::Plain.lr(0.3, 99, 100), 0.3);
    }
}
