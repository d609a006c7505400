"""Times the MLP training step of assignment 1 beside the same step in PyTorch, in turns.

    cargo build -p a1_backprop --example training_step
    pip install torch
    python docs/benchmarks/training_step.py [--threads 2] [--fused] [--rounds 40] [--steps 20]

Both do the same work: forward, cross-entropy and error rate as numbers, backward, Adam, in single
precision, on one batch of 64 images, layers 784-512-256-10. They take turns, so that whatever else the
machine does hits both; the first round warms up and does not count. On a machine with other work only
the least of many short rounds means something: PyTorch's threads wait for each other by spinning, and
lose far more than ours when a core is taken from them.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import time

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]


def torch_step(sizes, batch, fused):
    torch.manual_seed(1)
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=fused)
    x = torch.randn(batch, sizes[0])
    labels = torch.randint(sizes[-1], (batch,))

    def step():
        adam.zero_grad()
        logits = model(x)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        loss.backward()
        adam.step()
        return loss.item(), (logits.argmax(1) != labels).float().mean().item()

    return step


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--sizes", default="784,512,256,10")
    parser.add_argument("--fused", action="store_true", help="PyTorch's Adam in one kernel")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    step = torch_step([int(size) for size in args.sizes.split(",")], args.batch, args.fused)

    program = ROOT / "target/debug/examples/training_step"
    ours = subprocess.Popen(
        [program, str(args.steps), str(args.batch), args.sizes],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"RAYON_NUM_THREADS": str(args.threads)},
    )
    times = {"ours": [], "torch": []}
    for _ in range(args.rounds + 1):
        ours.stdin.write("go\n")
        ours.stdin.flush()
        times["ours"].append(float(ours.stdout.readline()))
        start = time.perf_counter()
        for _ in range(args.steps):
            step()
        times["torch"].append(1e3 * (time.perf_counter() - start) / args.steps)
    ours.stdin.close()
    ours.wait()

    times = {name: values[1:] for name, values in times.items()}
    print(f"ms per step, {args.sizes}, batch {args.batch}, {args.threads} threads, ", end="")
    print(f"{args.rounds} rounds of {args.steps} steps, torch {torch.__version__}")
    for name, values in times.items():
        print(f"{name:>6}  median {statistics.median(values):6.2f}  ", end="")
        print(f"min {min(values):6.2f}  max {max(values):6.2f}")
    ratios = [a / b for a, b in zip(times["ours"], times["torch"])]
    least = min(times["ours"]) / min(times["torch"])
    print(f" ratio  median {statistics.median(ratios):6.2f}  of the least {least:.2f}")


if __name__ == "__main__":
    main()
