//! Data sets: which there are, how to get them, how to read them.
//!
//! ```
//! let digits = common::data::load("digits16")?; // drawn by code, always there
//! let device = burn::tensor::Device::flex();
//! let (x, y) = digits.train.batch(&[0, 1, 2], &device);
//! assert_eq!((x.dims(), y.dims()), ([3, 1, 16, 16], [3]));
//! # Ok::<(), common::data::DataError>(())
//! ```
//!
//! | module | what |
//! |---|---|
//! | [`registry`] | the sets, from `datasets/registry.toml` |
//! | [`fetch`], [`import`] | getting files: from a mirror, from a folder |
//! | [`status`], [`verify`] | what is there, and whether it is right |
//! | [`DataFolder`] | where files live: `DL_DATA_DIR` or the user's data folder |
//! | [`load`], [`text`] | from a name to pictures or text |
//! | [`idx`], [`usps`], [`cifar`] | the file formats |
//! | [`synthetic`] | digits drawn by code |
//! | [`colours`] | the same in colour, in place of CIFAR-10 |
//! | [`scenes`] | several of them on one picture, with boxes and masks |
//!
//! Nothing here prints: functions give values, and report progress to a callback.

pub mod cifar;
pub mod colours;
mod error;
mod fetch;
mod folder;
mod glyphs;
pub mod idx;
mod images;
mod import;
mod load;
mod plain_text;
mod read;
pub mod registry;
pub mod scenes;
mod store;
pub mod synthetic;
#[cfg(test)]
mod tests;
pub mod usps;
mod verify;

pub use error::{DataError, FormatError};
pub use fetch::fetch;
pub use folder::DataFolder;
pub use images::{Images, Split, Statistics};
pub use import::{Import, Imported, import};
pub use load::{load, load_from, text, text_from};
pub use registry::{DataFile, Dataset, Download, Format, Part};
pub use store::Progress;
pub use verify::{FileState, FileStatus, is_complete, status, verify};
