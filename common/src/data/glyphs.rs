//! How people write the ten digits: each style is a few pen strokes in the unit square.
//!
//! x goes right, y goes down; (0, 0) is the upper left corner of the digit's box. A stroke is a list of
//! points that the pen passes: smoothly through `on`, with a change of direction at `turn`.

/// A point that a pen passes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
    /// Whether the direction changes here.
    pub corner: bool,
}

/// What is written without lifting the pen.
pub(super) type Stroke = &'static [Point];

const fn on(x: f64, y: f64) -> Point {
    let corner = false;
    Point { x, y, corner }
}

const fn turn(x: f64, y: f64) -> Point {
    let corner = true;
    Point { x, y, corner }
}

/// The styles of each digit, each a list of strokes.
pub(super) const DIGITS: [&[&[Stroke]]; 10] =
    [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

const ZERO: &[&[Stroke]] = &[
    // an oval, begun at the top
    &[&[
        on(0.55, 0.02),
        on(0.22, 0.15),
        on(0.10, 0.50),
        on(0.22, 0.88),
        on(0.52, 0.98),
        on(0.82, 0.85),
        on(0.92, 0.48),
        on(0.80, 0.14),
        on(0.52, 0.02),
    ]],
    // begun at the right, the end crosses the beginning
    &[&[
        on(0.78, 0.12),
        on(0.45, 0.03),
        on(0.15, 0.30),
        on(0.12, 0.72),
        on(0.42, 0.98),
        on(0.80, 0.80),
        on(0.88, 0.38),
        on(0.66, 0.08),
        on(0.48, 0.10),
    ]],
];

const ONE: &[&[Stroke]] = &[
    &[&[turn(0.50, 0.00), turn(0.50, 1.00)]],
    &[&[turn(0.24, 0.26), turn(0.54, 0.01), turn(0.54, 1.00)]],
    &[
        &[turn(0.28, 0.22), turn(0.52, 0.02), turn(0.52, 0.98)],
        &[turn(0.22, 0.98), turn(0.82, 0.98)],
    ],
];

const TWO: &[&[Stroke]] = &[
    // a flat foot
    &[&[
        on(0.10, 0.26),
        on(0.30, 0.05),
        on(0.64, 0.03),
        on(0.84, 0.24),
        on(0.70, 0.52),
        on(0.36, 0.80),
        turn(0.06, 0.98),
        turn(0.94, 0.97),
    ]],
    // a loop at the foot
    &[&[
        on(0.14, 0.22),
        on(0.38, 0.02),
        on(0.76, 0.10),
        on(0.78, 0.38),
        on(0.50, 0.72),
        on(0.18, 0.96),
        on(0.06, 0.84),
        on(0.26, 0.76),
        on(0.58, 0.94),
        on(0.96, 0.88),
    ]],
    // nearly a z
    &[&[
        on(0.10, 0.12),
        on(0.48, 0.03),
        turn(0.84, 0.12),
        on(0.50, 0.56),
        turn(0.10, 0.96),
        on(0.50, 0.93),
        on(0.92, 0.98),
    ]],
];

const THREE: &[&[Stroke]] = &[
    // two bows
    &[&[
        on(0.14, 0.14),
        on(0.48, 0.01),
        on(0.80, 0.18),
        on(0.68, 0.40),
        turn(0.38, 0.48),
        on(0.74, 0.55),
        on(0.88, 0.78),
        on(0.55, 0.99),
        on(0.10, 0.88),
    ]],
    // a flat top
    &[&[
        turn(0.12, 0.04),
        turn(0.82, 0.03),
        turn(0.44, 0.40),
        on(0.78, 0.50),
        on(0.86, 0.78),
        on(0.52, 0.99),
        on(0.08, 0.86),
    ]],
    // a small loop in the middle
    &[&[
        on(0.16, 0.20),
        on(0.44, 0.02),
        on(0.78, 0.14),
        on(0.66, 0.42),
        on(0.40, 0.52),
        on(0.38, 0.44),
        on(0.76, 0.56),
        on(0.84, 0.84),
        on(0.46, 1.00),
        on(0.12, 0.90),
    ]],
];

const FOUR: &[&[Stroke]] = &[
    // open
    &[
        &[
            turn(0.20, 0.02),
            on(0.12, 0.32),
            turn(0.10, 0.58),
            turn(0.92, 0.54),
        ],
        &[turn(0.74, 0.10), turn(0.68, 1.00)],
    ],
    // closed
    &[
        &[turn(0.66, 0.02), turn(0.06, 0.66), turn(0.96, 0.64)],
        &[turn(0.66, 0.02), turn(0.64, 1.00)],
    ],
    // in one stroke, round
    &[&[
        on(0.18, 0.04),
        on(0.10, 0.36),
        on(0.34, 0.54),
        on(0.70, 0.42),
        turn(0.84, 0.06),
        on(0.76, 0.50),
        on(0.70, 1.00),
    ]],
];

const FIVE: &[&[Stroke]] = &[
    // the bow, then the bar
    &[
        &[
            turn(0.26, 0.04),
            turn(0.20, 0.46),
            on(0.50, 0.36),
            on(0.84, 0.54),
            on(0.78, 0.86),
            on(0.44, 1.00),
            on(0.10, 0.88),
        ],
        &[turn(0.26, 0.04), turn(0.90, 0.03)],
    ],
    // in one stroke from the right
    &[&[
        turn(0.86, 0.04),
        turn(0.30, 0.06),
        turn(0.22, 0.42),
        on(0.62, 0.42),
        on(0.84, 0.68),
        on(0.58, 0.97),
        on(0.12, 0.92),
    ]],
    // nearly an s
    &[&[
        on(0.88, 0.05),
        on(0.40, 0.06),
        on(0.20, 0.32),
        on(0.52, 0.46),
        on(0.80, 0.66),
        on(0.62, 0.95),
        on(0.14, 0.94),
    ]],
];

const SIX: &[&[Stroke]] = &[
    // a wide bow
    &[&[
        on(0.76, 0.03),
        on(0.38, 0.20),
        on(0.14, 0.60),
        on(0.26, 0.94),
        on(0.64, 0.98),
        on(0.86, 0.74),
        on(0.62, 0.52),
        on(0.30, 0.60),
        on(0.16, 0.76),
    ]],
    // a straight back, a small loop
    &[&[
        on(0.48, 0.00),
        on(0.24, 0.40),
        on(0.16, 0.80),
        on(0.40, 1.00),
        on(0.72, 0.88),
        on(0.70, 0.64),
        on(0.42, 0.58),
        on(0.22, 0.74),
    ]],
];

const SEVEN: &[&[Stroke]] = &[
    &[&[
        turn(0.08, 0.06),
        turn(0.90, 0.05),
        on(0.58, 0.50),
        on(0.38, 1.00),
    ]],
    // a bar across
    &[
        &[
            turn(0.10, 0.05),
            turn(0.90, 0.04),
            on(0.60, 0.48),
            on(0.40, 1.00),
        ],
        &[turn(0.28, 0.52), turn(0.82, 0.48)],
    ],
    // a serif
    &[&[
        turn(0.10, 0.26),
        turn(0.12, 0.05),
        turn(0.86, 0.06),
        on(0.72, 0.40),
        on(0.56, 1.00),
    ]],
];

const EIGHT: &[&[Stroke]] = &[
    // one stroke that crosses itself
    &[&[
        on(0.78, 0.14),
        on(0.48, 0.02),
        on(0.20, 0.20),
        on(0.42, 0.44),
        on(0.78, 0.68),
        on(0.70, 0.94),
        on(0.36, 0.98),
        on(0.16, 0.76),
        on(0.48, 0.48),
        on(0.80, 0.26),
        on(0.70, 0.08),
    ]],
    // two circles
    &[
        &[
            on(0.52, 0.02),
            on(0.26, 0.12),
            on(0.28, 0.38),
            on(0.52, 0.46),
            on(0.76, 0.36),
            on(0.76, 0.12),
            on(0.50, 0.02),
        ],
        &[
            on(0.50, 0.46),
            on(0.20, 0.60),
            on(0.18, 0.88),
            on(0.50, 0.99),
            on(0.84, 0.86),
            on(0.82, 0.60),
            on(0.52, 0.46),
        ],
    ],
];

const NINE: &[&[Stroke]] = &[
    // a straight stem
    &[&[
        on(0.80, 0.16),
        on(0.48, 0.02),
        on(0.16, 0.22),
        on(0.26, 0.46),
        on(0.60, 0.44),
        turn(0.82, 0.12),
        on(0.78, 0.50),
        on(0.72, 1.00),
    ]],
    // a curved tail
    &[&[
        on(0.82, 0.22),
        on(0.54, 0.02),
        on(0.20, 0.16),
        on(0.22, 0.44),
        on(0.56, 0.50),
        turn(0.82, 0.22),
        on(0.84, 0.62),
        on(0.62, 0.96),
        on(0.20, 0.92),
    ]],
];
