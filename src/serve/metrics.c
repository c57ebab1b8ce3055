#include "serve/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Classes come from requests: beyond so many they share the label "other". */
enum { ROUTES = 64, CLASSES = 100, BUCKETS = 12, CODES = 6 };
#define RECENT 0.05 /* weight of a new score in the recent mean: about the last 20 images */

static const double bounds[BUCKETS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};

struct route {
    long long codes[CODES]; /* by hundreds; 0: lost */
    long long buckets[BUCKETS + 1];
    double seconds;
};

struct class
{
    char *name;
    long long decisions[3]; /* none, normal, anomaly */
    double sum, recent;
};

struct alfa__metrics {
    pthread_mutex_t lock;
    char *(*name)(int);
    struct route routes[ROUTES + 1]; /* the last: none */
    struct class classes[CLASSES + 1];
    int count;
};

struct alfa__metrics *alfa__metrics_new(char *(*name)(int))
{
    struct alfa__metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics)
        return NULL;
    pthread_mutex_init(&metrics->lock, NULL);
    metrics->name = name;
    return metrics;
}

void alfa__metrics_free(struct alfa__metrics *metrics)
{
    if (!metrics)
        return;
    for (int i = 0; i <= CLASSES; i++)
        free(metrics->classes[i].name);
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

void alfa__metrics_count(struct alfa__metrics *metrics, int route, unsigned status, double seconds)
{
    struct route *row = &metrics->routes[route >= 0 && route < ROUTES ? route : ROUTES];
    int bucket = 0;
    while (bucket < BUCKETS && seconds > bounds[bucket])
        bucket++;
    pthread_mutex_lock(&metrics->lock);
    row->codes[status / 100 < CODES ? status / 100 : 0]++;
    row->buckets[bucket]++;
    row->seconds += seconds;
    pthread_mutex_unlock(&metrics->lock);
}

static struct class *find_class(struct alfa__metrics *metrics, const char *name)
{
    for (int i = 0; i < metrics->count; i++)
        if (metrics->classes[i].name && strcmp(metrics->classes[i].name, name) == 0)
            return &metrics->classes[i];
    struct class *row = &metrics->classes[metrics->count < CLASSES ? metrics->count++ : CLASSES];
    if (!row->name)
        row->name = alfa__strdup(row == &metrics->classes[CLASSES] ? "other" : name);
    return row;
}

void alfa__metrics_judged(struct alfa__metrics *metrics, const char *class_name, double score, int decision)
{
    pthread_mutex_lock(&metrics->lock);
    struct class *row = find_class(metrics, class_name);
    const long long before = row->decisions[0] + row->decisions[1] + row->decisions[2];
    row->decisions[decision + 1]++;
    row->sum += score;
    row->recent = before ? row->recent + RECENT * (score - row->recent) : score;
    pthread_mutex_unlock(&metrics->lock);
}

/* ------------------------------------------------------------------ writing */

/* A point in every locale. */
static void number(struct alfa__string *out, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.9g", value);
    for (char *p = text; *p; p++)
        *p = *p == ',' ? '.' : *p;
    alfa__string_append(out, text);
    alfa__string_append(out, "\n");
}

static void head(struct alfa__string *out, const char *name, const char *kind, const char *help)
{
    alfa__string_appendf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

void alfa__metrics_gauge(struct alfa__string *out, const char *name, const char *help, double value)
{
    head(out, name, "gauge", help);
    alfa__string_appendf(out, "%s ", name);
    number(out, value);
}

/* A label's value: quotes, backslashes and line ends are escaped. */
static void label(struct alfa__string *out, const char *text)
{
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            alfa__string_appendf(out, "\\%c", *text);
        else if (*text == '\n')
            alfa__string_append(out, "\\n");
        else
            alfa__string_append_bytes(out, text, 1);
}

static void write_codes(const struct route *row, struct alfa__string *out, const char *name)
{
    for (int code = 0; code < CODES; code++)
        if (row->codes[code])
            alfa__string_appendf(out, "alfa_requests_total{route=\"%s\",code=\"%s\"} %lld\n", name,
                                 code ? (char[]){(char)('0' + code), 'x', 'x', 0} : "lost", row->codes[code]);
}

static void write_buckets(const struct route *row, struct alfa__string *out, const char *name)
{
    long long sum = 0;
    for (int i = 0; i <= BUCKETS; i++)
        sum += row->buckets[i];
    if (!sum)
        return;
    sum = 0;
    for (int i = 0; i < BUCKETS; i++)
        alfa__string_appendf(out, "alfa_request_seconds_bucket{route=\"%s\",le=\"%g\"} %lld\n", name,
                             bounds[i], sum += row->buckets[i]);
    sum += row->buckets[BUCKETS];
    alfa__string_appendf(out, "alfa_request_seconds_bucket{route=\"%s\",le=\"+Inf\"} %lld\n", name, sum);
    alfa__string_appendf(out, "alfa_request_seconds_sum{route=\"%s\"} ", name);
    number(out, row->seconds);
    alfa__string_appendf(out, "alfa_request_seconds_count{route=\"%s\"} %lld\n", name, sum);
}

static void for_routes(struct alfa__metrics *metrics, struct alfa__string *out,
                       void (*write)(const struct route *, struct alfa__string *, const char *))
{
    for (int i = 0; i < ROUTES; i++) {
        char *text = metrics->name(i);
        if (!text)
            break;
        write(&metrics->routes[i], out, text);
        free(text);
    }
    write(&metrics->routes[ROUTES], out, "none");
}

static void write_decisions(const struct alfa__metrics *metrics, struct alfa__string *out)
{
    static const char *const names[] = {"none", "normal", "anomaly"};
    head(out, "alfa_decisions_total", "counter", "Images that were judged.");
    for (int i = 0; i <= CLASSES; i++)
        for (int k = 0; k < 3 && metrics->classes[i].name; k++) {
            alfa__string_append(out, "alfa_decisions_total{class=\"");
            label(out, metrics->classes[i].name);
            alfa__string_appendf(out, "\",decision=\"%s\"} %lld\n", names[k],
                                 metrics->classes[i].decisions[k]);
        }
}

/* Drift: the recent mean beside the mean of all. */
static void write_scores(const struct alfa__metrics *metrics, struct alfa__string *out)
{
    head(
        out, "alfa_score_mean", "gauge",
        "Mean score of a class: of all images since the start, and of about the last 20. They part when what "
        "is in front of the camera changes.");
    for (int i = 0; i <= CLASSES; i++) {
        const struct class *row = &metrics->classes[i];
        const long long count = row->decisions[0] + row->decisions[1] + row->decisions[2];
        for (int recent = 0; recent < 2 && row->name; recent++) {
            alfa__string_append(out, "alfa_score_mean{class=\"");
            label(out, row->name);
            alfa__string_appendf(out, "\",over=\"%s\"} ", recent ? "recent" : "all");
            number(out, recent ? row->recent : row->sum / (double)(count ? count : 1));
        }
    }
}

void alfa__metrics_write(struct alfa__metrics *metrics, struct alfa__string *out)
{
    pthread_mutex_lock(&metrics->lock);
    head(out, "alfa_requests_total", "counter", "Requests by path and kind of answer.");
    for_routes(metrics, out, write_codes);
    head(out, "alfa_request_seconds", "histogram", "From the headers of a request to the end of its answer.");
    for_routes(metrics, out, write_buckets);
    write_decisions(metrics, out);
    write_scores(metrics, out);
    pthread_mutex_unlock(&metrics->lock);
}
