/* Frames of YUV in alfadetect: each format, with the colours that its caps say, has the score of the same
 * pixels as RGB to the last digit, and passes untouched. That the conversion itself is right is the matter of
 * tests/unit/image/test_yuv.c. */
#include "bench.h"

#include "image/yuv.h"

#define PLATE "examples/images/plate/"
static const char *const formats[] = {"I420", "YV12", "NV12", "NV21", "Y42B", "Y444", "YUY2", "UYVY"};
enum { FORMATS = G_N_ELEMENTS(formats) };

/* ------------------------------------------------------------------ frames */

static GstVideoInfo info_of(const char *format, int width, int height, const char *colours)
{
    GstVideoInfo info;
    assert_true(
        gst_video_info_set_format(&info, gst_video_format_from_string(format), (guint)width, (guint)height));
    if (colours)
        assert_true(gst_video_colorimetry_from_string(&info.colorimetry, colours));
    return info;
}

/* One of Y, U and V of a colour, by the standard's equations (ITU-T H.273, 8.3). */
static double component(int which, const double rgb[3], const GstVideoColorimetry *colours)
{
    const bool full = colours->range == GST_VIDEO_COLOR_RANGE_0_255;
    double red, blue;
    assert_true(gst_video_color_matrix_get_Kr_Kb(colours->matrix, &red, &blue));
    const double luma = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2];
    if (which == GST_VIDEO_COMP_Y)
        return full ? luma : 16 + luma * 219 / 255;
    const double away =
        which == GST_VIDEO_COMP_U ? (rgb[2] - luma) / (1 - blue) : (rgb[0] - luma) / (1 - red);
    return fmin(128 + away / 2 * (full ? 1 : 224. / 255), 255);
}

/* Of the pixels that share a value; colours of the image change from pixel to pixel. */
static void mean_of(double mean[3], const struct alfa_image *image, int x, int y, int across, int down)
{
    const int right = MIN(x + across, alfa_image_width(image)),
              bottom = MIN(y + down, alfa_image_height(image)), count = (right - x) * (bottom - y);
    memset(mean, 0, 3 * sizeof *mean);
    for (int i = y; i < bottom; i++)
        for (int j = x; j < right; j++)
            for (int c = 0; c < 3; c++)
                mean[c] += alfa_image_rgb(image)[3 * (i * alfa_image_width(image) + j) + c] / (double)count;
}

static int values_in(const GstVideoInfo *info, int component)
{
    return GST_VIDEO_INFO_COMP_WIDTH(info, component) * GST_VIDEO_INFO_COMP_HEIGHT(info, component);
}

/* The values of one component, without gaps; freed with g_free(). */
static unsigned char *encode(const struct alfa_image *image, const GstVideoInfo *info, int which)
{
    const int across = 1 << GST_VIDEO_FORMAT_INFO_W_SUB(info->finfo, which),
              down = 1 << GST_VIDEO_FORMAT_INFO_H_SUB(info->finfo, which),
              width = GST_VIDEO_INFO_COMP_WIDTH(info, which), count = values_in(info, which);
    unsigned char *out = g_malloc((size_t)count);
    for (int i = 0; i < count; i++) {
        double mean[3];
        mean_of(mean, image, i % width * across, i / width * down, across, down);
        out[i] = (unsigned char)(component(which, mean, &info->colorimetry) + 0.5);
    }
    return out;
}

/* A frame in three planes of its own. */
struct planes {
    GstVideoInfo info;
    unsigned char *values[3];
};

static struct planes planes_of(const struct alfa_image *image, const char *format, const char *colours)
{
    struct planes p = {info_of(format, alfa_image_width(image), alfa_image_height(image), colours),
                       {NULL, NULL, NULL}};
    for (int c = 0; c < 3; c++)
        p.values[c] = encode(image, &p.info, c);
    return p;
}

