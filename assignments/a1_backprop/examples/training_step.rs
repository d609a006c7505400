//! Times one training step of an MLP made of the functions in `src/parts`: forward, loss, error,
//! hand-written backward, Adam.
//!
//! `training_step [STEPS [BATCH [SIZES]]]`, by default 100 steps with 64 images and 784,512,256,10.
//! For each line on standard input it makes that many steps and prints the milliseconds per step, so
//! that `docs/benchmarks/training_step.py` can let PyTorch and this program take turns.

use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use a1_backprop::labs::network::{Network, Settings};
use burn::tensor::{DType, Device, Int, Tensor};
use common::rng::Rng;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, default: usize| arguments.get(i).map_or(Ok(default), |n| n.parse());
    let (steps, batch) = (number(0, 100)?, number(1, 64)?);
    let sizes = arguments.get(2).map_or("784,512,256,10", String::as_str);
    let sizes: Vec<usize> = sizes.split(',').map(str::parse).collect::<Result<_, _>>()?;

    let device = Device::flex();
    let mut rng = Rng::new(1);
    let x = rng.normal_tensor([batch, sizes[0]]).cast(DType::F32);
    let classes = sizes[sizes.len() - 1];
    let labels: Vec<i32> = (0..batch).map(|_| rng.below(classes) as i32).collect();
    let labels = Tensor::<1, Int>::from_ints(labels.as_slice(), &device);

    let settings = Settings::new(1e-3, 0.0);
    let mut network = Network::new(&sizes, 1, &device);
    for line in stdin().lock().lines() {
        line?;
        let start = Instant::now();
        for _ in 0..steps {
            (network, _) = network.step(x.clone(), labels.clone(), &settings);
        }
        let milliseconds = 1e3 * start.elapsed().as_secs_f64() / steps as f64;
        println!("{milliseconds:.4}");
        stdout().flush()?;
    }
    Ok(())
}
