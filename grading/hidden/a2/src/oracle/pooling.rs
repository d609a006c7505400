//! What the answers of A2.3 should be.
//!
//! A linear map of images is a list of links here, "output pixel, input pixel, weight": forwards each link carries `x` to
//! `y`, backwards `dy` to `dx`. Max pooling is such a list that depends on the image.

use common::contract::a2::{PoolWindow, TransposedConvOptions};
use serde::Deserialize;

use super::array::Array;

/// Images `[n, c, height, width]`.
impl Array<4> {
    /// Rows and columns.
    pub fn size(&self) -> [usize; 2] {
        [self.shape[2], self.shape[3]]
    }

    /// The indices of image and channel of every channel of every image.
    fn channels(&self) -> Vec<[usize; 2]> {
        pairs([self.shape[0], self.shape[1]])
    }

    /// Zeros of another size.
    fn sized(&self, [height, width]: [usize; 2]) -> Self {
        let [n, c, _, _] = self.shape;
        Self::zeros([n, c, height, width])
    }
}

/// All pairs of numbers below `rows` and `columns`, in reading order.
pub fn pairs([rows, columns]: [usize; 2]) -> Vec<[usize; 2]> {
    (0..rows * columns)
        .map(|k| [k / columns, k % columns])
        .collect()
}

/// Output pixel, input pixel, weight.
pub type Link = ([usize; 2], [usize; 2], f64);

/// A linear map of one channel.
#[derive(Debug, Clone)]
pub struct Links {
    /// Rows and columns of the input.
    pub from: [usize; 2],
    /// Rows and columns of the output.
    pub to: [usize; 2],
    links: Vec<Link>,
}

impl Links {
    /// The image of `x`.
    pub fn forward(&self, x: &Array<4>) -> Array<4> {
        let mut y = x.sized(self.to);
        for [n, c] in x.channels() {
            for &([i, j], [a, b], weight) in &self.links {
                y[[n, c, i, j]] += weight * x[[n, c, a, b]];
            }
        }
        y
    }

    /// The image of `dy` under the adjoint map.
    pub fn backward(&self, dy: &Array<4>) -> Array<4> {
        let mut dx = dy.sized(self.from);
        for [n, c] in dy.channels() {
            for &([i, j], [a, b], weight) in &self.links {
                dx[[n, c, a, b]] += weight * dy[[n, c, i, j]];
            }
        }
        dx
    }

    /// Average pooling.
    pub fn average(from: [usize; 2], window: &PoolWindow, count_include_pad: bool) -> Self {
        let to = pooled(from, window);
        let mut links = Vec::new();
        for at in pairs(to) {
            let inside = inside(from, window, at);
            let all = window.kernel[0] * window.kernel[1];
            let count = if count_include_pad { all } else { inside.len() };
            links.extend(
                inside
                    .into_iter()
                    .map(|pixel| (at, pixel, 1.0 / count as f64)),
            );
        }
        Self { from, to, links }
    }

    /// The input pixels of one output pixel.
    pub fn of_output(&self, at: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
        let links = self.links.iter();
        links.filter(move |link| link.0 == at).map(|link| link.1)
    }

    /// The mean of everything.
    pub fn global(from: [usize; 2]) -> Self {
        let window = PoolWindow {
            kernel: from,
            stride: [1, 1],
            padding: [0, 0],
        };
        Self::average(from, &window, true)
    }

    /// Nearest upsampling.
    pub fn nearest(from: [usize; 2], to: [usize; 2]) -> Self {
        let source = |i: usize, axis: usize| i * from[axis] / to[axis];
        let link = |[i, j]: [usize; 2]| ([i, j], [source(i, 0), source(j, 1)], 1.0);
        let links = pairs(to).into_iter().map(link).collect();
        Self { from, to, links }
    }

    /// Bilinear upsampling: the four pixels around each place, with the areas of the opposite rectangles.
    pub fn bilinear(from: [usize; 2], to: [usize; 2], align_corners: bool) -> Self {
        let mut links = Vec::new();
        for at in pairs(to) {
            let around = |axis: usize| neighbours(at[axis], from[axis], to[axis], align_corners);
            for (a, by_row) in around(0) {
                for (b, by_column) in around(1) {
                    links.push((at, [a, b], by_row * by_column));
                }
            }
        }
        Self { from, to, links }
    }
}

/// The pixel before a place and the one after it, with their shares.
fn neighbours(i: usize, size: usize, out: usize, align_corners: bool) -> [(usize, f64); 2] {
    let place = if !align_corners {
        let ratio = size as f64 / out as f64;
        f64::max(0.0, ratio * (i as f64 + 0.5) - 0.5)
    } else if out == 1 {
        0.0
    } else {
        // The last one is exactly size - 1.
        i as f64 * (size as f64 - 1.0) / (out as f64 - 1.0)
    };
    let before = (place.floor() as usize).min(size - 1);
    let share = place - before as f64;
    [(before, 1.0 - share), ((before + 1).min(size - 1), share)]
}

/// Rows and columns after pooling: how many windows there are until one sticks out of the padded side.
pub fn pooled(from: [usize; 2], window: &PoolWindow) -> [usize; 2] {
    std::array::from_fn(|axis| {
        let end = from[axis] + 2 * window.padding[axis];
        let fits = |i: &usize| i * window.stride[axis] + window.kernel[axis] <= end;
        (0..).take_while(fits).count()
    })
}

