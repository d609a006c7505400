//! Grids of images.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, INK, Picture, PlotError, picture};

/// A small image: grey or RGB, values between 0 (black) and 1 (white).
#[derive(Debug, Clone)]
pub struct Image {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 for grey, 3 for RGB.
    pub channels: usize,
    /// `[channel, height, width]`, row-major. Values outside of 0 to 1 are clamped.
    pub pixels: Vec<f32>,
}

impl Image {
    fn colour(&self, x: usize, y: usize) -> RGBColor {
        let plane = self.width * self.height;
        let value = |channel: usize| {
            let value = self.pixels[channel * plane + y * self.width + x];
            (255.0 * value.clamp(0.0, 1.0)).round() as u8
        };
        match self.channels {
            1 => RGBColor(value(0), value(0), value(0)),
            _ => RGBColor(value(0), value(1), value(2)),
        }
    }

    pub(super) fn check(&self) -> Result<(), PlotError> {
        let count = self.channels * self.width * self.height;
        if matches!(self.channels, 1 | 3) && count > 0 && self.pixels.len() == count {
            return Ok(());
        }
        Err(PlotError::Invalid(format!(
            "an image of {} values with {} channels of {} x {} pixels; 1 or 3 channels can be drawn",
            self.pixels.len(),
            self.channels,
            self.height,
            self.width
        )))
    }
}

/// An image with a line of text below it.
#[derive(Debug, Clone)]
pub struct Tile {
    /// The image.
    pub image: Image,
    /// `4 -> 9`, or nothing.
    pub caption: Option<String>,
}

/// The side of a tile's longer edge.
const SIDE: f64 = 76.0;
const GAP: f64 = 16.0;
const MARGIN: f64 = 20.0;
const TITLE: f64 = 40.0;
const CAPTION: f64 = 17.0;

/// Tiles in rows of `columns`, under a title.
///
/// # Errors
/// When an image has not as many values as pixels.
pub fn image_grid(title: &str, tiles: &[Tile], columns: usize) -> Result<Picture, PlotError> {
    tiles.iter().try_for_each(|tile| tile.image.check())?;
    let columns = columns.clamp(1, tiles.len().max(1));
    let rows = tiles.len().div_ceil(columns);
    let longest = |of: fn(&Image) -> usize| tiles.iter().map(|tile| of(&tile.image)).max();
    let (width, height) = (
        longest(|i| i.width).unwrap_or(1),
        longest(|i| i.height).unwrap_or(1),
    );
    let pixel = SIDE / width.max(height) as f64;
    let has_captions = tiles.iter().any(|tile| tile.caption.is_some());
    let caption = if has_captions { CAPTION } else { 0.0 };
    let cell = (
        width as f64 * pixel + GAP,
        height as f64 * pixel + caption + GAP,
    );
    let title_width = 8.0 * title.chars().count() as f64;
    let size = (
        2.0 * MARGIN + (cell.0 * columns as f64 - GAP).max(title_width),
        TITLE + cell.1 * rows as f64 - GAP + MARGIN,
    );
    picture(size, |canvas| {
        canvas.rectangle((0.0, 0.0), size, RGBColor(255, 255, 255));
        canvas.text(title, (MARGIN, 25.0), Align::Left, 16.0, INK);
        for (i, tile) in tiles.iter().enumerate() {
            let x = MARGIN + cell.0 * (i % columns) as f64;
            let y = TITLE + cell.1 * (i / columns) as f64;
            draw_image(&tile.image, (x, y), pixel, canvas);
            if let Some(caption) = &tile.caption {
                let middle = x + width as f64 * pixel / 2.0;
                let below = y + height as f64 * pixel + 14.0;
                canvas.text(caption, (middle, below), Align::Centre, 13.0, INK);
            }
        }
    })
}

/// One rectangle per run of equal pixels: an SVG of digits is mostly background.
pub(super) fn draw_image(image: &Image, (x0, y0): (f64, f64), pixel: f64, canvas: &mut dyn Canvas) {
    for y in 0..image.height {
        let mut x = 0;
        while x < image.width {
            let colour = image.colour(x, y);
            let same = (x..image.width).take_while(|&x| image.colour(x, y) == colour);
            let run = same.count();
            let corner = (x0 + x as f64 * pixel, y0 + y as f64 * pixel);
            canvas.rectangle(corner, (run as f64 * pixel, pixel), colour);
            x += run;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(channels: usize, pixels: &[f32]) -> Tile {
        Tile {
            image: Image {
                width: 2,
                height: 1,
                channels,
                pixels: pixels.to_vec(),
            },
            caption: Some("4 -> 9".into()),
        }
    }

    #[test]
    fn grey_and_rgb_have_their_colours() {
        let tiles = [
            tile(1, &[0.0, 1.0]),
            tile(3, &[1.0, 0.0, 0.5, 0.0, 7.0, 0.0]),
        ];
        let svg = image_grid("title", &tiles, 2).unwrap().svg;
        for colour in ["#000000", "#FFFFFF", "#FF80FF"] {
            assert!(svg.contains(colour), "no {colour} in {svg}");
        }
    }

    #[test]
    fn an_image_of_another_size_than_it_says_is_refused() {
        assert!(image_grid("title", &[tile(1, &[0.0])], 1).is_err());
        assert!(image_grid("title", &[tile(2, &[0.0; 4])], 1).is_err());
    }

    #[test]
    fn no_mistakes_is_a_picture_too() {
        assert!(image_grid("no mistakes", &[], 8).is_ok());
    }
}
