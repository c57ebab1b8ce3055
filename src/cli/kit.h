/* What judging and learning both need: a model, sentences, a detector made of them, and the bank whose
 * options it follows. */
#ifndef ALFA_CLI_KIT_H
#define ALFA_CLI_KIT_H

#include "base/digest.h"
#include "cli/options.h"

/* Zero-initialise; alfa__kit_close() does nothing on a zeroed one. */
struct alfa__kit {
    struct alfa__options options;        /* what was typed, completed by the bank: class, scales, method... */
    struct alfa_bank *bank;              /* of --bank or --add; NULL: none */
    const char *bank_path;               /* for messages */
    char bank_digest[ALFA__DIGEST_TEXT]; /* of its file; "": none */
    struct alfa_model *model;
    struct alfa_prompts *prompts;
    struct alfa_detector *detector;
    int tiles; /* what --tiles or the bank says */
};

/* Loads the bank when path is not NULL, takes class and method from it, and checks what belongs together. An
 * option that was typed and differs from the bank's fails with ALFA_ERROR_USAGE. Nothing large is opened yet.
 */
enum alfa_status alfa__kit_plan(struct alfa__kit *kit, const struct alfa__options *options,
                                const char *bank_path, struct alfa_error *err);

/* Before a bank is read that is written anew at the end: nobody else does so until the process ends, or what
 * one of both has added would be lost. Fails when somebody does already. Nothing to do where target, the
 * place of what is written, is another file. */
enum alfa_status alfa__kit_hold(const char *bank_path, const char *target, struct alfa_error *err);

/* For an option that needs decisions: fails with ALFA_ERROR_USAGE when the bank has no threshold, as one of
 * one image, and none was typed. */
enum alfa_status alfa__kit_decides(const struct alfa__kit *kit, const char *option, struct alfa_error *err);

/* Opens model, prompts and detector. */
enum alfa_status alfa__kit_open(struct alfa__kit *kit, struct alfa_error *err);

/* Lets the detector judge with the bank, whose place in messages is its path. */
enum alfa_status alfa__kit_use_bank(struct alfa__kit *kit, struct alfa_error *err);

void alfa__kit_close(struct alfa__kit *kit);

/* What --paper stands for, where nothing else was typed: the paper's readings where a model's defaults
 * differ. */
void alfa__kit_follow_paper(struct alfa__options *options);

/* The number that --tiles says: 0 for none, 2 to ALFA_MAX_TILES, or ALFA_TILES_AUTO. Fails with
 * ALFA_ERROR_USAGE. */
enum alfa_status alfa__kit_tiles(int *out, const char *text, struct alfa_error *err);

#endif
