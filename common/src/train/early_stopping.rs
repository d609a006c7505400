//! When to stop before the last epoch.

use super::History;

/// Stops when a metric has not become smaller for some epochs (Prechelt 1998).
///
/// The decision is a function of the history alone, so a run that was resumed stops where an
/// uninterrupted one does.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlyStopping {
    /// The column of the history to watch: `test_loss`.
    pub metric: &'static str,
    /// How many epochs without an improvement end the run.
    pub patience: usize,
    /// By how much a value must be smaller than the best one to be an improvement.
    pub min_delta: f64,
}

impl EarlyStopping {
    /// Whether the run is to stop after the last epoch of `history`.
    #[must_use]
    pub fn is_due(&self, history: &History) -> bool {
        let mut best = f64::INFINITY;
        let mut waited = 0;
        for (_, value) in history.column(self.metric) {
            if value < best - self.min_delta {
                best = value;
                waited = 0;
            } else {
                waited += 1;
            }
        }
        waited >= self.patience.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Row;

    fn due(values: &[f64], patience: usize, min_delta: f64) -> bool {
        let rows = values.iter().enumerate().map(|(i, value)| Row {
            epoch: i + 1,
            steps: i,
            values: vec![("test_loss".into(), *value)],
            seconds: 0.0,
        });
        let stopping = EarlyStopping {
            metric: "test_loss",
            patience,
            min_delta,
        };
        stopping.is_due(&History {
            rows: rows.collect(),
        })
    }

    #[test]
    fn scripted_histories_stop_where_they_should() {
        assert!(!due(&[], 2, 0.0));
        assert!(!due(&[3.0, 2.0, 1.0], 2, 0.0)); // still falls
        assert!(!due(&[1.0, 2.0], 2, 0.0)); // waited once
        assert!(due(&[1.0, 2.0, 3.0], 2, 0.0)); // waited twice
        assert!(due(&[1.0, 1.0, 1.0], 2, 0.0)); // the same is no improvement
        assert!(!due(&[2.0, 3.0, 1.0, 3.0], 2, 0.0)); // the count starts again
        assert!(due(&[1.0, 0.95, 0.92], 2, 0.1)); // too small an improvement
    }
}
