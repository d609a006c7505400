//! What a detector is to say: from the digits of a scene to numbers at its locations.

use burn::tensor::{Device, Int, Tensor, TensorData};
use common::data::scenes::{CLASSES, SceneDigit};

use crate::parts::detection::{assign_locations, centerness};

/// A location that is to find a digit.
#[derive(Debug, Clone, Copy)]
struct Finder {
    location: usize,
    class: usize,
    corners: [f64; 4],
    centerness: f64,
}

/// What each location of one scene is to find.
pub struct Assigned {
    locations: usize,
    finders: Vec<Finder>,
}

impl Assigned {
    /// Gives the digits to the locations `[l, 2]`.
    pub fn new(locations: &Tensor<2>, digits: &[SceneDigit]) -> Self {
        let like = (&locations.device(), locations.dtype());
        let corners: Vec<f64> = digits.iter().flat_map(|digit| digit.corners).collect();
        let boxes = Tensor::<2>::from_data(TensorData::new(corners, [digits.len(), 4]), like);
        let answers = assign_locations(locations.clone(), boxes);

        // Those that find something, each with its digit.
        let found = answers.iter().enumerate().filter_map(|(location, &of)| {
            let digit = digits.get(usize::try_from(of).ok()?)?;
            Some((location, digit))
        });
        let found: Vec<(usize, &SceneDigit)> = found.collect();
        let count = answers.len();
        if found.is_empty() {
            return Self {
                locations: count,
                finders: Vec::new(),
            };
        }
        let indices: Vec<i64> = found.iter().map(|(location, _)| *location as i64).collect();
        let indices = Tensor::<1, Int>::from_ints(indices.as_slice(), &locations.device());
        let corners: Vec<f64> = found.iter().flat_map(|(_, digit)| digit.corners).collect();
        let boxes = Tensor::<2>::from_data(TensorData::new(corners, [found.len(), 4]), like);
        let central = centerness(locations.clone().select(0, indices), boxes).into_data();
        let finders = found.iter().zip(central.iter::<f64>());
        Self {
            locations: count,
            finders: finders
                .map(|((location, digit), centerness)| Finder {
                    location: *location,
                    class: digit.class,
                    corners: digit.corners,
                    centerness,
                })
                .collect(),
        }
    }
}

/// The locations of a batch that are to find something.
pub struct Found {
    /// How many.
    pub count: usize,
    /// `[count]`, their places among all locations of the batch, image after image.
    pub locations: Tensor<1, Int>,
    /// `[count, 4]`, the boxes that they are to find.
    pub boxes: Tensor<2>,
    /// `[count]`, how central they are.
    pub centerness: Tensor<1>,
}

/// What a network is to say about a batch.
pub struct Targets {
    /// `[n locations, classes]`, 0 or 1.
    pub classes: Tensor<2>,
    /// None when no location is in a box.
    pub found: Option<Found>,
}

impl Targets {
    /// The targets of the scenes `samples`.
    pub fn new(assigned: &[Assigned], samples: &[usize], device: &Device) -> Self {
        let mut places = Vec::new();
        let (mut corners, mut central) = (Vec::new(), Vec::new());
        let mut classes = Vec::new();
        for scene in samples.iter().map(|&sample| &assigned[sample]) {
            let first = classes.len() / CLASSES;
            classes.resize(classes.len() + scene.locations * CLASSES, 0.0f32);
            for finder in &scene.finders {
                let place = first + finder.location;
                classes[place * CLASSES + finder.class] = 1.0;
                places.push(place as i64);
                corners.extend(finder.corners.map(|corner| corner as f32));
                central.push(finder.centerness as f32);
            }
        }
        let count = places.len();
        let rows = classes.len() / CLASSES;
        Self {
            classes: Tensor::from_data(TensorData::new(classes, [rows, CLASSES]), device),
            found: (count > 0).then(|| Found {
                count,
                locations: Tensor::from_ints(places.as_slice(), device),
                boxes: Tensor::from_data(TensorData::new(corners, [count, 4]), device),
                centerness: Tensor::from_data(TensorData::new(central, [count]), device),
            }),
        }
    }
}
