//! Checks of A2.10: what is made of features, features made by hand, files.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Tolerance, Verdict, close, close_values, ensure, equal, equal_bits, labels,
    shape,
};
use common::contract::Submission;
use common::contract::a2::{NamedTensor, ProbeSettings, Transfer};
use common::rng::Rng;

use super::transfer::PART;
use super::{about, sizes};
use crate::oracle::array::{tensor, values};
use crate::oracle::transfer::{bytes, contract, hog, neighbours, network, probe};

/// The checks of probes, of HOG and of files.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "transfer/linear_probe",
            part: PART,
            points: 1,
            proves: "After every number of steps from zeros the linear classifier is the right one, with decay on its weights alone.",
            hint: "Each step sees all samples; the gradient is a mean over them; the bias has no decay.",
            run: linear_probe,
        },
        Check {
            id: "transfer/neighbours",
            part: PART,
            points: 1,
            proves: "The vote of the nearest neighbours is that of a search through all pairs, ties included.",
            hint: "Equal distances: the earlier row is nearer. Equal votes: the class whose nearest row is nearest. k may be more than there are rows.",
            run: knn,
        },
        Check {
            id: "transfer/hog",
            part: PART,
            points: 2,
            proves: "Histograms of oriented gradients are right for every size of picture, cell and histogram.",
            hint: "An angle is taken modulo pi; the last bin and the first are neighbours; the edge's own pixel stands in for the missing one; blocks overlap.",
            run: gradients,
        },
        Check {
            id: "transfer/file",
            part: PART,
            points: 1,
            proves: "A file of weights has the layout that is asked for and gives back every bit, and a damaged one is an error, not a panic.",
            hint: "Compare what a length says with the bytes that are there before you take them; multiply sizes with checked_mul; look whether bytes are left.",
            run: file,
        },
    ]
}

fn linear_probe(s: &Submission, rng: &mut Rng) -> Verdict {
    for steps in [0, 1, 7] {
        let [n, d, classes] = sizes(rng, 2, 6);
        let x = rng.normal_tensor([n, d]);
        let own: Vec<usize> = (0..n).map(|_| rng.below(classes)).collect();
        let numbers: Vec<i64> = own.iter().map(|&label| label as i64).collect();
        let (lr, weight_decay) = (rng.uniform(0.2, 1.0), rng.uniform(0.1, 0.5));
        let settings = ProbeSettings {
            classes,
            lr,
            steps,
            weight_decay,
        };
        let got = s.linear_probe(x.clone(), labels(&numbers), settings)?;
        let (weight, bias) = probe(&x, &own, classes, [lr, weight_decay], steps);
        let about_steps = |what: &str| about(format!("{what} after {steps} steps"));
        close(&got.weight, &tensor(weight, [d, classes]), Tolerance::EXACT)
            .map_err(about_steps("weight"))?;
        close(&got.bias, &tensor(bias, [classes]), Tolerance::EXACT)
            .map_err(about_steps("bias"))?;
    }
    Ok(())
}

/// Points on a small grid of whole numbers, so that equal distances are common and exact.
fn grid(rng: &mut Rng, rows: usize, d: usize, width: usize) -> Vec<Vec<f64>> {
    let mut row = || (0..d).map(|_| rng.below(width) as f64).collect();
    (0..rows).map(|_| row()).collect()
}

fn rows(of: &[Vec<f64>], d: usize) -> Tensor<2> {
    tensor(of.concat(), [of.len(), d])
}

fn knn(s: &Submission, rng: &mut Rng) -> Verdict {
    for width in [3, 50] {
        for k in [1, 2, 3, 5, 40] {
            let d = 2;
            let (known, queries) = (grid(rng, 11, d, width), grid(rng, 12, d, width));
            let classes: Vec<usize> = (0..11).map(|_| rng.below(4)).collect();
            let got = s.knn_probe(rows(&known, d), classes.clone(), rows(&queries, d), k)?;
            let want: Vec<usize> = queries
                .iter()
                .map(|query| neighbours(&known, &classes, query, k))
                .collect();
            equal(&got, &want).map_err(about(format_args!(
                "k {k}, known {known:?} of {classes:?}, queries {queries:?}"
            )))?;
        }
    }
    Ok(())
}