/// The pixels of the image that are in the window `at`, in reading order.
fn inside(from: [usize; 2], window: &PoolWindow, at: [usize; 2]) -> Vec<[usize; 2]> {
    let mut inside = Vec::new();
    for place in pairs(window.kernel) {
        let pixel: [Option<usize>; 2] = std::array::from_fn(|axis| {
            let padded = at[axis] * window.stride[axis] + place[axis];
            padded
                .checked_sub(window.padding[axis])
                .filter(|pixel| *pixel < from[axis])
        });
        if let [Some(a), Some(b)] = pixel {
            inside.push([a, b]);
        }
    }
    inside
}

/// Max pooling: the output, and the gradient by `x` from `dy`.
pub fn max_pool(x: &Array<4>, dy: &Array<4>, window: &PoolWindow) -> (Array<4>, Array<4>) {
    let to = pooled(x.size(), window);
    let (mut y, mut dx) = (x.sized(to), x.sized(x.size()));
    for [n, c] in x.channels() {
        for [i, j] in pairs(to) {
            let mut pixels = inside(x.size(), window, [i, j]).into_iter();
            let mut best = pixels.next().expect("a window has a pixel in the image");
            for pixel in pixels {
                if x[[n, c, pixel[0], pixel[1]]] > x[[n, c, best[0], best[1]]] {
                    best = pixel;
                }
            }
            y[[n, c, i, j]] = x[[n, c, best[0], best[1]]];
            dx[[n, c, best[0], best[1]]] += dy[[n, c, i, j]];
        }
    }
    (y, dx)
}

/// A transposed convolution with its weight `[c_in, c_out / groups, rows, columns]`.
#[derive(Debug, Clone)]
pub struct Transposed {
    /// The weight.
    pub weight: Array<4>,
    /// One number per output channel.
    pub bias: Vec<f64>,
    /// How it spreads.
    pub options: TransposedConvOptions,
}

/// By input, weight and bias.
#[derive(Debug, Clone, Deserialize)]
pub struct TransposedGradients {
    /// By the input.
    pub dx: Array<4>,
    /// By the weight.
    pub dweight: Array<4>,
    /// By the bias.
    pub dbias: Vec<f64>,
}

/// Which input pixel reaches which output pixel through which place of the kernel.
struct Path {
    from: [usize; 2],
    place: [usize; 2],
    to: [usize; 2],
}

impl Transposed {
    fn kernel(&self) -> [usize; 2] {
        self.weight.size()
    }

    fn c_out(&self) -> usize {
        self.weight.shape[1] * self.options.groups
    }

    /// Rows and columns of the output: as far as the last kernel reaches, less the padding.
    pub fn to(&self, from: [usize; 2]) -> [usize; 2] {
        let o = &self.options;
        std::array::from_fn(|axis| {
            let last = (from[axis] - 1) * o.stride[axis];
            let reach = last + (self.kernel()[axis] - 1) * o.dilation[axis] + 1;
            reach + o.output_padding[axis] - 2 * o.padding[axis]
        })
    }

    /// Seen from the output: through which places does which pixel come here?
    fn paths(&self, from: [usize; 2]) -> Vec<Path> {
        let mut paths = Vec::new();
        for to in pairs(self.to(from)) {
            for place in pairs(self.kernel()) {
                let source = |axis: usize| {
                    let o = &self.options;
                    let ahead = place[axis] * o.dilation[axis];
                    let at = (to[axis] + o.padding[axis]).checked_sub(ahead)?;
                    let source = at / o.stride[axis];
                    (at % o.stride[axis] == 0 && source < from[axis]).then_some(source)
                };
                if let (Some(i), Some(j)) = (source(0), source(1)) {
                    paths.push(Path {
                        from: [i, j],
                        place,
                        to,
                    });
                }
            }
        }
        paths
    }

    /// Image, input channel, output channel and the output channel in its group, wherever there is a weight.
    fn connections(&self, n: usize) -> Vec<[usize; 4]> {
        let [c_in, per_group, _, _] = self.weight.shape;
        let inputs_per_group = c_in / self.options.groups;
        let mut connections = Vec::new();
        for [image, c] in pairs([n, c_in]) {
            for o in 0..per_group {
                let group = c / inputs_per_group;
                connections.push([image, c, group * per_group + o, o]);
            }
        }
        connections
    }

    /// The output.
    pub fn forward(&self, x: &Array<4>) -> Array<4> {
        let [height, width] = self.to(x.size());
        let mut y = Array::zeros([x.shape[0], self.c_out(), height, width]);
        for [n, o] in y.channels() {
            for [i, j] in pairs([height, width]) {
                y[[n, o, i, j]] = self.bias[o];
            }
        }
        let paths = self.paths(x.size());
        for [n, c, o, weight] in self.connections(x.shape[0]) {
            for path in &paths {
                let ([i, j], [p, q], [a, b]) = (path.from, path.place, path.to);
                y[[n, o, a, b]] += x[[n, c, i, j]] * self.weight[[c, weight, p, q]];
            }
        }
        y
    }

    /// The gradients from `dy`.
    pub fn backward(&self, x: &Array<4>, dy: &Array<4>) -> TransposedGradients {
        let mut dbias = vec![0.0; self.c_out()];
        for [n, o] in dy.channels() {
            for [i, j] in pairs(dy.size()) {
                dbias[o] += dy[[n, o, i, j]];
            }
        }
        let (mut dx, mut dweight) = (Array::zeros(x.shape), Array::zeros(self.weight.shape));
        let paths = self.paths(x.size());
        for [n, c, o, weight] in self.connections(x.shape[0]) {
            for path in &paths {
                let ([i, j], [p, q], [a, b]) = (path.from, path.place, path.to);
                dx[[n, c, i, j]] += dy[[n, o, a, b]] * self.weight[[c, weight, p, q]];
                dweight[[c, weight, p, q]] += dy[[n, o, a, b]] * x[[n, c, i, j]];
            }
        }
        TransposedGradients { dx, dweight, dbias }
    }
}
