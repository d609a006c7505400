//! Handwritten digits made by code: the data set that is always there.
//!
//! A digit is drawn as a pen would: one of the styles (`glyphs.rs`) of its class, its points moved
//! a little, bent by a smooth random displacement, slanted, turned, stretched and shifted, then drawn
//! with a pen of random width on a noisy background, some with a piece of a neighbouring digit or a stray line
//! as on an envelope. The idea of distorting digits at random to teach invariance is Simard, Steinkraus
//! & Platt 2003; here it makes the digits themselves.
//!
//! The same size, count and seed give the same pixels on every machine: all arithmetic is in double
//! precision and each pixel is rounded to one of 256 greys.

use super::glyphs::{DIGITS, Point, Stroke};
use super::images::{Images, Split};
use crate::rng::Rng;

/// How many digits the embedded sets have: (train, test).
pub const COUNTS: (usize, usize) = (5000, 2000);
/// The seed of the embedded sets.
pub const SEED: u64 = 1989;

/// The embedded data set of `size` x `size` digits: [`COUNTS`] digits of [`SEED`].
#[must_use]
pub fn split(size: usize) -> Split {
    Split {
        train: digits(size, COUNTS.0, &mut Rng::named(SEED, "train")),
        test: digits(size, COUNTS.1, &mut Rng::named(SEED, "test")),
        about: format!("synthetic {size}x{size} digits, drawn by code with seed {SEED}"),
    }
}

/// `count` random digits of `size` x `size` pixels, as many of each class as of any other (to one), in
/// random order. Pixels are in `[0, 1]`, ink is bright.
#[must_use]
pub fn digits(size: usize, count: usize, rng: &mut Rng) -> Images {
    let labels: Vec<u8> = rng
        .permutation(count)
        .iter()
        .map(|i| (i % 10) as u8)
        .collect();
    let mut pixels = Vec::with_capacity(count * size * size);
    for &label in &labels {
        let greys = draw(usize::from(label), size, rng);
        pixels.extend(greys.into_iter().map(|grey| f32::from(grey) / 255.0));
    }
    Images {
        pixels,
        height: size,
        width: size,
        channels: 1,
        labels,
        classes: 10,
    }
}

/// A page of `size` x `size` pixels with `digit` and nothing else, and the pen it was written with.
fn handwritten(digit: usize, size: usize, rng: &mut Rng) -> (Canvas, Pen) {
    let mut canvas = Canvas::new(size);
    let pen = Pen::random(rng);
    for line in write(digit, rng) {
        canvas.stroke(&line, pen);
    }
    (canvas, pen)
}

/// How much ink `digit` leaves on each pixel of a page of `size` x `size`, row by row, 0 to 1.
pub(super) fn ink(digit: usize, size: usize, rng: &mut Rng) -> Vec<f64> {
    handwritten(digit, size, rng).0.coverage
}

/// One picture of `digit`, row by row.
fn draw(digit: usize, size: usize, rng: &mut Rng) -> Vec<u8> {
    let (mut canvas, pen) = handwritten(digit, size, rng);
    match rng.below(40) {
        0..3 => neighbour(&mut canvas, pen, rng),
        3 => stray_line(&mut canvas, pen, rng),
        _ => (),
    }
    let ink = rng.uniform(0.75, 1.0);
    let noise = rng.uniform(0.0, 0.08);
    canvas
        .coverage
        .iter()
        .map(|coverage| {
            let grey = ink * coverage + noise * grain(rng);
            (255.0 * grey.clamp(0.0, 1.0)).round() as u8
        })
        .collect()
}

/// One number of mean 0 and variance 1, nearly normal: the sum of the four 16-bit parts of one draw.
/// A picture has so many pixels that exact normal numbers would take most of the time.
pub(super) fn grain(rng: &mut Rng) -> f64 {
    let bits = rng.next_u64();
    let sum: u64 = (0..4).map(|i| (bits >> (16 * i)) & 0xffff).sum();
    // Four uniform numbers in [0, 1) have mean 2 and variance 1/3.
    (sum as f64 / 65536.0 - 2.0) * 3f64.sqrt()
}

/// A place on the page; the page is the unit square.
type Place = [f64; 2];

/// The lines of `digit` on the page, in a random hand.
fn write(digit: usize, rng: &mut Rng) -> Vec<Vec<Place>> {
    let styles = DIGITS[digit];
    let style = styles[rng.below(styles.len())];
    let bend = Bend::random(rng);
    let hand = Affine::random(rng);
    style
        .iter()
        .map(|stroke| {
            trace(&wobble(stroke, rng))
                .into_iter()
                .map(|place| hand.apply(bend.apply(place)))
                .collect()
        })
        .collect()
}

/// A piece of another digit at the left or right edge, as a careless cut out of a line of digits leaves.
fn neighbour(canvas: &mut Canvas, pen: Pen, rng: &mut Rng) {
    let side = if rng.below(2) == 0 { -1.0 } else { 1.0 };
    let shift = side * rng.uniform(0.62, 0.80);
    for mut line in write(rng.below(10), rng) {
        line.iter_mut().for_each(|[x, _]| *x += shift);
        canvas.stroke(&line, pen);
    }
}

/// A nearly level line above, below or through the digit.
fn stray_line(canvas: &mut Canvas, pen: Pen, rng: &mut Rng) {
    let y = rng.uniform(0.0, 1.0);
    let (left, right) = (rng.uniform(-0.1, 0.5), rng.uniform(0.5, 1.1));
    let ends = [
        [left, y + 0.05 * rng.normal()],
        [right, y + 0.05 * rng.normal()],
    ];
    let thin = Pen {
        radius: 0.6 * pen.radius,
        ..pen
    };
    canvas.stroke(&ends, thin);
}

