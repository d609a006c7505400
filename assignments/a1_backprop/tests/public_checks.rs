//! What the public checks say about a wrong implementation.

use a1_backprop::{assignment, parts};
use common::check::run_check;
use common::contract::Submission;
use common::contract::a1::{
    A1, AdamState, BatchNormSequenceForward, BatchNormSettings, ImageSet, LinearGradients,
    MlpForward, NormGradients, TrainState,
};
use common::device::use_double_precision;

/// Runs the checks on a wrong implementation and asserts that those of one part fail, one of them
/// with all of `words`.
fn caught(wrong: A1, part: &str, words: &[&str]) {
    use_double_precision();
    let submission = Submission::local(wrong);
    let mut messages = Vec::new();
    for check in &assignment().checks {
        let result = run_check(check, &submission, 1);
        if let Some(failure) = result.failure() {
            assert_eq!(check.part, part, "{}: {failure}", check.id);
            messages.push(format!("{}: {failure}", check.id));
        }
    }
    let said = |message: &String| words.iter().all(|word| message.contains(word));
    assert!(
        messages.iter().any(said),
        "no message with {words:?} in:\n{}",
        messages.join("\n")
    );
}

#[test]
fn a_perceptron_that_waits_for_negative_scores_is_caught() {
    let mut wrong = parts::table();
    wrong.perceptron.perceptron_fit = |points, labels, order, rate, epochs| {
        // With < instead of <= nothing is ever wrong at w = 0.
        let mut fit = parts::perceptron::perceptron_fit(points, labels, order, rate, epochs);
        fit.weights.fill(0.0);
        fit.bias = 0.0;
        fit.mistakes_per_epoch = vec![0];
        fit.converged = Some(1);
        fit
    };
    let words = [
        "mistakes_per_epoch",
        "expected [3, 1, 2, 2, 1, 0], got [0]",
        "labels [-1, 1, 1, 1]",
    ];
    caught(wrong, "A1.1", &words);
}

#[test]
fn a_gradient_that_keeps_one_use_is_caught() {
    let mut wrong = parts::table();
    wrong.scalar_autodiff.scalar_backward = |nodes, root| {
        // With = in place of += node 1, which y = q q uses twice, gets 8 and not 16.
        let mut nodes = parts::scalar_autodiff::scalar_backward(nodes, root);
        nodes[1].gradient /= 2.0;
        nodes
    };
    let words = [
        "gradients after the first pass",
        "element [1]: expected 16, got 8",
        "1: q = Add [2, 3]",
    ];
    caught(wrong, "A1.2", &words);
}

#[test]
fn a_preorder_is_caught() {
    let mut wrong = parts::table();
    wrong.scalar_autodiff.topo_order = |_, _| vec![0, 1, 2, 3, 4];
    let words = ["topo_order", "node 0 stands before its input 1"];
    caught(wrong, "A1.2", &words);
}

#[test]
fn averaged_biases_are_caught() {
    let mut wrong = parts::table();
    wrong.tensor_layers.linear_backward = |x, w, dy| LinearGradients {
        db: dy.clone().mean_dim(0).squeeze_dim(0),
        ..parts::tensor_layers::linear_backward(x, w, dy)
    };
    let words = [
        "linear_backward, db",
        "element [0]: expected 4, got 2",
        "dy [[1, 2], [3, -1]]",
    ];
    caught(wrong, "A1.3", &words);
}

#[test]
fn a_transposed_weight_gradient_is_caught() {
    let mut wrong = parts::table();
    wrong.tensor_layers.linear_backward = |x, w, dy| {
        let right = parts::tensor_layers::linear_backward(x, w, dy);
        LinearGradients {
            dw: right.dw.transpose(),
            ..right
        }
    };
    caught(wrong, "A1.3", &["dw", "expected shape [3, 2], got [2, 3]"]);
}

#[test]
fn the_tanh_gelu_is_caught() {
    let mut wrong = parts::table();
    wrong.tensor_layers.gelu_forward = burn::tensor::activation::gelu_approximate;
    caught(
        wrong,
        "A1.3",
        &["gelu_forward", "expected 0.841344746068543"],
    );
}

