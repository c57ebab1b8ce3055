/* Parts that lie anyhow: found before a plain background, brought to one pose, and their maps turned back. */
#include "image/align.h"
#include "image/object.h"
#include "unit/bolt.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct alfa_image *align(struct alfa__alignment *alignment, const struct scene *scene)
{
    struct alfa_image *image = draw(scene), *aligned;
    struct alfa_error err;
    if (alfa__align(&aligned, alignment, image, &err) != ALFA_OK)
        fail_msg("not aligned: %s", err.message);
    alfa_image_free(image);
    return aligned;
}

/* Mean difference in levels, beside that of the backgrounds. */
static double difference(const struct alfa_image *a, const struct alfa_image *b)
{
    const int side = a->width < b->width ? a->width : b->width;
    double sum = 0;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            sum +=
                abs(a->rgb[3 * (y * a->width + x)] - a->rgb[0] - b->rgb[3 * (y * b->width + x)] + b->rgb[0]);
    return sum / (side * side);
}

/* However the bolt lies, dark or light, on a sloping background: the same picture. */
static void test_same_pose(void **state)
{
    (void)state;
    for (int light = 0; light < 2; light++) {
        struct scene scene = plain;
        struct alfa__alignment first, other;
        scene.ground = light ? 40 : 190;
        scene.level = light ? 200 : 60;
        struct alfa_image *wanted = align(&first, &scene);
        for (int i = 1; i < 12; i++) {
            scene.angle = i * 0.55;
            scene.x = 200 + 8 * (i % 4);
            scene.y = 190 + 9 * (i % 3);
            scene.slope = light ? 12 : -30;
            struct alfa_image *aligned = align(&other, &scene);
            assert_true(abs(aligned->width - wanted->width) <= 4);
            const double turned = remainder(other.angle - first.angle - scene.angle, 2 * acos(-1));
            assert_true(fabs(turned) < 0.02);
            assert_true(difference(aligned, wanted) < 2);
            alfa_image_free(aligned);
        }
        alfa_image_free(wanted);
    }
}

/* Less light, from a side, of another colour: the same picture, where the background is bright enough to
 * tell. */
static void test_light(void **state)
{
    struct scene scene = plain;
    struct alfa__alignment alignment, other;
    scene.ground = 235, scene.level = 90;
    struct alfa_image *image = draw(&scene), *wanted, *aligned;
    (void)state;
    assert_int_equal(alfa__align(&wanted, &alignment, image, NULL), ALFA_OK);
    for (int i = 0; i < SIDE * SIDE; i++) {
        static const double lamp[3] = {0.72, 0.85, 0.95};
        for (int c = 0; c < 3; c++)
            image->rgb[3 * i + c] =
                (unsigned char)(image->rgb[3 * i + c] * (lamp[c] + 0.1 * (i % SIDE) / SIDE) + 0.5);
    }
    assert_int_equal(alfa__align(&aligned, &other, image, NULL), ALFA_OK);
    assert_int_equal(aligned->width, wanted->width);
    double sum = 0;
    for (int i = 0; i < 3 * wanted->width * wanted->height; i++)
        sum += abs(aligned->rgb[i] - wanted->rgb[i]);
    assert_true(sum / (3 * wanted->width * wanted->height) < 1);
    alfa_image_free(image);
    alfa_image_free(wanted);
    alfa_image_free(aligned);
}

/* Half a turn is a larger difference than the test above allows. */
static void test_head_and_tail(void **state)
{
    struct scene scene = plain;
    struct alfa__alignment alignment;
    struct alfa_image *aligned = align(&alignment, &scene), *turned;
    (void)state;
    assert_int_equal(alfa__image_alloc(&turned, aligned->width, aligned->height, NULL), ALFA_OK);
    const int last = aligned->width * aligned->height - 1;
    for (int i = 0; i <= last; i++)
        memcpy(turned->rgb + 3 * i, aligned->rgb + 3 * (last - i), 3);
    assert_true(difference(aligned, turned) > 4);
    alfa_image_free(turned);
    alfa_image_free(aligned);
}

