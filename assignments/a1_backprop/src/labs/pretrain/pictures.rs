//! What layers look like, and what they make of images.

use burn::tensor::{Device, Tensor};
use common::contract::a1::{LayerKind, TiedLayer};
use common::data::{Images, Split};
use common::plot::{Curve, Image, Panel, Picture, PlotError, Tile, curves, image_grid};
use common::rng::Rng;

use crate::parts::pretraining;

/// How many filters or images are in a row.
const COLUMNS: usize = 16;
/// How many snapshots are drawn.
const ROWS: usize = 5;

/// The first filters (what a hidden unit is connected to, as an image: bright where the weight is
/// positive) after some of the epochs, one row each.
pub fn filters(
    title: &str,
    snapshots: &[(usize, Tensor<2>)],
    images: &Images,
) -> Result<Picture, PlotError> {
    let mut tiles = Vec::new();
    for (epoch, weights) in spread(snapshots) {
        let [_, hidden] = weights.dims();
        let rows = weights.clone().transpose().into_data();
        let values: Vec<f32> = rows.iter::<f32>().collect();
        let filters = values.chunks(images.features()).take(COLUMNS.min(hidden));
        for (i, filter) in filters.enumerate() {
            let largest = filter.iter().fold(f32::MIN_POSITIVE, |m, w| m.max(w.abs()));
            let greys = filter.iter().map(|w| 0.5 + 0.5 * w / largest);
            let caption = match (i, epoch) {
                (0, 1) => "1 epoch".into(),
                (0, _) => format!("{epoch} epochs"),
                _ => String::new(),
            };
            tiles.push(tile(greys.collect(), images, caption));
        }
    }
    let columns = tiles.len().min(COLUMNS);
    image_grid(title, &tiles, columns)
}

/// The first, the last, and some between them, nearer to each other at the beginning, where more happens.
fn spread<T>(snapshots: &[T]) -> Vec<&T> {
    let last = snapshots.len() - 1;
    let at = |row: usize| (last as f64 * (row as f64 / (ROWS - 1) as f64).powi(2)).round() as usize;
    let mut chosen: Vec<usize> = (0..ROWS).map(at).collect();
    chosen.dedup();
    chosen.into_iter().map(|i| &snapshots[i]).collect()
}

fn tile(pixels: Vec<f32>, images: &Images, caption: String) -> Tile {
    Tile {
        image: Image {
            width: images.width,
            height: images.height,
            channels: images.channels,
            pixels,
        },
        caption: Some(caption),
    }
}

/// Test images, and what first layers of each kind make of them. The denoising autoencoder gets them
/// damaged, in one more row.
pub fn reconstructions(
    data: &str,
    layers: &[(LayerKind, TiedLayer)],
    split: &Split,
    device: &Device,
) -> Result<Picture, PlotError> {
    let count = COLUMNS.min(split.test.len());
    let samples: Vec<usize> = (0..count).collect();
    let (x, _) = split.test.flat(&samples, device);
    let mut rows = vec![("test image", x.clone())];
    for (kind, layer) in layers {
        let seen = match kind {
            LayerKind::Rbm => x.clone(),
            LayerKind::DenoisingAutoencoder => {
                let noise = Rng::new(0).tensor(x.dims(), Rng::unit);
                let noise = noise.to_device(device).cast(x.dtype());
                let share = super::settings(*kind, None).corruption;
                let damaged = pretraining::corrupt(x.clone(), share, noise);
                rows.push(("damaged", damaged.clone()));
                damaged
            }
        };
        let hidden = pretraining::p_h_given_v(layer.clone(), seen);
        let image = pretraining::p_v_given_h(layer.clone(), hidden);
        rows.push((super::name(*kind), image));
    }
    let mut tiles = Vec::new();
    for (caption, images) in rows {
        let values: Vec<f32> = images.into_data().iter::<f32>().collect();
        for (i, image) in values.chunks(split.test.features()).enumerate() {
            // Dark on light.
            let pixels = image.iter().map(|pixel| 1.0 - pixel).collect();
            let caption = if i == 0 { caption } else { "" };
            tiles.push(tile(pixels, &split.test, caption.into()));
        }
    }
    let title = format!("Up one layer and down again, on {data}");
    image_grid(&title, &tiles, count)
}

/// The test errors after every epoch with labels, in per cent.
pub fn comparison(title: &str, errors: &[(&str, Vec<f64>)]) -> Result<Picture, PlotError> {
    let curve = |(name, errors): &(&str, Vec<f64>)| Curve {
        name: (*name).to_string(),
        points: errors
            .iter()
            .enumerate()
            .map(|(i, error)| ((i + 1) as f64, *error))
            .collect(),
    };
    let panel = Panel {
        y_label: "test error, %".into(),
        x_label: "epoch".into(),
        curves: errors.iter().map(curve).collect(),
    };
    curves(title, &[panel])
}
