/* Layouts of data sets as they are published, and as people keep their own. */
#include "image/image.h"
#include "unit/dataset/trees.h"

#include "dataset/words.h"

#define NO_TRAIN(folder) "note " folder " has no normal images in a folder train: nothing to learn from\n"

/* ------------------------------------------------------------------ names of folders */

static void names_say_good_or_bad(void **state)
{
    (void)state;
    static const char *const good[] = {"good",           "OK",           "Normal",          "ok_front",
                                       "OK_images",      "good1",        "not_defective",   "NODefect_images",
                                       "defect-free",    "i.O.",         "MT_Free",         "non defective",
                                       "passed",         "no anomalies", "nondefective",    "Gut",
                                       "Gutteile_2024",  "conforme",     "ohne Fehlerhaft", "sin_defecto",
                                       "\u826F\u54C1",   "OK\u54C1",     "1_\u5408\u683C",  "\uC591\uD488",
                                       "gepr\u00FCft_OK"};
    static const char *const bad[] = {"bad",
                                      "KO",
                                      "NG",
                                      "not good",
                                      "not_good",
                                      "def_front",
                                      "Defect_images",
                                      "nIO",
                                      "anomalies",
                                      "reject",
                                      "notOK",
                                      "no_good",
                                      "defect_type_1",
                                      "faulty",
                                      "fail",
                                      "nonconforming",
                                      "non_conforme",
                                      "Ausschuss",
                                      "malos",
                                      "\u4E0D\u826F\u54C1",
                                      "NG\u54C1",
                                      "\u4E0D\u5408\u683C",
                                      "\uBD88\uB7C9"};
    static const char *const neither[] = {"crack", "2024-01-02", "good_and_bad", "test",   "S0001", "",
                                          "notes", "mask",       "none",         "\u54C1", "undef"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!alfa__name_is_good(good[i]) || alfa__name_is_bad(good[i]))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (alfa__name_is_good(bad[i]) || !alfa__name_is_bad(bad[i]))
            fail_msg("%s", bad[i]);
    for (size_t i = 0; i < sizeof neither / sizeof *neither; i++)
        if (alfa__name_is_good(neither[i]) || alfa__name_is_bad(neither[i]))
            fail_msg("%s", neither[i]);
}

static void names_say_what_they_are_for(void **state)
{
    (void)state;
    static const char *const truths[] = {"ground_truth", "Ground-Truth", "GT",           "mask",
                                         "Masks",        "Label",        "Mask_images",  "labels",
                                         "gt_masks",     "annotations",  "label_images", "annot",
                                         "Masken",       "masques",      "mascaras",     "\u63A9\u7801"};
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++)
        if (!alfa__name_is_truth(truths[i]))
            fail_msg("%s", truths[i]);
    assert_true(alfa__name_is_train("Train") && alfa__name_is_train("training") &&
                !alfa__name_is_train("trains_x"));
    assert_true(alfa__name_is_test("TEST") && alfa__name_is_test("test_public"));
    assert_false(alfa__name_is_test("test_private") || alfa__name_is_test("test_private_mixed"));
    assert_true(alfa__name_is_date("2024-01-02") && alfa__name_is_date("20240102") &&
                !alfa__name_is_date("01"));
    assert_true(alfa__name_is_expected("LICENSE") && alfa__name_is_expected("readme.md") &&
                alfa__name_is_expected("license.txt") && alfa__name_is_expected("defects_config.json"));
    assert_false(alfa__name_is_expected("photo.heic") || alfa__name_is_expected("notes.txt") ||
                 alfa__name_is_expected("readme.exe"));
    assert_int_equal(alfa__mask_suffix("10301_GT", 8), 3);
    assert_int_equal(alfa__mask_suffix("a_ground_truth", 14), 13);
    assert_int_equal(alfa__mask_suffix("_GT", 3), 0);
    assert_int_equal(alfa__mask_suffix("amask", 5), 0);
    assert_int_equal(alfa__mask_prefix("mask_7.png"), 5);
    assert_int_equal(alfa__mask_prefix("masked.png"), 0);
}

/* ------------------------------------------------------------------ train and test */

static void mvtec_ad_2(void **state)
{
    (void)state;
    make("can/train/good/0_regular.png can/validation/good/0_regular.png can/test_public/good/0_regular.png "
         "can/test_public/bad/0_regular.png can/test_public/ground_truth/bad/0_regular_mask.png "
         "can/test_private/0_regular.png can/test_private_mixed/0_mixed.png can/readme.txt");
    expect("", SPLIT "\n"
                     "class can, can\n"
                     "learn T/can/train/good/0_regular.png\n"
                     "bad T/can/test_public/bad/0_regular.png (bad) "
                     "T/can/test_public/ground_truth/bad/0_regular_mask.png\n"
                     "good T/can/test_public/good/0_regular.png (good) -\n"
                     "note T/can has images whose truth is not public, left out: test_private, "
                     "test_private_mixed\n"
                     "note T/can has folders that are not judged, nor learnt from: validation\n");
}

static void mvtec_loco(void **state)
{
    (void)state;
    make("bag/train/good/0.png bag/test/good/0.png bag/test/logical_anomalies/0.png "
         "bag/test/structural_anomalies/0.png "
         "bag/ground_truth/logical_anomalies/0/000.png bag/ground_truth/logical_anomalies/0/001.png "
         "bag/ground_truth/structural_anomalies/0/000.png license.txt");
    write_text("bag/defects_config.json", "[]");
    expect("", SPLIT "\n"
                     "class bag, bag\n"
                     "learn T/bag/train/good/0.png\n"
                     "good T/bag/test/good/0.png (good) -\n"
                     "bad T/bag/test/logical_anomalies/0.png (logical_anomalies) "
                     "T/bag/ground_truth/logical_anomalies/0\n"
                     "bad T/bag/test/structural_anomalies/0.png (structural_anomalies) "
                     "T/bag/ground_truth/structural_anomalies/0\n"
                     "note T/bag/ground_truth has several masks an image: their union counts, whatever their "
                     "values; PRO is not the sPRO of MVTec LOCO, which knows where a defect may be marked\n");
}

static void btad_and_capitals(void **state)
{
    (void)state;
    make("01/train/ok/0.bmp 01/test/ok/1.bmp 01/test/ko/2.bmp 01/ground_truth/ko/2.png "
         "!01/ground_truth/ok/1.png "
         "02/Train/Good/0.png 02/Test/Good/1.png 02/Test/Scratch/2.png 02/Ground_Truth/Scratch/2_mask.png");
    expect("", SPLIT "\n"
                     "class 01, 01\n"
                     "learn T/01/train/ok/0.bmp\n"
                     "bad T/01/test/ko/2.bmp (ko) T/01/ground_truth/ko/2.png\n"
                     "good T/01/test/ok/1.bmp (ok) -\n"
                     "class 02, 02\n"
                     "learn T/02/Train/Good/0.png\n"
                     "good T/02/Test/Good/1.png (Good) -\n"
                     "bad T/02/Test/Scratch/2.png (Scratch) T/02/Ground_Truth/Scratch/2_mask.png\n");
}

