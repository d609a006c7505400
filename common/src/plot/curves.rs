//! Learning curves.

use super::canvas::{Align, COLOURS, Canvas, FAINT_INK, GRID, INK, Picture, PlotError, picture};
use super::ticks::{label, log_ticks, ticks};
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

/// How the numbers of an axis are placed on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equal distances; y begins at 0.
    Linear,
    /// Equal ratios are equal distances; all numbers must be above 0.
    Log,
}

const PANEL: (f64, f64) = (430.0, 300.0);
const LEFT: f64 = 48.0;
/// At least; more for long names of curves.
const RIGHT: f64 = 92.0;
/// Between the end of a curve and its name, and a generous width of a letter of the name.
const NAME: f64 = 9.0;
const LETTER: f64 = 6.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 46.0;
const TITLE: f64 = 34.0;
const SMALL: f64 = 12.0;
/// The nearest that the names of two curves may be.
const LINE: f64 = 15.0;

/// Panels side by side under a title, with linear axes.
///
/// # Errors
/// When there is nothing to draw or a value is not finite.
pub fn curves(title: &str, panels: &[Panel]) -> Result<Picture, PlotError> {
    let linear = |panel: &Panel| (panel.clone(), [Scale::Linear; 2]);
    let panels: Vec<_> = panels.iter().map(linear).collect();
    scaled_curves(title, &panels)
}

/// As [`curves`], with the scales of each panel's x and y axis.
///
/// # Errors
/// When there is nothing to draw, a value is not finite, or one on a logarithmic axis is not above 0.
pub fn scaled_curves(title: &str, panels: &[(Panel, [Scale; 2])]) -> Result<Picture, PlotError> {
    if panels.is_empty() {
        return Err(PlotError::Invalid("a picture without panels".into()));
    }
    for (panel, scales) in panels {
        check(panel, *scales)?;
    }
    let size = (PANEL.0 * panels.len() as f64, TITLE + PANEL.1);
    picture(size, |canvas| {
        canvas.rectangle((0.0, 0.0), size, plotters::style::RGBColor(255, 255, 255));
        canvas.text(title, (LEFT, 24.0), Align::Left, 16.0, INK);
        for (i, (panel, scales)) in panels.iter().enumerate() {
            Axes::of(panel, *scales, (PANEL.0 * i as f64, TITLE)).draw(panel, canvas);
        }
    })
}

/// Refuses a panel that cannot be drawn.
fn check(panel: &Panel, scales: [Scale; 2]) -> Result<(), PlotError> {
    let points = || panel.curves.iter().flat_map(|curve| &curve.points);
    if points().next().is_none() {
        return Err(PlotError::Invalid("a panel without points".into()));
    }
    let fits =
        |value: f64, scale: Scale| value.is_finite() && (scale == Scale::Linear || value > 0.0);
    match points().find(|(x, y)| !fits(*x, scales[0]) || !fits(*y, scales[1])) {
        Some((x, y)) => Err(PlotError::Invalid(format!(
            "the point ({x}, {y}) of a curve"
        ))),
        None => Ok(()),
    }
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

/// What an axis shows, and where.
struct Axis {
    scale: Scale,
    range: (f64, f64),
    /// Marks with their names.
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// The axis below, from the first value to the last.
    fn x(values: &[f64], scale: Scale) -> Self {
        let (first, last) = ends(values);
        let margin = match scale {
            Scale::Linear if first == last => 0.5,
            Scale::Log if first == last => first / 2.0,
            _ => 0.0,
        };
        let whole = values.iter().all(|x| x.fract() == 0.0);
        let mut axis = match scale {
            Scale::Linear => Self::linear(ticks(last, 8, if whole { 1.0 } else { 0.0 })),
            Scale::Log => Self::log(log_ticks(first, last, 8)),
        };
        axis.ticks.retain(|(tick, _)| (first..=last).contains(tick));
        axis.range = (first - margin, last + margin);
        axis
    }

    /// The axis on the left, from one mark to another.
    fn y(values: &[f64], scale: Scale) -> Self {
        let (low, high) = ends(values);
        match scale {
            Scale::Linear => Self::linear(ticks(high, 5, 0.0)),
            Scale::Log => Self::log(log_ticks(low, high, 5)),
        }
    }

    fn linear(ticks: Vec<f64>) -> Self {
        let step = match ticks.as_slice() {
            [a, b, ..] => b - a,
            _ => 1.0,
        };
        Self::over(Scale::Linear, ticks, |tick| label(tick, step))
    }

    fn log(ticks: Vec<f64>) -> Self {
        Self::over(Scale::Log, ticks, |tick| tick.to_string())
    }

    fn over(scale: Scale, ticks: Vec<f64>, name: impl Fn(f64) -> String) -> Self {
        Self {
            scale,
            range: ends(&ticks),
            ticks: ticks.into_iter().map(|tick| (tick, name(tick))).collect(),
        }
    }

    /// Where a value is between the ends, 0 to 1.
    fn place(&self, value: f64) -> f64 {
        let on = |value: f64| match self.scale {
            Scale::Linear => value,
            Scale::Log => value.ln(),
        };
        let (low, high) = (on(self.range.0), on(self.range.1));
        (on(value) - low) / (high - low)
    }
}

/// The smallest and the largest.
fn ends(values: &[f64]) -> (f64, f64) {
    values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        })
}

