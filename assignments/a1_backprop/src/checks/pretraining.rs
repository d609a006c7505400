//! Public checks of A1.10.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close, ensure, equal, equal_bits, numeric_gradient,
    shape, show, tensor,
};
use common::contract::Submission;
use common::contract::a1::{LayerKind, PretrainBatch, PretrainSettings, Pretraining, TiedLayer};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.10",
    title: "2006: layer-wise pre-training",
    module: "pretraining",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/pretraining.rs and write p_h_given_v and p_v_given_h: one matmul, one bias, one sigmoid each.",
    hints: &[
        "Everything here is made of two maps, up (v w + c) and down (h w^T + b). The free energy needs \
         softplus of the first, the chain of cd_k goes up and down through both, and an autoencoder \
         is one pass up and down with a loss at its end.",
        "Draw all h_t and v_t, but use p(h | v_0) and p(h | v_k) in the statistics, with v_0 the data and \
         v_k the last sample. In the autoencoder dw has two terms, one for each use of w. In pretrain_step first \
         send x through the layers below (p_h_given_v); a denoising autoencoder reads corrupt(s) and \
         is compared with s.",
    ],
    hidden_checks: 13,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A1.10.
pub const CHECKS: &[Check] = &[
    Check {
        id: "pretraining/free_energy",
        part: "A1.10",
        points: 1,
        proves: "the free energy gives the numbers of the handout's example, and is finite for large weights",
        hint: "F(v) = -b v - the sum of softplus(v w + c); softplus(z) = max(z, 0) + ln(1 + exp(-|z|))",
        run: free_energy,
    },
    Check {
        id: "pretraining/conditionals",
        part: "A1.10",
        points: 1,
        proves: "the two conditional probabilities are those of the handout's example",
        hint: "upwards v w + c, downwards h times the transpose of w, + b, each through a sigmoid",
        run: conditionals,
    },
    Check {
        id: "pretraining/contrastive_divergence",
        part: "A1.10",
        points: 1,
        proves: "one step of contrastive divergence with given random numbers is the handout's",
        hint: "1 where u < p; statistics with p(h | v), the data first and the chain's end subtracted; divide by n",
        run: contrastive_divergence,
    },
    Check {
        id: "pretraining/autoencoder",
        part: "A1.10",
        points: 1,
        proves: "the autoencoder gives the handout's numbers, and its gradients agree with numeric ones",
        hint: "w is used twice, so dw = x^T dz + dlogits^T hidden",
        run: autoencoder,
    },
    Check {
        id: "pretraining/one_step",
        part: "A1.10",
        points: 1,
        proves: "noise masks pixels, and one step of either kind moves a layer to the handout's numbers",
        hint: "an RBM goes up its gradient, an autoencoder down; the target of a denoising autoencoder is the input before the noise",
        run: one_step,
    },
    Check {
        id: "pretraining/stack",
        part: "A1.10",
        points: 1,
        proves: "layers start small, learn one after the other from the features below, and become an MLP",
        hint: "all batches for layer 0, then all for layer 1; what layer 1 sees is p_h_given_v of layer 0",
        run: stack,
    },
];

/// Logits that are multiples of ln 3 have probabilities that can be followed by hand: 1/2, 3/4, 9/10.
const LN_3: f64 = 1.0986122886681098;

/// The handout's layer: three visible units, two hidden ones.
fn example() -> TiedLayer {
    TiedLayer {
        weights: tensor::<2>([[1.0, 0.0], [0.0, -1.0], [1.0, 1.0]]) * LN_3,
        visible_bias: tensor::<1>([0.0, 1.0, -1.0]) * LN_3,
        hidden_bias: tensor::<1>([-1.0, 1.0]) * LN_3,
    }
}

/// The layer in words, for messages.
fn words(layer: &TiedLayer) -> String {
    format!(
        "w {}, b {}, c {}",
        show(&layer.weights),
        show(&layer.visible_bias),
        show(&layer.hidden_bias)
    )
}

/// The handout's two samples.
fn samples() -> Tensor<2> {
    tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
}

/// Compares the three tensors of a layer or of its gradients.
fn same(got: &TiedLayer, want: &TiedLayer, tolerance: Tolerance) -> Verdict {
    close(&got.weights, &want.weights, tolerance).map_err(|failure| failure.about("weights"))?;
    close(&got.visible_bias, &want.visible_bias, tolerance)
        .map_err(|failure| failure.about("visible_bias"))?;
    close(&got.hidden_bias, &want.hidden_bias, tolerance)
        .map_err(|failure| failure.about("hidden_bias"))
}

