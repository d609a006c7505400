//! Mutants of A1.8: mixup, shifts and flips, ensembles.

use a1_backprop::parts::regularisation as reference;
use burn::tensor::{Int, Tensor, activation};
use common::contract::a1::{Averaging, Mixed, Offset};
use hidden_suite::Mutant;

use super::regularisation::PART;

/// The mutants of augmentation and ensembles.
pub fn mutants() -> Vec<Mutant> {
    let mut all = mixup();
    all.extend(shifts());
    all.extend(flips());
    all.extend(ensembles());
    all
}

fn mixup() -> Vec<Mutant> {
    vec![
        mutant!(
            regularisation.mixup / "lambda_for_the_partner",
            "lambda is the share of the partner",
            |x, t, partners, lambda| reference::mixup(x, t, partners, 1.0 - lambda)
        ),
        mutant!(
            regularisation.mixup / "hard_targets",
            "the targets are not mixed",
            |x, t, partners, lambda| Mixed {
                targets: t.clone(),
                ..reference::mixup(x, t, partners, lambda)
            }
        ),
        mutant!(
            regularisation.mixup / "targets_only",
            "the inputs are not mixed",
            |x, t, partners, lambda| Mixed {
                x: x.clone(),
                ..reference::mixup(x, t, partners, lambda)
            }
        ),
        mutant!(
            regularisation.mixup / "shares_swapped_in_targets",
            "the targets have the shares the other way round",
            |x, t, partners, lambda| {
                let other = reference::mixup(x.clone(), t.clone(), partners.clone(), 1.0 - lambda);
                Mixed {
                    targets: other.targets,
                    ..reference::mixup(x, t, partners, lambda)
                }
            }
        ),
        mutant!(
            regularisation.mixup / "with_the_next",
            "the partner is the next sample",
            |x, t, partners, lambda| {
                let n = x.dims()[0] as i64;
                let next: Vec<i64> = (0..n).map(|i| (i + 1) % n).collect();
                let next = Tensor::<1, Int>::from_data(next.as_slice(), &partners.device());
                reference::mixup(x, t, next, lambda)
            }
        ),
        mutant!(
            regularisation.mixup / "in_place",
            "a partner that comes before is taken as it is after mixing",
            |x, t, partners, lambda| {
                let partners: Vec<i64> = partners.to_data().iter().collect();
                let mix = |t: Tensor<2>| {
                    let mut rows = t.split(1, 0);
                    for (i, j) in partners.iter().enumerate() {
                        rows[i] =
                            rows[i].clone() * lambda + rows[*j as usize].clone() * (1.0 - lambda);
                    }
                    Tensor::cat(rows, 0)
                };
                Mixed {
                    x: mix(x),
                    targets: mix(t),
                }
            }
        ),
        mutant!(
            regularisation.mixup / "sum_exceeds_one",
            "the sample plus (1 - lambda) of its partner",
            |x, t, partners, lambda| {
                let add = |t: Tensor<2>| t.clone() + t.select(0, partners.clone()) * (1.0 - lambda);
                Mixed {
                    x: add(x),
                    targets: add(t),
                }
            }
        ),
    ]
}

