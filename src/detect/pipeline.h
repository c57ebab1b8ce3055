/* What a detector and its banks do by a method. ALFA and WinCLIP look at windows of an image and compare them
 * with sentences and a memory (alfa__pipeline_windows); the compared methods look once and give a verdict
 * (methods/compared.h). Every method names its own (method.h); nothing asks which of the two a detector has
 * but for windows. */
#ifndef ALFA_DETECT_PIPELINE_H
#define ALFA_DETECT_PIPELINE_H

#include "detect/detector.h"
#include "detect/method.h"

/* What a picture is shown to a bank for. */
enum alfa__purpose {
    ALFA__FOR_ALL,    /* to remember it, and to judge it as if it were new */
    ALFA__FOR_MEMORY, /* only to remember it */
    ALFA__FOR_SCORES  /* only to judge it: a slightly changed copy */
};

struct alfa__showing {
    const struct alfa_image *image;
    struct alfa__pose pose;
    enum alfa__purpose purpose;
};

struct alfa__pipeline {
    /* It judges windows by sentences: tiles, alignment, regions of interest, known images and explanations
     * have a meaning, and its banks carry the sentences. */
    bool windows;

    /* Model, prompts and options of *d are set. */
    enum alfa_status (*open)(struct alfa_detector *d, struct alfa_error *err);
    void (*close)(struct alfa_detector *d);
    struct alfa__feature_request (*request)(const struct alfa_detector *d);
    /* A result without its settings. */
    enum alfa_status (*run)(struct alfa_result **out, struct alfa_detector *d, const struct alfa_image *image,
                            struct alfa_error *err);
    /* bank fits the detector, or is NULL; of a failure the detector does not notice anything. */
    enum alfa_status (*use_bank)(struct alfa_detector *d, const struct alfa_bank *bank,
                                 struct alfa_error *err);

    /* The parts of a new bank that stand before those of the layers. */
    enum alfa_status (*begin)(struct alfa_bank *bank, const struct alfa_detector *d, struct alfa_error *err);
    /* Keeps what the detector sees in a picture of the reference. */
    enum alfa_status (*add)(struct alfa_bank *bank, struct alfa__reference *reference,
                            struct alfa_detector *d, const struct alfa__showing *showing,
                            struct alfa_error *err);
    /* Memory and thresholds, of a bank that is complete and sorted. */
    enum alfa_status (*finish)(struct alfa_bank *bank, struct alfa_error *err);
};

extern const struct alfa__pipeline alfa__pipeline_windows;

/* alfa_detector_open() by a method; options are whole. */
enum alfa_status alfa__detector_open(struct alfa_detector **out, const struct alfa_model *model,
                                     const struct alfa_prompts *prompts,
                                     const struct alfa_detector_options *options,
                                     const struct alfa__method *method, struct alfa_error *err);

#endif
