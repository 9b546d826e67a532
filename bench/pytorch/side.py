"""PyTorch's side of a case: prepares it, says so, then runs as many steps as each line on standard
input asks for, and answers with their times. Arguments: the case (JSON), a folder, options (JSON)."""
import json
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "2")  # Debian's build starts with one
import torch

torch.set_num_threads(2)
torch.set_flush_denormal(True)  # as our sessions do; before the worker threads start, which inherit it
torch.manual_seed(1)

from work import WORK


def main():
    case, folder, options = json.loads(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
    step, parameters = WORK[case["work"]](case, folder, options)
    say = lambda reply: print(json.dumps(reply), flush=True)
    say({"ready": {"parameters": parameters}})
    for line in sys.stdin:
        times, loss = [], float("nan")
        for _ in range(json.loads(line)["steps"]):
            start = time.perf_counter()
            loss = step()
            times.append(1e3 * (time.perf_counter() - start))
        say({"ms": times, "loss": loss})


main()
