//! What the pictures are drawn on: lines, discs, rectangles and text, in points with the origin at the
//! top left, once as pixels and once as SVG.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::register_font;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use thiserror::Error;

use crate::files::write_atomically;

pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
pub(super) const FAINT_INK: RGBColor = RGBColor(110, 110, 110);
pub(super) const GRID: RGBColor = RGBColor(228, 228, 228);
pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(super) const VERMILION: RGBColor = RGBColor(213, 94, 0);
/// Okabe & Ito's colours in the order in which curves take them.
pub(super) const COLOURS: [RGBColor; 7] = [
    BLUE,
    VERMILION,
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

/// Where a text stands to its point. The point is on the text's baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// Why there is no picture.
#[derive(Debug, Error)]
pub enum PlotError {
    /// The file system said no.
    #[error("cannot write the picture {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// What is to be drawn does not fit together.
    #[error("cannot draw: {0}")]
    Invalid(String),
    /// The drawing library failed.
    #[error("the drawing library failed: {0}")]
    Library(String),
}

/// A picture in both forms.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The bytes of a PNG file, with two pixels to the point.
    pub png: Vec<u8>,
    /// The text of an SVG file.
    pub svg: String,
}

impl Picture {
    /// Writes `<path>.png` and `<path>.svg`, and gives the path of the PNG.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<PathBuf, PlotError> {
        let mut base = path.as_ref().as_os_str().to_owned();
        base.push(".svg");
        let svg = PathBuf::from(base);
        let png = svg.with_extension("png");
        for (path, bytes) in [(&svg, self.svg.as_bytes()), (&png, &self.png)] {
            write_atomically(path, bytes).map_err(|source| PlotError::Write {
                path: path.clone(),
                source,
            })?;
        }
        Ok(png)
    }
}

/// Draws a picture of `size` points: `draw` is called once for the pixels and once for the SVG.
pub(super) fn picture(
    size: (f64, f64),
    draw: impl Fn(&mut dyn Canvas),
) -> Result<Picture, PlotError> {
    static FONT: Once = Once::new();
    FONT.call_once(|| {
        // Refused only for bytes that are no font; drawing text would then say so.
        let _ = register_font(
            FAMILY,
            FontStyle::Normal,
            epaint_default_fonts::UBUNTU_LIGHT,
        );
    });
    Ok(Picture {
        png: as_png(size, &draw)?,
        svg: as_svg(size, &draw)?,
    })
}

/// The font's name: the registered one for pixels, the reader's own in an SVG.
const FAMILY: &str = "sans-serif";
/// Pixels to the point in a PNG, so that it is sharp on a good screen.
const PNG_SCALE: u32 = 2;
/// Each pixel is the mean of this many squared: the bitmap backend does not smooth thick lines.
const SUPERSAMPLING: u32 = 2;
/// Units to the point in an SVG, whose backend writes whole numbers only.
const SVG_SCALE: u32 = 10;

fn as_png(size: (f64, f64), draw: impl Fn(&mut dyn Canvas)) -> Result<Vec<u8>, PlotError> {
    let pixels = |points: f64| points.ceil() as u32 * PNG_SCALE;
    let (width, height) = (pixels(size.0), pixels(size.1));
    let scale = PNG_SCALE * SUPERSAMPLING;
    let fine = (width * SUPERSAMPLING, height * SUPERSAMPLING);
    let mut buffer = vec![255; (fine.0 * fine.1 * 3) as usize];
    {
        let mut canvas = Scaled {
            area: BitMapBackend::with_buffer(&mut buffer, fine).into_drawing_area(),
            scale: f64::from(scale),
            // The rasteriser takes a font's height for its size, and hangs the text half of it above
            // the baseline.
            font_size: 1.121,
            baseline: 0.5 * 1.121,
            failed: None,
        };
        draw(&mut canvas);
        canvas.finish()?;
    }
    encode(width, height, &shrink(&buffer, fine.0 as usize))
        .map_err(|error| PlotError::Library(error.to_string()))
}

/// The mean of each square of 2 x 2 pixels of an RGB image that is `width` pixels wide.
fn shrink(fine: &[u8], width: usize) -> Vec<u8> {
    let row = 3 * width;
    let mut coarse = Vec::with_capacity(fine.len() / 4);
    for rows in fine.chunks_exact(2 * row) {
        for x in (0..row).step_by(6) {
            for i in x..x + 3 {
                let sum: u16 = [i, i + 3, i + row, i + row + 3]
                    .map(|i| u16::from(rows[i]))
                    .iter()
                    .sum();
                coarse.push((sum / 4) as u8);
            }
        }
    }
    coarse
}

fn encode(width: u32, height: u32, rgb: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(bytes)
}

