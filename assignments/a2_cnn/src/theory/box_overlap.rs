//! A2.11: intersection over union, plain and generalised.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// Three boxes `[x0, y0, x1, y1]`.
pub struct BoxOverlap {
    /// The first.
    pub a: [f64; 4],
    /// One that overlaps it.
    pub b: [f64; 4],
    /// One to the right of it.
    pub c: [f64; 4],
}

impl Exercise for BoxOverlap {
    const ID: &'static str = "box_overlap";
    const PART: &'static str = "A2.11";
    const TITLE: &'static str = "Boxes that overlap and boxes that do not";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("iou", "the IoU of $A$ and $B$"),
        Answer::number("giou", "their generalised IoU"),
        Answer::number("apart", "the generalised IoU of $A$ and $C$"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        // Tenths as whole numbers: sums of decimals would not print as decimals.
        let mut one = |low, high| (10.0 * decimal(rng, low, high, 1)).round();
        let [x, y, width, height] = [one(1.0, 3.0), one(1.0, 3.0), one(4.0, 5.0), one(4.0, 5.0)];
        // Far enough apart for a hull that is partly empty, near enough for a generalised IoU of a tenth.
        let [right, down] = [one(1.0, 1.3), one(1.0, 1.3)];
        let (b_width, b_height) = (width + one(0.1, 0.6), height + one(0.1, 0.6));
        let [gap, c_down, c_width, c_height] =
            [one(1.0, 3.0), one(0.1, 0.9), one(2.0, 4.0), one(2.0, 4.0)];
        let corners = |x: f64, y: f64, width: f64, height: f64| {
            [x, y, x + width, y + height].map(|tenths| tenths / 10.0)
        };
        Self {
            a: corners(x, y, width, height),
            b: corners(x + right, y + down, b_width, b_height),
            c: corners(x + width + gap, y + c_down, c_width, c_height),
        }
    }

    fn text(&self) -> String {
        let list = |[x0, y0, x1, y1]: [f64; 4]| format!("({x0}, {y0}, {x1}, {y1})");
        fill(
            r"
Three boxes, each as $(x_0, y_0, x_1, y_1)$ in continuous coordinates, with the width $x_1 - x_0$:

```math
A = @a, \qquad B = @b, \qquad C = @c .
```

What are the intersection over union and the generalised intersection over union of $A$ and $B$? And what is the
generalised one of $A$ and $C$, whose plain one is 0?",
            &[
                ("a", &list(self.a)),
                ("b", &list(self.b)),
                ("c", &list(self.c)),
            ],
        )
    }
}
