/* A pipeline from a GigE Vision camera: Aravis's simulated one, which shows a photograph as Mono8 and as
 * Mono12, in a network of its own (loopback), and alfadetect with the score that the library gives the same
 * pixels; also when the camera is lost and comes back (examples/line.c, whose path is the argument). Ends
 * with 77 where the system gives no such network or aravissrc is not there. */
#include <arv.h>
#include <gst/gst.h>
#include <math.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <alfa.h>

#define MODEL "tests/data/models/openclip-gelu"
enum { SKIPPED = 77, MONO12 = 0x01100005 };

static void check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "camera: %s\n", what);
        exit(1);
    }
}

static void skip(const char *why)
{
    printf("SKIPPED: %s\n", why);
    exit(SKIPPED);
}

/* ------------------------------------------------------------------ the network */

static void enter_network(void)
{
    struct ifreq loop = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        skip("the system gives no network of one's own (user namespaces)");
    const int handle = socket(AF_INET, SOCK_DGRAM, 0);
    check(handle >= 0 && ioctl(handle, SIOCSIFFLAGS, &loop) == 0, "loopback");
    close(handle);
}

/* ------------------------------------------------------------------ the camera */

/* What it shows: brightness of a photograph. */
static struct alfa_image *photograph;

static int brightness(int x, int y)
{
    const int width = alfa_image_width(photograph);
    const unsigned char *p = alfa_image_rgb(photograph) + 3 * ((size_t)y * (size_t)width + (size_t)x);
    return (p[0] + p[1] + p[2]) / 3;
}

/* The values of pixels of 8 or 12 bits. */
static void fill(void *out, int width, int height, bool twelve)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const int value = brightness(x, y), at = y * width + x;
            if (twelve)
                ((guint16 *)out)[at] = (guint16)(value * 4095 / 255);
            else
                ((unsigned char *)out)[at] = (unsigned char)value;
        }
}

static void show(ArvBuffer *buffer, void *context, guint32 exposure, guint32 gain, ArvPixelFormat format)
{
    size_t size;
    void *data = (void *)arv_buffer_get_data(buffer, &size);
    const int width = arv_buffer_get_image_width(buffer), height = arv_buffer_get_image_height(buffer);
    (void)context;
    (void)exposure;
    (void)gain;
    fill(data, width, height, format == MONO12);
}

/* The simulated camera's own description with Mono12 among its formats. */
static char *describe(const char *folder)
{
    static const char
        mono16[] = "<EnumEntry Name=\"Mono16\"",
        mono12[] = "<EnumEntry Name=\"Mono12\" NameSpace=\"Standard\"><Value>17825797</Value></EnumEntry>\n";
    size_t size;
    ArvFakeCamera *camera = arv_fake_camera_new("describe");
    const char *xml = arv_fake_camera_get_genicam_xml(camera, &size);
    const char *at = g_strstr_len(xml, (gssize)size, mono16);
    char *path = g_build_filename(folder, "camera.xml", NULL);
    check(at != NULL, "the simulated camera has another description");
    char *all =
        g_strdup_printf("%.*s%s%.*s", (int)(at - xml), xml, mono12, (int)(size - (size_t)(at - xml)), at);
    check(g_file_set_contents(path, all, -1, NULL), "no room");
    g_free(all);
    g_object_unref(camera);
    return path;
}

/* ------------------------------------------------------------------ the pipeline */

/* The next message that matters; an error ends the test unless it is waited for. */
static GstMessage *next_message(GstElement *pipeline, bool fails)
{
    GstBus *bus = gst_element_get_bus(pipeline);
    GstMessage *message = gst_bus_timed_pop_filtered(
        bus, 30 * GST_SECOND, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
    gst_object_unref(bus);
    check(message != NULL, "nothing came in 30 seconds");
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR && !fails) {
        GError *error;
        gst_message_parse_error(message, &error, NULL);
        check(false, error->message);
    }
    return message;
}

