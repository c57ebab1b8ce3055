/* Every way a hub can behave: what is said, what is kept, and that the token goes nowhere else. */
#include "hub/pull.h"
#include "hub/server.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/strings.h"
#include "hub/cache.h"
#include "hub/verify.h"
#include "unit/folder.h"

enum { WEIGHTS = 300000 };

/* A folder with a repository to serve and a cache to fill; each test has its own. */
struct place {
    char folder[64];
    char *served, *cache, *weights; /* weights: the file of the repository */
    struct hub_server *server;
    struct alfa__hub_options options;
    struct alfa__repository repository;
    char notes[4096];
    long long shown;   /* the largest progress */
    int stop_after;    /* calls of stop; 0: never */
    long long stop_at; /* bytes shown; 0: never */
};

static void note(void *context, const char *text)
{
    struct place *place = context;
    strncat(place->notes, text, sizeof place->notes - strlen(place->notes) - 2);
    strcat(place->notes, "\n");
}

static void show(void *context, const struct alfa__hub_progress *progress)
{
    struct place *place = context;
    assert_true(progress->done <= progress->total);
    place->shown = progress->done > place->shown ? progress->done : place->shown;
}

static bool stop(void *context)
{
    struct place *place = context;
    if (place->stop_after > 1)
        place->stop_after--;
    return place->stop_after == 1 || (place->stop_at > 0 && place->shown >= place->stop_at);
}

static void write_weights(const char *path)
{
    unsigned char *bytes = malloc(WEIGHTS);
    unsigned state = 1;
    assert_non_null(bytes);
    for (int i = 0; i < WEIGHTS; i++)
        bytes[i] = (unsigned char)((state = state * 1664525u + 1013904223u) >> 24);
    assert_int_equal(alfa__file_write(path, bytes, WEIGHTS, NULL), ALFA_OK);
    free(bytes);
}

static char *path_in(const char *folder, const char *name)
{
    char *path = alfa__format("%s/%s", folder, name);
    assert_non_null(path);
    return path;
}

static void add_file(const char *folder, const char *name, const char *text)
{
    char *path = path_in(folder, name);
    assert_int_equal(alfa__file_write(path, text, strlen(text), NULL), ALFA_OK);
    free(path);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    strcpy(place->folder, "/tmp/alfa-hub-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    place->served = path_in(place->folder, "served");
    place->cache = path_in(place->folder, "cache/hub");
    place->weights = path_in(place->served, "open_clip_model.safetensors");
    assert_int_equal(mkdir(place->served, 0777), 0);
    add_file(place->served, "open_clip_config.json", "{\"model_cfg\": {}}\n");
    add_file(place->served, "README.md", "not fetched\n");
    write_weights(place->weights);
    place->server = hub_server_start("good", place->served);
    place->options = (struct alfa__hub_options){
        .endpoint = hub_server_endpoint(place->server),
        .cache = place->cache,
        .timeout = 5,
        .pause = 0.001,
        .note = note,
        .progress = show,
        .stop = stop,
        .context = place,
    };
    assert_int_equal(alfa__repository_read(&place->repository, "test/model", NULL), ALFA_OK);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    hub_server_stop(place->server);
    const int removed = folder_remove(place->folder);
    free(place->served), free(place->cache), free(place->weights);
    free(place);
    return removed;
}

static enum alfa_status pull(struct place *place, struct alfa__pulled *out, const char *to, bool again,
                             struct alfa_error *err)
{
    const struct alfa__pull how = {to, again};
    place->notes[0] = 0;
    return alfa__hub_pull(out, &place->options, &place->repository, &how, err);
}

static char *blob_of(const struct place *place, const char *end)
{
    char digest[ALFA__DIGEST_TEXT], *text;
    assert_int_equal(alfa__digest_file(digest, place->weights, ALFA__DIGEST_SHA256, NULL, NULL, NULL),
                     ALFA_OK);
    char *blob = alfa__cache_blob(place->cache, &place->repository, digest);
    text = alfa__format("%s%s", blob, end);
    free(blob);
    return text;
}

static long long size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (long long)info.st_size : -1;
}

