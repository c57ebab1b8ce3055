/* alfadetect on real pipelines and on buffers of every kind: the score is the library's own, to the last
 * digit. */
#include "bench.h"

enum { WIDTH = 70, HEIGHT = 54 };

static double score_of_frame(enum alfa_frame_format format, const void *pixels, size_t stride, int bits)
{
    struct alfa_frame frame = ALFA_FRAME_INIT;
    struct alfa_image *image;
    frame.format = format;
    frame.width = WIDTH;
    frame.height = HEIGHT;
    frame.stride = stride;
    frame.bits = bits;
    frame.pixels = pixels;
    assert_int_equal(alfa_image_from_frame(&image, &frame, NULL), ALFA_OK);
    const double score = score_of(image);
    alfa_image_free(image);
    return score;
}

/* ------------------------------------------------------------------ formats */

static void test_formats(void **state)
{
    static const struct {
        const char *caps;
        enum alfa_frame_format format;
        int bytes, bits;
    } kinds[] = {{"video/x-raw, format=RGB", ALFA_FRAME_RGB8, 3, 0},
                 {"video/x-raw, format=BGR", ALFA_FRAME_BGR8, 3, 0},
                 {"video/x-raw, format=RGBA", ALFA_FRAME_RGBA8, 4, 0},
                 {"video/x-raw, format=BGRA", ALFA_FRAME_BGRA8, 4, 0},
                 {"video/x-raw, format=GRAY8", ALFA_FRAME_MONO8, 1, 0},
                 {"video/x-raw, format=GRAY16_LE", ALFA_FRAME_MONO16, 2, 16},
                 {"video/x-raw, format=GRAY16_LE", ALFA_FRAME_MONO16, 2, 12},
                 {"video/x-bayer, format=rggb", ALFA_FRAME_BAYER_RGGB8, 1, 0},
                 {"video/x-bayer, format=grbg", ALFA_FRAME_BAYER_GRBG8, 1, 0},
                 {"video/x-bayer, format=gbrg", ALFA_FRAME_BAYER_GBRG8, 1, 0},
                 {"video/x-bayer, format=bggr", ALFA_FRAME_BAYER_BGGR8, 1, 0}};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct bench bench;
        const size_t stride = ((size_t)WIDTH * (size_t)kinds[i].bytes + 3) / 4 * 4, size = stride * HEIGHT;
        char properties[32];
        g_snprintf(properties, sizeof properties, "bits=%d", kinds[i].bits);
        begin(&bench, properties);
        set_caps(&bench, kinds[i].caps, WIDTH, HEIGHT);
        assert_int_equal(gst_harness_push(bench.harness, make_buffer(size, 0)), GST_FLOW_OK);
        unsigned char *bytes = make_bytes(size);
        assert_float_equal(posted_score(&bench),
                           score_of_frame(kinds[i].format, bytes, stride, kinds[i].bits == 12 ? 12 : 0),
                           1e-12);
        g_free(bytes);
        end(&bench);
    }
}

static void test_caps_change_in_mid_stream(void **state)
{
    struct bench bench;
    (void)state;
    begin(&bench, "");
    set_caps(&bench, "video/x-raw, format=RGB", 64, 48);
    assert_int_equal(gst_harness_push(bench.harness, make_buffer(64 * 48 * 3, 0)), GST_FLOW_OK);
    const double first = posted_score(&bench);
    set_caps(&bench, "video/x-raw, format=GRAY8", 32, 100);
    assert_int_equal(gst_harness_push(bench.harness, make_buffer(3200, 1)), GST_FLOW_OK);
    assert_true(fabs(posted_score(&bench) - first) > 1e-9);
    set_caps(&bench, "video/x-raw, format=RGB", 64, 48);
    assert_int_equal(gst_harness_push(bench.harness, make_buffer(64 * 48 * 3, 2)), GST_FLOW_OK);
    assert_float_equal(posted_score(&bench), first, 1e-12);
    end(&bench);
}

