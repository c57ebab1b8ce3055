/* A model hub for tests, with a store of large files on another port, that behaves, or misbehaves, as told:
 * plain sockets, a thread a port, one request at a time, on free ports of 127.0.0.1.
 *
 * It serves the files of a folder as one repository, whatever it is asked for as ORG/REPO: the list at
 * /api/models/ORG/REPO/revision/REV, the files at /ORG/REPO/resolve/REV/FILE. Files of HUB_LARGE bytes and
 * more are redirected to the store, which answers nobody who shows a token. */
#ifndef ALFA_TESTS_HUB_SERVER_H
#define ALFA_TESTS_HUB_SERVER_H

#include "tls/tls.h"

#define HUB_COMMIT "0123456789abcdef0123456789abcdef01234567"
#define HUB_TOKEN "hf_right"
enum { HUB_LARGE = 4096 };

struct hub_server;

/* how is one of:
 *   good
 *   cut            the store sends at most a third of a file, then ends the connection
 *   cut-at-once    the store ends the connection before the first byte
 *   short          the store sends half a file without saying how long it is
 *   no-ranges      the store begins anew whatever is asked for, and cuts like cut, but only once
 *   shifted        the store answers a range with another one
 *   more           the store sends more than the hub said
 *   silent         the store sends nothing            drip   the store sends a byte every 50 ms
 *   wrong          the store changes a byte           wrong-small   the hub does so in small files
 *   beyond, odd    the hub says sizes that are none (and all is good nevertheless)
 *   huge           the hub says that files are a petabyte
 *   gated          403 GatedRepo, unless HUB_TOKEN is shown          closed   401 unless HUB_TOKEN is shown
 *   missing        404 RepoNotFound                   no-revision   404 RevisionNotFound
 *   no-file        404 EntryNotFound for every file   no-headers    answers without commit and etag
 *   busy-once      429 with Retry-After: 1 first, then good          busy-long   429 with Retry-After: 3600
 *   busy-odd       429 with Retry-After: soon         elsewhere   302 to a file
 *   error-once     503 first, then good               error         500
 *   loop           redirects without end              page          200 and a page for everything
 *   renamed        307 to the same under another name  evil-names    a list with names such as ../x
 *   evil-etag      etags that lead out of a folder     proxy-auth    407
 *   endless        a list without end                downgrade   an encrypted hub sends on to a store without
 */
struct hub_server *hub_server_start(const char *how, const char *folder);
/* The same with https, hub and store; the certificate to trust is written to a file (tls.h). */
struct hub_server *hub_server_start_tls(const char *how, const char *folder, enum certificate kind,
                                        const char *certificate);
/* From now on. */
void hub_server_behave(struct hub_server *server, const char *how);

/* "http://127.0.0.1:PORT", or https */
const char *hub_server_endpoint(const struct hub_server *server);

/* What happened so far. */
struct hub_record {
    int asked, stored; /* requests to the hub and to the store */
    int tokens, leaks; /* of them: that showed HUB_TOKEN, to the hub and to the store */
    int ranges;        /* requests to the store for a part of a file */
    long long sent;    /* bytes of files */
};
struct hub_record hub_server_record(struct hub_server *server);

void hub_server_stop(struct hub_server *server);

#endif
