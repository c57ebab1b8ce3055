/* Whether a JSON value is as a JSON Schema says: the part of the language that openapi.json uses. */
#ifndef ALFA_TESTS_SERVE_SCHEMA_H
#define ALFA_TESTS_SERVE_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The place where root has "#/a/b". */
static inline const json_t *schema_resolve(const json_t *root, const char *reference)
{
    char name[128];
    for (reference += 1; root && *reference == '/';) {
        const size_t size = strcspn(++reference, "/");
        snprintf(name, sizeof name, "%.*s", (int)size, reference);
        root = json_object_get(root, name);
        reference += size;
    }
    return root;
}

static inline bool schema_is_type(const json_t *value, const char *type)
{
    return !strcmp(type, "object")    ? json_is_object(value)
           : !strcmp(type, "array")   ? json_is_array(value)
           : !strcmp(type, "string")  ? json_is_string(value)
           : !strcmp(type, "integer") ? json_is_integer(value)
           : !strcmp(type, "number")  ? json_is_number(value)
           : !strcmp(type, "boolean") ? json_is_boolean(value)
           : !strcmp(type, "null")    ? json_is_null(value)
                                      : false;
}

static inline bool schema_has_type(const json_t *value, const json_t *type)
{
    size_t i;
    json_t *one;
    if (json_is_string(type))
        return schema_is_type(value, json_string_value(type));
    json_array_foreach(type, i, one) if (schema_is_type(value, json_string_value(one))) return true;
    return !type;
}

static inline bool schema_in(const json_t *value, const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) if (json_equal(one, value)) return true;
    return !list;
}

/* why gets where it is not so. */
static inline bool schema_fits(const json_t *value, const json_t *schema, const json_t *root,
                               const char *place, char why[512]);

static inline bool schema_fits_object(const json_t *value, const json_t *schema, const json_t *root,
                                      const char *place, char why[512])
{
    const char *key;
    json_t *member, *name;
    size_t i;
    char below[256];
    const json_t *known = json_object_get(schema, "properties");
    json_array_foreach(json_object_get(schema, "required"), i, name)
    {
        if (json_object_get(value, json_string_value(name)))
            continue;
        snprintf(why, 512, "%s has no %s", place, json_string_value(name));
        return false;
    }
    json_object_foreach((json_t *)value, key, member)
    {
        const json_t *inner = json_object_get(known, key);
        snprintf(below, sizeof below, "%.200s/%.50s", place, key);
        if (!inner && json_is_false(json_object_get(schema, "additionalProperties"))) {
            snprintf(why, 512, "%s is not in the file", below);
            return false;
        }
        if (inner && !schema_fits(member, inner, root, below, why))
            return false;
    }
    return true;
}

static inline bool schema_fits(const json_t *value, const json_t *schema, const json_t *root,
                               const char *place, char why[512])
{
    const char *reference = json_string_value(json_object_get(schema, "$ref"));
    const json_t *any = json_object_get(schema, "anyOf"), *items = json_object_get(schema, "items");
    json_t *one, *constant = json_object_get(schema, "const");
    size_t i;
    if (reference)
        return schema_fits(value, schema_resolve(root, reference), root, place, why);
    json_array_foreach(any, i, one) if (schema_fits(value, one, root, place, why)) return true;
    if (any)
        return false;
    snprintf(why, 512, "%s is of another kind", place);
    if (!schema || !schema_has_type(value, json_object_get(schema, "type")) ||
        !schema_in(value, json_object_get(schema, "enum")) || (constant && !json_equal(constant, value)))
        return false;
    json_array_foreach(value, i, one) if (items && !schema_fits(one, items, root, place, why)) return false;
    return !json_is_object(value) || schema_fits_object(value, schema, root, place, why);
}

#endif
