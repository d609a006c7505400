//! The contract: the seam between a student's functions and a check.
//!
//! For each part of an assignment one trait lists the functions that a student writes ([`a1`], [`a2`]).
//! Everything in their signatures is a plain value: tensors, numbers, vectors, small structs. A
//! function takes its parameters and its random numbers as arguments ("weights in"), so the right
//! answer depends on no initialiser and no generator.
//!
//! - [`contract!`](crate::contract!) makes of such a list the table, the server and the client.
//! - [`Submission`] is a hand-in as a check sees it.
//! - [`drive`] is the `main` of the process that runs a hand-in; [`Client`] is the judge's end.
//! - [`Wire`] is how values are sent, [`Show`] how they stand in a message.

pub mod a1;
pub mod a2;
mod call;
mod macros;
mod panics;
mod process;
mod show;
mod wire;

pub use call::{CallError, Endpoint, FailedCall, Local, Outcome, Serve, Submission, serve_one};
pub use panics::catch;
#[cfg(unix)]
pub use process::drive;
pub use process::{ANSWERS_FD, Client, MAX_FRAME, REQUESTS_FD, read_frame, serve, write_frame};
pub use show::{Show, argument};
pub use wire::{Reader, Wire, WireError};
