//! Mutants of A2.3, sizes.

use a2_cnn::parts::pooling as reference;
use hidden_suite::Mutant;

use super::pooling::PART;

/// The mutants of this part that compute sizes.
pub fn mutants() -> Vec<Mutant> {
    let mut all = sizes();
    all.extend(transposed_sizes());
    all
}

fn sizes() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.pool_output_size / "rounded_up",
            "a last window that sticks out of the image counts",
            |size, kernel, stride, padding| {
                reference::pool_output_size(size, kernel, stride, padding)?;
                Ok((size + 2 * padding - kernel).div_ceil(stride) + 1)
            }
        ),
        mutant!(
            pooling.pool_output_size / "padded_once",
            "the padding is on one end only",
            |size, kernel, stride, padding| {
                reference::pool_output_size(size, kernel, stride, padding)?;
                Ok((size + padding).saturating_sub(kernel) / stride + 1)
            }
        ),
        mutant!(
            pooling.pool_output_size / "without_the_first",
            "the 1 is missing",
            |size, kernel, stride, padding| {
                Ok(reference::pool_output_size(size, kernel, stride, padding)? - 1)
            }
        ),
        mutant!(
            pooling.pool_output_size / "stride_is_kernel",
            "windows stand side by side, whatever the stride",
            |size, kernel, stride, padding| {
                reference::pool_output_size(size, kernel, stride, padding)?;
                reference::pool_output_size(size, kernel, kernel, padding)
            }
        ),
        mutant!(
            pooling.pool_output_size / "any_padding",
            "more padding than half of the kernel is let through",
            |size, kernel, stride, padding| {
                let allowed = padding.min(kernel / 2);
                reference::pool_output_size(size + 2 * (padding - allowed), kernel, stride, allowed)
            }
        ),
        mutant!(
            pooling.pool_output_size / "padding_below_half",
            "a padding of exactly half of the kernel is refused",
            |size, kernel, stride, padding| match 2 * padding == kernel {
                true => Err("too much padding".into()),
                false => reference::pool_output_size(size, kernel, stride, padding),
            }
        ),
        mutant!(
            pooling.pool_output_size / "any_kernel",
            "a kernel that does not fit gives 0 windows",
            |size, kernel, stride, padding| match kernel > size + 2 * padding {
                true => Ok(0),
                false => reference::pool_output_size(size, kernel, stride, padding),
            }
        ),
        mutant!(
            pooling.pool_output_size / "stride_0",
            "a stride of 0 counts as 1",
            |size, kernel, stride, padding| {
                reference::pool_output_size(size, kernel, stride.max(1), padding)
            }
        ),
    ]
}

fn transposed_sizes() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.conv_transpose_output_size / "no_output_padding",
            "output_padding is left out",
            |size, kernel, stride, padding, more, dilation| {
                let all = reference::conv_transpose_output_size(
                    size, kernel, stride, padding, more, dilation,
                )?;
                Ok(all - more)
            }
        ),
        mutant!(
            pooling.conv_transpose_output_size / "output_padding_twice",
            "output_padding is added on both ends",
            |size, kernel, stride, padding, more, dilation| {
                let all = reference::conv_transpose_output_size(
                    size, kernel, stride, padding, more, dilation,
                )?;
                Ok(all + more)
            }
        ),
        mutant!(
            pooling.conv_transpose_output_size / "padding_added",
            "the padding makes the output larger",
            |size, kernel, stride, padding, more, dilation| {
                let all = reference::conv_transpose_output_size(
                    size, kernel, stride, padding, more, dilation,
                )?;
                Ok(all + 4 * padding)
            }
        ),
        mutant!(
            pooling.conv_transpose_output_size / "dilation_ignored",
            "the kernel counts as one without gaps",
            |size, kernel, stride, padding, more, dilation| {
                let all = reference::conv_transpose_output_size(
                    size, kernel, stride, padding, more, dilation,
                )?;
                Ok((all + kernel - 1).saturating_sub(dilation * (kernel - 1)))
            }
        ),
        mutant!(
            pooling.conv_transpose_output_size / "size_times_stride",
            "the last pixel has a stride after it too",
            |size, kernel, stride, padding, more, dilation| {
                let all = reference::conv_transpose_output_size(
                    size, kernel, stride, padding, more, dilation,
                )?;
                Ok(all + stride - 1)
            }
        ),
        mutant!(
            pooling.conv_transpose_output_size / "any_output_padding",
            "an output_padding of the stride is let through",
            |size, kernel, stride, padding, more, dilation| {
                let allowed = more.min(stride.max(dilation).saturating_sub(1));
                let all = reference::conv_transpose_output_size(
                    size, kernel, stride, padding, allowed, dilation,
                )?;
                Ok(all + more - allowed)
            }
        ),
        mutant!(
            pooling.conv_transpose_output_size / "output_padding_below_stride",
            "an output_padding below the dilation but not below the stride is refused",
            |size, kernel, stride, padding, more, dilation| match more >= stride {
                true => Err("too much output padding".into()),
                false => reference::conv_transpose_output_size(
                    size, kernel, stride, padding, more, dilation,
                ),
            }
        ),
        mutant!(
            pooling.conv_transpose_output_size / "nothing_left",
            "an output without pixels has the size 0",
            |size, kernel, stride, padding, more, dilation| {
                let all =
                    reference::conv_transpose_output_size(size, kernel, stride, 0, more, dilation)?;
                Ok(all.saturating_sub(2 * padding))
            }
        ),
    ]
}