/// The stroke's points, each moved a little.
fn wobble(stroke: Stroke, rng: &mut Rng) -> Vec<Point> {
    const SIGMA: f64 = 0.022;
    stroke
        .iter()
        .map(|point| Point {
            x: point.x + SIGMA * rng.normal(),
            y: point.y + SIGMA * rng.normal(),
            ..*point
        })
        .collect()
}

/// The pen's way through `points`: a Catmull-Rom spline, which passes each point in the direction from
/// the one before to the one after. At a corner, as at the ends, the point stands in for its neighbour.
fn trace(points: &[Point]) -> Vec<Place> {
    const STEPS: usize = 6;
    let mut places = vec![[points[0].x, points[0].y]];
    for i in 1..points.len() {
        let (from, to) = (points[i - 1], points[i]);
        let before = if i < 2 || from.corner {
            from
        } else {
            points[i - 2]
        };
        let after = if i + 1 == points.len() || to.corner {
            to
        } else {
            points[i + 1]
        };
        for step in 1..=STEPS {
            let t = step as f64 / STEPS as f64;
            let along = |p0: f64, p1: f64, p2: f64, p3: f64| {
                let slope = p2 - p0;
                let square = 2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3;
                let cube = 3.0 * (p1 - p2) + p3 - p0;
                p1 + 0.5 * t * (slope + t * (square + t * cube))
            };
            places.push([
                along(before.x, from.x, to.x, after.x),
                along(before.y, from.y, to.y, after.y),
            ]);
        }
    }
    places
}

/// A smooth displacement: a long wave in a random direction for each coordinate.
struct Bend {
    waves: [Wave; 2],
}

struct Wave {
    amplitude: f64,
    frequency: Place,
    phase: f64,
}

impl Bend {
    fn random(rng: &mut Rng) -> Self {
        Self {
            waves: std::array::from_fn(|_| Wave {
                amplitude: 0.02 * rng.normal(),
                frequency: [rng.uniform(-5.0, 5.0), rng.uniform(-5.0, 5.0)],
                phase: rng.uniform(0.0, std::f64::consts::TAU),
            }),
        }
    }

    fn apply(&self, place: Place) -> Place {
        let [along_x, along_y] = self.waves.each_ref().map(|wave| {
            let angle = wave.frequency[0] * place[0] + wave.frequency[1] * place[1] + wave.phase;
            wave.amplitude * angle.sin()
        });
        [place[0] + along_x, place[1] + along_y]
    }
}

/// From the digit's box to the page: width and height, slant, turn, shift.
struct Affine {
    matrix: [[f64; 2]; 2],
    centre: Place,
}

impl Affine {
    fn random(rng: &mut Rng) -> Self {
        let (sin, cos) = (0.11 * rng.normal()).sin_cos();
        let slant = 0.18 * rng.normal();
        let height = rng.uniform(0.62, 0.80);
        let width = height * rng.uniform(0.58, 0.92);
        Self {
            // turn * slant * scale; a positive slant leans to the right, as y goes down
            matrix: [
                [cos * width, (-cos * slant - sin) * height],
                [sin * width, (-sin * slant + cos) * height],
            ],
            centre: [0.5 + 0.046 * rng.normal(), 0.5 + 0.046 * rng.normal()],
        }
    }

    fn apply(&self, [x, y]: Place) -> Place {
        let (x, y) = (x - 0.5, y - 0.5);
        let [[xx, xy], [yx, yy]] = self.matrix;
        [
            self.centre[0] + xx * x + xy * y,
            self.centre[1] + yx * x + yy * y,
        ]
    }
}

/// What draws, in units of the page.
#[derive(Clone, Copy)]
struct Pen {
    /// Half the line's width.
    radius: f64,
    /// Over how far the line's edge fades.
    blur: f64,
}

impl Pen {
    fn random(rng: &mut Rng) -> Self {
        Self {
            radius: rng.uniform(0.025, 0.065),
            blur: rng.uniform(0.04, 0.10),
        }
    }
}

/// How much ink each pixel has, 0 to 1.
struct Canvas {
    size: usize,
    coverage: Vec<f64>,
}

impl Canvas {
    fn new(size: usize) -> Self {
        Self {
            size,
            coverage: vec![0.0; size * size],
        }
    }

    /// Draws a line through `places`.
    fn stroke(&mut self, places: &[Place], pen: Pen) {
        for ends in places.windows(2) {
            self.segment(ends[0], ends[1], pen);
        }
    }

    /// Draws one straight piece: full ink to the pen's radius, fading to none over the blur.
    fn segment(&mut self, from: Place, to: Place, pen: Pen) {
        let reach = pen.radius + pen.blur;
        let size = self.size as f64;
        let first = |a: f64, b: f64| ((a.min(b) - reach) * size).max(0.0) as usize;
        let end =
            |a: f64, b: f64| (((a.max(b) + reach) * size).max(0.0) as usize + 1).min(self.size);
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let length = (dx * dx + dy * dy).max(1e-12);
        for row in first(from[1], to[1])..end(from[1], to[1]) {
            for column in first(from[0], to[0])..end(from[0], to[0]) {
                let x = (column as f64 + 0.5) / size - from[0];
                let y = (row as f64 + 0.5) / size - from[1];
                let t = ((x * dx + y * dy) / length).clamp(0.0, 1.0);
                let square = (x - t * dx).powi(2) + (y - t * dy).powi(2);
                if square < reach * reach {
                    let ink = ((reach - square.sqrt()) / pen.blur).min(1.0);
                    let pixel = &mut self.coverage[row * self.size + column];
                    *pixel = pixel.max(ink);
                }
            }
        }
    }
}
