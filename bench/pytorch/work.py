"""What PyTorch does in a step of each case: a function without arguments, and how many numbers train."""
import itertools

import torch
import torch.nn.functional as F

from networks import UNet, network

BATCHES = 4


def layout(options):
    return torch.channels_last if options["channelsLast"] else torch.contiguous_format


def count(model):
    return sum(p.numel() for p in model.parameters())


def train(case, folder, options):
    model = network(case["network"], case["classes"])
    draw = lambda: torch.randint(case["classes"], (case["batch"],))
    return sgd_step(case, options, model, draw, F.cross_entropy)


def unet(case, folder, options):
    draw = lambda: torch.randint(2, (case["batch"], case["classes"], case["size"], case["size"])).float()
    return sgd_step(case, options, UNet(case["classes"]), draw, bce_dice)


def bce_dice(logits, mask):
    p = logits.sigmoid()
    dice = 1 - (2 * (p * mask).sum() + 1) / (p.sum() + mask.sum() + 1)
    return F.binary_cross_entropy_with_logits(logits, mask) + dice


def images(case, options):
    x = torch.randn(case["batch"], 3, case["size"], case["size"])
    return x.contiguous(memory_format=layout(options))


def sgd_step(case, options, model, draw_target, loss_of):
    model = model.to(memory_format=layout(options)).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, foreach=options["foreach"])
    batches = itertools.cycle([(images(case, options), draw_target()) for _ in range(BATCHES)])

    def step():
        x, target = next(batches)
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(x), target)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step, count(model)


def infer(case, folder, options):
    model = network(case["network"], case["classes"]).to(memory_format=layout(options)).eval()
    parameters = count(model)
    batches = itertools.cycle([images(case, options) for _ in range(BATCHES)])
    if options["freeze"]:
        with torch.no_grad():
            model = torch.jit.optimize_for_inference(torch.jit.trace(model, next(batches)))

    def step():
        with torch.no_grad():
            return model(next(batches))[0, 0].item()

    return step, parameters


def semise(case, folder, options):
    from semise_step import semise_step
    return semise_step(case, options)


def embed(case, folder, options):
    from embed import embed_files
    return embed_files(case, folder, options)


WORK = {"train": train, "infer": infer, "unet": unet, "semise": semise, "embed": embed}
