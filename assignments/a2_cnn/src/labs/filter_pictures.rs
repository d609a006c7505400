//! What a network of filters looks like inside.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use common::data::Images;
use common::plot::{Image, Tile, image_grid};

use super::filter_network::FilterNetwork;

/// Draws the kernels of the first layer before and after training, and saves the picture.
pub fn draw_kernels(before: &Tensor<4>, after: &Tensor<4>, out: &Path) -> anyhow::Result<()> {
    let mut tiles = kernels(before, "before");
    tiles.extend(kernels(after, "after"));
    let title = "The kernels of the first layer (grey is 0, white is positive)";
    image_grid(title, &tiles, before.dims()[0])?.save(out.join("kernels"))?;
    Ok(())
}

/// The kernels as images: 0 is grey, and the largest of all is white or black.
fn kernels(weight: &Tensor<4>, caption: &str) -> Vec<Tile> {
    let [planes, channels, height, width] = weight.dims();
    let numbers: Vec<f32> = weight.to_data().iter::<f32>().collect();
    let largest = numbers
        .iter()
        .fold(f32::MIN_POSITIVE, |all, w| all.max(w.abs()));
    let tiles = numbers.chunks(numbers.len() / planes).enumerate();
    tiles
        .map(|(plane, numbers)| Tile {
            image: Image {
                width,
                height,
                channels,
                pixels: numbers.iter().map(|w| 0.5 + 0.5 * w / largest).collect(),
            },
            caption: Some(format!("{caption} {}", plane + 1)),
        })
        .collect()
}

/// Draws image `sample` and what both layers make of it, and saves the picture. `shown` are the images as they were
/// loaded, `images` as the network sees them.
pub fn draw_maps(
    network: &FilterNetwork,
    images: &Images,
    shown: &Images,
    sample: usize,
    device: &Device,
    out: &Path,
) -> anyhow::Result<()> {
    let (x, _) = images.batch(&[sample], device);
    let outputs = network.outputs(x);
    let size = [images.height, images.width];
    let pixels = shown.image(sample).iter();
    let digit = Tile {
        image: Image {
            width: shown.width,
            height: shown.height,
            channels: shown.channels,
            pixels: match shown.channels {
                1 => pixels.map(|pixel| 1.0 - pixel).collect(),
                _ => pixels.copied().collect(),
            },
        },
        caption: Some(format!("class {}", shown.labels[sample])),
    };
    let mut tiles = vec![digit];
    tiles.extend(maps(&outputs.first, "first", size));
    let columns = tiles.len();
    tiles.extend(maps(&outputs.second, "second", size));
    let title = "What the layers make of one image (dark is active)";
    image_grid(title, &tiles, columns)?.save(out.join("maps"))?;
    Ok(())
}

/// The maps of one image as large as itself; the most active number of all is black.
fn maps(output: &Tensor<4>, layer: &str, [height, width]: [usize; 2]) -> Vec<Tile> {
    let [_, planes, rows, columns] = output.dims();
    let numbers: Vec<f32> = output.to_data().iter::<f32>().collect();
    let largest = numbers.iter().fold(f32::MIN_POSITIVE, |all, y| all.max(*y));
    let map = |plane: usize| {
        let plane = &numbers[plane * rows * columns..][..rows * columns];
        let nearest =
            |i: usize| plane[i / width * rows / height * columns + i % width * columns / width];
        (0..height * width)
            .map(|i| 1.0 - nearest(i) / largest)
            .collect()
    };
    (0..planes)
        .map(|plane| Tile {
            image: Image {
                width,
                height,
                channels: 1,
                pixels: map(plane),
            },
            caption: Some(format!("{layer} {}", plane + 1)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::check::tensor;

    #[test]
    fn a_kernel_is_grey_where_it_is_zero() {
        let tiles = kernels(&tensor([[[[0.0, -2.0]]], [[[1.0, 0.5]]]]), "after");
        assert_eq!(tiles[0].image.pixels, [0.5, 0.0]);
        assert_eq!(tiles[1].image.pixels, [0.75, 0.625]);
        assert_eq!(tiles[1].caption.as_deref(), Some("after 2"));
    }

    #[test]
    fn a_map_is_enlarged_and_black_where_it_is_most_active() {
        let tiles = maps(&tensor([[[[0.0, 4.0]], [[1.0, 2.0]]]]), "first", [2, 4]);
        let row = [0.75, 0.75, 0.5, 0.5];
        assert_eq!(tiles[1].image.pixels, [row, row].concat());
        assert_eq!(tiles[0].image.pixels[..4], [1.0, 1.0, 0.0, 0.0]);
    }
}