fn shifts() -> Vec<Mutant> {
    vec![
        mutant!(
            regularisation.shift_images / "rolled",
            "what leaves comes back on the other side",
            |images, offsets, _| {
                let moved = images.split(1, 0).into_iter().zip(offsets);
                let rolled = moved.map(|(image, by)| image.roll(&[by.down, by.right], &[2, 3]));
                Tensor::cat(rolled.collect(), 0)
            }
        ),
        mutant!(
            regularisation.shift_images / "opposite",
            "moves up and left",
            |images, offsets, background| {
                let by = |o: Offset| offset(-o.down, -o.right);
                moved(images, offsets, by, background)
            }
        ),
        mutant!(
            regularisation.shift_images / "axes_swapped",
            "down moves along the columns",
            |images, offsets, background| {
                let by = |o: Offset| offset(o.right, o.down);
                moved(images, offsets, by, background)
            }
        ),
        mutant!(
            regularisation.shift_images / "only_down",
            "forgets to move right",
            |images, offsets, background| {
                let by = |o: Offset| offset(o.down, 0);
                moved(images, offsets, by, background)
            }
        ),
        mutant!(
            regularisation.shift_images / "one_offset_for_all",
            "every image moves by the first offset",
            |images, offsets, background| {
                let Offset { down, right } = offsets[0];
                moved(images, offsets, |_| offset(down, right), background)
            }
        ),
        mutant!(
            regularisation.shift_images / "filled_with_zeros",
            "the background is 0",
            |images, offsets, _| reference::shift_images(images, offsets, 0.0)
        ),
        mutant!(
            regularisation.shift_images / "first_channel_only",
            "the other channels stay",
            |images, offsets, background| {
                let [n, _, height, width] = images.dims();
                let first = [0..n, 0..1, 0..height, 0..width];
                let moved = reference::shift_images(images.clone(), offsets, background);
                images.slice_assign(first.clone(), moved.slice(first))
            }
        ),
        mutant!(
            regularisation.shift_images / "border_kept",
            "the pixels that nothing moved to stay as they were",
            |images, offsets, _| {
                // Nothing moves to the pixels that become NaN.
                let moved = reference::shift_images(images.clone(), offsets, f64::NAN);
                let free = moved.clone().is_nan();
                moved.mask_where(free, images)
            }
        ),
        mutant!(
            regularisation.shift_images / "panics_far_outside",
            "takes the offset off the size, which may be smaller",
            |images, offsets, background| {
                let [_, _, height, width] = images.dims();
                for o in &offsets {
                    assert!(o.down.unsigned_abs() as usize <= height);
                    assert!(o.right.unsigned_abs() as usize <= width);
                }
                reference::shift_images(images, offsets, background)
            }
        ),
    ]
}

fn flips() -> Vec<Mutant> {
    vec![
        mutant!(
            regularisation.flip_images / "upside_down",
            "mirrors top to bottom",
            |images, flips| {
                let turned = reference::flip_images(images.swap_dims(2, 3), flips);
                turned.swap_dims(2, 3)
            }
        ),
        mutant!(
            regularisation.flip_images / "turned_round",
            "mirrors both ways",
            |images, flips| {
                let sideways = reference::flip_images(images, flips.clone());
                reference::flip_images(sideways.swap_dims(2, 3), flips).swap_dims(2, 3)
            }
        ),
        mutant!(
            regularisation.flip_images / "all_or_none",
            "mirrors all images if the first one is to be",
            |images, flips| {
                let first = vec![flips[0]; flips.len()];
                reference::flip_images(images, first)
            }
        ),
        mutant!(
            regularisation.flip_images / "the_others",
            "mirrors the images that should stay",
            |images, flips| {
                reference::flip_images(images, flips.into_iter().map(|flip| !flip).collect())
            }
        ),
        mutant!(
            regularisation.flip_images / "never",
            "gives the images back",
            |images, _| images
        ),
        mutant!(
            regularisation.flip_images / "rolled",
            "the first column becomes the last one, the others keep their order",
            |images, flips| {
                let last = images.dims()[3];
                let rows = images.split(1, 0).into_iter().zip(flips);
                let moved = rows.map(|(image, flip)| match flip {
                    true => image.roll(&[last as i64 - 1], &[3]),
                    false => image,
                });
                Tensor::cat(moved.collect(), 0)
            }
        ),
    ]
}

