//! `course doctor`: what this machine has.

use anyhow::Result;
use common::data::{DataFolder, Dataset, is_complete, registry};
use judge::Layer;
use sandbox::Launcher;
use serde::Serialize;

use crate::assignments;
use crate::exit::Exit;
use crate::output::say;
use crate::workspace;

/// One thing that was looked at.
#[derive(Serialize)]
struct Finding {
    topic: &'static str,
    name: String,
    ok: bool,
    /// Whether grading cannot go on without it.
    needed: bool,
    detail: String,
}

/// Prints what was found. Ends with 7 when grading would refuse for want of a sandbox.
///
/// # Errors
/// When the machine cannot be looked at at all.
pub fn run(json: bool) -> Result<Exit> {
    let findings: Vec<Finding> = [toolchain()?, sandbox_layers()?, data_sets()?]
        .into_iter()
        .flatten()
        .collect();
    let exit = if findings.iter().all(|finding| finding.ok || !finding.needed) {
        Exit::Done
    } else if findings
        .iter()
        .any(|f| f.topic == "sandbox" && f.needed && !f.ok)
    {
        Exit::NoSandbox
    } else {
        Exit::Usage
    };
    if json {
        say(serde_json::to_string_pretty(&findings)?)?;
        return Ok(exit);
    }
    let mut topic = "";
    for finding in &findings {
        if finding.topic != topic {
            topic = finding.topic;
            say(topic)?;
        }
        let mark = match (finding.ok, finding.needed) {
            (true, _) => "ok",
            (false, true) => "MISSING",
            (false, false) => "-",
        };
        say(format_args!(
            "  {mark:7} {:18} {}",
            finding.name, finding.detail
        ))?;
    }
    Ok(exit)
}

fn toolchain() -> Result<Vec<Finding>> {
    let root = workspace::root()?;
    let layer = Layer::prepare(&root, &workspace::cache(&root));
    Ok(match layer {
        Ok(layer) => vec![
            Finding {
                topic: "toolchain",
                name: "rustc".into(),
                ok: true,
                needed: true,
                detail: format!("{} in {}", layer.compiler, layer.sysroot.display()),
            },
            Finding {
                topic: "toolchain",
                name: "libraries".into(),
                ok: true,
                needed: true,
                detail: format!("built, in {}", layer.libraries.display()),
            },
        ],
        Err(error) => vec![Finding {
            topic: "toolchain",
            name: "libraries".into(),
            ok: false,
            needed: true,
            detail: error.to_string(),
        }],
    })
}

fn sandbox_layers() -> Result<Vec<Finding>> {
    let launcher = Launcher::current_exe()?;
    Ok(sandbox::layers(&launcher)?
        .into_iter()
        .map(|layer| Finding {
            topic: "sandbox",
            ok: layer.active,
            // Scopes do a part of what namespaces do, for machines without those.
            needed: layer.name != "scopes",
            name: layer.name,
            detail: layer.detail,
        })
        .collect())
}

/// The title of a set that is not here, and how to download it: the sets of all assignments are in one folder.
fn how_to_get(set: &Dataset) -> String {
    let (title, name) = (&set.title, &set.name);
    let commands: Vec<String> = assignments::ids().map(|id| format!("cargo {id}")).collect();
    let (first, others) = commands.split_at(1);
    let (first, others) = (first.concat(), others.join(" or "));
    format!("{title}; get it with: {first} data fetch {name} (or with {others})")
}

/// No data set is needed: grading uses none, and the labs have the embedded digits.
fn data_sets() -> Result<Vec<Finding>> {
    let folder = DataFolder::find()?;
    Ok(registry::all()
        .iter()
        .map(|set| {
            let ok = is_complete(set, &folder);
            let detail = if ok {
                set.title.clone()
            } else {
                how_to_get(set)
            };
            Finding {
                topic: "data sets",
                name: set.name.clone(),
                ok,
                needed: false,
                detail,
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_of_every_assignment_is_named_and_is_there() {
        const CONFIG: &str = include_str!("../../../.cargo/config.toml");
        let text = how_to_get(registry::find("cifar10").unwrap());
        assert!(
            text.contains("cargo a1 data fetch cifar10 (or with cargo a2"),
            "{text}"
        );
        for id in assignments::ids() {
            assert!(text.contains(&format!("cargo {id}")), "{text}");
            assert!(CONFIG.contains(&format!("\n{id} = ")), "no alias {id}");
        }
    }
}
