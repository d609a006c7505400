//! The pages name commands and options that exist.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use support::{course, printed, root, walk};

/// Every `cargo run -- ...` of the pages: the file, the line, the words after `--`.
fn commands() -> Vec<(PathBuf, usize, Vec<String>)> {
    let mut files = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    walk(&root().join("docs"), &mut |path, _| {
        if path.extension().is_some_and(|ext| ext == "md") {
            files.push(path.to_owned());
        }
    });
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            for command in line.split("cargo run -- ").skip(1) {
                let end = command
                    .find(['`', '#', '|', ';', '>'])
                    .unwrap_or(command.len());
                let words = command[..end].split_whitespace().map(str::to_owned);
                found.push((file.clone(), number + 1, words.collect()));
            }
        }
    }
    found
}

/// What `course` says about the command that `words` begin with.
fn help<'h>(words: &[String], known: &'h mut BTreeMap<String, String>) -> &'h str {
    let nested = words[0] == "gradebook";
    let command: Vec<&str> = words
        .iter()
        .take(if nested { 2 } else { 1 })
        .map(String::as_str)
        .collect();
    known.entry(command.join(" ")).or_insert_with(|| {
        let output = course(&[command.as_slice(), &["--help"]].concat());
        assert!(output.status.success(), "{}", printed(&output));
        String::from_utf8(output.stdout).unwrap()
    })
}

#[test]
fn every_command_and_option_of_the_pages_exists() {
    let commands = commands();
    assert!(commands.len() > 30, "only {} commands", commands.len());
    let mut known = BTreeMap::new();
    for (file, line, words) in commands {
        let place = format!(
            "{}:{line}: cargo run -- {}",
            file.display(),
            words.join(" ")
        );
        assert!(!words.is_empty(), "{place}");
        let help = help(&words, &mut known);
        for word in words.iter().filter(|word| word.starts_with('-')) {
            let option = word.split('=').next().unwrap();
            let exists = |text: &str| {
                let mut words = text.split([' ', ',', '\n', '[', '=']);
                words.any(|word| word == option)
            };
            assert!(exists(help), "{place}: there is no {option}");
        }
    }
}
