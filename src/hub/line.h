/* One connection to the hub and to the hosts that it sends us on to.
 *
 * The token goes to the hub alone: redirects are followed one by one, and a request to any other host, port
 * or scheme is made without it. A redirect from https to http is not followed. Proxies are libcurl's affair
 * (https_proxy, no_proxy). Not for more than one thread. */
#ifndef ALFA_HUB_LINE_H
#define ALFA_HUB_LINE_H

#include "hub/hub.h"

#define ALFA__LINE_LONGEST_PAUSE 330.0 /* seconds; the hub counts requests over five minutes */
enum { ALFA__LINE_TRIES = 5 };

struct alfa__line;

/* What the last host answered. */
struct alfa__line_answer {
    long status;        /* 0: there was no answer */
    long long size;     /* of the file: X-Linked-Size, or else Content-Length; -1: not said */
    double retry_after; /* seconds; 0: not said */
    char commit[64];    /* X-Repo-Commit */
    char etag[132];     /* X-Linked-Etag, or else ETag; without W/ and quotes */
    char code[64];      /* X-Error-Code */
    char message[240];  /* X-Error-Message */
    char host[256];     /* who answered: host, and port when it is given */
    bool worth_a_try;   /* the same request may well succeed a little later */
    bool refused;       /* the receiver of the bytes would not take them */
};

/* options must outlive the connection. */
enum alfa_status alfa__line_open(struct alfa__line **out, const struct alfa__hub_options *options,
                                 struct alfa_error *err);
void alfa__line_close(struct alfa__line *line);

/* Both wait and try again where that may help. They fail (ALFA_ERROR_RUNTIME) when there is no answer; an
 * answer of 400 or more is no failure here: say.h puts it into words.
 * head asks for a file's commit, hash and size and follows redirects only while they stay on the hub; text
 * fetches a short text, at most limit bytes (*out is freed by the caller, NULL when status is not 200). */
enum alfa_status alfa__line_head(struct alfa__line *line, struct alfa__line_answer *out, const char *url,
                                 struct alfa_error *err);
enum alfa_status alfa__line_text(struct alfa__line *line, char **out, struct alfa__line_answer *answer,
                                 const char *url, size_t limit, struct alfa_error *err);

/* Where the bytes of a file go. take gets them with their place in the file; when it returns false the
 * transfer ends with answer->refused. */
struct alfa__sink {
    bool (*take)(void *context, long long at, const void *bytes, size_t size);
    void *context;
};

/* One try to fetch a file from byte number from on; the first place is another when the server begins anew.
 * Fails when the connection does; answer->worth_a_try tells whether to ask again. */
enum alfa_status alfa__line_fetch(struct alfa__line *line, struct alfa__line_answer *answer, const char *url,
                                  long long from, struct alfa__sink sink, struct alfa_error *err);

/* Sleeps before the next try, number from 1, at least as long as the answer asks for, and says so when it is
 * long. false when it was stopped meanwhile or the answer asks for more than ALFA__LINE_LONGEST_PAUSE. */
bool alfa__line_wait(struct alfa__line *line, int number, const struct alfa__line_answer *answer);

/* Whether the options' stop said so, once and for all. */
bool alfa__line_is_stopped(struct alfa__line *line);

#endif
