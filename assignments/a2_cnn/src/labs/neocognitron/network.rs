//! Two stages with four planes each, their learning, and how they are read.

use burn::tensor::{DType, Device, Tensor, TensorData};
use common::contract::a2::{SPlanes, Stage, TwoStageResponse};
use common::rng::Rng;

use super::super::students::students;
use super::strokes::{self, SIZE};
use crate::parts::neocognitron::{
    s_cell, select_representatives, two_stage_forward, v_cell, winner_take_all_update,
};

/// Rows and columns of a receptive field.
const FIELD: usize = 5;
/// The selectivity of each stage. The second is more generous: the C-cells below have blurred what it sees.
const SELECTIVITY: [f64; 2] = [2.0, 1.0];
/// Every how many cells of the first stage there is a C-cell.
const STRIDE: usize = 2;
/// The sum of a C-cell's weights.
const BLUR: f64 = 6.0;
/// The weights before learning are below this: just enough that one plane is the first to answer.
const FAINT: f64 = 1e-3;

/// What the second stage sees of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// C-cells with a receptive field, above every second S-cell.
    CCells,
    /// Every second S-cell: C-cells that see nothing but the S-cell right below.
    EverySecond,
    /// All S-cells, in the same way.
    All,
}

impl Between {
    /// In a few words, for pictures.
    pub fn name(self) -> &'static str {
        match self {
            Between::CCells => "C-cells",
            Between::EverySecond => "every 2nd S-cell",
            Between::All => "all S-cells",
        }
    }
}

/// Two stages, and the device that they are on.
pub struct Network {
    first: Stage,
    second: Stage,
    device: Device,
}

/// The cell of a plane that answers most to its stroke.
#[derive(Clone, Copy)]
struct Output {
    plane: usize,
    row: usize,
    column: usize,
}

/// What a trained network answers to each of the strokes in the middle.
pub struct Reading {
    /// The plane of the first stage, by stroke.
    pub first: Vec<Option<usize>>,
    /// The plane of the second stage, by stroke.
    pub second: Vec<Option<usize>>,
    outputs: Vec<Output>,
}

impl Reading {
    /// Whether each stroke has a plane of its own in both stages.
    pub fn is_sorted_out(&self) -> bool {
        [&self.first, &self.second].into_iter().all(|planes| {
            let mut own: Vec<usize> = planes.iter().copied().flatten().collect();
            own.sort_unstable();
            own.dedup();
            own.len() == strokes::COUNT
        })
    }
}

impl Network {
    /// A network that has learned nothing.
    pub fn new(rng: &mut Rng, device: &Device, between: Between) -> Self {
        let d = match between {
            Between::CCells => bell(FIELD, 1.0, BLUR),
            _ => bell(1, 1.0, BLUR / strokes::COUNT as f64),
        };
        let stride = match between {
            Between::All => 1,
            _ => STRIDE,
        };
        let mut stage = |k_in: usize, number: usize| {
            let shape = [strokes::COUNT, k_in, FIELD, FIELD];
            let a: Tensor<4> = rng.tensor(shape, |rng| rng.uniform(0.0, FAINT));
            Stage {
                planes: SPlanes {
                    a: a.to_device(device).cast(DType::F32),
                    b: Tensor::zeros([strokes::COUNT], (device, DType::F32)),
                },
                c: square(bell(FIELD, 1.5, 1.0), device),
                r: SELECTIVITY[number],
                d: square(d.clone(), device),
                alpha: 0.5,
                stride: if number == 0 { stride } else { 1 },
            }
        };
        Self {
            first: stage(1, 0),
            second: stage(strokes::COUNT, 1),
            device: device.clone(),
        }
    }

    /// Shows all strokes `epochs` times to the first stage, and then to the second through the first.
    pub fn train(&mut self, epochs: usize, rate: f64) -> anyhow::Result<()> {
        let images: Vec<Vec<f32>> = (0..strokes::COUNT)
            .map(|stroke| strokes::draw(stroke, [0, 0]))
            .collect();
        for _ in 0..epochs {
            for image in &images {
                let u = self.pixels(image).unsqueeze();
                learn(&mut self.first, u, rate)?;
            }
        }
        for _ in 0..epochs {
            for image in &images {
                let u = self.answers(image)?.first.c;
                learn(&mut self.second, u, rate)?;
            }
        }
        Ok(())
    }