static void mvtec_3d_and_casting(void **state)
{
    (void)state;
    make("foam/train/good/rgb/0.png foam/train/good/xyz/0.tiff foam/test/good/rgb/0.png "
         "foam/test/good/gt/0.png "
         "foam/test/hole/rgb/1.png foam/test/hole/gt/1.png "
         "cast/train/ok_front/0.jpg cast/train/def_front/1.jpg cast/test/ok_front/2.jpg "
         "cast/test/def_front/3.jpg");
    expect("/foam", SPLIT "\n"
                          "class foam, foam\n"
                          "learn T/foam/train/good/rgb/0.png\n"
                          "good T/foam/test/good/rgb/0.png (good) -\n"
                          "bad T/foam/test/hole/rgb/1.png (hole) T/foam/test/hole/gt/1.png\n"
                          "note T/foam/train/good has other measurements beside rgb, left out: xyz\n");
    expect("/cast", SPLIT "\n"
                          "class cast, cast\n"
                          "learn T/cast/train/ok_front/0.jpg\n"
                          "bad T/cast/test/def_front/3.jpg (def_front) -\n"
                          "good T/cast/test/ok_front/2.jpg (ok_front) -\n"
                          "note T/cast/train has folders that are not good, left out: def_front\n"
                          "note T/cast has no folder ground_truth: no masks, no pixel metrics\n");
}

static void validation_and_wrappers(void **state)
{
    (void)state;
    make("zip/outer/nut/train/good/0.png zip/outer/nut/val/good/1.png zip/outer/nut/val/bad/2.png "
         "zip/outer/nut/masks/val/bad/2.png zip/outer/nut/masks/train/good/0.png");
    expect("/zip", SPLIT "\n"
                         "class nut, nut\n"
                         "learn T/zip/outer/nut/train/good/0.png\n"
                         "bad T/zip/outer/nut/val/bad/2.png (bad) T/zip/outer/nut/masks/val/bad/2.png\n"
                         "good T/zip/outer/nut/val/good/1.png (good) -\n");
}

/* ------------------------------------------------------------------ good and bad */

static void masks_beside_good_and_bad(void **state)
{
    (void)state;
    make("a/good/0.png a/good/1.png a/bad/0.png a/bad/1.png a/mask/0.png a/mask/1.png "
         "b/good/0.png b/bad/0.png b/ground_truth/bad/0_mask.png "
         "c/OK/0.png c/NG/x/0.png c/NG/y/0.png c/Masks/x/0.png c/Masks/mask_0.png "
         "d/ok/3.png d/ko/7.png d/masks/anomaly/7.png !d/masks/3.png "
         "e/ok/3.png e/ko/7.png e/ko/mask_7.png e/ko/8.png e/ko/8_gt.png e/ko/8_mask.png "
         "f/ok/3.png !f/ok/3_mask.png f/ok/4.png f/ok/4_mask.png f/ko/7.png");
    expect("/a", SORTED "\n"
                        "class a, a\n"
                        "bad T/a/bad/0.png (bad) T/a/mask/0.png\n"
                        "bad T/a/bad/1.png (bad) T/a/mask/1.png\n"
                        "good T/a/good/0.png (good) -\n"
                        "good T/a/good/1.png (good) -\n" JUDGED("T/a"));
    expect("/b", SORTED "\n"
                        "class b, b\n"
                        "bad T/b/bad/0.png (bad) T/b/ground_truth/bad/0_mask.png\n"
                        "good T/b/good/0.png (good) -\n" JUDGED("T/b"));
    expect("/c", SORTED "\n"
                        "class c, c\n"
                        "bad T/c/NG/x/0.png (NG) T/c/Masks/x/0.png\n"
                        "bad T/c/NG/y/0.png (NG) T/c/Masks/mask_0.png\n"
                        "good T/c/OK/0.png (OK) -\n" JUDGED("T/c"));
    expect("/e", SORTED
           "\n"
           "class e, e\n"
           "bad T/e/ko/7.png (ko) T/e/ko/mask_7.png\n"
           "bad T/e/ko/8.png (ko) T/e/ko/8_gt.png\n"
           "good T/e/ok/3.png (ok) -\n"
           "note T/e/ko has masks of images that have another one, left out: 8_mask.png\n" JUDGED("T/e"));
    expect("/f", SORTED
           "\n"
           "class f, f\n"
           "bad T/f/ko/7.png (ko) -\n"
           "good T/f/ok/3.png (ok) -\n"
           "good T/f/ok/4.png (ok) -\n"
           "note T/f/ok has masks of good images that mark something: these images count as normal all over: "
           "4_mask.png\n" JUDGED("T/f"));
    expect("/d", SORTED "\n"
                        "class d, d\n"
                        "bad T/d/ko/7.png (ko) T/d/masks/anomaly/7.png\n"
                        "good T/d/ok/3.png (ok) -\n" JUDGED("T/d"));
}

static void masks_that_could_be_of_two_images(void **state)
{
    (void)state;
    make("a/good/0.png a/bad/x/0.png a/bad/y/0.png a/mask/0.png "
         "b/test/good/0.png b/test/dent/0.png b/test/hole/0.jpg b/ground_truth/0_mask.png "
         "c/test/good/0.png c/test/dent/x/0.png c/test/hole/y/0.png "
         "c/ground_truth/x/0_mask.png c/ground_truth/y/0_mask.png");
    expect("/a",
           SORTED "\n"
                  "class a, a\n"
                  "bad T/a/bad/x/0.png (bad) -\n"
                  "bad T/a/bad/y/0.png (bad) -\n"
                  "good T/a/good/0.png (good) -\n"
                  "note T/a/mask has masks that might belong to several images, left out: 0.png\n"
                  "note T/a has anomalous images without a mask: bad/x/0.png, bad/y/0.png\n" JUDGED("T/a"));
    expect("/b", SPLIT
           "\n"
           "class b, b\n"
           "bad T/b/test/dent/0.png (dent) -\n"
           "good T/b/test/good/0.png (good) -\n"
           "bad T/b/test/hole/0.jpg (hole) -\n"
           "note T/b/ground_truth has masks that might belong to several images, left out: 0_mask.png\n"
           "note T/b/test has anomalous images without a mask: dent/0.png, hole/0.jpg\n" NO_TRAIN("T/b"));
    expect("/c", SPLIT "\n"
                       "class c, c\n"
                       "bad T/c/test/dent/x/0.png (dent) T/c/ground_truth/x/0_mask.png\n"
                       "good T/c/test/good/0.png (good) -\n"
                       "bad T/c/test/hole/y/0.png (hole) T/c/ground_truth/y/0_mask.png\n" NO_TRAIN("T/c"));
}

