//! Functions of two numbers: a plane in bands of colour, with paths and points on it.

use plotters::style::RGBColor;

use super::canvas::{Align, BLUE, COLOURS, Canvas, FAINT_INK, INK, Picture, PlotError, picture};

/// One plane.
#[derive(Debug, Clone)]
pub struct Plane {
    /// Written above it.
    pub title: String,
    /// The lowest and the highest x.
    pub x: (f64, f64),
    /// The lowest and the highest y.
    pub y: (f64, f64),
    /// The function in the middle of each cell of a grid over the plane: rows from the lowest y to the
    /// highest, in each the values from the lowest x to the highest.
    pub values: Vec<Vec<f64>>,
    /// Where one colour ends and the next begins, ascending. A single level makes two regions.
    pub levels: Vec<f64>,
    /// Lines from point to point, clipped to the plane.
    pub paths: Vec<Vec<(f64, f64)>>,
    /// Points.
    pub marks: Vec<Mark>,
}

/// A point on a plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Where it is.
    pub at: (f64, f64),
    /// Which colour it has: 0 is blue, 1 vermilion, then green, pink, orange, light blue, black.
    pub colour: usize,
    /// Whether a ring draws the eye to it.
    pub ringed: bool,
}

/// The values of `f` in the middle of each of `cells` by `cells` cells, as [`Plane`] wants them.
pub fn on_grid(
    x: (f64, f64),
    y: (f64, f64),
    cells: usize,
    mut f: impl FnMut(f64, f64) -> f64,
) -> Vec<Vec<f64>> {
    let middle =
        |(low, high): (f64, f64), i: usize| low + (high - low) * (i as f64 + 0.5) / cells as f64;
    (0..cells)
        .map(|row| {
            let y = middle(y, row);
            (0..cells).map(|column| f(middle(x, column), y)).collect()
        })
        .collect()
}

/// The side of a plane.
const SIDE: f64 = 176.0;
const GAP: f64 = 30.0;
const MARGIN: f64 = 34.0;
const TITLE: f64 = 44.0;
/// The line above each plane and the one below it.
const LINE: f64 = 20.0;
const SMALL: f64 = 10.0;

/// Planes in rows of `columns`, under a title.
///
/// # Errors
/// When a plane has no values, or a number that is not finite.
pub fn planes(title: &str, planes: &[Plane], columns: usize) -> Result<Picture, PlotError> {
    planes.iter().try_for_each(Plane::check)?;
    let columns = columns.clamp(1, planes.len().max(1));
    let rows = planes.len().div_ceil(columns);
    let cell = (SIDE + GAP, SIDE + 2.0 * LINE + 8.0);
    let size = (
        2.0 * MARGIN + cell.0 * columns as f64 - GAP,
        TITLE + cell.1 * rows as f64 + 6.0,
    );
    picture(size, |canvas| {
        canvas.rectangle((0.0, 0.0), size, RGBColor(255, 255, 255));
        canvas.text(title, (MARGIN, 25.0), Align::Left, 16.0, INK);
        for (i, plane) in planes.iter().enumerate() {
            let left = MARGIN + cell.0 * (i % columns) as f64;
            let top = TITLE + LINE + cell.1 * (i / columns) as f64;
            plane.draw((left, top), canvas);
        }
    })
}

impl Plane {
    fn check(&self) -> Result<(), PlotError> {
        let invalid = |what: &str| Err(PlotError::Invalid(format!("{what} in {:?}", self.title)));
        let width = self.values.first().map_or(0, Vec::len);
        if width == 0 || self.values.iter().any(|row| row.len() != width) {
            return invalid("no grid of values");
        }
        let ranges = [self.x, self.y];
        if !ranges
            .iter()
            .all(|(low, high)| low < high && (high - low).is_finite())
        {
            return invalid("an empty range");
        }
        let points = self.paths.iter().flatten();
        let mut numbers = points
            .chain(self.marks.iter().map(|mark| &mark.at))
            .flat_map(|(x, y)| [x, y])
            .chain(self.values.iter().flatten());
        if numbers.any(|number| !number.is_finite()) {
            return invalid("a number that is not finite");
        }
        Ok(())
    }

    fn draw(&self, (left, top): (f64, f64), canvas: &mut dyn Canvas) {
        let title_at = (left + SIDE / 2.0, top - 7.0);
        canvas.text(&self.title, title_at, Align::Centre, 12.0, INK);
        self.draw_bands((left, top), canvas);

        let place = |(x, y): (f64, f64)| {
            let share = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low);
            (
                left + SIDE * share(x, self.x),
                top + SIDE * (1.0 - share(y, self.y)),
            )
        };
        for path in &self.paths {
            for (from, to) in path.iter().zip(path.iter().skip(1)) {
                if let Some((from, to)) = self.clip(*from, *to) {
                    canvas.line(&[place(from), place(to)], INK, 1.25);
                }
            }
        }
        for mark in self.marks.iter().filter(|mark| self.holds(mark.at)) {
            let at = place(mark.at);
            if mark.ringed {
                canvas.disc(at, 5.5, INK);
                canvas.disc(at, 4.2, RGBColor(255, 255, 255));
            }
            canvas.disc(at, 3.0, COLOURS[mark.colour % COLOURS.len()]);
        }

