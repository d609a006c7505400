//! The order of the toolkit's own training loop.

use common::train as loops;

pub fn epoch_batches(samples: usize, batch_size: usize, seed: u64, epoch: usize) -> Vec<Vec<usize>> {
    let plan = loops::Plan {
        samples,
        batch_size,
        epochs: 1,
        seed,
        settings: String::new(),
        folder: None,
        early_stopping: None,
        interrupt: loops::Interrupt::new(),
        quiet: true,
    };
    plan.batches(epoch)
}
