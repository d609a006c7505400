//! Which hand-ins share code.
//!
//! [`analyse`] compares the hand-ins of a class with one another and with earlier terms, and [`pages`] shows
//! the findings. What is reported is that two texts are *similar*; why they are is for a person to find out.
//!
//! Sources are cut into tokens without parsing ([`lexer`]), normalised ([`tokens`]) and fingerprinted
//! ([`winnow`]). Whatever a hand-in contains, nothing here fails or panics because of it.

mod archive;
mod cluster;
mod compare;
mod corpus;
mod entry;
mod error;
pub mod lexer;
mod page;
mod regions;
mod report;
pub mod tokens;
pub mod winnow;

pub use archive::Archive;
pub use cluster::Cluster;
pub use entry::{Base, Entry, Options};
pub use error::SimilarityError;
pub use page::pages;
pub use regions::{Place, Region};
pub use report::{FileShare, Pair, Recurrence, Report, Side, WorkSummary, analyse};
pub use tokens::Names;
