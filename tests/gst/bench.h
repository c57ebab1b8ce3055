/* What the tests of the element share: the library's own detector beside it, an element alone, and pipelines.
 */
#ifndef ALFA_TESTS_GST_BENCH_H
#define ALFA_TESTS_GST_BENCH_H

#include <gst/check/gstharness.h>
#include <gst/video/video.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <alfa.h>

#define MODEL "tests/data/models/openclip-gelu"
#define ELEMENT "alfadetect class=plate model=" MODEL " "

/* ------------------------------------------------------------------ what the library says */

static struct alfa_model *model;
static struct alfa_prompts *prompts;
static struct alfa_detector *detector;

static inline int open_library(void **state)
{
    (void)state;
    return alfa_model_open(&model, MODEL, NULL, NULL) != ALFA_OK ||
           alfa_prompts_open(&prompts, "plate", "prompts/generic.txt", NULL) != ALFA_OK ||
           alfa_detector_open(&detector, model, prompts, NULL, NULL) != ALFA_OK;
}

static inline int close_library(void **state)
{
    (void)state;
    alfa_detector_free(detector);
    alfa_prompts_free(prompts);
    alfa_model_free(model);
    return 0;
}

static inline double score_of(const struct alfa_image *image)
{
    struct alfa_result *result;
    assert_int_equal(alfa_detector_run(&result, detector, image, NULL), ALFA_OK);
    const double score = alfa_result_summary(result)->score;
    alfa_result_free(result);
    return score;
}

/* ------------------------------------------------------------------ an element alone */

struct bench {
    GstHarness *harness;
    GstBus *bus;
    int heard;      /* signals */
    char last[512]; /* the beginning of the last one */
};

static inline void hear(GstElement *element, const char *json, struct bench *bench)
{
    (void)element;
    bench->heard++;
    g_strlcpy(bench->last, json, sizeof bench->last);
}

static inline void begin(struct bench *bench, const char *properties)
{
    char *text = g_strconcat(ELEMENT, properties, NULL);
    memset(bench, 0, sizeof *bench);
    GError *error = NULL;
    GstElement *element = gst_parse_launch(text, &error);
    assert_null(error);
    assert_non_null(element);
    bench->bus = gst_bus_new();
    gst_element_set_bus(element, bench->bus);
    bench->harness = gst_harness_new_with_element(element, "sink", "src");
    g_signal_connect(element, "result", G_CALLBACK(hear), bench);
    gst_object_unref(element);
    g_free(text);
}

static inline void end(struct bench *bench)
{
    gst_element_set_bus(bench->harness->element, NULL);
    gst_harness_teardown(bench->harness);
    gst_object_unref(bench->bus);
}

static inline void set_caps(struct bench *bench, const char *kind, int width, int height)
{
    char *caps = g_strdup_printf("%s, width=%d, height=%d, framerate=25/1", kind, width, height);
    gst_harness_set_src_caps_str(bench->harness, caps);
    g_free(caps);
}

/* Bytes that look a little like a picture. */
static inline unsigned char *make_bytes(size_t size)
{
    unsigned char *bytes = g_malloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)((i * i / 97 + i / 5) % 251);
    return bytes;
}

/* Pushes bytes of ours, which are freed with the buffer. */
static inline GstBuffer *make_buffer(size_t size, GstClockTime pts)
{
    GstBuffer *buffer = gst_buffer_new_wrapped(make_bytes(size), size);
    GST_BUFFER_PTS(buffer) = pts;
    return buffer;
}

static inline guint64 count_of(const struct bench *bench, const char *name)
{
    guint64 count = 0;
    g_object_get(bench->harness->element, name, &count, NULL);
    return count;
}

/* The next message of a kind that came, or NULL. */
static inline GstMessage *message_of(const struct bench *bench, GstMessageType type)
{
    return gst_bus_pop_filtered(bench->bus, type);
}

static inline double posted_score(const struct bench *bench)
{
    double score = NAN;
    GstMessage *message = message_of(bench, GST_MESSAGE_ELEMENT);
    assert_non_null(message);
    assert_true(gst_message_has_name(message, "alfadetect"));
    assert_true(gst_structure_get_double(gst_message_get_structure(message), "score", &score));
    gst_message_unref(message);
    return score;
}

static inline int warnings(const struct bench *bench)
{
    int count = 0;
    for (GstMessage *message; (message = message_of(bench, GST_MESSAGE_WARNING)); count++)
        gst_message_unref(message);
    return count;
}

/* ------------------------------------------------------------------ pipelines */

/* Of a pipeline that runs; what went wrong, freed with g_free(), or NULL. Scores of messages go into scores.
 */
static inline char *wait_for_end(GstElement *pipeline, double *scores, int most)
{
    GstBus *bus = gst_element_get_bus(pipeline);
    char *wrong = NULL;
    int count = 0;
    for (bool over = false; !over;) {
        GstMessage *message = gst_bus_timed_pop_filtered(
            bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT);
        assert_non_null(message);
        over = GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT;
        if (!over && count < most)
            gst_structure_get_double(gst_message_get_structure(message), "score", &scores[count++]);
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
            GError *error;
            gst_message_parse_error(message, &error, NULL);
            wrong = g_strdup(error->message);
            g_error_free(error);
        }
        gst_message_unref(message);
    }
    gst_object_unref(bus);
    return wrong;
}

/* From start to end. */
static inline char *run(GstElement *pipeline, double *scores, int most)
{
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    char *wrong = wait_for_end(pipeline, scores, most);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    return wrong;
}

static inline GstElement *launch(const char *text)
{
    GError *error = NULL;
    GstElement *pipeline = gst_parse_launch(text, &error);
    if (error)
        fail_msg("%s: %s", text, error->message);
    return pipeline;
}

/* ------------------------------------------------------------------ main() */

/* False, and said: GStreamer has it not. */
static inline bool has(const char *name)
{
    GstElementFactory *factory = gst_element_factory_find(name);
    if (!factory)
        printf("SKIPPED: GStreamer has no %s here (Debian: gstreamer1.0-plugins-base, "
               "gstreamer1.0-plugins-good)\n",
               name);
    else
        gst_object_unref(factory);
    return factory;
}

#endif
