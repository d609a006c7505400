//! Public checks of A2.6.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, alike, close, close_values, ensure, equal,
    equal_bits, labels, numeric_gradient, shape, show, tensor,
};
use common::contract::Submission;
use common::contract::a2::{Alexnet, ColourComponents, CropDraw, MiniAlexnet, ResponseNorm};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.6",
    title: "AlexNet 2012",
    module: "alexnet",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/alexnet.rs and write local_response_norm: square, add up the neighbouring channels, divide.",
    hints: &[
        "A sum over neighbouring channels: put (size - 1) / 2 channels of zeros before and after (Tensor::cat along axis 1), then \
         add size slices of c channels (narrow along axis 1), each begun one channel later. The backward pass needs the same sum \
         once more, of dy x / s^(beta + 1). Windows of an image are narrow along axes 2 and 3; flip([3]) mirrors them.",
        "Colours: permute to [c, n, h, w], reshape to [c, n h w], take the row means off, and multiply the matrix by its transpose. \
         Ten crops: stack ten tensors [n, c, h, w] along axis 1; then reshape to [10 n, c, h, w] for the network, and the \
         probabilities, after softmax, to [n, 10, classes] for the mean. The table: keep [channels, rows, columns] in a variable \
         and let each layer change it; the first dense layer sees the product of the three.",
    ],
    hidden_checks: 11,
    forbidden: rules::WITHOUT_AUTODIFF,
};

/// The public checks of A2.6.
pub const CHECKS: &[Check] = &[
    Check {
        id: "alexnet/response_norm",
        part: "A2.6",
        points: 1,
        proves: "a pixel is normalised to the numbers of the handout's example, and the gradient agrees with numeric ones",
        hint: "channels that do not exist count as 0; alpha is not divided by size; in the gradient every neighbour's sum has x_j in it",
        run: response_norm,
    },
    Check {
        id: "alexnet/colours",
        part: "A2.6",
        points: 1,
        proves: "four pixels have the principal components of the handout, and an image is moved along such components",
        hint: "take the mean off before you multiply; draws times eigenvalues times eigenvectors, which are columns",
        run: colours,
    },
    Check {
        id: "alexnet/crops",
        part: "A2.6",
        points: 1,
        proves: "random windows and the ten fixed ones are those of the handout's image",
        hint: "there are h - size + 1 places for a window; mirrored windows come after the five others, in the same order",
        run: crops,
    },
    Check {
        id: "alexnet/network",
        part: "A2.6",
        points: 1,
        proves: "pooling windows overlap, the handout's small network has its logits, and the mean over ten crops its probabilities",
        hint: "convolution, ReLU, normalisation, pooling, in this order; softmax first, then the mean",
        run: network,
    },
    Check {
        id: "alexnet/layers",
        part: "A2.6",
        points: 1,
        proves: "AlexNet has 60 965 224 parameters in eight layers",
        hint: "conv2, conv4 and conv5 see half of the channels; compare your rows with the handout's table",
        run: layers,
    },
    Check {
        id: "alexnet/top_k",
        part: "A2.6",
        points: 1,
        proves: "the errors of the handout's four images are counted, with ties",
        hint: "count the classes that go before the label: larger, or equal with a smaller index",
        run: top_k,
    },
];

fn response_norm(submission: &Submission, rng: &mut Rng) -> Verdict {
    let settings = |size, k, alpha, beta| ResponseNorm {
        size,
        k,
        alpha,
        beta,
    };
    let pixel = |values: [f64; 3]| tensor::<1>(values).reshape([1, 3, 1, 1]);
    let (x, dy) = (pixel([1.0, 2.0, 3.0]), pixel([36.0, 0.0, 196.0]));
    let input = "one pixel with the channels 1, 2, 3, size 3, k 1, alpha 1, beta 1";
    let y = submission.local_response_norm(x.clone(), settings(3, 1.0, 1.0, 1.0))?;
    let want = pixel([1.0 / 6.0, 2.0 / 15.0, 3.0 / 14.0]);
    close(&y, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("local_response_norm").on_input(input))?;
    let dx = submission.local_response_norm_backward(x, dy, settings(3, 1.0, 1.0, 1.0))?;
    close(&dx, &pixel([4.0, -16.0, -4.0]), Tolerance::EXACT).map_err(|failure| {
        let input = format!("{input}, dy 36, 0, 196");
        failure
            .about("local_response_norm_backward")
            .on_input(input)
    })?;

    let (x, dy) = (
        rng.normal_tensor([2, 4, 1, 2]),
        rng.normal_tensor([2, 4, 1, 2]),
    );
    let settings = settings(5, 2.0, 0.3, 0.75);
    let want = numeric_gradient(&x, &dy, |x| {
        let y = submission.local_response_norm(x, settings.clone())?;
        alike(&y, &dy).map_err(|failure| failure.about("local_response_norm"))?;
        Ok::<_, Failure>(y)
    })?;
    let dx = submission.local_response_norm_backward(x, dy, settings)?;
    close(&dx, &want, Tolerance::GRADIENT).map_err(|failure| {
        failure
            .about("local_response_norm_backward against numeric gradients")
            .on_input("x and dy [2, 4, 1, 2], random, size 5, k 2, alpha 0.3, beta 0.75")
    })
}

