/* A record with known values for the tests of the reports. */
#ifndef TESTS_REPORT_EXAMPLE_H
#define TESTS_REPORT_EXAMPLE_H

#include "report/record.h"

static const struct alfa_summary example_summary = {
    .class_name = "metal nut",
    .model = "alfa-tiny",
    .method = "alfa",
    .score = 0.75,
    .score_global = 0.123456789123,
    .score_local = 1,
    .threshold = 0.5,
    .pixel_threshold = 0.5,
    .anomalous = true,
    .normal_count = 120,
    .abnormal_count = 130,
    .kept_normal = 12,
    .kept_abnormal = 34,
    .fallback = false,
    .width = 640,
    .height = 480,
    .seconds = 1.5e-7,
};

static const struct alfa_error example_error = {ALFA_ERROR_INPUT, "a/bad.png", "is empty: not an image"};

#endif
