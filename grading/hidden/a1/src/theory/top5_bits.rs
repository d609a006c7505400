//! A1.4: the information in a label and in a list of five.

use a1_backprop::theory::Top5Bits;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("logarithm_of_base_10", |e: &Top5Bits| {
            right(e).map(|bits| Some(bits * 2f64.log10()))
        })
        .mistake("natural_logarithm", |e: &Top5Bits| {
            right(e).map(|bits| Some(bits * 2f64.ln()))
        })
        .mistake("bits_of_a_list_chosen_blindly", |e: &Top5Bits| {
            let lists: f64 = (0..5)
                .map(|i| (e.classes - i) as f64 / (5 - i) as f64)
                .product();
            [None, Some(lists.log2())]
        })
        .mistake("a_fifth_of_the_bits", |e: &Top5Bits| {
            let [label, _] = right(e);
            [Some(label / 5.0), Some(label / 5.0)]
        })
}

fn right(e: &Top5Bits) -> [f64; 2] {
    let classes = e.classes as f64;
    [classes.log2(), (classes / 5.0).log2()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// The bits of certainty that are won: the entropy before less the entropy after.
    #[test]
    fn entropies_of_the_classes_agree() {
        let entropy = |n: usize| -> f64 {
            let p = 1.0 / n as f64;
            (0..n).map(|_| -p * p.log2()).sum()
        };
        agrees(
            right,
            |e: &Top5Bits| [entropy(e.classes), entropy(e.classes) - entropy(5)],
            1e-9,
        );
    }
}
