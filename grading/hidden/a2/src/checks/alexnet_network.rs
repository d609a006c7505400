//! Checks of A2.6: the small network, its prediction, the table of layers and the errors.

use burn::tensor::Tensor;
use common::check::{Check, Tolerance, Verdict, close, close_values, ensure, equal, labels};
use common::contract::Submission;
use common::contract::a2::{Alexnet, AlexnetConfig, AlexnetConvolution, AlexnetRow, MiniAlexnet};
use common::rng::Rng;

use super::alexnet::{PART, settings};
use super::{about, sizes};
use crate::oracle::alexnet::{logits, softmax, table, ten_windows, top_k_error};
use crate::oracle::array::{Array, matrix};

/// The checks of this part that look at a whole network.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "alexnet/forward",
            part: PART,
            points: 2,
            proves: "The small network gives the logits of plain loops, with one group and with two, and no image looks at another.",
            hint: "Groups are c1 / conv2_weight.dims()[1]; zeros around are (kernel - 1) / 2; ReLU, normalisation and pooling in this order.",
            run: forward,
        },
        Check {
            id: "alexnet/ten_crop_mean",
            part: PART,
            points: 1,
            proves: "The prediction for an image is the mean of the probabilities of its own ten windows.",
            hint: "Softmax comes before the mean; [10 n] goes back to [n, 10] in the order in which it came.",
            run: ten_crop_mean,
        },
        Check {
            id: "alexnet/tables",
            part: PART,
            points: 1,
            proves: "AlexNet's table is right row by row, as are those of other networks, with and without groups and pooling.",
            hint: "Filters see c / groups channels; the first dense layer sees what the last pooling leaves.",
            run: tables,
        },
        Check {
            id: "alexnet/errors",
            part: PART,
            points: 1,
            proves: "Top-k errors agree with sorted rows, also with many ties and with k beyond the classes.",
            hint: "Among equal numbers the smaller index goes first.",
            run: errors,
        },
    ]
}

/// In turn above and below 0: some hidden units speak for every image, and some are silent, where ReLU shows.
fn hidden_bias(rng: &mut Rng, hidden: usize) -> Tensor<1> {
    let mut sign = -1.0;
    rng.tensor([hidden], |rng| {
        sign = -sign;
        sign * rng.uniform(1.0, 3.0)
    })
}

/// A network for images of `size`.
fn network(rng: &mut Rng, channels: usize, size: [usize; 2], groups: usize) -> MiniAlexnet {
    let pooled = |size: usize| (size - 3) / 2 + 1;
    let (c1, c2, hidden, classes) = (2 * rng.between(1, 2), 4, 5, rng.between(2, 3));
    let features = c2
        * size
            .map(|size| pooled(pooled(size)))
            .iter()
            .product::<usize>();
    let mut weights = |shape: [usize; 4]| {
        let fan_in = (shape[1] * shape[2] * shape[3]) as f64;
        Array::normal(rng, shape)
            .map(|x| 2.0 * x / fan_in.sqrt())
            .tensor()
    };
    let (conv1_weight, conv2_weight) = (
        weights([c1, channels, 5, 5]),
        weights([c2, c1 / groups, 3, 3]),
    );
    MiniAlexnet {
        conv1_weight,
        conv1_bias: rng.normal_tensor([c1]),
        conv2_weight,
        conv2_bias: rng.normal_tensor([c2]),
        dense1_weight: rng.normal_tensor([features, hidden]),
        dense1_bias: hidden_bias(rng, hidden),
        dense2_weight: rng.normal_tensor([hidden, classes]),
        dense2_bias: rng.normal_tensor([classes]),
    }
}

fn forward(s: &Submission, rng: &mut Rng) -> Verdict {
    for groups in [1, 2] {
        let (size, channels) = ([7 + groups, 11], 3 - groups);
        let parameters = network(rng, channels, size, groups);
        let images = Array::normal(rng, [2, channels, size[0], size[1]]);
        let settings = settings(rng, 3);
        let want = matrix(&logits(&parameters, &images, &settings));
        let got = s.mini_alexnet_forward(parameters, images.tensor(), settings)?;
        close(&got, &want, Tolerance::EXACT).map_err(about(format_args!("{groups} groups")))?;
    }
    Ok(())
}

fn ten_crop_mean(s: &Submission, rng: &mut Rng) -> Verdict {
    let size = [7, 8];
    let parameters = network(rng, 1, size, 2);
    let images = Array::normal(rng, [2, 1, 9, 9]);
    let settings = settings(rng, 3);
    let of_image = |i: usize| {
        let windows = ten_windows(&images.image(i), size);
        let mut mean = vec![0.0; parameters.dense2_bias.dims()[0]];
        for window in &windows {
            let logits = logits(&parameters, window, &settings);
            for (mean, p) in mean.iter_mut().zip(softmax(&logits[0])) {
                *mean += p / 10.0;
            }
        }
        mean
    };
    let want: Vec<Vec<f64>> = (0..2).map(of_image).collect();
    let got = s.ten_crop_predict(parameters.clone(), images.tensor(), size, settings)?;
    close(&got, &matrix(&want), Tolerance::EXACT)
}

