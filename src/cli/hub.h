/* The hub as the user's environment describes it, and what names of models mean there.
 * The variables are those of the hub's own client: HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HOME,
 * HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HUB_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT, HF_HUB_DISABLE_SYMLINKS,
 * HF_HUB_DISABLE_IMPLICIT_TOKEN, XDG_CACHE_HOME; SSL_CERT_FILE and REQUESTS_CA_BUNDLE name certificates. */
#ifndef ALFA_CLI_HUB_H
#define ALFA_CLI_HUB_H

#include "hub/hub.h"
#include "weights/known.h"

/* options point into the rest. Notes go to alfa__talk_note(), a signal stops. */
struct alfa__hub_settings {
    struct alfa__hub_options options;
    char *endpoint, *token, *cache;
};

void alfa__hub_settings_read(struct alfa__hub_settings *out);
void alfa__hub_settings_free(struct alfa__hub_settings *settings);

/* A model on the hub, as it was named. */
struct alfa__hub_model {
    struct alfa__repository repository;
    const struct alfa__known *known; /* NULL: not in the table */
    /* "ViT-B-16-plus-240:laion400m_e31", or "hf:ORG/REPO" and its like: means the same again */
    char name[sizeof "hf:@" + sizeof(struct alfa__repository)];
};

/* Whether a name is meant for the hub at all: one in the table, or one that begins with "hf:". */
bool alfa__hub_is_model(const char *name);

/* Fails with ALFA_ERROR_USAGE on a name that is neither known nor "hf:ORG/REPO" or "hf:ORG/REPO@REV", and
 * says which known one is near. */
enum alfa_status alfa__hub_model_read(struct alfa__hub_model *out, const char *name, struct alfa_error *err);

/* The model that a row of the table is. */
void alfa__hub_model_known(struct alfa__hub_model *out, const struct alfa__known *known);

/* Where the model lies in the cache: its folder; or, as open_clip leaves it there, the weights alone of a
 * known model whose config the table knows (*bare). NULL when it is not there; free() it. */
char *alfa__hub_model_find(bool *bare, const struct alfa__hub_options *hub,
                           const struct alfa__hub_model *model);

/* What a known model's file holds, as text: "833 MB". */
void alfa__hub_model_size(char out[24], const struct alfa__known *known);

#endif