/* Of the third frame; the pipeline goes on. */
static double score_of(GstElement *pipeline)
{
    double score = NAN;
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    for (int left = 3; left > 0;) {
        GstMessage *message = next_message(pipeline, false);
        if (gst_message_has_name(message, "alfadetect")) {
            check(gst_structure_get_double(gst_message_get_structure(message), "score", &score),
                  "a frame fails");
            left--;
        }
        gst_message_unref(message);
    }
    return score;
}

/* What the library makes of the same pixels. */
static double expected(bool twelve, int width, int height)
{
    struct alfa_error err;
    struct alfa_model *model = NULL;
    struct alfa_prompts *prompts = NULL;
    struct alfa_detector *detector = NULL;
    struct alfa_image *image = NULL;
    struct alfa_result *result = NULL;
    struct alfa_frame frame = ALFA_FRAME_INIT;
    void *pixels = malloc(2 * (size_t)width * (size_t)height);
    fill(pixels, width, height, twelve);
    frame.format = twelve ? ALFA_FRAME_MONO16 : ALFA_FRAME_MONO8;
    frame.bits = twelve ? 12 : 0;
    frame.width = width;
    frame.height = height;
    frame.pixels = pixels;
    check(alfa_model_open(&model, MODEL, NULL, &err) == ALFA_OK &&
              alfa_prompts_open(&prompts, "plate", "prompts/generic.txt", &err) == ALFA_OK &&
              alfa_detector_open(&detector, model, prompts, NULL, &err) == ALFA_OK &&
              alfa_image_from_frame(&image, &frame, &err) == ALFA_OK &&
              alfa_detector_run(&result, detector, image, &err) == ALFA_OK,
          "the library");
    const double score = alfa_result_summary(result)->score;
    alfa_result_free(result);
    alfa_image_free(image);
    alfa_detector_free(detector);
    alfa_prompts_free(prompts);
    alfa_model_free(model);
    free(pixels);
    return score;
}

enum { WIDTH = 256, HEIGHT = 192 };

static char *describe_pipeline(bool twelve, const char *more)
{
    return g_strdup_printf("aravissrc camera-name=Aravis-Fake-LINE1 features=PixelFormat=%s ! "
                           "video/x-raw,format=%s,width=%d,height=%d ! alfadetect class=plate model=" MODEL
                           " bits=%d %s ! fakesink",
                           twelve ? "Mono12" : "Mono8", twelve ? "GRAY16_LE" : "GRAY8", WIDTH, HEIGHT,
                           twelve ? 12 : 0, more);
}

static GstElement *launch(bool twelve)
{
    GError *error = NULL;
    char *text = describe_pipeline(twelve, "");
    GstElement *pipeline = gst_parse_launch(text, &error);
    check(pipeline != NULL, error ? error->message : "no pipeline");
    g_free(text);
    return pipeline;
}

static void judge(GstElement *pipeline, bool twelve)
{
    const double score = score_of(pipeline), wanted = expected(twelve, WIDTH, HEIGHT);
    printf("%s: score %.9f, the library %.9f\n", twelve ? "Mono12" : "Mono8", score, wanted);
    check(fabs(score - wanted) < 1e-12, "the score differs from the library's");
}

static void stop(GstElement *pipeline)
{
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
}

static ArvGvFakeCamera *plug_in(const char *xml)
{
    ArvGvFakeCamera *camera = arv_gv_fake_camera_new_full("127.0.0.1", "LINE1", xml);
    check(camera && arv_gv_fake_camera_is_running(camera), "the simulated camera does not start");
    arv_fake_camera_set_fill_pattern(arv_gv_fake_camera_get_fake_camera(camera), show, NULL);
    return camera;
}

/* The camera goes while it runs, which ends the stream with an error of the source. */
static void unplug(GstElement *pipeline, ArvGvFakeCamera *camera)
{
    bool failed = false;
    g_object_unref(camera);
    while (!failed) {
        GstMessage *message = next_message(pipeline, true);
        failed = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
        check(!failed || strncmp(GST_MESSAGE_SRC_NAME(message), "aravis", 6) == 0, "another element fails");
        gst_message_unref(message);
    }
}

/* ------------------------------------------------------------------ a program that lets it come back */