static void assert_same_file(const char *a, const char *b)
{
    char one[ALFA__DIGEST_TEXT], two[ALFA__DIGEST_TEXT];
    assert_int_equal(alfa__digest_file(one, a, ALFA__DIGEST_SHA256, NULL, NULL, NULL), ALFA_OK);
    assert_int_equal(alfa__digest_file(two, b, ALFA__DIGEST_SHA256, NULL, NULL, NULL), ALFA_OK);
    assert_string_equal(one, two);
}

/* The model is in the cache, whole, in the layout of the hub's client. */
static void assert_cached(struct place *place)
{
    char target[512], *folder = alfa__cache_model(place->cache, &place->repository);
    assert_non_null(folder);
    char *file = path_in(folder, "open_clip_model.safetensors"), *blob = blob_of(place, "");
    const ssize_t size = readlink(file, target, sizeof target - 1);
    assert_true(size > 0);
    target[size] = 0;
    assert_int_equal(strncmp(target, "../../blobs/", 12), 0);
    assert_string_equal(target + 12, alfa__path_name(blob));
    assert_same_file(file, place->weights);
    assert_string_equal(alfa__path_name(folder), HUB_COMMIT);
    free(file), free(blob), free(folder);
}

/* Nothing that looks like a model is there. */
static void assert_not_cached(struct place *place)
{
    char *folder = alfa__cache_model(place->cache, &place->repository), *blob = blob_of(place, "");
    assert_null(folder);
    assert_int_equal(size_of(blob), -1);
    free(blob);
}

/* ------------------------------------------------------------------ what goes well */

static void a_model_is_fetched_once(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    assert_int_equal(pulled.files, 2);
    assert_int_equal(pulled.fetched, pulled.total);
    assert_int_equal(pulled.total, WEIGHTS + 18);
    assert_int_equal(place->shown, pulled.total);
    assert_string_equal(pulled.commit, HUB_COMMIT);
    free(pulled.folder);
    assert_cached(place);
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    assert_int_equal(pulled.fetched, 0);
    free(pulled.folder);
    assert_int_equal(hub_server_record(place->server).stored, 1);
}

/* Behaviours that need more than one request, but no user. */
static void what_passes_by_itself_is_waited_for(void **state)
{
    static const struct {
        const char *how;
        int ranges; /* requests that went on where the one before ended; -1: any */
    } cases[] = {{"cut", 2},     {"no-ranges", 1}, {"busy-once", 0}, {"error-once", 0},
                 {"renamed", 0}, {"beyond", 0},    {"odd", 0}};
    struct place *place = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct alfa__pulled pulled;
        struct alfa_error err = {0};
        struct hub_server *server = hub_server_start(cases[i].how, place->served);
        place->options.endpoint = hub_server_endpoint(server);
        if (pull(place, &pulled, NULL, false, &err) != ALFA_OK)
            fail_msg("%s: %s: %s", cases[i].how, err.source, err.message);
        free(pulled.folder);
        assert_cached(place);
        if (hub_server_record(server).ranges < cases[i].ranges)
            fail_msg("%s: %d ranges", cases[i].how, hub_server_record(server).ranges);
        if (strcmp(cases[i].how, "busy-once") == 0)
            assert_non_null(strstr(place->notes, "asks to wait 1 s (429)"));
        hub_server_stop(server);
        assert_int_equal(folder_remove(place->cache), 0);
    }
}

static void the_token_goes_to_the_hub_alone(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    static const char *const ways[] = {"gated", "closed", "renamed"};
    place->options.token = HUB_TOKEN;
    for (size_t i = 0; i < 3; i++) {
        hub_server_behave(place->server, ways[i]);
        const struct hub_record before = hub_server_record(place->server);
        assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
        const struct hub_record after = hub_server_record(place->server);
        assert_int_equal(after.tokens - before.tokens, after.asked - before.asked);
        assert_int_equal(after.leaks, 0);
        assert_int_equal(after.stored, before.stored + 1);
        free(pulled.folder);
        assert_cached(place);
        assert_int_equal(folder_remove(place->cache), 0);
    }
}

