//! What the rules of the parts must notice: files that solve something with what is ready-made, one per way
//! to hide it. They are compiled here, so they are real, and searched as text.

use hidden_suite::Shortcut;

/// `shortcuts!("A2.2" module: name, ...;)`: the file `<module>_<name>.rs` uses what A2.2 forbids.
macro_rules! shortcuts {
    ($($part:literal $module:ident: $($file:ident),+;)*) => {
        $($(
            #[allow(dead_code, unused_variables)]
            mod $file;
        )+)*

        /// All shortcuts, in the order of the parts.
        pub fn all() -> Vec<Shortcut> {
            vec![$($(
                Shortcut {
                    id: concat!(stringify!($module), "/", stringify!($file)),
                    part: $part,
                    source: include_str!(concat!(stringify!($file), ".rs")),
                },
            )+)*]
        }
    };
}

shortcuts! {
    "A2.1" neocognitron: convolving_s_cells;
    "A2.2" convolution: burns_convolution, burns_unfold, toolkits_convolution, convolution_by_autodiff;
    "A2.3" pooling: burns_pooling, toolkits_pooling, differentiated_upsampling;
    "A2.6" alexnet: response_norm_by_autodiff;
    "A2.8" spatial_norms: numeric_norm_gradient;
    "A2.12" segmentation: burns_interpolation;
}
