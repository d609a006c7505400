//! Checks of A2.9: the recipe's text, the pictures before the network.

use burn::tensor::Tensor;
use common::check::{Check, Failure, Tolerance, Verdict, close, ensure, equal, equal_bits};
use common::contract::Submission;
use common::contract::a2::{Cifar, CifarRecipe, CropFlip};
use common::rng::Rng;

use super::cifar::PART;
use super::{about, sizes};
use crate::oracle::array::{tensor, values};
use crate::oracle::cifar::augmented;

/// The checks of the recipe and of the pictures.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "cifar/text",
            part: PART,
            points: 1,
            proves: "Every recipe is read from its text, in any order and with comments, and every wrong one is an error that names the key or the line.",
            hint: "Look at the table above parse_recipe, row by row. Parsing accepts `nan` and `inf`; a key may be unknown, twice, or missing.",
            run: text,
        },
        Check {
            id: "cifar/normalise",
            part: PART,
            points: 1,
            proves: "Both sets are normalised with the mean and the standard deviation of the training set's channels, whatever the test set is.",
            hint: "One mean per channel, over pictures, rows and columns; the variance is over their number. The test set has no say.",
            run: normalise,
        },
        Check {
            id: "cifar/augmentation",
            part: PART,
            points: 1,
            proves: "Each picture is padded, cut out and mirrored as its own draw says, and nothing happens outside training.",
            hint: "Cut first, then mirror the columns (axis 3). top counts rows of the padded picture.",
            run: augmentation,
        },
    ]
}

/// The lines of a recipe's text, one for each key.
fn lines(recipe: &CifarRecipe) -> Vec<String> {
    let widths: Vec<String> = recipe.widths.iter().map(ToString::to_string).collect();
    vec![
        format!("widths = [{}]", widths.join(", ")),
        format!("epochs = {}", recipe.epochs),
        format!("batch_size = {}", recipe.batch_size),
        format!("peak_lr = {}", recipe.peak_lr),
        format!("warmup = {}", recipe.warmup),
        format!("momentum = {}", recipe.momentum),
        format!("weight_decay = {:e}", recipe.weight_decay),
        format!("smoothing = {}", recipe.smoothing),
        format!("padding = {}", recipe.padding),
        format!("flip = {}", recipe.flip),
    ]
}

/// A recipe of random numbers.
pub(super) fn random_recipe(rng: &mut Rng) -> CifarRecipe {
    CifarRecipe {
        widths: (0..rng.between(1, 4))
            .map(|_| rng.between(1, 200))
            .collect(),
        epochs: rng.between(1, 40),
        batch_size: rng.between(2, 300),
        peak_lr: rng.uniform(0.01, 2.0),
        warmup: rng.uniform(0.0, 0.9),
        momentum: rng.uniform(0.0, 0.99),
        weight_decay: rng.uniform(1e-6, 1e-2),
        smoothing: rng.uniform(0.0, 0.5),
        padding: rng.below(5),
        flip: rng.below(2) == 0,
    }
}

fn recipe_is(got: &CifarRecipe, want: &CifarRecipe) -> Verdict {
    equal(&got.widths, &want.widths).map_err(about("widths"))?;
    for (name, got, want) in [
        ("epochs", got.epochs, want.epochs),
        ("batch_size", got.batch_size, want.batch_size),
        ("padding", got.padding, want.padding),
    ] {
        equal(&got, &want).map_err(about(name))?;
    }
    for (name, got, want) in [
        ("peak_lr", got.peak_lr, want.peak_lr),
        ("warmup", got.warmup, want.warmup),
        ("momentum", got.momentum, want.momentum),
        ("weight_decay", got.weight_decay, want.weight_decay),
        ("smoothing", got.smoothing, want.smoothing),
    ] {
        equal(&got, &want).map_err(about(name))?;
    }
    equal(&got.flip, &want.flip).map_err(about("flip"))
}

fn read(s: &Submission, text: &str) -> Result<CifarRecipe, Failure> {
    s.parse_recipe(text.into())?
        .map_err(|why| Failure::wrong(format!("refused with {why:?} the recipe\n{text}")))
}

/// The text must be refused, with `named` in the message.
fn refused(s: &Submission, text: &str, named: &str) -> Verdict {
    match s.parse_recipe(text.into())? {
        Ok(_) => Err(Failure::wrong(format!("no error for\n{text}"))),
        Err(why) => ensure(why.contains(named), || {
            format!("the error {why:?} does not name `{named}`, for\n{text}")
        }),
    }
}

/// Values that their keys do not allow.
const WRONG: [(&str, &str); 28] = [
    ("widths", "[]"),
    ("widths", "[8, 0]"),
    ("widths", "[8, -8]"),
    ("widths", "[8, 1.5]"),
    ("widths", "8, 16"),
    ("widths", "[8 16]"),
    ("epochs", "0"),
    ("epochs", "-1"),
    ("epochs", "2.5"),
    ("epochs", "many"),
    ("batch_size", "1"),
    ("batch_size", "[4]"),
    ("padding", "-1"),
    ("padding", "0.5"),
    ("peak_lr", "0"),
    ("peak_lr", "-0.1"),
    ("peak_lr", "nan"),
    ("peak_lr", "inf"),
    ("peak_lr", ""),
    ("warmup", "1"),
    ("warmup", "-0.1"),
    ("momentum", "1.0"),
    ("momentum", "nan"),
    ("weight_decay", "-1e-9"),
    ("weight_decay", "inf"),
    ("smoothing", "1"),
    ("flip", "1"),
    ("flip", "True"),
];

