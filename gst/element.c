/* alfadetect is a filter in place: a frame is judged on the streaming thread and leaves with its result, its
 * pixels untouched (but for option overlay) and not copied. Properties and counts are read by any thread
 * under the object's lock. */
#include "element.h"

#include <string.h>

#include "answers.h"
#include "fail.h"
#include "frames.h"
#include "image/image.h"
#include "marks.h"
#include "post.h"
#include "properties.h"
#include "station.h"

GST_DEBUG_CATEGORY_STATIC(alfadetect_debug);
#define GST_CAT_DEFAULT alfadetect_debug

struct settings {
    char *class_name, *bank, *model, *prompts, *roi;
    char *mqtt, *mqtt_topic, *mqtt_trigger, *mqtt_user_file, *mqtt_ca, *mqtt_outbox;
    double threshold;
    int bits;
    guint every;
    gboolean drop_when_busy, overlay, post_messages;
};

struct _GstAlfaDetect {
    GstBaseTransform base;
    struct settings settings; /* under the object's lock, as are the counts */
    struct alfa__counts counts;
    struct alfa__station station;
    struct alfa__layout layout;
    struct alfa__post *post; /* NULL: nobody listens */
    GstClockTime free_at;    /* running time at which the last judgement ended; NONE: nothing was judged */
    GstClockTime latency;    /* of what comes before this element; NONE: nobody was asked */
    GstClockTime behind;     /* by which the stream's time lags; NONE: no frame of it was looked at */
    gboolean in_trouble;     /* the last frame could not be judged, which was said */
    gboolean dark;           /* that frames use fewer bits than 16 was said */
    gint ending;             /* atomic: the judgement in work is given up */
};

G_DEFINE_FINAL_TYPE(GstAlfaDetect, gst_alfa_detect, GST_TYPE_BASE_TRANSFORM)

static guint result_signal;

/* ------------------------------------------------------------------ properties */

static char **text_of(struct settings *s, guint id)
{
    switch (id) {
    case PROPERTY_CLASS:
        return &s->class_name;
    case PROPERTY_BANK:
        return &s->bank;
    case PROPERTY_MODEL:
        return &s->model;
    case PROPERTY_PROMPTS:
        return &s->prompts;
    case PROPERTY_ROI:
        return &s->roi;
    case PROPERTY_MQTT:
        return &s->mqtt;
    case PROPERTY_MQTT_TOPIC:
        return &s->mqtt_topic;
    case PROPERTY_MQTT_TRIGGER:
        return &s->mqtt_trigger;
    case PROPERTY_MQTT_USER_FILE:
        return &s->mqtt_user_file;
    case PROPERTY_MQTT_CA:
        return &s->mqtt_ca;
    case PROPERTY_MQTT_OUTBOX:
        return &s->mqtt_outbox;
    default:
        return NULL;
    }
}

static gboolean *switch_of(struct settings *s, guint id)
{
    return id == PROPERTY_DROP      ? &s->drop_when_busy
           : id == PROPERTY_OVERLAY ? &s->overlay
                                    : &s->post_messages;
}

static const guint64 *count_of(const struct alfa__counts *c, guint id)
{
    switch (id) {
    case PROPERTY_FRAMES:
        return &c->frames;
    case PROPERTY_JUDGED:
        return &c->judged;
    case PROPERTY_ANOMALIES:
        return &c->anomalies;
    case PROPERTY_FAILED:
        return &c->failed;
    default:
        return &c->dropped;
    }
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    struct settings *s = &GST_ALFA_DETECT(object)->settings;
    char **text = text_of(s, id);
    (void)spec;
    GST_OBJECT_LOCK(object);
    if (text) {
        g_free(*text);
        *text = g_value_dup_string(value);
    } else if (id == PROPERTY_THRESHOLD) {
        s->threshold = g_value_get_double(value);
    } else if (id == PROPERTY_BITS) {
        s->bits = g_value_get_int(value);
    } else if (id == PROPERTY_EVERY) {
        s->every = g_value_get_uint(value);
    } else {
        *switch_of(s, id) = g_value_get_boolean(value);
    }
    GST_OBJECT_UNLOCK(object);
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    GstAlfaDetect *self = GST_ALFA_DETECT(object);
    struct settings *s = &self->settings;
    char **text = text_of(s, id);
    (void)spec;
    GST_OBJECT_LOCK(object);
    if (text)
        g_value_set_string(value, *text);
    else if (id == PROPERTY_THRESHOLD)
        g_value_set_double(value, s->threshold);
    else if (id == PROPERTY_BITS)
        g_value_set_int(value, s->bits);
    else if (id == PROPERTY_EVERY)
        g_value_set_uint(value, s->every);
    else if (id >= PROPERTY_FRAMES)
        g_value_set_uint64(value, *count_of(&self->counts, id));
    else
        g_value_set_boolean(value, *switch_of(s, id));
    GST_OBJECT_UNLOCK(object);
}

