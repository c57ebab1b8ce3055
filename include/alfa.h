/* alfa.h - find visual anomalies without training.
 *
 * libalfa judges a photograph against sentences that describe a normal and an abnormal thing, with a CLIP
 * dual encoder (ALFA, "Do LLMs Understand Visual Anomalies?", ACM MM 2024; WinCLIP, CVPR 2023).
 * This header is the public interface; sentences from a language model are alfa_llm.h's. Read it from top to
 * bottom: status and errors -> images -> model -> prompts -> detector -> bank -> result.
 *
 *     struct alfa_error err;
 *     struct alfa_model *model;
 *     struct alfa_prompts *prompts;
 *     struct alfa_detector *detector;
 *     struct alfa_image *image;
 *     struct alfa_result *result;
 *
 *     alfa_model_open(&model, "models/alfa-tiny", NULL, &err);
 *     alfa_prompts_open(&prompts, "bottle", "prompts/bottle.txt", &err);
 *     alfa_detector_open(&detector, model, prompts, NULL, &err);
 *     alfa_image_load(&image, "photo.jpg", &err);
 *     alfa_detector_run(&result, detector, image, &err);
 *     printf("%.3f\n", alfa_result_summary(result)->score);
 *
 * Conventions. Every function that can fail returns enum alfa_status (0 is success) and fills the caller's
 * struct alfa_error when that is not NULL. Arguments come in one order: results, object, the rest, err. The
 * object that is made comes back through the first argument and is set to NULL on failure. What is opened,
 * loaded, decoded or run is freed by the caller with the _free function of its noun; _free(NULL) does
 * nothing. Getters lend: what they return lives as long as the object. In every enum 0 is what suits most;
 * where that depends on the model it is called AUTO. A NULL that must not be, a choice that is none and a
 * number that makes no sense fail with ALFA_ERROR_USAGE; getters then give 0 or NULL. The library prints
 * nothing, never exits and reads no environment variable (libcurl reads those of proxies).
 *
 * Versions. Structs with a member size get new members at their end; a program sets size with the struct's
 * _INIT macro, and the library takes those of older and of newer headers. Structs that a getter lends get new
 * members at their end too: read them where they are. All others stay as they are. What a struct asks for
 * that the library at run time does not know fails with ALFA_ERROR_USAGE; alfa_version_number() says what it
 * is.
 *
 * Threads. A model and prompts are immutable after opening and may be shared by threads. alfa_detector_run()
 * and alfa_bank_look() may be called for one detector on several threads at once; what else there is of it,
 * and a result, belong to one thread at a time. A call uses several threads inside (option threads), fewer
 * when the system makes none. They are OpenMP's, whose number for the caller stays as it was;
 * OMP_WAIT_POLICY=passive suits a machine with other work. They end at a fork() of the thread that called and
 * are made anew when they are needed: a child may go on with what its parent has opened, when no other thread
 * was inside a call at that moment.
 */
#ifndef ALFA_H
#define ALFA_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" /* struct alfa_model_info is what alfa_model_info() lends */
#endif

#define ALFA_VERSION_MAJOR 1
#define ALFA_VERSION_MINOR 0
#define ALFA_VERSION_PATCH 0
#define ALFA_VERSION "1.0.0"
#define ALFA_VERSION_NUMBER (ALFA_VERSION_MAJOR * 10000 + ALFA_VERSION_MINOR * 100 + ALFA_VERSION_PATCH)

#if defined(__GNUC__)
#define ALFA_API __attribute__((visibility("default")))
#define ALFA_CHECK __attribute__((warn_unused_result))
#else
#define ALFA_API
#define ALFA_CHECK
#endif

/* ------------------------------------------------------------------ status and errors */

/* One line a code: name, the sentence that alfa_status_text() returns. */
#define ALFA_STATUS_LIST(X)                                                              \
    X(ALFA_OK, "success")                                                                \
    X(ALFA_ERROR_USAGE, "an argument or option is wrong")                                \
    X(ALFA_ERROR_INPUT, "an input file is missing, damaged or not what it should be")    \
    X(ALFA_ERROR_LIMIT, "an input is larger than the limit for it")                      \
    X(ALFA_ERROR_MODEL, "a model's files are missing, damaged or do not fit each other") \
    X(ALFA_ERROR_OUTPUT, "an output cannot be written")                                  \
    X(ALFA_ERROR_MEMORY, "there is not enough memory")                                   \
    X(ALFA_ERROR_RUNTIME, "a library or the system failed")                              \
    X(ALFA_ERROR_STOPPED, "the caller wanted an end")

enum alfa_status {
#define ALFA_STATUS_ENUM(name, text) name,
    ALFA_STATUS_LIST(ALFA_STATUS_ENUM)
#undef ALFA_STATUS_ENUM
};

/* What went wrong, in one line for a person. Owned by the caller; needs no initialisation; never grows. */
struct alfa_error {
    enum alfa_status code;
    char source[256];  /* file, argument or tensor it is about; "" when there is none */
    char message[512]; /* says what is wrong and what to do, without the source */
};

/* The sentence for a code, never NULL. */
ALFA_API const char *alfa_status_text(enum alfa_status code);

/* The library's version at run time: ALFA_VERSION and ALFA_VERSION_NUMBER of the header it was built with. */
ALFA_API const char *alfa_version(void);
ALFA_API int alfa_version_number(void);

/* Whether the library at run time has all that this header declares. */
#define ALFA_VERSION_FITS() \
    (alfa_version_number() >= ALFA_VERSION_NUMBER && alfa_version_number() / 10000 == ALFA_VERSION_MAJOR)

/* Frees bytes and texts that a function made for the caller. */
ALFA_API void alfa_free(void *memory);

/* ------------------------------------------------------------------ images */

/* A photograph as a person sees it: 8-bit RGB, upright, on white where it was transparent. */
struct alfa_image;

/* Reads JPEG, PNG, TIFF, WebP, GIF, BMP/PPM; of several pages or frames the first, not counting thumbnails.
 * Orientation tags are applied, 16-bit values are scaled (not clipped) by what the file says (PNG's sBIT,
 * TIFF's MaxSampleValue, PGM's largest value), grey becomes R=G=B, CMYK is converted to sRGB, transparency
 * lies on white, samples that are neither colour nor alpha are left out. Fails with ALFA_ERROR_INPUT
 * (missing, empty, truncated, not an image), ALFA_ERROR_LIMIT (see docs/limits.md). */
ALFA_API ALFA_CHECK enum alfa_status alfa_image_load(struct alfa_image **out, const char *path,
                                                     struct alfa_error *err);