/* A row's end is missing, with and without a description on the buffer itself. */
static void test_short_buffers_pass_with_one_warning(void **state)
{
    struct bench bench;
    (void)state;
    begin(&bench, "");
    set_caps(&bench, "video/x-raw, format=RGB", 64, 48);
    for (int i = 0; i < 3; i++) {
        GstBuffer *buffer = make_buffer(64 * 48 * 3 - 1, 0);
        if (i == 2) {
            gsize offsets[4] = {0};
            gint strides[4] = {64 * 3 + 8};
            gst_buffer_unref(buffer);
            buffer = make_buffer(64 * 48 * 3, 0); /* too few for rows as far apart as it says */
            gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGB, 64, 48, 1,
                                           offsets, strides);
        }
        assert_int_equal(gst_harness_push(bench.harness, buffer), GST_FLOW_OK);
    }
    assert_int_equal(warnings(&bench), 1);
    assert_int_equal(count_of(&bench, "failed"), 3);
    assert_non_null(strstr(bench.last, "{\"frame\": 3, \"pts\": 0, \"error\": \""));
    assert_int_equal(gst_harness_push(bench.harness, make_buffer(64 * 48 * 3, 0)), GST_FLOW_OK);
    assert_int_equal(count_of(&bench, "judged"), 1);
    assert_int_equal(gst_harness_buffers_received(bench.harness), 4);
    set_caps(&bench, "video/x-bayer, format=rggb", 65, 48);
    assert_int_equal(gst_harness_push(bench.harness, make_buffer(65 * 48, 0)), GST_FLOW_OK);
    assert_int_equal(warnings(&bench), 1);
    end(&bench);
}

/* ------------------------------------------------------------------ which frames */

static void test_every(void **state)
{
    struct bench bench;
    (void)state;
    begin(&bench, "every=3");
    set_caps(&bench, "video/x-raw, format=GRAY8", 32, 32);
    for (int i = 0; i < 7; i++)
        assert_int_equal(gst_harness_push(bench.harness, make_buffer(1024, (GstClockTime)i)), GST_FLOW_OK);
    assert_int_equal(gst_harness_buffers_received(bench.harness), 7);
    assert_int_equal(bench.heard, 3);
    assert_int_equal(count_of(&bench, "frames"), 7);
    assert_non_null(strstr(bench.last, "{\"frame\": 7, \"pts\": 6, "));
    end(&bench);
}

/* The clock stands at one second when the first judgement ends. */
static void test_drop_when_busy(void **state)
{
    struct bench bench;
    (void)state;
    begin(&bench, "drop-when-busy=true");
    gst_harness_use_testclock(bench.harness);
    gst_harness_set_upstream_latency(bench.harness, 100 * GST_MSECOND);
    gst_harness_play(bench.harness);
    set_caps(&bench, "video/x-raw, format=GRAY8", 32, 32);
    gst_harness_set_time(bench.harness, GST_SECOND);
    static const int came[] = {0, 500, 890, 910, 1500}; /* milliseconds */
    for (size_t i = 0; i < G_N_ELEMENTS(came); i++)
        assert_int_equal(
            gst_harness_push(bench.harness, make_buffer(1024, (GstClockTime)came[i] * GST_MSECOND)),
            GST_FLOW_OK);
    assert_int_equal(count_of(&bench, "dropped"), 2);
    assert_int_equal(count_of(&bench, "judged"), 3);
    assert_int_equal(gst_harness_buffers_received(bench.harness), 3);
    end(&bench);
}

/* A camera that came back 20 seconds later, in a pipeline that went on, counts its time from 0 again. */
static void test_time_begins_again(void **state)
{
    static const int came[] = {0, 1000, 500}; /* milliseconds */
    static const int at[] = {20, 21, 21};     /* seconds */
    struct bench bench;
    GstSegment segment;
    (void)state;
    begin(&bench, "drop-when-busy=true");
    gst_harness_use_testclock(bench.harness);
    gst_harness_play(bench.harness);
    set_caps(&bench, "video/x-raw, format=GRAY8", 32, 32);
    gst_harness_set_time(bench.harness, GST_SECOND);
    assert_int_equal(gst_harness_push(bench.harness, make_buffer(1024, 0)), GST_FLOW_OK);
    assert_true(gst_harness_push_event(bench.harness, gst_event_new_eos()));
    assert_true(gst_harness_push_event(bench.harness, gst_event_new_stream_start("again")));
    set_caps(&bench, "video/x-raw, format=GRAY8", 32, 32);
    gst_segment_init(&segment, GST_FORMAT_TIME);
    assert_true(gst_harness_push_event(bench.harness, gst_event_new_segment(&segment)));
    for (size_t i = 0; i < G_N_ELEMENTS(came); i++) {
        gst_harness_set_time(bench.harness, (GstClockTime)at[i] * GST_SECOND);
        assert_int_equal(
            gst_harness_push(bench.harness, make_buffer(1024, (GstClockTime)came[i] * GST_MSECOND)),
            GST_FLOW_OK);
    }
    assert_int_equal(count_of(&bench, "judged"), 3);
    assert_int_equal(count_of(&bench, "dropped"), 1);
    assert_int_equal(count_of(&bench, "frames"), 4);
    end(&bench);
}

