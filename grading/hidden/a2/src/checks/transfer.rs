//! Checks of A2.10: names, features, the head, fine-tuning.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Tolerance, Verdict, close, close_values, ensure, equal, equal_bits, labels,
};
use common::contract::Submission;
use common::contract::a2::{FineTuneSettings, NamedTensor, ParameterGroup, Transfer};
use common::rng::Rng;

use super::{about, sizes};
use crate::oracle::array::values;
use crate::oracle::transfer::{Named, Tuning, contract, features, fine_tuned, network};

pub(super) const PART: &str = "A2.10";

/// The checks of the network and its training.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "transfer/freeze",
            part: PART,
            points: 1,
            proves: "A prefix freezes what begins with it, part by part, and one that nothing begins with is an error that names it.",
            hint: "`conv1` is not the beginning of `conv10.kernel`: after the prefix the name ends, or a point comes.",
            run: freeze,
        },
        Check {
            id: "transfer/features",
            part: PART,
            points: 1,
            proves: "The features of pictures of any size are right, and the same alone and in batches of every size.",
            hint: "Normalise with norm1.mean and norm1.variance, then gamma and beta; flatten channel by channel. The last batch may be smaller.",
            run: extract,
        },
        Check {
            id: "transfer/head",
            part: PART,
            points: 1,
            proves: "A new head has its law and the new number of classes; everything else is as it was, bit for bit and in its place.",
            hint: "Normal numbers of variance 1 / d from Rng::new(seed), zeros for the bias; keep the order of the list.",
            run: head,
        },
        Check {
            id: "transfer/rates",
            part: PART,
            points: 1,
            proves: "Discriminative rates fall by the factor from each group to the one before it.",
            hint: "The last prefix has lr itself.",
            run: rates,
        },
        Check {
            id: "transfer/fine_tuning",
            part: PART,
            points: 2,
            proves: "After steps with momentum, decay and a rate for each group every tensor is the right one.",
            hint: "Each trained tensor has its own velocity; the gradient of a batch is the mean over its samples; the normalisation keeps the running statistics.",
            run: tune,
        },
        Check {
            id: "transfer/frozen",
            part: PART,
            points: 2,
            proves: "What is not trained keeps every bit, running statistics included, and the first group that fits gives the rate.",
            hint: "A rate of 0 is not the same as frozen: weight decay and momentum must not touch a frozen tensor either. Means and variances are never trained.",
            run: frozen,
        },
        Check {
            id: "transfer/idle_group",
            part: PART,
            points: 1,
            proves: "A group with nothing to train is an error that names its prefix, also where only running statistics begin with it.",
            hint: "Look for a learned tensor that begins with each prefix before the first step.",
            run: idle_group,
        },
    ]
}

fn freeze(s: &Submission, rng: &mut Rng) -> Verdict {
    let mut names: Vec<String> = [
        "conv1.kernel",
        "conv10.kernel",
        "conv1.bias",
        "conv",
        "conv1",
        "norm.conv1.gamma",
        "head.weight",
        "head.bias",
    ]
    .map(String::from)
    .to_vec();
    rng.shuffle(&mut names);
    let call = |prefixes: &[&str]| {
        let prefixes = prefixes
            .iter()
            .map(|prefix| (*prefix).to_string())
            .collect();
        s.freeze(names.clone(), prefixes)
    };
    for (prefixes, frozen) in [
        (vec!["conv1"], vec!["conv1.kernel", "conv1.bias", "conv1"]),
        (
            vec!["conv10", "head.bias"],
            vec!["conv10.kernel", "head.bias"],
        ),
        (vec!["norm.conv1"], vec!["norm.conv1.gamma"]),
        (vec!["conv", "conv"], vec!["conv"]),
        (vec![], vec![]),
    ] {
        let got = call(&prefixes)?.map_err(|why| Failure::wrong(format!("an error: {why}")))?;
        let want: Vec<bool> = names
            .iter()
            .map(|name| frozen.contains(&name.as_str()))
            .collect();
        equal(&got, &want).map_err(about(format_args!("{prefixes:?} of {names:?}")))?;
    }
    for (prefixes, wrong) in [(["head", "hed"], "hed"), (["conv1.k", "conv1"], "conv1.k")] {
        let got = call(&prefixes)?;
        ensure(got.as_ref().is_err_and(|why| why.contains(wrong)), || {
            format!("expected an error that names `{wrong}`, got {got:?}")
        })?;
    }
    Ok(())
}

/// Sizes of a network and of pictures that go through it, rows and columns not the same.
struct Setting {
    network: Vec<Named>,
    x: Tensor<4>,
    labels: Vec<usize>,
    d: usize,
}