/* The same from memory; name is only used in error messages. */
ALFA_API ALFA_CHECK enum alfa_status alfa_image_decode(struct alfa_image **out, const void *bytes,
                                                       size_t size, const char *name, struct alfa_error *err);

/* How a file is read. */
struct alfa_image_options {
    size_t size; /* sizeof this struct, set by ALFA_IMAGE_OPTIONS_INIT */
    int bits; /* 8 to 16: 16-bit samples use only so many, at the lower end, as cameras store 12 bits. Holds
                 for files none of whose samples is larger. 0: as the file says, else all 16 */
    int page; /* of a TIFF, or frame of an animation, from 1; 0: the first */
    bool (*stop)(
        void *context); /* asked while pixels are decoded, on any thread; true ends it with
                           ALFA_ERROR_STOPPED; NULL: it is not asked. BMP and PNM are too quick for it */
    void *context;
};
#define ALFA_IMAGE_OPTIONS_INIT                             \
    {                                                       \
        sizeof(struct alfa_image_options), 0, 0, NULL, NULL \
    }

/* alfa_image_load() and alfa_image_decode() with options, which may be NULL. A page that the file lacks fails
 * with ALFA_ERROR_LIMIT. */
ALFA_API ALFA_CHECK enum alfa_status alfa_image_load_as(struct alfa_image **out, const char *path,
                                                        const struct alfa_image_options *options,
                                                        struct alfa_error *err);
ALFA_API ALFA_CHECK enum alfa_status alfa_image_decode_as(struct alfa_image **out, const void *bytes,
                                                          size_t size, const char *name,
                                                          const struct alfa_image_options *options,
                                                          struct alfa_error *err);

/* What a person should know about a file that was read, or a frame of 16 bits. */
struct alfa_image_facts {
    int pages; /* or frames, without thumbnails */
    int bits;  /* 8, 10, 12 or 14: no 16-bit sample needs more, and nobody said how many are used, so that the
                  image is nearly black; 0: nothing of the kind */
    bool spare;    /* samples that are neither colour nor alpha were left out */
    bool followed; /* by another image in the same file, which is not looked at */
};
ALFA_API struct alfa_image_facts alfa_image_facts(const struct alfa_image *image);

/* Copies rows of 8-bit RGB; stride is the distance of two rows in bytes (at least 3 * width). */
ALFA_API ALFA_CHECK enum alfa_status alfa_image_from_rgb(struct alfa_image **out, const unsigned char *rgb,
                                                         int width, int height, size_t stride,
                                                         struct alfa_error *err);

/* What the bytes of a camera's frame are. YUV is that of ITU-R BT.601 in its limited range (Y 16 to 235), of
 * an even number of pixels across and, where 2 x 2 share a colour, down; what is one plane there follows the
 * other at once, behind stride x height bytes. */
enum alfa_frame_format {
    ALFA_FRAME_RGB8,
    ALFA_FRAME_BGR8,  /* OpenCV's */
    ALFA_FRAME_RGBA8, /* transparency lies on white */
    ALFA_FRAME_BGRA8,
    ALFA_FRAME_MONO8,
    ALFA_FRAME_MONO16, /* 9 to 16 bits (member bits) in little endian words of 16: mono 10, 12, 16; scaled */
    ALFA_FRAME_BAYER_RGGB8, /* the colours of the first two pixels, then of those below; made RGB bilinearly
                             */
    ALFA_FRAME_BAYER_GRBG8,
    ALFA_FRAME_BAYER_GBRG8,
    ALFA_FRAME_BAYER_BGGR8,
    ALFA_FRAME_YUYV8, /* YUV as V4L2 names it: Y and U, then Y and V, of two pixels; GStreamer's YUY2 */
    ALFA_FRAME_UYVY8, /* U and Y, then V and Y */
    ALFA_FRAME_NV12,  /* rows of Y, then half as many of U and V in turn, each for 2 x 2 pixels */
    ALFA_FRAME_I420   /* rows of Y, then a quarter of the values U, then V, in rows of half the stride */
};

struct alfa_frame {
    size_t size; /* sizeof this struct, set by ALFA_FRAME_INIT */
    enum alfa_frame_format format;
    int width, height;  /* pixels */
    int bits;           /* of a value that matter, the lower ones; 0: all of the format's 8 or 16 */
    size_t stride;      /* bytes from a row to the next; 0: rows without padding */
    const void *pixels; /* the uppermost row first */
    void (*release)(void *context); /* NULL: pixels are copied */
    void *context;
};
#define ALFA_FRAME_INIT                                                          \
    {                                                                            \
        sizeof(struct alfa_frame), ALFA_FRAME_RGB8, 0, 0, 0, 0, NULL, NULL, NULL \
    }

/* The image of a frame. Without release the pixels are the caller's again on return. With release they are
 * lent until it is called, once: at the latest by alfa_image_free(), at once when they had to be converted
 * (all but RGB8 without padding). When the function fails it is not called. */
ALFA_API ALFA_CHECK enum alfa_status
alfa_image_from_frame(struct alfa_image **out, const struct alfa_frame *frame, struct alfa_error *err);

/* As bytes of a PNG file, freed with alfa_free(). Fails with ALFA_ERROR_USAGE in a build without libvips. */
ALFA_API ALFA_CHECK enum alfa_status alfa_image_encode_png(unsigned char **out, size_t *size,
                                                           const struct alfa_image *image,
                                                           struct alfa_error *err);

ALFA_API int alfa_image_width(const struct alfa_image *image);
ALFA_API int alfa_image_height(const struct alfa_image *image);
/* height x width x 3 bytes, rows without padding. */
ALFA_API const unsigned char *alfa_image_rgb(const struct alfa_image *image);
ALFA_API void alfa_image_free(struct alfa_image *image);

/* The one object before a plain background, as option align takes it. */
struct alfa_object {
    double x, y;       /* centroid, in pixels */
    double angle;      /* of its longer axis towards its longer tail, radians, clockwise from the right */
    double elongation; /* spread along that axis over spread across it, at least 1 */
    double side;       /* pixels of a square around the centroid that shows all of it */
};
/* Fails with ALFA_ERROR_INPUT and the reason when no single object is found: the background is not plain,
 * nothing or several things stand out from it, or the object touches the edge of the picture. */
ALFA_API ALFA_CHECK enum alfa_status
alfa_image_find_object(struct alfa_object *out, const struct alfa_image *image, struct alfa_error *err);

/* ------------------------------------------------------------------ model */

/* A CLIP dual encoder: image tower, text tower, tokenizer. */
struct alfa_model;