static void a_download_goes_on_where_it_was_stopped(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    char *incomplete = blob_of(place, ".incomplete");
    hub_server_behave(place->server, "drip");
    place->stop_at = 18 + 5;
    assert_int_equal(pull(place, &pulled, NULL, false, &err), ALFA_ERROR_RUNTIME);
    assert_non_null(strstr(err.message, "stopped"));
    assert_not_cached(place);
    const long long kept = size_of(incomplete);
    assert_true(kept > 0 && kept < WEIGHTS);
    assert_int_equal(pulled.kept, kept);
    place->stop_at = 0;
    hub_server_behave(place->server, "good");
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    assert_int_equal(pulled.fetched, WEIGHTS - kept);
    assert_int_equal(hub_server_record(place->server).ranges, 1);
    assert_int_equal(size_of(incomplete), -1);
    free(pulled.folder);
    free(incomplete);
    assert_cached(place);
}

/* Bytes of an earlier call that do not fit are thrown away, once. */
static void a_rotten_beginning_is_fetched_anew(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    char *incomplete = blob_of(place, ".incomplete"),
         *blobs = alfa__cache_blob(place->cache, &place->repository, "");
    static char rotten[2 * WEIGHTS];
    static const size_t sizes[] = {1000, WEIGHTS, WEIGHTS + 1, 2 * WEIGHTS};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(alfa__folder_make(blobs, NULL), ALFA_OK);
        assert_int_equal(alfa__file_write(incomplete, rotten, sizes[i], NULL), ALFA_OK);
        assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
        free(pulled.folder);
        assert_cached(place);
        assert_int_equal(folder_remove(place->cache), 0);
    }
    free(incomplete), free(blobs);
}

static void a_folder_holds_plain_files_and_their_sums(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct stat info;
    char *to = path_in(place->folder, "to/carry"), *file = path_in(to, "open_clip_model.safetensors");
    int counts[ALFA__VERDICTS];
    for (int i = 0; i < 3; i++) { /* from the hub, what is there, from the cache */
        assert_int_equal(pull(place, &pulled, to, false, NULL), ALFA_OK);
        assert_int_equal(pulled.fetched, i == 0 ? WEIGHTS + 18 : 0);
        assert_string_equal(pulled.folder, to);
        free(pulled.folder);
        assert_true(lstat(file, &info) == 0 && S_ISREG(info.st_mode));
        assert_same_file(file, place->weights);
        assert_int_equal(alfa__verify_folder(counts, to, &(struct alfa__verify){0}, NULL), ALFA_OK);
        assert_int_equal(counts[ALFA__VERDICT_GOOD], 2);
        if (i == 1) {
            assert_int_equal(folder_remove(to), 0);
            assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
            free(pulled.folder);
        }
    }
    free(to), free(file);
}

static void copies_stand_where_links_cannot(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct stat info;
    place->options.copies = true;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
        assert_int_equal(pulled.fetched, i == 0 ? pulled.total : 0);
        char *file = path_in(pulled.folder, "open_clip_model.safetensors");
        assert_true(lstat(file, &info) == 0 && S_ISREG(info.st_mode));
        assert_same_file(file, place->weights);
        free(file), free(pulled.folder);
    }
}

static void what_is_damaged_is_fetched_again(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    char *blob = blob_of(place, "");
    int counts[ALFA__VERDICTS];
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    FILE *file = fopen(blob, "r+b");
    assert_true(file && fseek(file, 5000, SEEK_SET) == 0 && fputc('!', file) == '!' && fclose(file) == 0);
    assert_int_equal(alfa__verify_folder(counts, pulled.folder, &(struct alfa__verify){0}, NULL), ALFA_OK);
    assert_int_equal(counts[ALFA__VERDICT_DAMAGED], 1);
    free(pulled.folder);
    assert_int_equal(pull(place, &pulled, NULL, true, NULL), ALFA_OK);
    assert_int_equal(pulled.fetched, WEIGHTS);
    free(pulled.folder);
    assert_cached(place);
    assert_int_equal(truncate(blob, 1000), 0); /* too short is seen without --again */
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    free(pulled.folder);
    assert_cached(place);
    free(blob);
}

