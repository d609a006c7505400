//! A histogram as SVG. Nothing in it comes from a hand-in but numbers.

use std::fmt::Write;

use super::stats::{Bins, Figures};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 6.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 30.0;
const FLOOR: f64 = HEIGHT - 24.0;

/// The histogram of `bins`, with the median as a line.
#[must_use]
pub fn histogram(bins: &Bins, figures: Option<&Figures>) -> String {
    let mut svg = format!(
        "<svg class=\"histogram\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        in_words(bins)
    );
    let scale = Scale::of(bins);
    for index in 0..bins.counts.len() {
        bar(&scale, bins, index, &mut svg);
    }
    let _ = write!(
        svg,
        "<path class=\"axis\" d=\"M{LEFT} {FLOOR}H{}\"/>",
        WIDTH - RIGHT
    );
    for tick in ticks(bins) {
        let (at, below) = (scale.x(f64::from(tick)), HEIGHT - 8.0);
        let _ = write!(
            svg,
            "<text class=\"tick\" x=\"{at:.1}\" y=\"{below}\">{tick}</text>"
        );
    }
    if let Some(figures) = figures {
        median(&scale, figures.median, &mut svg);
    }
    // Last, so that no line crosses them.
    for index in 0..bins.counts.len() {
        count(&scale, bins, index, &mut svg);
    }
    svg.push_str("</svg>");
    svg
}

/// Where points and counts are in the picture.
struct Scale {
    /// Points to the left of 0: half a bin, when bins are of one number and stand above it.
    before: f64,
    span: f64,
    tallest: f64,
}

impl Scale {
    fn of(bins: &Bins) -> Self {
        let single = bins.width == 1;
        Self {
            before: if single { 0.5 } else { 0.0 },
            span: f64::from(bins.max) + if single { 1.0 } else { 0.0 },
            tallest: bins.counts.iter().copied().max().unwrap_or(0).max(1) as f64,
        }
    }

    fn x(&self, points: f64) -> f64 {
        LEFT + (points + self.before) / self.span * (WIDTH - LEFT - RIGHT)
    }

    fn height(&self, count: usize) -> f64 {
        count as f64 / self.tallest * (FLOOR - TOP)
    }

    /// The left and right end of a bin.
    fn ends(&self, bins: &Bins, index: usize) -> (f64, f64) {
        let (from, to) = limits(bins, index);
        let (from, to) = (f64::from(from), f64::from(to));
        if bins.width == 1 {
            (self.x(from - 0.5), self.x(from + 0.5))
        } else {
            (self.x(from), self.x(to))
        }
    }
}

fn bar(scale: &Scale, bins: &Bins, index: usize, svg: &mut String) {
    let (left, right) = scale.ends(bins, index);
    let height = scale.height(bins.counts[index]);
    let _ = write!(
        svg,
        "<rect class=\"mark\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\">\
         <title>{}</title></rect>",
        left + 1.0,
        FLOOR - height,
        (right - left - 2.0).max(1.0),
        bin_in_words(bins, index),
    );
}

/// The count above a bar.
fn count(scale: &Scale, bins: &Bins, index: usize, svg: &mut String) {
    let count = bins.counts[index];
    if count > 0 {
        let (left, right) = scale.ends(bins, index);
        let (x, y) = (
            f64::midpoint(left, right),
            FLOOR - scale.height(count) - 4.0,
        );
        let _ = write!(
            svg,
            "<text class=\"count\" x=\"{x:.1}\" y=\"{y:.1}\">{count}</text>"
        );
    }
}

fn median(scale: &Scale, median: f64, svg: &mut String) {
    let at = scale.x(median);
    // The word stands where it does not leave the picture.
    let (side, beside) = if at > WIDTH / 2.0 {
        ("end", at - 4.0)
    } else {
        ("start", at + 4.0)
    };
    let _ = write!(
        svg,
        "<path class=\"median\" d=\"M{at:.1} 2V{FLOOR}\"/>\
         <text class=\"median\" x=\"{beside:.1}\" y=\"10\" text-anchor=\"{side}\">median {median}</text>"
    );
}

fn limits(bins: &Bins, index: usize) -> (u32, u32) {
    let from = index as u32 * bins.width;
    (from, from.saturating_add(bins.width).min(bins.max))
}

/// About six numbers on the axis, the ends among them.
fn ticks(bins: &Bins) -> Vec<u32> {
    let every = (bins.counts.len() / 6).max(1) as u32 * bins.width;
    let inner = (0..bins.max).step_by(every as usize);
    let mut ticks: Vec<u32> = inner.filter(|tick| bins.max - tick >= every / 2).collect();
    ticks.push(bins.max);
    ticks
}

fn bin_in_words(bins: &Bins, index: usize) -> String {
    let (from, to) = limits(bins, index);
    let last = match index + 1 == bins.counts.len() {
        true => to,
        false => to - 1,
    };
    let who = match bins.counts[index] {
        1 => "1 student".to_string(),
        n => format!("{n} students"),
    };
    if from == last {
        format!("{from} points: {who}")
    } else {
        format!("{from} to {last} points: {who}")
    }
}

/// The histogram for those who hear it.
fn in_words(bins: &Bins) -> String {
    let filled = (0..bins.counts.len()).filter(|&index| bins.counts[index] > 0);
    let words: Vec<String> = filled.map(|index| bin_in_words(bins, index)).collect();
    format!("Histogram. {}", words.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_tall_as_its_count_and_is_said_in_words() {
        let bins = Bins::of(&[0, 1, 15, 20], 20);
        let svg = histogram(&bins, Figures::of(&[0, 1, 15, 20]).as_ref());
        roxmltree::Document::parse(&svg).unwrap();
        let bars = svg.matches("class=\"mark\"").count();
        assert_eq!(bars, 21);
        // The plot is 190 - 30 - 24 = 136 high; every count is 1, so every bar is that or nothing.
        assert_eq!(svg.matches("height=\"136.0\"").count(), 4);
        assert!(svg.contains(">20 points: 1 student<"), "{svg}");
        assert!(svg.contains("median 8"), "{svg}");
    }

    #[test]
    fn an_empty_class_and_a_huge_maximum_are_drawn_too() {
        for bins in [Bins::of(&[], 0), Bins::of(&[1, u32::MAX], u32::MAX)] {
            let svg = histogram(&bins, None);
            roxmltree::Document::parse(&svg).unwrap();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }

    #[test]
    fn the_axis_ends_with_the_maximum() {
        assert_eq!(ticks(&Bins::of(&[], 240)), [0, 40, 80, 120, 160, 200, 240]);
        assert_eq!(ticks(&Bins::of(&[], 50)).last(), Some(&50));
    }
}