fn as_svg(size: (f64, f64), draw: impl Fn(&mut dyn Canvas)) -> Result<String, PlotError> {
    let (width, height) = (size.0.ceil() as u32, size.1.ceil() as u32);
    let mut svg = String::new();
    {
        let units = (width * SVG_SCALE, height * SVG_SCALE);
        let mut canvas = Scaled {
            area: SVGBackend::with_string(&mut svg, units).into_drawing_area(),
            scale: f64::from(SVG_SCALE),
            // The backend divides sizes by 1.24 and hangs text 0.76 em above the baseline.
            font_size: 1.24,
            baseline: 0.76,
            failed: None,
        };
        draw(&mut canvas);
        canvas.finish()?;
    }
    let body = svg.split_once('\n').map_or("", |(_, body)| body);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\">\n\
         <style>rect {{ shape-rendering: crispEdges }}</style>\n{body}",
        width * SVG_SCALE,
        height * SVG_SCALE
    ))
}

/// Draws shapes given in points.
pub(super) trait Canvas {
    /// A line through `points`.
    fn line(&mut self, points: &[(f64, f64)], colour: RGBColor, width: f64);
    /// A filled disc.
    fn disc(&mut self, centre: (f64, f64), radius: f64, colour: RGBColor);
    /// A filled rectangle from its top left corner.
    fn rectangle(&mut self, corner: (f64, f64), size: (f64, f64), colour: RGBColor);
    /// A text whose baseline is at `at`, in letters of `size` points to the em.
    fn text(&mut self, text: &str, at: (f64, f64), align: Align, size: f64, colour: RGBColor);
}

struct Scaled<DB: DrawingBackend> {
    area: DrawingArea<DB, Shift>,
    scale: f64,
    /// What the backend calls the size of a font of 1 em.
    font_size: f64,
    /// The distance in em from where the backend puts a text to its baseline.
    baseline: f64,
    /// The first thing that went wrong.
    failed: Option<String>,
}

impl<DB: DrawingBackend> Scaled<DB> {
    fn units(&self, (x, y): (f64, f64)) -> (i32, i32) {
        (
            (x * self.scale).round() as i32,
            (y * self.scale).round() as i32,
        )
    }

    fn draw<E>(&mut self, element: &E)
    where
        for<'b> &'b E: plotters::element::PointCollection<'b, (i32, i32)>,
        E: plotters::element::Drawable<DB>,
    {
        if let Err(error) = self.area.draw(element) {
            self.failed.get_or_insert(error.to_string());
        }
    }

    fn finish(self) -> Result<(), PlotError> {
        let presented = self.area.present().map_err(|error| error.to_string());
        match self.failed.map_or(presented, Err) {
            Ok(()) => Ok(()),
            Err(what) => Err(PlotError::Library(what)),
        }
    }
}

impl<DB: DrawingBackend> Canvas for Scaled<DB> {
    fn line(&mut self, points: &[(f64, f64)], colour: RGBColor, width: f64) {
        let points: Vec<_> = points.iter().map(|&point| self.units(point)).collect();
        let style = colour.stroke_width((width * self.scale).round() as u32);
        self.draw(&PathElement::new(points, style));
    }

    fn disc(&mut self, centre: (f64, f64), radius: f64, colour: RGBColor) {
        let radius = (radius * self.scale).round() as i32;
        self.draw(&Circle::new(self.units(centre), radius, colour.filled()));
    }

    fn rectangle(&mut self, (x, y): (f64, f64), (w, h): (f64, f64), colour: RGBColor) {
        let corners = [self.units((x, y)), self.units((x + w, y + h))];
        self.draw(&Rectangle::new(corners, colour.filled()));
    }

    fn text(&mut self, text: &str, (x, y): (f64, f64), align: Align, size: f64, colour: RGBColor) {
        let at = self.units((x, y - size * self.baseline));
        let h_pos = match align {
            Align::Left => HPos::Left,
            Align::Centre => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style = TextStyle::from((FAMILY, size * self.font_size * self.scale).into_font())
            .color(&colour)
            .pos(Pos::new(h_pos, VPos::Top));
        self.draw(&Text::new(text.to_string(), at, style));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_picture_is_two_files_that_are_what_they_say() {
        let picture = picture((30.0, 20.0), |canvas| {
            canvas.rectangle((0.0, 0.0), (30.0, 20.0), RGBColor(255, 255, 255));
            canvas.rectangle((10.0, 5.0), (10.0, 10.0), BLUE);
            canvas.text("a < b & c", (15.0, 18.0), Align::Centre, 4.0, INK);
        })
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = picture.save(folder.path().join("epoch.3")).unwrap();
        assert_eq!(path, folder.path().join("epoch.3.png"));

        let file = io::BufReader::new(std::fs::File::open(&path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (60, 40));
        let pixel = |x: usize, y: usize| &pixels[3 * (60 * y + x)..][..3];
        assert_eq!(pixel(30, 20), [0, 114, 178]);
        assert_eq!(pixel(5, 5), [255, 255, 255]);

        let svg = std::fs::read_to_string(folder.path().join("epoch.3.svg")).unwrap();
        assert!(
            svg.starts_with("<svg xmlns") && svg.trim_end().ends_with("</svg>"),
            "{svg}"
        );
        assert!(svg.contains("a &lt; b &amp; c"), "{svg}");
    }
}
