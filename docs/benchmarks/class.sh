#!/usr/bin/env bash
# Grades a made-up class of 300 and measures: class.sh FOLDER [NUMBER]. Run from the root of the repository.
#
# First run, the same again, forced again, and a run that is killed five times at random and resumed. FOLDER is made anew.
set -euo pipefail
place=$1
number=${2:-300}
course=${CARGO_TARGET_DIR:-target}/debug/course
rm -rf "$place"
mkdir -p "$place"
cargo build --quiet --package course
cargo run --quiet --package attacks --example class -- "$place/hand-ins" "$number"

# What a run leaves behind is counted in a folder of its own for temporary files.
export TMPDIR=$place/tmp
mkdir "$TMPDIR"

grade() { # name, folder of results, more arguments
    local name=$1 out=$2 begin seconds code=0
    shift 2
    begin=$(date +%s.%N)
    /usr/bin/time -f '%M' -o "$place/memory" "$course" grade a1 --out "$out" -j 2 "$@" >"$place/log" 2>&1 || code=$?
    [ $code -eq 0 ] || [ $code -eq 3 ] || { tail -3 "$place/log"; exit 1; }
    seconds=$(echo "$(date +%s.%N) - $begin" | bc)
    echo "$name: $(printf %.1f "$seconds") s, $(echo "60 * $number / $seconds" | bc) a minute, $(($(tail -1 "$place/memory") / 1024)) MiB;" \
        "left behind: $(find "$TMPDIR" -mindepth 1 | wc -l) temporary files, $(pgrep -fc "^$course grade" || true) processes"
}

grade "first run" "$place/one" --from "$place/hand-ins"
grade "the same again" "$place/one" --from "$place/hand-ins"

mkdir -p "$place/two"
kills=0
while [ $kills -lt 5 ]; do
    "$course" grade a1 --from "$place/hand-ins" --out "$place/two" -j 2 >/dev/null 2>&1 &
    pid=$!
    sleep $((RANDOM % 50 + 10)).$((RANDOM % 10))
    kill -9 $pid 2>/dev/null && kills=$((kills + 1))
    wait $pid 2>/dev/null || true
done
done_before=$(find "$place/two" -name staff.json | wc -l)
echo "killed $kills times; $done_before of $number hand-ins had results then"
grade "resumed" "$place/two" --resume

if diff -r --exclude='.*' --exclude=timing.json "$place/one" "$place/two" >"$place/differences"; then
    echo "the results are the same to the byte"
else
    echo "the results differ:"
    head "$place/differences"
    exit 1
fi
