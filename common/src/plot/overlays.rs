//! Images with something over them: frames around what was found, and masks in colours.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, INK, Picture, PlotError, picture};
use super::images::{Image, draw_image};

/// Red, green and blue, 0 to 255 each.
pub type Colour = [u8; 3];

/// A rectangle over an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// `[x0, y0, x1, y1]` in pixels of the image, from its upper left corner.
    pub corners: [f64; 4],
    /// The colour of the line and of the label.
    pub colour: Colour,
    /// The width of the line in points.
    pub width: f64,
    /// Written above the frame, or below it where there is no room above.
    pub label: Option<String>,
}

/// An image, what is drawn over it, and a line of text below.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// The image.
    pub image: Image,
    /// In the order in which they are drawn.
    pub frames: Vec<Frame>,
    /// Below the image.
    pub caption: Option<String>,
}

/// The colours of classes: ten that people with any common form of colour blindness can tell apart, after Paul Tol's
/// "muted" scheme (2021). Further classes begin again.
#[must_use]
pub fn class_colour(class: usize) -> Colour {
    const COLOURS: [Colour; 10] = [
        [204, 102, 119],
        [51, 34, 136],
        [221, 204, 119],
        [17, 119, 51],
        [136, 204, 238],
        [136, 34, 85],
        [68, 170, 153],
        [153, 153, 51],
        [170, 68, 153],
        [238, 119, 51],
    ];
    COLOURS[class % COLOURS.len()]
}

/// How much of a pixel is its mask's colour.
const PAINT: f32 = 0.75;

/// A grey image in the colours of a mask: where the mask is `1 + class`, the pixel is mostly the colour of the class;
/// where it is 0, the pixel stays as it is.
///
/// # Errors
/// When the image is not grey, or the mask has another number of pixels.
pub fn painted(image: &Image, mask: &[u8]) -> Result<Image, PlotError> {
    image.check()?;
    if image.channels != 1 || mask.len() != image.pixels.len() {
        return Err(PlotError::Invalid(format!(
            "a mask of {} pixels on an image of {} pixels and {} channels",
            mask.len(),
            image.width * image.height,
            image.channels
        )));
    }
    let channel = |c: usize| {
        let pixels = image.pixels.iter().zip(mask);
        pixels.map(move |(&grey, &class)| match class.checked_sub(1) {
            None => grey,
            Some(class) => {
                let colour = f32::from(class_colour(class.into())[c]) / 255.0;
                PAINT * colour + (1.0 - PAINT) * grey
            }
        })
    };
    Ok(Image {
        channels: 3,
        pixels: (0..3).flat_map(channel).collect(),
        ..*image
    })
}

/// The side of an image's longer edge.
const SIDE: f64 = 156.0;
const GAP: f64 = 18.0;
const MARGIN: f64 = 20.0;
const TITLE: f64 = 36.0;
const LEGEND: f64 = 26.0;
const CAPTION: f64 = 17.0;
const SMALL: f64 = 12.0;

/// Images in rows of `columns` under a title and a legend, which names colours.
///
/// # Errors
/// When an image has not as many values as pixels.
pub fn overlays(
    title: &str,
    legend: &[(&str, Colour)],
    tiles: &[Overlay],
    columns: usize,
) -> Result<Picture, PlotError> {
    tiles.iter().try_for_each(|tile| tile.image.check())?;
    let columns = columns.clamp(1, tiles.len().max(1));
    let rows = tiles.len().div_ceil(columns);
    let has_captions = tiles.iter().any(|tile| tile.caption.is_some());
    let caption = if has_captions { CAPTION } else { 0.0 };
    let top = TITLE + if legend.is_empty() { 0.0 } else { LEGEND };
    let cell = (SIDE + GAP, SIDE + caption + GAP);
    let words = 8.0 * title.chars().count() as f64;
    let width = (cell.0 * columns as f64 - GAP)
        .max(words)
        .max(legend_width(legend));
    let size = (
        2.0 * MARGIN + width,
        top + cell.1 * rows as f64 - GAP + MARGIN,
    );
    picture(size, |canvas| {
        canvas.rectangle((0.0, 0.0), size, RGBColor(255, 255, 255));
        canvas.text(title, (MARGIN, 25.0), Align::Left, 16.0, INK);
        draw_legend(legend, canvas);
        for (i, tile) in tiles.iter().enumerate() {
            let x = MARGIN + cell.0 * (i % columns) as f64;
            let y = top + cell.1 * (i / columns) as f64;
            draw_tile(tile, (x, y), canvas);
        }
    })
}

