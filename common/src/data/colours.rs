//! Handwritten digits in colour, on colour: what a lab trains on where CIFAR-10 is not there.
//!
//! The digits are those of [`synthetic`](super::synthetic). The page goes from one colour to another, and the ink has a third that is
//! far enough from both to be read. The colours say nothing about the class, so a network has to find the shape in
//! them. The same count and seed give the same pixels on every machine.

use super::images::{Images, Split};
use super::synthetic::{COUNTS, SEED, grain, ink};
use crate::rng::Rng;

/// Rows, and columns, of a picture, as in CIFAR-10.
pub const SIZE: usize = 32;
/// How far the ink is from the colours of the page at least: the sum of the differences of red, green and blue.
const CONTRAST: f64 = 0.8;
/// The deviation of what is added to each value.
const NOISE: f64 = 0.05;

type Colour = [f64; 3];

/// The embedded data set: as many digits as [`synthetic::split`](super::synthetic::split) has.
#[must_use]
pub fn split() -> Split {
    Split {
        train: digits(COUNTS.0, &mut Rng::named(SEED, "colour, train")),
        test: digits(COUNTS.1, &mut Rng::named(SEED, "colour, test")),
        about: format!("synthetic {SIZE}x{SIZE} digits in colour, drawn by code with seed {SEED}"),
    }
}

/// `count` random digits, as many of each class as of any other (to one), in random order. Pixels are in `[0, 1]`.
#[must_use]
pub fn digits(count: usize, rng: &mut Rng) -> Images {
    let order = rng.permutation(count);
    let labels: Vec<u8> = order.iter().map(|i| (i % 10) as u8).collect();
    let mut pixels = Vec::with_capacity(count * 3 * SIZE * SIZE);
    for &label in &labels {
        let picture = draw(usize::from(label), rng);
        pixels.extend(picture.into_iter().map(|value| f32::from(value) / 255.0));
    }
    Images {
        pixels,
        height: SIZE,
        width: SIZE,
        channels: 3,
        labels,
        classes: 10,
    }
}

/// One picture of `digit`, channel by channel, row by row.
fn draw(digit: usize, rng: &mut Rng) -> Vec<u8> {
    let coverage = ink(digit, SIZE, rng);
    let page = Page::random(rng);
    let of_ink: Colour = page.legible(rng);
    let mut picture = Vec::with_capacity(3 * SIZE * SIZE);
    for (channel, pen) in of_ink.iter().enumerate() {
        for (pixel, ink) in coverage.iter().enumerate() {
            let paper = page.at(pixel)[channel];
            let value = paper + (pen - paper) * ink + NOISE * grain(rng);
            picture.push((255.0 * value.clamp(0.0, 1.0)).round() as u8);
        }
    }
    picture
}

/// A page that goes from one colour to another.
struct Page {
    from: Colour,
    to: Colour,
    /// Cosine and sine of the direction.
    direction: [f64; 2],
}

impl Page {
    fn random(rng: &mut Rng) -> Self {
        let (sin, cos) = rng.uniform(0.0, std::f64::consts::TAU).sin_cos();
        Self {
            from: colour(rng),
            to: colour(rng),
            direction: [cos, sin],
        }
    }

    /// The colour at a pixel.
    fn at(&self, pixel: usize) -> Colour {
        let centred = |place: usize| (place as f64 + 0.5) / SIZE as f64 - 0.5;
        let [cos, sin] = self.direction;
        let along = centred(pixel % SIZE) * cos + centred(pixel / SIZE) * sin;
        // No pixel's centre is farther than sqrt(1/2) from the middle.
        let share = 0.5 + along / std::f64::consts::SQRT_2;
        self.between(share)
    }

    /// A part of the way from one colour to the other.
    fn between(&self, share: f64) -> Colour {
        std::array::from_fn(|c| self.from[c] + (self.to[c] - self.from[c]) * share)
    }

    /// How far a colour is from the nearest of five of the page.
    fn contrast(&self, ink: &Colour) -> f64 {
        let places = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| distance(ink, &self.between(share)));
        places.into_iter().fold(f64::INFINITY, f64::min)
    }

    /// A colour that can be read on this page.
    fn legible(&self, rng: &mut Rng) -> Colour {
        loop {
            let ink = colour(rng);
            if self.contrast(&ink) >= CONTRAST {
                return ink;
            }
        }
    }
}

fn colour(rng: &mut Rng) -> Colour {
    std::array::from_fn(|_| rng.unit())
}

fn distance(a: &Colour, b: &Colour) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ink_can_be_read_and_the_colours_do_not_tell_the_class() {
        let images = digits(200, &mut Rng::new(1));
        assert_eq!(
            (images.shape(), images.class_counts()),
            ([3, 32, 32], vec![20; 10])
        );
        assert!(images.pixels.iter().all(|p| (0.0..=1.0).contains(p)));
        // The mean colour of each class is near that of all: 20 pictures of deviation below 0.3 each.
        let plane = SIZE * SIZE;
        for class in 0..10u8 {
            let own: Vec<usize> = (0..200).filter(|&i| images.labels[i] == class).collect();
            for channel in 0..3 {
                let values = own
                    .iter()
                    .flat_map(|&i| &images.image(i)[channel * plane..][..plane]);
                let mean = values.sum::<f32>() / (own.len() * plane) as f32;
                assert!((mean - 0.5).abs() < 0.3, "{class} {channel} {mean}");
            }
        }
    }

    #[test]
    fn a_legible_ink_exists_on_every_page() {
        let mut rng = Rng::new(2);
        for _ in 0..1000 {
            let page = Page::random(&mut rng);
            let ink = page.legible(&mut rng);
            for share in [0.0, 0.5, 1.0] {
                assert!(distance(&ink, &page.between(share)) >= CONTRAST);
            }
        }
    }

    #[test]
    fn a_page_begins_and_ends_with_its_colours() {
        let page = Page {
            from: [0.0; 3],
            to: [1.0; 3],
            direction: [1.0, 0.0],
        };
        // Across the middle of the picture, from left to right: (0.5 +- 15.5 / 32 / sqrt 2).
        let [left, ..] = page.at(0);
        let [right, ..] = page.at(SIZE - 1);
        let off = 15.5 / 32.0 / std::f64::consts::SQRT_2;
        assert!((left - (0.5 - off)).abs() < 1e-12 && (right - (0.5 + off)).abs() < 1e-12);
    }
}
