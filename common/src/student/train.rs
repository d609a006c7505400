//! `train`: starts a lab.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::style::columns;
use super::{Ended, Homework, print};
use crate::data::registry;
use crate::device;
use crate::train::{Lab, LabOptions, run_lab};

/// The data set of a lab when none is named: needs no download.
const DEFAULT_DATA: &str = "digits16";

/// The arguments of `train`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The lab; without it the labs are listed
    lab: Option<String>,
    /// The data set; synthetic digits without it
    #[arg(long, value_name = "NAME")]
    data: Option<String>,
    /// Where to compute: flex, ndarray or wgpu
    #[arg(long, value_name = "NAME", default_value = "flex")]
    device: String,
    /// How often to go through the training set
    #[arg(long, value_name = "N")]
    epochs: Option<NonZeroUsize>,
    /// Samples per step
    #[arg(long, value_name = "N")]
    batch_size: Option<NonZeroUsize>,
    /// The learning rate
    #[arg(long, value_name = "X", value_parser = positive)]
    lr: Option<f64>,
    /// Units of each hidden layer, as in 300,100, or none
    #[arg(long, value_name = "N,N", value_parser = hidden)]
    hidden: Option<Hidden>,
    /// Use other weights and another order
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// The folder for the results [default: runs/LAB-DATA]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on from the last checkpoint
    #[arg(long)]
    resume: bool,
}

/// The sizes of the hidden layers.
#[derive(Debug, Clone)]
struct Hidden(Vec<usize>);

fn hidden(text: &str) -> Result<Hidden, String> {
    if text == "none" {
        return Ok(Hidden(vec![]));
    }
    let sizes = text.split(',').map(str::parse::<NonZeroUsize>);
    let sizes: Result<_, _> = sizes.map(|size| size.map(NonZeroUsize::get)).collect();
    match sizes {
        Ok(sizes) => Ok(Hidden(sizes)),
        Err(_) => Err("numbers above 0 with commas between are needed, or none".into()),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() && x > 0.0 => Ok(x),
        _ => Err("a number above 0 is needed".into()),
    }
}

/// Runs the lab that is named, or lists all.
pub fn train(homework: &Homework, arguments: Arguments) -> anyhow::Result<Ended> {
    let Some(name) = arguments.lab.clone() else {
        print(&list(&homework.labs, &homework.command()))?;
        return Ok(Ended::Well);
    };
    run_lab(&homework.labs, &name, &options(&name, arguments)?)?;
    Ok(Ended::Well)
}

fn list(labs: &[Lab], command: &str) -> String {
    let rows: Vec<Vec<String>> = labs
        .iter()
        .map(|lab| vec![lab.name.into(), lab.about.into()])
        .collect();
    let table = columns(&["lab", "what it trains"], &[], &rows).join("\n");
    format!("{table}\n\nStart one: {command} train LAB. All options: {command} train --help\n")
}

fn options(lab: &str, arguments: Arguments) -> anyhow::Result<LabOptions> {
    let data = match &arguments.data {
        Some(name) => &registry::find(name)?.name,
        None => DEFAULT_DATA,
    };
    let default_out = PathBuf::from("runs").join(format!("{lab}-{data}"));
    Ok(LabOptions {
        device: device::by_name(&arguments.device)?,
        epochs: arguments.epochs.map(NonZeroUsize::get),
        batch_size: arguments.batch_size.map(NonZeroUsize::get),
        lr: arguments.lr,
        hidden: arguments.hidden.map(|Hidden(sizes)| sizes),
        seed: arguments.seed,
        out: arguments.out.unwrap_or(default_out),
        resume: arguments.resume,
        data: arguments.data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    const LABS: [Lab; 1] = [Lab {
        name: "mlp",
        about: "An MLP on digits, to 6 % error.",
        run: |_| Ok(()),
    }];

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        let words = std::iter::once("train").chain(line.split_whitespace());
        Cli::try_parse_from(words).map(|cli| cli.arguments)
    }

    fn parsed(line: &str) -> anyhow::Result<LabOptions> {
        options("mlp", parse(line)?)
    }

    #[test]
    fn the_list_names_each_lab_and_how_to_start_it() {
        let text = list(&LABS, "cargo hw");
        assert!(
            text.contains(" mlp  An MLP on digits, to 6 % error."),
            "{text}"
        );
        assert!(text.contains("cargo hw train LAB"), "{text}");
    }

    #[test]
    fn every_option_arrives() {
        let options = parsed(
            "mlp --data mnist --epochs 2 --batch-size 32 --lr 0.1 --hidden 300,100 --seed 7 --resume",
        )
        .unwrap();
        assert_eq!(options.data.as_deref(), Some("mnist"));
        assert_eq!((options.epochs, options.batch_size), (Some(2), Some(32)));
        assert_eq!(options.lr, Some(0.1));
        assert_eq!(options.hidden, Some(vec![300, 100]));
        assert_eq!((options.seed, options.resume), (7, true));
        assert_eq!(options.out, PathBuf::from("runs/mlp-mnist"));
        assert_eq!(parsed("mlp --hidden none").unwrap().hidden, Some(vec![]));
    }

    #[test]
    fn without_options_the_lab_chooses() {
        let options = parsed("mlp").unwrap();
        assert!(options.epochs.is_none() && options.hidden.is_none() && options.data.is_none());
        assert_eq!(options.out, PathBuf::from("runs/mlp-digits16"));
    }

    #[test]
    fn nonsense_is_refused() {
        for line in [
            "mlp --epochs 0",
            "mlp --lr nan",
            "mlp --lr -1",
            "mlp --hidden 3,,4",
            "mlp --hidden 3,0",
        ] {
            assert!(parse(line).is_err(), "{line} is accepted");
        }
    }

    #[test]
    fn unknown_names_are_answered_with_the_known_ones() {
        let error = parsed("mlp --device tpu").unwrap_err().to_string();
        assert!(error.contains("flex"), "{error}");
        let error = parsed("mlp --data mnst").unwrap_err().to_string();
        assert!(
            error.contains("known are") && error.contains("mnist"),
            "{error}"
        );
    }
}
