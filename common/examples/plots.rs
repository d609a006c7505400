//! Draws one picture of each kind: `cargo run -p common --example plots -- FOLDER`.

use std::path::PathBuf;

use common::plot::{
    GraphNode, Image, Mark, Plane, Tile, confusion_matrix, expression_graph, image_grid,
    learning_curves, on_grid, planes,
};
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

    let range = (-2.0, 2.0);
    let bowl = |x: f64, y: f64| x * x + 4.0 * y * y;
    let mut plane = |levels: Vec<f64>| Plane {
        title: format!("levels: {}", levels.len()),
        x: range,
        y: range,
        values: on_grid(range, range, 80, bowl),
        levels,
        paths: vec![vec![(-1.5, 1.5), (-1.0, -1.0), (-0.5, 0.5), (3.0, 0.0)]],
        marks: (0..12)
            .map(|i| Mark {
                at: (rng.uniform(-2.0, 2.0), rng.uniform(-2.0, 2.0)),
                colour: i % 2,
                ringed: i < 2,
            })
            .collect(),
    };
    let levels = (1..12).map(|i| 0.1 * f64::from(i * i)).collect();
    planes("An example", &[plane(vec![4.0]), plane(levels)], 2)?.save(folder.join("planes"))?;

    let node = |label: &str, value: i32, gradient: i32, inputs: &[usize]| GraphNode {
        label: label.into(),
        numbers: [format!("{value}"), format!("gradient {gradient}")],
        inputs: inputs.to_vec(),
    };
    let nodes = [
        node("q * q", 64, 1, &[1, 1]),
        node("q = p + a", 8, 16, &[2, 3]),
        node("p = a * b", 6, 16, &[3, 4]),
        node("a", 2, 64, &[]),
        node("b", 3, 32, &[]),
    ];
    expression_graph("(a b + a)^2", &nodes)?.save(folder.join("graph"))?;
    Ok(())
}
