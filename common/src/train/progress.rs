//! What a run shows while it is on: a bar on a terminal, one line per epoch everywhere.

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use super::Row;
use super::metrics::show;

/// The display of one run.
pub(super) struct Progress {
    bar: ProgressBar,
    epochs: usize,
    quiet: bool,
}

impl Progress {
    /// A display for a run of `epochs`. The bar hides itself where standard error is no terminal.
    pub fn new(epochs: usize, quiet: bool) -> Self {
        let bar = if quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::no_length()
        };
        let style = ProgressStyle::with_template(
            "{prefix} {bar:30} {pos}/{len} steps, {per_sec}, {eta} left   {msg}",
        );
        let bar = match style {
            Ok(style) => bar.with_style(style.progress_chars("━╸ ")),
            Err(_) => bar, // the template is a constant; the default style would do
        };
        Self {
            bar: bar.with_finish(ProgressFinish::AndClear),
            epochs,
            quiet,
        }
    }

    /// Epoch `epoch` (from 0) begins at step `step` of `steps`.
    pub fn begin_epoch(&self, epoch: usize, step: usize, steps: usize) {
        self.bar.reset();
        self.bar
            .set_prefix(format!("epoch {}/{}", epoch + 1, self.epochs));
        self.bar.set_length(steps as u64);
        self.bar.set_position(step as u64);
        self.bar.reset_eta();
    }

    /// One step was made.
    pub fn step<'a>(&self, means: impl Iterator<Item = (&'a str, f64)>) {
        if !self.bar.is_hidden() {
            self.bar.set_message(values(means));
        }
        self.bar.inc(1);
    }

    /// An epoch ended.
    pub fn end_epoch(&self, row: &Row) {
        if self.quiet {
            return;
        }
        let width = self.epochs.to_string().len();
        let values = values(row.values.iter().map(|(k, v)| (k.as_str(), *v)));
        let line = format!(
            "epoch {:>width$}/{}   {values}   {:.1} s",
            row.epoch, self.epochs, row.seconds
        );
        self.bar.suspend(|| println!("{line}"));
    }
}

/// `train loss 0.0123  train error 0.45 %`
fn values<'a>(values: impl Iterator<Item = (&'a str, f64)>) -> String {
    let words: Vec<String> = values
        .map(|(name, value)| format!("{} {}", name.replace('_', " "), show(name, value)))
        .collect();
    words.join("  ")
}
