#!/usr/bin/env bash
# What each choice in compiling a hand-in is worth: compile.sh. Run from the root of the repository, after a `grade`.
#
# Compiles the reference as a driver, outside the sandbox, seven times in each way, and prints the medians: seconds by
# the clock, then seconds of CPU. mold and lld are tried where they are installed.
set -euo pipefail
target=${CARGO_TARGET_DIR:-target}
layer=$(ls -td "$target"/grading/layer-* | head -1)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir -p "$place/src"
cp -r assignments/a1_backprop/src/parts "$place/src/parts"
printf 'mod parts;\nfn main() -> std::io::Result<()> {\n    common::contract::drive(&parts::table())\n}\n' >"$place/src/main.rs"
cd "$place"

median() { # name, command...
    local name=$1 i
    shift
    : >times
    for i in 1 2 3 4 5 6 7; do
        touch src/parts/losses.rs
        /usr/bin/time -a -o times -f '%e %U %S' "$@" >log 2>&1 || { echo "$name: $(tail -1 log)"; return; }
    done
    sort -n times | sed -n 4p | { read -r wall user system; printf '%-46s %5.2f s  %5.2f s CPU  %s\n' "$name" "$wall" \
        "$(echo "$user + $system" | bc)" "$(du -h driver 2>/dev/null | cut -f1)"; }
}
common=(--crate-name=driver --edition=2024 -Funsafe-code -Awarnings -odriver "-Ldependency=$layer"
    --extern "common=$(ls "$layer"/libcommon*.rlib | head -1)" --extern "burn=$(ls "$layer"/libburn-*.rlib | head -1)")
ours=(rustc src/main.rs "${common[@]}" -Copt-level=0 -Cdebuginfo=line-tables-only)

median "as graded" "${ours[@]}"
median "opt-level=1" rustc src/main.rs "${common[@]}" -Copt-level=1 -Cdebuginfo=line-tables-only
median "no debug information" rustc src/main.rs "${common[@]}" -Copt-level=0 -Cdebuginfo=0
median "codegen-units=1" "${ours[@]}" -Ccodegen-units=1
median "codegen-units=16" "${ours[@]}" -Ccodegen-units=16
median "linker: GNU ld" "${ours[@]}" -Clink-arg=-fuse-ld=bfd
command -v mold >/dev/null && median "linker: mold" "${ours[@]}" -Clink-arg=-fuse-ld=mold
median "stripped" "${ours[@]}" -Cstrip=debuginfo
median "only checked (rustc --emit=metadata)" rustc src/main.rs "${common[@]}" --emit=metadata

# The same by cargo, in a package of its own that finds the libraries built: what the lock, the fingerprints and the
# manifest cost.
root=$OLDPWD
cat >Cargo.toml <<TOML
[package]
name = "driver"
version = "0.1.0"
edition = "2024"
[workspace]
TOML
mkdir -p .cargo
cat >.cargo/config.toml <<TOML
[build]
rustflags = ["-Funsafe-code", "-Awarnings", "-Ldependency=$layer", "--extern=common=$(ls "$layer"/libcommon*.rlib | head -1)", "--extern=burn=$(ls "$layer"/libburn-*.rlib | head -1)"]
[profile.dev]
debug = "line-tables-only"
incremental = false
TOML
CARGO_TARGET_DIR=$place/target median "by cargo instead of rustc" cargo build --offline --quiet
: "$root"
