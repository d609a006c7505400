//! What is measured while training, and its averages.

use crate::record;

/// What one batch gave: named means over `samples` samples, such as `loss` and `error`.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics {
    /// The number of samples that the values are means over.
    pub samples: usize,
    /// Names and values, in the order in which they are shown.
    pub values: Vec<(&'static str, f64)>,
}

impl Metrics {
    /// No values yet, over `samples` samples.
    #[must_use]
    pub fn over(samples: usize) -> Self {
        Self {
            samples,
            values: Vec::new(),
        }
    }

    /// The same with one more value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: f64) -> Self {
        self.values.push((name, value));
        self
    }
}

record! {
    /// The mean of one value so far.
    pub struct Mean {
        /// Its name.
        pub name: String,
        /// The sum of value times samples.
        pub sum: f64,
        /// The number of samples.
        pub samples: usize,
    }
}

record! {
    /// Means over many batches in which every sample counts the same.
    ///
    /// A mean of the batches' means would be wrong wherever the last batch is smaller than the others.
    pub struct Average {
        /// One entry per name, in order of appearance.
        pub means: Vec<Mean>,
    }
}

impl Average {
    /// Nothing measured yet.
    #[must_use]
    pub fn new() -> Self {
        Self { means: Vec::new() }
    }

    /// Counts one batch.
    pub fn add(&mut self, metrics: &Metrics) {
        for &(name, value) in &metrics.values {
            let mean = self.entry(name);
            mean.sum += value * metrics.samples as f64;
            mean.samples += metrics.samples;
        }
    }

    /// The means, in order of appearance. A name that was measured over no sample is left out.
    pub fn values(&self) -> impl Iterator<Item = (&str, f64)> {
        self.means
            .iter()
            .filter(|mean| mean.samples > 0)
            .map(|mean| (mean.name.as_str(), mean.sum / mean.samples as f64))
    }

    fn entry(&mut self, name: &str) -> &mut Mean {
        let index = self.means.iter().position(|mean| mean.name == name);
        let index = index.unwrap_or_else(|| {
            self.means.push(Mean {
                name: name.to_string(),
                sum: 0.0,
                samples: 0,
            });
            self.means.len() - 1
        });
        &mut self.means[index]
    }
}

impl Default for Average {
    fn default() -> Self {
        Self::new()
    }
}

/// A value as a reader wants it: `3.24 %` for a share such as `test_error`, else four decimals.
#[must_use]
pub(super) fn show(name: &str, value: f64) -> String {
    if is_share(name) {
        format!("{:.2} %", 100.0 * value)
    } else {
        format!("{value:.4}")
    }
}

/// Whether a metric is a share of samples, between 0 and 1, and shown in per cent.
#[must_use]
pub(crate) fn is_share(name: &str) -> bool {
    name.ends_with("error") || name.ends_with("accuracy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ragged_last_batch_counts_by_its_size() {
        let mut average = Average::new();
        average.add(&Metrics::over(64).with("loss", 1.0).with("error", 0.25));
        average.add(&Metrics::over(16).with("loss", 2.0).with("error", 0.5));
        let values: Vec<_> = average.values().collect();
        assert_eq!(values, [("loss", 1.2), ("error", 0.3)]); // means of means: 1.5 and 0.375
    }

    #[test]
    fn nothing_measured_is_no_value() {
        let mut average = Average::new();
        average.add(&Metrics::over(0).with("return", f64::NAN));
        assert_eq!(average.values().count(), 0);
    }

    #[test]
    fn shares_are_shown_in_per_cent() {
        assert_eq!(show("test_error", 0.0555), "5.55 %");
        assert_eq!(show("train_loss", 0.0555), "0.0555");
    }
}
