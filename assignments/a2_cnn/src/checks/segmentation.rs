//! Public checks of A2.12.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close, ensure, equal, finite, labels, show, tensor,
    within,
};
use common::contract::Submission;
use common::contract::a2::{LookCnn, Segmenter, Unet, UnetBlock, UnetConv};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.12",
    title: "Segmentation and looking inside",
    module: "segmentation",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/segmentation.rs and write upsample_to: two selects, one along the rows and one along the columns.",
    hints: &[
        "unet_forward: a list of skips that grows on the way down and is gone through backwards on the way up; \
         Tensor::cat(vec![skip, up], 1) joins channels. Count pixels with vectors of numbers: \
         mask.into_data().iter::<i64>(). Derivatives by an image: value_and_gradient(&images, |images| one number).",
        "saliency_maps: the sum over the images of the logit of each one's class (gather along axis 1), its gradient by \
         the images, abs, max_dim(1). fgsm: the gradient of cross_entropy, sign(). grad_cam: compute the maps first, then \
         differentiate the linear layer alone, by the maps; mean_dim(2).mean_dim(3) gives one weight per map. dice_loss: \
         softmax along axis 1, and a one-hot target by scatter or by comparing with each class.",
    ],
    hidden_checks: 12,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.12.
pub const CHECKS: &[Check] = &[
    Check {
        id: "segmentation/unet",
        part: "A2.12",
        points: 1,
        proves: "an image of an odd side goes down and up through the handout's U-Net, and keeps its size",
        hint: "the channels of the skip come first, then those from below; what is missing at an odd side is the last pixel again",
        run: unet,
    },
    Check {
        id: "segmentation/scores",
        part: "A2.12",
        points: 1,
        proves: "logits become a mask, and masks have the handout's Dice coefficients and mean IoU",
        hint: "the classes are axis 1; a class that is in neither mask has no Dice coefficient and no part in the mean",
        run: scores,
    },
    Check {
        id: "segmentation/dice_loss",
        part: "A2.12",
        points: 1,
        proves: "the soft Dice loss of two pixels is the handout's 36/143, and finite for large logits",
        hint: "softmax over the classes; sums over all pixels; smooth is added above and below",
        run: soft_dice,
    },
    Check {
        id: "segmentation/classifier",
        part: "A2.12",
        points: 1,
        proves: "the handout's classifier has its maps and its logits",
        hint: "ReLU after both convolutions, pooling only between them; map after map, row by row, is what flatten does",
        run: classifier,
    },
    Check {
        id: "segmentation/looking_inside",
        part: "A2.12",
        points: 1,
        proves: "saliency and Grad-CAM of both classes are the handout's",
        hint: "derivatives of the logit, not of the probability or the loss; a weight of Grad-CAM is a mean over the map",
        run: looking_inside,
    },
    Check {
        id: "segmentation/adversarial",
        part: "A2.12",
        points: 1,
        proves: "an adversarial example goes up the loss by the same step in every value that matters",
        hint: "the sign of the gradient of the cross-entropy, times eps, is added",
        run: adversarial,
    },
];

/// A mask from nested arrays.
fn mask(values: impl Into<TensorData>) -> Tensor<3, Int> {
    Tensor::from_data(values, (&Device::flex(), DType::I64))
}

fn numbers(mask: &Tensor<3, Int>) -> Vec<i64> {
    mask.to_data().iter().collect()
}

/// A layer whose 3 x 3 kernels are 0 but at the centre: `centres[o][c]` is the weight of input `c` in output `o`.
fn centred<const O: usize, const C: usize>(centres: [[f64; C]; O]) -> Tensor<4> {
    let kernels = centres.map(|row| row.map(|w| [[0.0, 0.0, 0.0], [0.0, w, 0.0], [0.0, 0.0, 0.0]]));
    tensor(kernels)
}

fn conv<const O: usize, const C: usize>(centres: [[f64; C]; O], bias: [f64; O]) -> UnetConv {
    UnetConv {
        weight: centred(centres),
        bias: tensor(bias),
    }
}

/// The handout's U-Net of one level.
fn small_unet() -> Unet {
    Unet {
        encoder: vec![UnetBlock {
            first: conv([[1.0]], [0.0]),
            second: conv([[1.0]], [-1.0]),
        }],
        bottom: UnetBlock {
            first: conv([[1.0]], [0.0]),
            second: conv([[2.0]], [0.0]),
        },
        decoder: vec![UnetBlock {
            first: conv([[1.0, -0.5]], [1.0]),
            second: conv([[1.0]], [0.0]),
        }],
        classify: UnetConv {
            weight: tensor([[[[1.0]]], [[[-1.0]]]]),
            bias: tensor([0.0, 1.0]),
        },
    }
}

fn unet(submission: &Submission, _: &mut Rng) -> Verdict {
    let x = tensor([[[[1.0, 2.0], [3.0, 4.0]]]]);
    let input = format!("x {}, size [5, 4]", show(&x));
    let got = submission.upsample_to(x, [5, 4])?;
    let (one, three) = ([1.0, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 4.0]);
    let want = tensor([[[one, one, three, three, three]]]);
    close(&got, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("upsample_to").on_input(input))?;

    let images = tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]);
    let input = format!(
        "the U-Net of the handout's example, images {}",
        show(&images)
    );
    let got = submission.unet_forward(small_unet(), images)?;
    let want = tensor([[
        [[0.0, 0.0, 0.0], [0.0, 1.0, 2.0]],
        [[1.0, 1.0, 1.0], [1.0, 0.0, -1.0]],
    ]]);
    close(&got, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("unet_forward").on_input(input))
}