fn setting(rng: &mut Rng, n: usize) -> Setting {
    let [channels, c1, c2, classes] = sizes(rng, 1, 4);
    let [rows, columns] = [[4, 8], [8, 4]][rng.below(2)];
    let d = c2 * 2;
    Setting {
        network: network(rng, [channels, c1, c2], d, classes),
        x: rng.normal_tensor([n, channels, rows, columns]),
        labels: (0..n).map(|_| rng.below(classes)).collect(),
        d,
    }
}

fn extract(s: &Submission, rng: &mut Rng) -> Verdict {
    let Setting { mut network, x, .. } = setting(rng, 5);
    // Shifted down, so that the last ReLU has something to do behind a maximum of four.
    for named in network
        .iter_mut()
        .filter(|named| named.name == "norm2.beta")
    {
        named.values.iter_mut().for_each(|beta| *beta -= 1.5);
    }
    let mut weights = contract(&network);
    let want = features(&network, &x);
    for batch_size in [1, 2, 5, 9] {
        rng.shuffle(&mut weights);
        let got = s.extract_features(weights.clone(), x.clone(), batch_size)?;
        close(&got, &want, Tolerance::EXACT)
            .map_err(about(format_args!("5 pictures by {batch_size}")))?;
    }
    let [_, channels, _, _] = x.dims();
    // 6 x 9 pixels: rows and columns that fill no window are left out.
    let odd = rng.normal_tensor([2, channels, 6, 9]);
    let got = s.extract_features(weights, odd.clone(), 2)?;
    close(&got, &features(&network, &odd), Tolerance::EXACT).map_err(about("6 x 9 pixels"))
}

/// The names, the shapes and the bits of each tensor.
fn same(got: &NamedTensor, want: &NamedTensor) -> Verdict {
    equal(&got.name, &want.name)?;
    equal(&got.shape, &want.shape).map_err(about(&want.name))?;
    equal_bits(&got.values, &want.values).map_err(about(&want.name))
}

/// 60 x 40 weights: 6 deviations of their mean are 12 % of one weight's deviation, 6 of their mean square 17 %. A variance
/// of 2 / d, or one over the classes, is more than 12 deviations away.
fn head(s: &Submission, rng: &mut Rng) -> Verdict {
    let (d, classes, seed) = (60, 40, rng.next_u64());
    let old = contract(&network(rng, [2, 3, 4], d, 5));
    let renew = |seed| s.replace_head(old.clone(), classes, seed);
    let got = renew(seed)?;
    equal(&got.len(), &old.len()).map_err(about("tensors"))?;
    for (got, old) in got.iter().zip(&old) {
        match old.name.as_str() {
            "head.weight" => {
                equal(
                    &(got.name.as_str(), &got.shape),
                    &("head.weight", &vec![d, classes]),
                )?;
                equal(&got.values.dims(), &[d * classes]).map_err(about("head.weight"))?;
                let numbers = values(&got.values);
                let n = numbers.len() as f64;
                let mean = numbers.iter().sum::<f64>() / n;
                let square = numbers.iter().map(|w| w * w).sum::<f64>() / n * d as f64;
                let near = mean.abs() <= 6.0 * (1.0 / d as f64 / n).sqrt();
                ensure(
                    near && (square - 1.0).abs() <= 6.0 * (2.0 / n).sqrt(),
                    || format!("head.weight: mean {mean}, variance {square} / d"),
                )?;
            }
            "head.bias" => {
                equal(
                    &(got.name.as_str(), &got.shape),
                    &("head.bias", &vec![classes]),
                )?;
                close_values(&values(&got.values), &vec![0.0; classes], Tolerance::EXACT)
                    .map_err(about("head.bias"))?;
            }
            _ => same(got, old)?,
        }
    }
    let weight = |weights: Vec<NamedTensor>| {
        let found = weights
            .into_iter()
            .find(|tensor| tensor.name == "head.weight");
        found.map_or_else(Vec::new, |tensor| values(&tensor.values))
    };
    let first = weight(got);
    equal(&weight(renew(seed)?), &first).map_err(about("the same seed again"))?;
    ensure(weight(renew(seed ^ 1)?) != first, || {
        "two seeds give the same head".into()
    })
}

fn rates(s: &Submission, rng: &mut Rng) -> Verdict {
    for n in 0..4 {
        let prefixes: Vec<String> = (0..n).map(|i| format!("layer{i}")).collect();
        let (lr, factor) = (rng.uniform(0.01, 1.0), rng.uniform(1.5, 4.0));
        let got = s.discriminative_groups(prefixes.clone(), lr, factor)?;
        let names: Vec<&String> = got.iter().map(|group| &group.prefix).collect();
        equal(&names, &prefixes.iter().collect()).map_err(about("prefixes"))?;
        let got: Vec<f64> = got.iter().map(|group| group.lr).collect();
        let mut want = vec![lr; n];
        for i in (1..n).rev() {
            want[i - 1] = want[i] / factor;
        }
        close_values(&got, &want, Tolerance::EXACT).map_err(about(format_args!("{n} rates")))?;
    }
    Ok(())
}