/* Masks once more in colours, as segmentations are written for people; and what lies beside Images. */
static void folders_beside_images(void **state)
{
    (void)state;
    make("d/image/good/0.png d/image/bad/0.png d/mask/bad/0_mask.png d/rgb_mask/bad/0.png d/caption/0.txt "
         "i/images/good/0.png i/images/bad/1.png i/export/2.png i/list.txt "
         "t/test/images/good/0.png t/test/images/bad/1.png t/test/raw/0.png "
         "v/Data/Images/Normal/0.png v/Data/Images/Anomaly/0.png v/Data/old/0.png v/new/0.png "
         "V/JPEGImages/0.jpg V/JPEGImages/1.jpg V/SegmentationClass/0.png V/SegmentationObject/0.png");
    expect(
        "/d", SORTED
        "\n"
        "class d, d\n"
        "bad T/d/image/bad/0.png (bad) T/d/mask/bad/0_mask.png\n"
        "good T/d/image/good/0.png (good) -\n"
        "note T/d has folders that belong elsewhere, left out: caption\n"
        "note T/d/rgb_mask has masks of images that have another one, left out: bad/0.png\n" JUDGED("T/d"));
    expect("/i", SORTED "\n"
                        "class i, i\n"
                        "bad T/i/images/bad/1.png (bad) -\n"
                        "good T/i/images/good/0.png (good) -\n"
                        "note T/i has files that are no images, left out: list.txt\n"
                        "note T/i has folders that belong elsewhere, left out: export\n" JUDGED("T/i"));
    expect("/t", SPLIT "\n"
                       "class t, t\n"
                       "bad T/t/test/images/bad/1.png (bad) -\n"
                       "good T/t/test/images/good/0.png (good) -\n"
                       "note T/t/test has folders that belong elsewhere, left out: raw\n"
                       "note T/t has no folder ground_truth: no masks, no pixel metrics\n" NO_TRAIN("T/t"));
    expect("/v", SORTED "\n"
                        "class v, v\n"
                        "bad T/v/Data/Images/Anomaly/0.png (Anomaly) -\n"
                        "good T/v/Data/Images/Normal/0.png (Normal) -\n"
                        "note T/v/Data has folders that belong elsewhere, left out: old\n"
                        "note T/v has folders that belong elsewhere, left out: new\n" JUDGED("T/v"));
    expect("/V", FLAT
           "\n"
           "class V, V\n"
           "bad T/V/JPEGImages/0.jpg (anomaly) T/V/SegmentationClass/0.png\n"
           "good T/V/JPEGImages/1.jpg (good) -\n"
           "note T/V/SegmentationObject has masks of images that have another one, left out: 0.png\n" JUDGED(
               "T/V"));
}

/* A folder a thing, as labelme exports it and as cameras' programs write it. */
static void a_mask_alone_with_its_image(void **state)
{
    (void)state;
    make("l/good/0.png l/bad/0_json/img.png l/bad/0_json/label.png l/bad/0_json/label_viz.png "
         "s/test/good/0/image.png s/test/bad/0/image.png s/test/bad/0/mask.png "
         "m/good/mask_1.png m/good/mask_2.png m/good/tray.png m/bad/mask_3.png "
         "w/test/good/0.png w/test/bad/0.png w/test/bad/0_anno.png w/test/bad/1.png w/test/bad/1_binary.png");
    expect("/l", SORTED "\n"
                        "class l, l\n"
                        "bad T/l/bad/0_json/img.png (bad) T/l/bad/0_json/label.png\n"
                        "good T/l/good/0.png (good) -\n"
                        "note T/l/bad/0_json has masks of images that have another one, left out: "
                        "label_viz.png\n" JUDGED("T/l"));
    expect("/s", SPLIT "\n"
                       "class s, s\n"
                       "bad T/s/test/bad/0/image.png (bad) T/s/test/bad/0/mask.png\n"
                       "good T/s/test/good/0/image.png (good) -\n" NO_TRAIN("T/s"));
    expect("/m", SORTED "\n" /* what people wear */
                        "class m, m\n"
                        "bad T/m/bad/mask_3.png (bad) -\n"
                        "good T/m/good/mask_1.png (good) -\n"
                        "good T/m/good/mask_2.png (good) -\n"
                        "good T/m/good/tray.png (good) -\n" JUDGED("T/m"));
    expect("/w", SPLIT "\n"
                       "class w, w\n"
                       "bad T/w/test/bad/0.png (bad) T/w/test/bad/0_anno.png\n"
                       "bad T/w/test/bad/1.png (bad) T/w/test/bad/1_binary.png\n"
                       "good T/w/test/good/0.png (good) -\n" NO_TRAIN("T/w"));
}

/* What a program has drawn beside images is none of the data set; what is only called so is one. */
static void heat_maps_beside_images(void **state)
{
    (void)state;
    make("h/train/good/0.png h/train/good/0_overlay.jpg h/test/good/1.png h/test/good/1_heatmap.png "
         "h/test/bad/2.png h/test/bad/2-amap.png h/test/bad/3_overlay.png h/ground_truth/bad/2_mask.png "
         "h/ground_truth/bad/3_overlay_mask.png");
    expect("/h", SPLIT "\n"
                       "class h, h\n"
                       "learn T/h/train/good/0.png\n"
                       "bad T/h/test/bad/2.png (bad) T/h/ground_truth/bad/2_mask.png\n"
                       "bad T/h/test/bad/3_overlay.png (bad) T/h/ground_truth/bad/3_overlay_mask.png\n"
                       "good T/h/test/good/1.png (good) -\n"
                       "note T/h/train/good has files that are no images, left out: 0_overlay.jpg\n"
                       "note T/h/test/bad has files that are no images, left out: 2-amap.png\n"
                       "note T/h/test/good has files that are no images, left out: 1_heatmap.png\n");
}

/* What is to be said of each of many classes is said once. */
static void many_classes(void **state)
{
    struct alfa__dataset *set;
    struct alfa__notices notices = {0};
    char path[64];
    (void)state;
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "c/%d/test/good/0.png c/%d/notes.yaml.txt", i, i);
        make(path);
    }
    make("c/5/test/odd.png");
    assert_int_equal(alfa__dataset_open(&set, under("c"), NULL, &notices, NULL), ALFA_OK);
    assert_int_equal(set->count, 6);
    /* No masks, nothing to learn from, files, the odd image, and nothing anomalous. */
    assert_int_equal(notices.count, 5);
    assert_string_equal(notices.items[0].text,
                        "has no folder ground_truth: no masks, no pixel metrics; like 5 more");
    assert_string_equal(notices.items[3].text, "has images that belong elsewhere, left out: odd.png");
    assert_string_equal(notices.items[4].text, "has a class without anomalous images: 0; like 5 more");
    alfa__dataset_free(set);
    alfa__notices_free(&notices);
}

/* Data sets beside each other, and kinds of things above the classes. */
static void classes_deeper_down(void **state)
{
    (void)state;
    make("d/tools/nut/test/good/0.png d/tools/nut/test/bad/0.png d/tools/cog/test/good/0.png "
         "d/food/bun/test/good/0.png d/food/tin/test/good/0.png "
         "m/nut/test/good/0.png m/nut/test/bad/0.png m/mvtec/cog/test/good/0.png m/mvtec/bun/test/good/0.png "
         "m/notes/x.txt");
    expect("/d", "error 2 T/d has classes deeper down, as in T/d/food: name such a folder, or several\n");
    make("x/include/lib/test/code.txt x/include/bin/code.txt x/share/logo.png");
    expect("/x",
           "error 2 T/x has no layout that is understood: expected train, test and ground_truth (MVTec AD), "
           "folders good and bad, or split_csv/1cls.csv (VisA); found 1 image in share; --normal-dir and "
           "--abnormal-dir name folders of any layout\n");
    expect("/m", SPLIT "\n"
                       "class nut, nut\n"
                       "bad T/m/nut/test/bad/0.png (bad) -\n"
                       "good T/m/nut/test/good/0.png (good) -\n"
                       "note T/m/nut has no folder ground_truth: no masks, no pixel metrics\n" NO_TRAIN(
                           "T/m/nut") "note T/m has folders that are no classes, left out: notes\n"
                                      "note T/m has folders that hold classes, left out here and to be named "
                                      "on their own: mvtec\n");
}