static void parts_are_fetched_with_their_index(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    char *part = path_in(place->served, "open_clip_model-00001-of-00002.safetensors");
    assert_int_equal(rename(place->weights, part), 0);
    add_file(place->served, "open_clip_model.safetensors.index.json", "{}");
    assert_int_equal(pull(place, &pulled, NULL, false, &err), ALFA_ERROR_MODEL);
    assert_string_equal(err.message, "lacks open_clip_model-00002-of-00002.safetensors, which "
                                     "open_clip_model.safetensors.index.json names");
    add_file(place->served, "open_clip_model-00002-of-00002.safetensors", "second");
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    assert_int_equal(pulled.files, 4);
    free(pulled.folder);
    free(part);
}

/* ------------------------------------------------------------------ without the hub */

static void what_is_here_serves_when_the_hub_is_away(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    place->options.offline = true;
    assert_int_equal(pull(place, &pulled, NULL, false, &err), ALFA_ERROR_INPUT);
    assert_non_null(strstr(err.message, "HF_HUB_OFFLINE"));
    place->options.offline = false;
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    free(pulled.folder);
    const int asked = hub_server_record(place->server).asked;
    for (int i = 0; i < 2; i++) {
        place->options.offline = i == 0;
        place->options.endpoint = i == 0 ? place->options.endpoint : "http://127.0.0.1:9";
        assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
        assert_true(pulled.unasked);
        assert_non_null(strstr(place->notes, "using what is here already"));
        assert_string_equal(alfa__path_name(pulled.folder), HUB_COMMIT);
        free(pulled.folder);
    }
    assert_int_equal(hub_server_record(place->server).asked, asked);
}

/* --to without internet: what the cache holds is copied, and the copy is checked. */
static void a_folder_is_filled_from_the_cache_alone(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    int counts[ALFA__VERDICTS];
    char *to = path_in(place->folder, "to/carry"), *file = path_in(to, "open_clip_model.safetensors");
    place->options.offline = true;
    assert_int_equal(pull(place, &pulled, to, false, &err), ALFA_ERROR_INPUT);
    assert_non_null(strstr(err.message, "HF_HUB_OFFLINE forbids"));
    assert_int_equal(size_of(to), -1);
    place->options.offline = false;
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    free(pulled.folder);
    for (int i = 0; i < 3; i++) { /* told to stay offline, again, hub away */
        place->options.offline = i < 2;
        place->options.endpoint = i < 2 ? place->options.endpoint : "http://127.0.0.1:9";
        assert_int_equal(pull(place, &pulled, to, false, NULL), ALFA_OK);
        assert_true(pulled.unasked);
        assert_int_equal(pulled.files, 2);
        assert_int_equal(pulled.total, WEIGHTS + 18);
        assert_string_equal(pulled.folder, to);
        free(pulled.folder);
        assert_same_file(file, place->weights);
        assert_int_equal(alfa__verify_folder(counts, to, &(struct alfa__verify){0}, NULL), ALFA_OK);
        assert_int_equal(counts[ALFA__VERDICT_GOOD], 2);
    }
    free(to), free(file);
}

static void what_is_damaged_in_the_cache_is_not_carried_on(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    char *blob = blob_of(place, ""), *to = path_in(place->folder, "to");
    char *copy = path_in(to, "open_clip_model.safetensors");
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    free(pulled.folder);
    FILE *file = fopen(blob, "r+b");
    assert_true(file && fseek(file, 5000, SEEK_SET) == 0 && fputc('!', file) == '!' && fclose(file) == 0);
    place->options.offline = true;
    assert_int_equal(pull(place, &pulled, to, false, &err), ALFA_ERROR_INPUT);
    assert_non_null(strstr(err.message, "is damaged: 'alfa model pull --again'"));
    assert_int_equal(size_of(copy), -1);
    place->stop_after = 1;
    assert_int_equal(pull(place, &pulled, to, false, &err), ALFA_ERROR_RUNTIME);
    assert_string_equal(err.message, "stopped");
    assert_int_equal(size_of(copy), -1);
    free(blob), free(to), free(copy);
}

