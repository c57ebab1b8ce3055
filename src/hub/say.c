#include "hub/say.h"

#include <string.h>

/* The hub answers 401 both for what is closed and for what is not there, so as not to tell who does not ask
 * with a token. */
static enum alfa_status fail_unknown(const struct alfa__hub_options *options, const char *name,
                                     const struct alfa__line_answer *answer, struct alfa_error *err)
{
    if (!options->token)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, name,
                          "there is no such repository at %s, or it is private: then set HF_TOKEN (%ld)",
                          answer->host, answer->status);
    if (answer->status == 401)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, name, "%s does not accept the token in HF_TOKEN (401)",
                          answer->host);
    return alfa__fail(err, ALFA_ERROR_RUNTIME, name,
                      "there is no such repository at %s, or the token in HF_TOKEN may not see it (%ld)",
                      answer->host, answer->status);
}

static enum alfa_status fail_gated(const struct alfa__hub_options *options, const char *name,
                                   const struct alfa__line_answer *answer, struct alfa_error *err)
{
    if (options->token)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, name,
                          "is gated: accept its terms at %s/%s as the owner of the token in HF_TOKEN, which "
                          "must be allowed to read gated repositories (%ld)",
                          options->endpoint, name, answer->status);
    return alfa__fail(err, ALFA_ERROR_RUNTIME, name,
                      "is gated: accept its terms at %s/%s and set HF_TOKEN to a token of yours (%ld)",
                      options->endpoint, name, answer->status);
}

static enum alfa_status fail_missing(const struct alfa__hub_options *options,
                                     const struct alfa__repository *repository, const char *file,
                                     const struct alfa__line_answer *answer, struct alfa_error *err)
{
    if (strcmp(answer->code, "RevisionNotFound") == 0)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, repository->name,
                          "has no branch, tag or commit \"%s\" (404)", repository->revision);
    if (strcmp(answer->code, "EntryNotFound") == 0 && file)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, repository->name, "has no file %s (404)", file);
    if (strcmp(answer->code, "RepoNotFound") == 0 || !*answer->code)
        return fail_unknown(options, repository->name, answer, err);
    return alfa__fail(err, ALFA_ERROR_RUNTIME, repository->name, "%s has it not (404, %s)", answer->host,
                      answer->code);
}

enum alfa_status alfa__hub_fail(const struct alfa__hub_options *options,
                                const struct alfa__repository *repository, const char *file,
                                const struct alfa__line_answer *answer, struct alfa_error *err)
{
    const char *name = repository->name, *host = answer->host;
    const long status = answer->status;
    if (strcmp(answer->code, "GatedRepo") == 0 || (status == 403 && !*answer->code))
        return fail_gated(options, name, answer, err);
    if (status == 401)
        return fail_unknown(options, name, answer, err);
    if (status == 404)
        return fail_missing(options, repository, file, answer, err);
    if (status == 407)
        return alfa__fail(
            err, ALFA_ERROR_RUNTIME, host,
            "the proxy wants a name and a password: https_proxy=http://NAME:PASSWORD@HOST:PORT");
    if (status == 429 && answer->retry_after > 0 && answer->retry_after < 1e6)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host,
                          "has had too many requests (429): try again in %.0f s%s", answer->retry_after,
                          options->token ? "" : ", or set HF_TOKEN");
    if (status == 429)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host, "has had too many requests (429): try again later%s",
                          options->token ? "" : ", or set HF_TOKEN");
    if (status >= 500)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host, "is out of order (%ld): try again later", status);
    if (status >= 400)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, host, "refuses %s (%ld)%s%s", file ? file : name, status,
                          *answer->message ? ": " : "", answer->message);
    return alfa__fail(
        err, ALFA_ERROR_RUNTIME, host,
        "does not answer as a model hub does (%ld); HF_ENDPOINT is its address, and a proxy may "
        "stand between",
        status);
}
