//! `train neocognitron`: two stages learn strokes without a teacher, and what C-cells are for.

mod network;
mod strokes;

use anyhow::bail;
use burn::tensor::Tensor;
use common::contract::a2::StageResponse;
use common::plot::{Curve, Image, Panel, Tile, curves, image_grid};
use common::rng::Rng;
use common::train::{Lab, LabOptions};

use network::{Between, Network, Reading, planes_of};
use strokes::SIZE;

/// The lab.
pub const LAB: Lab = Lab {
    name: "neocognitron",
    about: "two stages sort four strokes without a teacher; 95 % are recognised deformed, and up to 4 pixels away",
    run,
};

const EPOCHS: usize = 3;
/// The learning rate. After one step the weights are far from those at the beginning.
const RATE: f64 = 100.0;
/// The share of deformed strokes, and of shifted ones with C-cells, that is to be recognised.
const RECOGNISED: f64 = 0.95;
/// The largest share of shifted strokes that a network without C-cells may recognise, or they would be for nothing.
const WITHOUT: f64 = 0.4;
/// How many deformed strokes are tried.
const DEFORMED: usize = 200;
/// The probability that a pixel of a deformed stroke has moved.
const WOBBLE: f64 = 0.2;
/// The farthest shift that is tried, in pixels: farther, strokes leave the image.
const FARTHEST: isize = 8;
/// The farthest shift that counts for the target.
const NEAR: usize = 4;

fn run(options: &LabOptions) -> anyhow::Result<()> {
    println!(
        "target: a plane for each stroke; {:.0} % recognised deformed and up to {NEAR} pixels away, below {:.0} % of the latter without C-cells",
        100.0 * RECOGNISED,
        100.0 * WITHOUT
    );
    if let Some(data) = &options.data {
        bail!("the lab neocognitron draws its own strokes: leave out --data {data}");
    }
    let network = trained(options, Between::CCells)?;
    let reading = network.read_strokes()?;
    for stroke in 0..strokes::COUNT {
        println!(
            "{:>8}: {} of the first stage, {} of the second",
            strokes::name(stroke),
            in_words(reading.first[stroke]),
            in_words(reading.second[stroke])
        );
    }
    let deformed = deformed(&network, &reading, options.seed)?;
    println!(
        "{:.1} % of {DEFORMED} strokes with a fifth of their pixels out of line are recognised",
        100.0 * deformed
    );
    draw_planes(&network, options)?;
    let [with, without] = draw_shifts(&network, options)?;
    println!(
        "up to {NEAR} pixels away: {:.1} % with C-cells, {:.1} % with all S-cells in their place",
        100.0 * with,
        100.0 * without
    );
    println!(
        "in {}: first_stage, second_stage, shift (.png and .svg)",
        options.out.display()
    );
    let reached = reading.is_sorted_out()
        && deformed >= RECOGNISED
        && with >= RECOGNISED
        && without < WITHOUT;
    let is = if reached { "is" } else { "is not" };
    println!(
        "{:.1} % recognised deformed and {:.1} % shifted; the target {is} reached",
        100.0 * deformed,
        100.0 * with
    );
    Ok(())
}

fn in_words(plane: Option<usize>) -> String {
    plane.map_or("no plane".into(), |plane| format!("plane {plane}"))
}

fn trained(options: &LabOptions, between: Between) -> anyhow::Result<Network> {
    let mut rng = Rng::named(options.seed, "planes");
    let mut network = Network::new(&mut rng, &options.device, between);
    let epochs = options.epochs.unwrap_or(EPOCHS);
    network.train(epochs, options.lr.unwrap_or(RATE))?;
    Ok(network)
}

/// The share of deformed strokes, up to one pixel away, for which the plane of their stroke answers most.
fn deformed(network: &Network, reading: &Reading, seed: u64) -> anyhow::Result<f64> {
    let mut rng = Rng::named(seed, "deformed");
    let mut recognised = 0;
    for case in 0..DEFORMED {
        let stroke = case % strokes::COUNT;
        let shift = [0, 1].map(|_| rng.between(0, 2) as isize - 1);
        let image = strokes::draw_deformed(&mut rng, stroke, shift, WOBBLE);
        let plane = network.plane_for(&image, reading, true)?;
        recognised += usize::from(plane.is_some() && plane == reading.second[stroke]);
    }
    Ok(recognised as f64 / DEFORMED as f64)
}

