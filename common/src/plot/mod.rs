//! Pictures: learning curves, grids of images, images with frames and masks, confusion matrices, planes and
//! graphs of expressions, each as PNG and SVG.
//!
//! A function here makes a [`Picture`]; [`Picture::save`] writes both files. The colours of lines are those of
//! Okabe & Ito (2008), which people with any common form of colour blindness can tell apart; those of classes are
//! Paul Tol's, for the same reason.

mod canvas;
mod confusion;
mod curves;
mod graph;
mod images;
mod overlays;
mod plane;
mod ticks;

pub use canvas::{Picture, PlotError};
pub use confusion::confusion_matrix;
pub use curves::{Curve, Panel, Scale, curves, learning_curves, scaled_curves};
pub use graph::{GraphNode, expression_graph};
pub use images::{Image, Tile, image_grid};
pub use overlays::{Colour, Frame, Overlay, class_colour, overlays, painted};
pub use plane::{Mark, Plane, on_grid, planes};