/* A copy to work with; forget() frees it. */
static struct settings settle(GstAlfaDetect *self)
{
    GST_OBJECT_LOCK(self);
    struct settings copy = self->settings;
    for (guint id = PROPERTY_CLASS; id <= PROPERTY_MQTT_OUTBOX; id++)
        *text_of(&copy, id) = g_strdup(*text_of(&self->settings, id));
    GST_OBJECT_UNLOCK(self);
    return copy;
}

static void forget(struct settings *s)
{
    for (guint id = PROPERTY_CLASS; id <= PROPERTY_MQTT_OUTBOX; id++)
        g_clear_pointer(text_of(s, id), g_free);
}

/* ------------------------------------------------------------------ beginning and end */

/* One sentence on the bus, and the end of the stream. */
static void fail(GstAlfaDetect *self, const struct alfa_error *err)
{
    const char *between = *err->source ? ": " : "";
    switch (err->code) {
    case ALFA_ERROR_USAGE:
        GST_ELEMENT_ERROR(self, LIBRARY, SETTINGS, ("%s%s%s", err->source, between, err->message), (NULL));
        break;
    case ALFA_ERROR_INPUT:
    case ALFA_ERROR_MODEL:
        GST_ELEMENT_ERROR(self, RESOURCE, OPEN_READ, ("%s%s%s", err->source, between, err->message), (NULL));
        break;
    default:
        GST_ELEMENT_ERROR(self, LIBRARY, FAILED, ("%s%s%s", err->source, between, err->message), (NULL));
        break;
    }
}

static bool go_on(void *context, const char *part, int done, int total)
{
    GstAlfaDetect *self = context;
    (void)part;
    (void)done;
    (void)total;
    return !g_atomic_int_get(&self->ending);
}

/* By the broker's thread too. */
static void say(void *context, const char *source, const char *what)
{
    GST_ELEMENT_WARNING(context, RESOURCE, WRITE, ("%s%s%s", source ? source : "", source ? ": " : "", what),
                        (NULL));
}

static enum alfa_status open_post(GstAlfaDetect *self, const struct settings *s, struct alfa_error *err)
{
    const struct alfa__post_options options = {
        s->mqtt, s->mqtt_topic, s->mqtt_trigger, s->mqtt_user_file, s->mqtt_ca, s->mqtt_outbox, say, self};
    const enum alfa_status status = alfa__post_open(&self->post, &options, err);
    if (status != ALFA_OK)
        alfa__station_close(&self->station);
    return status;
}

static gboolean start(GstBaseTransform *base)
{
    GstAlfaDetect *self = GST_ALFA_DETECT(base);
    struct settings s = settle(self);
    struct alfa_error err;
    char *data = alfa__station_data(alfa__plugin_path);
    const struct alfa__station_options options = {s.class_name, s.bank, s.model, s.prompts, s.roi,
                                                  s.threshold,  data,   go_on,   self};
    enum alfa_status status = ALFA_OK;
    self->free_at = self->latency = self->behind = GST_CLOCK_TIME_NONE;
    self->in_trouble = self->dark = FALSE;
    GST_OBJECT_LOCK(self);
    self->counts = (struct alfa__counts){0};
    GST_OBJECT_UNLOCK(self);
    if (s.bits >= 1 && s.bits <= 8)
        status =
            alfa__fail(&err, ALFA_ERROR_USAGE, "bits", "is %d; GRAY16_LE has 9 to 16, 0 means all", s.bits);
    if (status == ALFA_OK)
        status = alfa__station_open(&self->station, &options, &err);
    if (status == ALFA_OK)
        status = open_post(self, &s, &err);
    if (status != ALFA_OK)
        fail(self, &err);
    else if (self->station.note)
        GST_ELEMENT_INFO(self, LIBRARY, SETTINGS, ("%s", self->station.note), (NULL));
    g_free(data);
    forget(&s);
    return status == ALFA_OK;
}

