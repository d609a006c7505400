//! A class to measure the grader with: `cargo run -p attacks --example class -- FOLDER 300`.
//!
//! Of each twenty hand-ins twelve are right, five have a mistake, two are broken and one is hostile. No two have the
//! same bytes.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use attacks::{Fixture, Sources, read_fixtures, write_hand_in};

/// Mistakes of honest students.
const MISTAKES: [(&str, &str); 6] = [
    ("relu_backward", "let _ = x;\n    dy"),
    ("novikoff_bound", "radius / margin"),
    ("mse_backward", "(predictions - targets) * 2.0"),
    ("accuracy", "let _ = batches;\n    0.5"),
    ("log_softmax", "panic!(\"not yet\")"),
    ("param_count", "sizes.iter().sum::<usize>()"),
];

/// What does not compile, or is no hand-in.
const BROKEN: [&str; 2] = [
    "[bodies]\nparam_count = \"no rust\"",
    "package = \"truncated\"",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, number] = arguments.as_slice() else {
        return Err("usage: class FOLDER NUMBER".into());
    };
    let (folder, number) = (PathBuf::from(folder), number.parse::<usize>()?);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let reference = reference(&root.join("assignments/a1_backprop/src/parts"))?;
    let hostile = read_fixtures(
        &root.join("grading/attacks/fixtures"),
        Path::new("/etc/shadow"),
    )?;
    let hostile: Vec<&Fixture> = hostile
        .values()
        .filter(|fixture| !fixture.untouched)
        .collect();
    for i in 0..number {
        let fixture = match i % 20 {
            0..12 => made("")?,
            12 => made(BROKEN[0])?,
            13 => made(BROKEN[1])?,
            14 => hostile[i / 20 % hostile.len()].clone(),
            _ => {
                let (function, body) = MISTAKES[i % MISTAKES.len()];
                Fixture {
                    bodies: BTreeMap::from([(function.into(), body.into())]),
                    ..made("")?
                }
            }
        };
        let mut sources = reference.clone();
        for text in sources.values_mut() {
            text.push_str(&format!("\n// Student {i}.\n"));
        }
        let name = format!("{:04}", 1000 + i);
        write_hand_in(
            &folder,
            &name,
            Path::new("this program"),
            &fixture,
            &sources,
        )?;
    }
    println!("{number} hand-ins in {}", folder.display());
    Ok(())
}

fn made(toml: &str) -> Result<Fixture, toml::de::Error> {
    toml::from_str(&format!("catalogue = []\nwhat = \"of a class\"\n{toml}"))
}

fn reference(folder: &Path) -> Result<Sources, Box<dyn Error>> {
    let mut sources = Sources::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name != "mod.rs" {
            sources.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(sources)
}