static void free_planes(struct planes *p)
{
    for (int c = 0; c < 3; c++)
        g_free(p->values[c]);
}

/* As GStreamer lays that format out. */
static GstBuffer *buffer_of(const struct planes *p)
{
    GstVideoInfo info = p->info;
    GstBuffer *buffer = gst_buffer_new_allocate(NULL, info.size, NULL);
    GstVideoFrame frame;
    assert_true(gst_video_frame_map(&frame, &info, buffer, GST_MAP_WRITE));
    for (int c = 0; c < 3; c++) {
        const int width = GST_VIDEO_FRAME_COMP_WIDTH(&frame, c);
        unsigned char *out = GST_VIDEO_FRAME_COMP_DATA(&frame, c);
        for (int i = 0; i < values_in(&info, c); i++)
            out[i / width * GST_VIDEO_FRAME_COMP_STRIDE(&frame, c) +
                i % width * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, c)] = p->values[c][i];
    }
    gst_video_frame_unmap(&frame);
    GST_BUFFER_PTS(buffer) = 0;
    return buffer;
}

static struct planes planes_in(const GstVideoInfo *info, GstBuffer *buffer)
{
    struct planes p = {*info, {NULL, NULL, NULL}};
    GstVideoFrame frame;
    assert_true(gst_video_frame_map(&frame, &p.info, buffer, GST_MAP_READ));
    for (int c = 0; c < 3; c++) {
        const int width = GST_VIDEO_FRAME_COMP_WIDTH(&frame, c), count = values_in(info, c);
        const unsigned char *in = GST_VIDEO_FRAME_COMP_DATA(&frame, c);
        p.values[c] = g_malloc((size_t)count);
        for (int i = 0; i < count; i++)
            p.values[c][i] = in[i / width * GST_VIDEO_FRAME_COMP_STRIDE(&frame, c) +
                                i % width * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, c)];
    }
    gst_video_frame_unmap(&frame);
    return p;
}

/* The image of the planes, with the colours that info says. */
static struct alfa_image *image_of(const struct planes *p, const GstVideoInfo *info)
{
    struct alfa__yuv picture = {.width = info->width,
                                .height = info->height,
                                .across = 1 << GST_VIDEO_FORMAT_INFO_W_SUB(info->finfo, 1),
                                .down = 1 << GST_VIDEO_FORMAT_INFO_H_SUB(info->finfo, 1),
                                .full = info->colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255};
    struct alfa_image *image;
    struct alfa_error err;
    assert_true(gst_video_color_matrix_get_Kr_Kb(info->colorimetry.matrix, &picture.red, &picture.blue));
    for (int c = 0; c < 3; c++)
        picture.planes[c] = (struct alfa__plane){p->values[c], (size_t)GST_VIDEO_INFO_COMP_WIDTH(info, c), 1};
    assert_int_equal(alfa__yuv_image(&image, &picture, &err), ALFA_OK);
    return image;
}

static double score_of_planes(const struct planes *p, const GstVideoInfo *info)
{
    struct alfa_image *image = image_of(p, info);
    const double score = score_of(image);
    alfa_image_free(image);
    return score;
}

static void set_info(struct bench *bench, GstVideoInfo *info)
{
    info->fps_n = 25;
    info->fps_d = 1;
    gst_harness_set_src_caps(bench->harness, gst_video_info_to_caps(info));
}

static struct alfa_image *load(const char *path)
{
    struct alfa_image *image;
    assert_int_equal(alfa_image_load(&image, path, NULL), ALFA_OK);
    return image;
}

/* A part of the plate with its edge. */
static struct alfa_image *load_part(int width, int height)
{
    struct alfa_image *whole = load(PLATE "crack.jpg"), *part;
    struct alfa_frame frame = ALFA_FRAME_INIT;
    frame.width = width;
    frame.height = height;
    frame.stride = 3 * (size_t)alfa_image_width(whole);
    frame.pixels = alfa_image_rgb(whole) + 60 * frame.stride + 180;
    assert_int_equal(alfa_image_from_frame(&part, &frame, NULL), ALFA_OK);
    alfa_image_free(whole);
    return part;
}