        let (right, bottom) = (left + SIDE, top + SIDE);
        let corners = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        canvas.line(&corners, FAINT_INK, 0.75);
        let mut number = |value: f64, at: (f64, f64), align: Align| {
            canvas.text(&format!("{value}"), at, align, SMALL, FAINT_INK);
        };
        number(self.x.0, (left, bottom + 12.0), Align::Left);
        number(self.x.1, (right, bottom + 12.0), Align::Right);
        number(self.y.0, (left - 4.0, bottom), Align::Right);
        number(self.y.1, (left - 4.0, top + 8.0), Align::Right);
    }

    /// One rectangle per run of cells of one colour.
    fn draw_bands(&self, (left, top): (f64, f64), canvas: &mut dyn Canvas) {
        let height = SIDE / self.values.len() as f64;
        for (row, values) in self.values.iter().rev().enumerate() {
            let width = SIDE / values.len() as f64;
            let mut column = 0;
            while column < values.len() {
                let band = self.band(values[column]);
                let same = values[column..]
                    .iter()
                    .take_while(|v| self.band(**v) == band);
                let run = same.count();
                let corner = (left + width * column as f64, top + height * row as f64);
                canvas.rectangle(corner, (width * run as f64, height), self.shade(band));
                column += run;
            }
        }
    }

    /// The number of levels that `value` has passed.
    fn band(&self, value: f64) -> usize {
        self.levels.partition_point(|level| *level < value)
    }

    /// From a light blue for the lowest band over white to a light vermilion for the highest.
    fn shade(&self, band: usize) -> RGBColor {
        let height = band as f64 / self.levels.len().max(1) as f64; // 0 to 1
        let (colour, strength) = match height {
            low if low < 0.5 => (BLUE, 0.5 - low),
            high => (COLOURS[1], high - 0.5),
        };
        let tint = |channel: u8| {
            let towards = f64::from(255 - channel);
            (255.0 - 0.7 * strength * towards).round() as u8
        };
        RGBColor(tint(colour.0), tint(colour.1), tint(colour.2))
    }

    fn holds(&self, (x, y): (f64, f64)) -> bool {
        (self.x.0..=self.x.1).contains(&x) && (self.y.0..=self.y.1).contains(&y)
    }

    /// The part of a line inside the plane (Liang & Barsky 1984).
    fn clip(&self, from: (f64, f64), to: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut first, mut last) = (0f64, 1f64);
        for (step, room) in [
            (-dx, from.0 - self.x.0),
            (dx, self.x.1 - from.0),
            (-dy, from.1 - self.y.0),
            (dy, self.y.1 - from.1),
        ] {
            match step {
                outwards if outwards > 0.0 => last = last.min(room / step),
                inwards if inwards < 0.0 => first = first.max(room / step),
                _ if room < 0.0 => return None,
                _ => {}
            }
        }
        let at = |share: f64| (from.0 + share * dx, from.1 + share * dy);
        (first <= last).then(|| (at(first), at(last)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane() -> Plane {
        let range = (-1.0, 1.0);
        Plane {
            title: "x + y".into(),
            x: range,
            y: range,
            values: on_grid(range, range, 4, |x, y| x + y),
            levels: vec![0.0],
            paths: vec![vec![(0.0, 0.0), (3.0, 0.0)]],
            marks: vec![Mark {
                at: (0.0, 0.0),
                colour: 0,
                ringed: true,
            }],
        }
    }

    #[test]
    fn rows_go_from_the_lowest_y_up() {
        assert_eq!(plane().values[0], [-1.5, -1.0, -0.5, 0.0]);
        assert_eq!(plane().values[3], [0.0, 0.5, 1.0, 1.5]);
    }

    #[test]
    fn lines_end_at_the_edge() {
        let plane = plane();
        assert_eq!(
            plane.clip((0.0, 0.0), (3.0, 0.0)),
            Some(((0.0, 0.0), (1.0, 0.0)))
        );
        assert_eq!(
            plane.clip((-2.0, -2.0), (2.0, 2.0)),
            Some(((-1.0, -1.0), (1.0, 1.0)))
        );
        assert_eq!(plane.clip((2.0, -1.0), (2.0, 1.0)), None);
        assert_eq!(
            plane.clip((0.5, 0.5), (0.5, 0.5)),
            Some(((0.5, 0.5), (0.5, 0.5)))
        );
        assert_eq!(plane.clip((2.0, 0.0), (0.0, 2.5)), None);
    }

    #[test]
    fn two_regions_have_two_colours() {
        let svg = planes("title", &[plane()], 3).unwrap().svg;
        assert!(svg.contains("#A6CEE4") && svg.contains("#F0C7A6"), "{svg}");
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let broken: [fn(&mut Plane); 4] = [
            |plane| plane.values.clear(),
            |plane| plane.values[1].truncate(2),
            |plane| plane.x = (1.0, 1.0),
            |plane| plane.paths[0][1].0 = f64::INFINITY,
        ];
        for spoil in broken {
            let mut plane = plane();
            spoil(&mut plane);
            assert!(planes("title", &[plane], 1).is_err());
        }
    }
}