/// The room that an entry of the legend takes: a square, its name, and a gap.
fn entry_width(name: &str) -> f64 {
    32.0 + 6.5 * name.chars().count() as f64
}

fn legend_width(legend: &[(&str, Colour)]) -> f64 {
    legend.iter().map(|(name, _)| entry_width(name)).sum()
}

fn rgb([r, g, b]: Colour) -> RGBColor {
    RGBColor(r, g, b)
}

fn draw_legend(legend: &[(&str, Colour)], canvas: &mut dyn Canvas) {
    let mut x = MARGIN;
    for (name, colour) in legend {
        canvas.rectangle((x, TITLE + 2.0), (11.0, 11.0), rgb(*colour));
        canvas.text(name, (x + 16.0, TITLE + 12.0), Align::Left, SMALL, INK);
        x += entry_width(name);
    }
}

fn draw_tile(tile: &Overlay, (x, y): (f64, f64), canvas: &mut dyn Canvas) {
    let pixel = SIDE / tile.image.width.max(tile.image.height) as f64;
    draw_image(&tile.image, (x, y), pixel, canvas);
    for frame in &tile.frames {
        draw_frame(frame, (x, y), pixel, canvas);
    }
    if let Some(caption) = &tile.caption {
        let middle = x + tile.image.width as f64 * pixel / 2.0;
        let below = y + tile.image.height as f64 * pixel + 14.0;
        canvas.text(caption, (middle, below), Align::Centre, 13.0, INK);
    }
}

fn draw_frame(frame: &Frame, (x, y): (f64, f64), pixel: f64, canvas: &mut dyn Canvas) {
    let [x0, y0, x1, y1] = frame.corners.map(|corner| corner * pixel);
    let colour = rgb(frame.colour);
    let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)];
    let path = corners.map(|(dx, dy)| (x + dx, y + dy));
    canvas.line(&path, colour, frame.width);
    if let Some(label) = &frame.label {
        let baseline = if y0 >= SMALL { y0 - 3.0 } else { y1 + SMALL };
        canvas.text(label, (x + x0, y + baseline), Align::Left, SMALL, colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(pixels: &[f32]) -> Image {
        Image {
            width: pixels.len(),
            height: 1,
            channels: 1,
            pixels: pixels.to_vec(),
        }
    }

    #[test]
    fn a_mask_colours_its_pixels_and_leaves_the_others() {
        let image = painted(&grey(&[0.5, 1.0]), &[0, 2]).unwrap();
        assert_eq!(image.channels, 3);
        // Three quarters of (51, 34, 136) and a quarter of white.
        let greys = image.pixels.iter().map(|pixel| 255.0 * pixel);
        let greys: Vec<f32> = greys.map(|grey| (100.0 * grey).round() / 100.0).collect();
        assert_eq!(greys, [127.5, 102.0, 127.5, 89.25, 127.5, 165.75]);
    }

    #[test]
    fn a_mask_of_another_size_is_refused() {
        assert!(painted(&grey(&[0.5]), &[0, 1]).is_err());
        let rgb = Image {
            channels: 3,
            pixels: vec![0.0; 3],
            ..grey(&[0.0])
        };
        assert!(painted(&rgb, &[0]).is_err());
    }

    #[test]
    fn frames_labels_and_legend_are_drawn() {
        let tile = Overlay {
            image: grey(&[0.0; 10]),
            frames: vec![Frame {
                corners: [1.0, 0.0, 4.0, 1.0],
                colour: [213, 94, 0],
                width: 1.5,
                label: Some("7 at 0.93".into()),
            }],
            caption: Some("scene 0".into()),
        };
        let svg = overlays("title", &[("found", [213, 94, 0])], &[tile], 4)
            .unwrap()
            .svg;
        for part in ["7 at 0.93", "scene 0", "found", "polyline", "#D55E00"] {
            assert!(svg.contains(part), "no {part} in {svg}");
        }
    }
}