enum alfa_precision {
    ALFA_PRECISION_AUTO, /* bf16 where that is faster than f32 (docs/models.md), else f32 */
    ALFA_PRECISION_F32,
    ALFA_PRECISION_BF16,
    ALFA_PRECISION_INT8 /* the image tower multiplies bytes, all else is as with AUTO (docs/models.md) */
};

enum alfa_resize {
    ALFA_RESIZE_SQUASH, /* the whole image to the model's square, as the anomaly field does */
    ALFA_RESIZE_CROP /* as the model's own library does: shorter side to the model's size, centre cropped */
};

/* What a block computes between its two layers. A config says it; a file of weights without one does not. */
enum alfa_activation {
    ALFA_ACTIVATION_AUTO, /* what the config says */
    ALFA_ACTIVATION_GELU,
    ALFA_ACTIVATION_QUICK_GELU /* OpenAI's weights */
};

struct alfa_model_options {
    size_t size; /* sizeof this struct, set by ALFA_MODEL_OPTIONS_INIT */
    enum alfa_precision precision;
    int threads;           /* 0: as many as there are processors */
    const char *cache_dir; /* folder for text embeddings and, from 50 million parameters, packed weights, made
                            * when missing (docs/models.md); NULL: no cache on disk */
    enum alfa_activation activation; /* for weights that nothing says it for; one that contradicts the config
                                      * is an error */
    const char *name;                /* what results call the model; NULL: the last part of the path */
};
#define ALFA_MODEL_OPTIONS_INIT                                                                     \
    {                                                                                               \
        sizeof(struct alfa_model_options), ALFA_PRECISION_AUTO, 0, NULL, ALFA_ACTIVATION_AUTO, NULL \
    }

/* Facts about a model; strings live as long as the model. */
struct alfa_model_info {
    const char *name;                 /* the options', or the last part of the path */
    const char *layout;               /* "open_clip" or "huggingface" */
    const char *precision;            /* "f32", "bf16" or "int8", what is really used */
    const char *fingerprint;          /* 16 hex digits over config and weights */
    const char *activation;           /* "gelu" or "quick_gelu" */
    const char *stem;                 /* "patch" or the convolutional stem's type */
    int embed_dim;                    /* d, length of an embedding */
    int image_size, patch_size, grid; /* pixels, pixels, patches a side */
    int vision_width, vision_layers, vision_heads;
    int text_width, text_layers, text_heads, context_length, vocab_size;
    long long parameters;
    const char *config; /* path of the config beside the weights, or what stood in for it, in words */
};

/* Opens a folder that holds weights (safetensors, in one file or several with their index, or a PyTorch file)
 * and open_clip_config.json or a Hugging Face config.json, or such a file of weights itself. Without a config
 * beside it a file's shapes say what it is, and its activation must be known (docs/models.md). Nothing in a
 * file is ever run. options may be NULL. Fails with ALFA_ERROR_MODEL when files are missing, damaged, of
 * another kind of model, or do not fit each other. */
ALFA_API ALFA_CHECK enum alfa_status alfa_model_open(struct alfa_model **out, const char *path,
                                                     const struct alfa_model_options *options,
                                                     struct alfa_error *err);

/* The same for a model whose files the caller holds in memory: count files of which names[i]
 * ("model.safetensors", no folder in it), bytes[i] and sizes[i] are the parts, all lent for the call. Without
 * a name in the options results call it "memory". The bytes are copied: they lie in the system's memory file
 * system (/dev/shm), in a folder that only this user can read and that is gone when the call returns, and
 * count as this process's memory until the model is freed. Fails as alfa_model_open() does, with
 * ALFA_ERROR_USAGE for a name that is none or said twice, and with ALFA_ERROR_RUNTIME where there is no
 * /dev/shm or it is full. */
ALFA_API ALFA_CHECK enum alfa_status alfa_model_open_memory(struct alfa_model **out, const char *const *names,
                                                            const void *const *bytes, const size_t *sizes,
                                                            int count,
                                                            const struct alfa_model_options *options,
                                                            struct alfa_error *err);
ALFA_API const struct alfa_model_info *alfa_model_info(const struct alfa_model *model);
ALFA_API void alfa_model_free(struct alfa_model *model);

/* How the numbers of a converted model are stored. */
enum alfa_numbers {
    ALFA_NUMBERS_AUTO, /* each tensor as its file has it */
    ALFA_NUMBERS_F32,
    ALFA_NUMBERS_F16, /* a number beyond 65504 is an error */
    ALFA_NUMBERS_BF16
};

struct alfa_convert_options {
    size_t size; /* sizeof this struct, set by ALFA_CONVERT_OPTIONS_INIT */
    enum alfa_numbers numbers;
    /* Asked after each tensor, with bytes; false stops with ALFA_ERROR_RUNTIME. NULL: nobody is asked. */
    bool (*step)(void *context, long long done, long long total);
    void *context;
};
#define ALFA_CONVERT_OPTIONS_INIT                                          \
    {                                                                      \
        sizeof(struct alfa_convert_options), ALFA_NUMBERS_AUTO, NULL, NULL \
    }

/* Writes a model into a folder, which is made, in open_clip's layout: open_clip_config.json,
 * model.safetensors and, unless the vocabulary is CLIP's, merges.txt. options may be NULL. A model of Hugging
 * Face's layout answers to texts and crops as open_clip does from then on (docs/models.md). Fails with
 * ALFA_ERROR_OUTPUT when the folder holds a model already or cannot be written; what fails leaves no model
 * there. */
ALFA_API ALFA_CHECK enum alfa_status alfa_model_convert(const struct alfa_model *model, const char *folder,
                                                        const struct alfa_convert_options *options,
                                                        struct alfa_error *err);

/* f(x): embedding of a whole image, L2-normalised, embed_dim floats into out (caller's). */
ALFA_API ALFA_CHECK enum alfa_status alfa_model_embed_image(float *out, const struct alfa_model *model,
                                                            const struct alfa_image *image,
                                                            enum alfa_resize resize, struct alfa_error *err);

/* g(t): embeddings of count texts, each L2-normalised, count x embed_dim floats into out (caller's).
 * A text longer than the model's context is cut as open_clip does; truncated, when not NULL, gets how many
 * were. */
ALFA_API ALFA_CHECK enum alfa_status alfa_model_embed_texts(float *out, int *truncated,
                                                            const struct alfa_model *model,
                                                            const char *const *texts, int count,
                                                            struct alfa_error *err);

/* Token ids of a text: at most context_length ids into out, *count gets how many (start and end included). */
ALFA_API ALFA_CHECK enum alfa_status alfa_model_tokenize(int *out, int *count, bool *truncated,
                                                         const struct alfa_model *model, const char *text,
                                                         struct alfa_error *err);