/* ------------------------------------------------------------------ numbers */

static void test_formats_sizes_and_colours(void **state)
{
    static const int sizes[][2] = {{70, 54}, {71, 53}, {1, 1}, {300, 2}};
    static const char *const colours[] = {NULL, "bt601", "bt709", "bt2020", "1:4:0:0" /* as JPEG */};
    (void)state;
    for (size_t s = 0; s < G_N_ELEMENTS(sizes); s++) {
        struct alfa_image *image = load_part(sizes[s][0], sizes[s][1]);
        for (size_t f = 0; f < FORMATS; f++)
            for (size_t c = 0; c < G_N_ELEMENTS(colours); c++) {
                struct bench bench;
                struct planes planes = planes_of(image, formats[f], colours[c]);
                begin(&bench, "");
                set_info(&bench, &planes.info);
                assert_int_equal(gst_harness_push(bench.harness, buffer_of(&planes)), GST_FLOW_OK);
                assert_float_equal(posted_score(&bench), score_of_planes(&planes, &planes.info), 1e-12);
                free_planes(&planes);
                end(&bench);
            }
        alfa_image_free(image);
    }
}

/* Without a word in the caps GStreamer takes BT.601 for up to 576 lines, and BT.709 above. */
static void test_caps_that_say_nothing_of_colours(void **state)
{
    static const int heights[] = {576, 578};
    static const char *const expected[] = {"bt601", "bt709"}, *const other[] = {"bt709", "bt601"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(heights); i++) {
        struct bench bench;
        struct planes planes = {info_of("NV12", 64, heights[i], expected[i]), {NULL, NULL, NULL}};
        const GstVideoInfo wrong = info_of("NV12", 64, heights[i], other[i]);
        for (int c = 0; c < 3; c++)
            planes.values[c] = make_bytes((size_t)(64 * heights[i]));
        begin(&bench, "");
        set_caps(&bench, "video/x-raw, format=NV12", 64, heights[i]);
        assert_int_equal(gst_harness_push(bench.harness, buffer_of(&planes)), GST_FLOW_OK);
        const double score = posted_score(&bench);
        assert_float_equal(score, score_of_planes(&planes, &planes.info), 1e-12);
        assert_true(fabs(score - score_of_planes(&planes, &wrong)) > 1e-9);
        free_planes(&planes);
        end(&bench);
    }
}

/* ------------------------------------------------------------------ buffers */

static void test_short_buffers_pass_with_one_warning(void **state)
{
    struct alfa_image *image = load_part(71, 53);
    (void)state;
    for (size_t f = 0; f < FORMATS; f++) {
        struct bench bench;
        struct planes planes = planes_of(image, formats[f], NULL);
        begin(&bench, "overlay=true");
        set_info(&bench, &planes.info);
        for (gssize missing = 1; missing < 3000; missing += 1499) {
            GstBuffer *buffer = buffer_of(&planes);
            gst_buffer_set_size(buffer, (gssize)planes.info.size - missing);
            assert_int_equal(gst_harness_push(bench.harness, buffer), GST_FLOW_OK);
        }
        assert_int_equal(warnings(&bench), 1);
        assert_int_equal(count_of(&bench, "failed"), 3);
        assert_non_null(strstr(bench.last, "too few for 71 x 53 pixels"));
        assert_int_equal(gst_harness_push(bench.harness, buffer_of(&planes)), GST_FLOW_OK);
        assert_int_equal(count_of(&bench, "judged"), 1);
        free_planes(&planes);
        end(&bench);
    }
    alfa_image_free(image);
}

/* A buffer says itself how its planes lie: a byte beyond its end, with rows that lie too far apart or
 * overlap, or upwards. */