fn ensembles() -> Vec<Mutant> {
    vec![
        mutant!(
            regularisation.ensemble_average / "always_probabilities",
            "averages probabilities whatever was asked",
            |logits, _| reference::ensemble_average(logits, Averaging::Probabilities)
        ),
        mutant!(
            regularisation.ensemble_average / "always_log_probabilities",
            "averages log-probabilities whatever was asked",
            |logits, _| reference::ensemble_average(logits, Averaging::LogProbabilities)
        ),
        mutant!(
            regularisation.ensemble_average / "not_normalised_again",
            "the mean of log-probabilities as it is",
            |logits, averaging| match averaging {
                Averaging::Probabilities => reference::ensemble_average(logits, averaging),
                Averaging::LogProbabilities => mean(log_softmax(logits)),
            }
        ),
        mutant!(
            regularisation.ensemble_average / "models_not_normalised",
            "averages exp of the logits, and normalises in the end",
            |logits, averaging| match averaging {
                Averaging::Probabilities => activation::log_softmax(log_mean_exp(logits), 1),
                Averaging::LogProbabilities => reference::ensemble_average(logits, averaging),
            }
        ),
        mutant!(
            regularisation.ensemble_average / "mean_logits",
            "the mean of the logits",
            |logits, averaging| match averaging {
                Averaging::Probabilities => reference::ensemble_average(logits, averaging),
                Averaging::LogProbabilities => mean(logits),
            }
        ),
        mutant!(
            regularisation.ensemble_average / "probabilities",
            "gives probabilities",
            |logits, averaging| reference::ensemble_average(logits, averaging).exp()
        ),
        mutant!(
            regularisation.ensemble_average / "sum",
            "the sum of the probabilities",
            |logits, averaging| {
                let models = logits.len() as f64;
                let log_p = reference::ensemble_average(logits, averaging);
                match averaging {
                    Averaging::Probabilities => log_p + models.ln(),
                    Averaging::LogProbabilities => log_p,
                }
            }
        ),
        mutant!(
            regularisation.ensemble_average / "logarithm_of_a_probability",
            "ln of the mean of the softmaxes",
            |logits, averaging| match averaging {
                Averaging::Probabilities => {
                    mean(log_softmax(logits).into_iter().map(Tensor::exp).collect()).log()
                }
                Averaging::LogProbabilities => reference::ensemble_average(logits, averaging),
            }
        ),
        mutant!(
            regularisation.ensemble_average / "made_safe",
            "ln(p + 1e-9)",
            |logits, averaging| {
                (reference::ensemble_average(logits, averaging).exp() + 1e-9).log()
            }
        ),
        mutant!(
            regularisation.ensemble_average / "first_model",
            "the first model alone",
            |logits, averaging| { reference::ensemble_average(logits[..1].to_vec(), averaging) }
        ),
        mutant!(
            regularisation.ensemble_average / "over_samples",
            "the softmax goes over the samples of the batch",
            |logits, averaging| {
                let turned = logits.into_iter().map(Tensor::transpose).collect();
                reference::ensemble_average(turned, averaging).transpose()
            }
        ),
    ]
}

fn offset(down: i64, right: i64) -> Offset {
    Offset { down, right }
}

/// The reference with other offsets.
fn moved(
    images: Tensor<4>,
    offsets: Vec<Offset>,
    by: impl Fn(Offset) -> Offset,
    background: f64,
) -> Tensor<4> {
    reference::shift_images(images, offsets.into_iter().map(by).collect(), background)
}

fn log_softmax(logits: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
    let each = logits.into_iter();
    each.map(|x| activation::log_softmax(x, 1)).collect()
}

fn mean(tensors: Vec<Tensor<2>>) -> Tensor<2> {
    Tensor::<2>::stack::<3>(tensors, 0)
        .mean_dim(0)
        .squeeze_dim(0)
}

/// `ln` of the mean of `exp`, from the largest.
fn log_mean_exp(tensors: Vec<Tensor<2>>) -> Tensor<2> {
    let all = Tensor::<2>::stack::<3>(tensors, 0);
    let max = all.clone().max_dim(0);
    let mean = (all - max.clone()).exp().mean_dim(0);
    (mean.log() + max).squeeze_dim(0)
}