/* ------------------------------------------------------------------ prompts */

/* Normal and abnormal sentences about one class of things. */
struct alfa_prompts;

enum alfa_side { ALFA_NORMAL = 0, ALFA_ABNORMAL = 1 };

/* The 72 templates a label for the noun, and the sentences of a prompt file when set_path is not NULL
 * ([normal] and [abnormal] sections, one sentence a line, {class} stands for the noun).
 * Underscores in class_name are read as spaces; it has at most ALFA_MAX_CLASS bytes. */
#define ALFA_MAX_CLASS 200
ALFA_API ALFA_CHECK enum alfa_status alfa_prompts_open(struct alfa_prompts **out, const char *class_name,
                                                       const char *set_path, struct alfa_error *err);

/* What takes the place of the 72 templates, and what is added to them; everything may be NULL. */
struct alfa_prompts_options {
    size_t size;           /* sizeof this struct, set by ALFA_PROMPTS_OPTIONS_INIT */
    const char *set;       /* a prompt file, as set_path of alfa_prompts_open() */
    const char *templates; /* a prompt file whose sentences replace the templates; {domain} stands for each
                              of the domain's words in turn */
    const char *domain;    /* "industrial" (the default), "medical", "surface", or words of your own with
                              commas between them */
};
#define ALFA_PROMPTS_OPTIONS_INIT                             \
    {                                                         \
        sizeof(struct alfa_prompts_options), NULL, NULL, NULL \
    }

/* alfa_prompts_open() with options, which may be NULL. */
ALFA_API ALFA_CHECK enum alfa_status alfa_prompts_compose(struct alfa_prompts **out, const char *class_name,
                                                          const struct alfa_prompts_options *options,
                                                          struct alfa_error *err);

/* WinCLIP's compositional ensemble: 154 normal and 88 abnormal prompts. */
ALFA_API ALFA_CHECK enum alfa_status alfa_prompts_winclip(struct alfa_prompts **out, const char *class_name,
                                                          struct alfa_error *err);

/* The prompt set of a noun in a folder of them, such as prompts/ that comes with alfa: *path gets NOUN.txt,
 * whatever its case and whatever is between its words ("Metal nut" has metal_nut.txt), and *own is true; else
 * *path gets generic.txt, or NULL where there is none, and *near, when near is not NULL, the class that was
 * perhaps meant ("hazelnut" for "hazlenut"), or NULL. path and near are freed with alfa_free().
 * ALFA_ERROR_INPUT when the folder cannot be read. */
ALFA_API ALFA_CHECK enum alfa_status alfa_prompts_find(char **path, char **near, bool *own,
                                                       const char *folder, const char *class_name,
                                                       struct alfa_error *err);

/* Whether two nouns mean the same class, as "Metal nut" and "metal_nut" do. */
ALFA_API bool alfa_class_same(const char *a, const char *b);

ALFA_API const char *alfa_prompts_class(const struct alfa_prompts *prompts); /* the noun as said */
ALFA_API int alfa_prompts_count(const struct alfa_prompts *prompts, enum alfa_side side);
ALFA_API const char *alfa_prompts_get(const struct alfa_prompts *prompts, enum alfa_side side, int index);
ALFA_API void alfa_prompts_free(struct alfa_prompts *prompts);

/* ------------------------------------------------------------------ detector */

/* Model + prompts + options, ready to judge images of one class. */
struct alfa_detector;

/* How an image is judged (docs/method.md). Those behind WinCLIP are there to be compared with. */
enum alfa_method {
    ALFA_METHOD_ALFA,
    ALFA_METHOD_WINCLIP,
    ALFA_METHOD_PATCHCORE,
    ALFA_METHOD_PADIM,
    ALFA_METHOD_SPADE,
    ALFA_METHOD_MUSC,
    ALFA_METHOD_MASKCLIP,
    ALFA_METHOD_ANOVL,
    ALFA_METHOD_TRANS_MM,
    ALFA_METHOD_CLIP_AC,
    ALFA_METHOD_ONE_CLASS
};

/* What a method asks for and what it gives; lent. */
struct alfa_method_info {
    const char *name; /* "patchcore" */
    bool learns;      /* can use a bank of normal images, */
    bool needs_bank;  /* and judges nothing without one */
    bool together;    /* judges images by each other: alfa_detector_show() */
    bool map;         /* its results have a map */
    bool decides; /* has a threshold of its own, 0.5; the others have one with a bank, or when it is given */
    bool
        windows; /* judges windows by sentences: what the options say of scales, sentences and windows counts,
                    alfa_detector_explain() tells of the sentences, and several threads may judge at once */
};
/* Never NULL; name is "" when there is no such method: counting up from 0 ends there. */
ALFA_API const struct alfa_method_info *alfa_method_info(enum alfa_method method);
/* The method of this name. ALFA_ERROR_USAGE: there is none; the message lists those that there are. */
ALFA_API enum alfa_status alfa_method_find(enum alfa_method *out, const char *name, struct alfa_error *err);

enum alfa_contextual {
    ALFA_CONTEXTUAL_FILTER,   /* keep prompts with contextual score > 0 (Algorithm 1) */
    ALFA_CONTEXTUAL_WEIGHTED, /* weigh prompts by their contextual score */
    ALFA_CONTEXTUAL_OFF       /* all prompts */
};

enum alfa_aligner {
    ALFA_ALIGNER_AUTO,      /* R4; none for a model with a convolutional stem (docs/method.md) */
    ALFA_ALIGNER_R4,        /* minimal change on the value tokens of the window's patches (docs/method.md) */
    ALFA_ALIGNER_R3,        /* minimal change on the pooled embeddings */
    ALFA_ALIGNER_NONE,      /* window scores of WinCLIP */
    ALFA_ALIGNER_PROCRUSTES /* rotation of the same tokens' span */
};

/* How a score of the image follows from the judgement of the whole and the map (docs/method.md). */
enum alfa_image_score {
    ALFA_IMAGE_SCORE_AUTO, /* TOP for ALFA with a convolutional stem, EQ12 else */
    ALFA_IMAGE_SCORE_EQ12, /* 1/2 (S_G + max S~_L), Eq. 12 */
    ALFA_IMAGE_SCORE_TOP   /* the mean of the most abnormal 4 % of the map */
};

/* What a window leaves out (docs/method.md). */
enum alfa_window_mask {
    ALFA_WINDOW_TOKENS, /* the other tokens are dropped, as in WinCLIP's public code */
    ALFA_WINDOW_PIXELS /* the other pixels are the model's mean colour, and all of the image is encoded once a
                          window: the paper's "x masked", some hundred times as slow */
};

