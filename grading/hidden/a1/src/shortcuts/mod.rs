//! What the rules of the parts must notice: files that solve something with what is ready-made, one per way
//! to hide it. They are compiled here, so they are real, and searched as text.

hidden_suite::shortcuts! {
    "A1.1" perceptron: borrowed_layer;
    "A1.2" scalar_autodiff: burns_tensors;
    "A1.3" tensor_layers: autodiff, autodiff_by_path, autodiff_in_macro, numeric_gradient,
        burns_gelu, renamed_gelu, gelu_through_globs, gelu_as_pointer, burns_linear;
    "A1.4" losses: burns_log_softmax, renamed_softmax, burns_cross_entropy;
    "A1.5" mlp: burns_initializer, module_by_derive;
    "A1.6" optimisers: own_backward_hides_burns, toolkits_adam, toolkits_gradient;
    "A1.7" training_loop: toolkits_batches;
    "A1.8" regularisation: toolkits_early_stopping;
    "A1.12" data_sets: toolkits_reader;
}
