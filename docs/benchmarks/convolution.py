"""Times convolutions and training steps beside Burn's own operations and PyTorch, in turns.

    cargo build -p common --example convolution
    pip install torch
    python docs/benchmarks/convolution.py [--threads 2] [--rounds 20] [--only lenet5:64,...]

All three do the same work in single precision. They take turns, so that whatever else the machine does
hits all. On a machine with other work only the least of many short rounds means something, and with one
thread more than with two; the processor time beside it hardly depends on the load with one thread (with two,
PyTorch's threads spin while they wait). `both` is forward and backward of one layer, without the gradient of
the input where that is the network's; a step is forward, cross-entropy as a number, backward and SGD with
momentum.
"""

import argparse
import os
import pathlib
import subprocess
import time

import torch
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAM = TARGET / "debug/examples/convolution"

LAYERS = {
    "LeNet-5, first": "64,1,32,6,5,1,0",
    "LeNet-5, second": "64,6,14,16,5,1,0",
    "16 channels, 32 pixels": "64,16,32,16,3,1,1",
    "32 channels, 16 pixels": "64,32,16,32,3,1,1",
    "64 channels, 8 pixels": "64,64,8,64,3,1,1",
    "16 to 32, stride 2": "64,16,32,32,3,2,1",
    "16 to 32, 1x1, stride 2": "64,16,32,32,1,2,0",
    "one image, 16 channels": "1,16,32,16,3,1,1",
}
STEPS = ["lenet5:64", "lenet5:1", "cnn:64", "resnet8:64", "resnet8:1"]


class ResNet8(nn.Module):
    """A convolution, three blocks of two with 16, 32 and 64 channels, the mean, a dense layer."""

    def __init__(self):
        super().__init__()

        def layer(c_in, c_out, k, stride):
            conv = nn.Conv2d(c_in, c_out, k, stride, k // 2, bias=False)
            return nn.Sequential(conv, nn.BatchNorm2d(c_out))

        self.first = layer(3, 16, 3, 1)
        self.blocks = nn.ModuleList()
        for c_in, c_out, stride in [(16, 16, 1), (16, 32, 2), (32, 64, 2)]:
            short = nn.Identity() if stride == 1 else layer(c_in, c_out, 1, stride)
            block = [layer(c_in, c_out, 3, stride), layer(c_out, c_out, 3, 1), short]
            self.blocks.append(nn.ModuleList(block))
        self.last = nn.Linear(64, 10)

    def forward(self, x):
        x = self.first(x).relu()
        for one, two, short in self.blocks:
            x = (two(one(x).relu()) + short(x)).relu()
        return self.last(x.mean((2, 3)))


def lenet(channels, sizes):
    layers = []
    for c_in, c_out in zip(channels, channels[1:]):
        layers += [nn.Conv2d(c_in, c_out, 5), nn.ReLU(), nn.MaxPool2d(2)]
    layers.append(nn.Flatten())
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def torch_work(work):
    torch.manual_seed(1)
    kind, numbers = work.split(":")
    numbers = [int(n) for n in numbers.split(",")]
    if kind in ("forward", "both", "first"):
        n, c_in, size, c_out, k, stride, padding = numbers
        x = torch.randn(n, c_in, size, size, requires_grad=kind == "both")
        conv = nn.Conv2d(c_in, c_out, k, stride, padding)
        ones = torch.ones_like(conv(x))

        def forward():
            with torch.no_grad():
                conv(x)

        def both():
            conv.zero_grad()
            x.grad = None
            conv(x).backward(ones)

        return forward if kind == "forward" else both

    net, shape = {
        "lenet5": lambda: (lenet([1, 6, 16], [400, 120, 84, 10]), (1, 32, 32)),
        "cnn": lambda: (lenet([1, 16, 32], [512, 128, 10]), (1, 28, 28)),
        "resnet8": lambda: (ResNet8(), (3, 32, 32)),
    }[kind]()
    sgd = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9)
    x, labels = torch.randn(numbers[0], *shape), torch.randint(10, (numbers[0],))

    def step():
        sgd.zero_grad()
        loss = nn.functional.cross_entropy(net(x), labels)
        loss.backward()
        sgd.step()
        return loss.item()

    return step


def once(function, repeats):
    """Milliseconds of one call by the clock, and of the processor."""
    function()
    clock, processor = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        function()
    times = time.perf_counter() - clock, time.process_time() - processor
    return [1e3 * t / repeats for t in times]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--milliseconds", type=float, default=20, help="of one round of one of the three")
    parser.add_argument("--only", default="", help="works that begin with one of these, divided by spaces")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    works = {}
    for name, shape in LAYERS.items():
        first = shape.split(",")[1] == "1"
        works[f"{name}: forward"] = "forward:" + shape
        works[f"{name}: both"] = ("first:" if first else "both:") + shape
    works |= {step: step for step in STEPS}
    only = args.only.split()
    if only:
        works = {n: w for n, w in works.items() if any(w.startswith(o) for o in only)}

    program = subprocess.Popen(
        [PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"RAYON_NUM_THREADS": str(args.threads)},
    )

    def rust(who, work, repeats):
        program.stdin.write(f"{who} {work} {repeats}\n")
        program.stdin.flush()
        return [float(word) for word in program.stdout.readline().split()]

    print(f"Least milliseconds of {args.rounds} rounds, by the clock (of the processor),", end=" ")
    print(f"{args.threads} threads, torch {torch.__version__}.\n")
    print("| work | ours | Burn's | PyTorch | ours / PyTorch |")
    print("|---|---|---|---|---|")
    for name, work in works.items():
        function = torch_work(work)
        makers = {
            "ours": lambda repeats: rust("ours", work, repeats),
            "burn": lambda repeats: rust("burn", work, repeats),
            "torch": lambda repeats: once(function, repeats),
        }
        repeats = {}
        for who, make in makers.items():
            repeats[who] = max(1, round(args.milliseconds / max(make(1)[1], 1e-3)))
        least = {who: [float("inf")] * 2 for who in makers}
        for _ in range(args.rounds):
            for who, make in makers.items():
                least[who] = [min(pair) for pair in zip(least[who], make(repeats[who]))]
        cells = [f"{clock:.3f} ({processor:.3f})" for clock, processor in least.values()]
        ratio = [ours / theirs for ours, theirs in zip(least["ours"], least["torch"])]
        cells.append(f"{ratio[0]:.2f} ({ratio[1]:.2f})")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    program.stdin.close()
    program.wait()


if __name__ == "__main__":
    main()
