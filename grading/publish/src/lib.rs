//! Turns an assignment with its solutions into the starter that students get.
//!
//! The starter is the repository's own layout without what is hidden, so every relative path stays as it
//! is. [`publish`] copies what git tracks, strips the solutions ([`strip()`]), trims the workspace, compiles
//! the result, runs the public checks on it (they must give 0 points), looks for leaks ([`Secrets`]) and
//! puts a folder or a zip file in place. The same sources give the same bytes.

mod archive;
mod cargo;
mod error;
mod leak;
mod publishing;
mod sources;
mod strip;
mod workspace;

pub use archive::{SUMS, verify};
pub use cargo::{Built, Cargo, Score};
pub use error::PublishError;
pub use leak::{Leak, Secrets, scan_for_leaks};
pub use publishing::{Assembled, Options, Progress, Published, Target, assemble, publish};
pub use sources::checkout;
pub use strip::{StripError, Stripped, strip, strip_parts};
