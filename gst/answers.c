#include "answers.h"

#include <gst/video/video.h>
#include <math.h>

/* ------------------------------------------------------------------ JSON */

static void append_text(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (const char *p = text; *p; p++)
        if (*p == '"' || *p == '\\')
            g_string_append_printf(out, "\\%c", *p);
        else if ((unsigned char)*p < 32)
            g_string_append_printf(out, "\\u%04x", (unsigned)*p);
        else
            g_string_append_c(out, *p);
    g_string_append_c(out, '"');
}

/* "source: message", or the message alone. */
static char *sentence(const struct alfa_error *problem)
{
    char *text = g_strdup_printf("%s%s%s", problem->source, *problem->source ? ": " : "", problem->message);
    char *valid = g_utf8_make_valid(text, -1);
    g_free(text);
    return valid;
}

char *alfa__answer_json(const struct alfa__moment *moment, const struct alfa_result *result,
                        const struct alfa_error *problem)
{
    GString *out = g_string_new(NULL);
    char *rest = NULL;
    if (result && alfa_result_json(&rest, result, NULL, NULL) != ALFA_OK)
        return g_string_free(out, TRUE);
    g_string_append_printf(out, "{\"frame\": %" G_GUINT64_FORMAT ", \"pts\": ", moment->number);
    if (GST_CLOCK_TIME_IS_VALID(moment->pts))
        g_string_append_printf(out, "%" G_GUINT64_FORMAT ", ", moment->pts);
    else
        g_string_append(out, "null, ");
    if (rest) {
        g_string_append(out, rest + 1); /* behind its brace */
    } else {
        char *text = sentence(problem);
        g_string_append(out, "\"error\": ");
        append_text(out, text);
        g_string_append_c(out, '}');
        g_free(text);
    }
    alfa_free(rest);
    return g_string_free(out, FALSE);
}

/* ------------------------------------------------------------------ a message */

static void add_regions(GstStructure *out, const struct alfa_result *result)
{
    GValue list = G_VALUE_INIT;
    g_value_init(&list, GST_TYPE_ARRAY);
    const struct alfa_region *r;
    for (int i = 0; (r = alfa_result_region(result, i)); i++) {
        GValue value = G_VALUE_INIT;
        g_value_init(&value, GST_TYPE_STRUCTURE);
        g_value_take_boxed(&value,
                           gst_structure_new("region", "x", G_TYPE_INT, r->x, "y", G_TYPE_INT, r->y, "width",
                                             G_TYPE_INT, r->width, "height", G_TYPE_INT, r->height, "area",
                                             G_TYPE_DOUBLE, r->area, "peak", G_TYPE_DOUBLE, r->peak, NULL));
        gst_value_array_append_and_take_value(&list, &value);
    }
    gst_structure_take_value(out, "regions", &list);
}

static void add_result(GstStructure *out, const struct alfa_result *result)
{
    const struct alfa_summary *s = alfa_result_summary(result);
    const bool decided = !isnan(s->threshold);
    gst_structure_set(out, "class", G_TYPE_STRING, s->class_name, "model", G_TYPE_STRING, s->model, "score",
                      G_TYPE_DOUBLE, s->score, "decision", G_TYPE_STRING,
                      !decided       ? "none"
                      : s->anomalous ? "anomaly"
                                     : "normal",
                      "seconds", G_TYPE_DOUBLE, s->seconds, NULL);
    if (decided)
        gst_structure_set(out, "threshold", G_TYPE_DOUBLE, s->threshold, NULL);
    if (s->references > 0)
        gst_structure_set(out, "p-value", G_TYPE_DOUBLE, s->p_value, NULL);
    add_regions(out, result);
}

GstStructure *alfa__answer_structure(const struct alfa__moment *moment, const struct alfa__counts *counts,
                                     const struct alfa_result *result, const struct alfa_error *problem,
                                     const char *json)
{
    GstStructure *out = gst_structure_new(
        "alfadetect", "frame", G_TYPE_UINT64, moment->number, "timestamp", GST_TYPE_CLOCK_TIME, moment->pts,
        "stream-time", GST_TYPE_CLOCK_TIME, moment->stream_time, "running-time", GST_TYPE_CLOCK_TIME,
        moment->running_time, "duration", GST_TYPE_CLOCK_TIME, moment->duration, NULL);
    if (result)
        add_result(out, result);
    if (problem) {
        char *text = sentence(problem);
        gst_structure_set(out, "error", G_TYPE_STRING, text, NULL);
        g_free(text);
    }
    gst_structure_set(out, "judged", G_TYPE_UINT64, counts->judged, "anomalies", G_TYPE_UINT64,
                      counts->anomalies, "failed", G_TYPE_UINT64, counts->failed, "dropped", G_TYPE_UINT64,
                      counts->dropped, "json", G_TYPE_STRING, json, NULL);
    return out;
}

/* ------------------------------------------------------------------ on the buffer */

void alfa__answer_mark(GstBuffer *buffer, const struct alfa_result *result)
{
    const struct alfa_summary *s = alfa_result_summary(result);
    const struct alfa_region *r;
    for (int i = 0; (r = alfa_result_region(result, i)); i++) {
        GstVideoRegionOfInterestMeta *meta = gst_buffer_add_video_region_of_interest_meta(
            buffer, "anomaly", (guint)r->x, (guint)r->y, (guint)r->width, (guint)r->height);
        gst_video_region_of_interest_meta_add_param(
            meta, gst_structure_new("alfa", "peak", G_TYPE_DOUBLE, r->peak, "mean", G_TYPE_DOUBLE, r->mean,
                                    "area", G_TYPE_DOUBLE, r->area, "score", G_TYPE_DOUBLE, s->score,
                                    "anomalous", G_TYPE_BOOLEAN, s->anomalous, NULL));
    }
}
