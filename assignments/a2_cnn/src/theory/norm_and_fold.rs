//! A2.8: group normalisation of one image, and a folded channel.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// Four channels of two pixels in two groups, and one channel of a convolution with its normalisation.
pub struct NormAndFold {
    /// The two pixels of each channel.
    pub channels: [[f64; 2]; 4],
    /// The scale of each channel.
    pub gamma: [f64; 4],
    /// The shift of each channel.
    pub beta: [f64; 4],
    /// One element of the channel's kernel.
    pub weight: f64,
    /// The channel's bias.
    pub bias: f64,
    /// The scale and the shift of the channel's normalisation.
    pub affine: [f64; 2],
    /// The running mean and variance, and eps.
    pub running: [f64; 3],
}

impl Exercise for NormAndFold {
    const ID: &'static str = "norm_and_fold";
    const PART: &'static str = "A2.8";
    const TITLE: &'static str = "Group normalisation and folding by hand";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("output", "the output of the first pixel of channel 3"),
        Answer::number("weight", "the folded element of the kernel"),
        Answer::number("bias", "the folded bias"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let mut one = |low, high| decimal(rng, low, high, 1);
        Self {
            // The pixel that is asked for is far above all others of its group.
            channels: [
                [one(-3.0, -2.0), one(4.0, 5.0)],
                [one(0.5, 1.5), one(-1.5, -0.5)],
                [one(6.0, 8.0), one(0.0, 1.0)],
                [one(1.0, 2.0), one(-2.0, -1.0)],
            ],
            gamma: [one(0.5, 0.7), one(0.8, 1.0), one(1.5, 2.0), one(2.5, 3.0)],
            beta: [one(-0.8, -0.5), one(0.1, 0.3), one(0.5, 0.9), one(1.5, 2.0)],
            weight: one(0.5, 1.5),
            bias: one(3.0, 4.0),
            affine: [one(2.5, 3.5), one(0.6, 1.4)],
            running: [one(0.8, 1.6), one(2.0, 4.0), one(0.2, 0.4)],
        }
    }

    fn text(&self) -> String {
        let pair = |[a, b]: [f64; 2]| format!("({a}, {b})");
        let channels = self.channels.map(pair).join(", ");
        let list = |x: [f64; 4]| x.map(|x| x.to_string()).join(", ");
        let [gamma, beta] = self.affine;
        let [mean, variance, eps] = self.running;
        fill(
            r"
An image of 1 x 2 pixels has four channels, counted from 1: $@channels$. It goes through group normalisation with two
groups, $\gamma = (@gammas)$ and $\beta = (@betas)$. Leave out $\varepsilon$. What is the output for the first
pixel of channel 3?

An output channel of a convolution has the bias $b = @bias$, and one element of its kernel is $w = @w$. Batch
normalisation follows, with $\gamma = @gamma$, $\beta = @beta$, the running mean @mean, the running variance
@variance and $\varepsilon = @eps$. The two are folded into one convolution for use. What do $w$ and $b$ become?",
            &[
                ("channels", &channels),
                ("gammas", &list(self.gamma)),
                ("betas", &list(self.beta)),
                ("bias", &self.bias),
                ("w", &self.weight),
                ("gamma", &gamma),
                ("beta", &beta),
                ("mean", &mean),
                ("variance", &variance),
                ("eps", &eps),
            ],
        )
    }
}
