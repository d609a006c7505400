#!/usr/bin/env python3
"""Makes the pictures of the README: runs the commands and draws what they print.

    python3 docs/pictures/make.py            # all of them; needs git, cargo and, for `train`, the zip codes
    python3 docs/pictures/make.py student

The zip-code digits: `cargo a1 data fetch zipcode`, or `cargo a1 data import zipcode --from DIR`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import terminal

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PARTS = "assignments/a1_backprop/src/parts"

# The student's mistake: the mean squared error's gradient without the mean.
RIGHT = "(predictions - targets) * (2.0 / (rows * columns) as f64)"
WRONG = "(predictions - targets) * 2.0"


def record(command, folder=ROOT, environment=None, allowed=(0,), columns=100):
    """What `command` leaves on the terminal. What it needs is built first, so that no building is seen."""
    print(f"$ {command}", flush=True)
    code, written = terminal.run(command.split(), folder, environment, columns)
    lines = terminal.screen(written)
    if code not in allowed:
        sys.exit("\n".join(terminal.text(line) for line in lines) + f"\n{command} ended with {code}")
    return lines


def save(name, command, lines):
    lines = [without_home(line) for line in lines]
    picture = terminal.svg([terminal.prompt(command), *lines], f"What `{command}` prints")
    (HERE / f"{name}.svg").write_text(picture, encoding="utf-8")


def without_home(line):
    home, words = str(Path.home()), terminal.text(line)
    return terminal.plain(words.replace(home, "~")) if home in words else line


def between(lines, first, last):
    """The lines from the one that begins with `first` to the one before that which begins with `last`."""
    texts = [terminal.text(line) for line in lines]
    start = next(i for i, line in enumerate(texts) if line.startswith(first))
    end = next(i for i in range(start, len(texts)) if texts[i].startswith(last))
    return lines[start:end]


def student():
    """The table and one part: three parts done, one with a mistake, the others not begun."""
    with tempfile.TemporaryDirectory() as folder:
        half_way(Path(folder) / "starter")


def half_way(starter):
    record(f"cargo run --quiet -- publish a1 --out {starter}")
    for part in ["perceptron", "scalar_autodiff", "tensor_layers", "losses"]:
        shutil.copy(ROOT / PARTS / f"{part}.rs", starter / PARTS)
    losses = starter / PARTS / "losses.rs"
    solution = losses.read_text(encoding="utf-8")
    assert RIGHT in solution, "the reference's mse_backward has changed: adapt RIGHT and WRONG"
    losses.write_text(solution.replace(RIGHT, WRONG), encoding="utf-8")
    # The libraries that the repository built serve the starter too.
    shared = {"CARGO_TARGET_DIR": os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))}
    failing = (0, 2)  # 2: a check failed
    record("cargo hw check", starter, shared, failing)
    for name, command in [("student-check", "cargo hw check"), ("student-part", "cargo hw check losses")]:
        save(name, command, record(command, starter, shared, failing))


def assistant():
    """The class of the demo."""
    command = "cargo run -- demo"
    lines = record(command)
    table = next(i for i, line in enumerate(lines) if terminal.text(line).startswith("┌──"))
    made = between(lines, "2. Make", "3. Grade")
    save("assistant-demo", command, [*made, *lines[table:]])


def instructor():
    """The end of the kill matrix, and the verdict."""
    command = "cargo run --quiet -- selftest a1"
    lines = record(command, columns=110)
    texts = [terminal.text(line) for line in lines]
    heads = [i for i, line in enumerate(texts) if "mutants killed" in line]
    first = between(lines, texts[heads[0]], texts[heads[1]])
    end = next(i for i, line in enumerate(texts) if line.startswith("reference"))
    dots = terminal.plain("... (A1.2 to A1.12 likewise)")
    save("instructor-selftest", "cargo run -- selftest a1", [*first, dots, [], *lines[end:]])


def train():
    """A network of the reference's functions on the zip codes, and what it draws."""
    command = "cargo a1 train mlp --data zipcode"
    save("train", command, record(command, columns=140))
    for picture in ["curves", "confusion", "mistakes"]:
        shutil.copy(ROOT / "runs/mlp-zipcode" / f"{picture}.png", HERE / f"{picture}.png")


def scenes():
    """What the detector and the U-Net of Assignment 2 find in scenes."""
    for lab, picture in [("detect", "detections"), ("segment", "masks")]:
        with tempfile.TemporaryDirectory() as folder:
            record(f"cargo a2 train {lab} --out {folder}")
            shutil.copy(Path(folder) / f"{picture}.png", HERE / f"{picture}.png")


PICTURES = {"student": student, "assistant": assistant, "instructor": instructor, "train": train, "scenes": scenes}


def main():
    names = sys.argv[1:] or list(PICTURES)
    for name in names:
        if name not in PICTURES:
            sys.exit(f"there is no picture {name!r}; there are {', '.join(PICTURES)}")
    subprocess.run(["cargo", "build", "--workspace", "--quiet"], cwd=ROOT, check=True)
    for name in names:
        PICTURES[name]()


if __name__ == "__main__":
    main()
