//! The pictures of several digits that detection and segmentation are learned on.

use anyhow::bail;
use common::data::scenes::{Scenes, scenes};
use common::plot::{Curve, Image, Panel, Picture, PlotError, curves};
use common::train::{History, LabOptions};

/// The side of a scene in pixels.
pub const SIZE: usize = 48;
/// Fixes the scenes. Training and test scenes are of different streams.
const SEED: u64 = 1989;

/// Scenes to learn from and scenes to be measured on.
pub struct SceneSets {
    /// What they are called.
    pub name: &'static str,
    /// To learn from.
    pub train: Scenes,
    /// To be measured on.
    pub test: Scenes,
    /// Where they come from, in one line.
    pub about: String,
}

impl SceneSets {
    /// So many scenes to learn from, and so many others to be measured on.
    pub fn many(train: usize, test: usize) -> Self {
        Self {
            name: "scenes",
            train: scenes(SIZE, train, SEED),
            test: scenes(SIZE, test, SEED + 1),
            about: format!(
                "{train} scenes of {SIZE}x{SIZE} pixels to learn from and {test} to be measured on, drawn by code \
                 with seed {SEED}"
            ),
        }
    }

    /// Eight scenes, to be learned by heart: they are measured on as well.
    pub fn eight() -> Self {
        let eight = scenes(SIZE, 8, SEED);
        Self {
            name: "eight scenes",
            train: eight.clone(),
            test: eight,
            about: format!(
                "eight scenes of {SIZE}x{SIZE} pixels, drawn by code with seed {SEED}, to be learned by heart"
            ),
        }
    }
}

/// How long is trained where nothing else is said, and what is to come out.
pub struct Defaults {
    /// How often to go through the scenes.
    pub epochs: usize,
    /// Scenes per step.
    pub batch_size: usize,
    /// The measure on the test scenes, at least.
    pub target: f64,
}

/// Refuses `--data`.
///
/// # Errors
/// When it names a set.
pub fn takes_no_data(options: &LabOptions) -> anyhow::Result<()> {
    match &options.data {
        None => Ok(()),
        Some(name) => bail!("this lab draws its pictures itself and takes no --data {name}"),
    }
}

/// Scene `i`, dark on light.
pub fn picture(scenes: &Scenes, i: usize) -> Image {
    Image {
        width: scenes.size,
        height: scenes.size,
        channels: 1,
        pixels: scenes.image(i).iter().map(|pixel| 1.0 - pixel).collect(),
    }
}

/// The loss on the training scenes beside a measure on the test scenes: its name in `history`, and its name on the picture.
///
/// # Errors
/// When nothing was measured.
pub fn draw_curves(
    title: &str,
    history: &History,
    (measure, name): (&str, &str),
) -> Result<Picture, PlotError> {
    let panel = |y_label: &str, set: &str, column: &str| {
        let points = history.column(&format!("{set}_{column}")).into_iter();
        Panel {
            y_label: y_label.into(),
            x_label: "epoch".into(),
            curves: vec![Curve {
                name: set.into(),
                points: points.map(|(epoch, y)| (epoch as f64, y)).collect(),
            }],
        }
    };
    curves(
        title,
        &[panel("loss", "train", "loss"), panel(name, "test", measure)],
    )
}

/// What a lab is to reach on the test scenes.
pub struct Goal {
    /// What is measured, in words.
    pub measure: &'static str,
    /// At least.
    pub value: f64,
}

impl Goal {
    /// The first line.
    pub fn words(&self, data: &str) -> String {
        format!(
            "target: {} of {} or more on {data}",
            self.measure, self.value
        )
    }

    /// The last line: what came out, and what was to come out.
    pub fn verdict(&self, history: &History, column: &str) -> String {
        let Some(row) = history.last() else {
            return "nothing was trained".into();
        };
        let reached = row.value(column).unwrap_or(f64::NAN);
        let not = if reached >= self.value { "" } else { "not " };
        format!(
            "{} {reached:.3} after {} epochs in {:.1} s; the target, {}, is {not}reached",
            self.measure,
            row.epoch,
            history.seconds(),
            self.value
        )
    }
}
