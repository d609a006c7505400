//! The starter's `Cargo.toml` and `.cargo/config.toml`, made from the repository's own text so that
//! comments stay and every feature of every dependency is the same: then one build of the framework serves
//! both.

use std::collections::BTreeSet;

use toml::{Table, Value};

/// The workspace with only `members`: other members, and dependencies that no member names, are taken out.
/// `suffix` is put after the version.
///
/// The suffix is not decoration. Cargo identifies a package of a workspace by its name, version and path in
/// the workspace, so with one build folder the starter and the repository would be mistaken for one another
/// and either could run the other's code.
pub(crate) fn starter_manifest(
    text: &str,
    members: &[(&str, &str)],
    suffix: &str,
) -> Result<String, String> {
    let before: Table = parse(text)?;
    if before.contains_key("package") {
        return Err("the root package would be published".to_owned());
    }
    let needed = needed_dependencies(members)?;
    let unneeded = |name: &str| !needed.contains(name);
    let mut kept = String::new();
    let mut section = String::new();
    for statement in statements(text)? {
        match &statement.kind {
            Kind::Header(path) => section.clone_from(path),
            Kind::Entry(key) => {
                let change = match (section.as_str(), key.as_str()) {
                    ("workspace", "members") => Some(member_list(members)),
                    ("workspace", "default-members" | "exclude") => Some(String::new()),
                    ("workspace.package", "version") => Some(with_suffix(&statement.text, suffix)),
                    ("workspace.dependencies", name) if unneeded(name) => Some(String::new()),
                    _ => None,
                };
                if let Some(change) = change {
                    kept.push_str(&change);
                    continue;
                }
            }
            Kind::Blank => {}
        }
        if !is_dropped(&section, &unneeded) {
            kept.push_str(&statement.text);
        }
    }
    let kept = without_double_blanks(&kept);
    let after = parse(&kept)?;
    for name in &needed {
        let dependency = |table: &Table| {
            table
                .get("workspace")?
                .get("dependencies")?
                .get(name)
                .cloned()
        };
        if dependency(&after).is_none() || dependency(&after) != dependency(&before) {
            return Err(format!(
                "the dependency `{name}` is not in [workspace.dependencies] or would change"
            ));
        }
        check_is_published(name, dependency(&after).as_ref(), members)?;
    }
    Ok(kept)
}

/// The workspace without the profiles of packages that are not in `lock`, its own `Cargo.lock`: cargo would warn of
/// each, in every command of a student.
pub(crate) fn without_absent_profiles(text: &str, lock: &str) -> Result<String, String> {
    let lock = parse(lock)?;
    let packages = lock.get("package").and_then(Value::as_array);
    let names: BTreeSet<&str> = packages
        .into_iter()
        .flatten()
        .filter_map(|package| package.get("name")?.as_str())
        .chain(["*"])
        .collect();
    let is_absent = |section: &str| {
        let profile = section.strip_prefix("profile.");
        let package = profile.and_then(|path| path.split_once(".package."));
        package.is_some_and(|(_, name)| !names.contains(name))
    };
    let kept = without_sections(text, &is_absent)?;
    Ok(without_double_blanks(&kept))
}

/// A package's manifest without its `[package.metadata.publish]`, and that table's `allow` list.
pub(crate) fn member_manifest(text: &str) -> Result<(String, Vec<String>), String> {
    let table = parse(text)?;
    let publish = table
        .get("package")
        .and_then(|package| package.get("metadata")?.get("publish"))
        .cloned();
    let Some(publish) = publish else {
        return Ok((text.to_owned(), Vec::new()));
    };
    let allow = publish
        .get("allow")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let allow = allow
        .iter()
        .filter_map(|entry| entry.as_str().map(str::to_owned))
        .collect();
    let kept = without_sections(text, &|section| section == "package.metadata.publish")?;
    Ok((kept, allow))
}

/// The file without the sections whose path is `dropped`.
fn without_sections(text: &str, dropped: &dyn Fn(&str) -> bool) -> Result<String, String> {
    let mut kept = String::new();
    let mut section = String::new();
    for statement in statements(text)? {
        if let Kind::Header(path) = &statement.kind {
            section.clone_from(path);
        }
        if !dropped(&section) {
            kept.push_str(&statement.text);
        }
    }
    Ok(kept)
}

/// `.cargo/config.toml` with `cargo hw` as its only alias; what else the repository sets stays.
pub(crate) fn cargo_config(text: &str, package: &str, binary: &str) -> Result<String, String> {
    let mut rest = parse(text)?;
    rest.remove("alias");
    let rest = if rest.is_empty() {
        String::new()
    } else {
        format!("\n{rest}")
    };
    Ok(format!(
        "[alias]\nhw = \"run --quiet --package {package} --bin {binary} --\"\n{rest}"
    ))
}