/// The example, then weights so large that `exp` overflows.
fn free_energy(submission: &Submission, _: &mut Rng) -> Verdict {
    for scale in [1.0, 1e4] {
        let mut layer = example();
        layer.weights = layer.weights * scale;
        layer.hidden_bias = layer.hidden_bias * scale;
        let want = match scale {
            1.0 => tensor([(3.0_f64 / 40.0).ln(), -(8.0_f64.ln())]),
            // softplus of 1e4 ln 3, 2e4 ln 3, -1e4 ln 3 and 0.
            _ => tensor([LN_3 * (1.0 - 3e4), -(6.0_f64.ln())]),
        };
        let got = submission.rbm_free_energy(layer.clone(), samples())?;
        close(&got, &want, Tolerance::EXACT).map_err(|failure| {
            failure.about("rbm_free_energy").on_input(format!(
                "{}, v {}",
                words(&layer),
                show(&samples())
            ))
        })?;
    }
    Ok(())
}

/// Up from the two samples, down from three hidden states.
fn conditionals(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = submission.p_h_given_v(example(), samples())?;
    let want = tensor([[0.75, 0.9], [0.25, 0.5]]);
    close(&got, &want, Tolerance::EXACT).map_err(|failure| {
        failure.about("p_h_given_v").on_input(format!(
            "{}, v {}",
            words(&example()),
            show(&samples())
        ))
    })?;
    let h = tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
    let got = submission.p_v_given_h(example(), h.clone())?;
    let want = tensor([[0.75, 0.75, 0.5], [0.5, 0.5, 0.5], [0.75, 0.5, 0.75]]);
    close(&got, &want, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("p_v_given_h")
            .on_input(format!("{}, h {}", words(&example()), show(&h)))
    })
}

/// The random numbers of the handout's step, for the hidden and the visible units.
fn uniforms() -> Vec<Tensor<2>> {
    vec![
        tensor([[0.8, 0.3], [0.1, 0.6]]),
        tensor([[0.4, 0.6, 0.9], [0.8, 0.8, 0.2]]),
    ]
}

/// What contrastive divergence makes of the example: the chain goes to h = (0, 1), (1, 0) and
/// v = (1, 0, 0), (0, 0, 1).
fn example_gradient() -> TiedLayer {
    TiedLayer {
        weights: tensor([[0.125, 0.075], [0.125, 0.25], [0.125, 0.0]]),
        visible_bias: tensor([0.0, 0.5, 0.0]),
        hidden_bias: tensor([0.0, -0.125]),
    }
}

/// The handout's step.
fn contrastive_divergence(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = submission.cd_k(example(), samples(), 1, uniforms())?;
    same(&got, &example_gradient(), Tolerance::EXACT).map_err(|failure| {
        let uniforms = uniforms();
        failure.about("cd_k, gradient of").on_input(format!(
            "{}, v0 {}, k 1, uniforms {} and {}",
            words(&example()),
            show(&samples()),
            show(&uniforms[0]),
            show(&uniforms[1])
        ))
    })
}

/// The example, then random numbers of other sizes against numeric gradients.
fn autoencoder(submission: &Submission, rng: &mut Rng) -> Verdict {
    let x: Tensor<2> = tensor([[1.0, 0.0, 1.0]]);
    let dlogits: Tensor<2> = tensor([[1.0, 2.0, 0.0]]);
    let input = || {
        format!(
            "{}, x {}, dlogits {}",
            words(&example()),
            show(&x),
            show(&dlogits)
        )
    };
    let forward = submission.autoencoder_forward(example(), x.clone())?;
    close(&forward.hidden, &tensor([[0.75, 0.9]]), Tolerance::EXACT)
        .map_err(|failure| failure.about("hidden"))
        .and_then(|()| {
            let want = tensor::<2>([[0.75, 0.1, 0.65]]) * LN_3;
            close(&forward.logits, &want, Tolerance::EXACT)
                .map_err(|failure| failure.about("logits"))
        })
        .map_err(|failure| failure.about("autoencoder_forward").on_input(input()))?;
    let got = submission.autoencoder_backward(example(), x.clone(), forward, dlogits.clone())?;
    let (first, second) = (0.1875 * LN_3, -0.18 * LN_3);
    let want = TiedLayer {
        weights: tensor([[0.75 + first, 0.9 + second], [1.5, 1.8], [first, second]]),
        visible_bias: tensor([1.0, 2.0, 0.0]),
        hidden_bias: tensor([first, second]),
    };
    same(&got, &want, Tolerance::EXACT).map_err(|failure| {
        failure
            .about("autoencoder_backward, gradient of")
            .on_input(input())
    })?;

    let layer = TiedLayer {
        weights: rng.normal_tensor([5, 3]),
        visible_bias: rng.normal_tensor([5]),
        hidden_bias: rng.normal_tensor([3]),
    };
    let x = rng.tensor([2, 5], Rng::unit);
    let dlogits = rng.normal_tensor([2, 5]);
    let logits = |layer: TiedLayer| {
        let forward = submission.autoencoder_forward(layer, x.clone())?;
        Ok::<_, Failure>(forward.logits)
    };
    let forward = submission.autoencoder_forward(layer.clone(), x.clone())?;
    let got =
        submission.autoencoder_backward(layer.clone(), x.clone(), forward, dlogits.clone())?;
    let want = TiedLayer {
        weights: numeric_gradient(&layer.weights, &dlogits, |weights| {
            logits(TiedLayer {
                weights,
                ..layer.clone()
            })
        })?,
        visible_bias: numeric_gradient(&layer.visible_bias, &dlogits, |visible_bias| {
            logits(TiedLayer {
                visible_bias,
                ..layer.clone()
            })
        })?,
        hidden_bias: numeric_gradient(&layer.hidden_bias, &dlogits, |hidden_bias| {
            logits(TiedLayer {
                hidden_bias,
                ..layer.clone()
            })
        })?,
    };
    same(&got, &want, Tolerance::GRADIENT).map_err(|failure| {
        failure
            .about("autoencoder_backward against the numeric gradient of")
            .on_input("5 visible and 3 hidden units, 2 samples, all random")
    })
}

