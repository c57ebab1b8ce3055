"""The package through its public names, against what the program says of the same photographs."""
import gc
import io
import json
import math
import multiprocessing
import os
import pickle
import signal
import subprocess
import threading
import time
import warnings

import numpy as np
import pytest

import alfa
from conftest import CHIP, ROOT, ROT

PROGRAM = os.environ["ALFA_PROGRAM"]


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, env={**os.environ, "ALFA_DATA": str(ROOT)}, check=True).stdout


# ------------------------------------------------------------------ what comes out

def test_three_lines_say_what_the_program_says(tmp_path):
    detector = alfa.Detector("plate")
    result = detector.judge(CHIP)
    said = json.loads(run("detect", CHIP, "--class", "plate", "--json", "--save-maps", tmp_path, "-q"))
    assert result.score == pytest.approx(said["score"], abs=1e-6)
    assert result.anomalous == (said["decision"] == "anomaly")
    assert json.loads(result.json(CHIP))["score"] == said["score"]
    saved = np.load(next(tmp_path.glob("*.npy")))
    np.testing.assert_array_equal(result.map, saved)
    assert result.map.dtype == np.float32 and not result.map.flags.writeable
    assert [region.peak for region in result.regions] == sorted((region.peak for region in result.regions), reverse=True)
    assert result.regions[0].width > 0 and result.summary.model == "alfa-tiny" and math.isfinite(result.summary.seconds)


@pytest.mark.parametrize("method", ["winclip", "maskclip", "anovl", "one_class"])
def test_a_compared_method_is_the_programs(model, method):
    said = json.loads(run("detect", CHIP, "--class", "plate", "--json", "--method", method.replace("_", "-"), "-q"))
    assert alfa.Detector("plate", model, method=method).judge(CHIP).score == pytest.approx(said["score"], abs=1e-6)


def test_maps_at_any_size(detector, photo):
    result = detector(photo)
    assert result.map_full().shape == photo.shape[:2]
    assert result.map_full(50, 70).shape == (50, 70)
    assert result.map_full(*result.map.shape) == pytest.approx(result.map)
    assert result.grid.ndim == 2 and result.grid.shape[0] == result.grid.shape[1]
    assert result.overlay(photo).shape == photo.shape
    assert result.overlay(photo, report=True).shape[0] > photo.shape[0]
    assert result.overlay_png(photo).startswith(b"\x89PNG")


def test_arrays_outlive_what_lent_them(model, photo):
    with alfa.Detector("plate", model) as detector, detector.judge(photo) as result:
        lent, mean = result.map, float(result.map.mean())
    del result, detector
    gc.collect()
    assert float(lent.mean()) == mean
    image = alfa.Image(CHIP).array
    gc.collect()
    np.testing.assert_array_equal(image, photo)


def test_a_model_from_bytes_is_the_same_model(model, photo):
    files = {path.name: path.read_bytes() for path in (ROOT / "models/alfa-tiny").iterdir() if path.suffix in (".json", ".safetensors", ".txt")}
    with alfa.Model(files, name="embedded") as lent:
        assert lent.info.name == "embedded" and lent.info.fingerprint == model.info.fingerprint
        np.testing.assert_array_equal(lent.embed_image(photo), model.embed_image(photo))
    with pytest.raises(alfa.ModelError, match="open_clip_config|config"):
        alfa.Model({"open_clip_model.safetensors": files["open_clip_model.safetensors"]})


def test_what_is_closed_says_so(model):
    detector = alfa.Detector("plate", model)
    detector.close()
    with pytest.raises(ValueError, match="Detector is closed"):
        detector.judge(CHIP)
    with alfa.Prompts("plate") as prompts:
        assert prompts.noun == "plate"
    with pytest.raises(ValueError, match="Prompts is closed"):
        prompts.normal


