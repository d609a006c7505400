//! The table of the ladder: what each rung reached, over all seeds that are finished.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::Context;
use common::contract::a2::{LadderLoss, LadderRule, LadderRung, LadderUnit};
use common::files::write_atomically;
use serde_json::{Value, json};

/// The mistakes that Karpathy counted on each rung, on 2007 digits made of MNIST (2022).
const PUBLISHED: [usize; 5] = [82, 87, 72, 43, 32];

/// One rung and its finished runs.
pub struct Row {
    /// The step, from 0.
    pub step: usize,
    /// What the rung is, in words.
    pub words: String,
    /// Passes of each run.
    pub passes: usize,
    /// The test images.
    pub images: usize,
    /// For each run its seed and the test error after each pass.
    pub runs: Vec<(u64, Vec<f64>)>,
}

/// A mean over runs, and how far the runs are from it.
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The standard deviation, over the number of runs less 1; none of a single run.
    pub deviation: Option<f64>,
}

impl Spread {
    fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        (!values.is_empty()).then(|| Self {
            mean,
            deviation: (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()),
        })
    }

    /// `3.24 +- 0.15` with so many digits after the point.
    fn show(&self, factor: f64, digits: usize) -> String {
        let mean = format!("{:.digits$}", factor * self.mean);
        match self.deviation {
            Some(deviation) => format!("{mean} ± {:.digits$}", factor * deviation),
            None => mean,
        }
    }
}

impl Row {
    /// The test error after the last pass.
    pub fn error(&self) -> Option<Spread> {
        let last = self.runs.iter().filter_map(|(_, errors)| errors.last());
        Spread::of(&last.copied().collect::<Vec<_>>())
    }

    /// The mean test error in per cent after each pass.
    pub fn mean_errors(&self) -> Vec<(f64, f64)> {
        let at = |pass: usize| {
            let errors = self.runs.iter().filter_map(|(_, errors)| errors.get(pass));
            Spread::of(&errors.copied().collect::<Vec<_>>())
        };
        let means = (0..self.passes).filter_map(|pass| Some((pass, at(pass)?.mean)));
        means
            .map(|(pass, mean)| ((pass + 1) as f64, 100.0 * mean))
            .collect()
    }

    /// Mistakes, not shares.
    fn mistakes(&self) -> String {
        self.error()
            .map_or_else(String::new, |error| error.show(self.images as f64, 1))
    }
}

/// All settings of a rung in a few words.
pub fn words(rung: &LadderRung) -> String {
    let loss = match rung.loss {
        LadderLoss::SquaredError => "squared error",
        LadderLoss::CrossEntropy => "cross-entropy",
    };
    let unit = match rung.unit {
        LadderUnit::ScaledTanh => "tanh",
        LadderUnit::Relu => "ReLU",
    };
    let rule = match rung.rule {
        LadderRule::Sgd => "SGD",
        LadderRule::AdamW => "AdamW",
    };
    let mut words = format!("{loss}, {unit}, {rule} {}", rung.lr);
    // A String takes every write.
    if rung.last_lr != rung.lr {
        let _ = write!(words, " to {}", rung.last_lr);
    }
    if rung.shift > 0 {
        let _ = write!(words, ", shifts of {}", rung.shift);
    }
    if rung.dropout > 0.0 {
        let _ = write!(words, ", dropout {}", rung.dropout);
    }
    words
}

/// What is finished in `out`.
pub fn table(out: &Path, rungs: &[LadderRung], images: usize) -> anyhow::Result<Vec<Row>> {
    let row = |(step, rung): (usize, &LadderRung)| {
        Ok(Row {
            step,
            words: words(rung),
            passes: rung.passes,
            images,
            runs: finished(&out.join(format!("step-{step}")), rung.passes)?,
        })
    };
    rungs.iter().enumerate().map(row).collect()
}

/// The runs in `folder` that made all `passes`, by their seeds.
fn finished(folder: &Path, passes: usize) -> anyhow::Result<Vec<(u64, Vec<f64>)>> {
    let mut runs = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let seed = name
            .strip_prefix("seed-")
            .and_then(|seed| seed.parse().ok());
        let (Some(seed), Ok(text)) = (seed, fs::read_to_string(path.join("history.json"))) else {
            continue;
        };
        let history: Vec<Value> = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged", path.join("history.json").display()))?;
        let errors = history.iter().filter_map(|row| row["test_error"].as_f64());
        let errors: Vec<f64> = errors.collect();
        if errors.len() == passes {
            runs.push((seed, errors));
        }
    }
    runs.sort_by_key(|(seed, _)| *seed);
    Ok(runs)
}

