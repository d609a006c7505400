//! What a lab that trains a classifier says first and last, and what it draws.

use std::path::Path;

use super::predictions::{Predictions, tiles};
use super::{History, Run};
use crate::data::Images;
use crate::plot::{confusion_matrix, image_grid, learning_curves};

/// How many mistakes are drawn, and how many in a row.
const SHOWN: usize = 40;
const COLUMNS: usize = 10;

/// The share of test images that a correct implementation gets wrong at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target<'a> {
    /// The data set's name.
    pub data: &'a str,
    /// The share, for data that has a target.
    pub error: Option<f64>,
    /// What is trained, as in "see how far your MLP comes".
    pub network: &'a str,
}

impl Target<'_> {
    /// The first line: what is to be reached.
    #[must_use]
    pub fn goal(&self) -> String {
        let name = self.data;
        match self.error {
            Some(share) => format!("target: at most {} % test error on {name}", percent(share)),
            None => format!(
                "{name} has no target: see how far your {} comes",
                self.network
            ),
        }
    }

    /// The last line: what came out, and what was to come out.
    #[must_use]
    pub fn verdict<S>(&self, run: &Run<S>) -> String {
        let Some(error) = run.history.last_value("test_error") else {
            return "nothing was trained".into();
        };
        let result = format!(
            "test error {:.2} % after {} epochs in {:.1} s",
            100.0 * error,
            run.epoch,
            run.history.seconds()
        );
        match self.error {
            None => result,
            Some(share) => {
                let not = if error <= share { "" } else { "not " };
                format!(
                    "{result}; the target, {} %, is {not}reached",
                    percent(share)
                )
            }
        }
    }
}

/// A share in per cent, without the digits that binary fractions add.
fn percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

/// A trained classifier, to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Trained<'a> {
    /// The title of the learning curves: `An MLP on zipcode`.
    pub title: &'a str,
    /// The data set's name.
    pub data: &'a str,
    /// What was measured.
    pub history: &'a History,
    /// What the network says about the test images.
    pub predictions: &'a Predictions,
    /// How often each label (row) was taken for each class (column).
    pub confusion: &'a [Vec<usize>],
    /// The test images as they were loaded.
    pub images: &'a Images,
    /// The words for the classes.
    pub classes: &'a [String],
}

impl Trained<'_> {
    /// Writes `curves`, `confusion` and `mistakes` as PNG and SVG into `out`.
    ///
    /// # Errors
    /// When a picture cannot be written.
    pub fn draw(&self, out: &Path) -> anyhow::Result<()> {
        let classes: Vec<&str> = self.classes.iter().map(String::as_str).collect();
        let measured = [("loss", "nats"), ("error", "%")];
        learning_curves(self.title, self.history, &measured)?.save(out.join("curves"))?;
        let title = format!("{} test images of {}", self.images.len(), self.data);
        confusion_matrix(&title, self.confusion, &classes)?.save(out.join("confusion"))?;

        let mistakes = self.predictions.mistakes();
        let shown = &mistakes[..mistakes.len().min(SHOWN)];
        let title = match mistakes.len() {
            all if all > SHOWN => {
                format!("The {SHOWN} surest of {all} mistakes (label -> prediction)")
            }
            all => format!("All {all} mistakes, the surest first (label -> prediction)"),
        };
        let tiles = tiles(shown, self.images, self.classes);
        image_grid(&title, &tiles, COLUMNS)?.save(out.join("mistakes"))?;
        Ok(())
    }
}

/// `0` to `classes - 1` as words, for digits.
#[must_use]
pub fn digit_names(classes: usize) -> Vec<String> {
    (0..classes).map(|class| class.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Row;

    fn run(error: f64) -> Run<()> {
        let mut run = Run::new(());
        run.epoch = 3;
        run.history.rows.push(Row {
            epoch: 3,
            steps: 30,
            values: vec![("test_error".into(), error)],
            seconds: 2.5,
        });
        run
    }

    #[test]
    fn the_target_is_said_first_and_judged_last() {
        let target = Target {
            data: "mnist",
            error: Some(0.0095),
            network: "LeNet-5",
        };
        assert_eq!(target.goal(), "target: at most 0.95 % test error on mnist");
        assert_eq!(
            target.verdict(&run(0.0095)),
            "test error 0.95 % after 3 epochs in 2.5 s; the target, 0.95 %, is reached"
        );
        assert!(target.verdict(&run(0.0096)).ends_with("is not reached"));
        assert_eq!(target.verdict(&Run::new(())), "nothing was trained");
        let free = Target {
            error: None,
            ..target
        };
        assert_eq!(
            free.goal(),
            "mnist has no target: see how far your LeNet-5 comes"
        );
        assert_eq!(
            free.verdict(&run(0.5)),
            "test error 50.00 % after 3 epochs in 2.5 s"
        );
    }
}
