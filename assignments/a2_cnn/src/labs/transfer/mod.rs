//! `train transfer`: what a network that has learned one kind of digits is worth for another, with fifty labels.

mod data;
mod methods;
mod pretrain;

use std::path::Path;

use anyhow::{Context, anyhow};
use burn::tensor::Device;
use common::contract::a2::{FineTuneSettings, NamedTensor, ParameterGroup, ProbeSettings};
use common::data::Images;
use common::files::write_atomically;
use common::nn::single;
use common::plot::{Image, Tile, image_grid, learning_curves};
use common::rng::Rng;
use common::train::{Lab, LabOptions};

use self::data::{Pair, few};
use self::methods::{Few, METHODS};
use super::students::students;
use crate::parts::transfer::{
    discriminative_groups, extract_features, fine_tune, hog, knn_probe, linear_probe, load_weights,
    replace_head, save_weights,
};

/// The lab.
pub const LAB: Lab = Lab {
    name: "transfer",
    about: "digits from fifty labels: with features learned on mnist, 12 % test error on zipcode",
    run,
};

/// Labelled pictures of each digit.
const OF_EACH: usize = 5;
/// How often the fifty are drawn anew.
const DRAWINGS: u64 = 5;
/// The file of the network that was trained on many labels.
const WEIGHTS: &str = "pretrained.wgt";

/// The mean test error that a linear probe has at most.
fn target(data: &str) -> Option<f64> {
    match data {
        "zipcode" => Some(0.12),
        "digits16" => Some(0.13),
        _ => None,
    }
}

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("digits16");
    if let Some(share) = target(name) {
        println!(
            "target: with fifty labels a linear probe is wrong on at most {} % of {name}, and less often than a \
             network from scratch",
            100.0 * share
        );
    }
    students(try_every_function)?;
    let pair = Pair::load(name)?;
    println!("{}, made as small as {name}", pair.source.about);
    println!("{}", pair.target.about);

    let out = options.out.as_path();
    let pretrained = pretrained(&pair, out, options)?;
    let results = compare(&pair, &pretrained, options)?;
    println!("\n{}", table(&results));
    write(&out.join("table.csv"), csv(&results).as_bytes())?;
    println!(
        "in {}: table.csv, curves and few (.png and .svg), {WEIGHTS}, history (.csv and .json), checkpoint.bin",
        out.display()
    );
    println!("{}", verdict(&results, target(name)));
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_atomically(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Trains on the source, and gives the network as it comes back from its file.
fn pretrained(pair: &Pair, out: &Path, options: &LabOptions) -> anyhow::Result<Vec<NamedTensor>> {
    let epochs = options.epochs.unwrap_or(match pair.source_name {
        "mnist" => 2,
        _ => 8,
    });
    let (weights, history) =
        pretrain::pretrain(&pair.source, pair.source_name, epochs, out, options)?;
    let title = format!("Pre-training on {}", pair.source_name);
    let measured = [("loss", "nats"), ("error", "%")];
    learning_curves(&title, &history, &measured)?.save(out.join("curves"))?;

    let bytes = students(|| save_weights(weights))?;
    write(&out.join(WEIGHTS), &bytes)?;
    let back = students(|| load_weights(bytes))?;
    let back =
        back.map_err(|why| anyhow!("load_weights refuses what save_weights wrote: {why}"))?;
    Ok(single(back, &options.device))
}

/// What one method came to.
struct Outcome {
    name: &'static str,
    /// The share of wrong answers for each drawing of the few.
    errors: Vec<f64>,
}

impl Outcome {
    fn mean(&self) -> f64 {
        self.errors.iter().sum::<f64>() / self.errors.len() as f64
    }

    /// The standard deviation of a drawing, estimated from all.
    fn deviation(&self) -> f64 {
        let mean = self.mean();
        let squares = self.errors.iter().map(|error| (error - mean).powi(2));
        (squares.sum::<f64>() / (self.errors.len() - 1).max(1) as f64).sqrt()
    }
}

/// Every method with every drawing of the few.
fn compare(
    pair: &Pair,
    pretrained: &[NamedTensor],
    options: &LabOptions,
) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes: Vec<Outcome> = METHODS
        .iter()
        .map(|method| Outcome {
            name: method.name,
            errors: vec![],
        })
        .collect();
    for drawing in 0..DRAWINGS {
        let seed = options.seed + drawing;
        let samples = few(&pair.target.train, OF_EACH, &mut Rng::named(seed, "few"));
        if drawing == 0 {
            draw(&pair.grey.train, &samples, &options.out)?;
        }
        let few = Few {
            pair,
            samples: &samples,
            pretrained,
            seed,
            device: &options.device,
        };
        for (method, outcome) in METHODS.iter().zip(&mut outcomes) {
            let answers = students(|| (method.answers)(&few))?;
            outcome.errors.push(wrong(&answers, &pair.target.test));
        }
        println!(
            "drawing {} of {DRAWINGS}: {} labels",
            drawing + 1,
            samples.len()
        );
    }
    Ok(outcomes)
}

