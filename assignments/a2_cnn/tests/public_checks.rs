//! What the public checks say about a wrong implementation.

use a2_cnn::{assignment, parts};
use common::check::run_check;
use common::contract::Submission;
use common::contract::a2::A2;
use common::device::use_double_precision;

/// The message of the check `id` on a wrong implementation.
fn message(wrong: A2, id: &str) -> String {
    use_double_precision();
    let assignment = assignment();
    let check = assignment.checks.iter().find(|check| check.id == id);
    let submission = Submission::local(wrong);
    let result = run_check(check.expect("a check"), &submission, 1);
    result.failure().expect("it fails").message.clone()
}

#[test]
fn rows_and_columns_of_im2col_are_told_apart_by_the_handouts_example() {
    let mut wrong = parts::table();
    wrong.convolution.im2col =
        |x, kernel, options| parts::convolution::im2col(x, kernel, options).swap_dims(1, 2);
    let message = message(wrong, "convolution/im2col");
    assert!(
        message.starts_with("im2col, a kernel of 2 x 2: expected shape [1, 4, 6], got [1, 6, 4]\n"),
        "{message}"
    );
}

#[test]
fn a_panic_is_told_with_the_example_of_the_handout() {
    let mut wrong = parts::table();
    wrong.convolution.conv2d_gemm = |x, weight, bias, options| {
        assert_eq!(options.stride, [1, 1], "not yet");
        parts::convolution::conv2d_gemm(x, weight, bias, options)
    };
    let message = message(wrong, "convolution/gemm");
    assert!(message.starts_with("conv2d_gemm: panicked: "), "{message}");
    let input = "input: x [[[[1, 2, 0, 1], [0, 1, 3, 0], [2, 0, 1, 2]]]], weight [[[[1, 2], [3, 4]]]], bias [0], \
                 options ConvOptions { stride: [2, 2], padding: [1, 1], dilation: [1, 1], groups: 1 }";
    assert!(message.contains(input), "{message}");
}
