/* What is told of a judged frame: as JSON, as an element message, and as marks on the buffer. */
#ifndef ALFA_GST_ANSWERS_H
#define ALFA_GST_ANSWERS_H

#include <alfa.h>
#include <gst/gst.h>

/* Which frame it is. Times are GST_CLOCK_TIME_NONE where the stream has none. */
struct alfa__moment {
    guint64 number; /* of the frames that came since the start, from 1 */
    GstClockTime pts, duration, stream_time, running_time;
};

/* Frames so far. */
struct alfa__counts {
    guint64 frames, judged, anomalies, failed, dropped;
};

/* The object of alfa detect --json with "frame" and "pts" (nanoseconds, or null) in front; with "error"
 * instead of a result when that is NULL. Freed with g_free(); NULL: no memory. */
char *alfa__answer_json(const struct alfa__moment *moment, const struct alfa_result *result,
                        const struct alfa_error *problem);

/* The structure "alfadetect" of an element message. */
GstStructure *alfa__answer_structure(const struct alfa__moment *moment, const struct alfa__counts *counts,
                                     const struct alfa_result *result, const struct alfa_error *problem,
                                     const char *json);

/* A GstVideoRegionOfInterestMeta of type "anomaly" a region, the highest peak first, each with a structure
 * "alfa": peak, mean, area, score, anomalous. */
void alfa__answer_mark(GstBuffer *buffer, const struct alfa_result *result);

#endif
