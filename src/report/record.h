/* What a report says about one file: JSON, CSV and HTML are made from the same record. */
#ifndef ALFA_REPORT_RECORD_H
#define ALFA_REPORT_RECORD_H

#include "base/status.h"
#include "base/strings.h"
#include "image/heat.h"

#include <jansson.h>

/* A short phrase that says what may be wrong ("cracks or chips on the surface"), beside an image or a region.
 */
struct alfa__descriptor {
    const char *text;
    double similarity; /* cosine with g("An abnormal image of NOUN with DESCRIPTOR") */
    double share;      /* softmax of the cosines over all descriptors; they sum to 1 */
};

/* The descriptors that something looks most like, the nearest first (paper 5.4). */
enum { ALFA__LIKENESS_MOST = 5 };
struct alfa__likeness {
    struct alfa__descriptor found[ALFA__LIKENESS_MOST];
    int count;
};

/* The file that a record is about, so that a later run knows it again. */
struct alfa__origin {
    unsigned long long place; /* a hash of its full path; 0: it has none */
    long long size, modified; /* bytes; nanoseconds since 1970 */
    bool once; /* in a watched folder: with another size or time it is another picture under an old name */
};

/* Borrowed pointers; a record lives as long as what it points to. */
struct alfa__record {
    const char *path;
    const struct alfa_summary *summary; /* NULL when the file failed */
    const char *settings;    /* what the result was made with, as alfa_result_settings() says; NULL: unsaid */
    const char *bank_digest; /* SHA-256 of the file of the bank; NULL or "": of none */
    const struct alfa_error *error;    /* NULL when all went well */
    const struct alfa_region *regions; /* of the result, the strongest first; NULL when there is none */
    int region_count;
    const struct alfa_prompt_score *prompts; /* that were kept; NULL: not to be told */
    int prompt_count;
    struct alfa_image_facts facts;           /* of the picture as it was read; all 0: nothing is to be said */
    const struct alfa__likeness *likenesses; /* of the image, then one a region; for HTML only; NULL: none */
    const char *name;           /* of its pictures in the folder, of alfa__html_name(); NULL: none */
    const char *overlay;        /* heat map beside the report, relative to it; NULL when there is none */
    struct alfa__origin origin; /* likewise; all 0: unknown */
};

/* A record of a result, with its regions and, when they are to be told, its prompts, copied as the interface
 * lends them; path and result stay borrowed. Freed with alfa__record_drop(). path NULL: "". */
enum alfa_status alfa__record_take(struct alfa__record *out, const struct alfa_result *result,
                                   const char *path, bool tell_prompts, struct alfa_error *err);
void alfa__record_drop(struct alfa__record *record);

/* The columns of a record in their order, ending with NULL: path, class... Those from references on are empty
 * without a bank. In CSV regions is their number, and the columns after it are the strongest one's. */
extern const char *const alfa__record_columns[];

/* The record as a JSON object with these columns (regions an array of all of them, then settings, then, when
 * there is something to say about the picture, notes: sentences), or with path and error when the file
 * failed. With prompts it also has those: side, text and score of each. NULL when there is not enough memory;
 * freed with json_decref(). */
json_t *alfa__record_object(const struct alfa__record *record);

/* The boxes of the regions in a picture that is across and down times as wide and high as the photograph.
 * NULL when there is not enough memory; freed with free(). */
struct alfa__box *alfa__record_boxes(const struct alfa__record *record, double across, double down);

/* One line that says why the file failed; the path itself is not repeated. */
void alfa__record_error(struct alfa__string *out, const struct alfa__record *record);

/* Appends a text as valid UTF-8: bytes that are not part of a character become U+FFFD. */
void alfa__utf8_append(struct alfa__string *out, const char *text);

/* What is to be said about a picture that was read (image/image.h), a list of sentences. NULL: no memory. */
json_t *alfa__json_facts(struct alfa_image_facts facts);

/* Such a text as JSON, "" for NULL. NULL: no memory. */
json_t *alfa__json_text(const char *text);

#endif
