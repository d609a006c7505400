//! Checks of A2.8: gradients, group and instance normalisation.

use burn::tensor::Tensor;
use common::check::{Check, Failure, Tolerance, Verdict, close, ensure, equal_bits};
use common::contract::Submission;
use common::contract::a2::{SpatialNormGradients, SpatialNorms};
use common::rng::Rng;

use super::spatial_norms::{PART, random_images};
use super::{about, sizes};
use crate::oracle::array::Array;
use crate::oracle::pytorch_spatial_norms::{GROUPS, ImageNormalisers};
use crate::oracle::spatial_norms::{Affine, NormGradients, Sets};

/// The checks of this part that look at gradients, or at groups.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "spatial_norms/bn_gradient_values",
            part: PART,
            points: 2,
            proves: "The gradients of spatial batch normalisation are those of its whole Jacobian, of PyTorch and of Burn's autodiff, for a random dy.",
            hint: "Every pixel of a channel moves the mean and the variance of all of them.",
            run: bn_gradients,
        },
        Check {
            id: "spatial_norms/group_values",
            part: PART,
            points: 1,
            proves: "Each image's groups of neighbouring channels are normalised, the image alone gives the same, and PyTorch's GroupNorm agrees.",
            hint: "Groups are runs of neighbours; gamma and beta are per channel; nothing goes over the images.",
            run: group_values,
        },
        Check {
            id: "spatial_norms/group_gradient_values",
            part: PART,
            points: 2,
            proves: "The gradients of group normalisation are those of its whole Jacobian and of PyTorch, for one group, several, and one per channel.",
            hint: "Means over the group go over dy gamma; dgamma and dbeta are sums over images and pixels of a channel.",
            run: group_gradients,
        },
        Check {
            id: "spatial_norms/group_refuses",
            part: PART,
            points: 1,
            proves: "A number of groups that does not divide the channels, or is 0, is an error; every divisor is not.",
            hint: "Look at the rest of channels divided by groups, and at 0 before.",
            run: group_refuses,
        },
        Check {
            id: "spatial_norms/instance",
            part: PART,
            points: 1,
            proves: "Instance normalisation and its gradients are right, and brightness and contrast of a channel do not show in its output.",
            hint: "It is group normalisation with as many groups as channels.",
            run: instance,
        },
    ]
}

fn same(got: &SpatialNormGradients, want: &NormGradients) -> Verdict {
    let exact = Tolerance::EXACT;
    close(&got.dx, &want.dx.tensor(), exact).map_err(about("dx"))?;
    close(&got.dgamma, &want.dgamma.tensor(), exact).map_err(about("dgamma"))?;
    close(&got.dbeta, &want.dbeta.tensor(), exact).map_err(about("dbeta"))
}

/// The gradients of spatial batch normalisation by Burn's autodiff.
fn autodiff(x: &Array<4>, affine: &Affine, dy: &Array<4>) -> NormGradients {
    let tracked = |x: Tensor<4>| x.autodiff().require_grad();
    let c = affine.gamma.shape[0];
    let x = tracked(x.tensor());
    let gamma = tracked(affine.gamma.tensor().reshape([1, c, 1, 1]));
    let beta = tracked(affine.beta.tensor().reshape([1, c, 1, 1]));
    let mean = |x: Tensor<4>| x.mean_dim(0).mean_dim(2).mean_dim(3);
    let centred = x.clone() - mean(x.clone());
    let root = (mean(centred.clone().square()) + affine.eps).sqrt();
    let y = centred / root * gamma.clone() + beta.clone();
    let gradients = (y * dy.tensor().autodiff()).sum().backward();
    let by = |leaf: &Tensor<4>| leaf.grad(&gradients).expect("is tracked and was used");
    NormGradients {
        dx: Array::of(&by(&x)),
        dgamma: Array::of(&by(&gamma).reshape([c])),
        dbeta: Array::of(&by(&beta).reshape([c])),
    }
}

fn bn_gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    let backward = |x: &Array<4>, dy: &Array<4>, affine: &Affine| {
        let gamma = affine.gamma.tensor();
        s.spatial_bn_backward(x.tensor(), gamma, dy.tensor(), affine.eps)
    };
    let unlike = sizes(rng, 2, 5);
    for shape in [unlike, [3, 3, 3, 3], [1, 2, 1, 3]] {
        let (x, affine) = (random_images(rng, shape), Affine::random(rng, shape[1]));
        let dy = Array::normal(rng, shape);
        let got = backward(&x, &dy, &affine)?;
        same(&got, &affine.gradients(&x, &dy, Sets::Channels))
            .map_err(about(format_args!("x {shape:?}")))?;
        same(&got, &autodiff(&x, &affine, &dy)).map_err(about("Burn's autodiff"))?;
    }
    let fixture = ImageNormalisers::load();
    for case in &fixture.training {
        let got = backward(&case.x, &case.dy, &fixture.affine())?;
        same(&got, &case.gradients()).map_err(about("PyTorch"))?;
    }
    Ok(())
}