static void days_and_serial_numbers(void **state)
{
    (void)state;
    make("days/good/2024-01-01/a.png days/good/2024-01-02/a.png days/bad/2024-01-01/b.png "
         "lots/2024-01-01/ok/a.png lots/2024-01-01/nok/b.png lots/2024-01-02/ok/a.png "
         "lots/2024-01-02/nok/b.png");
    assert_int_equal(symlink("..", under("days/good/2024-01-02/up")), 0);
    expect("/days", SORTED "\n"
                           "class days, days\n"
                           "bad T/days/bad/2024-01-01/b.png (bad) -\n"
                           "good T/days/good/2024-01-01/a.png (good) -\n"
                           "good T/days/good/2024-01-02/a.png (good) -\n" JUDGED("T/days"));
    expect("/lots", SORTED
           "\n"
           "class lots, lots\n"
           "bad T/lots/2024-01-01/nok/b.png (nok) -\n"
           "good T/lots/2024-01-01/ok/a.png (ok) -\n"
           "bad T/lots/2024-01-02/nok/b.png (nok) -\n"
           "good T/lots/2024-01-02/ok/a.png (ok) -\n" JUDGED(
               "T/lots/2024-01-01") "note T/lots has a folder for each day or piece: they are one class\n");
    make("quiet/2024-01-01/ok/a.png quiet/2024-01-02/ok/a.png quiet/2024-01-02/nok/b.png "
         "quiet/2024-01-03/nok/c.png quiet/2024-01-04/");
    expect("/quiet", SORTED
           "\n"
           "class quiet, quiet\n"
           "good T/quiet/2024-01-01/ok/a.png (ok) -\n"
           "bad T/quiet/2024-01-02/nok/b.png (nok) -\n"
           "good T/quiet/2024-01-02/ok/a.png (ok) -\n"
           "bad T/quiet/2024-01-03/nok/c.png (nok) -\n" JUDGED(
               "T/quiet/2024-01-01") "note T/quiet has a folder for each day or piece: they are one class\n"
                                     "note T/quiet has folders that are no classes, left out: "
                                     "2024-01-04\n");
    make("shifts/2024-01-01/early/ok/a.png shifts/2024-01-01/early/nok/b.png "
         "shifts/2024-01-02/late/ok/a.png shifts/2024-01-02/late/nok/b.png");
    expect("/shifts",
           SORTED "\n"
                  "class shifts, shifts\n"
                  "bad T/shifts/2024-01-01/early/nok/b.png (nok) -\n"
                  "good T/shifts/2024-01-01/early/ok/a.png (ok) -\n"
                  "bad T/shifts/2024-01-02/late/nok/b.png (nok) -\n"
                  "good T/shifts/2024-01-02/late/ok/a.png (ok) -\n" JUDGED(
                      "T/shifts/2024-01-01/early") "note T/shifts has a folder for each day or piece: "
                                                   "they are one class\n");
}

static void kinds_of_defects_beside_good(void **state)
{
    (void)state;
    make(
        "toy/good/0.png toy/colour/0.png toy/crack/0.png toy/mask/colour/0.png toy/mask/crack/0.png "
        "tile/MT_Free/Imgs/0.jpg !tile/MT_Free/Imgs/0.png tile/MT_Crack/Imgs/1.jpg tile/MT_Crack/Imgs/1.png");
    expect("/toy",
           SORTED "\n"
                  "class toy, toy\n"
                  "bad T/toy/colour/0.png (colour) T/toy/mask/colour/0.png\n"
                  "bad T/toy/crack/0.png (crack) T/toy/mask/crack/0.png\n"
                  "good T/toy/good/0.png (good) -\n"
                  "note T/toy has no folder that says bad: every folder beside the good one is taken for a "
                  "defect\n" JUDGED("T/toy"));
    expect("/tile",
           SORTED "\n"
                  "class tile, tile\n"
                  "bad T/tile/MT_Crack/Imgs/1.jpg (MT_Crack) T/tile/MT_Crack/Imgs/1.png\n"
                  "good T/tile/MT_Free/Imgs/0.jpg (MT_Free) -\n"
                  "note T/tile has no folder that says bad: every folder beside the good one is taken for a "
                  "defect\n" JUDGED("T/tile"));
}

static void visa_without_its_table(void **state)
{
    (void)state;
    static const char candle[] = "bad T/V/candle/Data/Images/Anomaly/000.JPG (Anomaly) "
                                 "T/V/candle/Data/Masks/Anomaly/000.png\n"
                                 "good T/V/candle/Data/Images/Normal/0000.JPG (Normal) -\n";
    char expected[1024];
    make("V/candle/Data/Images/Normal/0000.JPG V/candle/Data/Images/Anomaly/000.JPG "
         "V/candle/Data/Masks/Anomaly/000.png");
    write_text("V/candle/image_anno.csv", "image,label,mask\n");
    snprintf(expected, sizeof expected, SORTED "\nclass candle, candle\n%s" JUDGED("T/V/candle"), candle);
    expect("/V", expected);
    expect("/V/candle", expected);
    snprintf(expected, sizeof expected, SORTED "\nclass Data, Data\n%s" JUDGED("T/V/candle/Data"), candle);
    expect("/V/candle/Data", expected);
}

/* ------------------------------------------------------------------ masks decide */

static void kolektor(void **state)
{
    (void)state;
    make("two/train/0.png !two/train/0_GT.png two/train/1.png two/train/1_GT.png "
         "two/test/2.png !two/test/2_GT.png two/test/3.png two/test/3_GT.png "
         "one/kos01/Part0.jpg !one/kos01/Part0_label.bmp one/kos02/Part1.jpg one/kos02/Part1_label.bmp");
    expect("/two", SPLIT "\n"
                         "class two, two\n"
                         "learn T/two/train/0.png\n"
                         "good T/two/test/2.png (good) -\n"
                         "bad T/two/test/3.png (anomaly) T/two/test/3_GT.png\n"
                         "note T/two/train has 1 anomalous image to learn from, left out\n");
    expect("/one", FLAT
           "\n"
           "class one, one\n"
           "good T/one/kos01/Part0.jpg (good) -\n"
           "bad T/one/kos02/Part1.jpg (anomaly) T/one/kos02/Part1_label.bmp\n" JUDGED("T/one/kos01")
               JUDGED("T/one/kos02") "note T/one has a folder for each day or piece: they are one class\n");
}