fn settings(tuning: &Tuning, batches: &[Vec<usize>]) -> FineTuneSettings {
    let groups = tuning.groups.iter().map(|(prefix, lr)| ParameterGroup {
        prefix: (*prefix).into(),
        lr: *lr,
    });
    FineTuneSettings {
        groups: groups.collect(),
        momentum: tuning.momentum,
        weight_decay: tuning.weight_decay,
        batches: batches.to_vec(),
    }
}

/// Fine-tunes, and compares every tensor: those of no group bit for bit.
fn tunes(s: &Submission, setting: &Setting, tuning: &Tuning, batches: &[Vec<usize>]) -> Verdict {
    let Setting {
        network, x, labels, ..
    } = setting;
    let weights = contract(network);
    let numbers: Vec<i64> = labels.iter().map(|&label| label as i64).collect();
    let got = s.fine_tune(
        weights.clone(),
        x.clone(),
        self::labels(&numbers),
        settings(tuning, batches),
    )?;
    let got = got.map_err(|why| Failure::wrong(format!("an error: {why}")))?;
    let want = fine_tuned(network, x, labels, batches, tuning);
    equal(&got.len(), &want.len()).map_err(about("tensors"))?;
    for ((got, want), old) in got.iter().zip(&want).zip(&weights) {
        let trained = want.is_learned() && tuning.groups.iter().any(|(p, _)| want.begins(p));
        if trained {
            equal(&(&got.name, &got.shape), &(&want.name, &want.shape))?;
            // Burn's gradient of a division by a number has single precision.
            close_values(&values(&got.values), &want.values, Tolerance::GRADIENT)
                .map_err(about(&want.name))?;
        } else {
            same(got, old).map_err(about("a tensor that is not trained"))?;
        }
    }
    Ok(())
}

fn tune(s: &Submission, rng: &mut Rng) -> Verdict {
    let setting = setting(rng, 5);
    ensure(setting.d > 0, || "no features".into())?;
    let batches = [vec![4, 0], vec![1, 2, 3], vec![0, 3]];
    let rate = |rng: &mut Rng| rng.uniform(0.05, 0.2);
    let groups = [
        ("conv1", rate(rng)),
        ("norm1", rate(rng)),
        ("conv2", rate(rng)),
        ("norm2", rate(rng)),
        ("head", rate(rng)),
    ];
    let plain = Tuning {
        groups: &groups,
        momentum: 0.0,
        weight_decay: 0.0,
    };
    tunes(s, &setting, &plain, &batches).map_err(about("without momentum and decay"))?;
    let full = Tuning {
        momentum: rng.uniform(0.5, 0.9),
        weight_decay: rng.uniform(0.1, 0.3),
        ..plain
    };
    tunes(s, &setting, &full, &batches).map_err(about("with momentum and decay"))?;
    tunes(s, &setting, &full, &[]).map_err(about("without a step"))
}

fn frozen(s: &Submission, rng: &mut Rng) -> Verdict {
    let setting = setting(rng, 4);
    let batches = [vec![0, 1, 2], vec![3, 1]];
    let tuning = |groups| Tuning {
        groups,
        momentum: 0.9,
        weight_decay: 0.5,
    };
    for groups in [
        &[("head", 0.1)][..],
        &[("norm2.gamma", 0.2), ("norm2", 0.05)],
        &[("conv2", 0.1), ("conv2.kernel", 0.9), ("head.bias", 0.3)],
    ] {
        tunes(s, &setting, &tuning(groups), &batches).map_err(about(format_args!("{groups:?}")))?;
    }
    Ok(())
}

fn idle_group(s: &Submission, rng: &mut Rng) -> Verdict {
    let setting = setting(rng, 2);
    for wrong in ["conv3", "norm1.mean", "con", "head.weight.kernel"] {
        let tuning = Tuning {
            groups: &[("head", 0.1), (wrong, 0.1)],
            momentum: 0.0,
            weight_decay: 0.0,
        };
        let got = s.fine_tune(
            contract(&setting.network),
            setting.x.clone(),
            labels(&[0, 0]),
            settings(&tuning, &[vec![0, 1]]),
        )?;
        ensure(got.as_ref().is_err_and(|why| why.contains(wrong)), || {
            let got = got.map(|_| "a network");
            format!("expected an error that names `{wrong}`, got {got:?}")
        })?;
    }
    Ok(())
}
