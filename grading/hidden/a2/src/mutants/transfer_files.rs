//! Mutants of A2.10: files of weights.

use a2_cnn::parts::transfer as reference;
use burn::tensor::DType;
use common::contract::a2::*;
use hidden_suite::Mutant;

use super::transfer::PART;

/// The mutants of writing and reading.
pub fn mutants() -> Vec<Mutant> {
    vec![
        mutant!(
            transfer.save_weights / "single_precision",
            "numbers lose half of their digits",
            |weights| {
                let cut = |tensor: NamedTensor| {
                    let single = tensor.values.cast(DType::F32);
                    NamedTensor {
                        values: single.cast(DType::F64),
                        ..tensor
                    }
                };
                reference::save_weights(weights.into_iter().map(cut).collect())
            }
        ),
        mutant!(
            transfer.save_weights / "length_in_letters",
            "the length of a name is counted in letters",
            |weights| {
                let mut file = reference::save_weights(weights.clone());
                let letters = weights
                    .first()
                    .map_or(0, |tensor| tensor.name.chars().count());
                if let Some(length) = file.get_mut(8) {
                    *length = letters as u8;
                }
                file
            }
        ),
        mutant!(
            transfer.save_weights / "big_endian",
            "the number of tensors is big endian",
            |weights| {
                let mut file = reference::save_weights(weights);
                file[4..8].reverse();
                file
            }
        ),
        mutant!(
            transfer.save_weights / "sorted",
            "tensors come in the order of their names",
            |weights| {
                let mut weights = weights;
                weights.sort_by(|a, b| a.name.cmp(&b.name));
                reference::save_weights(weights)
            }
        ),
        mutant!(
            transfer.load_weights / "bytes_left_over",
            "what is behind the last tensor is not looked at",
            |bytes| {
                let shorter = bytes[..bytes.len().saturating_sub(1)].to_vec();
                reference::load_weights(bytes).or_else(|_| reference::load_weights(shorter))
            }
        ),
        mutant!(
            transfer.load_weights / "panics_on_short_files",
            "a file that ends too early is a panic",
            |bytes| match reference::load_weights(bytes) {
                Err(why) if why.contains("early") => panic!("index out of bounds"),
                other => other,
            }
        ),
        mutant!(
            transfer.load_weights / "any_beginning",
            "the first four letters are not looked at",
            |bytes| {
                let mut bytes = bytes;
                if let Some(letters) = bytes.get_mut(..4) {
                    letters.copy_from_slice(b"WGT1");
                }
                reference::load_weights(bytes)
            }
        ),
        mutant!(
            transfer.load_weights / "last_of_a_name_wins",
            "a name may be there twice",
            |bytes| match reference::load_weights(bytes) {
                Err(why) if why.contains("twice") => Ok(vec![]),
                other => other,
            }
        ),
        mutant!(
            transfer.load_weights / "letters_replaced",
            "what is not UTF-8 in a name is replaced",
            |bytes| match reference::load_weights(bytes) {
                Err(why) if why.contains("UTF-8") => Ok(vec![]),
                other => other,
            }
        ),
        mutant!(
            transfer.load_weights / "sizes_wrap_around",
            "the product of the sizes may be larger than a number can be",
            |bytes| match reference::load_weights(bytes) {
                Err(why) if why.contains("too large") => Ok(vec![]),
                other => other,
            }
        ),
        mutant!(
            transfer.load_weights / "flat",
            "every tensor has one axis",
            |bytes| {
                let flat = |tensor: NamedTensor| NamedTensor {
                    shape: vec![tensor.shape.iter().product()],
                    ..tensor
                };
                Ok(reference::load_weights(bytes)?
                    .into_iter()
                    .map(flat)
                    .collect())
            }
        ),
        mutant!(
            transfer.load_weights / "single_precision",
            "numbers are read in single precision",
            |bytes| {
                let cut = |tensor: NamedTensor| NamedTensor {
                    values: tensor.values.cast(DType::F32),
                    ..tensor
                };
                Ok(reference::load_weights(bytes)?
                    .into_iter()
                    .map(cut)
                    .collect())
            }
        ),
    ]
}
