//! A deep network with or without normalisers, made of the functions in `src/parts` and nothing else.

use burn::tensor::{Device, Int, Tensor};
use common::contract::a1::{
    BatchNormForward, BatchNormSettings, Init, NormGradients, RunningStatistics, Stepped,
};
use common::record;
use common::rng::Rng;
use common::train::Metrics;

use super::network::{dlogits, measure, single};
use crate::parts::{mlp, norms, optimisers, tensor_layers};

/// What comes between a linear layer and its tanh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normaliser {
    /// Nothing.
    None,
    /// Batch normalisation.
    Batch,
    /// Layer normalisation.
    Layer,
}

impl Normaliser {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Batch, Self::Layer];

    /// Its name in pictures, lines and folders.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Batch => "batch",
            Self::Layer => "layer",
        }
    }
}

record! {
    /// The parameters of all layers, or the gradients by them.
    pub struct DeepParameters {
        /// `weights[l]` is `[sizes[l], sizes[l + 1]]`.
        pub weights: Vec<Tensor<2>>,
        /// `biases[l]` is `[sizes[l + 1]]`.
        pub biases: Vec<Tensor<1>>,
        /// The scale after each hidden layer.
        pub gammas: Vec<Tensor<1>>,
        /// The shift after each hidden layer.
        pub betas: Vec<Tensor<1>>,
    }
}

record! {
    /// Everything that a training step changes.
    pub struct DeepNetwork {
        /// The parameters. A network without normalisers leaves `gammas` and `betas` alone.
        pub parameters: DeepParameters,
        /// What batch normalisation remembers after each hidden layer.
        pub running: Vec<RunningStatistics>,
        /// One velocity per parameter, flat, in the order of [`DeepParameters::flatten`].
        pub velocities: Vec<Tensor<1>>,
    }
}

/// One hidden layer on its way forwards.
struct Hidden {
    /// What went in.
    input: Tensor<2>,
    /// What came out of the linear layer.
    linear: Tensor<2>,
    /// What came out of the tanh.
    output: Tensor<2>,
}

/// One pass forwards.
struct Pass {
    hidden: Vec<Hidden>,
    /// The input of the last layer.
    last: Tensor<2>,
    logits: Tensor<2>,
    running: Vec<RunningStatistics>,
}

/// What PyTorch takes when it is not told otherwise.
const BATCH_NORM_MOMENTUM: f64 = 0.1;
const EPS: f64 = 1e-5;
/// The optimiser's.
const MOMENTUM: f64 = 0.9;

impl DeepNetwork {
    /// A new network with layers of `sizes`, from the input to the logits, in single precision.
    #[must_use]
    pub fn new(sizes: &[usize], gain: f64, seed: u64, device: &Device) -> Self {
        let mut seeds = Rng::new(seed);
        let layers = sizes.windows(2).map(|layer| (layer[0], layer[1]));
        let draw =
            |(from, to)| mlp::init_weight(Init::KaimingNormal, from, to, gain, seeds.next_u64());
        let weights = single(layers.map(draw).collect(), device);
        let biases: Vec<Tensor<1>> = weights
            .iter()
            .map(|w| Tensor::zeros([w.dims()[1]], (&w.device(), w.dtype())))
            .collect();
        let betas = biases[..biases.len() - 1].to_vec();
        let parameters = DeepParameters {
            gammas: betas.iter().map(Tensor::ones_like).collect(),
            betas,
            weights,
            biases,
        };
        let fresh = |beta: &Tensor<1>| RunningStatistics {
            mean: beta.clone(),
            variance: beta.ones_like(),
        };
        Self {
            running: parameters.betas.iter().map(fresh).collect(),
            velocities: parameters
                .clone()
                .flatten()
                .iter()
                .map(Tensor::zeros_like)
                .collect(),
            parameters,
        }
    }

    /// The logits `[n, classes]` of the images `x` `[n, pixels]`, with the running statistics.
    #[must_use]
    pub fn logits(&self, normaliser: Normaliser, x: Tensor<2>) -> Tensor<2> {
        self.forward(normaliser, x, false).logits
    }

    /// The standard deviation of the activations of each hidden layer for the images `x`, as in a training
    /// step.
    #[must_use]
    pub fn spreads(&self, normaliser: Normaliser, x: Tensor<2>) -> Vec<f64> {
        let pass = self.forward(normaliser, x, true);
        let outputs = pass.hidden.into_iter().map(|hidden| hidden.output);
        outputs
            .map(|a| {
                let centred = a.clone() - a.mean().unsqueeze();
                centred.square().mean().sqrt().into_scalar()
            })
            .collect()
    }

    /// One step on a batch: forward, loss, backward, momentum. `x` is `[n, pixels]`, `labels` `[n]`.
    #[must_use]
    pub fn step(
        self,
        normaliser: Normaliser,
        lr: f64,
        x: Tensor<2>,
        labels: Tensor<1, Int>,
    ) -> (Self, Metrics) {
        let pass = self.forward(normaliser, x, true);
        let metrics = measure(pass.logits.clone(), labels.clone());
        let dlogits = dlogits(pass.logits, labels, 0.0);
        let gradients = self.backward(normaliser, pass.hidden, pass.last, dlogits);

        let shapes: Vec<[usize; 2]> = self.parameters.weights.iter().map(Tensor::dims).collect();
        let Stepped { parameters, state } = optimisers::momentum(
            self.parameters.flatten(),
            gradients.flatten(),
            self.velocities,
            lr,
            MOMENTUM,
        );
        let network = Self {
            parameters: DeepParameters::unflatten(parameters, &shapes),
            running: pass.running,
            velocities: state,
        };
        (network, metrics)
    }