static void test_buffers_that_say_nonsense(void **state)
{
    const gsize right = 64 * 48;
    struct {
        gsize offsets[GST_VIDEO_MAX_PLANES];
        gint strides[GST_VIDEO_MAX_PLANES];
    } wrong[] = {{{0, right, right * 3 / 2 - 23 * 32 - 31}, {64, 32, 32}},
                 {{0, right, right * 5 / 4}, {64, 32, 33}},
                 {{0, right, right * 5 / 4}, {64, 31, 32}},
                 {{0, right, right * 5 / 4}, {-64, 32, 32}},
                 {{0, right, right * 5 / 4}, {64, 32, 0}}};
    struct bench bench;
    (void)state;
    begin(&bench, "");
    set_caps(&bench, "video/x-raw, format=I420", 64, 48);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        GstBuffer *buffer = make_buffer(right * 3 / 2, 0);
        gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420, 64, 48, 3,
                                       wrong[i].offsets, wrong[i].strides);
        assert_int_equal(gst_harness_push(bench.harness, buffer), GST_FLOW_OK);
        assert_int_equal(count_of(&bench, "failed"), i + 1);
    }
    end(&bench);
}

/* As cameras' drivers give NV12: each plane in memory of its own, rows padded. */
static void test_planes_in_memories_of_their_own(void **state)
{
    gsize offsets[GST_VIDEO_MAX_PLANES] = {0, 80 * 48};
    gint strides[GST_VIDEO_MAX_PLANES] = {80, 80};
    struct alfa_image *image = load_part(64, 48);
    struct planes planes = planes_of(image, "NV12", NULL);
    unsigned char *luma = make_bytes(80 * 48), *colours = make_bytes(80 * 24);
    GstBuffer *buffer = gst_buffer_new_wrapped(luma, 80 * 48);
    struct bench bench;
    (void)state;
    for (int i = 0; i < 64 * 48; i++)
        luma[i / 64 * 80 + i % 64] = planes.values[0][i];
    for (int i = 0; i < 32 * 24; i++)
        for (int c = 0; c < 2; c++)
            colours[i / 32 * 80 + i % 32 * 2 + c] = planes.values[1 + c][i];
    gst_buffer_append_memory(buffer,
                             gst_memory_new_wrapped(0, colours, 80 * 24, 0, 80 * 24, colours, g_free));
    gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_NV12, 64, 48, 2,
                                   offsets, strides);
    begin(&bench, "");
    set_info(&bench, &planes.info);
    assert_int_equal(gst_harness_push(bench.harness, buffer), GST_FLOW_OK);
    assert_float_equal(posted_score(&bench), score_of_planes(&planes, &planes.info), 1e-12);
    free_planes(&planes);
    alfa_image_free(image);
    end(&bench);
}

static void test_marks_without_a_copy(void **state)
{
    struct alfa_image *image = load_part(70, 54);
    (void)state;
    for (size_t f = 0; f < FORMATS; f++) {
        struct bench bench;
        struct planes planes = planes_of(image, formats[f], NULL);
        begin(&bench, "");
        set_info(&bench, &planes.info);
        GstBuffer *in = buffer_of(&planes), *as_it_was = gst_buffer_copy_deep(in);
        gst_buffer_ref(in); /* somebody else holds it too */
        assert_int_equal(gst_harness_push(bench.harness, in), GST_FLOW_OK);
        GstBuffer *out = gst_harness_pull(bench.harness);
        GstMapInfo map;
        assert_ptr_not_equal(in, out);
        assert_ptr_equal(gst_buffer_peek_memory(in, 0), gst_buffer_peek_memory(out, 0));
        assert_non_null(gst_buffer_get_meta(out, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE));
        assert_true(gst_buffer_map(as_it_was, &map, GST_MAP_READ));
        assert_int_equal(gst_buffer_memcmp(out, 0, map.data, map.size), 0);
        gst_buffer_unmap(as_it_was, &map);
        gst_buffer_unref(as_it_was);
        gst_buffer_unref(in);
        gst_buffer_unref(out);
        free_planes(&planes);
        end(&bench);
    }
    alfa_image_free(image);
}

