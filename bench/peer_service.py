"""The service that people would deploy instead of alfa serve: FastAPI around anomalib's inferencer, with an exported PatchCore.

usage: peer_service.py prepare FOLDER PICTURE...    PatchCore on a ResNet-18 with random weights (the time of a network does not
                                                    depend on what it has learnt), its memory from the pictures, exported
       peer_service.py serve FOLDER PORT KIND       KIND is openvino or torch; answers POST /v1/detect with the picture as the body
"""

import io
import os
import shutil
import sys
import tempfile
import threading


def prepare(folder, pictures):
    from anomalib.data import Folder
    from anomalib.deploy import ExportType
    from anomalib.engine import Engine
    from anomalib.models import Patchcore
    with tempfile.TemporaryDirectory() as work:
        os.makedirs(f"{work}/data/good")
        for i, picture in enumerate(pictures):
            shutil.copy(picture, f"{work}/data/good/{i}.jpg")
        data = Folder(name="plate", root=f"{work}/data", normal_dir="good", test_split_mode="synthetic", val_split_mode="synthetic",
                      train_batch_size=1, num_workers=0)
        model = Patchcore(backbone="resnet18", layers=["layer2", "layer3"], pre_trained=False)
        engine = Engine(default_root_dir=work, accelerator="cpu", devices=1, logger=False)
        engine.fit(model=model, datamodule=data)
        engine.export(model=model, export_type=ExportType.TORCH, export_root=folder)
        # Without this the exporter tries with two pictures at once, and the memory's search stays bound to two.
        engine.export(model=model, export_type=ExportType.OPENVINO, export_root=folder, input_size=(256, 256),
                      onnx_kwargs={"dynamic_shapes": None, "dynamic_axes": None})


def serve(folder, port, kind):
    import uvicorn
    from fastapi import FastAPI, Request
    from fastapi.concurrency import run_in_threadpool
    from PIL import Image
    import numpy as np
    if kind == "openvino":
        from anomalib.deploy import OpenVINOInferencer
        inferencer = OpenVINOInferencer(path=f"{folder}/weights/openvino/model.xml", device="CPU")
    else:
        os.environ["TRUST_REMOTE_CODE"] = "1"
        from anomalib.deploy import TorchInferencer
        inferencer = TorchInferencer(path=f"{folder}/weights/torch/model.pt", device="cpu")
    app = FastAPI()
    alone = threading.Lock()    # an inferencer fails when it is asked twice at once

    def judge(body):
        image = np.asarray(Image.open(io.BytesIO(body)).convert("RGB").resize((256, 256)), dtype=np.float32) / 255
        with alone:
            result = inferencer.predict(image)
        return {"score": float(np.ravel(result.pred_score)[0]), "anomaly": bool(np.ravel(result.pred_label)[0])}

    @app.post("/v1/detect")
    async def detect(request: Request):
        return await run_in_threadpool(judge, await request.body())

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(sys.argv[2], sys.argv[3:])
    else:
        serve(sys.argv[2], int(sys.argv[3]), sys.argv[4])
