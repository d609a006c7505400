//! Times convolutions and training steps of convolutional networks, with this crate's operations and with Burn's own.
//!
//! For each line `WHO WORK REPEATS` on standard input it makes the work so many times and prints the milliseconds of one, by
//! the clock and of the processor, so that `docs/benchmarks/convolution.py` can let PyTorch and this program take turns. WHO is `ours` or `burn`. WORK is a
//! layer, `forward:N,C,SIZE,C_OUT,KERNEL,STRIDE,PADDING`, the same with `both:` or `first:` (forward and backward; the first
//! layer's input needs no gradient), or a step: `lenet5:N`, `cnn:N`, `resnet8:N`.

use std::hint::black_box;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use burn::tensor::activation::relu;
use burn::tensor::ops::{ConvOptions as BurnOptions, MaxPoolOptions};
use burn::tensor::{DType, Device, Int, Tensor, module};
use common::nn::{
    ConvOptions, Sgd, batch_norm2d, conv2d, cross_entropy, max_pool2d, value_and_gradient,
    zeros_like,
};
use common::parameters;
use common::rng::Rng;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

parameters! {
    /// Kernels, and a bias or the scale of a norm.
    pub struct Layer {
        /// `[c_out, c_in, k, k]`.
        pub weight: Tensor<4>,
        /// `[c_out]`.
        pub bias: Tensor<1>,
        /// `[c_out]`.
        pub scale: Tensor<1>,
    }
}

parameters! {
    /// A network.
    pub struct Network {
        /// Convolutions.
        pub convs: Vec<Layer>,
        /// Matrices.
        pub dense: Vec<Tensor<2>>,
        /// Their biases.
        pub biases: Vec<Tensor<1>>,
    }
}

/// Whose operations.
#[derive(Clone, Copy)]
struct Who {
    ours: bool,
}

impl Who {
    fn conv(
        self,
        x: Tensor<4>,
        w: Tensor<4>,
        b: Option<Tensor<1>>,
        stride: usize,
        padding: usize,
    ) -> Tensor<4> {
        if self.ours {
            let options = ConvOptions {
                stride: [stride; 2],
                padding: [padding; 2],
                ..ConvOptions::default()
            };
            conv2d(x, w, b, &options)
        } else {
            let options = BurnOptions::new([stride; 2], [padding; 2], [1, 1], 1);
            module::conv2d(x, w, b, options)
        }
    }

    fn pool(self, x: Tensor<4>) -> Tensor<4> {
        if self.ours {
            max_pool2d(x, [2, 2], [2, 2])
        } else {
            module::max_pool2d(x, MaxPoolOptions::new([2, 2]).with_stride([2, 2]))
        }
    }

    fn norm(self, x: Tensor<4>, layer: &Layer) -> Tensor<4> {
        let (scale, bias) = (layer.scale.clone(), layer.bias.clone());
        if self.ours {
            batch_norm2d(x, scale, bias, 1e-5).0
        } else {
            module::batch_norm_train(x, scale, bias, 1e-5).output
        }
    }
}

fn dense(x: Tensor<2>, net: &Network, i: usize) -> Tensor<2> {
    x.matmul(net.dense[i].clone()) + net.biases[i].clone().unsqueeze()
}

/// Convolution, ReLU, pool, again, and dense layers.
fn lenet(who: Who, net: &Network, x: Tensor<4>) -> Tensor<2> {
    let mut x = x;
    for layer in &net.convs {
        let y = who.conv(x, layer.weight.clone(), Some(layer.bias.clone()), 1, 0);
        x = who.pool(relu(y));
    }
    let mut x: Tensor<2> = x.flatten(1, 3);
    for i in 0..net.dense.len() {
        x = dense(x, net, i);
        if i + 1 < net.dense.len() {
            x = relu(x);
        }
    }
    x
}

/// A convolution, three blocks of two with 16, 32 and 64 channels, the mean, a dense layer.
fn resnet8(who: Who, net: &Network, x: Tensor<4>) -> Tensor<2> {
    let mut layers = net.convs.iter();
    let mut apply = |x: Tensor<4>, stride: usize, padding: usize| {
        let layer = layers.next().expect("nine layers");
        who.norm(
            who.conv(x, layer.weight.clone(), None, stride, padding),
            layer,
        )
    };
    let mut x = relu(apply(x, 1, 1));
    for stride in [1, 2, 2] {
        let y = relu(apply(x.clone(), stride, 1));
        let y = apply(y, 1, 1);
        let short = if stride == 1 { x } else { apply(x, stride, 0) };
        x = relu(y + short);
    }
    let [n, c, h, w] = x.dims();
    let x: Tensor<2> = x.reshape([n, c, h * w]).mean_dim(2).flatten(1, 2);
    dense(x, net, 0)
}

struct Drawn {
    rng: Rng,
    device: Device,
}