    fn pixels(&self, image: &[f32]) -> Tensor<2> {
        let data = TensorData::new(image.to_vec(), [SIZE, SIZE]);
        Tensor::from_data(data, (&self.device, DType::F32))
    }

    /// What all cells answer.
    pub fn answers(&self, image: &[f32]) -> anyhow::Result<TwoStageResponse> {
        students(|| two_stage_forward(self.pixels(image), self.first.clone(), self.second.clone()))
    }

    /// What the trained network answers to the strokes that it has learned.
    pub fn read_strokes(&self) -> anyhow::Result<Reading> {
        let mut reading = Reading {
            first: vec![],
            second: vec![],
            outputs: vec![],
        };
        for stroke in 0..strokes::COUNT {
            let answers = self.answers(&strokes::draw(stroke, [0, 0]))?;
            let output = strongest(&answers.second.c);
            reading.outputs.extend(output);
            reading.second.push(output.map(|cell| cell.plane));
            let plane = strongest(&answers.first.s).map(|cell| cell.plane);
            reading.first.push(plane);
        }
        Ok(reading)
    }

    /// The plane of the second stage that answers most, if one answers. With `one_cell` each plane has only the cell
    /// that answers most to its own stroke in the middle; otherwise the cells of a plane are alike.
    pub fn plane_for(
        &self,
        image: &[f32],
        reading: &Reading,
        one_cell: bool,
    ) -> anyhow::Result<Option<usize>> {
        let layer = self.answers(image)?.second.c;
        if !one_cell {
            return Ok(strongest(&layer).map(|cell| cell.plane));
        }
        let [_, _, width] = layer.dims();
        let planes = planes_of(&layer);
        let answer = |cell: &&Output| planes[cell.plane][cell.row * width + cell.column];
        let best = reading
            .outputs
            .iter()
            .max_by(|a, b| answer(a).total_cmp(&answer(b)));
        Ok(best
            .filter(|cell| answer(cell) > 0.0)
            .map(|cell| cell.plane))
    }
}

/// One stage sees a layer and learns from it. One S-column is the whole layer, so each image has one representative.
fn learn(stage: &mut Stage, u: Tensor<3>, rate: f64) -> anyhow::Result<()> {
    stage.planes = students(|| {
        let v = v_cell(u.clone(), stage.c.clone());
        let s = s_cell(u.clone(), v.clone(), stage.planes.clone(), stage.r);
        let representatives = select_representatives(s, SIZE);
        let (planes, c) = (stage.planes.clone(), stage.c.clone());
        winner_take_all_update(planes, u, v, c, representatives, rate)
    })?;
    Ok(())
}

/// The answers of each plane, row after row.
pub fn planes_of(layer: &Tensor<3>) -> Vec<Vec<f32>> {
    let [_, height, width] = layer.dims();
    let answers: Vec<f32> = layer.to_data().iter::<f32>().collect();
    answers
        .chunks(height * width)
        .map(<[f32]>::to_vec)
        .collect()
}

/// The cell that answers most, if one answers.
fn strongest(layer: &Tensor<3>) -> Option<Output> {
    let [_, _, width] = layer.dims();
    let mut best = None;
    let mut most = 0.0;
    for (plane, answers) in planes_of(layer).into_iter().enumerate() {
        for (at, answer) in answers.into_iter().enumerate() {
            if answer > most {
                most = answer;
                best = Some(Output {
                    plane,
                    row: at / width,
                    column: at % width,
                });
            }
        }
    }
    best
}

/// Weights that fall off with the distance from the middle and add up to `sum`.
fn bell(size: usize, width: f64, sum: f64) -> Vec<f64> {
    let middle = (size / 2) as f64;
    let weight = |at: usize| {
        let (i, j) = ((at / size) as f64 - middle, (at % size) as f64 - middle);
        (-(i * i + j * j) / (2.0 * width * width)).exp()
    };
    let weights: Vec<f64> = (0..size * size).map(weight).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w * sum / total).collect()
}

/// Weights as a square in single precision.
fn square(weights: Vec<f64>, device: &Device) -> Tensor<2> {
    let side = weights.len().isqrt();
    let data = TensorData::new(weights, [side, side]);
    Tensor::from_data(data, (device, DType::F32))
}
