//! Learning curves.

use super::canvas::{Align, COLOURS, Canvas, FAINT_INK, GRID, INK, Picture, PlotError, picture};
use super::ticks::{label, ticks};
use crate::train::{History, is_share};

/// One line of a panel.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Written at the end of the line.
    pub name: String,
    /// `(x, y)`, in the order of x.
    pub points: Vec<(f64, f64)>,
}

/// One pair of axes.
#[derive(Debug, Clone)]
pub struct Panel {
    /// What y is, with its unit: `error, %`.
    pub y_label: String,
    /// What x is: `epoch`.
    pub x_label: String,
    /// The lines.
    pub curves: Vec<Curve>,
}

const PANEL: (f64, f64) = (442.0, 300.0);
const LEFT: f64 = 48.0;
const RIGHT: f64 = 104.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 46.0;
const TITLE: f64 = 34.0;
const SMALL: f64 = 12.0;
/// The nearest that the names of two curves may be.
const LINE: f64 = 15.0;

/// Panels side by side under a title.
///
/// # Errors
/// When there is nothing to draw or a value is not finite.
pub fn curves(title: &str, panels: &[Panel]) -> Result<Picture, PlotError> {
    if panels.is_empty()
        || panels
            .iter()
            .any(|panel| panel.curves.iter().all(|c| c.points.is_empty()))
    {
        return Err(PlotError::Invalid("a panel without points".into()));
    }
    let points = panels
        .iter()
        .flat_map(|panel| &panel.curves)
        .flat_map(|curve| &curve.points);
    if let Some((x, y)) = points
        .into_iter()
        .find(|(x, y)| !x.is_finite() || !y.is_finite())
    {
        return Err(PlotError::Invalid(format!(
            "the point ({x}, {y}) of a curve"
        )));
    }
    let size = (PANEL.0 * panels.len() as f64, TITLE + PANEL.1);
    picture(size, |canvas| {
        canvas.rectangle((0.0, 0.0), size, plotters::style::RGBColor(255, 255, 255));
        canvas.text(title, (LEFT, 24.0), Align::Left, 16.0, INK);
        for (i, panel) in panels.iter().enumerate() {
            Axes::of(panel, (PANEL.0 * i as f64, TITLE)).draw(panel, canvas);
        }
    })
}

/// Training and test curves of each of `metrics`: a metric's name and its unit, as in
/// `("loss", "nats")`. Shares such as `error` are drawn in per cent.
///
/// # Errors
/// When the history has no values of a metric.
pub fn learning_curves(
    title: &str,
    history: &History,
    metrics: &[(&str, &str)],
) -> Result<Picture, PlotError> {
    let panels: Vec<Panel> = metrics
        .iter()
        .map(|(metric, unit)| {
            let factor = if is_share(metric) { 100.0 } else { 1.0 };
            let curve = |set: &str| {
                let column = history.column(&format!("{set}_{metric}"));
                Curve {
                    name: set.to_string(),
                    points: column
                        .into_iter()
                        .map(|(epoch, y)| (epoch as f64, factor * y))
                        .collect(),
                }
            };
            Panel {
                y_label: format!("{metric}, {unit}"),
                x_label: "epoch".into(),
                curves: vec![curve("train"), curve("test")],
            }
        })
        .collect();
    curves(title, &panels)
}

/// Where the values of a panel are on the canvas.
struct Axes {
    /// Canvas coordinates of the left, top, right and bottom edge.
    edges: [f64; 4],
    x_range: (f64, f64),
    x_ticks: Vec<f64>,
    y_ticks: Vec<f64>,
}

impl Axes {
    fn of(panel: &Panel, (left, top): (f64, f64)) -> Self {
        let points = || panel.curves.iter().flat_map(|curve| &curve.points);
        let first = points().map(|p| p.0).fold(f64::INFINITY, f64::min);
        let last = points().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
        let high = points().map(|p| p.1).fold(0.0, f64::max);
        let whole = points().all(|p| p.0.fract() == 0.0);
        let mut x_ticks = ticks(last, 8, if whole { 1.0 } else { 0.0 });
        x_ticks.retain(|tick| (first..=last).contains(tick));
        let margin = if first == last { 0.5 } else { 0.0 };
        Self {
            edges: [
                left + LEFT,
                top + TOP,
                left + PANEL.0 - RIGHT,
                top + PANEL.1 - BOTTOM,
            ],
            x_range: (first - margin, last + margin),
            x_ticks,
            y_ticks: ticks(high, 5, 0.0),
        }
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let [left, top, right, bottom] = self.edges;
        let (first, last) = self.x_range;
        let highest = self.y_ticks[self.y_ticks.len() - 1];
        (
            left + (right - left) * (x - first) / (last - first),
            bottom - (bottom - top) * y / highest,
        )
    }