fn group_norm(
    s: &Submission,
    x: &Array<4>,
    affine: &Affine,
    groups: usize,
) -> Result<Tensor<4>, Failure> {
    let (gamma, beta) = (affine.gamma.tensor(), affine.beta.tensor());
    s.group_norm_forward(x.tensor(), gamma, beta, groups, affine.eps)?
        .map_err(|why| Failure::wrong(format!("an error for {groups} groups: {why}")))
}

fn group_values(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, height, width] = sizes(rng, 2, 4);
    let affine = Affine::random(rng, 6);
    let x = random_images(rng, [n, 6, height, width]);
    let first = Array::from_fn([1, 6, height, width], |at| x[at]);
    for groups in [1, 2, 3, 6] {
        let what = format!("{groups} groups of 6 channels");
        let y = group_norm(s, &x, &affine, groups)?;
        let want = affine.y(&x, Sets::Groups(groups)).tensor();
        close(&y, &want, Tolerance::EXACT).map_err(about(&what))?;
        let alone = group_norm(s, &first, &affine, groups)?;
        close(&alone, &y.narrow(0, 0, 1), Tolerance::EXACT)
            .map_err(about(format_args!("{what}, the first image alone")))?;
    }
    let fixture = ImageNormalisers::load();
    let y = group_norm(s, &fixture.group.x, &fixture.affine(), GROUPS)?;
    close(&y, &fixture.group.y.tensor(), Tolerance::EXACT).map_err(about("PyTorch's GroupNorm"))
}

fn group_gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    let backward = |x: &Array<4>, dy: &Array<4>, affine: &Affine, groups: usize| {
        let gamma = affine.gamma.tensor();
        s.group_norm_backward(x.tensor(), gamma, dy.tensor(), groups, affine.eps)
    };
    let [n, height, width] = sizes(rng, 2, 4);
    let affine = Affine::random(rng, 4);
    let (x, dy) = (
        random_images(rng, [n, 4, height, width]),
        Array::normal(rng, [n, 4, height, width]),
    );
    for groups in [1, 2, 4] {
        let got = backward(&x, &dy, &affine, groups)?;
        same(&got, &affine.gradients(&x, &dy, Sets::Groups(groups)))
            .map_err(about(format_args!("{groups} groups of 4 channels")))?;
    }
    let fixture = ImageNormalisers::load();
    let case = &fixture.group;
    let got = backward(&case.x, &case.dy, &fixture.affine(), GROUPS)?;
    same(&got, &case.gradients()).map_err(about("PyTorch"))
}

fn group_refuses(s: &Submission, rng: &mut Rng) -> Verdict {
    let c = 6;
    let affine = Affine::random(rng, c);
    let x = random_images(rng, [1, c, 2, 3]);
    for groups in 0..=c + 1 {
        let divides = groups != 0 && c % groups == 0;
        if divides {
            let y = group_norm(s, &x, &affine, groups)?;
            let want = affine.y(&x, Sets::Groups(groups)).tensor();
            close(&y, &want, Tolerance::EXACT).map_err(about(format_args!("{groups} groups")))?;
            continue;
        }
        let (gamma, beta) = (affine.gamma.tensor(), affine.beta.tensor());
        let answer = s.group_norm_forward(x.tensor(), gamma, beta, groups, affine.eps)?;
        ensure(answer.is_err(), || {
            format!("no error for {c} channels in {groups} groups")
        })?;
    }
    Ok(())
}

fn instance(s: &Submission, rng: &mut Rng) -> Verdict {
    let shape = sizes(rng, 2, 5);
    let [_, c, _, _] = shape;
    let affine = Affine::random(rng, c);
    let call = |x: &Array<4>, affine: &Affine| {
        let (gamma, beta) = (affine.gamma.tensor(), affine.beta.tensor());
        s.instance_norm_forward(x.tensor(), gamma, beta, affine.eps)
    };
    let (x, dy) = (random_images(rng, shape), Array::normal(rng, shape));
    let y = call(&x, &affine)?;
    close(
        &y,
        &affine.y(&x, Sets::Groups(c)).tensor(),
        Tolerance::EXACT,
    )
    .map_err(about("y"))?;
    let gamma = affine.gamma.tensor();
    let got = s.instance_norm_backward(x.tensor(), gamma, dy.tensor(), affine.eps)?;
    same(&got, &affine.gradients(&x, &dy, Sets::Groups(c)))?;

    // Whole brightness and a contrast that is a power of two change no digit, once eps is as nothing.
    let bare = Affine {
        eps: 1e-300,
        ..affine
    };
    let whole = Array::from_fn(shape, |at| (4.0 * x[at]).round());
    let brighter = Array::from_fn(shape, |at| 2.0 * whole[at] + [8.0, -4.0][at[1] % 2]);
    let near = Tolerance::EXACT;
    close(&call(&brighter, &bare)?, &call(&whole, &bare)?, near)
        .map_err(about("brightness and contrast"))?;

    let fixture = ImageNormalisers::load();
    let case = &fixture.instance;
    let y = call(&case.x, &fixture.affine())?;
    close(&y, &case.y.tensor(), Tolerance::EXACT).map_err(about("PyTorch's InstanceNorm2d"))?;
    equal_bits(&y, &call(&case.x, &fixture.affine())?).map_err(about("the same once more"))
}
