//! Confusion matrices.

use plotters::style::RGBColor;

use super::canvas::{Align, BLUE, Canvas, FAINT_INK, INK, Picture, PlotError, VERMILION, picture};

const CELL: f64 = 40.0;
const LEFT: f64 = 76.0;
const TOP: f64 = 92.0;
const RIGHT: f64 = 76.0;
const BOTTOM: f64 = 20.0;
/// The width of a letter of a class's name, at most.
const LETTER: f64 = 7.5;
const WHITE: RGBColor = RGBColor(255, 255, 255);

/// A confusion matrix: row `i`, column `j` counts the samples of class `i` that were taken for `j`.
///
/// Right answers are blue by the share of their class, mistakes orange by their number, and the last
/// column is the error of each class.
///
/// # Errors
/// When `counts` is not a square with one row per class.
pub fn confusion_matrix(
    title: &str,
    counts: &[Vec<usize>],
    classes: &[&str],
) -> Result<Picture, PlotError> {
    let n = classes.len();
    if n == 0 || counts.len() != n || counts.iter().any(|row| row.len() != n) {
        return Err(PlotError::Invalid(format!(
            "a confusion matrix of {} rows for {n} classes",
            counts.len()
        )));
    }
    let longest = classes.iter().map(|class| class.chars().count()).max();
    let name = LETTER * longest.unwrap_or(0) as f64;
    let table = Table {
        counts,
        left: LEFT + name,
        cell: (CELL.max(name + 8.0), CELL),
    };
    let (_, bottom) = table.corner(n, n);
    let size = (table.right_edge(), bottom + BOTTOM);
    picture(size, |canvas| {
        canvas.rectangle((0.0, 0.0), size, WHITE);
        canvas.text(title, (20.0, 26.0), Align::Left, 16.0, INK);
        table.draw_labels(classes, canvas);
        table.draw_cells(canvas);
        table.draw_errors(canvas);
    })
}

struct Table<'a> {
    counts: &'a [Vec<usize>],
    /// Where the cells begin.
    left: f64,
    /// Width and height of a cell.
    cell: (f64, f64),
}

impl Table<'_> {
    /// The top left corner of a cell.
    fn corner(&self, row: usize, column: usize) -> (f64, f64) {
        let (width, height) = self.cell;
        (self.left + width * column as f64, TOP + height * row as f64)
    }

    /// Where a text in the middle of a cell has its baseline.
    fn text_in(&self, row: usize, column: usize) -> (f64, f64) {
        let (x, y) = self.corner(row, column);
        (x + self.cell.0 / 2.0, y + self.cell.1 / 2.0 + 4.5)
    }

    fn right_edge(&self) -> f64 {
        self.corner(0, self.counts.len()).0 + RIGHT
    }

    fn draw_labels(&self, classes: &[&str], canvas: &mut dyn Canvas) {
        let (right, bottom) = self.corner(classes.len(), classes.len());
        let middle = ((self.left + right) / 2.0, (TOP + bottom) / 2.0);
        canvas.text(
            "predicted",
            (middle.0, TOP - 28.0),
            Align::Centre,
            13.0,
            FAINT_INK,
        );
        canvas.text("true", (20.0, middle.1 + 4.0), Align::Left, 13.0, FAINT_INK);
        for (i, class) in classes.iter().enumerate() {
            let (x, y) = self.text_in(i, i);
            canvas.text(class, (x, TOP - 8.0), Align::Centre, 14.0, INK);
            canvas.text(class, (self.left - 12.0, y), Align::Right, 14.0, INK);
        }
    }

    fn draw_cells(&self, canvas: &mut dyn Canvas) {
        let most = self.largest_mistake().max(1);
        for (i, row) in self.counts.iter().enumerate() {
            let total = row.iter().sum::<usize>().max(1);
            for (j, &count) in row.iter().enumerate() {
                let (colour, share) = if i == j {
                    (BLUE, count as f64 / total as f64)
                } else {
                    (VERMILION, 0.75 * count as f64 / most as f64)
                };
                let strength = if count == 0 { 0.0 } else { 0.08 + 0.82 * share };
                let (x, y) = self.corner(i, j);
                let (width, height) = self.cell;
                canvas.rectangle(
                    (x + 1.0, y + 1.0),
                    (width - 2.0, height - 2.0),
                    tint(colour, strength),
                );
                if count > 0 {
                    let ink = if i == j && share > 0.5 { WHITE } else { INK };
                    let text = count.to_string();
                    canvas.text(&text, self.text_in(i, j), Align::Centre, 13.0, ink);
                }
            }
        }
    }

    fn draw_errors(&self, canvas: &mut dyn Canvas) {
        let x = self.right_edge() - 16.0;
        canvas.text("error", (x, TOP - 8.0), Align::Right, 13.0, FAINT_INK);
        for (i, row) in self.counts.iter().enumerate() {
            let total: usize = row.iter().sum();
            if total > 0 {
                let error = 100.0 * (total - row[i]) as f64 / total as f64;
                let (_, y) = self.text_in(i, i);
                canvas.text(
                    &format!("{error:.1} %"),
                    (x, y),
                    Align::Right,
                    13.0,
                    FAINT_INK,
                );
            }
        }
    }

    fn largest_mistake(&self) -> usize {
        let cells = self.counts.iter().enumerate();
        let mistakes = cells.flat_map(|(i, row)| {
            row.iter()
                .enumerate()
                .filter(move |(j, _)| *j != i)
                .map(|(_, count)| *count)
        });
        mistakes.max().unwrap_or(0)
    }
}

/// The colour laid on light grey paper with this strength; 0 gives the paper.
fn tint(colour: RGBColor, strength: f64) -> RGBColor {
    let mix = |c: u8| (246.0 + (f64::from(c) - 246.0) * strength).round() as u8;
    RGBColor(mix(colour.0), mix(colour.1), mix(colour.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_errors_are_written() {
        let counts = [vec![97, 3], vec![0, 40]];
        let svg = confusion_matrix("title", &counts, &["cat", "dog"])
            .unwrap()
            .svg;
        for text in ["\n97\n", ">\n97", "cat", "dog", "3.0 %", "0.0 %"] {
            assert!(svg.contains(text), "no {text:?} in {svg}");
        }
    }

    #[test]
    fn a_matrix_that_is_not_square_is_refused() {
        assert!(confusion_matrix("title", &[vec![1, 2]], &["a"]).is_err());
        assert!(confusion_matrix("title", &[], &[]).is_err());
    }
}
