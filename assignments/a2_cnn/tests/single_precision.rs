//! Checks call in double precision, labs train in single precision: the answers have the type of the arguments.

use a2_cnn::parts::{neocognitron, pooling};
use burn::tensor::{DType, Device, Tensor};
use common::contract::a2::{PoolWindow, Representative, SPlanes, TransposedConvOptions};

fn ones<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::ones(shape, (&Device::flex(), DType::F32))
}

fn is_single<const D: usize>(tensor: &Tensor<D>, shape: [usize; D]) {
    assert_eq!((tensor.dtype(), tensor.dims()), (DType::F32, shape));
}

#[test]
fn pooling_and_its_kin_keep_the_type() {
    let window = PoolWindow {
        kernel: [3, 2],
        stride: [2, 1],
        padding: [1, 0],
    };
    let (x, dy) = (ones([2, 3, 5, 4]), ones([2, 3, 3, 3]));
    is_single(
        &pooling::max_pool_forward(x.clone(), window.clone()),
        [2, 3, 3, 3],
    );
    let dx = pooling::max_pool_backward(x.clone(), dy.clone(), window.clone());
    is_single(&dx, [2, 3, 5, 4]);
    is_single(
        &pooling::avg_pool_forward(x.clone(), window.clone(), false),
        [2, 3, 3, 3],
    );
    is_single(
        &pooling::avg_pool_backward(dy, [5, 4], window, true),
        [2, 3, 5, 4],
    );
    is_single(
        &pooling::global_avg_pool_backward(ones([2, 3]), [5, 4]),
        [2, 3, 5, 4],
    );
    is_single(
        &pooling::upsample_nearest_forward(x.clone(), [7, 9]),
        [2, 3, 7, 9],
    );
    is_single(
        &pooling::upsample_bilinear_forward(x.clone(), [7, 9], false),
        [2, 3, 7, 9],
    );
    is_single(
        &pooling::upsample_bilinear_backward(x.clone(), [3, 2], true),
        [2, 3, 3, 2],
    );

    let options = TransposedConvOptions {
        stride: [2, 1],
        padding: [0, 1],
        output_padding: [1, 0],
        dilation: [1, 1],
        groups: 3,
    };
    let (weight, bias) = (ones([3, 2, 2, 3]), ones([6]));
    let y =
        pooling::conv_transpose2d_forward(x.clone(), weight.clone(), Some(bias), options.clone());
    is_single(&y, [2, 6, 11, 4]);
    let gradients = pooling::conv_transpose2d_backward(x, weight, y, options);
    is_single(&gradients.dx, [2, 3, 5, 4]);
    is_single(&gradients.dweight, [3, 2, 2, 3]);
    is_single(&gradients.dbias, [6]);
}

#[test]
fn the_neocognitron_keeps_the_type() {
    let (u, c) = (ones([2, 5, 4]), ones([3, 3]));
    let planes = SPlanes {
        a: ones([3, 2, 3, 3]),
        b: ones([3]),
    };
    let v = neocognitron::v_cell(u.clone(), c.clone());
    is_single(&v, [5, 4]);
    let s = neocognitron::s_cell(u.clone(), v.clone(), planes.clone(), 1.0);
    is_single(&s, [3, 5, 4]);
    is_single(&neocognitron::c_cell(s, c.clone(), 0.5, 2), [3, 3, 2]);
    let found = vec![Representative {
        plane: 1,
        row: 4,
        column: 0,
    }];
    let learned = neocognitron::winner_take_all_update(planes, u, v, c, found, 1.0);
    is_single(&learned.a, [3, 2, 3, 3]);
    is_single(&learned.b, [3]);
}