struct follower {
    GSubprocess *program;
    GDataInputStream *lines; /* results and what it says, in their order */
};

static struct follower follow(const char *path)
{
    GError *error = NULL;
    char *text = describe_pipeline(true, "drop-when-busy=true");
    GSubprocessLauncher *launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
    /* With sanitizers: LeakSanitizer itself fails at the end of a program in which Aravis' threads were. */
    g_subprocess_launcher_setenv(launcher, "ASAN_OPTIONS", "detect_leaks=0", TRUE);
    struct follower f = {.program = g_subprocess_launcher_spawn(launcher, &error, path, text, NULL)};
    g_object_unref(launcher);
    check(f.program != NULL, error ? error->message : path);
    f.lines = g_data_input_stream_new(g_subprocess_get_stdout_pipe(f.program));
    g_free(text);
    return f;
}

static void wait_for(const struct follower *f, const char *words)
{
    for (bool found = false; !found;) {
        char *line = g_data_input_stream_read_line(f->lines, NULL, NULL, NULL);
        check(line != NULL, words);
        found = strstr(line, words) != NULL;
        g_free(line);
    }
}

static double number_behind(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    check(at != NULL, line);
    return strtod(at + strlen(key), NULL);
}

/* The number of the last of some frames, each with the library's score; all are larger than below. */
static double read_frames(const struct follower *f, double score, double below)
{
    double number = below;
    for (int left = 5; left > 0;) {
        char *line = g_data_input_stream_read_line(f->lines, NULL, NULL, NULL);
        check(line != NULL, "the program ended");
        if (*line != '{') { /* tries before the camera was there */
            g_free(line);
            continue;
        }
        left--;
        check(number_behind(line, "\"frame\": ") > number, "frames are counted anew");
        number = number_behind(line, "\"frame\": ");
        check(fabs(number_behind(line, "\"score\": ") - score) < 1e-6, line);
        g_free(line);
    }
    return number;
}

/* Not there at first, there, gone, there again: the same element goes on. */
static void let_it_come_back(const char *path, const char *xml)
{
    const double score = expected(true, WIDTH, HEIGHT);
    struct follower f = follow(path);
    wait_for(&f, "trying again in 1 s");
    ArvGvFakeCamera *camera = plug_in(xml);
    const double number = read_frames(&f, score, 0);
    g_object_unref(camera);
    wait_for(&f, "trying again in 1 s");
    camera = plug_in(xml);
    (void)read_frames(&f, score, number);
    g_subprocess_send_signal(f.program, SIGTERM);
    check(g_subprocess_wait_check(f.program, NULL, NULL), "the program does not end well");
    g_object_unref(camera);
    g_object_unref(f.lines);
    g_object_unref(f.program);
    puts("a camera that came back: the same score, and frames are counted on");
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/alfa-camera-XXXXXX";
    struct alfa_error err;
    enter_network();
    gst_init(&argc, &argv);
    check(argc == 2, "camera LINE");
    GstElementFactory *source = gst_element_factory_find("aravissrc");
    if (!source)
        skip("aravissrc is not installed (Debian: libaravis-0.8-0)");
    gst_object_unref(source);
    check(mkdtemp(folder) != NULL, "no folder");
    check(alfa_image_load(&photograph, "examples/images/plate/crack.jpg", &err) == ALFA_OK, err.message);
    char *xml = describe(folder);
    let_it_come_back(argv[1], xml);
    ArvGvFakeCamera *camera = plug_in(xml);
    GstElement *eight = launch(false);
    judge(eight, false);
    stop(eight); /* it holds the camera */
    GstElement *twelve = launch(true);
    judge(twelve, true);
    unplug(twelve, camera);
    camera = plug_in(xml);
    stop(twelve); /* quick, now that there is a camera to say goodbye to */
    twelve = launch(true);
    judge(twelve, true);
    stop(twelve);
    g_object_unref(camera);
    alfa_image_free(photograph);
    remove(xml);
    rmdir(folder);
    g_free(xml);
    puts("camera: all is well");
    return 0;
}