/* ------------------------------------------------------------------ what leaves */

/* A buffer that somebody else holds as well. */
static GstBuffer *push_held(struct bench *bench, GstBuffer *buffer)
{
    gst_buffer_ref(buffer);
    assert_int_equal(gst_harness_push(bench->harness, buffer), GST_FLOW_OK);
    return gst_harness_pull(bench->harness);
}

static int marks_on(GstBuffer *buffer)
{
    gpointer state = NULL;
    int count = 0;
    for (GstMeta *meta; (meta = gst_buffer_iterate_meta_filtered(buffer, &state,
                                                                 GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE));
         count++) {
        const GstVideoRegionOfInterestMeta *region = (const GstVideoRegionOfInterestMeta *)meta;
        double peak = -1;
        assert_string_equal(g_quark_to_string(region->roi_type), "anomaly");
        const GstStructure *about =
            gst_video_region_of_interest_meta_get_param((GstVideoRegionOfInterestMeta *)meta, "alfa");
        assert_true(gst_structure_get_double(about, "peak", &peak) && peak > 0);
        assert_true(region->x + region->w <= WIDTH && region->y + region->h <= HEIGHT);
    }
    return count;
}

static void test_marks_without_a_copy(void **state)
{
    struct bench bench;
    (void)state;
    begin(&bench, "");
    set_caps(&bench, "video/x-raw, format=BGRA", WIDTH, HEIGHT);
    GstBuffer *in = make_buffer((size_t)WIDTH * HEIGHT * 4, 0), *out = push_held(&bench, in);
    assert_ptr_not_equal(in, out);
    assert_ptr_equal(gst_buffer_peek_memory(in, 0), gst_buffer_peek_memory(out, 0));
    assert_int_equal(marks_on(in), 0);
    GstMessage *message = message_of(&bench, GST_MESSAGE_ELEMENT);
    const GValue *regions = gst_structure_get_value(gst_message_get_structure(message), "regions");
    assert_true(marks_on(out) > 0);
    assert_int_equal(gst_value_array_get_size(regions), marks_on(out));
    gst_message_unref(message);
    gst_buffer_unref(in);
    gst_buffer_unref(out);
    end(&bench);
}

static void test_twelve_bits_in_sixteen_warn_once(void **state)
{
    (void)state;
    for (int bits = 0; bits <= 12; bits += 12) {
        struct bench bench;
        char properties[32];
        const size_t size = (size_t)2 * WIDTH * HEIGHT;
        g_snprintf(properties, sizeof properties, "bits=%d", bits);
        begin(&bench, properties);
        set_caps(&bench, "video/x-raw, format=GRAY16_LE", WIDTH, HEIGHT);
        for (int frame = 0; frame < 2; frame++) {
            GstBuffer *buffer = make_buffer(size, 0);
            for (size_t i = 1; i < size; i += 2)
                gst_buffer_memset(buffer, i, 8, 1);
            assert_int_equal(gst_harness_push(bench.harness, buffer), GST_FLOW_OK);
        }
        assert_int_equal(warnings(&bench), bits == 0);
        end(&bench);
    }
}

static void test_overlay(void **state)
{
    static const char *const kinds[] = {"video/x-raw, format=RGB", "video/x-raw, format=BGRA",
                                        "video/x-raw, format=GRAY8", "video/x-raw, format=GRAY16_LE",
                                        "video/x-bayer, format=bggr"};
    static const int bytes[] = {3, 4, 1, 2, 1};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct bench bench;
        begin(&bench, "overlay=true bits=12");
        set_caps(&bench, kinds[i], 64, HEIGHT);
        const size_t size = (size_t)64 * HEIGHT * (size_t)bytes[i];
        GstBuffer *in = make_buffer(size, 0), *out = push_held(&bench, in);
        unsigned char *wanted = make_bytes(size);
        assert_int_equal(gst_buffer_memcmp(in, 0, wanted, size), 0); /* not ours to draw on */
        assert_int_not_equal(gst_buffer_memcmp(out, 0, wanted, size), 0);
        g_free(wanted);
        gst_buffer_unref(in);
        gst_buffer_unref(out);
        end(&bench);
    }
}

