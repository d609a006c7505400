//! What the rules of the parts must notice: files that solve something with what is ready-made, one per way
//! to hide it. They are compiled here, so they are real, and searched as text.

hidden_suite::shortcuts! {
    "A2.1" neocognitron: convolving_s_cells;
    "A2.2" convolution: burns_convolution, burns_unfold, toolkits_convolution, convolution_by_autodiff;
    "A2.3" pooling: burns_pooling, toolkits_pooling, differentiated_upsampling;
    "A2.6" alexnet: response_norm_by_autodiff;
    "A2.8" spatial_norms: numeric_norm_gradient;
    "A2.12" segmentation: burns_interpolation;
}
