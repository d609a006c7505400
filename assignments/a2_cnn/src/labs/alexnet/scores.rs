//! Who is wrong how often: with one guess, and with five as in the contest.

use burn::tensor::{Device, Int, Tensor};
use common::contract::a2::MiniAlexnet;
use common::data::Images;

use super::network::{Linear, alexnet_logits, linear_logits, middle, ten_views, window};
use crate::parts::alexnet::top_k_errors;

/// How many pictures go through a network at once, each as ten windows.
const AT_ONCE: usize = 100;

/// The shares of pictures whose class is not the first guess, and not among the first five.
#[derive(Debug, Clone, Copy)]
pub struct Score {
    /// Whose.
    pub who: &'static str,
    /// With one guess.
    pub top1: f64,
    /// With five.
    pub top5: f64,
}

/// The scores of the rival, and of the small AlexNet when it looks once and when it looks ten times.
pub fn scores(
    linear: &Linear,
    alexnet: &MiniAlexnet,
    images: &Images,
    device: &Device,
) -> [Score; 3] {
    let size = window(images.shape());
    let of = |who, answers: &dyn Fn(Tensor<4>) -> Tensor<2>| {
        let (answers, labels): (Vec<Tensor<2>>, Vec<Tensor<1, Int>>) = images
            .in_order(AT_ONCE, device)
            .map(|(x, labels)| (answers(x), labels))
            .unzip();
        let errors = top_k_errors(Tensor::cat(answers, 0), Tensor::cat(labels, 0), vec![1, 5]);
        Score {
            who,
            top1: errors[0],
            top5: errors[1],
        }
    };
    [
        of("linear classifier", &|x| linear_logits(linear, x)),
        of("AlexNet, one window", &|x| {
            alexnet_logits(alexnet, middle(x, size))
        }),
        of("AlexNet, ten windows", &|x| ten_views(alexnet, x, size)),
    ]
}

/// The scores as a table.
pub fn table(scores: &[Score]) -> String {
    let mut table = format!("{:<22}{:>9}{:>9}", "test error", "top 1", "top 5");
    for Score { who, top1, top5 } in scores {
        let [top1, top5] = [top1, top5].map(|share| format!("{:.2} %", 100.0 * share));
        table.push_str(&format!("\n{who:<22}{top1:>9}{top5:>9}"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_their_headings() {
        let score = Score {
            who: "AlexNet, ten windows",
            top1: 0.125,
            top5: 1.0,
        };
        assert_eq!(
            table(&[score]),
            "test error                top 1    top 5\n\
             AlexNet, ten windows    12.50 % 100.00 %"
        );
    }
}
