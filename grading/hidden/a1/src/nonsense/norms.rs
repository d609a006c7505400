use common::contract::a1::*;

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> NormsTable {
    NormsTable {
        batchnorm_forward: |x, _, _, running, _| {
            Ok(BatchNormForward {
                y: like::<N, 2>(&x),
                running: statistics::<N>(&running),
            })
        },
        batchnorm_backward_by_steps: |x, _, _, _| gradients::<N>(x.dims()),
        batchnorm_backward: |x, _, _, _| gradients::<N>(x.dims()),
        batchnorm_sequence_forward: |x, _, _, running, _| {
            Ok(BatchNormSequenceForward {
                y: like::<N, 3>(&x),
                running: statistics::<N>(&running),
            })
        },
        batchnorm_sequence_backward: |x, gamma, _, _| NormSequenceGradients {
            dx: like::<N, 3>(&x),
            dgamma: like::<N, 1>(&gamma),
            dbeta: like::<N, 1>(&gamma),
        },
        layernorm_forward: |x, _, _, _| like::<N, 2>(&x),
        layernorm_backward: |x, _, _, _| gradients::<N>(x.dims()),
        rmsnorm_forward: |x, _, _| like::<N, 2>(&x),
        rmsnorm_backward: |x, gamma, _, _| RmsNormGradients {
            dx: like::<N, 2>(&x),
            dgamma: like::<N, 1>(&gamma),
        },
    }
}

fn statistics<N: Nonsense>(running: &RunningStatistics) -> RunningStatistics {
    RunningStatistics {
        mean: like::<N, 1>(&running.mean),
        variance: like::<N, 1>(&running.variance),
    }
}

fn gradients<N: Nonsense>([n, d]: [usize; 2]) -> NormGradients {
    NormGradients {
        dx: filled::<N, 2>([n, d]),
        dgamma: filled::<N, 1>([d]),
        dbeta: filled::<N, 1>([d]),
    }
}