/// Compares two tables row by row.
fn same_table(got: &[AlexnetRow], want: &[AlexnetRow]) -> Verdict {
    equal(&got.len(), &want.len()).map_err(about("the number of rows"))?;
    for (got, want) in got.iter().zip(want) {
        equal(&got.name, &want.name).map_err(about("a name"))?;
        let about = |what: &str| about(format!("{}, {what}", want.name));
        equal(&got.output, &want.output).map_err(about("output"))?;
        equal(&got.parameters, &want.parameters).map_err(about("parameters"))?;
        equal(&got.multiplications, &want.multiplications).map_err(about("multiplications"))?;
    }
    Ok(())
}

/// What is known of AlexNet: the shapes of the paper's figure 2 and its parameters, worked out by hand.
const ALEXNET: [([usize; 3], usize); 11] = [
    ([96, 55, 55], 34_944),
    ([96, 27, 27], 0),
    ([256, 27, 27], 307_456),
    ([256, 13, 13], 0),
    ([384, 13, 13], 885_120),
    ([384, 13, 13], 663_936),
    ([256, 13, 13], 442_624),
    ([256, 6, 6], 0),
    ([4096, 1, 1], 37_752_832),
    ([4096, 1, 1], 16_781_312),
    ([1000, 1, 1], 4_097_000),
];

fn tables(s: &Submission, rng: &mut Rng) -> Verdict {
    let config = s.alexnet_config()?;
    let want = table(&config_of_the_paper());
    for (row, (output, parameters)) in want.iter().zip(ALEXNET) {
        // The oracle against numbers by hand: neither may be wrong alone.
        assert_eq!((row.output, row.parameters), (output, parameters));
    }
    let sane = config.convolutions.iter().all(|layer| {
        layer.groups > 0 && layer.stride > 0 && (1..=config.image[1]).contains(&layer.kernel)
    });
    ensure(sane && config.convolutions.len() == 5, || {
        format!("alexnet_config: no network of five convolutions: {config:?}")
    })?;
    equal(
        &format!("{config:?}"),
        &format!("{:?}", config_of_the_paper()),
    )
    .map_err(about("alexnet_config"))?;
    same_table(&s.alexnet_table(config)?, &want).map_err(about("AlexNet"))?;
    // Without groups it has 62 378 344 parameters.
    let mut whole = config_of_the_paper();
    for layer in &mut whole.convolutions {
        layer.groups = 1;
    }
    same_table(&s.alexnet_table(whole.clone())?, &table(&whole)).map_err(about("no groups"))?;
    for _ in 0..4 {
        let config = random_config(rng);
        let got = s.alexnet_table(config.clone())?;
        same_table(&got, &table(&config)).map_err(about(format_args!("{config:?}")))?;
    }
    Ok(())
}

/// Table 1 of the handout, as literals.
fn config_of_the_paper() -> AlexnetConfig {
    let layer =
        |[filters, kernel, stride, padding, groups]: [usize; 5], pooled| AlexnetConvolution {
            filters,
            kernel,
            stride,
            padding,
            groups,
            pooled,
        };
    AlexnetConfig {
        image: [3, 227, 227],
        convolutions: vec![
            layer([96, 11, 4, 0, 1], true),
            layer([256, 5, 1, 2, 2], true),
            layer([384, 3, 1, 1, 1], false),
            layer([384, 3, 1, 1, 2], false),
            layer([256, 3, 1, 1, 2], true),
        ],
        dense: vec![4096, 4096, 1000],
    }
}

fn random_config(rng: &mut Rng) -> AlexnetConfig {
    let mut convolution = |pooled| AlexnetConvolution {
        filters: 6 * rng.between(1, 4),
        kernel: rng.between(1, 6),
        stride: rng.between(1, 2),
        padding: rng.between(0, 2),
        groups: rng.between(1, 3),
        pooled,
    };
    let convolutions = vec![convolution(true), convolution(false), convolution(true)];
    AlexnetConfig {
        image: [6, rng.between(120, 150), rng.between(151, 180)],
        convolutions,
        dense: (0..rng.between(1, 3)).map(|_| rng.between(2, 50)).collect(),
    }
}

fn errors(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, classes] = sizes(rng, 7, 12);
    // Five different numbers: each row has ties.
    let mut row = |_| (0..classes).map(|_| rng.below(5) as f64 / 10.0).collect();
    let rows: Vec<Vec<f64>> = (0..n).map(&mut row).collect();
    let truth: Vec<usize> = (0..n).map(|_| rng.below(classes)).collect();
    let ks = vec![5, 1, 2, classes - 1, classes, classes + 3];
    let want: Vec<f64> = ks.iter().map(|&k| top_k_error(&rows, &truth, k)).collect();
    let indices: Vec<i64> = truth.iter().map(|label| *label as i64).collect();
    let probabilities: Tensor<2> = matrix(&rows);
    let got = s.top_k_errors(probabilities, labels(&indices), ks)?;
    close_values(&got, &want, Tolerance::EXACT)
}