static gboolean stop(GstBaseTransform *base)
{
    GstAlfaDetect *self = GST_ALFA_DETECT(base);
    alfa__post_close(self->post);
    self->post = NULL;
    alfa__station_close(&self->station);
    return TRUE;
}

static GstStateChangeReturn change_state(GstElement *element, GstStateChange change)
{
    g_atomic_int_set(&GST_ALFA_DETECT(element)->ending, change == GST_STATE_CHANGE_PAUSED_TO_READY);
    return GST_ELEMENT_CLASS(gst_alfa_detect_parent_class)->change_state(element, change);
}

/* ------------------------------------------------------------------ caps, buffers, events */

static gboolean set_caps(GstBaseTransform *base, GstCaps *in, GstCaps *out)
{
    GstAlfaDetect *self = GST_ALFA_DETECT(base);
    (void)out;
    self->latency = GST_CLOCK_TIME_NONE;
    return alfa__layout_read(&self->layout, in);
}

/* The buffers that come are those that go: what follows says how it wants them. */
static gboolean propose_allocation(GstBaseTransform *base, GstQuery *decided, GstQuery *query)
{
    (void)decided;
    return gst_pad_peer_query(GST_BASE_TRANSFORM_SRC_PAD(base), query);
}

static gboolean decide_allocation(GstBaseTransform *base, GstQuery *query)
{
    (void)base;
    while (gst_query_get_n_allocation_pools(query) > 0)
        gst_query_remove_nth_allocation_pool(query, 0);
    return TRUE;
}

/* A buffer that others hold too is copied without its memory, so that metadata can be added. */
static GstFlowReturn prepare_output(GstBaseTransform *base, GstBuffer *in, GstBuffer **out)
{
    (void)base;
    *out = gst_buffer_is_writable(in) ? in : gst_buffer_copy(in);
    return *out ? GST_FLOW_OK : GST_FLOW_ERROR;
}

static gboolean sink_event(GstBaseTransform *base, GstEvent *event)
{
    GstAlfaDetect *self = GST_ALFA_DETECT(base);
    if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP || GST_EVENT_TYPE(event) == GST_EVENT_STREAM_START)
        self->free_at = self->latency = self->behind = GST_CLOCK_TIME_NONE; /* running time begins anew */
    return GST_BASE_TRANSFORM_CLASS(gst_alfa_detect_parent_class)->sink_event(base, event);
}

/* ------------------------------------------------------------------ when it is busy */

static GstClockTime ask_latency(GstBaseTransform *base)
{
    GstQuery *query = gst_query_new_latency();
    GstClockTime least = 0;
    gboolean live = FALSE;
    if (gst_pad_peer_query(GST_BASE_TRANSFORM_SINK_PAD(base), query))
        gst_query_parse_latency(query, &live, &least, NULL);
    gst_query_unref(query);
    return live && GST_CLOCK_TIME_IS_VALID(least) ? least : 0;
}

/* A source that was opened again in a pipeline that went on (a camera that came back) may count its frames'
 * time from 0: the first one has just come, whatever it says. Shorter lags are those of a stream that begins.
 */
static GstClockTime measure_lag(GstElement *element, GstClockTime came)
{
    const GstClockTime now = gst_element_get_current_running_time(element);
    return GST_STATE(element) == GST_STATE_PLAYING && GST_CLOCK_TIME_IS_VALID(now) && now > came + GST_SECOND
               ? now - came
               : 0;
}

/* While a frame is judged others wait before this element, in a queue or in the camera's driver. Those that
 * came there (their running time and the latency until here) before the last judgement had ended are late. */
static gboolean came_meanwhile(GstAlfaDetect *self, GstClockTime running_time)
{
    if (!GST_CLOCK_TIME_IS_VALID(running_time))
        return FALSE;
    if (!GST_CLOCK_TIME_IS_VALID(self->latency))
        self->latency = ask_latency(GST_BASE_TRANSFORM(self));
    const GstClockTime came = running_time + self->latency;
    if (!GST_CLOCK_TIME_IS_VALID(self->behind))
        self->behind = measure_lag(GST_ELEMENT(self), came);
    return GST_CLOCK_TIME_IS_VALID(self->free_at) && came + self->behind < self->free_at;
}