static void dagm_and_images_with_masks(void **state)
{
    (void)state;
    make("Class1/Train/0576.PNG Class1/Train/0577.PNG Class1/Train/Label/0577_label.PNG "
         "Class1/Train/Label/Labels.txt "
         "Class1/Test/0001.PNG Class1/Test/0002.PNG Class1/Test/Label/0002_label.PNG "
         "own/images/0.png own/images/1.png !own/masks/0.png own/masks/1.png");
    expect("/Class1", SPLIT "\n"
                            "class Class1, Class1\n"
                            "learn T/Class1/Train/0576.PNG\n"
                            "good T/Class1/Test/0001.PNG (good) -\n"
                            "bad T/Class1/Test/0002.PNG (anomaly) T/Class1/Test/Label/0002_label.PNG\n"
                            "note T/Class1/Train has 1 anomalous image to learn from, left out\n");
    expect("/own", FLAT "\n"
                        "class own, own\n"
                        "good T/own/images/0.png (good) -\n"
                        "bad T/own/images/1.png (anomaly) T/own/masks/1.png\n" JUDGED("T/own"));
}

/* ------------------------------------------------------------------ tables */

static const char audiojack[] =
    "{\"meta\": {\"normal_class\": \"OK\", \"prefix\": \"audiojack/\"}, \"train\": [{\"category\": "
    "\"audiojack\", "
    "\"anomaly_class\": \"OK\", \"image_path\": \"OK/S1/0.jpg\", \"mask_path\": null}], \"test\": "
    "[{\"category\": "
    "\"audiojack\", \"anomaly_class\": \"OK\", \"image_path\": \"OK/S2/1.jpg\", \"mask_path\": null}, "
    "{\"category\": "
    "\"audiojack\", \"anomaly_class\": \"QS\", \"image_path\": \"NG/QS/S1/2.jpg\", \"mask_path\": "
    "\"NG/QS/S1/2.png\"}, {\"category\": \"audiojack\", \"anomaly_class\": \"QS\", \"image_path\": "
    "\"../x.jpg\", "
    "\"mask_path\": null}]}";

static void real_iad(void **state)
{
    (void)state;
    static const char items[] = "Real-IAD\n"
                                "class audiojack, audiojack\n"
                                "learn T/R/realiad_1024/audiojack/OK/S1/0.jpg\n"
                                "bad T/R/realiad_1024/audiojack/NG/QS/S1/2.jpg (QS) "
                                "T/R/realiad_1024/audiojack/NG/QS/S1/2.png\n"
                                "good T/R/realiad_1024/audiojack/OK/S2/1.jpg (OK) -\n";
    char expected[2048];
    make("R/realiad_1024/audiojack/OK/S1/0.jpg R/realiad_1024/audiojack/OK/S2/1.jpg "
         "R/realiad_1024/audiojack/NG/QS/S1/2.jpg R/realiad_1024/audiojack/NG/QS/S1/2.png");
    write_text("R/realiad_jsons/realiad_jsons/audiojack.json", audiojack);
    write_text("R/realiad_jsons/realiad_jsons_sv/audiojack.json", audiojack);
    snprintf(expected, sizeof expected,
             "%snote T/R/realiad_jsons/realiad_jsons/audiojack.json names images that are missing, left out: "
             "../x.jpg\n"
             "note T/R has further JSONs of classes that were read, left out: "
             "T/R/realiad_jsons/realiad_jsons_sv/audiojack.json\n",
             items);
    expect("/R", expected);
    assert_int_equal(folder_remove(under("R/realiad_jsons/realiad_jsons_sv")), 0);
    snprintf(expected, sizeof expected,
             "%snote T/R/realiad_1024/../realiad_jsons/realiad_jsons/audiojack.json names images that are "
             "missing, "
             "left out: ../x.jpg\n",
             items);
    expect("/R/realiad_1024", expected);
    snprintf(expected, sizeof expected,
             "%snote T/R/realiad_1024/audiojack/../../realiad_jsons/realiad_jsons/audiojack.json names "
             "images that "
             "are missing, left out: ../x.jpg\n",
             items);
    expect("/R/realiad_1024/audiojack", expected);
}

/* Without a word the folders would be judged by another split. */
static void real_iad_whose_json_is_of_no_use(void **state)
{
    (void)state;
    static const char folders[] = "good and bad folders\n"
                                  "class audiojack, audiojack\n"
                                  "bad T/audiojack/NG/QS/S1/2.jpg (NG) T/audiojack/NG/QS/S1/2.png\n"
                                  "good T/audiojack/OK/S1/0.jpg (OK) -\n";
    char expected[2048];
    make("audiojack/OK/S1/0.jpg audiojack/NG/QS/S1/2.jpg audiojack/NG/QS/S1/2.png");
    write_text("realiad_jsons/audiojack.json", audiojack + 1);
    snprintf(expected, sizeof expected,
             "%s"
             "note T has damaged JSONs, passed over: T/realiad_jsons/audiojack.json\n"
             "note T/audiojack has no folder train: all is judged, nothing is there to learn from\n"
             "note T has folders that are no classes, left out: realiad_jsons\n",
             folders);
    expect("", expected);
    write_text("realiad_jsons/audiojack.json", audiojack); /* its first image to judge is missing */
    snprintf(expected, sizeof expected,
             "%s"
             "note T has JSONs of Real-IAD whose images are not here, passed over: "
             "T/realiad_jsons/audiojack.json\n"
             "note T/audiojack has no folder train: all is judged, nothing is there to learn from\n"
             "note T has folders that are no classes, left out: realiad_jsons\n",
             folders);
    expect("", expected);
}

static void real_iad_without_its_json(void **state)
{
    (void)state;
    make("R/audiojack/OK/S1/0.jpg R/audiojack/NG/QS/S1/2.jpg R/audiojack/NG/QS/S1/2.png");
    expect("/R", SORTED "\n"
                        "class audiojack, audiojack\n"
                        "bad T/R/audiojack/NG/QS/S1/2.jpg (NG) T/R/audiojack/NG/QS/S1/2.png\n"
                        "good T/R/audiojack/OK/S1/0.jpg (OK) -\n" JUDGED("T/R/audiojack"));
}

#define BOXES " holds no masks: boxes and polygons (COCO, YOLO, VOC) are not read\n"