    fn forward(&self, normaliser: Normaliser, x: Tensor<2>, training: bool) -> Pass {
        let DeepParameters {
            weights, biases, ..
        } = &self.parameters;
        let layer =
            |l: usize, x| tensor_layers::linear_forward(x, weights[l].clone(), biases[l].clone());
        let mut hidden = Vec::new();
        let mut running = Vec::new();
        let mut input = x;
        for l in 0..self.running.len() {
            let linear = layer(l, input.clone());
            let BatchNormForward {
                y: normalised,
                running: statistics,
            } = self.normalise(normaliser, l, linear.clone(), training);
            running.push(statistics);
            let output = normalised.tanh();
            hidden.push(Hidden {
                input,
                linear,
                output: output.clone(),
            });
            input = output;
        }
        Pass {
            logits: layer(hidden.len(), input.clone()),
            hidden,
            last: input,
            running,
        }
    }

    /// What follows hidden layer `l`, and the running statistics after it.
    fn normalise(
        &self,
        normaliser: Normaliser,
        l: usize,
        x: Tensor<2>,
        training: bool,
    ) -> BatchNormForward {
        let gamma = self.parameters.gammas[l].clone();
        let beta = self.parameters.betas[l].clone();
        let running = self.running[l].clone();
        let settings = BatchNormSettings {
            training,
            momentum: BATCH_NORM_MOMENTUM,
            eps: EPS,
        };
        let y = match normaliser {
            Normaliser::None => x,
            Normaliser::Layer => norms::layernorm_forward(x, gamma, beta, EPS),
            Normaliser::Batch => {
                return norms::batchnorm_forward(x, gamma, beta, running, settings)
                    .expect("batchnorm_forward refused a batch of two or more samples");
            }
        };
        BatchNormForward { y, running }
    }

    fn backward(
        &self,
        normaliser: Normaliser,
        hidden: Vec<Hidden>,
        last: Tensor<2>,
        dlogits: Tensor<2>,
    ) -> DeepParameters {
        let DeepParameters {
            weights, gammas, ..
        } = &self.parameters;
        let top = tensor_layers::linear_backward(last, weights[hidden.len()].clone(), dlogits);
        let mut gradients = DeepParameters {
            weights: vec![top.dw],
            biases: vec![top.db],
            gammas: vec![],
            betas: vec![],
        };
        let mut da = top.dx;
        for (l, layer) in hidden.into_iter().enumerate().rev() {
            let dy = tensor_layers::tanh_backward(layer.output, da);
            let gamma = gammas[l].clone();
            let norm = match normaliser {
                Normaliser::None => NormGradients {
                    dx: dy,
                    dgamma: gamma.zeros_like(),
                    dbeta: gamma.zeros_like(),
                },
                Normaliser::Batch => norms::batchnorm_backward(layer.linear, gamma, dy, EPS),
                Normaliser::Layer => norms::layernorm_backward(layer.linear, gamma, dy, EPS),
            };
            let linear = tensor_layers::linear_backward(layer.input, weights[l].clone(), norm.dx);
            gradients.weights.push(linear.dw);
            gradients.biases.push(linear.db);
            gradients.gammas.push(norm.dgamma);
            gradients.betas.push(norm.dbeta);
            da = linear.dx;
        }
        gradients.weights.reverse();
        gradients.biases.reverse();
        gradients.gammas.reverse();
        gradients.betas.reverse();
        gradients
    }

    /// The same network on `device`.
    #[must_use]
    pub fn on(self, device: &Device) -> Self {
        let DeepParameters {
            weights,
            biases,
            gammas,
            betas,
        } = self.parameters;
        let (mean, variance) = self
            .running
            .into_iter()
            .map(|r| (r.mean, r.variance))
            .unzip();
        let statistics = single(mean, device)
            .into_iter()
            .zip(single(variance, device));
        Self {
            parameters: DeepParameters {
                weights: single(weights, device),
                biases: single(biases, device),
                gammas: single(gammas, device),
                betas: single(betas, device),
            },
            running: statistics
                .map(|(mean, variance)| RunningStatistics { mean, variance })
                .collect(),
            velocities: single(self.velocities, device),
        }
    }
}

impl DeepParameters {
    /// All parameters as flat vectors, as the optimisers take them: weights, biases, scales, shifts.
    ///
    /// Takes its argument, so that the optimiser holds the only handle of each tensor and Burn may compute
    /// in place.
    fn flatten(self) -> Vec<Tensor<1>> {
        let weights = self.weights.into_iter().map(|w| w.flatten(0, 1));
        weights
            .chain(self.biases)
            .chain(self.gammas)
            .chain(self.betas)
            .collect()
    }

    /// The inverse of [`DeepParameters::flatten`] for weights of these shapes.
    fn unflatten(mut flat: Vec<Tensor<1>>, shapes: &[[usize; 2]]) -> Self {
        let layers = shapes.len();
        let betas = flat.split_off(3 * layers - 1);
        let gammas = flat.split_off(2 * layers);
        let biases = flat.split_off(layers);
        let weights = flat.into_iter().zip(shapes);
        Self {
            weights: weights.map(|(w, shape)| w.reshape(*shape)).collect(),
            biases,
            gammas,
            betas,
        }
    }
}