/* ------------------------------------------------------------------ encrypted */

/* A hub that speaks https with a certificate of that kind. */
static enum alfa_status pull_encrypted(struct place *place, const char *how, enum certificate kind,
                                       const char *trusted, struct alfa_error *err)
{
    struct alfa__pulled pulled;
    char *certificate = path_in(place->folder, "certificate.pem");
    struct hub_server *server = hub_server_start_tls(how, place->served, kind, certificate);
    place->options.endpoint = hub_server_endpoint(server);
    place->options.trusted = trusted ? trusted : certificate;
    const enum alfa_status status = pull(place, &pulled, NULL, false, err);
    assert_int_equal(hub_server_record(server).leaks, 0);
    free(pulled.folder);
    hub_server_stop(server);
    free(certificate);
    return status;
}

static void a_certificate_that_is_trusted_opens_the_hub(void **state)
{
    struct place *place = *state;
    struct alfa_error err = {0};
    place->options.token = HUB_TOKEN;
    if (pull_encrypted(place, "gated", CERTIFICATE_GOOD, NULL, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
    assert_cached(place);
}

static void a_certificate_that_is_wrong_is_one_sentence(void **state)
{
    struct place *place = *state;
    char *folder = path_in(place->folder, ""), *empty = path_in(place->folder, "empty.pem");
    add_file(place->folder, "empty.pem", "");
    const struct {
        enum certificate kind;
        const char *trusted, *says;
    } cases[] = {
        {CERTIFICATE_EXPIRED, NULL, "not to be trusted (certificate has expired)"},
        {CERTIFICATE_OTHER, NULL, "not to be trusted ("},
        {CERTIFICATE_GOOD, folder, "not to be trusted (self-signed certificate)"},
        {CERTIFICATE_GOOD, "/nowhere.pem", "holds no certificates to trust"},
        {CERTIFICATE_GOOD, empty, "holds no certificates to trust"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct alfa_error err = {0};
        assert_int_equal(pull_encrypted(place, "good", cases[i].kind, cases[i].trusted, &err),
                         ALFA_ERROR_RUNTIME);
        if (!strstr(err.message, cases[i].says) || strchr(err.message, '\n'))
            fail_msg("%zu: \"%s\" instead of \"%s\"", i, err.message, cases[i].says);
        assert_not_cached(place);
    }
    free(folder), free(empty);
}

static void who_is_encrypted_stays_so(void **state)
{
    struct place *place = *state;
    struct alfa_error err;
    assert_int_equal(pull_encrypted(place, "downgrade", CERTIFICATE_GOOD, NULL, &err), ALFA_ERROR_RUNTIME);
    assert_non_null(strstr(err.message, "to an address without encryption"));
    assert_not_cached(place);
}

/* ------------------------------------------------------------------ what goes wrong */

static void refusals_are_put_into_words(void **state)
{
    static const struct {
        const char *how, *says;
    } cases[] = {
        {"gated", "is gated: accept its terms at http://127.0.0.1:"},
        {"closed", "or it is private: then set HF_TOKEN (401)"},
        {"missing", "there is no such repository at 127.0.0.1:"},
        {"no-revision", "has no branch, tag or commit \"main\" (404)"},
        {"no-file", "has no file open_clip_config.json (404)"},
        {"busy-long", "(429): try again in 3600 s, or set HF_TOKEN"},
        {"busy-odd", "(429): try again later, or set HF_TOKEN"},
        {"elsewhere", "does not answer as a model hub does"},
        {"error", "is out of order (500): try again later"},
        {"proxy-auth", "the proxy wants a name and a password"},
        {"loop", "from one address to the next without end"},
        {"page", "does not answer as a model hub does (200)"},
        {"no-headers", "does not answer as a model hub does (200)"},
        {"evil-etag", "does not answer as a model hub does"},
        {"evil-names", "is not a CLIP model"},
        {"endless", "answers with more than"},
        {"huge", "has too little space: 1.00 PB are needed"},
        {"wrong", "came with other bytes than its hash on the hub says"},
        {"wrong-small", "came with other bytes than its hash on the hub says"},
        {"more", "is larger than the hub says"},
        {"cut-at-once", "cut the connection"},
        {"short", "without its end"},
        {"silent", "sent nothing for 0.3 s"},
    };
    struct place *place = *state;
    place->options.timeout = 0.3;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct alfa__pulled pulled;
        struct alfa_error err = {0};
        hub_server_behave(place->server, cases[i].how);
        const enum alfa_status status = pull(place, &pulled, NULL, false, &err);
        if (status == ALFA_OK || !strstr(err.message, cases[i].says))
            fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].how, err.message, cases[i].says);
        assert_null(strchr(err.message, '\n'));
        assert_not_cached(place);
        folder_remove(place->cache);
    }
}

