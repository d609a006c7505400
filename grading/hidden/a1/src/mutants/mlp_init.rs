//! Mutants of A1.5: the count of parameters and the initialisation.

use a1_backprop::parts::mlp as reference;
use common::contract::a1::Init;
use common::rng::Rng;
use hidden_suite::Mutant;

use super::mlp::PART;

/// The mutants of the initialisation.
pub fn mutants() -> Vec<Mutant> {
    vec![
        mutant!(
            mlp.param_count / "no_biases",
            "counts weights only",
            |sizes| sizes.windows(2).map(|l| l[0] * l[1]).sum()
        ),
        mutant!(
            mlp.param_count / "bias_per_input",
            "counts one bias per input of a layer",
            |sizes| sizes.windows(2).map(|l| l[0] * (l[1] + 1)).sum()
        ),
        mutant!(
            mlp.param_count / "last_layer_missing",
            "leaves out the last layer",
            |mut sizes| {
                sizes.pop();
                reference::param_count(sizes)
            }
        ),
        mutant!(
            mlp.init_weight / "fan_out_for_fan_in",
            "Kaiming and LeCun with fan_out",
            |init, fan_in, fan_out, gain, seed| {
                reference::init_weight(init, fan_out, fan_in, gain, seed).reshape([fan_in, fan_out])
            }
        ),
        mutant!(
            mlp.init_weight / "variance_for_deviation",
            "the square root is missing in the normal laws",
            |init, fan_in, fan_out, gain, seed| {
                let w = reference::init_weight(init, fan_in, fan_out, gain, seed);
                match init {
                    Init::XavierNormal => w * gain * (2.0 / (fan_in + fan_out) as f64).sqrt(),
                    Init::KaimingNormal => w * gain / (fan_in as f64).sqrt(),
                    _ => w,
                }
            }
        ),
        mutant!(
            mlp.init_weight / "deviation_for_bound",
            "uniform on [-sigma, sigma], the factor sqrt 3 is missing",
            |init, fan_in, fan_out, gain, seed| {
                let w = reference::init_weight(init, fan_in, fan_out, gain, seed);
                match init {
                    Init::XavierUniform | Init::KaimingUniform => w / 3f64.sqrt(),
                    _ => w,
                }
            }
        ),
        mutant!(
            mlp.init_weight / "gain_missing",
            "the gain is 1",
            |init, fan_in, fan_out, _, seed| {
                reference::init_weight(init, fan_in, fan_out, 1.0, seed)
            }
        ),
        mutant!(
            mlp.init_weight / "gain_squared",
            "the deviation is scaled by gain^2",
            |init, fan_in, fan_out, gain, seed| {
                reference::init_weight(init, fan_in, fan_out, gain * gain, seed)
            }
        ),
        mutant!(
            mlp.init_weight / "xavier_with_fan_in",
            "Xavier's variance is 1 / fan_in",
            |init, fan_in, fan_out, gain, seed| {
                let init = match init {
                    Init::XavierUniform => Init::KaimingUniform,
                    Init::XavierNormal => Init::KaimingNormal,
                    other => other,
                };
                reference::init_weight(init, fan_in, fan_out, gain, seed)
            }
        ),
        mutant!(
            mlp.init_weight / "xavier_without_2",
            "Xavier's variance is 1 / (fan_in + fan_out)",
            |init, fan_in, fan_out, gain, seed| {
                let w = reference::init_weight(init, fan_in, fan_out, gain, seed);
                match init {
                    Init::XavierUniform | Init::XavierNormal => w / 2f64.sqrt(),
                    _ => w,
                }
            }
        ),
        mutant!(
            mlp.init_weight / "kaiming_with_2",
            "Kaiming's variance has the factor 2 and the gain",
            |init, fan_in, fan_out, gain, seed| {
                let w = reference::init_weight(init, fan_in, fan_out, gain, seed);
                match init {
                    Init::KaimingUniform | Init::KaimingNormal => w * 2f64.sqrt(),
                    _ => w,
                }
            }
        ),
        mutant!(
            mlp.init_weight / "lecun_with_root",
            "LeCun's bound is 2.4 / sqrt(fan_in)",
            |init, fan_in, fan_out, gain, seed| {
                let w = reference::init_weight(init, fan_in, fan_out, gain, seed);
                match init {
                    Init::Lecun1989 => w * (fan_in as f64).sqrt(),
                    _ => w,
                }
            }
        ),
        mutant!(
            mlp.init_weight / "normal_is_uniform",
            "the normal laws draw uniform numbers of the same variance",
            |init, fan_in, fan_out, gain, seed| {
                let init = match init {
                    Init::XavierNormal => Init::XavierUniform,
                    Init::KaimingNormal => Init::KaimingUniform,
                    other => other,
                };
                reference::init_weight(init, fan_in, fan_out, gain, seed)
            }
        ),
        mutant!(
            mlp.init_weight / "uniform_is_normal",
            "the uniform laws draw normal numbers of the same variance",
            |init, fan_in, fan_out, gain, seed| {
                let init = match init {
                    Init::XavierUniform => Init::XavierNormal,
                    Init::KaimingUniform => Init::KaimingNormal,
                    other => other,
                };
                reference::init_weight(init, fan_in, fan_out, gain, seed)
            }
        ),
        mutant!(
            mlp.init_weight / "positive_only",
            "draws from [0, bound]",
            |init, fan_in, fan_out, gain, seed| {
                reference::init_weight(init, fan_in, fan_out, gain, seed).abs()
            }
        ),
        mutant!(
            mlp.init_weight / "constant",
            "every weight is the deviation",
            |init, fan_in, fan_out, gain, seed| {
                let w = reference::init_weight(init, fan_in, fan_out, gain, seed);
                w.ones_like() * gain / (fan_in as f64).sqrt()
            }
        ),
        mutant!(
            mlp.init_weight / "seed_ignored",
            "the seed is always 42",
            |init, fan_in, fan_out, gain, _| {
                reference::init_weight(init, fan_in, fan_out, gain, 42)
            }
        ),
        mutant!(
            mlp.init_weight / "transposed",
            "gives [fan_out, fan_in]",
            |init, fan_in, fan_out, gain, seed| {
                reference::init_weight(init, fan_in, fan_out, gain, seed).transpose()
            }
        ),
        mutant!(
            mlp.mlp_init / "shared_stream",
            "all layers are drawn with the same seed",
            |sizes, init, gain, seed| {
                let mut parameters = reference::mlp_init(sizes.clone(), init, gain, seed);
                for (l, w) in parameters.weights.iter_mut().enumerate() {
                    *w = reference::init_weight(init, sizes[l], sizes[l + 1], gain, seed);
                }
                parameters
            }
        ),
        mutant!(
            mlp.mlp_init / "constant",
            "all weights of a layer are equal",
            |sizes, init, gain, seed| {
                let mut parameters = reference::mlp_init(sizes, init, gain, seed);
                for w in &mut parameters.weights {
                    *w = w.ones_like() * gain / (w.dims()[0] as f64).sqrt();
                }
                parameters
            }
        ),
        mutant!(
            mlp.mlp_init / "biases_drawn",
            "biases are random",
            |sizes, init, gain, seed| {
                let mut parameters = reference::mlp_init(sizes, init, gain, seed);
                let mut rng = Rng::new(seed);
                for b in &mut parameters.biases {
                    *b = rng.normal_tensor(b.dims()) * 0.01;
                }
                parameters
            }
        ),
        mutant!(
            mlp.mlp_init / "biases_constant",
            "biases are 0.01",
            |sizes, init, gain, seed| {
                let mut parameters = reference::mlp_init(sizes, init, gain, seed);
                for b in &mut parameters.biases {
                    *b = b.ones_like() * 0.01;
                }
                parameters
            }
        ),
        mutant!(
            mlp.mlp_init / "gain_ignored",
            "the gain is 1",
            |sizes, init, _, seed| reference::mlp_init(sizes, init, 1.0, seed)
        ),
        mutant!(
            mlp.mlp_init / "always_xavier",
            "every law is Xavier's",
            |sizes, _, gain, seed| reference::mlp_init(sizes, Init::XavierNormal, gain, seed)
        ),
        mutant!(
            mlp.mlp_init / "seed_of_the_clock",
            "the seed is not used",
            |sizes, init, gain, seed| {
                use std::sync::atomic::{AtomicU64, Ordering};
                static CALLS: AtomicU64 = AtomicU64::new(0);
                let call = CALLS.fetch_add(1, Ordering::Relaxed);
                reference::mlp_init(sizes, init, gain, seed ^ call)
            }
        ),
    ]
}
