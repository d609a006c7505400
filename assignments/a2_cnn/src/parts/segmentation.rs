//! A2.12 Segmentation and looking inside.
