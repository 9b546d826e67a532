"""The networks of the cases, as torchvision has them, and the two it has not."""
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import resnet18, resnet50
from torchvision.models.resnet import BasicBlock


class SmallResNet(nn.Module):
    """Four basic blocks of 32 to 256 channels behind a 3 x 3 stem of stride 2: the encoder `small`."""

    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        blocks, channels = [], 32
        for stage in range(4):
            width = 32 * 2 ** stage
            stride = 1 if stage == 0 else 2
            same = stride == 1 and channels == width
            downsample = None if same else nn.Sequential(
                nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))
            blocks.append(BasicBlock(channels, width, stride, downsample))
            channels = width
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(channels, classes) if classes else nn.Identity()

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return self.fc(self.blocks(x).mean((2, 3)))


class UNet(nn.Module):
    """U-Net on ResNet-18 with a nearest + 3 x 3 decoder, as segmentation_models_pytorch builds it."""

    def __init__(self, classes, decoder=(256, 128, 64, 32, 16)):
        super().__init__()
        self.encoder = resnet18()
        self.encoder.fc = nn.Identity()
        channels, skips = 512, (256, 128, 64, 64, 0)
        self.decoder = nn.ModuleList()
        for skip, out in zip(skips, decoder):
            self.decoder.append(nn.Sequential(
                nn.Conv2d(channels + skip, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(True),
                nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(True)))
            channels = out
        self.head = nn.Conv2d(channels, classes, 3, 1, 1)

    def forward(self, x):
        e = self.encoder
        stages = [e.relu(e.bn1(e.conv1(x)))]
        x = e.maxpool(stages[0])
        for layer in (e.layer1, e.layer2, e.layer3, e.layer4):
            x = layer(x)
            stages.append(x)
        for block, skip in zip(self.decoder, (*stages[-2::-1], None)):
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = block(x if skip is None else torch.cat([x, skip], 1))
        return self.head(x)


def network(name, classes):
    if name == "small":
        return SmallResNet(classes)
    return {"resnet18": resnet18, "resnet50": resnet50}[name](num_classes=classes)