#define ALFA_MAX_SCALES 4

/* How far a call is: done of total steps of a part ("tiles", "comparing" ...); a call may have several parts.
 * Called on the calling thread. Returning false ends the call with ALFA_ERROR_STOPPED: nothing comes back
 * from it, and the objects are as they were. Calls that may tell: opening a detector, run, show,
 * alfa_bank_add() and alfa_bank_finish() (the progress function of the detector that added last). */
typedef bool alfa_progress(void *context, const char *part, int done, int total);

struct alfa_detector_options {
    size_t size; /* sizeof this struct, set by ALFA_DETECTOR_OPTIONS_INIT */
    enum alfa_method method;
    enum alfa_contextual contextual;
    enum alfa_aligner aligner;
    enum alfa_image_score image_score; /* of ALFA; a bank with ALFA_FUSION_PAPER has Eq. 12 */
    double aligner_strength;           /* alpha >= 0; 0 is exactly "none" */
    double temperature; /* tau > 0 of every softmax; without a bank ALFA takes 4/7 of it on a model with a
                           convolutional stem whose image score is TOP (docs/method.md) */
    int scales[ALFA_MAX_SCALES]; /* window sides in patches, each 2, 3 or 4, or 1: a patch as the pass over
                                    the whole image sees it; 0 ends the list. None: 2 and 3, and 1 too where
                                    ALFA has a convolutional stem (docs/method.md) */
    enum alfa_resize resize;
    double threshold; /* a score above it is an anomaly; ALFA_THRESHOLD_AUTO: the bank's, 0.5 without one */
    int tiles;        /* 0: none; 2..ALFA_MAX_TILES: look at tiles x tiles overlapping parts as well;
                         ALFA_TILES_AUTO: as the image's size asks for. With a bank the bank's. */
    bool align; /* for parts that lie anyhow: the one object before a plain background is found, turned and
                   cut out, judged so, and its map turned back (docs/method.md). A picture without such an
                   object fails with ALFA_ERROR_INPUT. Not together with a region of interest. */
    double min_area; /* regions of fewer pixels of the image are left out; scores do not depend on it */
    double place_threshold;  /* a place of the map above it is marked, 0..1; ALFA_THRESHOLD_AUTO: the
                                bank's, 0.5 without one */
    alfa_progress *progress; /* told by calls that take longer than a second; or NULL */
    void *context;           /* of progress */
    double contextual_k;     /* k of the contextual score (Eq. 4), 0: 1; the filter does not depend on it */
    enum alfa_window_mask window_mask; /* PIXELS not together with a region of interest */
    long long window_stride; /* 1, or 2: only every second window in both directions, some three times as
                                fast, for a somewhat coarser map (docs/method.md); 0: 1. Not with PIXELS */
};
#define ALFA_THRESHOLD_AUTO (-1.0)
#define ALFA_TILES_AUTO (-1)
#define ALFA_MAX_TILES 8
#define ALFA_DETECTOR_OPTIONS_INIT                                                                         \
    {                                                                                                      \
        sizeof(struct alfa_detector_options), ALFA_METHOD_ALFA, ALFA_CONTEXTUAL_FILTER, ALFA_ALIGNER_AUTO, \
            ALFA_IMAGE_SCORE_AUTO, 1.0, 0.07, {0}, ALFA_RESIZE_SQUASH, ALFA_THRESHOLD_AUTO, 0, false, 0,   \
            ALFA_THRESHOLD_AUTO, NULL, NULL, 1.0, ALFA_WINDOW_TOKENS, 1                                    \
    }

/* Embeds the prompts (or takes them from the cache), and keeps a pointer to the model: free the detector
 * first. The prompts may be freed at once. options may be NULL. With ALFA_METHOD_WINCLIP contextual, aligner
 * and aligner_strength are ignored. The methods behind it take the noun from prompts, ONE_CLASS its normal
 * sentences too; of the options they use resize, threshold, place_threshold and min_area, and CLIP_AC and
 * MASKCLIP temperature. They fail with ALFA_ERROR_USAGE for tiles and align. */
ALFA_API ALFA_CHECK enum alfa_status alfa_detector_open(struct alfa_detector **out,
                                                        const struct alfa_model *model,
                                                        const struct alfa_prompts *prompts,
                                                        const struct alfa_detector_options *options,
                                                        struct alfa_error *err);
/* What the first image would do besides: packs the weights and prepares the layers, so that it is not slower
 * than the others. */
ALFA_API ALFA_CHECK enum alfa_status alfa_detector_warm_up(struct alfa_detector *detector,
                                                           struct alfa_error *err);
/* The class as said, whether it came from prompts or from a bank. */
ALFA_API const char *alfa_detector_class(const struct alfa_detector *detector);
/* From now on only a part of the image counts, in learning and in judging: a mask of any size is laid over
 * the whole image, and places where it is white count (invert: where it is black). A mask and an inverted one
 * may be set together; a place counts when both allow it. NULL takes a mask away. It is copied. Patches of
 * which less than half counts are not looked at; the map is 0 outside (docs/method.md). Set it before a bank.
 * Fails with ALFA_ERROR_INPUT when nothing is left to look at, with ALFA_ERROR_USAGE for a method that is
 * neither ALFA nor WINCLIP. */
ALFA_API ALFA_CHECK enum alfa_status alfa_detector_set_roi(struct alfa_detector *detector,
                                                           const struct alfa_image *mask, bool invert,
                                                           struct alfa_error *err);
/* For a method that judges images by each other (alfa_method_info): all images are shown first, at most
 * 1,000, and alfa_detector_run() then judges those that were, in any order. Fails with ALFA_ERROR_USAGE for
 * other methods. */
ALFA_API ALFA_CHECK enum alfa_status
alfa_detector_show(struct alfa_detector *detector, const struct alfa_image *image, struct alfa_error *err);
/* How many prompts were longer than the model's context and lost their end. */
ALFA_API int alfa_detector_truncated(const struct alfa_detector *detector);
/* From now on results also keep what explains them, a few kilobytes: the prompts with their contextual
 * scores, and the embeddings of the image and of its regions. Scores stay the same. Off at first. Only ALFA
 * and WINCLIP have them. */
ALFA_API void alfa_detector_explain(struct alfa_detector *detector, bool on);
ALFA_API void alfa_detector_free(struct alfa_detector *detector);

/* ------------------------------------------------------------------ bank */

/* What a few normal images of a class look like to a model, and the thresholds that follow from them. */
struct alfa_bank;

