//! Several handwritten digits on one picture: what detection and segmentation are learned on.
//!
//! The digits are those of [`synthetic`](super::synthetic), of different sizes and at random places. No two share a
//! pixel of ink, so the mask of each is whole and its box is tight, though boxes may overlap. The same size, count and
//! seed give the same pixels on every machine.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::synthetic::{grain, ink};
use crate::rng::Rng;

/// The most digits on a scene.
pub const MOST_DIGITS: usize = 4;
/// The classes of digits.
pub const CLASSES: usize = 10;

/// A digit on a scene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SceneDigit {
    /// Which digit, 0 to 9.
    pub class: usize,
    /// `[x0, y0, x1, y1]` around the digit's pixels, in pixels from the upper left corner of the scene: a pixel in
    /// column 3 reaches from 3 to 4.
    pub corners: [f64; 4],
}

/// Square pictures with what is on them.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenes {
    /// Rows, and columns, of a picture.
    pub size: usize,
    /// Picture after picture, row by row, in `[0, 1]` with bright ink on a dark background.
    pub pixels: Vec<f32>,
    /// As the pixels: 0 for background, `1 + class` for a digit.
    pub masks: Vec<u8>,
    /// What is on each picture.
    pub digits: Vec<Vec<SceneDigit>>,
}

/// `count` scenes of `size` x `size` pixels with 1 to [`MOST_DIGITS`] digits each.
///
/// # Panics
/// When `size` is below 24: digits would be too small to read.
#[must_use]
pub fn scenes(size: usize, count: usize, seed: u64) -> Scenes {
    assert!(size >= 24, "a scene needs 24 pixels, not {size}");
    let mut rng = Rng::named(seed, "scenes");
    let mut all = Scenes {
        size,
        pixels: Vec::with_capacity(count * size * size),
        masks: Vec::with_capacity(count * size * size),
        digits: Vec::with_capacity(count),
    };
    for _ in 0..count {
        let mut scene = Scene::new(size);
        for _ in 0..rng.between(2, MOST_DIGITS) {
            let class = rng.below(CLASSES);
            scene.add(class, &mut rng);
        }
        all.pixels.extend(scene.greys(&mut rng));
        all.masks.extend(scene.mask);
        all.digits.push(scene.digits);
    }
    all
}

impl Scenes {
    /// The number of scenes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.digits.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.digits.is_empty()
    }

    /// The pixels of scene `i`, row by row.
    ///
    /// # Panics
    /// When there is no scene `i`.
    #[must_use]
    pub fn image(&self, i: usize) -> &[f32] {
        let area = self.size * self.size;
        &self.pixels[i * area..(i + 1) * area]
    }

    /// The mask of scene `i`, row by row.
    ///
    /// # Panics
    /// When there is no scene `i`.
    #[must_use]
    pub fn mask(&self, i: usize) -> &[u8] {
        let area = self.size * self.size;
        &self.masks[i * area..(i + 1) * area]
    }

    /// The pictures `indices` as `[n, 1, size, size]`.
    ///
    /// # Panics
    /// When an index is not below [`Scenes::len`].
    #[must_use]
    pub fn batch(&self, indices: &[usize], device: &Device) -> Tensor<4> {
        let pixels: Vec<f32> = indices
            .iter()
            .flat_map(|&i| self.image(i))
            .copied()
            .collect();
        let shape = [indices.len(), 1, self.size, self.size];
        Tensor::from_data(TensorData::new(pixels, shape), device)
    }

    /// The masks `indices` as `[n, size, size]`.
    ///
    /// # Panics
    /// When an index is not below [`Scenes::len`].
    #[must_use]
    pub fn mask_batch(&self, indices: &[usize], device: &Device) -> Tensor<3, Int> {
        let masks = indices.iter().flat_map(|&i| self.mask(i));
        let masks: Vec<i32> = masks.map(|&class| class.into()).collect();
        let shape = [indices.len(), self.size, self.size];
        Tensor::from_data(TensorData::new(masks, shape), device)
    }
}