fn settings(kind: LayerKind, lr: f64) -> PretrainSettings {
    PretrainSettings {
        kind,
        lr,
        k: 1,
        corruption: 0.3,
    }
}

/// Masking noise, and a stack of one layer after one step of each kind.
fn one_step(submission: &Submission, _: &mut Rng) -> Verdict {
    let x: Tensor<2> = tensor([[1.0, 0.5, 0.25]]);
    let noise: Tensor<2> = tensor([[0.1, 0.3, 0.9]]);
    let got = submission.corrupt(x.clone(), 0.3, noise.clone())?;
    equal_bits(&got, &tensor([[0.0, 0.5, 0.25]])).map_err(|failure| {
        failure.about("corrupt").on_input(format!(
            "x {}, share 0.3, uniforms {}",
            show(&x),
            show(&noise)
        ))
    })?;

    let (layer, gradient) = (example(), example_gradient());
    let want = TiedLayer {
        weights: layer.weights.clone() + gradient.weights * 0.8,
        visible_bias: layer.visible_bias.clone() + gradient.visible_bias * 0.8,
        hidden_bias: layer.hidden_bias.clone() + gradient.hidden_bias * 0.8,
    };
    let rbm = settings(LayerKind::Rbm, 0.8);
    let got = submission.pretrain_step(vec![layer], 0, samples(), rbm, uniforms())?;
    only(&got, &want).map_err(|failure| {
        failure
            .about("pretrain_step with Rbm")
            .on_input("a stack of the handout's layer, its samples and uniforms, lr 0.8, k 1")
    })?;

    // All is zero, so hidden is 1/2 and so is the reconstruction, whatever the noise does to x.
    let zeros = TiedLayer {
        weights: tensor([[0.0], [0.0]]),
        visible_bias: tensor([0.0, 0.0]),
        hidden_bias: tensor([0.0]),
    };
    let want = TiedLayer {
        weights: tensor([[0.1], [-0.1]]),
        visible_bias: tensor([0.2, -0.2]),
        hidden_bias: tensor([0.0]),
    };
    let denoising = settings(LayerKind::DenoisingAutoencoder, 0.4);
    let x = tensor([[1.0, 0.0]]);
    let noise = vec![tensor([[0.1, 0.9]])];
    let got = submission.pretrain_step(vec![zeros], 0, x, denoising, noise)?;
    only(&got, &want).map_err(|failure| {
        failure
            .about("pretrain_step with DenoisingAutoencoder")
            .on_input(
                "one layer of zeros, x [[1, 0]], lr 0.4, corruption 0.3, uniforms [[0.1, 0.9]]",
            )
    })
}

/// Compares a stack that should be one layer.
fn only(got: &[TiedLayer], want: &TiedLayer) -> Verdict {
    equal(&got.len(), &1).map_err(|failure| failure.about("number of layers"))?;
    same(&got[0], want, Tolerance::EXACT)
}

