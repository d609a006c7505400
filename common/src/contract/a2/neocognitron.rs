//! A2.1 The neocognitron of 1979.

use burn::tensor::Tensor;

use crate::{contract, record};

record! {
    /// What a layer of S-cells learns. All cells of a plane share it.
    pub struct SPlanes {
        /// Excitatory weights, `[k, k_in, rows, columns]`: of each plane, for each plane below and each place of the
        /// receptive field. Not negative.
        pub a: Tensor<4>,
        /// Inhibitory weights, `[k]`: of each plane, for the v-cell. Not negative.
        pub b: Tensor<1>,
    }
}

record! {
    /// The cell of a plane whose input the plane learns.
    pub struct Representative {
        /// The plane, counted from 0.
        pub plane: usize,
        /// Its row.
        pub row: usize,
        /// Its column.
        pub column: usize,
    }
}

record! {
    /// One stage: a layer of S-cells with its v-cells, and the layer of C-cells above it.
    pub struct Stage {
        /// What the S-cells have learned.
        pub planes: SPlanes,
        /// The weights of the v-cells, `[rows, columns]`, the same size as the receptive field of the S-cells.
        pub c: Tensor<2>,
        /// The selectivity of the S-cells; above 0.
        pub r: f64,
        /// The weights of the C-cells, `[rows, columns]`.
        pub d: Tensor<2>,
        /// The input at which a C-cell gives half of what it can give; above 0.
        pub alpha: f64,
        /// Every how many rows and columns there is a C-cell.
        pub stride: usize,
    }
}

record! {
    /// What the cells of a stage answer.
    pub struct StageResponse {
        /// The S-cells, `[k, height, width]`.
        pub s: Tensor<3>,
        /// The C-cells, `[k, C rows, C columns]`.
        pub c: Tensor<3>,
    }
}

record! {
    /// What the cells of two stages answer.
    pub struct TwoStageResponse {
        /// The stage that sees the image.
        pub first: StageResponse,
        /// The stage that sees the C-cells of the first.
        pub second: StageResponse,
    }
}

contract! {
    /// A2.1 The neocognitron of 1979.
    ///
    /// A layer is `[planes, height, width]`. The weights of a cell have an odd number of rows and of columns, the middle one
    /// for the place right below the cell; beyond the edge of a layer everything is 0.
    pub trait Neocognitron, table NeocognitronTable {
        /// The v-cells above a layer `u` `[k_in, height, width]`: the weighted root of the squares of what they see,
        /// `[height, width]`.
        fn v_cell(u: Tensor<3>, c: Tensor<2>) -> Tensor<2>;
        /// The S-cells above a layer `u` `[k_in, height, width]` with its v-cells `v` `[height, width]`:
        /// `[k, height, width]`.
        fn s_cell(u: Tensor<3>, v: Tensor<2>, planes: SPlanes, r: f64) -> Tensor<3>;
        /// The C-cells above S-cells `s` `[k, height, width]`: each plane sees its own plane, inhibited by all, and
        /// saturates. There is one at every `stride`-th row and column, the first ones included.
        fn c_cell(s: Tensor<3>, d: Tensor<2>, alpha: f64, stride: usize) -> Tensor<3>;
        /// The cells that learn from what a layer of S-cells `s` `[k, height, width]` answers: at most one of each plane,
        /// none that is silent, in the order of the planes. `side` is that of an S-column.
        fn select_representatives(s: Tensor<3>, side: usize) -> Vec<Representative>;
        /// The planes after their representatives have learned, at the learning rate `q`. `u`, `v` and `c` are what the
        /// S-cells have seen.
        fn winner_take_all_update(
            planes: SPlanes,
            u: Tensor<3>,
            v: Tensor<2>,
            c: Tensor<2>,
            representatives: Vec<Representative>,
            q: f64,
        ) -> SPlanes;
        /// An image `[height, width]` through two stages.
        fn two_stage_forward(image: Tensor<2>, first: Stage, second: Stage) -> TwoStageResponse;
    }
}
