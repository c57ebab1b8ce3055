#!/usr/bin/env bash
# One would guess that image-similarity-measures, whose program compares two PNGs or JPEGs, finds the PSNR and SSIM for them that others find, and that a picture
# differs from itself by nothing.
# It takes 4095 for the brightest value, as satellites have it, and the program has no option for that. The PSNR of 8 bits is 24.1 dB too high and the RMSE a sixteenth
# of what it is: a part with a scratch of 200 by 4 pixels has 51 dB, which is as good as the same, where 27 are due, and its SSIM is 0.994 where 0.970 are due. The
# spectral angle is multiplied in 8 bits: a picture is at 89 degrees to itself, and no further from one whose red is half as strong again.
# It matters where parts are compared with a golden picture, or a camera's frames before and after a change: limits from elsewhere let the defects pass. What
# helps: max_p=255 in Python, and floats for sam().
# Versions: image-similarity-measures 0.3.6, opencv-python 4.11.0.86, numpy 1.26.4, scikit-image 0.20.0, scipy 1.17.1; Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check image-similarity-measures==0.3.6 opencv-python==4.11.0.86 numpy==1.26.4 scikit-image==0.20.0 scipy==1.17.1
cat >compare.py <<'EOF'
import json, subprocess, sys, warnings
warnings.simplefilter("ignore")
import cv2, numpy as np
from image_similarity_measures.quality_metrics import sam
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

good = np.random.default_rng(0).integers(80, 120, (256, 256, 3)).astype(np.uint8)
scratched, redder = good.copy(), good.copy()
scratched[60:64, 20:220] = 200
redder[..., 2] = good[..., 2] * 1.5
for name in "good", "scratched", "redder":
    cv2.imwrite(f"{name}.png", locals()[name])

def program(other, *metrics):
    asked = [word for metric in metrics for word in ("--metric", metric)]
    call = [sys.executable, "-m", "image_similarity_measures.evaluate", "--org_img_path=good.png", f"--pred_img_path={other}.png", *asked]
    return json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)["metrics"]

seen = program("scratched", "psnr", "ssim", "rmse")
due = {
    "psnr": peak_signal_noise_ratio(good, scratched),
    "ssim": structural_similarity(good, scratched, channel_axis=2),
    "rmse": float(np.sqrt(np.mean((good / 255 - scratched / 255) ** 2))),
}
for name in due:
    print(f"good and scratched by {name}: {seen[name]:.5f}, {due[name]:.5f} is due")
angles = {name: (program(name, "sam")["sam"], float(sam(good.astype(float), picture.astype(float)))) for name, picture in (("good", good), ("redder", redder))}
for name, (found, right) in angles.items():
    print(f"good and {name} by sam: {found:.2f} degrees, {right:.2f} are due")
wrong = abs(seen["psnr"] - due["psnr"] - 20 * np.log10(4095 / 255)) > 0.01 or abs(due["rmse"] / seen["rmse"] - 4095 / 255) > 0.01
wrong |= abs(seen["ssim"] - 0.9944) > 0.0005 or abs(due["ssim"] - 0.9704) > 0.001
wrong |= any(abs(found - 89.4) > 0.3 for found, _ in angles.values()) or angles["good"][1] > 0.01 or angles["redder"][1] < 5
if wrong:
    sys.exit("changed: other measures")
EOF
v/bin/python compare.py
