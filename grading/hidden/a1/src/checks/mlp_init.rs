//! Checks of A1.5, the initialisation of the multi-layer perceptron.

use common::check::{Check, Failure, Verdict, ensure, equal_bits, finite, shape};
use common::contract::Submission;
use common::contract::a1::{Activation, Init, Mlp};
use common::rng::Rng;

use super::about;
use super::mlp::{PART, lists_of, random_sizes};
use crate::oracle::matrix::{dot, values, vector};

/// The checks of the initialisation.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "mlp/init_variance",
            part: PART,
            points: 2,
            proves: "Weights drawn by each law have mean 0 and the law's variance, gain included.",
            hint: "Is it the variance or the deviation that the law gives? A uniform law on [-a, a] has variance a^2 / 3.",
            run: init_variance,
        },
        Check {
            id: "mlp/init_law",
            part: PART,
            points: 1,
            proves: "Uniform laws fill their interval and never leave it; normal laws have tails.",
            hint: "Find the bound from the variance for Xavier and Kaiming; LeCun's bound is given as it is.",
            run: init_law,
        },
        Check {
            id: "mlp/init_layers",
            part: PART,
            points: 1,
            proves: "Biases are zero, shapes are right, and no layer's weights are those of another.",
            hint: "Every layer needs random numbers of its own: make one seed per layer.",
            run: init_layers,
        },
        Check {
            id: "mlp/init_seed",
            part: PART,
            points: 1,
            proves: "The same seed gives the same weights, bit for bit; another seed gives others.",
            hint: "All random numbers come from the seed that is given.",
            run: init_seed,
        },
        Check {
            id: "mlp/signal",
            part: PART,
            points: 1,
            proves: "Through 20 ReLU layers a signal keeps its size with Kaiming's law and fades with Xavier's.",
            hint: "Each layer multiplies the mean square by fan_in times the weights' variance, and ReLU halves it.",
            run: signal,
        },
    ]
}

/// What a law of initial weights asks for.
#[derive(Debug, Clone, Copy)]
struct Law {
    variance: f64,
    /// The bound of a uniform law.
    bound: Option<f64>,
}

fn law(init: Init, fan_in: f64, fan_out: f64, gain: f64) -> Law {
    let uniform = |bound: f64| Law {
        variance: bound * bound / 3.0,
        bound: Some(bound),
    };
    let normal = |variance: f64| Law {
        variance,
        bound: None,
    };
    match init {
        Init::XavierUniform => uniform(gain * (6.0 / (fan_in + fan_out)).sqrt()),
        Init::XavierNormal => normal(gain * gain * 2.0 / (fan_in + fan_out)),
        Init::KaimingUniform => uniform(gain * (3.0 / fan_in).sqrt()),
        Init::KaimingNormal => normal(gain * gain / fan_in),
        Init::Lecun1989 => uniform(gain * 2.4 / fan_in),
    }
}

/// About `10 fan_in^2 / 4` weights, and the law they should follow.
fn drawn(
    s: &Submission,
    rng: &mut Rng,
    init: Init,
    fan_in: usize,
) -> Result<(Vec<f64>, Law), Failure> {
    // More than twice fan_in, so that the one cannot stand for the other.
    let fan_out = fan_in * 5 / 2 + rng.below(10);
    let gain = rng.uniform(1.3, 1.8);
    let weights = s.init_weight(init, fan_in, fan_out, gain, rng.next_u64())?;
    shape(&weights, [fan_in, fan_out])?;
    finite(&weights)?;
    let law = law(init, fan_in as f64, fan_out as f64, gain);
    Ok((values(&weights), law))
}

/// The deviation of the sample variance of n numbers is `sqrt((k - 1) / n)` of the variance, where the
/// fourth moment over the squared second is k = 3 for a normal law and 9/5 for a uniform one. The
/// limit is 6 deviations, a false alarm in 5e8 draws.
fn has_variance(weights: &[f64], law: Law) -> Verdict {
    let n = weights.len() as f64;
    let mean = weights.iter().sum::<f64>() / n;
    ensure(mean.abs() <= 6.0 * (law.variance / n).sqrt(), || {
        format!("the mean {mean} is not near 0")
    })?;
    let variance = weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let kurtosis: f64 = if law.bound.is_some() { 9.0 / 5.0 } else { 3.0 };
    let limit = 6.0 * ((kurtosis - 1.0) / n).sqrt();
    ensure((variance / law.variance - 1.0).abs() <= limit, || {
        format!("expected the variance {}, got {variance}", law.variance)
    })
}

/// With n = 1e5 one deviation is 0.45 % for a normal law and 0.28 % for a uniform one. The nearest
/// mutant, Xavier with fan_in alone, has 1.75 times the variance: more than 160 deviations away.
fn init_variance(s: &Submission, rng: &mut Rng) -> Verdict {
    for init in Init::ALL {
        drawn(s, rng, *init, 200)
            .and_then(|(weights, law)| has_variance(&weights, law))
            .map_err(about(format_args!("{init:?}")))?;
    }
    Ok(())
}

