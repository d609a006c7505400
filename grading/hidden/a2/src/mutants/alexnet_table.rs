//! Mutants of A2.6: the table of layers and the errors.

use a2_cnn::parts::alexnet as reference;
use burn::tensor::{Int, Tensor};
use common::contract::a2::AlexnetRow;
use hidden_suite::Mutant;

use super::alexnet::PART;
use crate::oracle::array::{matrix, rows};

/// The mutants of this part that count.
pub fn mutants() -> Vec<Mutant> {
    let mut all = config();
    all.extend(table());
    all.extend(errors());
    all
}

fn config() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.alexnet_config / "no_groups",
            "every filter sees all channels: 62 378 344 parameters",
            || {
                let mut config = reference::alexnet_config();
                for layer in &mut config.convolutions {
                    layer.groups = 1;
                }
                config
            }
        ),
        mutant!(
            alexnet.alexnet_config / "third_in_groups",
            "conv3 sees half of the channels too",
            || {
                let mut config = reference::alexnet_config();
                config.convolutions[2].groups = 2;
                config
            }
        ),
        mutant!(
            alexnet.alexnet_config / "image_of_224",
            "the image has 224 pixels, as the paper says",
            || {
                let mut config = reference::alexnet_config();
                config.image = [3, 224, 224];
                config
            }
        ),
        mutant!(
            alexnet.alexnet_config / "pooled_after_each",
            "every convolution is followed by pooling",
            || {
                let mut config = reference::alexnet_config();
                config.convolutions[3].pooled = true;
                config
            }
        ),
    ]
}

/// Whether a row is that of a layer with weights.
fn weighted(row: &AlexnetRow) -> bool {
    row.parameters > 0
}

fn table() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.alexnet_table / "groups_ignored",
            "every filter sees all channels",
            |mut config| {
                for layer in &mut config.convolutions {
                    layer.groups = 1;
                }
                reference::alexnet_table(config)
            }
        ),
        mutant!(
            alexnet.alexnet_table / "no_biases",
            "biases are not counted",
            |config| {
                let mut rows = reference::alexnet_table(config);
                for row in rows.iter_mut().filter(|row| weighted(row)) {
                    row.parameters -= row.output[0];
                }
                rows
            }
        ),
        mutant!(
            alexnet.alexnet_table / "a_bias_at_each_place",
            "a convolution has a bias at each place",
            |config| {
                let mut rows = reference::alexnet_table(config);
                for row in rows.iter_mut().filter(|row| weighted(row)) {
                    let places = row.output[1] * row.output[2];
                    row.parameters += row.output[0] * (places - 1);
                }
                rows
            }
        ),
        mutant!(
            alexnet.alexnet_table / "multiplied_once",
            "the places of the output are not counted",
            |config| {
                let mut rows = reference::alexnet_table(config);
                for row in &mut rows {
                    row.multiplications /= row.output[1] * row.output[2];
                }
                rows
            }
        ),
        mutant!(
            alexnet.alexnet_table / "biases_multiplied",
            "biases count as multiplications",
            |config| {
                let mut rows = reference::alexnet_table(config);
                for row in rows.iter_mut().filter(|row| weighted(row)) {
                    row.multiplications += row.output.iter().product::<usize>();
                }
                rows
            }
        ),
        mutant!(
            alexnet.alexnet_table / "pooling_not_counted",
            "pooling has no row of its own",
            |config| {
                let mut rows = reference::alexnet_table(config);
                rows.retain(weighted);
                rows
            }
        ),
        mutant!(
            alexnet.alexnet_table / "dense_from_one",
            "dense layers are counted from 1",
            |config| {
                let convolutions = config.convolutions.len();
                let mut rows = reference::alexnet_table(config);
                let mut number = 0;
                for row in rows.iter_mut().skip(convolutions) {
                    if row.name.starts_with("fc") {
                        number += 1;
                        row.name = format!("fc{number}");
                    }
                }
                rows
            }
        ),
        mutant!(
            alexnet.alexnet_table / "channels_only",
            "the first dense layer sees one number for each channel",
            |config| {
                let mut rows = reference::alexnet_table(config);
                let first = rows.iter().position(|row| row.name.starts_with("fc"));
                let first = first.expect("a dense layer");
                let channels = rows[first - 1].output[0];
                let row = &mut rows[first];
                row.multiplications = channels * row.output[0];
                row.parameters = row.multiplications + row.output[0];
                rows
            }
        ),
        mutant!(
            alexnet.alexnet_table / "rows_for_columns",
            "the image is taken for square",
            |mut config| {
                config.image[2] = config.image[1];
                reference::alexnet_table(config)
            }
        ),
    ]
}

fn errors() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.top_k_errors / "ties_for_the_label",
            "a tie is decided for the label",
            |p, labels, ks| reference::top_k_errors(favoured(&p, &labels, 1e-9), labels, ks)
        ),
        mutant!(
            alexnet.top_k_errors / "ties_against_the_label",
            "a tie is decided against the label",
            |p, labels, ks| reference::top_k_errors(favoured(&p, &labels, -1e-9), labels, ks)
        ),
        mutant!(
            alexnet.top_k_errors / "smallest",
            "the k least probable classes are taken",
            |p, labels, ks| reference::top_k_errors(p.neg(), labels, ks)
        ),
        mutant!(
            alexnet.top_k_errors / "one_more",
            "the label may be among the first k + 1",
            |p, labels, ks| {
                let ks = ks.into_iter().map(|k| k + 1).collect();
                reference::top_k_errors(p, labels, ks)
            }
        ),
        mutant!(
            alexnet.top_k_errors / "accuracy",
            "the share of hits and not of misses",
            |p, labels, ks| {
                let errors = reference::top_k_errors(p, labels, ks);
                errors.into_iter().map(|error| 1.0 - error).collect()
            }
        ),
        mutant!(
            alexnet.top_k_errors / "sorted_ks",
            "the errors are in the order of rising k",
            |p, labels, mut ks| {
                ks.sort_unstable();
                reference::top_k_errors(p, labels, ks)
            }
        ),
        mutant!(
            alexnet.top_k_errors / "over_all_classes",
            "misses are divided by images times classes",
            |p, labels, ks| {
                let classes = p.dims()[1] as f64;
                let errors = reference::top_k_errors(p, labels, ks);
                errors.into_iter().map(|error| error / classes).collect()
            }
        ),
    ]
}

/// The same with `more` for every label.
fn favoured(p: &Tensor<2>, labels: &Tensor<1, Int>, more: f64) -> Tensor<2> {
    let mut values = rows(p);
    let labels = labels.to_data();
    for (row, label) in values.iter_mut().zip(labels.iter::<i64>()) {
        row[label as usize] += more;
    }
    matrix(&values)
}
