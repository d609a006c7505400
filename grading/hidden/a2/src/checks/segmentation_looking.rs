//! Checks of A2.12: looking into a classifier.

use common::check::{Check, Tolerance, Verdict, close, ensure, labels};
use common::contract::Submission;
use common::contract::a2::{LookCnn, Segmenter};
use common::rng::Rng;

use super::segmentation::{PART, random_layer, random_maps};
use super::{about, sizes};
use crate::oracle::array::{Array, tensor, values};
use crate::oracle::segmentation::Look;

/// The checks of this part that look into a classifier.
pub(super) fn looking() -> Vec<Check> {
    vec![
        Check {
            id: "segmentation/forward",
            part: PART,
            points: 1,
            proves: "With given weights the classifier has the maps and the logits that loops give, also for odd sides.",
            hint: "ReLU after each convolution, pooling after the first; the inputs of the linear layer are the maps as they lie.",
            run: forward,
        },
        Check {
            id: "segmentation/saliency",
            part: PART,
            points: 1,
            proves: "Saliency is the largest absolute derivative over the channels, of each image's own class.",
            hint: "The derivative of the logit, not of the probability; the absolute value before the maximum.",
            run: saliency,
        },
        Check {
            id: "segmentation/fgsm",
            part: PART,
            points: 1,
            proves: "An adversarial example is exactly eps away where the gradient is not 0, unmoved elsewhere, and has a higher loss.",
            hint: "images + eps sign(gradient of the cross-entropy by the images), with nothing clipped or scaled.",
            run: fgsm,
        },
        Check {
            id: "segmentation/cam",
            part: PART,
            points: 1,
            proves: "Grad-CAM of a linear head is the closed form: mean weights of each map times the map, and nothing below 0.",
            hint: "One weight per map and image: the mean of the gradient over rows and columns; ReLU after the sum.",
            run: cam,
        },
    ]
}

/// A classifier, and images of the classes that are looked for. Oracle and hand-in take the same side of every kink, so
/// none needs to be avoided.
struct Case {
    look: Look,
    images: Array<4>,
    classes: Vec<i64>,
}

impl Case {
    fn random(rng: &mut Rng) -> Self {
        let [n, channels, first, maps, classes] = sizes(rng, 2, 6);
        let [rows, columns] = [rng.between(4, 5), rng.between(6, 7)];
        let [side, other] = if rng.below(2) == 0 { [3, 5] } else { [5, 3] };
        let convolutions = [
            random_layer(rng, first, channels, side),
            random_layer(rng, maps, first, other),
        ];
        let inputs = maps * (rows / 2) * (columns / 2);
        let scale = (1.0 / inputs as f64).sqrt();
        let mut row = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.normal()).collect() };
        let mut head: Vec<Vec<f64>> = (0..inputs).map(|_| row(classes)).collect();
        head.iter_mut().flatten().for_each(|w| *w *= 3.0 * scale);
        let bias = row(classes);
        Self {
            look: Look {
                convolutions,
                head,
                bias,
            },
            images: random_maps(rng, [n, channels, rows, columns]),
            classes: (0..n).map(|_| rng.below(classes) as i64).collect(),
        }
    }

    fn cnn(&self) -> LookCnn {
        let [first, second] = &self.look.convolutions;
        let vector = |numbers: &[f64]| tensor(numbers.to_vec(), [numbers.len()]);
        let (inputs, classes) = (self.look.head.len(), self.look.bias.len());
        LookCnn {
            conv1_weight: first.weight.tensor(),
            conv1_bias: vector(&first.bias),
            conv2_weight: second.weight.tensor(),
            conv2_bias: vector(&second.bias),
            head_weight: tensor(self.look.head.concat(), [inputs, classes]),
            head_bias: vector(&self.look.bias),
        }
    }
}

fn forward(s: &Submission, rng: &mut Rng) -> Verdict {
    let case = Case::random(rng);
    let got = s.look_forward(case.cnn(), case.images.tensor())?;
    let want = case.look.of(&case.images);
    close(&got.maps, &want.maps.tensor(), Tolerance::EXACT).map_err(about("maps"))?;
    let shape = [case.classes.len(), case.look.bias.len()];
    close(
        &got.logits,
        &tensor(want.logits.concat(), shape),
        Tolerance::EXACT,
    )
    .map_err(about("logits"))
}

fn saliency(s: &Submission, rng: &mut Rng) -> Verdict {
    let case = Case::random(rng);
    let got = s.saliency_maps(case.cnn(), case.images.tensor(), labels(&case.classes))?;
    let gradient = case.look.by_logit(&case.images, &case.classes);
    let [n, channels, rows, columns] = gradient.shape;
    let largest = |[n, _, i, j]: [usize; 4]| {
        let all = (0..channels).map(|c| gradient[[n, c, i, j]].abs());
        all.fold(0.0, f64::max)
    };
    let want = Array::from_fn([n, 1, rows, columns], largest);
    close(
        &got,
        &tensor(want.values, [n, rows, columns]),
        Tolerance::EXACT,
    )
}

/// The network sees nothing of the first channel, which must stay, and the first label is the class that it believes
/// least.
fn fgsm(s: &Submission, rng: &mut Rng) -> Verdict {
    let mut case = Case::random(rng);
    let unseen = &mut case.look.convolutions[0].weight;
    *unseen = Array::from_fn(
        unseen.shape,
        |place @ [_, c, _, _]| {
            if c == 0 { 0.0 } else { unseen[place] }
        },
    );
    let first = &case.look.of(&case.images).logits[0];
    let least = (0..first.len()).min_by(|&a, &b| first[a].total_cmp(&first[b]));
    case.classes[0] = least.unwrap_or(0) as i64;
    let (images, labels_of) = (&case.images, &case.classes);
    let gradient = case.look.by_loss(images, labels_of);
    // Where the gradient is not 0 it must not be so small that its sign is a matter of rounding.
    let sign = |g: f64| if g.abs() < 1e-14 { 0.0 } else { g.signum() };
    for eps in [rng.uniform(0.05, 0.2), 1e-4] {
        let got = s.fgsm(case.cnn(), images.tensor(), labels(labels_of), eps)?;
        let moved = images.values.iter().zip(&gradient.values);
        let want = Array {
            shape: images.shape,
            values: moved.map(|(x, g)| x + eps * sign(*g)).collect(),
        };
        close(&got, &want.tensor(), Tolerance::EXACT).map_err(about(format_args!("eps {eps}")))?;
        if eps == 1e-4 {
            let after = Array {
                shape: images.shape,
                values: values(&got),
            };
            let losses = [images, &after].map(|images| case.look.loss(images, labels_of));
            ensure(losses[1] > losses[0], || {
                format!("the loss goes from {} to {}", losses[0], losses[1])
            })?;
        }
    }
    Ok(())
}

fn cam(s: &Submission, rng: &mut Rng) -> Verdict {
    let case = Case::random(rng);
    let got = s.grad_cam(case.cnn(), case.images.tensor(), labels(&case.classes))?;
    let [n, _, rows, columns] = case.images.shape;
    let want = case.look.cam(&case.images, &case.classes);
    close(
        &got,
        &tensor(want, [n, rows / 2, columns / 2]),
        Tolerance::EXACT,
    )
}
