//! Mutants of A2.6, windows of images.

use a2_cnn::parts::alexnet as reference;
use burn::tensor::Tensor;
use common::contract::a2::CropDraw;
use hidden_suite::Mutant;

use super::alexnet::PART;

/// The mutants of this part that are about windows.
pub fn mutants() -> Vec<Mutant> {
    let mut all = random_crop();
    all.extend(ten_crops());
    all
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