fn parse(text: &str) -> Result<Table, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

/// The names that members take from the workspace.
fn needed_dependencies(members: &[(&str, &str)]) -> Result<BTreeSet<String>, String> {
    let mut needed = BTreeSet::new();
    for (folder, manifest) in members {
        let table = parse(manifest).map_err(|error| format!("{folder}/Cargo.toml: {error}"))?;
        let targets = table
            .get("target")
            .and_then(Value::as_table)
            .into_iter()
            .flat_map(Table::values);
        for table in targets.filter_map(Value::as_table).chain([&table]) {
            for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
                let entries = table
                    .get(kind)
                    .and_then(Value::as_table)
                    .into_iter()
                    .flatten();
                let inherited = entries
                    .filter(|(_, value)| value.get("workspace") == Some(&Value::Boolean(true)));
                needed.extend(inherited.map(|(name, _)| name.clone()));
            }
        }
    }
    Ok(needed)
}

fn check_is_published(
    name: &str,
    dependency: Option<&Value>,
    members: &[(&str, &str)],
) -> Result<(), String> {
    match dependency.and_then(|value| value.get("path")?.as_str()) {
        Some(path) if !members.iter().any(|(folder, _)| *folder == path) => Err(format!(
            "a published package depends on `{name}` in {path}, which is not published"
        )),
        _ => Ok(()),
    }
}

fn member_list(members: &[(&str, &str)]) -> String {
    let lines: String = members
        .iter()
        .map(|(folder, _)| format!("    \"{folder}\",\n"))
        .collect();
    format!("members = [\n{lines}]\n")
}

/// `version = "0.1.0"` becomes `version = "0.1.0+a1.starter"`.
fn with_suffix(entry: &str, suffix: &str) -> String {
    match entry.rfind(['"', '\'']) {
        Some(end) => format!("{}+{suffix}{}", &entry[..end], &entry[end..]),
        None => entry.to_owned(),
    }
}

/// Sections that speak of what is not published.
fn is_dropped(section: &str, unneeded: &dyn Fn(&str) -> bool) -> bool {
    section
        .strip_prefix("workspace.dependencies.")
        .is_some_and(unneeded)
        || section == "workspace.metadata"
        || section.starts_with("workspace.metadata.")
}

enum Kind {
    /// The path in the brackets.
    Header(String),
    Entry(String),
    Blank,
}

/// A header or an entry with the comments directly above it, or a blank line.
struct Statement {
    kind: Kind,
    text: String,
}

/// Cuts a TOML file into statements. An entry ends where what has been read so far is valid by itself.
fn statements(text: &str) -> Result<Vec<Statement>, String> {
    let mut statements = Vec::new();
    let mut comments = String::new();
    let mut entry = String::new();
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let kind = if entry.is_empty() && trimmed.is_empty() {
            Kind::Blank
        } else if entry.is_empty() && trimmed.starts_with('#') {
            comments.push_str(line);
            continue;
        } else if entry.is_empty() && trimmed.starts_with('[') {
            Kind::Header(header_path(trimmed))
        } else {
            entry.push_str(line);
            match toml::from_str::<Table>(&entry)
                .ok()
                .and_then(|table| table.keys().next().cloned())
            {
                Some(key) => Kind::Entry(key),
                None => continue,
            }
        };
        let text = if entry.is_empty() {
            line.to_owned()
        } else {
            std::mem::take(&mut entry)
        };
        statements.push(Statement {
            kind,
            text: std::mem::take(&mut comments) + &text,
        });
    }
    if !entry.is_empty() {
        return Err(format!("cannot make out this entry: {entry}"));
    }
    statements.push(Statement {
        kind: Kind::Blank,
        text: comments,
    });
    Ok(statements)
}

/// `[a."b"]  # comment` is `a.b`.
fn header_path(line: &str) -> String {
    let inside = line
        .trim_start_matches('[')
        .split(']')
        .next()
        .unwrap_or_default();
    inside
        .split('.')
        .map(|key| key.trim().trim_matches(['"', '\'']))
        .collect::<Vec<_>>()
        .join(".")
}

