//! A histogram as SVG. Nothing in it comes from a hand-in but numbers.

use std::fmt::Write;

use super::stats::{Bins, Figures};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 6.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 24.0;

/// The histogram of `bins`, with the median as a line.
#[must_use]
pub fn histogram(bins: &Bins, figures: Option<&Figures>) -> String {
    let tallest = bins.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let floor = HEIGHT - BOTTOM;
    let x = |points: f64| LEFT + points / f64::from(bins.max) * (WIDTH - LEFT - RIGHT);
    let mut svg = format!(
        "<svg class=\"histogram\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        in_words(bins)
    );
    for (index, &count) in bins.counts.iter().enumerate() {
        let (from, to) = limits(bins, index);
        let (left, right) = (x(f64::from(from)), x(f64::from(to)));
        let height = count as f64 / tallest * (floor - TOP);
        let top = floor - height;
        let _ = write!(
            svg,
            "<rect class=\"mark\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{height:.1}\">\
             <title>{}</title></rect>",
            left + 1.0,
            (right - left - 2.0).max(1.0),
            bin_in_words(bins, index),
        );
        if count > 0 {
            let middle = f64::midpoint(left, right);
            let above = top - 4.0;
            let _ = write!(
                svg,
                "<text class=\"count\" x=\"{middle:.1}\" y=\"{above:.1}\">{count}</text>"
            );
        }
    }
    let end = WIDTH - RIGHT;
    let _ = write!(svg, "<path class=\"axis\" d=\"M{LEFT} {floor}H{end}\"/>");
    for tick in ticks(bins) {
        let (at, below) = (x(f64::from(tick)), HEIGHT - 8.0);
        let _ = write!(
            svg,
            "<text class=\"tick\" x=\"{at:.1}\" y=\"{below}\">{tick}</text>"
        );
    }
    if let Some(figures) = figures {
        let at = x(figures.median);
        // The word stands where it does not leave the picture.
        let (side, beside) = if at > WIDTH / 2.0 {
            ("end", at - 4.0)
        } else {
            ("start", at + 4.0)
        };
        let _ = write!(
            svg,
            "<path class=\"median\" d=\"M{at:.1} 12V{floor}\"/>\
             <text class=\"median\" x=\"{beside:.1}\" y=\"10\" text-anchor=\"{side}\">median {}</text>",
            figures.median
        );
    }
    svg.push_str("</svg>");
    svg
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
    let last = if index + 1 == bins.counts.len() {
        to
    } else {
        to - 1
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
        assert_eq!(bars, 20);
        // The plot is 190 - 24 - 24 = 142 high; every count is 1, so every bar is that or nothing.
        assert_eq!(svg.matches("height=\"142.0\"").count(), 4);
        assert!(svg.contains("19 to 20 points: 1 student"), "{svg}");
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