/* ------------------------------------------------------------------ overlay */

/* A frame with its heat map and boxes; unreferenced by the caller. */
static GstBuffer *draw(GstVideoInfo *info, GstBuffer *buffer)
{
    struct bench bench;
    begin(&bench, "overlay=true");
    set_info(&bench, info);
    assert_int_equal(gst_harness_push(bench.harness, buffer), GST_FLOW_OK);
    assert_int_equal(count_of(&bench, "failed"), 0);
    GstBuffer *out = gst_harness_pull(bench.harness);
    end(&bench);
    return out;
}

static struct alfa_image *draw_rgb(const struct alfa_image *image)
{
    struct alfa_frame frame = ALFA_FRAME_INIT;
    struct alfa_image *drawn;
    GstMapInfo map;
    GstVideoInfo info = info_of("RGB", alfa_image_width(image), alfa_image_height(image), NULL);
    const size_t row = 3 * (size_t)info.width, size = row * (size_t)info.height;
    GstBuffer *in = gst_buffer_new_allocate(NULL, size, NULL);
    assert_int_equal(row % 4, 0); /* as GStreamer has it */
    gst_buffer_fill(in, 0, alfa_image_rgb(image), size);
    GstBuffer *out = draw(&info, in);
    assert_true(gst_buffer_map(out, &map, GST_MAP_READ));
    frame.width = info.width;
    frame.height = info.height;
    frame.pixels = map.data;
    assert_int_equal(alfa_image_from_frame(&drawn, &frame, NULL), ALFA_OK);
    gst_buffer_unmap(out, &map);
    gst_buffer_unref(out);
    return drawn;
}

/* What is drawn on a frame of YUV is what an encoder makes of the same pixels drawn as RGB, to one step; but
 * for the pixels beside a box that share their colour with it. */
static void test_overlay(void **state)
{
    struct alfa_image *image = load_part(72, 54);
    (void)state;
    for (size_t f = 0; f < FORMATS; f++) {
        struct planes before = planes_of(image, formats[f], NULL);
        struct alfa_image *seen = image_of(&before, &before.info), *drawn = draw_rgb(seen);
        struct planes expected = planes_of(drawn, formats[f], NULL);
        GstBuffer *out = draw(&before.info, buffer_of(&before));
        struct planes after = planes_in(&before.info, out);
        int changed = 0;
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < values_in(&before.info, c); i++) {
                const int value = after.values[c][i];
                changed += value != before.values[c][i];
                assert_true(abs(value - expected.values[c][i]) <= 1 || (c > 0 && value == 128));
            }
        assert_true(changed > values_in(&before.info, 0) / 2);
        free_planes(&after);
        gst_buffer_unref(out);
        free_planes(&expected);
        free_planes(&before);
        alfa_image_free(drawn);
        alfa_image_free(seen);
    }
    alfa_image_free(image);
}

/* ------------------------------------------------------------------ pipelines */

/* The last frame that leaves a pipeline and its score. */
struct answer {
    double score;
    struct planes planes;
};

static struct answer run_source(const char *source)
{
    struct answer answer;
    char *text = g_strdup_printf("%s ! " ELEMENT " ! fakesink name=end enable-last-sample=true", source);
    GstElement *pipeline = launch(text), *end = gst_bin_get_by_name(GST_BIN(pipeline), "end");
    GstVideoInfo info;
    GstSample *sample = NULL;
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    char *wrong = wait_for_end(pipeline, &answer.score, 1);
    g_object_get(end, "last-sample", &sample, NULL);
    if (wrong || !sample)
        fail_msg("%s: %s", source, wrong ? wrong : "no frame");
    assert_true(gst_video_info_from_caps(&info, gst_sample_get_caps(sample)));
    answer.planes = planes_in(&info, gst_sample_get_buffer(sample));
    gst_sample_unref(sample);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(end);
    gst_object_unref(pipeline);
    g_free(text);
    return answer;
}