static void note_end(GstAlfaDetect *self)
{
    GstElement *element = GST_ELEMENT(self);
    if (GST_STATE(element) == GST_STATE_PLAYING) /* before, running time does not run */
        self->free_at = gst_element_get_current_running_time(element);
}

/* ------------------------------------------------------------------ one frame */

static struct alfa__moment moment_of(const GstSegment *segment, const GstBuffer *buffer, guint64 number)
{
    const GstClockTime pts = GST_BUFFER_PTS(buffer);
    const bool timed = segment->format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID(pts);
    return (struct alfa__moment){
        number, pts, GST_BUFFER_DURATION(buffer),
        timed ? gst_segment_to_stream_time(segment, GST_FORMAT_TIME, pts) : GST_CLOCK_TIME_NONE,
        timed ? gst_segment_to_running_time(segment, GST_FORMAT_TIME, pts) : GST_CLOCK_TIME_NONE};
}

/* A frame's result, and with overlay what is to be laid over it. */
struct judged {
    struct alfa_result *result;
    struct alfa_image *colours;
};

/* Once: twelve bits in sixteen are nearly black. */
static void note_bits(GstAlfaDetect *self, const struct alfa_image *image)
{
    const struct alfa_image_facts facts = alfa_image_facts(image);
    char text[ALFA__FACT_ROOM];
    if (self->dark || !alfa__image_fact(text, facts, ALFA__FACT_DARK))
        return;
    GST_ELEMENT_WARNING(self, STREAM, FORMAT, ("a frame %s bits=%d reads it so", text, facts.bits), (NULL));
    self->dark = TRUE;
}

static enum alfa_status judge(GstAlfaDetect *self, GstBuffer *buffer, int bits, gboolean overlay,
                              struct judged *out, struct alfa_error *err)
{
    struct alfa__pixels pixels;
    struct alfa_image *image = NULL;
    enum alfa_status status = alfa__pixels_map(&pixels, &self->layout, buffer, GST_MAP_READ, err);
    if (status != ALFA_OK)
        return status;
    status = alfa__pixels_image(&image, &pixels, &self->layout, bits, err);
    if (status == ALFA_OK)
        note_bits(self, image);
    if (status == ALFA_OK)
        status = alfa_detector_run(&out->result, self->station.detector, image, err);
    if (status == ALFA_OK && overlay)
        status = alfa__marks_colours(&out->colours, &self->layout, out->result, image, err);
    alfa_image_free(image);
    alfa__pixels_unmap(&pixels);
    return status;
}

static enum alfa_status draw(GstAlfaDetect *self, GstBuffer *buffer, int bits, const struct judged *judged,
                             struct alfa_error *err)
{
    struct alfa__pixels pixels;
    const enum alfa_status status =
        alfa__pixels_map(&pixels, &self->layout, buffer, (GstMapFlags)GST_MAP_READWRITE, err);
    if (status != ALFA_OK)
        return status;
    alfa__marks_draw(&pixels, &self->layout, bits, judged->result, judged->colours);
    alfa__pixels_unmap(&pixels);
    return ALFA_OK;
}

/* Counts, and tells whoever listens. */
static void tell(GstAlfaDetect *self, const struct alfa__moment *moment, const struct alfa_result *result,
                 const struct alfa_error *problem, gboolean post, int questions)
{
    GST_OBJECT_LOCK(self);
    self->counts.judged += result != NULL;
    self->counts.anomalies += result && alfa_result_summary(result)->anomalous;
    self->counts.failed += result == NULL;
    const struct alfa__counts counts = self->counts;
    GST_OBJECT_UNLOCK(self);
    char *json = alfa__answer_json(moment, result, problem);
    if (post)
        gst_element_post_message(
            GST_ELEMENT(self),
            gst_message_new_element(GST_OBJECT(self),
                                    alfa__answer_structure(moment, &counts, result, problem, json)));
    g_signal_emit(self, result_signal, 0, json);
    if (self->post && json)
        alfa__post_send(self->post, moment->number, json, questions);
    g_free(json);
}

/* A warning for the first of several frames in a row that cannot be judged; the stream goes on. */
static void complain(GstAlfaDetect *self, guint64 number, const struct alfa_error *err)
{
    if (!self->in_trouble)
        GST_ELEMENT_WARNING(self, STREAM, DECODE,
                            ("frame %" G_GUINT64_FORMAT " %s%s%s; it passes unjudged", number, err->source,
                             *err->source ? " " : "", err->message),
                            (NULL));
    self->in_trouble = TRUE;
}

