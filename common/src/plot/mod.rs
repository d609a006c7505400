//! Pictures: learning curves, grids of images, confusion matrices, planes and graphs of expressions, each
//! as PNG and SVG.
//!
//! A function here makes a [`Picture`]; [`Picture::save`] writes both files. The colours are those of
//! Okabe & Ito (2008), which people with any common form of colour blindness can tell apart.

mod canvas;
mod confusion;
mod curves;
mod graph;
mod images;
mod plane;
mod ticks;

pub use canvas::{Picture, PlotError};
pub use confusion::confusion_matrix;
pub use curves::{Curve, Panel, Scale, curves, learning_curves, scaled_curves};
pub use graph::{GraphNode, expression_graph};
pub use images::{Image, Tile, image_grid};
pub use plane::{Mark, Plane, on_grid, planes};
