//! Draws one picture of each kind: `cargo run -p common --example plots -- FOLDER`.

use std::path::PathBuf;

use common::plot::{Image, Tile, confusion_matrix, image_grid, learning_curves};
use common::rng::Rng;
use common::train::{History, Row};

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "plots".into()));
    let mut rng = Rng::new(1);

    let rows = (1..=12).map(|epoch| {
        let x = epoch as f64;
        let values = [
            ("train_loss", 0.9 * (-x / 2.0).exp() + 0.01),
            ("train_error", 0.2 * (-x / 2.0).exp() + 0.001),
            ("test_loss", 0.6 * (-x / 3.0).exp() + 0.2 + 0.005 * x),
            (
                "test_error",
                0.1 * (-x / 3.0).exp() + 0.055 + 0.002 * rng.normal(),
            ),
        ];
        Row {
            epoch,
            steps: 100 * epoch,
            values: values.map(|(k, v)| (k.to_string(), v)).to_vec(),
            seconds: 1.0,
        }
    });
    let history = History {
        rows: rows.collect(),
    };
    learning_curves("An example", &history, &[("loss", "nats"), ("error", "%")])?
        .save(folder.join("curves"))?;

    let counts: Vec<Vec<usize>> = (0..10)
        .map(|i| {
            (0..10)
                .map(|j| {
                    if i == j {
                        160 + rng.below(190)
                    } else {
                        rng.below(9).saturating_sub(5)
                    }
                })
                .collect()
        })
        .collect();
    let classes = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    confusion_matrix("An example: 2007 digits", &counts, &classes)?
        .save(folder.join("confusion"))?;

    let classes = ["airplane", "automobile", "bird"];
    let counts = [vec![870, 21, 109], vec![12, 951, 37], vec![64, 9, 927]];
    confusion_matrix("Long names", &counts, &classes)?.save(folder.join("long_names"))?;

    let mut tile = |channels: usize, i: usize| Tile {
        image: Image {
            width: 16,
            height: 16,
            channels,
            pixels: (0..channels * 256)
                .map(|p| ((p % 16) as f64 / 16.0 * rng.uniform(0.7, 1.0)) as f32)
                .collect(),
        },
        caption: Some(format!("{i} -> {}", (i + 3) % 10)),
    };
    let tiles: Vec<Tile> = (0..20)
        .map(|i| tile(if i < 10 { 1 } else { 3 }, i % 10))
        .collect();
    image_grid("An example: label -> prediction", &tiles, 10)?.save(folder.join("grid"))?;
    Ok(())
}