/// A scene while digits are put on it.
struct Scene {
    size: usize,
    /// How bright each pixel's ink is.
    brightness: Vec<f64>,
    mask: Vec<u8>,
    digits: Vec<SceneDigit>,
}

/// A pixel belongs to a digit from this much ink on.
const OWNED: f64 = 0.5;
/// How often a place is sought for a digit before it is left out.
const TRIES: usize = 20;

impl Scene {
    fn new(size: usize) -> Self {
        Self {
            size,
            brightness: vec![0.0; size * size],
            mask: vec![0; size * size],
            digits: Vec::new(),
        }
    }

    /// Writes a digit where there is room. Where there is none it is left out; the first always has room.
    fn add(&mut self, class: usize, rng: &mut Rng) {
        // A digit is three quarters of its page high: from a quarter of the scene to half of it.
        let page = rng.between(self.size * 3 / 8, self.size * 5 / 8);
        let digit = Written::new(class, page, rng);
        let brightness = rng.uniform(0.75, 1.0);
        let [height, width] = [digit.rows.len(), digit.columns.len()];
        for _ in 0..TRIES {
            let top = rng.between(0, self.size - height);
            let left = rng.between(0, self.size - width);
            if self.has_room(&digit, top, left) {
                self.put(&digit, top, left, brightness);
                return;
            }
        }
    }

    /// Whether no ink of `digit` would lie on ink.
    fn has_room(&self, digit: &Written, top: usize, left: usize) -> bool {
        let mut places = digit.places(self.size, top, left);
        places.all(|(place, ink)| ink == 0.0 || self.brightness[place] == 0.0)
    }

    fn put(&mut self, digit: &Written, top: usize, left: usize, brightness: f64) {
        for (place, ink) in digit.places(self.size, top, left) {
            self.brightness[place] += brightness * ink;
            if ink >= OWNED {
                self.mask[place] = 1 + digit.class as u8;
            }
        }
        let [height, width] = [digit.rows.len(), digit.columns.len()];
        let corners = [left, top, left + width, top + height];
        self.digits.push(SceneDigit {
            class: digit.class,
            corners: corners.map(|corner| corner as f64),
        });
    }

    /// The picture with its noise, each pixel one of 256 greys.
    fn greys(&self, rng: &mut Rng) -> Vec<f32> {
        let noise = rng.uniform(0.0, 0.08);
        let grey = |brightness: &f64| {
            let value = (brightness + noise * grain(rng)).clamp(0.0, 1.0);
            (255.0 * value).round() as f32 / 255.0
        };
        self.brightness.iter().map(grey).collect()
    }
}

/// A digit on its page, and the rows and columns that its pixels reach over.
struct Written {
    class: usize,
    page: usize,
    ink: Vec<f64>,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
}

impl Written {
    fn new(class: usize, page: usize, rng: &mut Rng) -> Self {
        let ink = ink(class, page, rng);
        let owned = |row: usize, column: usize| ink[row * page + column] >= OWNED;
        let rows = reach((0..page).filter(|&row| (0..page).any(|column| owned(row, column))));
        let columns = reach((0..page).filter(|&column| (0..page).any(|row| owned(row, column))));
        Self {
            class,
            page,
            ink,
            rows,
            columns,
        }
    }

    /// Each pixel of the page that falls on a scene of `size` pixels, when the digit's box begins at `top` and
    /// `left`: its index in the scene, and its ink.
    fn places(&self, size: usize, top: usize, left: usize) -> impl Iterator<Item = (usize, f64)> {
        let inside = move |to: usize, from: usize, start: usize| {
            (to + from).checked_sub(start).filter(|&place| place < size)
        };
        self.ink.iter().enumerate().filter_map(move |(i, &ink)| {
            let row = inside(top, i / self.page, self.rows.start)?;
            let column = inside(left, i % self.page, self.columns.start)?;
            Some((row * size + column, ink))
        })
    }
}