    fn draw(&self, panel: &Panel, canvas: &mut dyn Canvas) {
        self.draw_frame(panel, canvas);
        let mut names = Vec::new();
        for (i, curve) in panel.curves.iter().enumerate() {
            let colour = COLOURS[i % COLOURS.len()];
            let points: Vec<_> = curve.points.iter().map(|&p| self.place(p)).collect();
            canvas.line(&points, colour, 2.0);
            if points.len() <= 40 {
                points
                    .iter()
                    .for_each(|&point| canvas.disc(point, 2.75, colour));
            }
            if let (Some(&(x, y)), Some((_, value))) = (points.last(), curve.points.last()) {
                names.push((x, y, format!("{} {}", curve.name, short(*value)), colour));
            }
        }
        let mut ys: Vec<f64> = names.iter().map(|name| name.1).collect();
        keep_apart(&mut ys, LINE, self.edges[3]);
        for ((x, _, name, colour), y) in names.iter().zip(ys) {
            canvas.text(name, (x + 9.0, y + 4.0), Align::Left, SMALL, *colour);
        }
    }

    fn draw_frame(&self, panel: &Panel, canvas: &mut dyn Canvas) {
        let [left, top, right, bottom] = self.edges;
        canvas.text(&panel.y_label, (left, top - 16.0), Align::Left, 13.0, INK);
        let step = self.y_ticks[1] - self.y_ticks[0];
        for &tick in &self.y_ticks {
            let (_, y) = self.place((self.x_range.0, tick));
            canvas.line(&[(left, y), (right, y)], GRID, 0.75);
            canvas.text(
                &label(tick, step),
                (left - 8.0, y + 4.0),
                Align::Right,
                SMALL,
                FAINT_INK,
            );
        }
        let step = match self.x_ticks.as_slice() {
            [a, b, ..] => b - a,
            _ => 1.0,
        };
        for &tick in &self.x_ticks {
            let (x, _) = self.place((tick, 0.0));
            canvas.line(&[(x, bottom), (x, bottom + 4.0)], FAINT_INK, 0.75);
            canvas.text(
                &label(tick, step),
                (x, bottom + 17.0),
                Align::Centre,
                SMALL,
                FAINT_INK,
            );
        }
        canvas.line(&[(left, bottom), (right, bottom)], FAINT_INK, 0.75);
        let middle = (left + right) / 2.0;
        canvas.text(
            &panel.x_label,
            (middle, bottom + 36.0),
            Align::Centre,
            13.0,
            INK,
        );
    }
}

/// A value with three digits: `0.0412`, `5.63`, `98.1`.
fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 99.95 => format!("{value:.0}"),
        v if v >= 9.995 => format!("{value:.1}"),
        v if v >= 0.9995 || v == 0.0 => format!("{value:.2}"),
        v if v >= 0.09995 => format!("{value:.3}"),
        v if v >= 0.001 => format!("{value:.4}"),
        _ => format!("{value:.1e}"),
    }
}

/// Moves heights apart so that no two are nearer than `gap`, none is below `lowest` (heights grow
/// downwards), and none moves further than it must.
fn keep_apart(ys: &mut [f64], gap: f64, lowest: f64) {
    let mut order: Vec<usize> = (0..ys.len()).collect();
    order.sort_by(|&a, &b| ys[a].total_cmp(&ys[b]));
    for pair in order.windows(2) {
        ys[pair[1]] = ys[pair[1]].max(ys[pair[0]] + gap);
    }
    let mut limit = lowest;
    for &i in order.iter().rev() {
        ys[i] = ys[i].min(limit);
        limit = ys[i] - gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Row;

    #[test]
    fn names_are_kept_apart_and_above_the_axis() {
        let mut ys = [98.0, 20.0, 97.0];
        keep_apart(&mut ys, 15.0, 100.0);
        assert_eq!(ys, [100.0, 20.0, 85.0]);
    }

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!(
            [0.04123, 5.6321, 98.123, 0.0].map(short),
            ["0.0412", "5.63", "98.1", "0.00"]
        );
    }

    #[test]
    fn a_history_without_the_metric_is_refused() {
        let history = History { rows: vec![] };
        let error = learning_curves("title", &history, &[("loss", "nats")]).unwrap_err();
        assert!(matches!(error, PlotError::Invalid(_)), "{error}");
    }

    #[test]
    fn one_epoch_is_enough_and_shares_are_in_per_cent() {
        let values = [("train_error", 0.25), ("test_error", 0.5)];
        let history = History {
            rows: vec![Row {
                epoch: 1,
                steps: 1,
                values: values.map(|(k, v)| (k.to_string(), v)).to_vec(),
                seconds: 1.0,
            }],
        };
        let picture = learning_curves("title", &history, &[("error", "%")]).unwrap();
        assert!(picture.svg.contains("test 50.0"), "{}", picture.svg);
    }

    #[test]
    fn values_that_are_not_finite_are_refused() {
        let panel = Panel {
            y_label: "y".into(),
            x_label: "x".into(),
            curves: vec![Curve {
                name: "c".into(),
                points: vec![(0.0, f64::NAN)],
            }],
        };
        assert!(curves("title", &[panel]).is_err());
    }
}
