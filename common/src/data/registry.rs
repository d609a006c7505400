//! The data sets that the course knows, from `datasets/registry.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::error::DataError;

/// One data set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// The name on the command line.
    pub name: String,
    /// What it is.
    pub title: String,
    /// What it is for in the course.
    pub purpose: String,
    /// Under which terms it may be used.
    pub licence: String,
    /// Who made it, and where it is described.
    pub source: String,
    /// How its files are read.
    pub format: Format,
    /// The folder inside the data folder that holds its files.
    pub folder: String,
    /// What the loader reads.
    #[serde(default, rename = "file")]
    pub files: Vec<DataFile>,
    /// Where the files can be had.
    #[serde(default, rename = "download")]
    pub downloads: Vec<Download>,
}

/// How the files of a set are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// [`idx`](super::idx): for each part a file of pictures, then one of labels.
    Idx,
    /// [`usps`](super::usps): a file for each part.
    Usps,
    /// [`cifar`](super::cifar): any number of batches for each part.
    Cifar,
    /// text: UTF-8: one file.
    Text,
    /// [`synthetic`](super::synthetic): no file, 16 or 28 pixels wide by its name.
    Synthetic,
}

/// One file of a set, by its unzipped contents. On disk it may be gzip, with `.gz` after its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Its name without `.gz`.
    pub name: String,
    /// Bytes of the contents.
    pub size: u64,
    /// SHA-256 of the contents, in hexadecimal.
    pub sha256: String,
    /// To which part of the set it belongs.
    pub part: Part,
    /// Whether the set is complete without it.
    #[serde(default)]
    pub optional: bool,
}

/// A part of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// To learn from.
    Train,
    /// To measure on.
    Test,
}

/// What can be downloaded: a file as it is, a file with gzip, or a `.tar.gz` of files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// The name it is kept under: that of its file, the same with `.gz`, or that of the archive.
    pub name: String,
    /// Bytes to download.
    pub size: u64,
    /// SHA-256 of what is downloaded, in hexadecimal.
    pub sha256: String,
    /// The files it gives.
    pub gives: Vec<String>,
    /// Addresses, tried in this order.
    pub mirrors: Vec<String>,
}

impl Download {
    /// Whether it must be unpacked.
    #[must_use]
    pub fn is_archive(&self) -> bool {
        self.name.ends_with(".tar.gz")
    }
}

impl Dataset {
    /// The file called `name`.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&DataFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The files of a part, in the registry's order.
    pub fn part(&self, part: Part) -> impl Iterator<Item = &DataFile> {
        self.files.iter().filter(move |file| file.part == part)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registry {
    set: Vec<Dataset>,
}

/// All data sets that the course knows.
#[must_use]
pub fn all() -> &'static [Dataset] {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
        toml::from_str(include_str!("../../../datasets/registry.toml"))
            .expect("datasets/registry.toml is part of this program and tested with it")
    });
    &REGISTRY.set
}

/// The data set called `name`.
///
/// # Errors
/// When there is none; the error lists those there are.
pub fn find(name: &str) -> Result<&'static Dataset, DataError> {
    all().iter().find(|set| set.name == name).ok_or_else(|| {
        let known: Vec<&str> = all().iter().map(|set| set.name.as_str()).collect();
        DataError::Unknown {
            name: name.into(),
            known: known.join(", "),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_consistent() {
        let is_digest =
            |hex: &str| hex.len() == 64 && hex.bytes().all(|b| b"0123456789abcdef".contains(&b));
        for (i, set) in all().iter().enumerate() {
            assert!(
                all()[..i].iter().all(|other| other.name != set.name),
                "{}",
                set.name
            );
            assert_eq!(
                set.files.is_empty(),
                set.format == Format::Synthetic,
                "{}",
                set.name
            );
            for file in &set.files {
                assert!(is_digest(&file.sha256) && file.size > 0, "{}", file.name);
                let downloads = set
                    .downloads
                    .iter()
                    .filter(|d| d.gives.contains(&file.name));
                assert_eq!(
                    downloads.count(),
                    usize::from(!file.optional),
                    "{}",
                    file.name
                );
            }
            for download in &set.downloads {
                assert!(
                    is_digest(&download.sha256) && download.size > 0,
                    "{}",
                    download.name
                );
                assert!(
                    download.gives.iter().all(|name| set.file(name).is_some()),
                    "{}",
                    download.name
                );
                assert!(!download.mirrors.is_empty(), "{}", download.name);
                assert!(
                    download
                        .mirrors
                        .iter()
                        .all(|url| url.starts_with("https://")),
                    "{}",
                    download.name
                );
                let names =
                    |file: &String| [file.clone(), format!("{file}.gz")].contains(&download.name);
                assert!(
                    download.is_archive() || download.gives.len() == 1 && names(&download.gives[0])
                );
            }
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = find("mnst").unwrap_err().to_string();
        assert!(
            error.contains("\"mnst\"") && error.contains("mnist, zipcode, cifar10"),
            "{error}"
        );
    }
}
