//! Reads hand-ins that nobody vouches for: one folder, zip or tar.gz file each.
//!
//! [`hand_ins`] lists what lies in the folder with the hand-ins; [`read`] turns one of them into the few
//! files that are graded. Nothing is ever extracted to a place that a hand-in names, no link is followed, and no byte
//! of a hand-in makes this crate panic. A hand-in that cannot be used gives a [`Rejected`] with one
//! sentence for its author; one that can be used but is not as it should be gives [`Notice`]s.

mod attempt;
mod candidate;
mod container;
mod hand_in;
pub mod import;
mod layout;
mod limits;
mod names;
mod outcome;
mod text;

pub use attempt::{Attempt, hand_ins};
pub use candidate::{Candidate, Kind, ScanError, scan};
pub use hand_in::{HandIn, read};
pub use limits::Limits;
pub use names::{is_invisible, student_id};
pub use outcome::{Notice, Rejected};
