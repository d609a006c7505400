//! Hand-ins that try to cheat, to read secrets, to exhaust or to break the grader.
//!
//! Each file in `attacks/` is one: what it puts in the place of which of the reference's functions, and
//! what it must cost. All are graded in one run, between two honest hand-ins, as a class is.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use support::{
    grade, json, lost, part_points, printed, reference, replace_body, root, write_folder,
};

/// One attack.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attack {
    /// The items of the catalogue that it stands for.
    catalogue: Vec<u32>,
    /// What it does.
    what: String,
    /// The parts that lose points. All others keep all of theirs.
    loses: Vec<String>,
    /// How at least one check of the losing parts must end.
    verdict: Option<String>,
    /// The modules that must not compile.
    #[serde(default)]
    compile: Vec<String>,
    /// How the places begin that break a rule, as `file: what`. There must be some just where this is given.
    #[serde(default)]
    broken: Vec<String>,
    /// The bodies of functions.
    #[serde(default)]
    bodies: BTreeMap<String, String>,
    /// Text at the end of modules.
    #[serde(default)]
    append: BTreeMap<String, String>,
    /// Other files of the hand-in.
    #[serde(default)]
    files: BTreeMap<String, String>,
}

/// A secret in a file that no hand-in may read or change.
const SECRET: &str = "canary-5e1f0c9a7b";

#[test]
fn no_attack_gains_or_harms_anything() {
    let place = tempfile::tempdir().unwrap();
    let canary = place.path().join("canary.txt");
    fs::write(&canary, SECRET).unwrap();
    let hand_ins = place.path().join("hand-ins");
    let results = place.path().join("results");

    let attacks = read_attacks(&canary);
    assert!(attacks.len() >= 15, "only {} attacks", attacks.len());
    for (name, attack) in &attacks {
        write_attack(&hand_ins.join(name), attack);
    }
    write_folder(&hand_ins.join("000-honest"), &reference());
    write_folder(&hand_ins.join("zzz-honest"), &reference());

    let output = grade(&hand_ins, &results);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    let document = json(&output);
    let rows: BTreeMap<&str, &Value> = document["hand_ins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["hand_in"].as_str().unwrap(), row))
        .collect();

    let mut wrong = Vec::new();
    for (name, attack) in &attacks {
        println!(
            "{name:26} held the grader for {:5.1} s",
            seconds(&results.join(name))
        );
        if let Err(what) = judge(attack, rows[name.as_str()], &results.join(name)) {
            wrong.push(format!(
                "{name} ({:?}, {}): {what}",
                attack.catalogue, attack.what
            ));
        }
    }
    for honest in ["000-honest", "zzz-honest"] {
        if rows[honest]["points"] != rows[honest]["max"] {
            wrong.push(format!("{honest} got {}", rows[honest]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    assert_eq!(
        fs::read_to_string(&canary).unwrap(),
        SECRET,
        "the canary was changed"
    );
    for file in files_below(&results) {
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains(SECRET),
            "{} holds the canary",
            file.display()
        );
        assert!(
            !text.contains('\u{1b}'),
            "{} holds an escape",
            file.display()
        );
    }
    let left = processes_left(place.path());
    assert!(left.is_empty(), "processes are left: {left:?}");
}

fn read_attacks(canary: &Path) -> BTreeMap<String, Attack> {
    let folder = root().join("tests/attacks");
    files_below(&folder)
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path)
                .unwrap()
                .replace("@CANARY@", canary.to_str().unwrap());
            let attack =
                toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let name = path.file_stem().unwrap().to_str().unwrap().to_string();
            (name, attack)
        })
        .collect()
}

fn write_attack(folder: &Path, attack: &Attack) {
    let mut parts = reference();
    for (function, body) in &attack.bodies {
        replace_body(&mut parts, function, body);
    }
    for (module, text) in &attack.append {
        parts
            .get_mut(&format!("{module}.rs"))
            .unwrap()
            .push_str(text);
    }
    write_folder(folder, &parts);
    for (name, text) in &attack.files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Whether the attack cost what it must, and no more.
fn judge(attack: &Attack, row: &Value, folder: &Path) -> Result<(), String> {
    if row["status"] != "graded" {
        return Err(format!("ended as {row}"));
    }
    if lost(row) != attack.loses {
        return Err(format!(
            "lost points in {:?}, not in {:?}",
            lost(row),
            attack.loses
        ));
    }
    let staff: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("staff.json")).unwrap())
            .map_err(|e| e.to_string())?;
    let parts = staff["parts"].as_array().ok_or("no parts")?;
    let refused: Vec<&str> = parts
        .iter()
        .filter(|part| part["compile"]["verdict"] == "does_not_compile")
        .filter_map(|part| part["part"].as_str())
        .collect();
    if refused.is_empty() != attack.compile.is_empty() {
        return Err(format!(
            "does not compile: {refused:?}, expected {:?}",
            attack.compile
        ));
    }
    if !attack.compile.is_empty() && part_points(row)["A1.1"] != 0 {
        return Err("a file that does not compile got points".into());
    }
    let places: Vec<String> = parts
        .iter()
        .flat_map(|part| part["violations"].as_array().into_iter().flatten())
        .filter_map(|v| Some(format!("{}: {}", v["file"].as_str()?, v["found"].as_str()?)))
        .collect();
    let all = attack
        .broken
        .iter()
        .all(|broken| places.iter().any(|place| place.starts_with(broken)));
    if !all || places.is_empty() != attack.broken.is_empty() {
        return Err(format!(
            "rules are broken at {places:?}, expected {:?}",
            attack.broken
        ));
    }
    let Some(verdict) = &attack.verdict else {
        return Ok(());
    };
    let ends: Vec<&str> = parts
        .iter()
        .flat_map(|part| part["checks"].as_array().into_iter().flatten())
        .filter_map(|check| check["verdict"].as_str())
        .filter(|end| *end != "passed")
        .collect();
    if ends.contains(&verdict.as_str()) {
        Ok(())
    } else {
        Err(format!("no check ended with {verdict:?} but with {ends:?}"))
    }
}

/// What grading one hand-in took.
fn seconds(folder: &Path) -> f64 {
    let text = fs::read_to_string(folder.join("timing.json")).unwrap();
    let timing: Value = serde_json::from_str(&text).unwrap();
    timing["compile"].as_f64().unwrap() + timing["check"].as_f64().unwrap()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Sandboxes of this program, and processes with the place of this test on their command line. A driver
/// cannot outlive its sandbox, whose first process is this program.
fn processes_left(place: &Path) -> Vec<String> {
    let place = place.to_str().unwrap();
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let id: u32 = folder.file_name()?.to_str()?.parse().ok()?;
            let line = fs::read_to_string(folder.join("cmdline")).ok()?;
            let sandbox = line.starts_with(env!("CARGO_BIN_EXE_course"));
            ((sandbox || line.contains(place)) && id != std::process::id())
                .then(|| line.replace('\0', " "))
        })
        .collect()
}