/* How the distances to the memory join the judgement from words (docs/method.md, few-shot). */
enum alfa_fusion {
    ALFA_FUSION_AUTO,  /* for a model with a convolutional stem TOP where its image score is the map's top,
                          else ODDS; PAPER for any other model */
    ALFA_FUSION_PAPER, /* mean of S~_L and the raw distances, then Eq. 12 */
    ALFA_FUSION_ODDS,  /* distances in units of what normal images show, weighed with memory_weight */
    ALFA_FUSION_TOP    /* likewise in the map, and the image's score is the mean of the map's top 1 % */
};

/* Whether a memory also has each normal image turned by 90, 180 and 270 degrees and mirrored: for things that
 * lie anyhow. A part that lies alike in every image had better not: turned, it would pass. */
enum alfa_turned {
    ALFA_TURNED_AUTO,   /* unless leaving images out shows that parts always lie alike; only where the memory
                           is of a convolutional stem's rows alone, and not with place, align or tiles */
    ALFA_TURNED_ALWAYS, /* not with place */
    ALFA_TURNED_NEVER
};

struct alfa_bank_options {
    size_t size; /* sizeof this struct, set by ALFA_BANK_OPTIONS_INIT */
    enum alfa_fusion fusion;
    double memory_weight; /* of ODDS in the image score, 0 (words only) to 1 (memory only) */
    const char *layers;   /* names with commas: "last", "block2", "stem" ...; NULL: what suits the model */
    enum alfa_turned turned;
    bool keep_all;           /* remember strange images too (docs/method.md) */
    int budget;              /* vectors kept of each kind (greedy k-centre); 0: all */
    double false_alarm_rate; /* wanted share of normal images above the threshold, above 0 to 0.5 */
    double map_weight;       /* as memory_weight, in the map */
    const char *model_hint;  /* where the model is, for those who open the bank later; NULL: nobody knows */
    int bits;                /* of 16-bit files, as in struct alfa_image_options, likewise; 0: nobody says */
    double place;            /* for parts that always lie alike: the weight of where in the image a row of a
                                layer was, 0 to 10 (ALFA_PLACE_WEIGHT); 0: places are forgotten. Not with
                                turned */
};
#define ALFA_PLACE_WEIGHT 2.0
#define ALFA_BANK_OPTIONS_INIT                                                                              \
    {                                                                                                       \
        sizeof(struct alfa_bank_options), ALFA_FUSION_AUTO, 0.9, NULL, ALFA_TURNED_AUTO, false, 1000, 0.05, \
            0.8, NULL, 0, 0                                                                                 \
    }

/* An empty bank for the detector's model, class and options; add normal images, then finish. options may be
 * NULL. The detector must have no bank. */
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_new(struct alfa_bank **out,
                                                   const struct alfa_detector *detector,
                                                   const struct alfa_bank_options *options,
                                                   struct alfa_error *err);

/* Adds a normal image under a name. The same pixels twice are refused with ALFA_ERROR_INPUT
 * (alfa_bank_find()), a detector of another model, class or options as by alfa_detector_use_bank(); the bank
 * is then as it was. */
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_add(struct alfa_bank *bank, struct alfa_detector *detector,
                                                   const struct alfa_image *image, const char *name,
                                                   struct alfa_error *err);

/* alfa_bank_add() in two steps, for many images: any number of threads look at images, with one detector, and
 * one thread takes what they saw; the bank is the same in whatever order. alfa_bank_look() fails as
 * alfa_bank_add() does but for the same pixels, which alfa_bank_take() refuses, and with ALFA_ERROR_USAGE for
 * a method that is neither ALFA nor WINCLIP, and for a bank that this detector has added nothing to yet: the
 * first image goes by alfa_bank_add(). Nobody may finish or save the bank while a thread looks. A lesson is
 * freed with alfa_lesson_free(), taken or not. */
struct alfa_lesson;
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_look(struct alfa_lesson **out, struct alfa_bank *bank,
                                                    struct alfa_detector *detector,
                                                    const struct alfa_image *image, const char *name,
                                                    struct alfa_error *err);
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_take(struct alfa_bank *bank, struct alfa_lesson *lesson,
                                                    struct alfa_error *err);
ALFA_API void alfa_lesson_free(struct alfa_lesson *lesson);

/* What a bank knows an image as. */
enum alfa_role {
    ALFA_ROLE_NORMAL, /* was learned */
    ALFA_ROLE_GOOD,   /* is known to be normal; thresholds are measured on it */
    ALFA_ROLE_BAD     /* is known to be bad; likewise */
};

/* Adds an image that is known to be normal or bad and is not to be learned: thresholds are measured on it,
 * and of a bad one the strangest places are kept, so that an anomaly can say that it looks like it. kind says
 * what is wrong with a bad one ("scratch"), NULL: nobody knows. ALFA_ROLE_NORMAL is alfa_bank_add(). Fails as
 * that does, and with ALFA_ERROR_USAGE for a method that is neither ALFA nor WINCLIP.
 */
ALFA_API ALFA_CHECK enum alfa_status
alfa_bank_add_known(struct alfa_bank *bank, struct alfa_detector *detector, const struct alfa_image *image,
                    const char *name, enum alfa_role role, const char *kind, struct alfa_error *err);

/* The name of the image in the bank with the same pixels, lent; NULL when there is none. */
ALFA_API const char *alfa_bank_find(const struct alfa_bank *bank, const struct alfa_image *image);
/* The normal image in the bank with the same pixels (NULL: each that is there) belongs to the others, however
 * strange it looks: alfa_bank_finish() remembers it. Fails with ALFA_ERROR_INPUT when there is none, and as
 * alfa_bank_add(). */
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_keep(struct alfa_bank *bank, struct alfa_detector *detector,
                                                    const struct alfa_image *image, struct alfa_error *err);

/* Makes memory and thresholds of all images that were ever added, in whatever order and parts: images that do
 * not belong to the others are found and kept out (strange), the memory is shrunk to its budget, and each
 * normal image is judged by a memory that was built without it (docs/method.md). One normal image alone gives
 * no threshold: it is NAN. */
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_finish(struct alfa_bank *bank, struct alfa_error *err);

/* How a threshold is chosen. */
enum alfa_choice {
    ALFA_CHOICE_RATE,  /* for a wanted rate of false alarms, from normal images alone (docs/method.md) */
    ALFA_CHOICE_FOUND, /* the highest that finds a wanted share of the images known to be bad */
    ALFA_CHOICE_F1,    /* the largest F1 on normal images and those known to be bad */
    ALFA_CHOICE_GIVEN  /* a number */
};