#[test]
fn a_log_softmax_that_overflows_is_caught() {
    let mut wrong = parts::table();
    wrong.losses.log_softmax = |x| x.clone() - x.exp().sum_dim(1).log();
    caught(wrong, "A1.4", &["log_softmax", "is not finite", "[1000, "]);
}

#[test]
fn a_mean_over_all_elements_is_caught() {
    let mut wrong = parts::table();
    wrong.losses.cross_entropy = |x, labels, options| {
        let [_, c] = x.dims();
        parts::losses::cross_entropy(x, labels, options) / c as f64
    };
    caught(
        wrong,
        "A1.4",
        &["cross_entropy without options", "labels [2, 1, 0]"],
    );
}

#[test]
fn an_activation_after_the_last_layer_is_caught() {
    let mut wrong = parts::table();
    wrong.mlp.mlp_forward = |parameters, activation, x| {
        let MlpForward {
            inputs,
            mut outputs,
        } = parts::mlp::mlp_forward(parameters, activation, x);
        let last = outputs.pop().unwrap();
        outputs.push(last.clamp_min(0.0));
        MlpForward { inputs, outputs }
    };
    let words = ["outputs[1]", "element [1, 0]: expected -1, got 0"];
    caught(wrong, "A1.5", &words);
}

#[test]
fn one_seed_for_all_layers_is_caught() {
    let mut wrong = parts::table();
    wrong.mlp.mlp_init = |sizes, init, gain, seed| {
        let mut parameters = parts::mlp::mlp_init(sizes, init, gain, seed);
        parameters.weights[1] = parameters.weights[0].clone();
        parameters
    };
    caught(
        wrong,
        "A1.5",
        &["mlp_init", "weights[0] and weights[1] are the same numbers"],
    );
}

#[test]
fn adam_without_its_own_step_count_is_caught() {
    let mut wrong = parts::table();
    wrong.optimisers.adam = |parameters, gradients, state, settings| {
        let frozen = AdamState { step: 8, ..state };
        parts::optimisers::adam(parameters, gradients, frozen, settings)
    };
    caught(
        wrong,
        "A1.6",
        &[
            "after the first step",
            "expected 0.9, got 0.95",
            "gradient [2, -500]",
        ],
    );
}

#[test]
fn clipping_each_gradient_for_itself_is_caught() {
    let mut wrong = parts::table();
    wrong.optimisers.clip_grad_norm = |gradients, max_norm| {
        let mut clipped = parts::optimisers::clip_grad_norm(gradients.clone(), max_norm);
        clipped.gradients = gradients
            .into_iter()
            .flat_map(|g| parts::optimisers::clip_grad_norm(vec![g], max_norm).gradients)
            .collect();
        clipped
    };
    caught(wrong, "A1.6", &["gradients[0]", "expected 0.6", "got 1"]);
}

#[test]
fn a_schedule_that_begins_anew_is_caught() {
    let mut wrong = parts::table();
    wrong.training_loop.train = |state, train, test, settings, steps| {
        let fresh = TrainState { step: 0, ..state };
        parts::training_loop::train(fresh, train, test, settings, steps)
    };
    caught(
        wrong,
        "A1.7",
        &["4 steps and then 6 against 10", "step: expected 10, got 6"],
    );
}

#[test]
fn a_mean_of_unequal_batches_is_caught() {
    let mut wrong = parts::table();
    wrong.training_loop.evaluate = |model, samples, _| {
        let [first, last] = [[0, 1].as_slice(), &[2]].map(|batch| {
            let batch = samples.select(batch);
            model.evaluation_pass(&batch)
        });
        common::contract::a1::Evaluation {
            loss: (first.loss + last.loss) / 2.0,
            error: (first.error + last.error) / 2.0,
        }
    };
    caught(
        wrong,
        "A1.7",
        &[
            "evaluate: loss",
            "expected 0.959",
            "got 1.295",
            "x [2, 0, 3]",
        ],
    );
}