static void test_message_and_signal(void **state)
{
    struct bench bench;
    (void)state;
    begin(&bench, "threshold=0");
    set_caps(&bench, "video/x-raw, format=GRAY8", 32, 32);
    assert_int_equal(gst_harness_push(bench.harness, make_buffer(1024, 40 * GST_MSECOND)), GST_FLOW_OK);
    GstMessage *message = message_of(&bench, GST_MESSAGE_ELEMENT);
    const GstStructure *s = gst_message_get_structure(message);
    GstClockTime time;
    assert_true(gst_structure_get_clock_time(s, "running-time", &time) && time == 40 * GST_MSECOND);
    assert_string_equal(gst_structure_get_string(s, "decision"), "anomaly");
    assert_memory_equal(gst_structure_get_string(s, "json"), bench.last, strlen(bench.last));
    assert_int_equal(count_of(&bench, "anomalies"), 1);
    gst_message_unref(message);
    g_object_set(bench.harness->element, "post-messages", FALSE, NULL);
    assert_int_equal(gst_harness_push(bench.harness, make_buffer(1024, 0)), GST_FLOW_OK);
    assert_null(message_of(&bench, GST_MESSAGE_ELEMENT));
    assert_int_equal(bench.heard, 2);
    end(&bench);
}

/* ------------------------------------------------------------------ pipelines */

/* Photographs from files, twice over with the same pipeline. */
static void test_files(void **state)
{
    static const char *const names[] = {"good_1.jpg", "good_2.jpg"};
    GstElement *pipeline =
        launch("multifilesrc location=examples/images/plate/good_%d.jpg start-index=1 stop-index=2 "
               "caps=image/jpeg,framerate=25/1 ! jpegdec ! videoconvert ! video/x-raw,format=RGB ! " ELEMENT
               " ! fakesink");
    (void)state;
    for (int again = 0; again < 2; again++) {
        double scores[2] = {0};
        assert_null(run(pipeline, scores, 2));
        for (int i = 0; i < 2; i++) { /* GStreamer's JPEG and colours differ a little from libvips' */
            struct alfa_image *image;
            char *path = g_build_filename("examples/images/plate", names[i], NULL);
            assert_int_equal(alfa_image_load(&image, path, NULL), ALFA_OK);
            assert_float_equal(scores[i], score_of(image), 0.02);
            alfa_image_free(image);
            g_free(path);
        }
    }
    gst_object_unref(pipeline);
}

/* A lossless file: the numbers of alfa detect. */
static void test_png_has_the_numbers_of_a_file(void **state)
{
    double score = 0;
    struct alfa_image *image;
    GstElement *pipeline =
        launch("filesrc location=tests/data/images/valid/rgb.png ! pngdec ! videoconvert ! "
               "video/x-raw,format=BGR ! " ELEMENT " ! fakesink");
    (void)state;
    assert_null(run(pipeline, &score, 1));
    assert_int_equal(alfa_image_load(&image, "tests/data/images/valid/rgb.png", NULL), ALFA_OK);
    assert_float_equal(score, score_of(image), 1e-12);
    alfa_image_free(image);
    gst_object_unref(pipeline);
}

static void test_bank(void **state)
{
    struct alfa_bank *bank;
    struct alfa_image *image;
    double score = 0;
    (void)state;
    char *folder = g_dir_make_tmp("alfa-gst-XXXXXX", NULL),
         *path = g_build_filename(folder, "part.bank", NULL);
    assert_int_equal(alfa_image_load(&image, "tests/data/images/valid/rgb.png", NULL), ALFA_OK);
    assert_int_equal(alfa_bank_new(&bank, detector, NULL, NULL), ALFA_OK);
    assert_int_equal(alfa_bank_add(bank, detector, image, "rgb", NULL), ALFA_OK);
    assert_int_equal(alfa_bank_finish(bank, NULL), ALFA_OK);
    assert_int_equal(alfa_bank_save(bank, path, NULL), ALFA_OK);
    char *text = g_strdup_printf("filesrc location=tests/data/images/valid/rgb.png ! pngdec ! videoconvert ! "
                                 "alfadetect model=" MODEL " bank=%s ! fakesink",
                                 path);
    GstElement *pipeline = launch(text);
    assert_null(run(pipeline, &score, 1));
    assert_int_equal(alfa_detector_use_bank(detector, bank, NULL), ALFA_OK);
    assert_float_equal(score, score_of(image), 1e-12);
    assert_int_equal(alfa_detector_use_bank(detector, NULL, NULL), ALFA_OK);
    gst_object_unref(pipeline);
    alfa_bank_free(bank);
    alfa_image_free(image);
    remove(path);
    remove(folder);
    g_free(text);
    g_free(path);
    g_free(folder);
}

