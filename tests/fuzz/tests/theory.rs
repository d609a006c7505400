//! The answers to a theory sheet.
//!
//! No text makes the reader panic. What it gives has the shape of the sheet, its numbers are finite, and what it says
//! is a line that does nothing on a terminal.

use common::theory::{Answer, AnswerFile, Given, Question};

const QUESTIONS: &[Question] = &[question("bound", &BOUND), question("idx", &IDX)];

const BOUND: [Answer; 2] = [
    Answer::number("radius", "the radius"),
    Answer::whole("steps", "the steps"),
];
const IDX: [Answer; 1] = [Answer::whole("size", "the size").unit("bytes")];

const fn question(id: &'static str, answers: &'static [Answer]) -> Question {
    Question {
        id,
        part: "A1.1",
        title: "A question",
        answers,
        text: |_| String::new(),
    }
}

fn property(input: &[u8]) -> String {
    let text = String::from_utf8_lossy(input);
    let file = match AnswerFile::read(QUESTIONS, &text) {
        Ok(file) => file,
        Err(error) => {
            harmless(&error.to_string());
            return fuzz::shape(&error.to_string());
        }
    };
    let shape = |given: &[Vec<Given>]| given.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(shape(&file.given), [2, 1]);
    assert_eq!(
        file,
        AnswerFile::read(QUESTIONS, &text).expect("it was read before")
    );
    let mut outcome = String::new();
    for given in file.given.iter().flatten() {
        match given {
            Given::Nothing => outcome.push('?'),
            Given::Number(number) => {
                assert!(number.is_finite());
                outcome.push('1');
            }
            Given::Unreadable(why) => {
                harmless(why);
                outcome += &fuzz::shape(why);
            }
        }
    }
    assert!(file.unknown.len() <= 10);
    file.unknown.iter().for_each(|sentence| harmless(sentence));
    outcome + &fuzz::shape(&file.unknown.join(" "))
}

/// Messages are shown on a terminal and written into reports.
fn harmless(message: &str) {
    assert!(!message.chars().any(char::is_control), "{message:?}");
    assert!(message.len() < 1000, "{} bytes", message.len());
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "student = \"1001\"\n[bound]\nradius = 1.25\nsteps = 12\n[idx]\nsize = \"784 bytes\"\n",
        "student = \"1001\"\n[bound]\nradius = \"?\"\nsteps = \"1e3\"\n[idx]\nsize = 0x10\n",
        "student = \"1001\"\nbound = 3\n[idx]\nsize = [1, 2]\nother = true\n[more]\n",
        "student = \"1001\"\n[bound]\nradius = inf\nsteps = 1979-05-27T07:32:00Z\n",
        "student = '''10\n01'''\nidx.size = \"\u{2212}3 kB\"\n",
        "[bound]\nradius = 1,25\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

#[test]
fn theory_answers() {
    fuzz::run(&fuzz::Target {
        name: "theory",
        seeds: seeds(),
        words: &[
            b"student = \"1001\"\n",
            b"[bound]\n",
            b"[idx]\n",
            b"radius = ",
            b"steps = ",
            b"size = ",
            b"\"\"\"",
            b"'''",
            b"[[",
            b"]]",
            b"{",
            b"}",
            b"1e999",
            b"nan",
            b"-inf",
            b"1_0",
            b" bytes",
            b"\\u0007",
            b"\\U0010FFFF",
            b"\x1b[2J",
            b"\"",
            b"?",
            b".",
            b"\xe2\x88\x92",
            b"\xe2\x80\xae",
        ],
        largest: 70 << 10,
        memory: |bytes| (1 << 20) + 1024 * bytes,
        property,
    });
}