/// Compares two stacks layer by layer.
fn same_stack(got: &[TiedLayer], want: &[TiedLayer]) -> Verdict {
    equal(&got.len(), &want.len()).map_err(|failure| failure.about("number of layers"))?;
    for (l, (got, want)) in got.iter().zip(want).enumerate() {
        same(got, want, Tolerance::EXACT).map_err(|failure| failure.about(format!("layer {l}")))?;
    }
    Ok(())
}

/// Two layers from their first weights to an MLP.
fn stack(submission: &Submission, rng: &mut Rng) -> Verdict {
    let start = submission.stack_init(vec![6, 5, 4], rng.next_u64())?;
    small_and_zero(&start).map_err(|failure| {
        failure
            .about("stack_init")
            .on_input("sizes [6, 5, 4], a random seed")
    })?;

    let random = rng.normal_tensor([6, 5]);
    let start = vec![
        TiedLayer {
            weights: random,
            ..start[0].clone()
        },
        start[1].clone(),
    ];
    let mut batch = || PretrainBatch {
        x: rng.tensor([3, 6], Rng::unit),
        uniforms: [[5, 6], [4, 5]]
            .map(|sizes| sizes.map(|n| rng.tensor([3, n], Rng::unit)).to_vec())
            .to_vec(),
    };
    let batches = vec![batch(), batch()];
    let rbm = settings(LayerKind::Rbm, 0.5);
    let step = |stack: Vec<TiedLayer>, l: usize, i: usize| {
        let PretrainBatch { x, uniforms } = batches[i].clone();
        submission.pretrain_step(stack, l, x, rbm.clone(), uniforms[l].clone())
    };

    let got = step(start.clone(), 1, 0)?;
    let features = submission.p_h_given_v(start[0].clone(), batches[0].x.clone())?;
    let uniforms = batches[0].uniforms[1].clone();
    let alone = vec![start[1].clone()];
    let alone = submission.pretrain_step(alone, 0, features, rbm.clone(), uniforms)?;
    let want: Vec<TiedLayer> = start[..1].iter().cloned().chain(alone).collect();
    same_stack(&got, &want).map_err(|failure| {
        failure
            .about("pretrain_step with l = 1 against layer 1 alone on p_h_given_v of layer 0")
            .on_input("two layers, sizes [6, 5, 4], 3 samples, Rbm, lr 0.5, k 1, all random")
    })?;

    let got = submission.pretrain_stack(start.clone(), batches.clone(), rbm.clone())?;
    let mut want = start;
    for (l, i) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        want = step(want, l, i)?;
    }
    same_stack(&got, &want).map_err(|failure| {
        failure
            .about("pretrain_stack against pretrain_step, layer 0 on both batches, then layer 1")
            .on_input("two layers, sizes [6, 5, 4], 2 batches of 3, Rbm, lr 0.5, k 1, all random")
    })?;

    let mlp = submission.to_mlp(got.clone())?;
    let check = || {
        equal(&(mlp.weights.len(), mlp.biases.len()), &(2, 2))
            .map_err(|failure| failure.about("numbers of weights and biases"))?;
        for (l, layer) in got.iter().enumerate() {
            equal_bits(&mlp.weights[l], &layer.weights)
                .map_err(|failure| failure.about(format!("weights[{l}]")))?;
            equal_bits(&mlp.biases[l], &layer.hidden_bias)
                .map_err(|failure| failure.about(format!("biases[{l}]")))?;
        }
        Ok(())
    };
    check().map_err(|failure: Failure| {
        failure
            .about("to_mlp")
            .on_input("the stack that pretrain_stack gave")
    })
}

/// The stack `[6, 5, 4]` as it starts: the 50 weights of deviation 0.01 stay below 0.08, which is 8
/// deviations.
fn small_and_zero(stack: &[TiedLayer]) -> Verdict {
    equal(&stack.len(), &2).map_err(|failure| failure.about("number of layers"))?;
    for (l, (layer, [visible, hidden])) in stack.iter().zip([[6, 5], [5, 4]]).enumerate() {
        let check = || {
            shape(&layer.weights, [visible, hidden])?;
            let largest: f64 = layer.weights.clone().abs().max().into_scalar();
            ensure(largest > 0.0 && largest < 0.08, || {
                format!("the largest weight has the size {largest}, with a deviation of 0.01")
            })?;
            let zeros =
                |n| Tensor::<1>::zeros([n], (&layer.weights.device(), layer.weights.dtype()));
            equal_bits(&layer.visible_bias, &zeros(visible))
                .map_err(|failure| failure.about("visible_bias"))?;
            equal_bits(&layer.hidden_bias, &zeros(hidden))
                .map_err(|failure| failure.about("hidden_bias"))
        };
        check().map_err(|failure: Failure| failure.about(format!("layer {l}")))?;
    }
    Ok(())
}