/// Four pixels around the colour (10, 20, 30) that vary along (1, 1, 0) and a little along (1, -1, 0).
fn colours(submission: &Submission, _: &mut Rng) -> Verdict {
    let images = tensor([[
        [[13.0, 7.0, 11.0, 9.0]],
        [[23.0, 17.0, 19.0, 21.0]],
        [[30.0, 30.0, 30.0, 30.0]],
    ]]);
    let input = format!("images {}", show(&images));
    let found = submission.colour_components(images)?;
    let check = || {
        let want = tensor([9.0, 1.0, 0.0]);
        close(&found.values, &want, Tolerance::EXACT).map_err(|failure| failure.about("values"))?;
        // A sign is free, and the product of a column with itself has none.
        shape(&found.vectors, [3, 3]).map_err(|failure| failure.about("vectors"))?;
        let first = found.vectors.clone().narrow(1, 0, 1);
        let want = tensor([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]);
        close(
            &first.clone().matmul(first.transpose()),
            &want,
            Tolerance::EXACT,
        )
        .map_err(|failure| failure.about("vectors, the first column times its transpose"))
    };
    check().map_err(|failure: Failure| failure.about("colour_components").on_input(input))?;

    let components = ColourComponents {
        values: tensor([5.0, 2.0, 1.0]),
        vectors: tensor([[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]]),
    };
    let images = tensor([[[[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]]]]);
    let draws = tensor([[1.0, 0.5, 2.0]]);
    let input = format!(
        "images {}, values {}, vectors {}, draws {}",
        show(&images),
        show(&components.values),
        show(&components.vectors),
        show(&draws)
    );
    let moved = submission.pca_colour_jitter(images, components, draws)?;
    let want = tensor([[[[3.2, 4.2]], [[7.6, 8.6]], [[7.0, 8.0]]]]);
    close(&moved, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("pca_colour_jitter").on_input(input))
}

fn crops(submission: &Submission, _: &mut Rng) -> Verdict {
    let image = tensor::<4>([[[
        [0.0, 1.0, 2.0, 3.0],
        [4.0, 5.0, 6.0, 7.0],
        [8.0, 9.0, 10.0, 11.0],
    ]]]);
    let input = format!("the image {}, size [2, 2]", show(&image));
    for (flip, want) in [
        (0.7, [[5.0, 6.0], [9.0, 10.0]]),
        (0.2, [[6.0, 5.0], [10.0, 9.0]]),
    ] {
        let draw = CropDraw {
            row: 0.6,
            column: 0.5,
            flip,
        };
        let crop = submission.random_crop_flip(image.clone(), [2, 2], vec![draw])?;
        equal_bits(&crop, &tensor([[want]])).map_err(|failure| {
            let input = format!("{input}, row 0.6, column 0.5, flip {flip}");
            failure.about("random_crop_flip").on_input(input)
        })?;
    }
    let crops = submission.ten_crops(image, [2, 2])?;
    let five = [
        [[0.0, 1.0], [4.0, 5.0]],
        [[2.0, 3.0], [6.0, 7.0]],
        [[4.0, 5.0], [8.0, 9.0]],
        [[6.0, 7.0], [10.0, 11.0]],
        [[1.0, 2.0], [5.0, 6.0]],
    ];
    let mirrored = five.map(|window| window.map(|[left, right]| [right, left]));
    let all: Vec<Tensor<3>> = five
        .into_iter()
        .chain(mirrored)
        .map(|window| tensor([window]))
        .collect();
    equal_bits(&crops, &Tensor::stack::<4>(all, 0).unsqueeze())
        .map_err(|failure| failure.about("ten_crops").on_input(input))
}

