//! Mutants of A2.6, pooling and colours.

use a2_cnn::parts::alexnet as reference;
use burn::tensor::Tensor;
use common::contract::a2::ColourComponents;
use common::linear::symmetric_eigen;
use common::nn::{avg_pool2d, max_pool2d};
use hidden_suite::Mutant;

use super::alexnet::PART;

/// The mutants of this part that are about pooling and colours.
pub fn mutants() -> Vec<Mutant> {
    let mut all = pool();
    all.extend(components());
    all.extend(jitter());
    all
}

fn pool() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.overlapping_pool / "stride_is_the_size",
            "windows do not overlap",
            |x, size, _| max_pool2d(x, [size; 2], [size; 2])
        ),
        mutant!(
            alexnet.overlapping_pool / "size_is_the_stride",
            "windows are as large as the stride",
            |x, size, stride| {
                let right = reference::overlapping_pool(x.clone(), size, stride);
                let [_, _, h, w] = right.dims();
                let smaller = max_pool2d(x, [stride.min(size); 2], [stride; 2]);
                smaller.narrow(2, 0, h).narrow(3, 0, w)
            }
        ),
        mutant!(
            alexnet.overlapping_pool / "mean",
            "the mean and not the largest",
            |x, size, stride| avg_pool2d(x, [size; 2], [stride; 2])
        ),
        mutant!(
            alexnet.overlapping_pool / "from_zero",
            "the largest is looked for from 0 on",
            |x, size, stride| reference::overlapping_pool(x, size, stride).clamp_min(0.0)
        ),
        mutant!(
            alexnet.overlapping_pool / "rest_kept",
            "windows that do not fit are kept, with what there is of them",
            |x, size, stride| {
                let [n, c, h, w] = x.dims();
                let more = |all: usize| (stride - (all - size) % stride) % stride;
                let lowest = -1e9;
                let wide = Tensor::full([n, c, h, more(w)], lowest, (&x.device(), x.dtype()));
                let x = Tensor::cat(vec![x, wide], 3);
                let high = Tensor::full(
                    [n, c, more(h), w + more(w)],
                    lowest,
                    (&x.device(), x.dtype()),
                );
                reference::overlapping_pool(Tensor::cat(vec![x, high], 2), size, stride)
            }
        ),
    ]
}

/// The components of pixels `[c, all]` from which something was taken off.
fn components_of(pixels: Tensor<2>, divisor: f64) -> ColourComponents {
    let covariance = pixels.clone().matmul(pixels.transpose()) / divisor;
    let (values, vectors) = symmetric_eigen(covariance);
    ColourComponents { values, vectors }
}

fn pixels(images: &Tensor<4>) -> Tensor<2> {
    let [n, c, h, w] = images.dims();
    images.clone().permute([1, 0, 2, 3]).reshape([c, n * h * w])
}

fn components() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.colour_components / "mean_kept",
            "the mean is not taken off",
            |images| {
                let pixels = pixels(&images);
                let m = pixels.dims()[1] as f64;
                components_of(pixels, m)
            }
        ),
        mutant!(
            alexnet.colour_components / "one_mean_for_all",
            "all channels share one mean",
            |images| {
                let pixels = pixels(&images);
                let m = pixels.dims()[1] as f64;
                components_of(pixels.clone() - pixels.mean().unsqueeze(), m)
            }
        ),
        mutant!(
            alexnet.colour_components / "one_less",
            "the covariance is divided by the number of pixels less one",
            |images| {
                let pixels = pixels(&images);
                let m = pixels.dims()[1] as f64;
                components_of(pixels.clone() - pixels.mean_dim(1), m - 1.0)
            }
        ),
        mutant!(
            alexnet.colour_components / "difference_of_squares",
            "the covariance is the mean of products less the product of means",
            |images| {
                let pixels = pixels(&images);
                let m = pixels.dims()[1] as f64;
                let mean = pixels.clone().mean_dim(1);
                let products = pixels.clone().matmul(pixels.transpose()) / m;
                let (values, vectors) =
                    symmetric_eigen(products - mean.clone().matmul(mean.transpose()));
                ColourComponents { values, vectors }
            }
        ),
        mutant!(
            alexnet.colour_components / "smallest_first",
            "the components are in rising order",
            |images| {
                let right = reference::colour_components(images);
                ColourComponents {
                    values: right.values.flip([0]),
                    vectors: right.vectors.flip([1]),
                }
            }
        ),
        mutant!(
            alexnet.colour_components / "rows",
            "the eigenvectors are rows",
            |images| {
                let right = reference::colour_components(images);
                ColourComponents {
                    vectors: right.vectors.transpose(),
                    ..right
                }
            }
        ),
    ]
}

fn jitter() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.pca_colour_jitter / "each_pixel_its_own",
            "each column of pixels is moved more than the one before",
            |images, components, draws| {
                let moved = reference::pca_colour_jitter(images.clone(), components, draws);
                let columns = images.ones_like().cumsum(3);
                images.clone() + (moved - images) * columns
            }
        ),
        mutant!(
            alexnet.pca_colour_jitter / "first_draws_for_all",
            "all images are moved by the draws of the first",
            |images, components, draws| {
                let shape = draws.dims();
                let draws = draws.narrow(0, 0, 1).expand(shape);
                reference::pca_colour_jitter(images, components, draws)
            }
        ),
        mutant!(
            alexnet.pca_colour_jitter / "vectors_as_rows",
            "the rows of the vectors are taken for the components",
            |images, components, draws| {
                let vectors = components.vectors.transpose();
                reference::pca_colour_jitter(
                    images,
                    ColourComponents {
                        vectors,
                        ..components
                    },
                    draws,
                )
            }
        ),
        mutant!(
            alexnet.pca_colour_jitter / "roots",
            "the draws are multiplied by the roots of the eigenvalues",
            |images, components, draws| {
                let values = components.values.sqrt();
                reference::pca_colour_jitter(
                    images,
                    ColourComponents {
                        values,
                        ..components
                    },
                    draws,
                )
            }
        ),
        mutant!(
            alexnet.pca_colour_jitter / "values_left_out",
            "the eigenvalues play no part",
            |images, components, draws| {
                let values = components.values.ones_like();
                reference::pca_colour_jitter(
                    images,
                    ColourComponents {
                        values,
                        ..components
                    },
                    draws,
                )
            }
        ),
        mutant!(
            alexnet.pca_colour_jitter / "recentred",
            "the images keep their mean colour: what is added to all pixels is taken off again",
            |images, components, draws| {
                let moved = reference::pca_colour_jitter(images.clone(), components, draws);
                let mean = |x: Tensor<4>| x.mean_dim(2).mean_dim(3);
                moved.clone() - mean(moved) + mean(images)
            }
        ),
    ]
}
