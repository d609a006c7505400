//! Public checks of A2.10.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close, close_values, ensure, equal, equal_bits,
    labels, show, tensor,
};
use common::contract::Submission;
use common::contract::a2::{
    FineTuneSettings, NamedTensor, ParameterGroup, ProbeSettings, Transfer,
};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.10",
    title: "Transfer learning",
    module: "transfer",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/transfer.rs. Begin with freeze and a helper that finds a tensor by its name and \
            gives it its shape; then one function for a block of the network, used twice.",
    hints: &[
        "name.strip_prefix(prefix) gives what is behind it: nothing, or something that begins with a point. named::<4>(weights, \
         \"conv1.kernel\") is values.reshape(shape). For files, a reader that takes n bytes off the front with \
         split_at_checked turns every damage into an error.",
        "fine_tune: divide the list into trained and frozen tensors, and differentiate by the trained ones alone: \
         value_and_gradient(&trained, |trained| ...) of a Vec<NamedTensor> works. Each has its own velocity and its own Sgd. \
         Put the results back by their names. hog: first the histograms of all cells, then the blocks.",
    ],
    hidden_checks: 11,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.10.
pub const CHECKS: &[Check] = &[
    Check {
        id: "transfer/names",
        part: "A2.10",
        points: 1,
        proves: "prefixes freeze whole parts of names, slips are errors, and rates fall towards the input",
        hint: "conv1 freezes conv1.kernel and not conv10.kernel; the last prefix has lr itself",
        run: names,
    },
    Check {
        id: "transfer/network",
        part: "A2.10",
        points: 1,
        proves: "the handout's picture has the handout's feature, and a new head changes nothing else",
        hint: "convolution, normalisation with the running statistics, ReLU, pooling, twice; then flatten",
        run: network,
    },
    Check {
        id: "transfer/probes",
        part: "A2.10",
        points: 1,
        proves: "one step of the linear probe gives the handout's weights, and the nearest neighbours vote as there",
        hint: "p is 1/2 everywhere in the first step; of classes with as many votes the one of the nearest row wins",
        run: probes,
    },
    Check {
        id: "transfer/tuning",
        part: "A2.10",
        points: 1,
        proves: "a step on the head gives the handout's numbers and leaves every bit of the rest",
        hint: "differentiate by the trained tensors only, and put the others back as they came",
        run: tuning,
    },
    Check {
        id: "transfer/edges",
        part: "A2.10",
        points: 1,
        proves: "the histograms of a vertical and of a level edge are those of the handout",
        hint: "an angle of 0 is half way between the centres of the last bin and of the first",
        run: edges,
    },
    Check {
        id: "transfer/bytes",
        part: "A2.10",
        points: 1,
        proves: "a small file has the handout's bytes, is read back, and is an error when it is damaged",
        hint: "u32 are written with to_le_bytes; an error must not be a panic",
        run: bytes,
    },
];

fn strings(of: &[&str]) -> Vec<String> {
    of.iter().map(ToString::to_string).collect()
}

fn names(submission: &Submission, _: &mut Rng) -> Verdict {
    let names = strings(&["conv1.kernel", "conv10.kernel", "norm1.gamma", "head.bias"]);
    for (prefixes, want) in [
        (&["conv1"][..], [true, false, false, false]),
        (&["norm1", "head.bias"], [false, false, true, true]),
    ] {
        let input = format!("names {names:?}, prefixes {prefixes:?}");
        let got = submission.freeze(names.clone(), strings(prefixes))?;
        equal(&got, &Ok(want.to_vec()))
            .map_err(|failure| failure.about("freeze").on_input(input))?;
    }
    let got = submission.freeze(names.clone(), strings(&["conv1", "conv2"]))?;
    ensure(got.as_ref().is_err_and(|why| why.contains("conv2")), || {
        format!("freeze: expected an error that names conv2, got {got:?}")
    })
    .map_err(|failure| failure.on_input(format!("names {names:?}, prefixes conv1, conv2")))?;

    let prefixes = strings(&["conv1", "conv2", "head"]);
    let groups = submission.discriminative_groups(prefixes.clone(), 0.08, 2.0)?;
    let got: Vec<&String> = groups.iter().map(|group| &group.prefix).collect();
    equal(&got, &prefixes.iter().collect())
        .map_err(|failure| failure.about("discriminative_groups, prefixes"))?;
    let rates: Vec<f64> = groups.iter().map(|group| group.lr).collect();
    close_values(&rates, &[0.02, 0.04, 0.08], Tolerance::EXACT)
        .map_err(|failure| failure.about("discriminative_groups, rates"))
}

