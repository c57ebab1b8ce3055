/* Every config that open_clip ships (tests/reference/make_configs.py): those of plain CLIP ViTs are read,
 * with as many parameters as open_clip counts, and all others are refused by something that stands in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/strings.h"
#include "unit/folder.h"
#include "weights/config.h"
#include "weights/known.h"

static json_t *configs;
static char folder[] = "/tmp/alfa-configs-XXXXXX";
static struct alfa_error err;

/* The config as a folder of weights has it. */
static enum alfa_status read_config(struct alfa__config *out, json_t *config)
{
    char *path = alfa__format("%s/open_clip_config.json", folder);
    json_t *whole = json_pack("{s: O}", "model_cfg", config);
    char *text = json_dumps(whole, 0);
    json_decref(whole);
    memset(&err, 0, sizeof err);
    assert_int_equal(alfa__file_write(path, text, strlen(text), NULL), ALFA_OK);
    const enum alfa_status status = alfa__config_read(out, path, &err);
    free(path);
    free(text);
    return status;
}

/* Whether the message holds the name of a member, or a text that stands in the config. */
static bool names_something(json_t *value, const char *message)
{
    const char *name;
    json_t *member;
    if (json_is_string(value))
        return strlen(json_string_value(value)) > 2 && strstr(message, json_string_value(value));
    json_object_foreach(value, name, member)
    {
        if (strstr(message, name) || names_something(member, message))
            return true;
    }
    return false;
}

static void test_plain(void **state)
{
    const char *name;
    json_t *row;
    int count = 0;
    (void)state;
    json_object_foreach(configs, name, row)
    {
        struct alfa__config config;
        if (!json_is_true(json_object_get(row, "plain")))
            continue;
        if (read_config(&config, json_object_get(row, "config")) != ALFA_OK)
            fail_msg("%s: %s", name, err.message);
        const long long wanted = json_integer_value(json_object_get(row, "parameters"));
        if (alfa__known_parameters(&config) != wanted)
            fail_msg("%s: %lld parameters, open_clip has %lld", name, alfa__known_parameters(&config),
                     wanted);
        count++;
    }
    assert_true(count >= 30);
}

static void test_others(void **state)
{
    const char *name;
    json_t *row;
    int count = 0;
    (void)state;
    json_object_foreach(configs, name, row)
    {
        struct alfa__config config;
        json_t *theirs = json_object_get(row, "config");
        if (json_is_true(json_object_get(row, "plain")))
            continue;
        const enum alfa_status status = read_config(&config, theirs);
        if (status != ALFA_ERROR_MODEL || strchr(err.message, '\n') || !names_something(theirs, err.message))
            fail_msg("%s: %d %s", name, status, err.message);
        count++;
    }
    assert_true(count >= 100);
}

/* A text that says true would be passed over, and the activation with it. */
static void test_activation(void **state)
{
    struct alfa__config config;
    json_t *ours = json_deep_copy(json_object_get(json_object_get(configs, "ViT-B-32"), "config"));
    (void)state;
    assert_non_null(ours);
    json_object_set_new(ours, "quick_gelu", json_string("true"));
    assert_int_equal(read_config(&config, ours), ALFA_ERROR_MODEL);
    assert_string_equal(err.message, "quick_gelu must be true or false");
    json_object_set_new(ours, "quick_gelu", json_true());
    assert_int_equal(read_config(&config, ours), ALFA_OK);
    assert_true(config.quick_gelu);
    json_decref(ours);
}

static int set_up(void **state)
{
    (void)state;
    configs = json_load_file("tests/data/configs/open_clip.json", 0, NULL);
    return configs && mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(configs);
    return folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plain), cmocka_unit_test(test_others),
                                       cmocka_unit_test(test_activation)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