/* Masks with other names, in other folders and of other kinds. */
static void masks_otherwise(void **state)
{
    (void)state;
    make("n/test/good/1.png n/test/hole/img_001.png n/test/hole/img_002.png n/test/hole/x.png "
         "n/test/dent/img_001.png n/ground_truth/hole/mask_1.png n/ground_truth/hole/2_gt_a.png "
         "n/ground_truth/dent/m7.png n/ground_truth/hole/other.png "
         "w/test/good/1.png w/test/hole/1.png w/ground_truth/hole/masks/1.png "
         "a/test/good/1.png a/test/hole/1.png a/ground_truth/hole/1_mask.npy");
    expect(
        "/n", SPLIT
        "\n"
        "class n, n\n"
        "bad T/n/test/dent/img_001.png (dent) -\n"
        "good T/n/test/good/1.png (good) -\n"
        "bad T/n/test/hole/img_001.png (hole) T/n/ground_truth/hole/mask_1.png\n"
        "bad T/n/test/hole/img_002.png (hole) T/n/ground_truth/hole/2_gt_a.png\n"
        "bad T/n/test/hole/x.png (hole) -\n"
        "note T/n/ground_truth has masks that belong to no image, left out: dent/m7.png, hole/other.png\n"
        "note T/n/ground_truth has masks with another name, taken by their number: hole/mask_1.png, "
        "hole/2_gt_a.png\n"
        "note T/n/test has anomalous images without a mask: dent/img_001.png, hole/x.png\n" NO_TRAIN("T/n"));
    expect("/w", SPLIT "\n"
                       "class w, w\n"
                       "good T/w/test/good/1.png (good) -\n"
                       "bad T/w/test/hole/1.png (hole) T/w/ground_truth/hole/masks/1.png\n" NO_TRAIN("T/w"));
    expect("/a",
           SPLIT "\n"
                 "class a, a\n"
                 "good T/a/test/good/1.png (good) -\n"
                 "bad T/a/test/hole/1.png (hole) -\n"
                 "note T/a/ground_truth holds no masks that are read, but 1_mask.npy and its like: save "
                 "them as PNG\n"
                 "note T/a has no folder ground_truth: no masks, no pixel metrics\n" NO_TRAIN("T/a"));
}

/* Photographs, depth and masks of a thing in one folder. */
static void measurements_beside_photographs(void **state)
{
    (void)state;
    make("E/train/data/0_image_0.png E/train/data/0_depth.png !E/train/data/0_mask.png "
         "E/test_public/data/0_image_0.png E/test_public/data/0_image_1.png E/test_public/data/0_normals.png "
         "E/test_public/data/0_mask.png E/test_public/data/1_image_0.png !E/test_public/data/1_mask.png "
         "r/good/a_rgb.png r/good/a_depth.png r/good/b_depth.png r/bad/c_rgb.png r/bad/c_mask.png");
    expect("/E",
           SPLIT "\n"
                 "class E, E\n"
                 "learn T/E/train/data/0_image_0.png\n"
                 "bad T/E/test_public/data/0_image_0.png (anomaly) T/E/test_public/data/0_mask.png\n"
                 "bad T/E/test_public/data/0_image_1.png (anomaly) T/E/test_public/data/0_mask.png\n"
                 "good T/E/test_public/data/1_image_0.png (good) -\n"
                 "note T/E/train/data has other measurements beside photographs, left out: 0_depth.png\n"
                 "note T/E/test_public/data has other measurements beside photographs, left out: "
                 "0_normals.png\n");
    expect("/r", SORTED
           "\n"
           "class r, r\n"
           "bad T/r/bad/c_rgb.png (bad) T/r/bad/c_mask.png\n"
           "good T/r/good/a_rgb.png (good) -\n"
           "good T/r/good/b_depth.png (good) -\n"
           "note T/r/good has other measurements beside photographs, left out: a_depth.png\n" JUDGED("T/r"));
}

/* Numbers for kinds: what is learnt from is good. */
static void numbered_kinds(void **state)
{
    (void)state;
    make("k/train/0/a.png k/test/0/b.png k/test/1/c.png v/training/frames/a.png v/testing/frames/b.png");
    expect("/k", SPLIT "\n"
                       "class k, k\n"
                       "learn T/k/train/0/a.png\n"
                       "good T/k/test/0/b.png (0) -\n"
                       "bad T/k/test/1/c.png (1) -\n"
                       "note T/k/train has no folder good: all its images are taken for normal ones to learn "
                       "from\n"
                       "note T/k/test has no folder good: 0 is, since nothing else is learnt from\n"
                       "note T/k has no folder ground_truth: no masks, no pixel metrics\n");
    expect("/v",
           SPLIT "\n"
                 "class v, v\n"
                 "learn T/v/training/frames/a.png\n"
                 "bad T/v/testing/frames/b.png (frames) -\n"
                 "note T/v/training has no folder good: all its images are taken for normal ones to learn "
                 "from\n"
                 "note T/v/testing has no folder good: every image to judge is anomalous\n"
                 "note T/v has no folder ground_truth: no masks, no pixel metrics\n");
}

/* Boxes, not masks: that nothing is drawn says nothing about an image. */
static void annotations_are_no_masks(void **state)
{
    (void)state;
    make("coco/images/0.png coco/images/1.png coco/annotations/all.txt");
    expect("/coco",
           "error 2 T/coco has no layout that is understood: expected train, test and ground_truth "
           "(MVTec AD), folders good and bad, or split_csv/1cls.csv (VisA); found 2 images in images; "
           "--normal-dir and --abnormal-dir name folders of any layout\n"
           "note T/coco/annotations" BOXES);
    make("yolo/train/images/0.png yolo/train/labels/0.txt yolo/test/images/1.png yolo/test/labels/1.txt");
    expect("/yolo",
           "error 2 T/yolo holds no images to judge; found 1 image in test/images, 1 image in train/images; "
           "--normal-dir and --abnormal-dir name folders of any layout\n"
           "note T/yolo/train/labels" BOXES "note T/yolo/train/images has no folder good: all its images are "
           "taken for normal ones to learn from\n"
           "note T/yolo/test/labels" BOXES
           "note T/yolo/test/images has no folder good: every image to judge is anomalous\n"
           "note T/yolo/test/images has images that belong elsewhere, left out: 1.png\n"
           "note T/yolo has no folder ground_truth: no masks, no pixel metrics\n"
           "note T/yolo has a class without images to judge, left out: yolo\n");
    make("labelme/train/good/0.png labelme/test/good/1.png labelme/test/bad/2.png "
         "labelme/ground_truth/bad/2.txt");
    expect("/labelme", SPLIT "\n"
                             "class labelme, labelme\n"
                             "learn T/labelme/train/good/0.png\n"
                             "bad T/labelme/test/bad/2.png (bad) -\n"
                             "good T/labelme/test/good/1.png (good) -\n"
                             "note T/labelme/ground_truth" BOXES
                             "note T/labelme has no folder ground_truth: no masks, no pixel metrics\n");
}

#define SEVERAL                                                                                             \
    " has several masks an image: their union counts, whatever their values; PRO is not the sPRO of MVTec " \
    "LOCO, which knows where a defect may be marked\n"

/* As annotation tools write them, one for each label. 1_2 is an image of its own. */
static void a_mask_for_each_label(void **state)
{
    (void)state;
    make("p/train/good/0.png p/test/good/0.png p/test/bad/0.png p/test/bad/1.png p/test/bad/1_2.png "
         "p/ground_truth/bad/0_mask_0.png p/ground_truth/bad/0_mask_1.png p/ground_truth/bad/1_a.png "
         "p/ground_truth/bad/1_2_mask.png p/ground_truth/bad/1_b.png");
    expect("/p", SPLIT "\n"
                       "class p, p\n"
                       "learn T/p/train/good/0.png\n"
                       "bad T/p/test/bad/0.png (bad) T/p/ground_truth/bad/0*\n"
                       "bad T/p/test/bad/1.png (bad) T/p/ground_truth/bad/1_a.png\n"
                       "bad T/p/test/bad/1_2.png (bad) T/p/ground_truth/bad/1_2_mask.png\n"
                       "good T/p/test/good/0.png (good) -\n"
                       "note T/p/ground_truth has masks that belong to no image, left out: bad/1_b.png\n"
                       "note T/p/ground_truth has masks with an odd suffix, taken by their beginning: "
                       "bad/0_mask_0.png, bad/1_a.png\n"
                       "note T/p/ground_truth" SEVERAL);
}