#[test]
fn swapped_rows_and_columns_are_caught() {
    let mut wrong = parts::table();
    wrong.data_sets.parse_mnist = |images, labels| {
        let set = parts::data_sets::parse_mnist(images, labels)?;
        Ok(ImageSet {
            rows: set.columns,
            columns: set.rows,
            ..set
        })
    };
    caught(
        wrong,
        "A1.12",
        &["rows, columns", "expected [1, 3, 5], got [1, 5, 3]"],
    );
}

#[test]
fn dropout_that_forgets_its_factor_is_caught() {
    let mut wrong = parts::table();
    wrong.regularisation.dropout_forward =
        |x, mask, _, training| parts::regularisation::dropout_forward(x, mask, 0.0, training);
    let words = [
        "dropout_forward in training",
        "element [0, 1]: expected -16, got -4",
        "mask [[0, 1, 1], [1, 0, 0]], p 0.75",
    ];
    caught(wrong, "A1.8", &words);
}

#[test]
fn a_rolled_image_is_caught() {
    let mut wrong = parts::table();
    wrong.regularisation.shift_images = |images, offsets, _| {
        let shifted = images.split(1, 0).into_iter().zip(offsets);
        let rolled = shifted.map(|(image, by)| image.roll(&[by.down, by.right], &[2, 3]));
        burn::tensor::Tensor::cat(rolled.collect(), 0)
    };
    let words = [
        "shift_images",
        "element [0, 0, 0, 0]: expected 9, got 4",
        "offsets 1 down and 1 to the left",
    ];
    caught(wrong, "A1.8", &words);
}

#[test]
fn keeping_the_last_epoch_is_caught() {
    let mut wrong = parts::table();
    wrong.regularisation.early_stopping = |losses, patience, min_delta| {
        let right = parts::regularisation::early_stopping(losses, patience, min_delta);
        common::contract::a1::EarlyStop {
            best: right.stop,
            ..right
        }
    };
    let words = ["early_stopping: best: expected Some(3), got Some(5)"];
    caught(wrong, "A1.8", &words);
}

#[test]
fn batch_statistics_outside_training_are_caught() {
    let mut wrong = parts::table();
    wrong.norms.batchnorm_forward = |x, gamma, beta, running, settings| {
        let settings = BatchNormSettings {
            training: true,
            ..settings
        };
        parts::norms::batchnorm_forward(x, gamma, beta, running, settings)
    };
    let words = ["with training false", "expected an output", "x [[5, -1]]"];
    caught(wrong, "A1.9", &words);
}

#[test]
fn constant_statistics_in_the_backward_pass_are_caught() {
    let mut wrong = parts::table();
    wrong.norms.batchnorm_backward = |x, gamma, dy, eps| {
        let right = parts::norms::batchnorm_backward(x.clone(), gamma.clone(), dy.clone(), eps);
        let centred = x.clone() - x.mean_dim(0);
        let root = (centred.square().mean_dim(0) + eps).sqrt();
        NormGradients {
            dx: dy * gamma.unsqueeze() / root,
            ..right
        }
    };
    let words = [
        "batchnorm_backward: dx",
        "element [0, 0]: expected 0.56, got 3",
        "dy [[3, 0], [0, 0], [0, 9]]",
    ];
    caught(wrong, "A1.9", &words);
}

#[test]
fn a_sequence_with_a_mean_for_each_position_is_caught() {
    let mut wrong = parts::table();
    wrong.norms.batchnorm_sequence_forward = |x, gamma, beta, running, settings| {
        let forward = parts::norms::batchnorm_sequence_forward(
            x.clone(),
            gamma.clone(),
            beta.clone(),
            running,
            settings.clone(),
        )?;
        let [_, d, _] = x.dims();
        let centred = x.clone() - x.mean_dim(0);
        let root = (centred.clone().square().mean_dim(0) + settings.eps).sqrt();
        let y = centred / root * gamma.reshape([1, d, 1]) + beta.reshape([1, d, 1]);
        Ok(BatchNormSequenceForward { y, ..forward })
    };
    let words = [
        "batchnorm_sequence_forward in training: y",
        "element [0, 0, 0]: expected -6, got 0",
    ];
    caught(wrong, "A1.9", &words);
}