/// Of 2e4 uniform numbers the largest is above 0.999 of the bound but with probability e^-20. Of as many
/// normal ones 8.33 % are beyond sqrt 3 deviations, where no uniform number of the same variance is;
/// 6 deviations of that share are 1.2 %, the mutant with the wrong law is 42 deviations away.
fn init_law(s: &Submission, rng: &mut Rng) -> Verdict {
    for init in Init::ALL {
        let (weights, Law { variance, bound }) =
            drawn(s, rng, *init, 90).map_err(about(format_args!("{init:?}")))?;
        let largest = weights.iter().fold(0.0, |l: f64, w| l.max(w.abs()));
        match bound {
            Some(bound) => ensure(
                (0.999 * bound..=bound * (1.0 + 1e-12)).contains(&largest),
                || format!("{init:?}: expected the bound {bound}, the largest is {largest}"),
            )?,
            None => {
                let limit = (3.0 * variance).sqrt();
                let beyond = weights.iter().filter(|w| w.abs() > limit).count();
                let share = beyond as f64 / weights.len() as f64;
                ensure((share - 0.0833).abs() <= 0.012, || {
                    format!("{init:?}: {share} of the weights are beyond {limit}, not 0.0833")
                })?;
            }
        }
    }
    Ok(())
}

/// Equal layers, so that a shared stream of random numbers shows. The correlation of 2500 independent
/// pairs has a deviation of 0.02, so 0.12 is 6 of them; a shared stream has the correlation 1, 50
/// deviations away.
fn init_layers(s: &Submission, rng: &mut Rng) -> Verdict {
    for init in Init::ALL {
        let got = s.mlp_init(vec![50; 4], *init, 2.0, rng.next_u64())?;
        lists_of("weights", &got.weights, 3)?;
        lists_of("biases", &got.biases, 3)?;
        for l in 0..3 {
            shape(&got.weights[l], [50, 50]).map_err(about(format_args!("weights[{l}]")))?;
            finite(&got.weights[l]).map_err(about(format_args!("weights[{l}]")))?;
            equal_bits(&got.biases[l], &vector(vec![0.0; 50]))
                .map_err(about(format_args!("biases[{l}]")))?;
            has_variance(&values(&got.weights[l]), law(*init, 50.0, 50.0, 2.0))
                .map_err(about(format_args!("{init:?}, weights[{l}]")))?;
        }
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            let (first, second) = (&got.weights[a], &got.weights[b]);
            let sizes = (dot(first, first) * dot(second, second)).sqrt();
            let correlation = dot(first, second) / sizes;
            ensure(correlation.abs() <= 0.12, || {
                format!(
                    "{init:?}: weights[{a}] and weights[{b}] have the correlation {correlation}"
                )
            })?;
        }
    }
    Ok(())
}

fn init_seed(s: &Submission, rng: &mut Rng) -> Verdict {
    let sizes = random_sizes(rng, 4);
    let (seed, other) = (rng.next_u64(), rng.next_u64());
    for init in Init::ALL {
        let draw = |seed| s.mlp_init(sizes.clone(), *init, 1.0, seed);
        let (one, again, different) = (draw(seed)?, draw(seed)?, draw(other)?);
        lists_of("weights", &one.weights, 4)?;
        lists_of("weights", &again.weights, 4)?;
        lists_of("weights", &different.weights, 4)?;
        for l in 0..4 {
            let w = &one.weights[l];
            shape(w, [sizes[l], sizes[l + 1]])?;
            equal_bits(&again.weights[l], w)
                .map_err(about(format_args!("{init:?}, weights[{l}], the same seed")))?;
            ensure(values(&different.weights[l]) != values(w), || {
                format!("{init:?}, weights[{l}]: two seeds give the same weights")
            })?;
        }
    }
    let weight = |seed| s.init_weight(Init::KaimingNormal, 3, 4, 1.0, seed);
    equal_bits(&weight(seed)?, &weight(seed)?).map_err(about("init_weight, the same seed"))?;
    ensure(values(&weight(seed)?) != values(&weight(other)?), || {
        "init_weight: two seeds give the same weights".into()
    })
}

/// The check of the signal looks at this many layers of this many units, averaged over this many
/// networks: narrow layers and many networks cost least for the same spread.
const LAYERS: usize = 20;
const WIDTH: usize = 32;
const NETWORKS: usize = 16;

/// The mean over the networks of the logarithm of the last layer's mean square.
fn log_power(s: &Submission, rng: &mut Rng, init: Init, gain: f64) -> Result<f64, Failure> {
    let mut sum = 0.0;
    for _ in 0..NETWORKS {
        let parameters = s.mlp_init(vec![WIDTH; LAYERS + 1], init, gain, rng.next_u64())?;
        let x = rng.normal_tensor([16, WIDTH]);
        let forward = s.mlp_forward(parameters, Activation::Relu, x)?;
        lists_of("outputs", &forward.outputs, LAYERS)?;
        let last = &forward.outputs[LAYERS - 1];
        shape(last, [16, WIDTH])?;
        sum += (dot(last, last) / (16 * WIDTH) as f64).ln();
    }
    Ok(sum / NETWORKS as f64)
}

/// Kaiming's law with gain sqrt 2 keeps the power; Xavier's on square layers halves it in every layer,
/// so the signal fades as `2^(-LAYERS / 2)`. The logarithm of the power has, over 300 seeds of the
/// reference, the mean -0.49 with the one and -0.49 - LAYERS ln 2 with the other, and the deviation
/// 0.41. The limit is 6 deviations; a factor sqrt 2 in the weights is 33 deviations away.
fn signal(s: &Submission, rng: &mut Rng) -> Verdict {
    for (init, gain, halved) in [
        (Init::KaimingNormal, 2.0f64.sqrt(), 0.0),
        (Init::XavierNormal, 1.0, LAYERS as f64),
    ] {
        let want = -0.49 - halved * 2.0f64.ln();
        let got = log_power(s, rng, init, gain)?;
        ensure((got - want).abs() <= 2.5, || {
            format!(
                "{init:?}: the mean square after {LAYERS} layers is e^{got:.1}, not e^{want:.1}"
            )
        })?;
    }
    Ok(())
}