/// The share of strokes recognised at each distance from 0 to [`FARTHEST`], in all eight directions.
fn by_distance(network: &Network, one_cell: bool) -> anyhow::Result<Vec<f64>> {
    let reading = network.read_strokes()?;
    let share = |distance: isize| -> anyhow::Result<f64> {
        let (mut recognised, mut tried) = (0, 0);
        for stroke in 0..strokes::COUNT {
            for direction in (0..9).filter(|direction| *direction != 4) {
                let shift = [direction / 3 - 1, direction % 3 - 1].map(|step| step * distance);
                let image = strokes::draw(stroke, shift);
                let plane = network.plane_for(&image, &reading, one_cell)?;
                recognised += usize::from(plane.is_some() && plane == reading.second[stroke]);
                tried += 1;
            }
        }
        Ok(f64::from(u32::try_from(recognised)?) / f64::from(tried))
    };
    (0..=FARTHEST).map(share).collect()
}

/// Draws the share recognised against the distance, and gives the mean over the near ones, read by one cell per plane:
/// with C-cells, and with all S-cells in their place.
fn draw_shifts(network: &Network, options: &LabOptions) -> anyhow::Result<[f64; 2]> {
    let every_second = trained(options, Between::EverySecond)?;
    let all = trained(options, Between::All)?;
    let networks = [
        (Between::CCells, network),
        (Between::EverySecond, &every_second),
        (Between::All, &all),
    ];
    let (mut panels, mut near) = (Vec::new(), Vec::new());
    for (one_cell, read_by) in [
        (true, "one cell per plane"),
        (false, "the best cell anywhere"),
    ] {
        let mut curves = Vec::new();
        for (between, network) in networks {
            let shares = by_distance(network, one_cell)?;
            near.push(shares[1..=NEAR].iter().sum::<f64>() / NEAR as f64);
            let points = (0..).zip(shares).map(|(x, y)| (f64::from(x), 100.0 * y));
            curves.push(Curve {
                name: between.name().into(),
                points: points.collect(),
            });
        }
        panels.push(Panel {
            y_label: format!("recognised by {read_by}, %"),
            x_label: "shift, pixels".into(),
            curves,
        });
    }
    let title = "Strokes that have moved, by what the second stage sees of the first";
    curves(title, &panels)?.save(options.out.join("shift"))?;
    Ok([near[0], near[2]])
}

/// Draws each stroke with what the planes of both stages answer to it.
fn draw_planes(network: &Network, options: &LabOptions) -> anyhow::Result<()> {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for stroke in 0..strokes::COUNT {
        let image = strokes::draw(stroke, [0, 0]);
        let answers = network.answers(&image)?;
        for (tiles, stage) in [(&mut first, &answers.first), (&mut second, &answers.second)] {
            tiles.push(tile(image.clone(), SIZE, strokes::name(stroke).into()));
            tiles.extend(planes_as_tiles(stage));
        }
    }
    let columns = 1 + 2 * strokes::COUNT;
    for (name, title, tiles) in [
        (
            "first_stage",
            "The first stage: S-planes and C-planes, and the largest answer of each",
            first,
        ),
        (
            "second_stage",
            "The second stage: S-planes and C-planes, and the largest answer of each",
            second,
        ),
    ] {
        image_grid(title, &tiles, columns)?.save(options.out.join(name))?;
    }
    Ok(())
}

/// The S-planes and then the C-planes of a stage; white is the largest answer of the layer.
fn planes_as_tiles(stage: &StageResponse) -> Vec<Tile> {
    let layers: [(&str, &Tensor<3>); 2] = [("S", &stage.s), ("C", &stage.c)];
    let mut tiles = Vec::new();
    for (name, layer) in layers {
        let [_, _, width] = layer.dims();
        let planes = planes_of(layer);
        let largest = |plane: &[f32]| plane.iter().copied().fold(0.0, f32::max);
        let white = largest(&planes.concat()).max(f32::MIN_POSITIVE);
        for (k, plane) in planes.into_iter().enumerate() {
            let caption = format!("{name}{k}: {:.2}", largest(&plane));
            let bright: Vec<f32> = plane.into_iter().map(|answer| answer / white).collect();
            tiles.push(tile(enlarged(&bright, width), SIZE, caption));
        }
    }
    tiles
}

/// A plane as large as the image, so that what is above what is seen.
fn enlarged(plane: &[f32], width: usize) -> Vec<f32> {
    let height = plane.len() / width;
    let cell = |at: usize| {
        let (row, column) = (at / SIZE * height / SIZE, at % SIZE * width / SIZE);
        plane[row * width + column]
    };
    (0..SIZE * SIZE).map(cell).collect()
}

fn tile(pixels: Vec<f32>, width: usize, caption: String) -> Tile {
    let image = Image {
        width,
        height: pixels.len() / width,
        channels: 1,
        pixels,
    };
    Tile {
        image,
        caption: Some(caption),
    }
}