fn without_double_blanks(text: &str) -> String {
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if !(line.trim().is_empty() && (kept.is_empty() || kept.ends_with("\n\n"))) {
            kept.push_str(line);
        }
    }
    kept.truncate(kept.trim_end().len());
    kept + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = include_str!("../../../Cargo.toml");
    const COMMON: &str = include_str!("../../../common/Cargo.toml");
    const A1: &str = include_str!("../../../assignments/a1_backprop/Cargo.toml");

    #[test]
    fn the_real_workspace_keeps_what_the_starter_needs_unchanged() {
        let members = [("common", COMMON), ("assignments/a1_backprop", A1)];
        let text = starter_manifest(ROOT, &members, "a1.starter").unwrap();
        let (before, after) = (parse(ROOT).unwrap(), parse(&text).unwrap());
        assert_eq!(before["profile"], after["profile"]);
        assert_eq!(before["workspace"]["lints"], after["workspace"]["lints"]);
        for name in ["burn", "nix", "rawzip"] {
            assert_eq!(
                before["workspace"]["dependencies"][name],
                after["workspace"]["dependencies"][name]
            );
        }
        for name in ["judge", "hidden_a1", "seccompiler", "zip"] {
            assert!(
                after["workspace"]["dependencies"].get(name).is_none(),
                "{name}"
            );
        }
        assert_eq!(after["workspace"]["members"].as_array().unwrap().len(), 2);
        assert!(
            after["workspace"]["package"]["version"]
                .as_str()
                .unwrap()
                .ends_with("+a1.starter")
        );
        assert!(
            !text.contains("grading") && !text.contains("Grading"),
            "{text}"
        );
    }

    #[test]
    fn profiles_of_packages_that_are_not_there_are_left_out() {
        let lock = "version = 4\n[[package]]\nname = \"syn\"\nversion = \"2.0.0\"\n";
        let text = without_absent_profiles(ROOT, lock).unwrap();
        let (mut before, after) = (parse(ROOT).unwrap(), parse(&text).unwrap());
        let packages = before["profile"]["dev"]["package"].as_table_mut().unwrap();
        packages.retain(|name, _| ["*", "syn"].contains(&name));
        assert_eq!(before, after);
        assert!(!text.contains("\n\n\n"), "{text}");
    }

    #[test]
    fn entries_over_many_lines_and_tables_of_their_own_are_understood() {
        let root = "[workspace]\nmembers = [\n  \"m\", # [x]\n  \"g\",\n]\ndefault-members = [\"g\"]\n\n[workspace.package]\nversion = \"1.0.0\"\n\n\
            [workspace.dependencies]\n# keeps\na = { version = \"1\", features = [\n  \"x\",\n] }\n# goes\nb = \"1\"\n\n[workspace.dependencies.c]\nversion = \"2\"\n\n\
            [workspace.dependencies.d]\nversion = \"2\"\n\n[profile.dev]\nopt-level = 1\n";
        let member = "[dependencies]\na.workspace = true\n[target.'cfg(unix)'.dependencies]\nd = { workspace = true }\n";
        let expected = "[workspace]\nmembers = [\n    \"m\",\n]\n\n[workspace.package]\nversion = \"1.0.0+s\"\n\n\
            [workspace.dependencies]\n# keeps\na = { version = \"1\", features = [\n  \"x\",\n] }\n\n\
            [workspace.dependencies.d]\nversion = \"2\"\n\n[profile.dev]\nopt-level = 1\n";
        assert_eq!(
            starter_manifest(root, &[("m", member)], "s").unwrap(),
            expected
        );
    }

    #[test]
    fn a_dependency_on_something_unpublished_is_refused() {
        let root = "[workspace]\nmembers = [\"m\"]\n[workspace.dependencies]\nh = { path = \"grading/h\" }\n";
        let error = starter_manifest(
            root,
            &[("m", "[dev-dependencies]\nh.workspace = true\n")],
            "s",
        )
        .unwrap_err();
        assert!(error.contains("grading/h"), "{error}");
    }

    #[test]
    fn the_allow_list_is_read_and_not_published() {
        let text = "[package]\nname = \"a\"\n\n[package.metadata.publish]\nallow = [\n  \"sum_dim\",\n]\n\n[lints]\nworkspace = true\n";
        let (kept, allow) = member_manifest(text).unwrap();
        assert_eq!(allow, ["sum_dim"]);
        assert_eq!(
            kept,
            "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"
        );
    }

    #[test]
    fn the_alias_replaces_the_repository_s_own() {
        let text = cargo_config(
            "[alias]\na1 = \"run\"\n[build]\njobs = 2\n",
            "a1_backprop",
            "a1",
        )
        .unwrap();
        assert_eq!(
            text,
            "[alias]\nhw = \"run --quiet --package a1_backprop --bin a1 --\"\n\n[build]\njobs = 2\n"
        );
    }
}
