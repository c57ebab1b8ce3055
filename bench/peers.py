"""One of alfa's peers in a process of its own, with the protocol of worker.c.

usage: peers.py NAME PRECISION THREADS WORK          serve, NAME is anomalib, onnxruntime, openvino or open_clip
       peers.py cold PRECISION THREADS WORK NOUN     anomalib from nothing to the answer for one picture of a new class
"""

import collections
import importlib.util
import json
import os
import resource
import sys
import time
import types

import numpy as np


def picture(work):
    """The pixels that alfa's resizing gives: square, bicubic, normalised. [1, 3, 240, 240]"""
    from PIL import Image
    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    image = Image.open(f"{work}/picture.jpg").convert("RGB").resize((240, 240), Image.BICUBIC)
    x = (np.asarray(image, dtype=np.float32) / 255 - np.float32(mean)) / np.float32(std)
    return np.ascontiguousarray(x.transpose(2, 0, 1)[None], dtype=np.float32)


def winclip():
    """anomalib's WinCLIP network. Its package would also load thirty other models and the training engine, so the folders are
    made known without running their __init__; what they would define for it is given here."""
    root = importlib.util.find_spec("anomalib").submodule_search_locations[0]
    for name in ("models", "models.image", "models.image.winclip", "models.components", "models.components.base", "data"):
        package = types.ModuleType(f"anomalib.{name}")
        package.__path__ = [os.path.join(root, *name.split("."))]
        sys.modules[package.__name__] = package
    components, data = sys.modules["anomalib.models.components"], sys.modules["anomalib.data"]
    from anomalib.models.components.base.buffer_list import BufferListMixin
    from anomalib.models.components.base.dynamic_buffer import DynamicBufferMixin
    components.BufferListMixin, components.DynamicBufferMixin = BufferListMixin, DynamicBufferMixin
    data.InferenceBatch = collections.namedtuple("InferenceBatch", "pred_score anomaly_map")
    from anomalib.models.image.winclip import torch_model
    return torch_model


class Anomalib:
    """Without a noun it judges with sentences that are not there: the time of an image does not depend on them."""

    def __init__(self, precision, threads, work, noun=None):
        import torch
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        module = winclip()
        module.PRETRAINED = f"{work}/models/vit-b-16-plus-240/checkpoint.pt"     # open_clip takes a path for a name
        self.model = module.WinClipModel().eval()
        kind = torch.bfloat16 if precision == "bf16" else torch.float32
        self.model.to(kind)
        if noun:
            self.model.setup(noun)
        else:
            self.model._text_embeddings = torch.eye(2, 640, dtype=kind)
        self.pixels = torch.from_numpy(picture(work)).to(kind)

    def image(self):
        return self.model(self.pixels)

    def vectors(self):
        image, windows, _ = self.model.encode_image(self.pixels)
        return np.concatenate([image.float().numpy()] + [w[0].float().numpy() for w in windows])


class OpenClip:
    def __init__(self, precision, threads, work):
        import open_clip
        import torch
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.torch, self.open_clip = torch, open_clip
        self.half = precision == "bf16"
        self.model = open_clip.create_model("ViT-B-16-plus-240", pretrained=f"{work}/models/vit-b-16-plus-240/checkpoint.pt").eval()
        self.lines = open(f"{work}/sentences.txt", encoding="utf-8").read().splitlines()

    def texts(self):
        with self.torch.autocast("cpu", self.torch.bfloat16, enabled=self.half):
            return self.model.encode_text(self.open_clip.tokenize(self.lines)).float().numpy()

    prompts = texts


class Graphs:
    """The exported graphs in the order full pass, windows of 2, windows of 3."""

    def image(self):
        image, tokens = self.call(0, self.pixels)
        return [image, self.call(1, tokens)[0], self.call(2, tokens)[0]]

    def vectors(self):
        return np.concatenate(self.image())


class OnnxRuntime(Graphs):
    def __init__(self, precision, threads, work):
        import onnxruntime as ort
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.pixels = picture(work)
        self.sessions = [ort.InferenceSession(f"{work}/graphs/{name}.{precision}.onnx", options, ["CPUExecutionProvider"])
                         for name in ("whole", "windows2", "windows3")]

    def call(self, i, x):
        return self.sessions[i].run(None, {self.sessions[i].get_inputs()[0].name: x})


class OpenVino(Graphs):
    def __init__(self, precision, threads, work):
        import openvino as ov
        core = ov.Core()
        how = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        self.pixels = picture(work)
        self.models = [core.compile_model(f"{work}/graphs/{name}.f32.xml", "CPU", how)
                       for name in ("whole", "windows2", "windows3")]

    def call(self, i, x):
        return list(self.models[i](x).values())


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def serve(peer):
    print("{}", flush=True)
    for line in sys.stdin:
        command, *path = line.split()
        start, used = time.perf_counter(), time.process_time()
        rows = getattr(peer, command)()
        seconds, processor = time.perf_counter() - start, time.process_time() - used
        if path:
            unit(rows).astype(np.float32).tofile(path[0])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "processor": processor, "megabytes": peak}), flush=True)


if __name__ == "__main__":
    name, precision, threads, work = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    if name == "cold":
        score, anomaly_map = Anomalib(precision, threads, work, sys.argv[5]).image()
        print(f"{score.item():.3f} {anomaly_map.max().item():.3f}")
    else:
        serve({"anomalib": Anomalib, "open_clip": OpenClip, "onnxruntime": OnnxRuntime, "openvino": OpenVino}[name](precision, threads, work))