/* What pandas writes, and what was written on Windows. */
static void tables_of_other_programs(void **state)
{
    (void)state;
    static const char *const states[] = {"1.0", "\"1\"", "true", "\"True\"", "\"anomaly\""};
    make("b/test/good/1.png b/test/dent/2.png b/ground_truth/dent/2.png");
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "{\"test\": {\"b\": [{\"img_path\": \"b\\\\test\\\\good\\\\1.png\", \"anomaly\": %s}, "
                 "{\"img_path\": \"b\\\\test\\\\dent\\\\2.png\", \"mask_path\": "
                 "\"b\\\\ground_truth\\\\dent\\\\2.png\", \"anomaly\": %s}]}}",
                 i ? "\"0\"" : "0.0", states[i]);
        write_text("meta.json", text);
        expect("", "meta.json\n"
                   "class b, b\n"
                   "bad T/b/test/dent/2.png (anomaly) T/b/ground_truth/dent/2.png\n"
                   "good T/b/test/good/1.png (good) -\n");
    }
    make("V/c/Data/Images/Normal/0.png V/c/Data/Images/Anomaly/1.png V/c/Data/Masks/Anomaly/1.png");
    write_text("V/split_csv/1cls.csv",
               "object,split,label,image,mask\r\nc,test,normal,c\\Data\\Images\\Normal\\0.png,\r\n"
               "c,test,anomaly,c\\Data\\Images\\Anomaly\\1.png,c\\Data\\Masks\\Anomaly\\1.png\r\n");
    expect("/V", "VisA\n"
                 "class c, c\n"
                 "bad T/V/c/Data/Images/Anomaly/1.png (anomaly) T/V/c/Data/Masks/Anomaly/1.png\n"
                 "good T/V/c/Data/Images/Normal/0.png (good) -\n");
}

static void meta_json(void **state)
{
    (void)state;
    make("b/train/good/0.png b/test/good/1.png b/test/dent/2.png b/ground_truth/dent/2.png");
    write_text("meta.json",
               "{\"train\": {\"b\": [{\"img_path\": \"b/train/good/0.png\", \"mask_path\": \"\", "
               "\"specie_name\": \"good\", \"anomaly\": 0}]}, \"test\": {\"b\": [{\"img_path\": "
               "\"b/test/good/1.png\", \"mask_path\": \"\", \"specie_name\": \"good\", \"anomaly\": 0}, "
               "{\"img_path\": \"b/test/dent/2.png\", \"mask_path\": \"b/ground_truth/dent/2.png\", "
               "\"specie_name\": \"dent\", \"anomaly\": 1}]}}");
    expect("", "meta.json\n"
               "class b, b\n"
               "learn T/b/train/good/0.png\n"
               "bad T/b/test/dent/2.png (dent) T/b/ground_truth/dent/2.png\n"
               "good T/b/test/good/1.png (good) -\n");
    write_text("meta.json", "{\"test\": 3}");
    expect("", SPLIT "\n"
                     "class b, b\n"
                     "learn T/b/train/good/0.png\n"
                     "bad T/b/test/dent/2.png (dent) T/b/ground_truth/dent/2.png\n"
                     "good T/b/test/good/1.png (good) -\n");
    write_text("meta.json", "{\"test\": {\"b\": [{\"img_path\": \"b/test/go"); /* a copy that was cut */
    expect("", SPLIT "\n"
                     "class b, b\n"
                     "learn T/b/train/good/0.png\n"
                     "bad T/b/test/dent/2.png (dent) T/b/ground_truth/dent/2.png\n"
                     "good T/b/test/good/1.png (good) -\n"
                     "note T has damaged JSONs, passed over: T/meta.json\n");
}

/* ------------------------------------------------------------------ as people keep their own */

static void good_and_bad_above(void **state)
{
    (void)state;
    make("c/OK/Train/1.png c/OK/Train/lot/2.png c/OK/test/3.png c/nok/test/4.png c/nok/test/5.png "
         "c/nok/train/6.png c/mask/nok/4_mask.png c/odd/7.png");
    expect("/c", CROSSED "\n"
                         "class c, c\n"
                         "learn T/c/OK/Train/1.png\n"
                         "learn T/c/OK/Train/lot/2.png\n"
                         "good T/c/OK/test/3.png (OK) -\n"
                         "bad T/c/nok/test/4.png (nok) T/c/mask/nok/4_mask.png\n"
                         "bad T/c/nok/test/5.png (nok) -\n"
                         "note T/c/nok has folders that are not judged, nor learnt from: train\n"
                         "note T/c has anomalous images without a mask: nok/test/5.png\n"
                         "note T/c has folders that are neither good nor bad, left out: odd\n");
    make("d/good/train/1.png d/good/validation/2.png d/bad/3.png");
    expect("/d", CROSSED "\n"
                         "class d, d\n"
                         "learn T/d/good/train/1.png\n"
                         "bad T/d/bad/3.png (bad) -\n"
                         "good T/d/good/validation/2.png (good) -\n");
    /* classes that are called so */
    make("e/good_one/train/good/1.png e/good_one/test/good/2.png e/good_one/test/bad/3.png "
         "e/bad_one/train/good/4.png e/bad_one/test/good/5.png e/bad_one/test/bad/6.png");
    expect("/e", SPLIT "\n"
                       "class bad_one, bad one\n"
                       "learn T/e/bad_one/train/good/4.png\n"
                       "bad T/e/bad_one/test/bad/6.png (bad) -\n"
                       "good T/e/bad_one/test/good/5.png (good) -\n"
                       "class good_one, good one\n"
                       "learn T/e/good_one/train/good/1.png\n"
                       "bad T/e/good_one/test/bad/3.png (bad) -\n"
                       "good T/e/good_one/test/good/2.png (good) -\n"
                       "note T/e/bad_one has no folder ground_truth: no masks, no pixel metrics\n"
                       "note T/e/good_one has no folder ground_truth: no masks, no pixel metrics\n");
}

static void names_of_images_say_it(void **state)
{
    (void)state;
    make("c/good_1.png c/GOOD-2.png c/bad_1.png c/bad_2.png c/bad_1_mask.png c/note.txt");
    expect("/c", NAMED "\n"
                       "class c, c\n"
                       "good T/c/GOOD-2.png (good) -\n"
                       "bad T/c/bad_1.png (anomaly) T/c/bad_1_mask.png\n"
                       "bad T/c/bad_2.png (anomaly) -\n"
                       "good T/c/good_1.png (good) -\n"
                       "note T/c has files that are no images, left out: note.txt\n"
                       "note T/c has anomalous images without a mask: bad_2.png\n" JUDGED("T/c"));
    make("d/train/ok_1.png d/train/ng_2.png d/test/3_ok.png d/test/4_ng.png");
    expect("/d", SPLIT "\n"
                       "class d, d\n"
                       "learn T/d/train/ok_1.png\n"
                       "good T/d/test/3_ok.png (good) -\n"
                       "bad T/d/test/4_ng.png (anomaly) -\n"
                       "note T/d/train has 1 anomalous image to learn from, left out\n"
                       "note T/d has no folder ground_truth: no masks, no pixel metrics\n");
    make("e/good_1.png e/bad_1.png e/IMG_7.png");
    expect("/e", "error 2 T/e has images whose names say good and bad, and others that say neither, such as "
                 "IMG_7.png: put them into folders good and bad\n");
}