/// Where the values of a panel are on the canvas.
struct Axes {
    /// Canvas coordinates of the left, top, right and bottom edge.
    edges: [f64; 4],
    x: Axis,
    y: Axis,
}

impl Axes {
    fn of(panel: &Panel, scales: [Scale; 2], (left, top): (f64, f64)) -> Self {
        let points = || panel.curves.iter().flat_map(|curve| &curve.points);
        let xs: Vec<f64> = points().map(|p| p.0).collect();
        let ys: Vec<f64> = points().map(|p| p.1).collect();
        let names = panel.curves.iter().filter_map(name);
        let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
        let right = RIGHT.max(NAME + LETTER * longest as f64);
        Self {
            edges: [
                left + LEFT,
                top + TOP,
                left + PANEL.0 - right,
                top + PANEL.1 - BOTTOM,
            ],
            x: Axis::x(&xs, scales[0]),
            y: Axis::y(&ys, scales[1]),
        }
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let [left, top, right, bottom] = self.edges;
        (
            left + (right - left) * self.x.place(x),
            bottom - (bottom - top) * self.y.place(y),
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
            if let (Some(&(x, y)), Some(name)) = (points.last(), name(curve)) {
                names.push((x, y, name, colour));
            }
        }
        let mut ys: Vec<f64> = names.iter().map(|name| name.1).collect();
        keep_apart(&mut ys, LINE, self.edges[3]);
        for ((x, _, name, colour), y) in names.iter().zip(ys) {
            canvas.text(name, (x + NAME, y + 4.0), Align::Left, SMALL, *colour);
        }
    }

    fn draw_frame(&self, panel: &Panel, canvas: &mut dyn Canvas) {
        let [left, top, right, bottom] = self.edges;
        canvas.text(&panel.y_label, (left, top - 16.0), Align::Left, 13.0, INK);
        for (tick, name) in &self.y.ticks {
            let y = bottom - (bottom - top) * self.y.place(*tick);
            canvas.line(&[(left, y), (right, y)], GRID, 0.75);
            let at = (left - 8.0, y + 4.0);
            canvas.text(name, at, Align::Right, SMALL, FAINT_INK);
        }
        for (tick, name) in &self.x.ticks {
            let x = left + (right - left) * self.x.place(*tick);
            canvas.line(&[(x, bottom), (x, bottom + 4.0)], FAINT_INK, 0.75);
            let at = (x, bottom + 17.0);
            canvas.text(name, at, Align::Centre, SMALL, FAINT_INK);
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

/// What stands at the end of a curve: its name and its last value.
fn name(curve: &Curve) -> Option<String> {
    let (_, value) = curve.points.last()?;
    Some(format!("{} {}", curve.name, short(*value)))
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

    #[test]
    fn on_a_log_axis_ratios_are_distances_and_zero_is_refused() {
        let panel = |y| Panel {
            y_label: "y".into(),
            x_label: "x".into(),
            curves: vec![Curve {
                name: "c".into(),
                points: vec![(10.0, 0.02), (100.0, y), (1000.0, 30.0)],
            }],
        };
        let axes = Axes::of(&panel(1.0), [Scale::Log; 2], (0.0, 0.0));
        assert_eq!(
            [10.0, 100.0, 1000.0].map(|x| (2.0 * axes.x.place(x)).round()),
            [0.0, 1.0, 2.0]
        );
        let names: Vec<&str> = axes.y.ticks.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["0.01", "0.1", "1", "10", "100"]);
        assert!(scaled_curves("title", &[(panel(1.0), [Scale::Log; 2])]).is_ok());
        assert!(scaled_curves("title", &[(panel(0.0), [Scale::Log; 2])]).is_err());
        assert!(curves("title", &[panel(0.0)]).is_ok());
    }
}