static GstFlowReturn take(GstAlfaDetect *self, GstBuffer *buffer, const struct alfa__moment *moment,
                          const struct settings *s, int questions)
{
    struct judged judged = {NULL, NULL};
    struct alfa_error err;
    const int said = s->bits ? s->bits : self->station.bits, bits = said ? said : 16;
    enum alfa_status status = judge(self, buffer, said, s->overlay, &judged, &err);
    if (status == ALFA_OK && s->overlay)
        status = draw(self, buffer, bits, &judged, &err);
    if (status == ALFA_OK) {
        self->in_trouble = FALSE;
        alfa__answer_mark(buffer, judged.result);
        tell(self, moment, judged.result, NULL, s->post_messages, questions);
    } else if (status != ALFA_ERROR_STOPPED) {
        complain(self, moment->number, &err);
        tell(self, moment, NULL, &err, s->post_messages, questions);
    }
    alfa_image_free(judged.colours);
    alfa_result_free(judged.result);
    note_end(self);
    return status == ALFA_ERROR_STOPPED ? GST_FLOW_FLUSHING : GST_FLOW_OK;
}

static GstFlowReturn transform(GstBaseTransform *base, GstBuffer *buffer)
{
    GstAlfaDetect *self = GST_ALFA_DETECT(base);
    GST_OBJECT_LOCK(self);
    const guint64 number = ++self->counts.frames;
    const struct settings s = self->settings; /* its texts are not used here */
    GST_OBJECT_UNLOCK(self);
    const int questions = alfa__post_questions(self->post);
    if (questions == 0 && (s.every == 0 || (number - 1) % s.every != 0))
        return GST_FLOW_OK;
    const struct alfa__moment moment = moment_of(&base->segment, buffer, number);
    if (questions == 0 && s.drop_when_busy && came_meanwhile(self, moment.running_time)) {
        GST_OBJECT_LOCK(self);
        self->counts.dropped++;
        GST_OBJECT_UNLOCK(self);
        return GST_BASE_TRANSFORM_FLOW_DROPPED;
    }
    return take(self, buffer, &moment, &s, questions);
}

/* ------------------------------------------------------------------ the class */

static void finalize(GObject *object)
{
    forget(&GST_ALFA_DETECT(object)->settings);
    G_OBJECT_CLASS(gst_alfa_detect_parent_class)->finalize(object);
}

static void describe(GstElementClass *class)
{
    gst_element_class_set_static_metadata(class, "Visual anomaly detector", "Filter/Analyzer/Video",
                                          "Judges each frame against sentences or normal pictures (ALFA) and "
                                          "passes it on: the result is an element "
                                          "message \"alfadetect\", a signal \"result\" with JSON, and "
                                          "GstVideoRegionOfInterestMeta \"anomaly\" on "
                                          "the buffer",
                                          "The alfa project <alfa@example.org>");
    GstCaps *caps = gst_caps_from_string(ALFA__FRAME_CAPS);
    gst_element_class_add_pad_template(class,
                                       gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
    gst_element_class_add_pad_template(class, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
    gst_caps_unref(caps);
}

static void gst_alfa_detect_class_init(GstAlfaDetectClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    GstBaseTransformClass *base = GST_BASE_TRANSFORM_CLASS(class);
    GST_DEBUG_CATEGORY_INIT(alfadetect_debug, "alfadetect", 0, "visual anomaly detector");
    object->set_property = set_property;
    object->get_property = get_property;
    object->finalize = finalize;
    alfa__properties_add(object);
    describe(GST_ELEMENT_CLASS(class));
    GST_ELEMENT_CLASS(class)->change_state = change_state;
    base->start = start;
    base->stop = stop;
    base->set_caps = set_caps;
    base->propose_allocation = propose_allocation;
    base->decide_allocation = decide_allocation;
    base->prepare_output_buffer = prepare_output;
    base->sink_event = sink_event;
    base->transform_ip = transform;
    result_signal = g_signal_new("result", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void gst_alfa_detect_init(GstAlfaDetect *self)
{
    self->settings.threshold = ALFA_THRESHOLD_AUTO;
    self->settings.mqtt_topic = g_strdup("alfa");
    self->settings.every = 1;
    self->settings.post_messages = TRUE;
    self->free_at = self->latency = self->behind = GST_CLOCK_TIME_NONE;
}
