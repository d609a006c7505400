"""Trains the MLP of assignment 1 and the same MLP in PyTorch, in turns, and compares error and seconds.

    cargo build -p a1_backprop
    pip install torch
    python docs/benchmarks/mlp.py zipcode --datasets FOLDER --seeds 5

Same layers, initialisation, batches of 64, Adam, label smoothing, epochs, single precision, measurements
and number of threads; other random numbers. `cargo a1 data fetch` or `data import` must have put the set
where `cargo a1` finds it; PyTorch's side reads the original files in `--datasets`.
"""

import argparse
import gzip
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import torch
from torch.nn.functional import cross_entropy

ROOT = pathlib.Path(__file__).resolve().parents[2]
EPOCHS = {"zipcode": 15, "mnist": 8}
HIDDEN, BATCH, LR, SMOOTHING = [512, 256], 64, 1e-3, 0.1


def zipcode(path):
    with gzip.open(path, "rt") as lines:
        rows = torch.tensor([[float(word) for word in line.split()] for line in lines])
    return rows[:, 1:], rows[:, 0].long()


def idx(images, labels):
    pixels = torch.tensor(bytearray(gzip.open(images).read()[16:])).reshape(-1, 784)
    return pixels / 255, torch.tensor(bytearray(gzip.open(labels).read()[8:])).long()


def load(data, folder):
    if data == "zipcode":
        train, test = [zipcode(folder / f"zipcode/zip.{part}.gz") for part in ("train", "test")]
    else:
        names = [f"mnist/{part}-{{}}-ubyte.gz" for part in ("train", "t10k")]
        train, test = [
            idx(folder / name.format("images-idx3"), folder / name.format("labels-idx1"))
            for name in names
        ]
    mean, std = train[0].mean(), train[0].std()
    return [((x - mean) / std, labels) for x, labels in (train, test)]


def measure(logits, labels):
    with torch.no_grad():
        error = (logits.argmax(1) != labels).float().mean().item()
        return cross_entropy(logits, labels).item(), error


def run_torch(train, test, epochs, seed):
    torch.manual_seed(seed)
    sizes = [train[0].shape[1], *HIDDEN, 10]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layer = torch.nn.Linear(inputs, outputs)
        torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        torch.nn.init.zeros_(layer.bias)
        layers += [layer, torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    adam = torch.optim.Adam(model.parameters(), lr=LR)
    start = time.perf_counter()
    for _ in range(epochs):
        for batch in torch.randperm(len(train[0])).split(BATCH):
            x, labels = train[0][batch], train[1][batch]
            adam.zero_grad()
            logits = model(x)
            cross_entropy(logits, labels, label_smoothing=SMOOTHING).backward()
            adam.step()
            measure(logits, labels)
        with torch.no_grad():
            _, error = measure(model(test[0]), test[1])
    return 100 * error, time.perf_counter() - start


def run_ours(data, seed, threads):
    program = ROOT / "target/debug/a1"
    with tempfile.TemporaryDirectory() as out:
        command = [program, "train", "mlp", "--data", data, "--seed", str(seed), "--out", out]
        env = os.environ | {"RAYON_NUM_THREADS": str(threads)}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)
        history = json.loads((pathlib.Path(out) / "history.json").read_text())
    return 100 * history[-1]["test_error"], sum(row["seconds"] for row in history)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", choices=EPOCHS)
    parser.add_argument("--datasets", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    train, test = load(args.data, args.datasets)
    results = {"ours": [], "torch": []}
    for seed in range(args.seeds):
        results["ours"].append(run_ours(args.data, seed, args.threads))
        results["torch"].append(run_torch(train, test, EPOCHS[args.data], seed))
        ours, torchs = results["ours"][-1], results["torch"][-1]
        print(f"seed {seed}  ours {ours[0]:.2f} % {ours[1]:.1f} s", end="")
        print(f"   torch {torchs[0]:.2f} % {torchs[1]:.1f} s", flush=True)
    print(f"{args.data}, {EPOCHS[args.data]} epochs, {args.threads} threads, torch {torch.__version__}")
    for name, rows in results.items():
        errors, seconds = zip(*rows)
        spread = statistics.stdev(errors) if len(errors) > 1 else float("nan")
        print(f"{name:>6}  error {statistics.mean(errors):.2f} +- {spread:.2f} %", end="")
        print(f"   seconds {statistics.mean(seconds):.1f} (least {min(seconds):.1f})")


if __name__ == "__main__":
    main()