/* In some trades what is positive is bad, in others good. */
static void signs_are_not_guessed(void **state)
{
    (void)state;
#define EITHER(folder, a, b)                                                                       \
    "error 2 " folder " has folders " a " and " b ", and either may be the good one: say it with " \
    "--normal-dir and --abnormal-dir\n"
    make("c/Negative/1.png c/Positive/2.png d/train/neg/1.png d/train/pos/2.png d/test/neg/3.png "
         "e/train/1.png e/test/negative/1.png e/test/positive/2.png "
         "f/train/negativ/1.png f/test/negativ/2.png f/test/positiv/3.png");
    expect("/c", EITHER("T/c", "Negative", "Positive"));
    expect("/d", EITHER("T/d/train", "neg", "pos"));
    expect("/e",
           EITHER("T/e/test", "negative", "positive") "note T/e/train has no folder good: all its images are "
                                                      "taken for normal ones to learn from\n");
    expect("/f", SPLIT "\n"
                       "class f, f\n"
                       "learn T/f/train/negativ/1.png\n"
                       "good T/f/test/negativ/2.png (negativ) -\n"
                       "bad T/f/test/positiv/3.png (positiv) -\n"
                       "note T/f/train has no folder good: all its images are taken for normal ones to learn "
                       "from\n"
                       "note T/f/test has no folder good: negativ is, since nothing else is learnt from\n"
                       "note T/f has no folder ground_truth: no masks, no pixel metrics\n");
}

/* ------------------------------------------------------------------ own folders */

static void own_folders(void **state)
{
    (void)state;
    char normal[520], abnormal[520], masks[520], learn[520];
    make("x/p/1.png x/p/sub/2.png x/n/7.png x/n/8.png x/t/7_seg.png x/l/0.png x/void/");
    snprintf(normal, sizeof normal, "%s/", under("x/p"));
    snprintf(abnormal, sizeof abnormal, "%s", under("x/n"));
    snprintf(masks, sizeof masks, "%s", under("x/t"));
    snprintf(learn, sizeof learn, "%s", under("x/l"));
    struct alfa__own_folders own = {normal, abnormal, masks, learn, "toothed wheel"};
    struct alfa__dataset *set;
    struct alfa__notices notices = {0};
    struct alfa_error err;
    enum alfa_status status = alfa__dataset_own(&set, &own, &notices, &err);
    compare(set, &notices, status, &err,
            "folders as named\n"
            "class toothed wheel, toothed wheel\n"
            "learn T/x/l/0.png\n"
            "bad T/x/n/7.png (anomaly) T/x/t/7_seg.png\n"
            "bad T/x/n/8.png (anomaly) -\n"
            "good T/x/p/1.png (good) -\n"
            "good T/x/p/sub/2.png (good) -\n"
            "note T/x/n has anomalous images without a mask: 8.png\n");
    own = (struct alfa__own_folders){.normal = normal};
    status = alfa__dataset_own(&set, &own, &notices, &err);
    compare(set, &notices, status, &err,
            "folders as named\nclass x, x\ngood T/x/p/1.png (good) -\ngood T/x/p/sub/2.png (good) -\n"
            "note T/x/p/ has a class without anomalous images: x\n");
    own = (struct alfa__own_folders){.abnormal = under("x/void")};
    status = alfa__dataset_own(&set, &own, &notices, &err);
    compare(set, &notices, status, &err, "error 2 T/x/void holds no images\n");
    own = (struct alfa__own_folders){.abnormal = under("x/missing")};
    status = alfa__dataset_own(&set, &own, &notices, &err);
    compare(set, &notices, status, &err,
            "error 2 T/x/missing cannot be searched: No such file or directory\n");
}

/* HEIC and AVIF are images where they can be opened; what only is called so is none. */
static void phones(void **state)
{
    static const char *const kinds[] = {"heic", "avif"};
    (void)state;
    make("c/good/1.png c/bad/1.png c/bad/2.HEIC.txt");
    write_text("c/bad/3.heic", "text");
    for (int i = 0; i < 2; i++) {
        char *from = alfa__format("tests/data/images/kinds/ramp.%s", kinds[i]);
        char *to = alfa__format("%s/c/bad/%d.%s", root, 4 + i, kinds[i]), *bytes;
        size_t size;
        if (!alfa__image_is_heif(from))
            skip();
        assert_int_equal(alfa__file_read(&bytes, &size, from, 1 << 20, NULL), ALFA_OK);
        assert_int_equal(alfa__file_write(to, bytes, size, NULL), ALFA_OK);
        free(bytes);
        free(from);
        free(to);
    }
    expect("/c",
           SORTED "\n"
                  "class c, c\n"
                  "bad T/c/bad/1.png (bad) -\n"
                  "bad T/c/bad/4.heic (bad) -\n"
                  "bad T/c/bad/5.avif (bad) -\n"
                  "good T/c/good/1.png (good) -\n"
                  "note T/c/bad has files that are no images, left out: 2.HEIC.txt, 3.heic\n" JUDGED("T/c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOT(phones),
        cmocka_unit_test(names_say_good_or_bad),
        cmocka_unit_test(names_say_what_they_are_for),
        IN_ROOT(mvtec_ad_2),
        IN_ROOT(mvtec_loco),
        IN_ROOT(btad_and_capitals),
        IN_ROOT(mvtec_3d_and_casting),
        IN_ROOT(validation_and_wrappers),
        IN_ROOT(masks_beside_good_and_bad),
        IN_ROOT(masks_that_could_be_of_two_images),
        IN_ROOT(folders_beside_images),
        IN_ROOT(a_mask_alone_with_its_image),
        IN_ROOT(heat_maps_beside_images),
        IN_ROOT(many_classes),
        IN_ROOT(classes_deeper_down),
        IN_ROOT(days_and_serial_numbers),
        IN_ROOT(kinds_of_defects_beside_good),
        IN_ROOT(visa_without_its_table),
        IN_ROOT(kolektor),
        IN_ROOT(dagm_and_images_with_masks),
        IN_ROOT(real_iad),
        IN_ROOT(real_iad_whose_json_is_of_no_use),
        IN_ROOT(real_iad_without_its_json),
        IN_ROOT(meta_json),
        IN_ROOT(masks_otherwise),
        IN_ROOT(measurements_beside_photographs),
        IN_ROOT(numbered_kinds),
        IN_ROOT(annotations_are_no_masks),
        IN_ROOT(a_mask_for_each_label),
        IN_ROOT(tables_of_other_programs),
        IN_ROOT(own_folders),
        IN_ROOT(good_and_bad_above),
        IN_ROOT(names_of_images_say_it),
        IN_ROOT(signs_are_not_guessed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