/// From the first of ascending numbers to the last.
fn reach(mut numbers: impl Iterator<Item = usize>) -> std::ops::Range<usize> {
    let first = numbers.next().unwrap_or(0);
    first..numbers.last().unwrap_or(first) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a of the greys and the masks.
    fn fingerprint(scenes: &Scenes) -> u64 {
        let greys = scenes
            .pixels
            .iter()
            .map(|pixel| (255.0 * pixel).round() as u8);
        let bytes = greys.chain(scenes.masks.iter().copied());
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    #[test]
    fn scenes_never_change() {
        assert_eq!(fingerprint(&scenes(48, 3, 7)), 16_859_906_593_363_047_186);
    }

    #[test]
    fn another_seed_gives_other_scenes_and_more_scenes_begin_with_the_same() {
        let (few, many) = (scenes(48, 2, 7), scenes(48, 5, 7));
        assert_eq!(few.digits, many.digits[..2]);
        assert_eq!(few.pixels, many.pixels[..few.pixels.len()]);
        assert_ne!(few.pixels, scenes(48, 2, 8).pixels);
    }

    /// Every pixel of a digit is in a box of its class, and each box has such pixels at its four sides.
    #[test]
    fn boxes_are_tight_around_the_masks() {
        let scenes = scenes(64, 40, 1);
        for (i, digits) in scenes.digits.iter().enumerate() {
            let is = |x: usize, y: usize, digit: &SceneDigit| {
                usize::from(scenes.mask(i)[y * 64 + x]) == 1 + digit.class
            };
            for digit in digits {
                let [x0, y0, x1, y1] = digit.corners.map(|corner| corner as usize);
                assert!(
                    (y0..y1).any(|y| is(x0, y, digit)) && (y0..y1).any(|y| is(x1 - 1, y, digit))
                );
                assert!(
                    (x0..x1).any(|x| is(x, y0, digit)) && (x0..x1).any(|x| is(x, y1 - 1, digit))
                );
            }
            for place in (0..64 * 64).filter(|&place| scenes.mask(i)[place] > 0) {
                let (x, y) = ((place % 64) as f64, (place / 64) as f64);
                let holds = |digit: &&SceneDigit| {
                    let [x0, y0, x1, y1] = digit.corners;
                    x0 <= x && x + 1.0 <= x1 && y0 <= y && y + 1.0 <= y1
                };
                let mut around = digits.iter().filter(holds);
                assert!(
                    around.any(|digit| is(place % 64, place / 64, digit)),
                    "{i} {x} {y}"
                );
            }
        }
    }

    #[test]
    fn there_are_many_sizes_all_classes_and_never_an_empty_scene() {
        let scenes = scenes(48, 200, 2);
        let all: Vec<&SceneDigit> = scenes.digits.iter().flatten().collect();
        assert!(
            scenes
                .digits
                .iter()
                .all(|digits| (1..=MOST_DIGITS).contains(&digits.len()))
        );
        assert!((0..CLASSES).all(|class| all.iter().any(|digit| digit.class == class)));
        let heights = all.iter().map(|digit| digit.corners[3] - digit.corners[1]);
        let (low, high) = heights.fold((f64::MAX, 0.0f64), |(low, high), h| {
            (low.min(h), high.max(h))
        });
        assert!(low < 15.0 && high > 26.0, "{low} {high}");
        assert!(all.len() > 450, "{}", all.len());
    }

    #[test]
    fn batches_have_the_pixels_and_the_masks_of_their_scenes() {
        let scenes = scenes(24, 3, 3);
        let device = Device::flex();
        let (images, masks) = (
            scenes.batch(&[2, 0], &device),
            scenes.mask_batch(&[2, 0], &device),
        );
        assert_eq!((images.dims(), masks.dims()), ([2, 1, 24, 24], [2, 24, 24]));
        let pixels: Vec<f32> = images.into_data().iter().collect();
        assert_eq!(pixels, [scenes.image(2), scenes.image(0)].concat());
        let masks: Vec<u8> = masks.into_data().iter().collect();
        assert_eq!(masks, [scenes.mask(2), scenes.mask(0)].concat());
    }
}
