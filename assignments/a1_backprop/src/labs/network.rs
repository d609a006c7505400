//! An MLP with its optimiser, made of the functions in `src/parts` and nothing else.

use burn::tensor::{DType, Device, Int, Tensor};
use common::contract::a1::{
    Activation, AdamSettings, AdamState, AdamStepped, CrossEntropyOptions, Init, MlpForward,
    MlpParameters, Scored,
};
use common::record;
use common::train::Metrics;

use crate::parts::{losses, mlp, optimisers};

record! {
    /// Everything that a training step changes.
    pub struct Network {
        /// Weights and biases.
        pub parameters: MlpParameters,
        /// What follows every layer but the last.
        pub activation: Activation,
        /// What the optimiser remembers of them, flat, weights first. All but Adam need only `first`.
        pub adam: AdamState,
    }
}

/// How a network is trained.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The optimiser's.
    pub adam: AdamSettings,
    /// The share of the target that is spread over all classes. It changes the gradient; the loss that
    /// is shown is without it, so that training and test compare.
    pub label_smoothing: f64,
}

impl Settings {
    /// Adam with this learning rate, and what Kingma & Ba suggest for the rest.
    #[must_use]
    pub fn new(lr: f64, label_smoothing: f64) -> Self {
        let adam = AdamSettings {
            lr,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
        };
        Self {
            adam,
            label_smoothing,
        }
    }
}

/// ReLU asks for this gain (He et al. 2015).
const GAIN: f64 = std::f64::consts::SQRT_2;

impl Network {
    /// A new network with layers of `sizes`, from the input to the logits, and ReLU between them, in single
    /// precision.
    #[must_use]
    pub fn new(sizes: &[usize], seed: u64, device: &Device) -> Self {
        let parameters = mlp::mlp_init(sizes.to_vec(), Init::KaimingNormal, GAIN, seed);
        Self::with(parameters, Activation::Relu, device)
    }

    /// A network that starts with these parameters, in single precision.
    #[must_use]
    pub fn with(parameters: MlpParameters, activation: Activation, device: &Device) -> Self {
        let parameters = MlpParameters {
            weights: single(parameters.weights, device),
            biases: single(parameters.biases, device),
        };
        let zeros = || {
            let flat = flatten(parameters.clone());
            flat.iter().map(Tensor::zeros_like).collect()
        };
        Self {
            adam: AdamState {
                step: 0,
                first: zeros(),
                second: zeros(),
            },
            parameters,
            activation,
        }
    }

    /// The logits `[n, classes]` of the images `x` `[n, pixels]`.
    #[must_use]
    pub fn logits(&self, x: Tensor<2>) -> Tensor<2> {
        logits_of(&mlp::mlp_forward(
            self.parameters.clone(),
            self.activation,
            x,
        ))
    }

    /// One step on a batch: forward, loss, backward, Adam. `x` is `[n, pixels]`, `labels` `[n]`.
    #[must_use]
    pub fn step(
        self,
        x: Tensor<2>,
        labels: Tensor<1, Int>,
        settings: &Settings,
    ) -> (Self, Metrics) {
        let adam = settings.adam.clone();
        let update = |w, g, state| optimisers::adam(w, g, state, adam);
        self.step_by(x, labels, settings.label_smoothing, update)
    }

    /// One step on a batch with any optimiser: `update` takes the parameters, their gradients, and what
    /// is remembered of them.
    #[must_use]
    pub fn step_by(
        self,
        x: Tensor<2>,
        labels: Tensor<1, Int>,
        label_smoothing: f64,
        update: impl FnOnce(Vec<Tensor<1>>, Vec<Tensor<1>>, AdamState) -> AdamStepped,
    ) -> (Self, Metrics) {
        let forward = mlp::mlp_forward(self.parameters.clone(), self.activation, x);
        let logits = logits_of(&forward);
        let metrics = measure(logits.clone(), labels.clone());

        let dlogits = dlogits(logits, labels, label_smoothing);
        let gradients =
            mlp::mlp_backward(self.parameters.clone(), self.activation, forward, dlogits);

        let shapes: Vec<[usize; 2]> = self.parameters.weights.iter().map(Tensor::dims).collect();
        let stepped = update(flatten(self.parameters), flatten(gradients), self.adam);
        let network = Self {
            parameters: unflatten(stepped.parameters, &shapes),
            adam: stepped.state,
            ..self
        };
        (network, metrics)
    }

    /// The same network on `device`.
    #[must_use]
    pub fn on(self, device: &Device) -> Self {
        Self {
            parameters: MlpParameters {
                weights: single(self.parameters.weights, device),
                biases: single(self.parameters.biases, device),
            },
            activation: self.activation,
            adam: AdamState {
                step: self.adam.step,
                first: single(self.adam.first, device),
                second: single(self.adam.second, device),
            },
        }
    }
}

fn logits_of(forward: &MlpForward) -> Tensor<2> {
    let logits = forward.outputs.last();
    logits.expect("mlp_forward gave no outputs").clone()
}

/// The loss in nats and the share of wrong answers. `logits` `[n, classes]`, `labels` `[n]`.
#[must_use]
pub fn measure(logits: Tensor<2>, labels: Tensor<1, Int>) -> Metrics {
    let [n] = labels.dims();
    let loss = losses::cross_entropy(logits.clone(), labels.clone(), smoothed(0.0));
    let accuracy = losses::accuracy(vec![Scored { logits, labels }]);
    Metrics::over(n)
        .with("loss", loss)
        .with("error", 1.0 - accuracy)
}

/// The gradient of the loss by the logits.
pub(super) fn dlogits(
    logits: Tensor<2>,
    labels: Tensor<1, Int>,
    label_smoothing: f64,
) -> Tensor<2> {
    losses::cross_entropy_backward(logits, labels, smoothed(label_smoothing))
}

/// The cross-entropy without weights or ignored labels.
fn smoothed(label_smoothing: f64) -> CrossEntropyOptions {
    CrossEntropyOptions {
        class_weights: None,
        label_smoothing,
        ignore_index: None,
    }
}

/// All parameters as flat vectors, as the optimisers take them: the weights, then the biases.
///
/// Takes its argument, so that the optimiser holds the only handle of each tensor and Burn may compute
/// in place.
fn flatten(parameters: MlpParameters) -> Vec<Tensor<1>> {
    let weights = parameters.weights.into_iter();
    let weights = weights.map(|w| w.flatten(0, 1));
    weights.chain(parameters.biases).collect()
}

/// The inverse of [`flatten`] for weights of these shapes.
fn unflatten(mut flat: Vec<Tensor<1>>, shapes: &[[usize; 2]]) -> MlpParameters {
    let biases = flat.split_off(shapes.len());
    let weights = flat.into_iter().zip(shapes);
    MlpParameters {
        weights: weights.map(|(w, shape)| w.reshape(*shape)).collect(),
        biases,
    }
}

/// The tensors on `device`, in single precision.
pub(super) fn single<const D: usize>(tensors: Vec<Tensor<D>>, device: &Device) -> Vec<Tensor<D>> {
    let tensors = tensors.into_iter();
    tensors
        .map(|tensor| tensor.to_device(device).cast(DType::F32))
        .collect()
}