static void a_part_from_another_place_is_not_taken(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    char *incomplete = blob_of(place, ".incomplete"),
         *blobs = alfa__cache_blob(place->cache, &place->repository, ""), *bytes;
    size_t size;
    assert_int_equal(alfa__file_read(&bytes, &size, place->weights, WEIGHTS, NULL), ALFA_OK);
    assert_int_equal(alfa__folder_make(blobs, NULL), ALFA_OK);
    assert_int_equal(alfa__file_write(incomplete, bytes, 1000, NULL), ALFA_OK);
    hub_server_behave(place->server, "shifted");
    assert_int_equal(pull(place, &pulled, NULL, false, &err), ALFA_ERROR_RUNTIME);
    assert_non_null(strstr(err.message, "something else than was asked for (206)"));
    assert_int_equal(size_of(incomplete), 1000);
    hub_server_behave(place->server, "good");
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    assert_int_equal(pulled.fetched, WEIGHTS - 1000);
    free(pulled.folder);
    assert_cached(place);
    free(incomplete), free(blobs), free(bytes);
}

static void proxies_are_named(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    place->options.endpoint = "https://hub.invalid";
    hub_server_behave(place->server, "proxy-auth");
    setenv("https_proxy", hub_server_endpoint(place->server), 1);
    const enum alfa_status refused = pull(place, &pulled, NULL, false, &err);
    setenv("https_proxy", "http://127.0.0.1:9", 1);
    struct alfa_error dead;
    const enum alfa_status away = pull(place, &pulled, NULL, false, &dead);
    unsetenv("https_proxy");
    assert_int_equal(refused, ALFA_ERROR_RUNTIME);
    assert_non_null(strstr(err.message, "lets nobody through (407): it wants"));
    assert_int_equal(away, ALFA_ERROR_RUNTIME);
    if (!strstr(dead.message, "127.0.0.1 port 9"))
        fail_msg("%s", dead.message);
    assert_int_equal(hub_server_record(place->server).asked, 1);
}

static void a_token_that_does_not_open_is_said(void **state)
{
    static const struct {
        const char *how, *says;
    } cases[] = {{"gated", "as the owner of the token in HF_TOKEN"},
                 {"closed", "does not accept the token in HF_TOKEN (401)"},
                 {"missing", "or the token in HF_TOKEN may not see it (404)"}};
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    place->options.token = "hf_wrong";
    for (size_t i = 0; i < 3; i++) {
        hub_server_behave(place->server, cases[i].how);
        assert_int_not_equal(pull(place, &pulled, NULL, false, &err), ALFA_OK);
        assert_non_null(strstr(err.message, cases[i].says));
        assert_null(strstr(err.message, "hf_wrong"));
    }
    place->options.token = "two words";
    assert_int_equal(pull(place, &pulled, NULL, false, &err), ALFA_ERROR_USAGE);
    assert_null(strstr(err.message, "two words"));
}