static void test_bad_properties_say_one_sentence(void **state)
{
    static const struct {
        const char *properties, *sentence;
    } bad[] = {
        {"model=" MODEL, "class: is needed"},
        {"class=plate model=nowhere", "nowhere: is no file or folder"},
        {"class=plate model=README.md", "README.md: "},
        {"class=plate model=" MODEL " prompts=nowhere.txt", "nowhere.txt: "},
        {"class=plate model=" MODEL " roi=README.md", "README.md: "},
        {"class=plate model=" MODEL " bits=8", "bits: is 8"},
        {"bank=README.md", "README.md: "},
        {"bank=nowhere.bank prompts=x.txt", "prompts: has no meaning with a bank"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        char *text =
            g_strdup_printf("videotestsrc num-buffers=1 ! alfadetect %s ! fakesink", bad[i].properties);
        GstElement *pipeline = launch(text);
        char *wrong = run(pipeline, NULL, 0);
        if (!wrong || !g_str_has_prefix(wrong, bad[i].sentence) || strchr(wrong, '\n'))
            fail_msg("%s: %s", bad[i].properties, wrong ? wrong : "no error");
        g_free(wrong);
        gst_object_unref(pipeline);
        g_free(text);
    }
}

/* A class without sentences is judged with the generic ones, which a message says. */
static void test_near_class(void **state)
{
    (void)state;
    GstElement *pipeline =
        launch("videotestsrc num-buffers=1 ! alfadetect class=metl_nut model=" MODEL " ! fakesink");
    GstBus *bus = gst_element_get_bus(pipeline);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstMessage *message =
        gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND, GST_MESSAGE_INFO | GST_MESSAGE_ERROR);
    GError *said = NULL;
    assert_non_null(message);
    assert_int_equal(GST_MESSAGE_TYPE(message), GST_MESSAGE_INFO);
    gst_message_parse_info(message, &said, NULL);
    assert_string_equal(said->message,
                        "no prompt set for \"metl_nut\": using the generic set; did you mean \"metal nut\"?");
    g_error_free(said);
    gst_message_unref(message);
    gst_object_unref(bus);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
}

/* At any moment, with a frame in work. */
static void test_stop_while_judging(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        GstElement *pipeline = launch("videotestsrc is-live=true ! video/x-raw,format=GRAY8 ! " ELEMENT
                                      "drop-when-busy=true overlay=true ! fakesink");
        gst_element_set_state(pipeline, GST_STATE_PLAYING);
        g_usleep((gulong)i * 20000);
        assert_int_equal(gst_element_set_state(pipeline, GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
        gst_object_unref(pipeline);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_formats),
                                              cmocka_unit_test(test_caps_change_in_mid_stream),
                                              cmocka_unit_test(test_short_buffers_pass_with_one_warning),
                                              cmocka_unit_test(test_every),
                                              cmocka_unit_test(test_drop_when_busy),
                                              cmocka_unit_test(test_time_begins_again),
                                              cmocka_unit_test(test_marks_without_a_copy),
                                              cmocka_unit_test(test_twelve_bits_in_sixteen_warn_once),
                                              cmocka_unit_test(test_overlay),
                                              cmocka_unit_test(test_message_and_signal),
                                              cmocka_unit_test(test_files),
                                              cmocka_unit_test(test_png_has_the_numbers_of_a_file),
                                              cmocka_unit_test(test_bank),
                                              cmocka_unit_test(test_bad_properties_say_one_sentence),
                                              cmocka_unit_test(test_near_class),
                                              cmocka_unit_test(test_stop_while_judging)};
    static const char *const needed[] = {"videotestsrc", "videoconvert", "multifilesrc", "jpegdec", "pngdec"};
    gst_init(&argc, &argv);
    if (!has("alfadetect"))
        return 1;
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
        if (!has(needed[i]))
            return 77;
    const int failed = cmocka_run_group_tests(tests, open_library, close_library);
    gst_deinit(); /* the tracer, where it is on, speaks of leaks */
    return failed;
}