/* The threshold for images by a choice, of a finished bank; wanted: the rate, share or number, ignored for
 * F1. Fails with ALFA_ERROR_USAGE when there are no images of the kind that the choice needs, or wanted is
 * out of range. */
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_threshold(double *out, const struct alfa_bank *bank,
                                                         enum alfa_choice choice, double wanted,
                                                         struct alfa_error *err);
/* Makes the choice: it stays in the bank, and is made again whenever images join. The threshold for places
 * follows: it is that of the same rate, of other choices than ALFA_CHOICE_RATE that of the rate at which the
 * threshold for images would be as low (from the bank's to one half). The bank is as it was when that fails.
 */
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_choose(struct alfa_bank *bank, enum alfa_choice choice,
                                                      double wanted, struct alfa_error *err);

/* What a threshold finds among the images known to be bad, and how many normal ones it calls: those that were
 * learned, each judged without itself, and those known to be good. Intervals are Wilson's, of 95 %. */
struct alfa_tradeoff {
    double threshold;
    int found, bad, alarms, good;
    double found_low, found_high, alarms_low, alarms_high; /* shares */
    double f1;                                             /* 0 without bad images */
};
ALFA_API void alfa_bank_tradeoff(struct alfa_tradeoff *out, const struct alfa_bank *bank, double threshold);

/* One file, written whole or not at all. Loading refuses a truncated, altered or foreign file. */
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_save(const struct alfa_bank *bank, const char *path,
                                                    struct alfa_error *err);
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_load(struct alfa_bank **out, const char *path,
                                                    struct alfa_error *err);
ALFA_API void alfa_bank_free(struct alfa_bank *bank);

/* Facts about a bank; strings live as long as the bank. */
struct alfa_bank_info {
    const char *model, *fingerprint, *class_name, *layers;
    int scales[ALFA_MAX_SCALES]; /* the detector must have the same scales, */
    enum alfa_resize resize;     /* the same resizing */
    enum alfa_method method;     /* and the same method */
    int references;              /* normal images */
    long long vectors;           /* of all kinds together */
    double threshold, pixel_threshold, false_alarm_rate;
    const char *calibration;   /* a sentence: how the threshold was found and what it promises */
    bool turned;               /* images are remembered turned as well; before alfa_bank_finish(): may be */
    int budget;                /* as in struct alfa_bank_options */
    int tiles;                 /* a side; 0: none */
    bool roi;                  /* only a part of the images counts; the detector needs the same masks */
    bool keep_all;             /* as in struct alfa_bank_options */
    int strange;               /* so many of the references do not belong and are not remembered */
    int known_good, known_bad; /* images that are not learned: thresholds are measured on them, and anomalies
                                  compared with the bad ones */
    const char *model_hint;    /* where the model was; "" when nobody said */
    int bits;                  /* how its images were read, and others are to be; 0: as their files say */
    double place;              /* as in struct alfa_bank_options */
    bool fixtured;    /* after alfa_bank_finish(): the parts always lie alike, place would find more */
    bool known_joins; /* what looks like a known bad image raises the score, since leave-one-out over the
                         bank's own images showed that it helps */
};
ALFA_API const struct alfa_bank_info *alfa_bank_info(const struct alfa_bank *bank);
/* Name of a reference image, and its thumbnail as JPEG bytes; index < references. */
ALFA_API const char *alfa_bank_reference(const struct alfa_bank *bank, int index, const unsigned char **jpeg,
                                         size_t *size);

/* An image in the bank; lent, strings and bytes too, until the next image is added. */
struct alfa_picture {
    const char *name, *kind;   /* kind: of a bad one, "" when nobody said */
    const unsigned char *jpeg; /* its thumbnail */
    size_t jpeg_size;
    int width, height; /* pixels */
    enum alfa_role role;
    bool strange;          /* a normal one that does not belong to the others */
    double score, peak;    /* image score and largest value of the map, judged as if it were new */
    const char *same_part; /* an earlier one that shows the same part, by the looks of it; NULL: none. Those
                            * that are learned are judged without each other; of one that is known to be good
                            * the score does not count where thresholds are made */
    bool kept;             /* somebody said that it belongs, whatever it looks like: alfa_bank_keep() */
};
/* The normal ones come first, then the known ones, good and bad; NULL when there is none of that index, or
 * the bank is not finished. */
ALFA_API const struct alfa_picture *alfa_bank_picture(const struct alfa_bank *bank, int index);

/* The options that the detector had, into a struct that began with ALFA_DETECTOR_OPTIONS_INIT;
 * ALFA_ERROR_INPUT when the bank does not say. */
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_detector_options(struct alfa_detector_options *out,
                                                                const struct alfa_bank *bank,
                                                                struct alfa_error *err);

/* From now on the detector judges with this memory (docs/method.md, few-shot); NULL takes it away. The bank
 * must outlive the detector's use of it. Fails with ALFA_ERROR_INPUT when it was made with another model or
 * class, and with ALFA_ERROR_USAGE when sentences, scales, resizing or another option that scores depend on
 * differ. */
ALFA_API ALFA_CHECK enum alfa_status
alfa_detector_use_bank(struct alfa_detector *detector, const struct alfa_bank *bank, struct alfa_error *err);

/* The sentences that the bank was learned with, freed with alfa_prompts_free(). */
ALFA_API ALFA_CHECK enum alfa_status alfa_bank_prompts(struct alfa_prompts **out,
                                                       const struct alfa_bank *bank, struct alfa_error *err);

/* A detector that judges with the bank: with its sentences, masks and options, so that nothing else is
 * needed. Of options, which may be NULL, only threshold, place_threshold, min_area, progress and its context
 * count: what scores depend on is the bank's. The model must be that of the bank; both must outlive the
 * detector. Fails as alfa_detector_open() and alfa_detector_use_bank(). */
ALFA_API ALFA_CHECK enum alfa_status alfa_detector_open_bank(struct alfa_detector **out,
                                                             const struct alfa_model *model,
                                                             const struct alfa_bank *bank,
                                                             const struct alfa_detector_options *options,
                                                             struct alfa_error *err);

/* ------------------------------------------------------------------ result */

/* What was found in one image. It still uses the model and the bank that it was judged with: free the result
 * first. Image, prompts and detector may be freed before. */
struct alfa_result;