/// The handout's network: kernels of one pixel, so that an image of ones is worked out on a single pixel.
fn small_network() -> (MiniAlexnet, ResponseNorm) {
    let network = MiniAlexnet {
        conv1_weight: tensor::<2>([[1.0, 2.0]]).reshape([2, 1, 1, 1]),
        conv1_bias: tensor([0.0, 0.0]),
        conv2_weight: tensor::<2>([[2.0, 5.0]]).reshape([2, 1, 1, 1]),
        conv2_bias: tensor([0.0, 0.0]),
        dense1_weight: tensor([[2.0, -1.0], [0.0, 5.0]]),
        dense1_bias: tensor([0.0, -2.5]),
        dense2_weight: tensor([[1.0, 2.0], [3.0, 4.0]]),
        dense2_bias: tensor([0.0, 1.0]),
    };
    let settings = ResponseNorm {
        size: 1,
        k: 1.0,
        alpha: 1.0,
        beta: 1.0,
    };
    (network, settings)
}

fn network(submission: &Submission, _: &mut Rng) -> Verdict {
    let row = tensor([[[
        [0.0, 5.0, 1.0, 2.0, 3.0],
        [0.0, 0.0, 0.0, 0.0, 9.0],
        [4.0, 0.0, 0.0, 7.0, 0.0],
    ]]]);
    let input = format!("x {}, size 3, stride 2", show(&row));
    let pooled = submission.overlapping_pool(row, 3, 2)?;
    close(&pooled, &tensor([[[[5.0, 9.0]]]]), Tolerance::EXACT)
        .map_err(|failure| failure.about("overlapping_pool").on_input(input))?;

    let (parameters, settings) = small_network();
    let ones = |size| {
        tensor::<1>([1.0])
            .reshape([1, 1, 1, 1])
            .expand([1, 1, size, size])
    };
    let input = "the handout's network and a 7 x 7 image of ones";
    let logits = submission.mini_alexnet_forward(parameters.clone(), ones(7), settings.clone())?;
    close(&logits, &tensor([[1.0, 3.0]]), Tolerance::EXACT)
        .map_err(|failure| failure.about("mini_alexnet_forward").on_input(input))?;
    let input = "the handout's network, an 8 x 9 image of ones, size [7, 7]";
    let image = ones(9).narrow(2, 0, 8);
    let probabilities = submission.ten_crop_predict(parameters, image, [7, 7], settings)?;
    let first = 1.0 / (1.0 + 2f64.exp());
    close(
        &probabilities,
        &tensor([[first, 1.0 - first]]),
        Tolerance::EXACT,
    )
    .map_err(|failure| failure.about("ten_crop_predict").on_input(input))
}

/// The rows of AlexNet that the handout works out: name, output, parameters, multiplications.
const ROWS: [(&str, [usize; 3], usize, usize); 4] = [
    ("conv1", [96, 55, 55], 34_944, 105_415_200),
    ("pool1", [96, 27, 27], 0, 0),
    ("conv2", [256, 27, 27], 307_456, 223_948_800),
    ("fc6", [4096, 1, 1], 37_752_832, 37_748_736),
];

fn layers(submission: &Submission, _: &mut Rng) -> Verdict {
    let config = submission.alexnet_config()?;
    equal(&config.image, &[3, 227, 227])
        .map_err(|failure| failure.about("alexnet_config, image"))?;
    let rows = submission.alexnet_table(config)?;
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let want = [
        "conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5", "fc6", "fc7", "fc8",
    ];
    ensure(names == want, || {
        format!("alexnet_table of alexnet_config: expected the rows {want:?}, got {names:?}")
    })?;
    for (name, output, parameters, multiplications) in ROWS {
        let about = |what: &str| {
            let what = format!("alexnet_table of alexnet_config, {name}, {what}");
            move |failure: Failure| failure.about(what)
        };
        for row in rows.iter().filter(|row| row.name == name) {
            equal(&row.output, &output).map_err(about("output"))?;
            equal(&row.parameters, &parameters).map_err(about("parameters"))?;
            equal(&row.multiplications, &multiplications).map_err(about("multiplications"))?;
        }
    }
    // Wrapping: a hand-in's numbers may be as large as they like.
    let total = rows
        .iter()
        .fold(0usize, |sum, row| sum.wrapping_add(row.parameters));
    equal(&total, &60_965_224).map_err(|failure| {
        failure.about("alexnet_table of alexnet_config, the sum of all parameters")
    })
}

fn top_k(submission: &Submission, _: &mut Rng) -> Verdict {
    let probabilities = tensor([
        [0.5, 0.3, 0.2],
        [0.25, 0.25, 0.5],
        [0.6, 0.3, 0.1],
        [0.4, 0.4, 0.2],
    ]);
    let input = format!(
        "probabilities {}, labels [1, 1, 0, 0], ks [1, 2, 3]",
        show(&probabilities)
    );
    let errors = submission.top_k_errors(probabilities, labels(&[1, 1, 0, 0]), vec![1, 2, 3])?;
    close_values(&errors, &[0.5, 0.25, 0.0], Tolerance::EXACT)
        .map_err(|failure| failure.about("top_k_errors").on_input(input))
}