fn scores(submission: &Submission, _: &mut Rng) -> Verdict {
    let logits = tensor([[[[1.0, 2.0, 0.0]], [[3.0, 2.0, -1.0]]]]);
    let input = format!("logits {}", show(&logits));
    let got = submission.predict_masks(logits)?;
    let check = || {
        ensure(got.dims() == [1, 1, 3], || {
            format!("expected shape [1, 1, 3], got {:?}", got.dims())
        })?;
        equal(&numbers(&got), &vec![1, 0, 0])
    };
    check().map_err(|failure: Failure| failure.about("predict_masks").on_input(input))?;

    let predicted = mask([[[0, 0, 0, 1], [2, 1, 1, 1]]]);
    let target = mask([[[0, 0, 0, 1], [2, 2, 1, 2]]]);
    let input = "predicted [[[0, 0, 0, 1], [2, 1, 1, 1]]], target [[[0, 0, 0, 1], [2, 2, 1, 2]]], 4 classes";
    let dice = submission.dice_scores(predicted.clone(), target.clone(), 4)?;
    let want = [Some(1.0), Some(2.0 / 3.0), Some(0.5), None];
    let near = |(got, want): (&Option<f64>, Option<f64>)| match (got, want) {
        (Some(got), Some(want)) => Tolerance::EXACT.holds(*got, want),
        (got, want) => *got == want,
    };
    ensure(dice.len() == 4 && dice.iter().zip(want).all(near), || {
        format!("expected {want:?}, got {dice:?}")
    })
    .map_err(|failure| failure.about("dice_scores").on_input(input))?;

    let mean = submission.mean_iou(predicted, target, 4)?;
    let want = (1.0 + 1.0 / 2.0 + 1.0 / 3.0) / 3.0;
    within(mean.unwrap_or(f64::NAN), want, Tolerance::EXACT)
        .map_err(|failure| failure.about("mean_iou").on_input(input))
}

fn soft_dice(submission: &Submission, _: &mut Rng) -> Verdict {
    let logits = tensor([[[[3f64.ln(), 0.0]], [[0.0, 0.0]]]]);
    let target = mask([[[0, 1]]]);
    let input = "logits [[[[ln 3, 0]], [[0, 0]]]], target [[[0, 1]]], smooth 1";
    let got = submission.dice_loss(logits.clone(), target.clone(), 1.0)?;
    close(&got, &tensor([36.0 / 143.0]), Tolerance::EXACT)
        .map_err(|failure| failure.about("dice_loss").on_input(input))?;
    finite(&submission.dice_loss(logits * 1e4, target, 1.0)?)
        .map_err(|failure| failure.about("dice_loss, logits times 10000"))
}

/// The handout's classifier: two channels, one feature, two maps, two classes.
fn small_cnn() -> LookCnn {
    LookCnn {
        conv1_weight: centred([[1.0, -2.0]]),
        conv1_bias: tensor([-1.0]),
        conv2_weight: centred([[1.0], [-1.0]]),
        conv2_bias: tensor([0.0, 4.0]),
        head_weight: tensor([[1.0, 0.0], [3.0, 1.0], [-2.0, 1.0], [0.0, 1.0]]),
        head_bias: tensor([0.5, 0.0]),
    }
}

/// The handout's image, `n` times. Its second channel is empty.
fn images(n: usize) -> Tensor<4> {
    let first = [[1.0, 2.0, 0.0, 1.0], [3.0, 4.0, 2.0, 1.0]];
    tensor::<4>([[first, [[0.0; 4]; 2]]]).repeat_dim(0, n)
}

const EXAMPLE: &str = "the classifier and the image of the handout's example";

fn classifier(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = submission.look_forward(small_cnn(), images(1))?;
    let maps = tensor([[[[3.0, 1.0]], [[1.0, 3.0]]]]);
    let about = |what| move |failure: Failure| failure.about(what).on_input(EXAMPLE);
    close(&got.maps, &maps, Tolerance::EXACT).map_err(about("look_forward, maps"))?;
    close(&got.logits, &tensor([[4.5, 5.0]]), Tolerance::EXACT)
        .map_err(about("look_forward, logits"))
}

fn looking_inside(submission: &Submission, _: &mut Rng) -> Verdict {
    let input = format!("{EXAMPLE}, twice, classes [0, 1]");
    let classes = labels(&[0, 1]);
    let saliency = submission.saliency_maps(small_cnn(), images(2), classes.clone())?;
    let nothing = [0.0; 4];
    let want = tensor([
        [nothing, [0.0, 6.0, 6.0, 0.0]],
        [nothing, [0.0, 2.0, 0.0, 0.0]],
    ]);
    close(&saliency, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("saliency_maps").on_input(&input))?;

    let cam = submission.grad_cam(small_cnn(), images(2), classes)?;
    let want = tensor([[[5.0, 0.0]], [[2.5, 3.5]]]);
    close(&cam, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("grad_cam").on_input(input))
}

fn adversarial(submission: &Submission, _: &mut Rng) -> Verdict {
    let got = submission.fgsm(small_cnn(), images(2), labels(&[1, 0]), 0.25)?;
    let (nothing, up) = ([0.0; 4], [0.0, 0.25, 0.25, 0.0]);
    let down = up.map(|step: f64| -step);
    let step = tensor([
        [[nothing, up], [nothing, down]],
        [[nothing, down], [nothing, up]],
    ]);
    close(&got, &(images(2) + step), Tolerance::EXACT).map_err(|failure| {
        failure
            .about("fgsm")
            .on_input(format!("{EXAMPLE}, twice, labels [1, 0], eps 0.25"))
    })
}