impl Drawn {
    fn new() -> Self {
        Self {
            rng: Rng::new(1),
            device: Device::flex(),
        }
    }
    fn tensor<const D: usize>(&mut self, shape: [usize; D], size: f64) -> Tensor<D> {
        (self.rng.normal_tensor(shape) * size)
            .to_device(&self.device)
            .cast(DType::F32)
    }
    fn layer(&mut self, [c_out, c_in, k]: [usize; 3]) -> Layer {
        let size = (2.0 / (c_in * k * k) as f64).sqrt();
        Layer {
            weight: self.tensor([c_out, c_in, k, k], size),
            bias: self.tensor([c_out], 0.0),
            scale: self.tensor([c_out], 0.0) + 1.0,
        }
    }
    fn network(&mut self, convs: &[[usize; 3]], sizes: &[usize]) -> Network {
        Network {
            convs: convs.iter().map(|&shape| self.layer(shape)).collect(),
            dense: sizes
                .windows(2)
                .map(|s| self.tensor([s[0], s[1]], (2.0 / s[0] as f64).sqrt()))
                .collect(),
            biases: sizes[1..].iter().map(|&s| self.tensor([s], 0.0)).collect(),
        }
    }
}

type Work = Box<dyn FnMut()>;

fn layer(who: Who, kind: &str, shape: &[usize]) -> anyhow::Result<Work> {
    let &[n, c_in, size, c_out, k, stride, padding] = shape else {
        bail!("a layer has seven numbers");
    };
    let mut drawn = Drawn::new();
    let x = drawn.tensor([n, c_in, size, size], 1.0);
    let layer = drawn.layer([c_out, c_in, k]);
    let (w, b) = (layer.weight, layer.bias);
    Ok(match kind {
        "forward" => Box::new(move || {
            black_box(who.conv(x.clone(), w.clone(), Some(b.clone()), stride, padding));
        }),
        _ => {
            let first = kind == "first";
            Box::new(move || {
                let x = x.clone().autodiff();
                let x = if first { x } else { x.require_grad() };
                let w = w.clone().autodiff().require_grad();
                let b = b.clone().autodiff().require_grad();
                let y = who.conv(x, w, Some(b), stride, padding);
                black_box(y.backward());
            })
        }
    })
}

fn step(who: Who, kind: &str, n: usize) -> anyhow::Result<Work> {
    let mut drawn = Drawn::new();
    type Forward = fn(Who, &Network, Tensor<4>) -> Tensor<2>;
    let (shape, net, forward): ([usize; 3], Network, Forward) = match kind {
        "lenet5" => (
            [1, 32, 32],
            drawn.network(&[[6, 1, 5], [16, 6, 5]], &[400, 120, 84, 10]),
            lenet,
        ),
        "cnn" => (
            [1, 28, 28],
            drawn.network(&[[16, 1, 5], [32, 16, 5]], &[512, 128, 10]),
            lenet,
        ),
        "resnet8" => (
            [3, 32, 32],
            drawn.network(
                &[
                    [16, 3, 3],
                    [16, 16, 3],
                    [16, 16, 3],
                    [32, 16, 3],
                    [32, 32, 3],
                    [32, 16, 1],
                    [64, 32, 3],
                    [64, 64, 3],
                    [64, 32, 1],
                ],
                &[64, 10],
            ),
            resnet8,
        ),
        _ => bail!("no work is called {kind}"),
    };
    let x = drawn.tensor([n, shape[0], shape[1], shape[2]], 1.0);
    let labels: Vec<i32> = (0..n).map(|_| drawn.rng.below(10) as i32).collect();
    let labels = Tensor::<1, Int>::from_ints(labels.as_slice(), &drawn.device);
    let sgd = Sgd {
        momentum: 0.9,
        ..Sgd::new(1e-4)
    };
    let mut state = Some((net.clone(), zeros_like(&net)));
    Ok(Box::new(move || {
        let Some((net, velocity)) = state.take() else {
            return;
        };
        let (_, gradients) = value_and_gradient(&net, |net| {
            cross_entropy(forward(who, net, x.clone()), labels.clone(), 0.0)
        });
        state = Some(sgd.step(net, gradients, velocity));
    }))
}

/// What all threads of this process have used.
#[cfg(unix)]
fn processor_time() -> Duration {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let micros = getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| {
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds()
    });
    Duration::from_micros(micros.unsigned_abs())
}

#[cfg(not(unix))]
fn processor_time() -> Duration {
    Duration::ZERO
}

fn main() -> anyhow::Result<()> {
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[who, work, repeats] = words.as_slice() else {
            bail!("a line is WHO WORK REPEATS");
        };
        let who = Who {
            ours: who == "ours",
        };
        let (kind, numbers) = work.split_once(':').context("work has a colon")?;
        let numbers: Vec<usize> = numbers
            .split(',')
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let mut work = match kind {
            "forward" | "both" | "first" => layer(who, kind, &numbers)?,
            _ => step(who, kind, numbers[0])?,
        };
        let repeats: u32 = repeats.parse()?;
        work();
        let (start, processor) = (Instant::now(), processor_time());
        (0..repeats).for_each(|_| work());
        let all = [start.elapsed(), processor_time() - processor];
        let [clock, processor] = all.map(|time| 1e3 * time.as_secs_f64() / f64::from(repeats));
        println!("{clock:.5} {processor:.5}");
        stdout().flush()?;
    }
    Ok(())
}