fn gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    for (cell, bins) in [(2, 9), (3, 4), (4, 2), (1, 6)] {
        let [n, more_rows, more_columns] = sizes(rng, 1, 4);
        let (height, width) = (2 * cell + more_rows, 3 * cell + more_columns);
        let x = rng.tensor([n, 1, height, width], Rng::unit);
        let got = s.hog(x.clone(), cell, bins)?;
        close(&got, &hog(&x, cell, bins), Tolerance::EXACT).map_err(about(format_args!(
            "{height} x {width}, cell {cell}, {bins} bins"
        )))?;
    }
    // An even picture has no gradient; HOG_EPS keeps 0 / 0 away.
    let even = tensor(vec![0.5; 64], [1, 1, 8, 8]);
    let got = s.hog(even, 4, 3)?;
    close(&got, &tensor(vec![0.0; 12], [1, 12]), Tolerance::EXACT).map_err(about("an even picture"))
}

fn read(s: &Submission, bytes: Vec<u8>) -> Result<Vec<NamedTensor>, Failure> {
    s.load_weights(bytes)?
        .map_err(|why| Failure::wrong(format!("load_weights refused a good file: {why}")))
}

fn refused(s: &Submission, bytes: Vec<u8>, what: &str) -> Verdict {
    ensure(s.load_weights(bytes)?.is_err(), || {
        format!("no error for {what}")
    })
}

fn file(s: &Submission, rng: &mut Rng) -> Verdict {
    let mut own = network(rng, [1, 2, 2], 3, 2);
    rng.shuffle(&mut own);
    own[0].name = "schlüssel".into();
    own[1].values[0] = 0.1 + f64::EPSILON;
    let want = bytes(&own);
    let got = s.save_weights(contract(&own))?;
    equal(&got.len(), &want.len()).map_err(about("bytes of the file"))?;
    let differs = got.iter().zip(&want).position(|(got, want)| got != want);
    equal(&differs, &None).map_err(about("the first byte that differs"))?;

    let back = read(s, want.clone())?;
    equal(&back.len(), &own.len()).map_err(about("tensors"))?;
    for (back, own) in back.iter().zip(contract(&own)) {
        equal(&(&back.name, &back.shape), &(&own.name, &own.shape))?;
        shape(&back.values, own.values.dims())?;
        equal_bits(&back.values, &own.values).map_err(about(&own.name))?;
        close_values(
            &values(&back.values),
            &values(&own.values),
            Tolerance::EXACT,
        )?;
    }
    equal(&read(s, bytes(&[]))?.len(), &0).map_err(about("a file without tensors"))?;

    for cut in [0, 3, 6, rng.between(8, want.len() - 2), want.len() - 1] {
        refused(
            s,
            want[..cut].to_vec(),
            &format!("a file cut after {cut} bytes"),
        )?;
    }
    refused(s, [want.clone(), vec![0]].concat(), "a byte too many")?;
    let changed = |at: usize, to: &[u8]| {
        let mut bytes = want.clone();
        bytes[at..at + to.len()].copy_from_slice(to);
        bytes
    };
    refused(s, changed(3, b"2"), "a file that begins with WGT2")?;
    refused(s, changed(4, &[0xFF; 4]), "4 294 967 295 tensors")?;
    refused(s, changed(8, &[0xFF; 4]), "a name of 4 294 967 295 bytes")?;
    refused(s, changed(12, &[0xFF, 0xFE]), "a name that is not UTF-8")?;
    let twice = [own.clone(), vec![own[1].clone()]].concat();
    refused(s, bytes(&twice), "two tensors of one name")?;
    refused(s, immense(), "a tensor of 2^96 numbers")
}

/// A tensor that says it has 2^31 numbers along each of three axes, and has none: eight times their product is 2^96, which
/// wraps around to 0 where nobody checks.
fn immense() -> Vec<u8> {
    let mut file = b"WGT1".to_vec();
    for number in [1, 1] {
        file.extend(u32::to_le_bytes(number));
    }
    file.extend(b"w");
    file.extend(u32::to_le_bytes(3));
    for _ in 0..3 {
        file.extend([0, 0, 0, 0x80]);
    }
    file
}