def test_explanations(model, photo):
    detector = alfa.Detector("plate", model)
    assert detector(photo).prompts == [] and detector(photo).embedding is None
    detector.explain()
    result = detector(photo)
    side, sentence, score = result.prompts[0]
    assert side in ("normal", "abnormal") and "plate" in sentence and 0 <= score <= 1
    np.testing.assert_allclose(result.embedding, model.embed_image(photo), atol=1e-5)


# ------------------------------------------------------------------ what goes in

def test_every_way_to_give_the_same_pixels(detector, photo):
    wanted = detector(photo).score
    grey = np.ascontiguousarray(photo[:, :, 1])
    wide = np.zeros((photo.shape[0], photo.shape[1] + 5, 3), np.uint8)
    wide[:, :-5] = photo
    opaque = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    assert detector(CHIP.read_bytes()).score == wanted
    assert detector(alfa.Image(photo)).score == wanted
    assert detector(wide[:, :-5]).score == wanted  # rows with padding
    assert detector(np.asfortranarray(photo)).score == wanted
    assert detector(photo[:, ::-1][:, ::-1]).score == wanted
    assert detector(np.ascontiguousarray(photo[:, :, ::-1]), format="bgr8").score == wanted
    assert detector(photo[:, :, ::-1], format="bgr8").score == wanted  # a view with negative strides
    assert detector(opaque).score == wanted
    assert detector(opaque[:, :, [2, 1, 0, 3]], format="bgra8").score == wanted
    np.testing.assert_array_equal(alfa.Image(grey).array, np.dstack([grey] * 3))
    np.testing.assert_array_equal(alfa.Image(grey[:, :, None]).array[:, :, 0], grey)
    np.testing.assert_array_equal(alfa.Image(np.round(grey * (4095 / 255)).astype(np.uint16), bits=12).array[:, :, 0], grey)
    twelve = np.round(grey * (4095 / 255)).astype(">u2")  # as it stands in a PNG and in many a TIFF
    np.testing.assert_array_equal(alfa.Image(twelve, bits=12).array[:, :, 0], grey)
    assert alfa.Image(np.full((4, 6), 7, np.uint8), format="bayer-rggb8").array.shape == (4, 6, 3)


@pytest.mark.parametrize("name, shape", [("yuyv8", (4, 6, 2)), ("uyvy8", (4, 6, 2)), ("nv12", (6, 6)), ("i420", (6, 6))])
def test_yuv_in_the_shapes_of_opencv(name, shape):
    white = np.full(shape, 128, np.uint8)
    luma = white[:4] if name in ("nv12", "i420") else white[:, :, 0 if name == "yuyv8" else 1]
    luma[...] = 235
    padded = np.zeros((shape[0], shape[1] + 2, *shape[2:]), np.uint8)
    padded[:, :6] = white
    for frame in white, padded[:, :6]:
        np.testing.assert_array_equal(alfa.Image(frame, format=name).array, np.full((4, 6, 3), 255, np.uint8))
    with pytest.raises(alfa.UsageError):
        alfa.Image(white[:, :5], format=name)
    with pytest.raises(alfa.UsageError):
        alfa.Image(white[:5] if white.ndim == 2 else white[:, :, :1], format=name)


def test_an_image_is_an_array_for_numpy(photo):
    image = alfa.Image(photo)
    np.testing.assert_array_equal(np.array(image), photo)
    assert np.asarray(image, np.float32).dtype == np.float32
    assert image.__array__(copy=True).flags.writeable and not image.__array__(copy=False).flags.writeable  # as numpy 2 asks
    with pytest.raises(ValueError, match="only as a copy"):
        image.__array__(np.dtype(float), copy=False)


def test_pixels_in_rgb_are_borrowed(photo):
    own = photo.copy()
    image = alfa.Image(own)
    assert image.array.__array_interface__["data"][0] == own.__array_interface__["data"][0]
    del own
    gc.collect()
    np.testing.assert_array_equal(image.array, photo)


