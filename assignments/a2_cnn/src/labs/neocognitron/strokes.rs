//! The patterns: strokes in four directions.

use common::rng::Rng;

/// Rows and columns of an image.
pub const SIZE: usize = 25;
/// How far a stroke goes to either side of its middle.
const REACH: isize = 4;

/// The strokes by name, with the step from one pixel to the next.
const STROKES: [(&str, [isize; 2]); 4] = [
    ("across", [0, 1]),
    ("down", [1, 0]),
    ("falling", [1, 1]),
    ("rising", [-1, 1]),
];

/// How many strokes there are.
pub const COUNT: usize = STROKES.len();

/// The name of a stroke.
pub fn name(stroke: usize) -> &'static str {
    STROKES[stroke].0
}

/// A stroke as an image of zeros and ones, row after row, with its middle `shift` away from the image's.
pub fn draw(stroke: usize, shift: [isize; 2]) -> Vec<f32> {
    paint(pixels(stroke, shift))
}

/// The same with every pixel moved by one, up, down, left or right, with probability `wobble`.
pub fn draw_deformed(rng: &mut Rng, stroke: usize, shift: [isize; 2], wobble: f64) -> Vec<f32> {
    let mut pixels = pixels(stroke, shift);
    for pixel in &mut pixels {
        if rng.unit() < wobble {
            let step = if rng.below(2) == 0 { 1 } else { -1 };
            pixel[rng.below(2)] += step;
        }
    }
    paint(pixels)
}

fn pixels(stroke: usize, shift: [isize; 2]) -> Vec<[isize; 2]> {
    let (_, step) = STROKES[stroke];
    let middle = (SIZE / 2) as isize;
    let pixel = |k: isize| [0, 1].map(|axis| middle + shift[axis] + k * step[axis]);
    (-REACH..=REACH).map(pixel).collect()
}

/// Pixels outside of the image are lost.
fn paint(pixels: Vec<[isize; 2]>) -> Vec<f32> {
    let mut image = vec![0.0; SIZE * SIZE];
    for pixel in pixels {
        if let [Ok(row), Ok(column)] = pixel.map(usize::try_from)
            && row < SIZE
            && column < SIZE
        {
            image[row * SIZE + column] = 1.0;
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(image: &[f32]) -> Vec<[usize; 2]> {
        let lit = (0..image.len()).filter(|at| image[*at] == 1.0);
        lit.map(|at| [at / SIZE, at % SIZE]).collect()
    }

    #[test]
    fn strokes_have_nine_pixels_in_their_direction() {
        let middle = SIZE / 2;
        let across = on(&draw(0, [0, 0]));
        assert_eq!(across.len(), 9);
        assert!(across.iter().all(|pixel| pixel[0] == middle));
        let rising = on(&draw(3, [1, 0]));
        assert!(rising.iter().all(|[i, j]| i + j == 2 * middle + 1));
    }

    #[test]
    fn what_leaves_the_image_is_cut_off() {
        assert_eq!(on(&draw(0, [0, 8])).len(), 9);
        assert_eq!(on(&draw(0, [0, 10])).len(), 7);
        assert_eq!(on(&draw(1, [-20, 0])).len(), 0);
    }

    #[test]
    fn no_pixel_moves_by_more_than_one() {
        let mut rng = Rng::new(0);
        let straight = on(&draw(2, [0, 0]));
        let mut moved = 0;
        for _ in 0..50 {
            for [i, j] in on(&draw_deformed(&mut rng, 2, [0, 0], 0.5)) {
                let near = |p: &&[usize; 2]| p[0].abs_diff(i) + p[1].abs_diff(j) <= 1;
                assert!(straight.iter().any(|p| near(&p)));
                moved += usize::from(!straight.contains(&[i, j]));
            }
        }
        assert!(moved > 100, "{moved}");
    }
}