/// The handout's network: each convolution gives back its input, the first normalisation too, the second gives 2 x - 5.
fn example() -> Vec<NamedTensor> {
    let identity = [[[[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]];
    let mut weights = Vec::new();
    // The root of the variance plus TRANSFER_EPS is 2.
    for (k, gamma, beta, mean) in [(1, 2.0, 1.0, 1.0), (2, 4.0, -1.0, 2.0)] {
        weights.push(NamedTensor::new::<4>(
            &format!("conv{k}.kernel"),
            tensor(identity),
        ));
        for (name, value) in [
            ("gamma", gamma),
            ("beta", beta),
            ("mean", mean),
            ("variance", 4.0 - 1e-5),
        ] {
            weights.push(NamedTensor::new::<1>(
                &format!("norm{k}.{name}"),
                tensor([value]),
            ));
        }
    }
    weights.push(NamedTensor::new::<2>("head.weight", tensor([[0.0, 0.0]])));
    weights.push(NamedTensor::new::<1>("head.bias", tensor([0.0, 0.0])));
    weights
}

fn picture() -> Tensor<4> {
    tensor([[[
        [1.0, 2.0, 0.0, -1.0],
        [0.0, 3.0, 1.0, 1.0],
        [-2.0, -1.0, 5.0, 0.0],
        [0.0, -3.0, 2.0, 4.0],
    ]]])
}

/// All but the head must be as they were.
fn rest_is_the_same(got: &[NamedTensor]) -> Verdict {
    let want = example();
    let list = |weights: &[NamedTensor]| -> Vec<String> {
        weights.iter().map(|tensor| tensor.name.clone()).collect()
    };
    equal(&list(got), &list(&want)).map_err(|failure| failure.about("the names"))?;
    for (got, want) in got.iter().zip(&want).take(10) {
        equal_bits(&got.values, &want.values)
            .map_err(|failure| failure.about(format!("{} must stay", want.name)))?;
    }
    Ok(())
}

fn network(submission: &Submission, rng: &mut Rng) -> Verdict {
    let input = format!("the handout's network and the picture {}", show(&picture()));
    let got = submission.extract_features(example(), picture(), 1)?;
    close(&got, &tensor([[5.0]]), Tolerance::EXACT)
        .map_err(|failure| failure.about("extract_features").on_input(input))?;

    let got = submission.replace_head(example(), 3, rng.next_u64())?;
    let check = || {
        rest_is_the_same(&got)?;
        equal(&got[10].shape, &vec![1, 3])
            .map_err(|failure| failure.about("head.weight, shape"))?;
        equal(&got[11].shape, &vec![3]).map_err(|failure| failure.about("head.bias, shape"))?;
        close(&got[11].values, &tensor([0.0; 3]), Tolerance::EXACT)
            .map_err(|failure| failure.about("head.bias"))
    };
    check().map_err(|failure: Failure| failure.about("replace_head for 3 classes"))
}

fn probes(submission: &Submission, _: &mut Rng) -> Verdict {
    let features = tensor([[1.0, 0.0], [0.0, 2.0]]);
    let input = format!(
        "features {}, labels [0, 1], lr 1, one step",
        show(&features)
    );
    let settings = ProbeSettings {
        classes: 2,
        lr: 1.0,
        steps: 1,
        weight_decay: 0.5,
    };
    let head = submission.linear_probe(features, labels(&[0, 1]), settings)?;
    let check = || {
        close(
            &head.weight,
            &tensor([[0.25, -0.25], [-0.5, 0.5]]),
            Tolerance::EXACT,
        )
        .map_err(|failure| failure.about("weight"))?;
        close(&head.bias, &tensor([0.0, 0.0]), Tolerance::EXACT)
            .map_err(|failure| failure.about("bias"))
    };
    check().map_err(|failure: Failure| failure.about("linear_probe").on_input(input))?;

    let known = tensor([[0.0], [1.0], [4.0], [6.0]]);
    let of_known = vec![0, 1, 1, 0];
    for (query, k, want) in [
        (0.4, 1, 0),
        (0.4, 3, 1),
        (0.4, 2, 0),
        (5.5, 4, 0),
        (2.5, 1, 1),
    ] {
        let input = format!(
            "known {}, labels {of_known:?}, k {k}, query {query}",
            show(&known)
        );
        let query = tensor([[query]]);
        let got = submission.knn_probe(known.clone(), of_known.clone(), query, k)?;
        equal(&got, &vec![want]).map_err(|failure| failure.about("knn_probe").on_input(input))?;
    }
    Ok(())
}

fn settings(prefix: &str) -> FineTuneSettings {
    FineTuneSettings {
        groups: vec![ParameterGroup {
            prefix: prefix.into(),
            lr: 0.1,
        }],
        momentum: 0.9,
        weight_decay: 0.5,
        batches: vec![vec![0]],
    }
}

fn tuning(submission: &Submission, _: &mut Rng) -> Verdict {
    let tune =
        |prefix: &str| submission.fine_tune(example(), picture(), labels(&[0]), settings(prefix));
    let got = tune("head")?.map_err(|why| {
        Failure::wrong(format!(
            "fine_tune: expected a network, got the error {why:?}"
        ))
    })?;
    let check = || {
        rest_is_the_same(&got)?;
        close(&got[10].values, &tensor([0.25, -0.25]), Tolerance::EXACT)
            .map_err(|failure| failure.about("head.weight"))?;
        close(&got[11].values, &tensor([0.05, -0.05]), Tolerance::EXACT)
            .map_err(|failure| failure.about("head.bias"))
    };
    check().map_err(|failure: Failure| {
        failure
            .about("fine_tune of the head, one step")
            .on_input("the handout's network and picture, label 0, lr 0.1")
    })?;
    let wrong = tune("haed")?;
    ensure(
        wrong.as_ref().is_err_and(|why| why.contains("haed")),
        || "fine_tune of the group haed: expected an error that names it".into(),
    )
}

fn edges(submission: &Submission, _: &mut Rng) -> Verdict {
    let row = [0.0, 0.0, 2.0, 2.0];
    let vertical = tensor([[[row, row, row, row]]]);
    let level = tensor([[[[0.0; 4], [0.0; 4], [2.0; 4], [2.0; 4]]]]);
    // Two pixels of a cell have a gradient of length 1, half way between the centres of two bins.
    let part = 1.0 / (8.0f64 + 1e-6).sqrt();
    for (x, cell) in [
        (vertical, [part, 0.0, 0.0, part]),
        (level, [0.0, part, part, 0.0]),
    ] {
        let got = submission.hog(x.clone(), 2, 4)?;
        let want: Vec<f64> = cell.repeat(4);
        close(
            &got,
            &tensor::<1>(want.as_slice()).unsqueeze(),
            Tolerance::EXACT,
        )
        .map_err(|failure| {
            failure
                .about("hog with cells of 2 x 2 and 4 bins")
                .on_input(show(&x))
        })?;
    }
    Ok(())
}

fn bytes(submission: &Submission, _: &mut Rng) -> Verdict {
    let weights = vec![NamedTensor::new::<1>("b", tensor([1.0]))];
    let want = [
        b"WGT1".as_slice(),
        &[1, 0, 0, 0],
        &[1, 0, 0, 0],
        b"b",
        &[1, 0, 0, 0],
        &[1, 0, 0, 0],
        &[0, 0, 0, 0, 0, 0, 0xF0, 0x3F],
    ]
    .concat();
    let got = submission.save_weights(weights.clone())?;
    equal(&got, &want).map_err(|failure| {
        failure
            .about("save_weights")
            .on_input("one tensor `b` of shape [1], with the number 1")
    })?;
    let back = submission.load_weights(want.clone())?.map_err(|why| {
        Failure::wrong(format!(
            "load_weights: expected a network, got the error {why:?}"
        ))
    })?;
    equal(&back.len(), &1).map_err(|failure| failure.about("load_weights, tensors"))?;
    equal(&(back[0].name.as_str(), &back[0].shape), &("b", &vec![1]))
        .map_err(|failure| failure.about("load_weights, name and shape"))?;
    equal_bits(&back[0].values, &weights[0].values)
        .map_err(|failure| failure.about("load_weights, values"))?;
    for (damaged, what) in [
        (want[..want.len() - 1].to_vec(), "one byte less"),
        ([want.clone(), vec![0]].concat(), "one byte more"),
    ] {
        let answer = submission.load_weights(damaged)?;
        ensure(answer.is_err(), || {
            format!("load_weights: expected an error for the file with {what}")
        })?;
    }
    Ok(())
}
