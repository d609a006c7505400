//! Nonsense for A2.1.

use common::contract::a2::{
    NeocognitronTable, Representative, SPlanes, Stage, StageResponse, TwoStageResponse,
};

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> NeocognitronTable {
    NeocognitronTable {
        v_cell: |u, _| {
            let [_, height, width] = u.dims();
            filled::<N, 2>([height, width])
        },
        s_cell: |u, _, planes, _| {
            let [_, height, width] = u.dims();
            filled::<N, 3>([planes.b.dims()[0], height, width])
        },
        c_cell: |s, _, _, stride| filled::<N, 3>(every(s.dims(), stride)),
        select_representatives: |_, _| match N::EMPTY {
            true => vec![],
            false => vec![Representative {
                plane: 9,
                row: 0,
                column: 99,
            }],
        },
        winner_take_all_update: |planes, _, _, _, _, _| SPlanes {
            a: like::<N, 4>(&planes.a),
            b: like::<N, 1>(&planes.b),
        },
        two_stage_forward: |image, first, second| {
            let [height, width] = image.dims();
            let first = stage::<N>([height, width], &first);
            let [_, height, width] = first.c.dims();
            TwoStageResponse {
                second: stage::<N>([height, width], &second),
                first,
            }
        },
    }
}

fn every([k, height, width]: [usize; 3], stride: usize) -> [usize; 3] {
    [k, height.div_ceil(stride), width.div_ceil(stride)]
}

fn stage<N: Nonsense>([height, width]: [usize; 2], stage: &Stage) -> StageResponse {
    let shape = [stage.planes.b.dims()[0], height, width];
    StageResponse {
        s: filled::<N, 3>(shape),
        c: filled::<N, 3>(every(shape, stage.stride)),
    }
}