/* What a result says in numbers; strings live as long as the result. */
struct alfa_summary {
    const char *class_name, *model, *method;
    double score;           /* S, Eq. 12 or as image_score says, 0..1; more is more abnormal */
    double score_global;    /* S_G, Eq. 10; NAN for other methods than ALFA and WINCLIP, */
    double score_local;     /* max of the multi-scale map S~_L; likewise */
    double threshold;       /* NAN: there is none, and so no decision */
    bool anomalous;         /* score > threshold */
    int references;         /* normal images in the bank; 0 without one, and then the next two mean nothing */
    double score_memory;    /* max of M_few: how far the strangest place is from all normal ones; of methods
                               with a scale of their own the score on it */
    double p_value;         /* share of normal images that look at least as abnormal (conformal) */
    double pixel_threshold; /* a place of the map above it is marked; NAN: none */
    int normal_count, abnormal_count; /* prompts given; 0 for other methods than ALFA and WINCLIP */
    int kept_normal, kept_abnormal;   /* prompts that the contextual score kept */
    bool fallback;                    /* one side kept nothing, so both sides used all prompts */
    int width, height;                /* of the image, in pixels */
    double seconds;                   /* wall clock of alfa_detector_run */
    /* Of an anomaly that looks like an image that the bank knows to be bad: its name, what is wrong with it
     * ("" when nobody said), and how much nearer it is to that than to anything normal, 0..1; they live as
     * long as the bank. NULL, NULL and 0: it looks like none of them. */
    const char *looks_like, *looks_like_kind;
    double looks_like_share;
};

ALFA_API ALFA_CHECK enum alfa_status alfa_detector_run(struct alfa_result **out,
                                                       struct alfa_detector *detector,
                                                       const struct alfa_image *image,
                                                       struct alfa_error *err);
ALFA_API const struct alfa_summary *alfa_result_summary(const struct alfa_result *result);

/* What the result was made with, so that it can be made again, as a JSON object: version, model, fingerprint,
 * precision, method, resize, sentences and a digest of them, contextual and its k, aligner, aligner_strength,
 * scales, mask and stride of the windows, image_score, temperature, tiles, align, roi, and with a bank
 * fusion, its weights, layers and bank_budget. Nothing is "auto"; what a method does not have is not there.
 * Lent by the result. */
ALFA_API const char *alfa_result_settings(const struct alfa_result *result);

/* Where the seconds of the summary went; with tiles each is a sum over all looks. */
struct alfa_times {
    double resize;  /* to the model's size, and normalising */
    double image;   /* image tower on the whole image; its share of both where they run side by side */
    double windows; /* image tower on the windows of all scales */
    double score;   /* all the rest: contextual score, aligner, memory, map, regions */
};
ALFA_API const struct alfa_times *alfa_result_times(const struct alfa_result *result);
/* Anomaly map at the model's resolution (with tiles, so many times it), 0..1, *height x *width floats, rows
 * from the top. It covers the whole image with ALFA_RESIZE_SQUASH and the centre crop with ALFA_RESIZE_CROP:
 * alfa_result_area(). NULL for a method without map. */
ALFA_API const float *alfa_result_map(const struct alfa_result *result, int *width, int *height);
/* The same before upsampling: *side x *side patches. */
ALFA_API const float *alfa_result_grid(const struct alfa_result *result, int *side);

/* The part of the image that the map covers, in its pixels. */
struct alfa_area {
    double x, y, width, height;
};
ALFA_API const struct alfa_area *alfa_result_area(const struct alfa_result *result);

/* The map over the whole image at the size that is wanted, width x height floats into out (caller's); a place
 * that the map does not cover is 0. Fails with ALFA_ERROR_USAGE for a method without map. */
ALFA_API ALFA_CHECK enum alfa_status alfa_result_map_full(float *out, const struct alfa_result *result,
                                                          int width, int height, struct alfa_error *err);

enum alfa_overlay {
    ALFA_OVERLAY_REPORT, /* as alfa detect --out: with boxes around the regions, and a legend below */
    ALFA_OVERLAY_PLAIN   /* the colours alone, as large as the image */
};
/* The image that was judged, or that image at another size, with the map in colours over it, as an image of
 * its own. */
ALFA_API ALFA_CHECK enum alfa_status alfa_result_overlay(struct alfa_image **out,
                                                         const struct alfa_result *result,
                                                         const struct alfa_image *image,
                                                         enum alfa_overlay how, struct alfa_error *err);

/* What alfa detect --json prints for it, without a line feed; path may be NULL. Freed with alfa_free(). */
ALFA_API ALFA_CHECK enum alfa_status alfa_result_json(char **out, const struct alfa_result *result,
                                                      const char *path, struct alfa_error *err);

/* A connected place of the map above the pixel threshold, in pixels of the image. */
struct alfa_region {
    int x, y, width, height;   /* bounding box */
    double area, percent;      /* pixels, and their share of the image */
    double peak, mean;         /* of the map in it */
    double center_x, center_y; /* centroid */
};
/* The regions, the highest peak first; NULL when there is none of that index. */
ALFA_API int alfa_result_region_count(const struct alfa_result *result);
ALFA_API const struct alfa_region *alfa_result_region(const struct alfa_result *result, int index);

/* The next ones are 0 and NULL unless alfa_detector_explain() asked for them. */

/* A prompt that was kept for this image, and how well it tells the two sides apart there (Eq. 4): 0..1. */
struct alfa_prompt_score {
    enum alfa_side side;
    const char *text; /* lives as long as the result */
    double score;     /* S_c */
};
/* The prompts that were kept, the highest score first; NULL when there is none of that index.
 * ALFA_METHOD_WINCLIP has no such score, and so none. */
ALFA_API int alfa_result_prompt_count(const struct alfa_result *result);
ALFA_API const struct alfa_prompt_score *alfa_result_prompt(const struct alfa_result *result, int index);
/* How near a sentence is to the image, and what it counts for. */
struct alfa_similarity {
    double cosine; /* d(t) = <f(x), g(t)>, Eq. 2 and 3 */
    double weight; /* 0: the contextual score dropped it */
};
/* Of every sentence of a side, in the order of the prompts; *count gets how many. NULL and 0 for
 * ALFA_METHOD_WINCLIP. */
ALFA_API const struct alfa_similarity *alfa_result_similarities(const struct alfa_result *result,
                                                                enum alfa_side side, int *count);
/* f(x): embed_dim floats; without a region of interest as by alfa_model_embed_image(). */
ALFA_API const float *alfa_result_embedding(const struct alfa_result *result);
/* Mean of the embeddings of the windows under a region, brought to length 1: embed_dim floats. A window
 * counts when at least half of it lies in the bounding box; when none does, the one nearest to the centroid.
 * With tiles they are still those of the whole image. To be compared with alfa_model_embed_texts() of phrases
 * that say what may be wrong. NULL when there is no such region. */
ALFA_API const float *alfa_result_region_embedding(const struct alfa_result *result, int region);
ALFA_API void alfa_result_free(struct alfa_result *result);

#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
#ifdef __cplusplus
}
#endif
#endif