/* The brightest place of the aligned picture, as a map, comes back to where the mark was drawn. */
static void test_back(void **state)
{
    enum { MAP = 64 };
    static float map[MAP * MAP], back[SIDE * SIDE];
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct scene scene = plain;
        struct alfa__alignment alignment;
        scene.mark = 50;
        scene.angle = 1.1 * i;
        struct alfa_image *aligned = align(&alignment, &scene);
        for (int p = 0; p < MAP * MAP; p++) {
            const int x = p % MAP * aligned->width / MAP, y = p / MAP * aligned->width / MAP;
            map[p] = aligned->rgb[3 * (y * aligned->width + x)] > 200;
        }
        alfa__align_back(back, SIDE, SIDE, &alignment, (struct alfa__grid){map, MAP, MAP});
        double x = 0, y = 0, sum = 0;
        for (int p = 0; p < SIDE * SIDE; p++) {
            x += (double)back[p] * (p % SIDE);
            y += (double)back[p] * (p / SIDE);
            sum += (double)back[p];
        }
        assert_true(sum > 20);
        assert_true(fabs(x / sum - scene.x - 50 * cos(scene.angle)) < 5);
        assert_true(fabs(y / sum - scene.y - 50 * sin(scene.angle)) < 5);
        const struct alfa__box box =
            alfa__align_box(&alignment, (struct alfa__box){x / sum - 1, y / sum - 1, 2, 2});
        const int middle = (int)(box.y + box.height / 2) * aligned->width + (int)(box.x + box.width / 2);
        assert_true(aligned->rgb[3 * middle] > 200);
        alfa_image_free(aligned);
    }
}

/* A bright band across the bolt leaves two pieces and one object. */
static void test_cut(void **state)
{
    struct scene scene = plain;
    struct alfa__alignment whole, cut;
    struct alfa_image *wanted = align(&whole, &scene), *aligned;
    (void)state;
    scene.cut = true;
    scene.angle = 2;
    aligned = align(&cut, &scene);
    assert_true(abs(aligned->width - wanted->width) <= 8);
    assert_true(fabs(remainder(cut.angle - whole.angle - 2, 2 * acos(-1))) < 0.02);
    alfa_image_free(wanted);
    alfa_image_free(aligned);
}

static void assert_refused(const struct scene *scene, const char *words)
{
    struct alfa_image *image = draw(scene), *aligned;
    struct alfa__alignment alignment;
    struct alfa_error err;
    assert_int_equal(alfa__align(&aligned, &alignment, image, &err), ALFA_ERROR_INPUT);
    assert_null(aligned);
    if (!strstr(err.message, words))
        fail_msg("\"%s\" does not say \"%s\"", err.message, words);
    alfa_image_free(image);
}

static void test_refused(void **state)
{
    struct scene bare = plain, edge = plain, two = plain, noisy = plain;
    (void)state;
    bare.bare = true;
    edge.x = 60;
    two.second = true;
    noisy.noisy = true;
    assert_refused(&bare, "shows no object that stands out");
    assert_refused(&edge, "touches the edge");
    assert_refused(&two, "more than one object");
    assert_refused(&noisy, "no plain background");
}

/* Pictures of a pixel, a line, a single colour: refused, not crashed. */
static void test_tiny(void **state)
{
    static const int sides[][2] = {{1, 1}, {1, 300}, {300, 1}, {2, 2}, {7, 9}, {300, 300}};
    (void)state;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        struct alfa_image *image, *aligned;
        struct alfa__alignment alignment;
        assert_int_equal(alfa__image_alloc(&image, sides[i][0], sides[i][1], NULL), ALFA_OK);
        memset(image->rgb, 99, (size_t)(3 * sides[i][0] * sides[i][1]));
        assert_int_equal(alfa__align(&aligned, &alignment, image, NULL), ALFA_ERROR_INPUT);
        alfa_image_free(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_pose),     cmocka_unit_test(test_light),
        cmocka_unit_test(test_head_and_tail), cmocka_unit_test(test_back),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_tiny),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