fn text(s: &Submission, rng: &mut Rng) -> Verdict {
    let recipe = random_recipe(rng);
    let right = lines(&recipe);
    let mut shuffled = right.clone();
    rng.shuffle(&mut shuffled);
    recipe_is(&read(s, &shuffled.join("\n"))?, &recipe)?;
    // Comments, blanks, lines of Windows; a comment that looks like a line.
    let busy: Vec<String> = shuffled
        .iter()
        .map(|line| {
            format!(
                "  {}  # epochs = 7\r\n\r\n# flip\r\n",
                line.replace(" = ", "=")
            )
        })
        .collect();
    recipe_is(&read(s, &busy.concat())?, &recipe).map_err(about("with comments and blanks"))?;
    // The limits themselves, and whole numbers where any number may be.
    let limits = CifarRecipe {
        widths: vec![1],
        epochs: 1,
        batch_size: 2,
        peak_lr: 1.0,
        warmup: 0.0,
        momentum: 0.0,
        weight_decay: 0.0,
        smoothing: 0.0,
        padding: 0,
        flip: false,
    };
    recipe_is(&read(s, &lines(&limits).join("\n"))?, &limits).map_err(about("the limits"))?;

    for (i, line) in right.iter().enumerate() {
        let key = line.split(' ').next().unwrap_or_default();
        let without: Vec<String> = [&right[..i], &right[i + 1..]].concat();
        refused(s, &without.join("\n"), key).map_err(about("a key that is missing"))?;
        let twice = format!("{}\n{line}", right.join("\n"));
        refused(s, &twice, key).map_err(about("a key that is there twice"))?;
    }
    for (key, value) in WRONG {
        let mut lines = right.clone();
        for line in &mut lines {
            if line.split(' ').next() == Some(key) {
                *line = format!("{key} = {value}");
            }
        }
        refused(s, &lines.join("\n"), key).map_err(about("a value that is not allowed"))?;
    }
    let unknown = format!("{}\nlearning = 1", right.join("\n"));
    refused(s, &unknown, "learning").map_err(about("a key that no recipe has"))?;
    let at = rng.below(right.len());
    let mut broken = right;
    broken.insert(at, "half a line".into());
    refused(s, &broken.join("\n"), &format!("line {}", at + 1)).map_err(about("no `=`"))
}

fn normalise(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, m, channels, rows, columns] = sizes(rng, 2, 6);
    let mut draw = |count: usize, shift: f64| {
        rng.tensor([count, channels, rows, columns], |rng| {
            shift + 2.0 * rng.normal()
        })
    };
    let (train, test) = (draw(n, 1.0), draw(m, 5.0));
    let constant = |x: &Tensor<4>| x.clone().slice([0..1, 0..1]).zeros_like() + 0.3;
    let first = train.clone().slice([0..1, 0..1]);
    for (train, test) in [
        (train.clone(), test),
        // A channel that never changes is only centred.
        (constant(&train), first),
    ] {
        let got = s.cifar_normalise(train.clone(), test.clone())?;
        let (mean, std) = statistics(&train);
        let scaled = |x: &Tensor<4>| {
            let [_, channels, rows, columns] = x.dims();
            let all = values(x).into_iter().enumerate();
            let new = all.map(|(i, x)| {
                let c = i / (rows * columns) % channels;
                (x - mean[c]) / if std[c] < 1e-8 { 1.0 } else { std[c] }
            });
            tensor(new.collect(), x.dims())
        };
        close(&got.train, &scaled(&train), Tolerance::EXACT).map_err(about("train"))?;
        close(&got.test, &scaled(&test), Tolerance::EXACT).map_err(about("test"))?;
        let c = mean.len();
        close(&got.mean, &tensor(mean, [c]), Tolerance::EXACT).map_err(about("mean"))?;
        // The deviation of a constant channel is the root of a rounding error.
        let near = Tolerance {
            absolute: 1e-8,
            relative: 1e-10,
        };
        close(&got.std, &tensor(std, [c]), near).map_err(about("std"))?;
    }
    Ok(())
}

/// The mean and the standard deviation of each channel.
fn statistics(x: &Tensor<4>) -> (Vec<f64>, Vec<f64>) {
    let [_, channels, rows, columns] = x.dims();
    let pixels = values(x);
    let of = |c: usize| -> Vec<f64> {
        let planes = pixels.chunks(rows * columns).skip(c).step_by(channels);
        planes.flatten().copied().collect()
    };
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let std = |x: &[f64]| {
        let middle = mean(x);
        mean(&x.iter().map(|x| (x - middle).powi(2)).collect::<Vec<_>>()).sqrt()
    };
    let channel = |c| (mean(&of(c)), std(&of(c)));
    (0..channels).map(channel).unzip()
}

fn augmentation(s: &Submission, rng: &mut Rng) -> Verdict {
    for padding in [0, 1, 3] {
        let [n, channels, rows, columns] = sizes(rng, 2, 6);
        let x = rng.normal_tensor([n, channels, rows, columns]);
        let mut draws: Vec<CropFlip> = (0..n)
            .map(|_| CropFlip {
                top: rng.between(0, 2 * padding),
                left: rng.between(0, 2 * padding),
                flip: rng.below(2) == 1,
            })
            .collect();
        // Both kinds are there, and rows are not columns.
        (draws[0].flip, draws[1].flip) = (true, false);
        (draws[0].top, draws[0].left) = (0, 2 * padding);
        let want = augmented(&x, &draws, padding);
        let got = s.pad_crop_flip(x.clone(), draws.clone(), padding, true)?;
        equal_bits(&got, &want).map_err(about(format_args!("padding {padding}")))?;
        let got = s.pad_crop_flip(x.clone(), draws, padding, false)?;
        equal_bits(&got, &x).map_err(about("outside training"))?;
    }
    Ok(())
}
