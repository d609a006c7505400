//! What a student's process answers: frames, answers, values.
//!
//! No answer makes the judge panic or take more memory than a small multiple of what arrived, and a value that was
//! read is written back as the same bytes.

use std::io::Cursor;

use burn::tensor::{Device, Int, Tensor};
use common::contract::a1::{Activation, CrossEntropyOptions, MlpForward, MlpParameters, Scored};
use common::contract::{CallError, Client, Endpoint, Wire, read_frame, write_frame};

/// The number of the judge's only request.
const ID: u128 = 7;

type Matrix = Tensor<2>;

/// Reads `bytes` as a `T`: the outcome in few words.
fn value<T: Wire>(bytes: &[u8]) -> String {
    match T::from_bytes(bytes) {
        Ok(value) => {
            assert_eq!(value.to_bytes(), bytes, "written back otherwise");
            "read".to_string()
        }
        Err(error) => fuzz::shape(&error.to_string()),
    }
}

fn frame(bytes: &[u8]) -> String {
    let mut rest = bytes;
    match read_frame(&mut rest) {
        Ok(payload) => {
            let mut written = Vec::new();
            write_frame(&mut written, &payload).expect("what was a frame is one");
            assert_eq!([&written, rest].concat(), bytes);
            "a frame".to_string()
        }
        Err(error) => fuzz::shape(&error.to_string()),
    }
}

/// The same bytes as a stream of answers.
fn answers(bytes: &[u8]) -> String {
    let mut client = Client::new(Cursor::new(bytes), Vec::new(), || ID, 1);
    let outcome = client.call("double", &2.0.to_bytes());
    match outcome {
        Ok(_) => "answered".to_string(),
        Err(CallError::NotImplemented(_)) => "not implemented".to_string(),
        Err(CallError::Panicked { .. }) => "panicked".to_string(),
        // its text may be the driver's
        Err(CallError::Protocol(why)) => fuzz::shape(why.get(..16).unwrap_or_default()),
        Err(other) => fuzz::shape(&other.to_string()),
    }
}

/// The first byte says what the others are read as.
fn property(input: &[u8]) -> String {
    let Some((choice, bytes)) = input.split_first() else {
        return "empty".to_string();
    };
    let readers: [fn(&[u8]) -> String; 14] = [
        frame,
        answers,
        value::<String>,
        value::<Vec<Vec<f64>>>,
        value::<Vec<Option<bool>>>,
        value::<Result<(u64, usize), String>>,
        value::<Tensor<1>>,
        value::<Matrix>,
        value::<Tensor<1, Int>>,
        value::<MlpParameters>,
        value::<MlpForward>,
        value::<CrossEntropyOptions>,
        value::<Scored>,
        value::<Activation>,
    ];
    let choice = usize::from(*choice) % readers.len();
    format!("{choice} {}", readers[choice](bytes))
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    write_frame(&mut frame, payload).expect("it is small");
    frame
}

fn seeds() -> Vec<Vec<u8>> {
    let device = Device::flex();
    let matrix = Matrix::from_data([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], &device);
    let vector = Tensor::<1>::from_data([0.5, -0.5], &device);
    let labels = Tensor::<1, Int>::from_data([1, 0], &device);
    let answer = |kind: u8, rest: &[u8]| framed(&[&ID.to_bytes()[..], &[kind], rest].concat());
    let texts = ["cannot".to_string(), "here:1".to_string()];
    let parameters = MlpParameters {
        weights: vec![matrix.clone()],
        biases: vec![vector.clone()],
    };
    let forward = MlpForward {
        inputs: vec![matrix.clone()],
        outputs: vec![matrix.clone()],
    };
    let options = CrossEntropyOptions {
        class_weights: Some(vector.clone()),
        label_smoothing: 0.1,
        ignore_index: Some(-1),
    };
    let scored = Scored {
        logits: matrix.clone(),
        labels: labels.clone(),
    };
    let seeds: [(u8, Vec<u8>); 17] = [
        (0, framed(b"payload")),
        (1, answer(0, &4.0.to_bytes())),
        (1, answer(1, &texts[0].to_bytes())),
        (
            1,
            answer(2, &[texts[0].to_bytes(), texts[1].to_bytes()].concat()),
        ),
        (1, answer(3, &texts[1].to_bytes())),
        (2, texts[0].to_bytes()),
        (3, vec![vec![1.0, f64::NAN], vec![]].to_bytes()),
        (4, vec![Some(true), None].to_bytes()),
        (5, Result::<(u64, usize), String>::Ok((1, 2)).to_bytes()),
        (6, vector.to_bytes()),
        (7, matrix.to_bytes()),
        (8, labels.to_bytes()),
        (9, parameters.to_bytes()),
        (10, forward.to_bytes()),
        (11, options.to_bytes()),
        (12, scored.to_bytes()),
        (13, Activation::Relu.to_bytes()),
    ];
    seeds
        .into_iter()
        .map(|(choice, bytes)| [vec![choice], bytes].concat())
        .collect()
}

#[test]
fn wire() {
    common::device::use_double_precision();
    fuzz::run(&fuzz::Target {
        name: "wire",
        seeds: seeds(),
        words: &[
            &[0, 0, 0, 1],
            &[1, 0, 0, 0],
            &[0, 2, 0, 0, 0],
            &[3, 2, 0, 0, 0],
            &[0; 16],
        ],
        largest: 4096,
        // a list holds a tensor of a few hundred bytes for each thirteen that arrive
        memory: |bytes| (1 << 20) + 256 * bytes,
        property,
    });
}
