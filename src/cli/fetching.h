/* The picture of a job: from below one folder, from an address that is allowed, or out of the job itself. */
#ifndef ALFA_CLI_FETCHING_H
#define ALFA_CLI_FETCHING_H

#include "fleet/job.h"

struct alfa__fetching;

struct alfa__fetching_options {
    const char *root; /* paths must lie below it; NULL: no paths */
    const char *urls; /* addresses must begin with one of these (commas between them); NULL: no addresses */
    size_t most;      /* bytes of a picture that comes in the job or from an address */
};

/* Fails with ALFA_ERROR_USAGE or ALFA_ERROR_INPUT when the options make no sense. */
enum alfa_status alfa__fetching_open(struct alfa__fetching **out,
                                     const struct alfa__fetching_options *options, struct alfa_error *err);
void alfa__fetching_free(struct alfa__fetching *fetching);

/* ALFA_ERROR_INPUT and LIMIT: it is the job's fault. ALFA_ERROR_RUNTIME: another try may help (the shared
 * folder is gone, the server does not answer). */
enum alfa_status alfa__fetching_load(struct alfa_image **out, struct alfa__fetching *fetching,
                                     const struct alfa__job *job, struct alfa_error *err);

/* Where the picture of a job with a path lies, freed with free(). Fails likewise. */
enum alfa_status alfa__fetching_place(char **out, const struct alfa__fetching *fetching,
                                      const struct alfa__job *job, struct alfa_error *err);

#endif
