//! Mutants of A2.6, what is done to images: pooling, colours and windows.

use a2_cnn::parts::alexnet as reference;
use burn::tensor::Tensor;
use common::contract::a2::{ColourComponents, CropDraw};
use common::linear::symmetric_eigen;
use common::nn::{avg_pool2d, max_pool2d};
use hidden_suite::Mutant;

use super::alexnet::PART;

/// The mutants of this part that are about images.
pub fn mutants() -> Vec<Mutant> {
    let mut all = pool();
    all.extend(components());
    all.extend(jitter());
    all.extend(random_crop());
    all.extend(ten_crops());
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

fn random_crop() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.random_crop_flip / "first_draw_for_all",
            "all images get the window of the first",
            |images, size, draws| {
                let draws = vec![draws[0].clone(); draws.len()];
                reference::random_crop_flip(images, size, draws)
            }
        ),
        mutant!(
            alexnet.random_crop_flip / "last_place_never",
            "the last place of the window is never drawn",
            |images, size, draws| {
                let [_, _, h, w] = images.dims();
                let less = |draw: f64, all: usize, size: usize| {
                    let places = (all - size + 1) as f64;
                    (draw * (places - 1.0)).floor() / places + 1e-9
                };
                let draws = draws.into_iter().map(|draw| CropDraw {
                    row: less(draw.row, h, size[0]),
                    column: less(draw.column, w, size[1]),
                    ..draw
                });
                reference::random_crop_flip(images, size, draws.collect())
            }
        ),
        mutant!(
            alexnet.random_crop_flip / "row_and_column_exchanged",
            "the draw for the row decides the column",
            |images, size, draws| {
                let draws = draws.into_iter().map(|draw| CropDraw {
                    row: draw.column,
                    column: draw.row,
                    ..draw
                });
                reference::random_crop_flip(images, size, draws.collect())
            }
        ),
        mutant!(
            alexnet.random_crop_flip / "upside_down",
            "top and bottom are exchanged",
            |images, size, draws| {
                let flipped = |draw: &CropDraw| draw.flip < 0.5;
                let which: Vec<bool> = draws.iter().map(flipped).collect();
                let straight = reference::random_crop_flip(images, size, unflipped(draws));
                each(
                    straight,
                    |i, crop| if which[i] { crop.flip([2]) } else { crop },
                )
            }
        ),
        mutant!(
            alexnet.random_crop_flip / "mirrored_above",
            "windows are mirrored when the draw is not below 0.5",
            |images, size, draws| {
                let draws = draws.into_iter().map(|draw| CropDraw {
                    flip: if draw.flip < 0.5 { 1.0 } else { 0.0 },
                    ..draw
                });
                reference::random_crop_flip(images, size, draws.collect())
            }
        ),
        mutant!(
            alexnet.random_crop_flip / "half_is_mirrored",
            "a draw of 0.5 mirrors too",
            |images, size, draws| {
                let draws = draws.into_iter().map(|draw| CropDraw {
                    flip: if draw.flip <= 0.5 { 0.0 } else { 1.0 },
                    ..draw
                });
                reference::random_crop_flip(images, size, draws.collect())
            }
        ),
        mutant!(
            alexnet.random_crop_flip / "images_exchanged",
            "the order of the images is turned and not the image: labels fit no longer",
            |images, size, draws| {
                let straight = reference::random_crop_flip(images, size, unflipped(draws));
                straight.flip([0])
            }
        ),
        mutant!(
            alexnet.random_crop_flip / "mirrored_before",
            "the whole image is mirrored, and then the window taken",
            |images, size, draws| {
                let all = images.clone();
                let which: Vec<bool> = draws.iter().map(|draw| draw.flip < 0.5).collect();
                let images = each(
                    all,
                    |i, image| if which[i] { image.flip([3]) } else { image },
                );
                reference::random_crop_flip(images, size, unflipped(draws))
            }
        ),
    ]
}

fn unflipped(draws: Vec<CropDraw>) -> Vec<CropDraw> {
    let straight = |draw| CropDraw { flip: 1.0, ..draw };
    draws.into_iter().map(straight).collect()
}

/// `f` of each image.
fn each(images: Tensor<4>, f: impl Fn(usize, Tensor<4>) -> Tensor<4>) -> Tensor<4> {
    let changed = images.iter_dim(0).enumerate().map(|(i, image)| f(i, image));
    Tensor::cat(changed.collect(), 0)
}

/// The ten windows in another order.
fn reordered(crops: Tensor<5>, order: [usize; 10]) -> Tensor<5> {
    let windows = order.map(|j| crops.clone().narrow(1, j, 1));
    Tensor::cat(windows.to_vec(), 1)
}

fn ten_crops() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.ten_crops / "corners_by_columns",
            "top right and bottom left are exchanged",
            |images, size| {
                let right = reference::ten_crops(images, size);
                reordered(right, [0, 2, 1, 3, 4, 5, 7, 6, 8, 9])
            }
        ),
        mutant!(
            alexnet.ten_crops / "mirrored_beside",
            "each window is followed by its mirror image",
            |images, size| {
                let right = reference::ten_crops(images, size);
                reordered(right, [0, 5, 1, 6, 2, 7, 3, 8, 4, 9])
            }
        ),
        mutant!(
            alexnet.ten_crops / "not_mirrored",
            "the second five are the first",
            |images, size| {
                let right = reference::ten_crops(images, size);
                reordered(right, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
            }
        ),
        mutant!(
            alexnet.ten_crops / "upside_down",
            "top and bottom are exchanged",
            |images, size| {
                let right = reference::ten_crops(images, size);
                let five = right.narrow(1, 0, 5);
                Tensor::cat(vec![five.clone(), five.flip([3])], 1)
            }
        ),
        mutant!(
            alexnet.ten_crops / "image_mirrored",
            "the image is mirrored and not its windows: left and right corners change places",
            |images, size| {
                let right = reference::ten_crops(images, size);
                reordered(right, [0, 1, 2, 3, 4, 6, 5, 8, 7, 9])
            }
        ),
        mutant!(
            alexnet.ten_crops / "centre_rounded_up",
            "the centre is rounded up",
            |images, size| {
                let [_, _, h, w] = images.dims();
                let right = reference::ten_crops(images.clone(), size);
                let (row, column) = ((h - size[0]).div_ceil(2), (w - size[1]).div_ceil(2));
                let centre = images.narrow(2, row, size[0]).narrow(3, column, size[1]);
                let mirrored = centre.clone().flip([3]).unsqueeze_dim(1);
                Tensor::cat(
                    vec![
                        right.clone().narrow(1, 0, 4),
                        centre.unsqueeze_dim(1),
                        right.narrow(1, 5, 4),
                        mirrored,
                    ],
                    1,
                )
            }
        ),
    ]
}