/// The share of answers that are not the label.
fn wrong(answers: &[usize], images: &Images) -> f64 {
    let pairs = answers.iter().zip(&images.labels);
    let wrong = pairs.filter(|(answer, label)| **answer != usize::from(**label));
    wrong.count() as f64 / images.len() as f64
}

/// All the labelled pictures there are.
fn draw(images: &Images, samples: &[usize], out: &Path) -> anyhow::Result<()> {
    let tile = |&i: &usize| Tile {
        image: Image {
            width: images.width,
            height: images.height,
            channels: 1,
            pixels: images.image(i).iter().map(|grey| 1.0 - grey).collect(),
        },
        caption: None,
    };
    let tiles: Vec<Tile> = samples.iter().map(tile).collect();
    let title = format!("All {} pictures with a label", samples.len());
    image_grid(&title, &tiles, 2 * OF_EACH)?.save(out.join("few"))?;
    Ok(())
}

fn table(outcomes: &[Outcome]) -> String {
    let longest = outcomes.iter().map(|outcome| outcome.name.len()).max();
    let width = longest.unwrap_or(0);
    let mut text = format!("{:width$}   test error   deviation\n", "method");
    for outcome in outcomes {
        text += &format!(
            "{:width$}   {:8.2} %   {:7.2} %\n",
            outcome.name,
            100.0 * outcome.mean(),
            100.0 * outcome.deviation()
        );
    }
    text
}

fn csv(outcomes: &[Outcome]) -> String {
    let mut text = String::from("method,drawing,test_error\n");
    for outcome in outcomes {
        for (drawing, error) in outcome.errors.iter().enumerate() {
            text += &format!("\"{}\",{drawing},{error}\n", outcome.name);
        }
    }
    text
}

/// The last line: whether the probe is good enough, and better than no pre-training.
fn verdict(outcomes: &[Outcome], target: Option<f64>) -> String {
    let mean = |name: &str| {
        let found = outcomes.iter().find(|outcome| outcome.name == name);
        found.map_or(f64::NAN, Outcome::mean)
    };
    let (probe, scratch) = (mean("features, linear probe"), mean("network from scratch"));
    let result = format!(
        "mean test error of the linear probe {:.2} %, from scratch {:.2} %",
        100.0 * probe,
        100.0 * scratch
    );
    match target {
        None => result,
        Some(share) => {
            let reached = probe <= share && probe < scratch;
            let not = if reached { "" } else { "not " };
            format!("{result}; the target is {not}reached")
        }
    }
}

/// Calls every function that the lab needs once, so that what is missing is said before the data are read.
fn try_every_function() {
    let device = Device::flex();
    let mut rng = Rng::new(0);
    let x = single(rng.normal_tensor([2, 1, 8, 8]), &device);
    let weights = pretrain::untrained(x.clone(), 2, &mut rng);
    let bytes = save_weights(weights);
    let weights = load_weights(bytes).unwrap_or_else(|why| panic!("load_weights: {why}"));
    let weights = single(replace_head(weights, 2, 0), &device);
    let features = extract_features(weights.clone(), x.clone(), 2);
    let labels = common::check::labels(&[0, 1]);
    let probe = ProbeSettings {
        classes: 2,
        lr: 0.1,
        steps: 1,
        weight_decay: 0.0,
    };
    let _ = linear_probe(features.clone(), labels.clone(), probe);
    let _ = knn_probe(features.clone(), vec![0, 1], features, 1);
    let _ = hog(x.clone(), 4, 3);
    let groups: Vec<ParameterGroup> = discriminative_groups(vec!["head".into()], 0.1, 2.0);
    let settings = FineTuneSettings {
        groups,
        momentum: 0.0,
        weight_decay: 0.0,
        batches: vec![vec![0, 1]],
    };
    let tuned = fine_tune(weights, x, labels, settings);
    tuned.unwrap_or_else(|why| panic!("fine_tune: {why}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(probe: f64, scratch: f64) -> Vec<Outcome> {
        let of = |name, error| Outcome {
            name,
            errors: vec![error - 0.01, error + 0.01],
        };
        vec![
            of("features, linear probe", probe),
            of("network from scratch", scratch),
        ]
    }

    #[test]
    fn the_table_has_means_and_deviations() {
        // 0.19 and 0.21: the deviation is sqrt(2 * 0.01^2 / 1).
        let text = table(&outcomes(0.2, 0.5));
        assert!(
            text.contains("features, linear probe      20.00 %      1.41 %"),
            "{text}"
        );
        assert!(csv(&outcomes(0.2, 0.5)).lines().count() == 5);
    }

    #[test]
    fn the_target_is_reached_by_a_good_probe_that_beats_scratch() {
        assert!(verdict(&outcomes(0.1, 0.5), Some(0.1)).ends_with("target is reached"));
        assert!(verdict(&outcomes(0.3, 0.5), Some(0.2)).ends_with("not reached"));
        assert!(verdict(&outcomes(0.1, 0.05), Some(0.2)).ends_with("not reached"));
        assert!(verdict(&outcomes(0.1, 0.5), None).ends_with("50.00 %"));
    }
}