@pytest.mark.parametrize("array", [np.zeros((3, 8, 8), np.uint8), np.zeros((8, 8, 3), np.float32), np.zeros(5, np.uint8),
                                   np.zeros((0, 8, 3), np.uint8), np.zeros((8, 8, 3), np.uint16)])
def test_pixels_that_are_none(detector, array):
    with pytest.raises(alfa.UsageError, match="has the shape"):
        detector(array)
    with pytest.raises(alfa.UsageError, match="which is not bgr8|has the shape"):
        detector(array, format="bgr8")


@pytest.mark.parametrize("source", [None, ["a.png"], io.BytesIO(b"x")])
def test_what_is_no_picture(detector, source):
    with pytest.raises(alfa.UsageError, match=f"is of the type {type(source).__name__}: give a path"):
        detector(source)


class _Pil:
    """What numpy sees of an image of Pillow."""

    def __init__(self, mode, array):
        self.mode, self.convert, self.__array_interface__, self._array = mode, None, array.__array_interface__, array


def test_images_of_pillow_whose_numbers_are_no_colours(detector, photo):
    pixels = np.ascontiguousarray(alfa.Image(photo).array)
    assert detector.judge(_Pil("RGB", pixels)).score == detector.judge(pixels).score
    for mode in ("P", "HSV", "YCbCr"):
        with pytest.raises(alfa.UsageError, match=f"of the mode {mode}: give image.convert"):
            detector.judge(_Pil(mode, pixels))
    for mode in ("I", "F"):  # whose convert("RGB") is white above 255
        with pytest.raises(alfa.UsageError, match=f"of the mode {mode}: give numpy.asarray.image. as uint16"):
            detector.judge(_Pil(mode, pixels[:, :, 0].astype(np.int32)))


def test_a_path_ends_at_no_zero_byte(detector):
    with pytest.raises(alfa.UsageError, match="zero byte"):
        detector.judge("a\0.png")


def test_one_picture_is_no_list(detector, photo):
    for one in "parts/good", "a.png", photo, alfa.Image(photo):
        with pytest.raises(alfa.UsageError, match="is a single one: give a list"):
            detector.learn(one)
        with pytest.raises(alfa.UsageError, match="is a single one: give a list"):
            alfa.predict(detector, one)


def test_a_picture_twice_is_learned_once(detector, photo):
    other = photo[::-1].copy()
    with pytest.warns(UserWarning, match="is the same picture as a: .*left out"):
        bank = detector.learn([photo, photo, other], names=["a", "b", "c"])
    assert bank.info.references == 2


