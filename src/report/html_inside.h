/* What the parts of the HTML report share: the entries, the card of one file (html_card.c), the page of all
 * (html_page.c). */
#ifndef ALFA_REPORT_HTML_INSIDE_H
#define ALFA_REPORT_HTML_INSIDE_H

#include "base/strings.h"
#include "report/html.h"
#include "report/journal.h"

#define ALFA__HTML_FILES "report_files"

/* How files were judged: one for each set of options that the folder has seen. */
struct alfa__html_run {
    char key[17]; /* of the options; "": nobody said any */
    char *with;   /* bank, thresholds, version; NULL: nothing is said */
    char *class_name, *model, *method;
    char *settings; /* every reading in words; NULL: unsaid */
    double place;   /* where colour begins */
};

/* What the page says about one file. Texts are valid UTF-8. */
struct alfa__html_entry {
    char *path, *error; /* error is NULL when all went well */
    char *name;         /* of its heat map, which no other file's gets; NULL: none */
    char *card;         /* <article>; NULL when it failed */
    struct alfa__origin origin;
    int run;    /* index; -1 when it failed */
    int number; /* of its pictures; 0: none */
    double score, threshold;
    bool anomalous, mapped;
    bool replaced; /* a later entry is about the same file */
};

struct alfa__html {
    char *folder;
    struct alfa__journal *journal;
    struct alfa__html_run *runs;
    struct alfa__html_entry *entries;
    size_t count, capacity;
    size_t before;      /* of them, so many were there when the report was opened */
    int run_count, run; /* run: this one's index, -1 before its first result */
    char key[17];       /* this run's */
    char *with, *about;
    int pictures;
    size_t *table; /* of entries by origin, open addressing; entry + 1, 0: free */
    size_t slots;
};

/* The pictures of a card, in the folder. */
struct alfa__html_pictures {
    int number; /* 0: none */
    bool mapped;
    int width, height;
};

/* The card of a result; NULL when there is not enough memory. Freed with free(). */
char *alfa__html_card(const struct alfa__record *record, const struct alfa__html_pictures *pictures);

/* The whole page; out->failed when memory is short. */
void alfa__html_page(struct alfa__string *out, const struct alfa__html *html);

#endif