/// The table as lines of text.
pub fn lines(rows: &[Row]) -> Vec<String> {
    let widest = rows.iter().map(|row| row.words.len()).max().unwrap_or(0);
    let mut lines = vec![format!(
        "step  {:widest$}  passes  runs  mistakes      test error, %  Karpathy 2022",
        "what it is"
    )];
    for row in rows {
        let error = row.error().map_or_else(String::new, |e| e.show(100.0, 2));
        let published = PUBLISHED.get(row.step).map_or(0, |mistakes| *mistakes);
        lines.push(format!(
            "{:>4}  {:widest$}  {:>6}  {:>4}  {:<12}  {error:<13}  {published:>13}",
            row.step,
            row.words,
            row.passes,
            row.runs.len(),
            row.mistakes(),
        ));
    }
    lines
}

/// Writes `ladder.csv`, a line for each rung, and `ladder.json`, with every run.
pub fn write(rows: &[Row], out: &Path) -> anyhow::Result<()> {
    let mut csv =
        String::from("step,passes,runs,mean_test_error,deviation,published_mistakes,settings\n");
    for row in rows {
        let error = row.error();
        let number = |x: Option<f64>| x.map_or_else(String::new, |x| x.to_string());
        // A String takes every write.
        let _ = writeln!(
            csv,
            "{},{},{},{},{},{},\"{}\"",
            row.step,
            row.passes,
            row.runs.len(),
            number(error.as_ref().map(|e| e.mean)),
            number(error.as_ref().and_then(|e| e.deviation)),
            PUBLISHED.get(row.step).map_or(0, |mistakes| *mistakes),
            row.words
        );
    }
    let runs = |row: &Row| -> Vec<Value> {
        let run = |(seed, errors): &(u64, Vec<f64>)| json!({ "seed": seed, "test_errors": errors });
        row.runs.iter().map(run).collect()
    };
    let json: Vec<Value> = rows
        .iter()
        .map(|row| {
            let error = row.error();
            json!({
                "step": row.step,
                "settings": row.words,
                "passes": row.passes,
                "test_images": row.images,
                "mean_test_error": error.as_ref().map(|e| e.mean),
                "deviation": error.as_ref().and_then(|e| e.deviation),
                "runs": runs(row),
            })
        })
        .collect();
    let write = |name: &str, text: &str| {
        let path = out.join(name);
        write_atomically(&path, text.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))
    };
    write("ladder.csv", &csv)?;
    write("ladder.json", &format!("{:#}\n", Value::Array(json)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation_by_hand() {
        let row = Row {
            step: 1,
            words: String::new(),
            passes: 2,
            images: 200,
            runs: vec![(0, vec![0.5, 0.01]), (4, vec![0.3, 0.03])],
        };
        let error = row.error().unwrap();
        assert!((error.mean - 0.02).abs() < 1e-12);
        assert!((error.deviation.unwrap() - 0.0002f64.sqrt()).abs() < 1e-12);
        assert_eq!(row.mistakes(), "4.0 ± 2.8");
        assert_eq!(row.mean_errors()[0], (1.0, 40.0));
        let nothing = Row {
            runs: vec![],
            ..row
        };
        assert!(nothing.error().is_none() && nothing.mean_errors().is_empty());
    }

    #[test]
    fn only_finished_runs_count() {
        let folder = tempfile::tempdir().unwrap();
        for (seed, rows) in [(10, 2), (2, 2), (3, 1)] {
            let run = folder.path().join(format!("seed-{seed}"));
            fs::create_dir(&run).unwrap();
            let history = vec![json!({ "test_error": 0.5 }); rows];
            fs::write(run.join("history.json"), Value::Array(history).to_string()).unwrap();
        }
        fs::create_dir(folder.path().join("seed-11")).unwrap();
        let seeds: Vec<u64> = finished(folder.path(), 2)
            .unwrap()
            .iter()
            .map(|(seed, _)| *seed)
            .collect();
        assert_eq!(seeds, [2, 10]);
    }
}
