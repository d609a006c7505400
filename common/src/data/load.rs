//! From a name to pictures or text.

use std::path::PathBuf;

use super::error::DataError;
use super::folder::DataFolder;
use super::images::{Images, Split};
use super::registry::{DataFile, Dataset, Format, Part, find};
use super::{cifar, colours, idx, plain_text, read, synthetic, usps};

/// MNIST and its relatives have ten classes.
const IDX_CLASSES: usize = 10;

/// The pictures of the set called `name`: `digits16`, `digits28` and `colours32` are always there,
/// `zipcode`, `mnist` and `cifar10` come from the data folder. Of CIFAR-10 the batches that are there are used;
/// [`Split::about`] says which.
///
/// # Errors
/// When there is no such set, it is text, its files are missing (the error names the command that gets
/// them), or a file is damaged.
pub fn load(name: &str) -> Result<Split, DataError> {
    let set = find(name)?;
    match set.format {
        // Needs no folder, so it works where there is none.
        Format::Synthetic => load_from(set, &DataFolder::at("")),
        _ => load_from(set, &DataFolder::find()?),
    }
}

/// As [`load`], from a folder of the caller's choice.
///
/// # Errors
/// As [`load`].
pub fn load_from(set: &Dataset, folder: &DataFolder) -> Result<Split, DataError> {
    let part = |part| match set.format {
        Format::Idx => idx_part(set, folder, part),
        Format::Usps | Format::Cifar => batches(set, folder, part),
        Format::Synthetic | Format::Text => Err(wrong_kind(set, "pictures")),
    };
    if set.format == Format::Synthetic {
        return Ok(match set.name.as_str() {
            "colours32" => colours::split(),
            "digits28" => synthetic::split(28),
            _ => synthetic::split(16),
        });
    }
    let (train, train_from) = part(Part::Train)?;
    let (test, test_from) = part(Part::Test)?;
    let about = format!(
        "{}: {} training pictures ({train_from}) and {} test pictures ({test_from}) from {}",
        set.name,
        train.len(),
        test.len(),
        folder.of(set).display()
    );
    Ok(Split { train, test, about })
}

/// The text called `name`: `tinyshakespeare` or `names`.
///
/// # Errors
/// As [`load`].
pub fn text(name: &str) -> Result<String, DataError> {
    text_from(find(name)?, &DataFolder::find()?)
}

/// As [`text`], from a folder of the caller's choice.
///
/// # Errors
/// As [`load`].
pub fn text_from(set: &Dataset, folder: &DataFolder) -> Result<String, DataError> {
    match &set.files[..] {
        [file] if set.format == Format::Text => {
            let path = needed(set, folder, file)?;
            plain_text::parse(read::contents(&path)?).map_err(DataError::format(&path))
        }
        _ => Err(wrong_kind(set, "text")),
    }
}

/// One part of an IDX set, and the names of its files.
fn idx_part(set: &Dataset, folder: &DataFolder, part: Part) -> Result<(Images, String), DataError> {
    let files: Vec<&DataFile> = set.part(part).collect();
    let [images, labels] = files[..] else {
        return Err(wrong_kind(set, "a pair of picture and label files"));
    };
    let labels_path = needed(set, folder, labels)?;
    let images_path = needed(set, folder, images)?;
    let bytes = read::contents(&labels_path)?;
    let parsed = idx::parse(&bytes).and_then(|array| idx::labels(&array, IDX_CLASSES));
    let parsed = parsed.map_err(DataError::format(&labels_path))?;
    let bytes = read::contents(&images_path)?;
    let images_of = idx::parse(&bytes).and_then(|array| idx::images(&array, parsed, IDX_CLASSES));
    let images_of = images_of.map_err(DataError::format(&images_path))?;
    Ok((images_of, images.name.clone()))
}

/// One part of a set whose files hold pictures with their labels: all training files that are there,
/// or the first test file that is; and their names.
fn batches(set: &Dataset, folder: &DataFolder, part: Part) -> Result<(Images, String), DataError> {
    let mut files = set
        .part(part)
        .filter_map(|file| Some((file, folder.locate(set, file)?)));
    let present: Vec<(&DataFile, PathBuf)> = match part {
        Part::Train => files.collect(),
        Part::Test => files.next().into_iter().collect(),
    };
    let mut all: Option<Images> = None;
    for (_, path) in &present {
        let bytes = read::contents(path)?;
        let parsed = match set.format {
            Format::Usps => usps::parse(&bytes),
            _ => cifar::parse(&bytes),
        };
        let images = parsed.map_err(DataError::format(path))?;
        match &mut all {
            None => all = Some(images),
            Some(all) => {
                all.pixels.extend(images.pixels);
                all.labels.extend(images.labels);
            }
        }
    }
    let names: Vec<&str> = present.iter().map(|(file, _)| file.name.as_str()).collect();
    match all {
        Some(images) => Ok((images, names.join(", "))),
        None => Err(missing(set, folder, set.part(part).next())),
    }
}

fn needed(set: &Dataset, folder: &DataFolder, file: &DataFile) -> Result<PathBuf, DataError> {
    folder
        .locate(set, file)
        .ok_or_else(|| missing(set, folder, Some(file)))
}

fn missing(set: &Dataset, folder: &DataFolder, file: Option<&DataFile>) -> DataError {
    DataError::Missing {
        name: set.name.clone(),
        file: file.map_or_else(String::new, |file| file.name.clone()),
        folder: folder.of(set),
    }
}

fn wrong_kind(set: &Dataset, wanted: &'static str) -> DataError {
    DataError::Kind {
        name: set.name.clone(),
        is: if set.format == Format::Text {
            "text"
        } else {
            "pictures"
        },
        wanted,
    }
}