def test_values_above_their_bits_are_said(detector, photo):
    grey = photo[:, :, 1].astype(np.uint16)
    with pytest.warns(UserWarning, match="values above 4095, which are taken as white"):
        detector.judge(grey * 256, bits=12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        detector.judge(grey * 16, bits=12)


def test_what_is_odd_about_a_picture_is_said(detector, photo):
    kinds = ROOT / "tests/data/images/kinds"
    with pytest.warns(UserWarning, match="three-pages.tif has 3 pages: only the first is looked at"):
        assert alfa.Image(kinds / "three-pages.tif").facts.pages == 3
    with pytest.warns(UserWarning, match="low12.png has no value above 4095: 12 bits in 16"):
        detector.judge(kinds / "low12.png")
    with pytest.warns(UserWarning, match="has samples that are neither colour nor alpha"):
        alfa.Image((kinds / "infrared.tif").read_bytes())
    with pytest.warns(UserWarning, match="the image has no value above 4095: 12 bits in 16"):
        alfa.Image(photo[:, :, 1].astype(np.uint16) * 16)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alfa.Image(kinds / "three-pages.tif", page=2)
        alfa.Image(kinds / "low12.png", bits=12)
        alfa.Image(photo[:, :, 1].astype(np.uint16) * 256)


def test_predictions_fit_what_is_said_of_them(detector, photo):
    with pytest.raises(ValueError, match="gt_label has 3 entries for 1 images"):
        alfa.predict(detector, [photo], gt_label=[0, 1, 1])
    assert alfa.predict(detector, [photo], size=32).anomaly_map.shape == (1, 32, 32)
    for size in (0, (0, 0), (32, 0)):
        with pytest.raises(alfa.UsageError, match="wanted with"):
            alfa.predict(detector, [photo], size=size)


# ------------------------------------------------------------------ errors

def test_errors_have_source_and_message(tmp_path, detector):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8nothing")
    with pytest.raises(alfa.InputError) as caught:
        detector.judge(broken)
    assert caught.value.source == str(broken) and "\n" not in str(caught.value)
    with pytest.raises(alfa.Error, match="hf:a/b.*alfa model pull hf:a/b"):
        alfa.Model("hf:a/b")
    with pytest.raises(alfa.ModelError, match="is not there"):
        alfa.Model(tmp_path / "nothing")
    with pytest.raises(alfa.ModelError):
        alfa.Model(tmp_path)
    with pytest.raises(ValueError, match="is none of alfa, anovl"):
        alfa.Detector("plate", detector.model, method="magic")
    with pytest.raises(TypeError, match="no option 'treshold'"):
        alfa.Detector("plate", detector.model, treshold=1)
    with pytest.raises(alfa.UsageError, match="must be 0 to 1"):
        alfa.Detector("plate", detector.model, place_threshold=2)
    assert detector.judge(CHIP).score > 0  # it goes on


def test_errors_come_home_from_a_worker(detector):
    with pytest.raises(alfa.InputError) as caught:
        detector.judge("nothing.jpg")
    came = pickle.loads(pickle.dumps(caught.value))
    assert type(came) is alfa.InputError and (came.source, came.message, str(came)) == ("nothing.jpg", caught.value.message, str(caught.value))
    assert str(alfa.Error("", "alone")) == "alone"
    for handle in detector, detector.model, detector.judge(CHIP), alfa.Image(CHIP):
        with pytest.raises(TypeError, match=f"the {type(handle).__name__} cannot be pickled"):
            pickle.dumps(handle)


def test_a_progress_function_ends_a_call(model):
    seen = []

    def raising(part, done, total):
        seen.append((part, done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        alfa.Detector("plate", model, tiles=3, progress=raising).judge(CHIP)
    assert seen and seen[0][2] > 1
    with pytest.raises(alfa.Stopped):
        alfa.Detector("plate", model, tiles=3, progress=lambda part, done, total: False).judge(CHIP)
    assert alfa.Detector("plate", model, tiles=3, progress=lambda *tell: None).judge(CHIP).score > 0


def test_a_detector_that_is_closed_meanwhile_ends_its_call(model):
    wanted = alfa.Detector("plate", model, tiles=3).judge(CHIP)

    opened = []

    def close(part, done, total):  # told while the sentences are embedded, too
        for detector in opened:
            detector.close()

    detector = alfa.Detector("plate", model, tiles=3, progress=close)
    opened.append(detector)
    result = detector.judge(CHIP)  # its prompts are needed to the end, and by the result
    assert result.score == wanted.score and json.loads(result.json())["class"] == "plate"
    with pytest.raises(ValueError, match="the Detector is closed"):
        detector.judge(CHIP)


def test_ctrl_c_ends_a_call(model, capfd):
    detector = alfa.Detector("plate", model, tiles=8)
    threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        for _ in range(1000):
            detector.judge(CHIP)
    assert "ignored" not in capfd.readouterr().err
    assert detector.judge(CHIP).score > 0


# ------------------------------------------------------------------ model, prompts, bank

def test_embeddings(model):
    image, texts = model.embed_image(CHIP), model.embed_texts(["a plate", "a lime"])
    assert image.shape == (model.info.embed_dim,) and texts.shape == (2, model.info.embed_dim)
    np.testing.assert_allclose(np.linalg.norm(np.vstack([image, texts]), axis=1), 1, atol=1e-5)
    said = json.loads(run("embed", "text", "a plate", "--json", "-q").splitlines()[0])
    np.testing.assert_allclose(texts[0], said["embedding"], atol=1e-5)
    assert model.tokenize("a plate").dtype == np.int32 and len(model.tokenize("a plate")) == 4


def test_sentences_of_ones_own(model, photo):
    prompts = alfa.Prompts("plate", (["a whole {class}"], ["a broken {class}", "a {class} with a chip"]), templates=None)
    assert "a whole plate" in prompts.normal and "a plate with a chip" in prompts.abnormal
    assert len(alfa.Prompts("plate", None).normal) == 72 and len(alfa.Prompts.winclip("plate").normal) == 154
    assert alfa.Detector(prompts, model).judge(photo).summary.abnormal_count == len(prompts.abnormal)
    assert alfa.Detector(alfa.Prompts.winclip("plate"), model, method="winclip", scales=[2, 3]).judge(photo).score > 0


def test_sets_of_nouns():
    own = alfa.Prompts("metal nut").normal
    assert alfa.Prompts("Metal-Nut").normal == [text.replace("metal nut", "Metal-Nut") for text in own]
    with pytest.warns(UserWarning, match='no prompt set for "metl_nut": using the generic set; did you mean "metal nut"'):
        alfa.Prompts("metl_nut")


def test_banks(tmp_path, model, plates, photo):
    good = [path for path in plates if "good" in path.name or "normal" in path.name] or plates[1:4]
    detector = alfa.Detector("plate", model)
    bank = detector.learn(good, false_alarm_rate=0.1)
    assert bank.info.references == len(good) and bank.info.class_name == "plate"
    bank.add(photo, "chip", role="bad", kind="chip")
    bank.finish()
    bank.choose("found", 1.0)
    assert bank.tradeoff(bank.info.threshold).found == 1
    bank.save(tmp_path / "plate.bank")
    with alfa.Detector.from_bank(tmp_path / "plate.bank", model) as judge:
        first = judge.judge(photo)
        assert first.anomalous and first.summary.references == len(good) and judge.noun == "plate"
    detector.use_bank(alfa.Bank.load(tmp_path / "plate.bank"))
    gc.collect()  # the detector keeps the bank
    assert detector.judge(photo).score == first.score
    assert bank.prompts.normal == alfa.Prompts("plate").normal
    with pytest.raises(TypeError, match="no option 'rate'"):
        alfa.Bank(alfa.Detector("plate", model), rate=1)


def test_a_result_needs_nobody_to_hold_the_detector_of_a_bank(tmp_path, model, plates):
    alfa.Detector("plate", model).learn(plates[:3]).save(tmp_path / "plate.bank")
    result = alfa.Detector.from_bank(tmp_path / "plate.bank", model).judge(plates[3])
    gc.collect()
    assert result.summary.class_name == "plate" == json.loads(result.json())["class"]


def test_masks_and_methods_that_see_all(model, plates):
    detector = alfa.Detector("plate", model)
    mask = np.zeros((60, 60), np.uint8)
    mask[:, :30] = 255
    detector.set_roi(mask)
    seen = detector.judge(CHIP).map
    assert not seen[:, 130:].any() and seen[:, :110].any()
    detector.set_roi(mask > 0)
    np.testing.assert_array_equal(detector.judge(CHIP).map, seen)
    together = alfa.Detector("plate", model, method="musc")
    for path in plates[:3]:
        together.show(path)
    assert together.judge(plates[0]).map.shape == seen.shape
    batch = alfa.predict(alfa.Detector("plate", model, method="musc"), plates[:3])
    assert batch.pred_score[0] == np.float32(together.judge(plates[0]).score)


@pytest.mark.parametrize("method", ["patchcore", "padim", "spade"])
def test_compared_methods_that_learn(tmp_path, model, plates, method):
    bank = alfa.Detector("plate", model, method=method).learn(plates[1:4])
    bank.save(tmp_path / "plate.bank")
    said = json.loads(run("detect", CHIP, "--bank", tmp_path / "plate.bank", "--json", "-q"))
    assert alfa.Detector.from_bank(bank, model).judge(CHIP).score == pytest.approx(said["score"], abs=1e-6)
    with pytest.raises(alfa.UsageError, match="known images"):
        bank.add(CHIP, "chip", role="bad", detector=alfa.Detector("plate", model, method=method))


# ------------------------------------------------------------------ for other tools

def test_a_batch_has_anomalibs_fields(detector, plates):
    paths = [*plates[:3], ROT]
    batch = alfa.predict(detector, paths, size=(64, 48), gt_label=[0, 0, 1, 1])
    assert len(batch) == 4 and batch.anomaly_map.shape == batch.pred_mask.shape == (4, 64, 48)
    assert batch.image_path[3] == str(ROT) and batch.pred_label.dtype == bool
    assert set(batch.fields()) == {"image_path", "pred_score", "pred_label", "anomaly_map", "pred_mask", "gt_label"}
    assert batch.pred_score[0] == np.float32(detector(paths[0]).score)


def test_scikit_learn_takes_a_batch(detector, plates):
    metrics = pytest.importorskip("sklearn.metrics")
    truth = ["good" not in path.name for path in plates]
    batch = alfa.predict(detector, plates, gt_label=truth)
    assert 0 <= metrics.roc_auc_score(batch.gt_label, batch.pred_score) <= 1
    assert 0 <= metrics.average_precision_score(batch.pred_mask.ravel(), batch.anomaly_map.ravel()) <= 1


# ------------------------------------------------------------------ threads and memory

def test_python_goes_on_while_an_image_is_judged(model, photo):
    detector, ticks, done = alfa.Detector("plate", model, tiles=4), [0], threading.Event()

    def tick():
        while not done.is_set():
            ticks[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    detector.judge(photo)
    done.set()
    thread.join()
    assert ticks[0] > 20


def test_threads_may_share_a_detector(detector, plates):
    alone, together = [detector(path).score for path in plates[:4]], [None] * 4

    def judge(i):
        together[i] = detector(plates[i]).score

    threads = [threading.Thread(target=judge, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


INHERITED = []  # by workers


def score_of(path):
    return INHERITED[0].judge(path).score


def test_workers_may_be_forked_from_who_judges(detector, plates):
    wanted = [detector.judge(plate).score for plate in plates]
    INHERITED[:] = [detector]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(score_of, plates).get(timeout=60) == wanted
    assert [detector.judge(plate).score for plate in plates] == wanted


def test_a_thousand_frames_with_flat_memory(photo):
    """A frame of a camera as it comes: BGR with padded rows, judged with a small model of patches."""
    model = alfa.Model(ROOT / "tests/data/models/openclip-gelu", precision="f32", threads=1)
    detector = alfa.Detector(alfa.Prompts("plate", None), model, scales=[4])
    photo, scores, before = photo[::2, ::2], [], 0
    frames = np.zeros((photo.shape[0], photo.shape[1] + 8, 3), np.uint8)
    frame = frames[:, :-8]
    for i in range(1000):
        frame[:] = photo[:, :, ::-1]
        frame[i % frame.shape[0]] = 255
        result = detector.judge(frame, format="bgr8")
        scores.append(result.map.max())
        if i == 100:
            before = resident()
    assert resident() - before < 4_000_000
    assert len(set(scores)) > 100


# ------------------------------------------------------------------ what is promised of the package

def test_everything_public_has_a_docstring():
    for name in alfa.__all__:
        thing = getattr(alfa, name)
        if name == "Progress":
            continue
        assert thing.__doc__, name
        for member, value in vars(thing).items() if isinstance(thing, type) else ():
            if not member.startswith("_") and callable(value) and not issubclass(thing, (alfa.Error,)):
                assert value.__doc__ or member == "close" or member == "load", f"{name}.{member}"