/* A source that makes frames of one colour itself, at 1080p too; white is white to the last digit. */
static void test_colours_of_a_source(void **state)
{
    static const struct {
        const char *pattern;
        int rgb[3];
    } patterns[] = {
        {"white", {255, 255, 255}}, {"red", {255, 0, 0}}, {"green", {0, 255, 0}}, {"blue", {0, 0, 255}}};
    static const char *const kinds[] = {"width=320,height=240", "width=320,height=240,colorimetry=bt709",
                                        "width=1920,height=1080"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(patterns) * G_N_ELEMENTS(kinds) * FORMATS; i++) {
        const int pattern = (int)(i % G_N_ELEMENTS(patterns)), rest = (int)(i / G_N_ELEMENTS(patterns));
        char *source =
            g_strdup_printf("videotestsrc num-buffers=1 pattern=%s ! video/x-raw,format=%s,%s",
                            patterns[pattern].pattern, formats[rest % FORMATS], kinds[rest / FORMATS]);
        struct answer answer = run_source(source);
        struct alfa_image *image = image_of(&answer.planes, &answer.planes.info);
        const int most = pattern == 0 ? 0 : 2; /* rounded by the source and by us */
        for (int c = 0; c < 3; c++)
            assert_true(abs(alfa_image_rgb(image)[c] - patterns[pattern].rgb[c]) <= most);
        assert_float_equal(answer.score, score_of(image), 1e-12);
        alfa_image_free(image);
        free_planes(&answer.planes);
        g_free(source);
    }
}

/* A photograph by GStreamer's decoder is as bright as by ours, but for what it drops of the colours; by its
 * fast transform, which it takes unasked, it would be up to one step of 255 darker. */
static void test_photograph(void **state)
{
    struct alfa_image *file = load(PLATE "good_1.jpg");
    struct answer answer = run_source("filesrc location=" PLATE "good_1.jpg ! jpegdec idct-method=islow");
    struct alfa_image *image = image_of(&answer.planes, &answer.planes.info);
    const int pixels = alfa_image_width(file) * alfa_image_height(file);
    (void)state;
    assert_int_equal(alfa_image_width(image), alfa_image_width(file));
    assert_float_equal(answer.score, score_of(image), 1e-12);
    for (int c = 0; c < 3; c++) {
        double sum = 0;
        for (int i = 0; i < pixels; i++)
            sum += alfa_image_rgb(image)[3 * i + c] - alfa_image_rgb(file)[3 * i + c];
        assert_true(fabs(sum / pixels) < 0.33);
    }
    alfa_image_free(image);
    alfa_image_free(file);
    free_planes(&answer.planes);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_formats_sizes_and_colours),
                                              cmocka_unit_test(test_caps_that_say_nothing_of_colours),
                                              cmocka_unit_test(test_short_buffers_pass_with_one_warning),
                                              cmocka_unit_test(test_buffers_that_say_nonsense),
                                              cmocka_unit_test(test_planes_in_memories_of_their_own),
                                              cmocka_unit_test(test_marks_without_a_copy),
                                              cmocka_unit_test(test_overlay),
                                              cmocka_unit_test(test_colours_of_a_source),
                                              cmocka_unit_test(test_photograph)};
    gst_init(&argc, &argv);
    if (!has("alfadetect"))
        return 1;
    if (!has("videotestsrc") || !has("jpegdec"))
        return 77;
    const int failed = cmocka_run_group_tests(tests, open_library, close_library);
    gst_deinit(); /* the tracer, where it is on, speaks of leaks */
    return failed;
}