static void a_full_disk_is_said_and_gone_on_from(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    struct rlimit limit, small;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 100000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const enum alfa_status status = pull(place, &pulled, NULL, false, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(status, ALFA_ERROR_OUTPUT);
    assert_non_null(strstr(err.message, "there is no space left; still missing: "));
    assert_not_cached(place);
    assert_true(pulled.kept > 0 && pulled.kept <= 100000);
    const long long kept = pulled.kept;
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    assert_true(pulled.fetched <= WEIGHTS - kept + 18);
    free(pulled.folder);
    assert_cached(place);
}

static void a_cache_that_cannot_be_written_is_said(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    place->options.cache = "/proc/alfa";
    assert_int_equal(pull(place, &pulled, NULL, false, &err), ALFA_ERROR_OUTPUT);
    assert_non_null(strstr(err.source, "/proc/alfa"));
}

/* Who holds the lock of a blob is waited for, and the wait can be stopped. */
static void another_program_is_waited_for(void **state)
{
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    char *blob = blob_of(place, "");
    char *folder = path_in(place->cache, ".locks/models--test--model");
    char *path = alfa__format("%s/%s.lock", folder, alfa__path_name(blob));
    assert_int_equal(alfa__folder_make(folder, NULL), ALFA_OK);
    const int lock = open(path, O_RDWR | O_CREAT, 0664);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    place->stop_after = 60;
    assert_int_equal(pull(place, &pulled, NULL, false, &err), ALFA_ERROR_RUNTIME);
    assert_non_null(strstr(place->notes, "another program is fetching the same file"));
    assert_non_null(strstr(err.message, "stopped"));
    place->stop_after = 0;
    close(lock);
    assert_int_equal(pull(place, &pulled, NULL, false, NULL), ALFA_OK);
    free(pulled.folder);
    assert_cached(place);
    free(blob), free(folder), free(path);
}

static void addresses_of_hubs_are_checked(void **state)
{
    static const char *const bad[] = {"", "hub", "ftp://127.0.0.1", "://", "file:///etc"};
    struct place *place = *state;
    struct alfa__pulled pulled;
    struct alfa_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        place->options.endpoint = bad[i];
        assert_int_equal(pull(place, &pulled, NULL, false, &err), ALFA_ERROR_USAGE);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const char *const proxies[] = {"http_proxy",  "https_proxy", "all_proxy", "no_proxy",
                                          "HTTPS_PROXY", "ALL_PROXY",   "NO_PROXY"};
    for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
        unsetenv(proxies[i]);
    const struct CMUnitTest tests[] = {
        TEST(a_model_is_fetched_once),
        TEST(what_passes_by_itself_is_waited_for),
        TEST(the_token_goes_to_the_hub_alone),
        TEST(a_download_goes_on_where_it_was_stopped),
        TEST(a_rotten_beginning_is_fetched_anew),
        TEST(a_folder_holds_plain_files_and_their_sums),
        TEST(copies_stand_where_links_cannot),
        TEST(what_is_damaged_is_fetched_again),
        TEST(parts_are_fetched_with_their_index),
        TEST(what_is_here_serves_when_the_hub_is_away),
        TEST(a_folder_is_filled_from_the_cache_alone),
        TEST(what_is_damaged_in_the_cache_is_not_carried_on),
        TEST(a_certificate_that_is_trusted_opens_the_hub),
        TEST(a_certificate_that_is_wrong_is_one_sentence),
        TEST(who_is_encrypted_stays_so),
        TEST(refusals_are_put_into_words),
        TEST(a_part_from_another_place_is_not_taken),
        TEST(proxies_are_named),
        TEST(a_token_that_does_not_open_is_said),
        TEST(a_full_disk_is_said_and_gone_on_from),
        TEST(a_cache_that_cannot_be_written_is_said),
        TEST(another_program_is_waited_for),
        TEST(addresses_of_hubs_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
