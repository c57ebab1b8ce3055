#include "prompt/llm_reply.h"
#include "base/json.h"
#include "base/strings.h"
#include "prompt/llm.h"

#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_REASON = 200 };

/* ------------------------------------------------------------------ errors */

/* The words of an error: itself, its message, or what its first part says. */
static const char *words_of(const json_t *error)
{
    static const char *const keys[] = {"message",   "Message",           "detail", "msg", "error",
                                       "error_msg", "error_description", "reason"};
    if (json_is_string(error))
        return json_string_value(error);
    if (json_is_array(error))
        return words_of(json_array_get(error, 0));
    for (size_t i = 0; json_is_object(error) && i < sizeof keys / sizeof *keys; i++) {
        const json_t *value = json_object_get(error, keys[i]);
        const char *words =
            json_is_object(value) || json_is_array(value) || json_is_string(value) ? words_of(value) : NULL;
        if (words && *words)
            return words;
    }
    return NULL;
}

/* The error in a response: of OpenAI "error", of vLLM the whole, of FastAPI "detail"; also in the first
 * choice. */
static const json_t *error_in(const json_t *response)
{
    static const char *const keys[] = {"error", "errors", "detail"};
    const json_t *choice = json_array_get(json_object_get(response, "choices"), 0);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *error = json_object_get(response, keys[i]);
        if (error && !json_is_null(error))
            return error;
    }
    const json_t *error = json_object_get(choice, "error");
    if (error && !json_is_null(error))
        return error;
    return json_is_object(response) ? response : json_array_get(response, 0);
}

static json_t *parse(const char *body)
{
    json_t *response = NULL;
    return body && alfa__json_read(&response, body, strlen(body), ALFA__JSON_VALUES, 0, NULL) == ALFA_OK
               ? response
               : NULL;
}

void alfa__llm_reason(char out[ALFA__LLM_REASON], const char *body, const char *key)
{
    json_t *response = parse(body);
    const char *text = words_of(error_in(response)), *end;
    size_t used = 0;
    for (const char *p = text; p && *p && used + 5 < ALFA__LLM_REASON && used < LONGEST_REASON;) {
        if (key && *key && strncmp(p, key, strlen(key)) == 0) {
            memcpy(out + used, "***", 3);
            used += 3;
            p += strlen(key);
        } else {
            out[used++] = (unsigned char)*p < 32 || *p == 127 ? ' ' : *p;
            p++;
        }
    }
    out[used] = 0;
    g_utf8_validate(out, (gssize)used, &end); /* not inside a character */
    out[end - out] = 0;
    json_decref(response);
}

static int code_of(const json_t *error)
{
    const json_t *code = json_object_get(error, "code");
    if (!code || json_is_null(code))
        code = json_object_get(error, "status");
    const char *text = json_string_value(code);
    if (text && strstr(text, "rate_limit"))
        return 429;
    const long number = text ? strtol(text, NULL, 10) : (long)json_integer_value(code);
    return number >= 400 && number <= 599 ? (int)number : 0;
}

/* The message of a chat, of Ollama's own interface, or the text of a completion. */
static const json_t *message_in(const json_t *response, const json_t **content)
{
    const json_t *choice = json_array_get(json_object_get(response, "choices"), 0);
    const json_t *message = json_object_get(choice, "message");
    if (!json_is_object(message))
        message = json_object_get(response, "message");
    *content = json_object_get(message, "content");
    if (json_is_object(message))
        return message;
    *content = json_object_get(choice, "text");
    return json_is_string(*content) ? choice : NULL;
}

static bool has_words(const json_t *content)
{
    const char *text = json_string_value(content);
    return (text && *text) || json_array_size(content) > 0;
}

bool alfa__llm_is_error(int *code, const char *body)
{
    json_t *response = parse(body);
    const json_t *content, *error = error_in(response);
    const json_t *message = message_in(response, &content);
    const bool failed = response && !(message && has_words(content)) && words_of(error);
    *code = failed ? code_of(error) : 0;
    if (failed && !*code)
        *code = code_of(response);
    json_decref(response);
    return failed;
}

/* ------------------------------------------------------------------ answers */

/* Content may be a text, a list of texts, or one of parts with a text each; parts that are reasoning have
 * none.
 */
static void append_content(struct alfa__string *out, const json_t *content)
{
    size_t i;
    json_t *part;
    if (json_is_string(content))
        alfa__string_append(out, json_string_value(content));
    json_array_foreach((json_t *)content, i, part)
    {
        const char *type = json_string_value(json_object_get(part, "type"));
        const bool thinks = type && (strstr(type, "think") || strstr(type, "reason"));
        if (json_is_string(part)) {
            alfa__string_append(out, json_string_value(part));
            alfa__string_append(out, "\n");
        }
        if (!thinks && json_is_string(json_object_get(part, "text")))
            alfa__string_append(out, json_string_value(json_object_get(part, "text")));
    }
}

/* Events, of which those that begin with a colon say nothing, or an object a line as Ollama's. */
static bool is_stream(const char *body)
{
    return alfa__starts_with(body, "data:") || alfa__starts_with(body, "event:") ||
           alfa__starts_with(body, ":") || (*body == '{' && (strstr(body, "}\n{") || strstr(body, "}\r\n{")));
}

enum alfa_status alfa__llm_read(struct alfa__llm_answer *out, const char *body, size_t size, const char *host,
                                struct alfa_error *err)
{
    json_t *response;
    const enum alfa_status read = alfa__json_read(&response, body, size, ALFA__JSON_VALUES, 0, NULL);
    const json_t *choice = json_array_get(json_object_get(response, "choices"), 0), *content;
    const json_t *message = message_in(response, &content), *refusal = json_object_get(message, "refusal");
    const char *end = json_string_value(json_object_get(choice, "finish_reason"));
    struct alfa__string text = {0};
    enum alfa_status status = ALFA_OK;
    *out = (struct alfa__llm_answer){0};
    alfa__string_append(&text, "");
    append_content(&text, json_is_string(content) || json_is_array(content) ? content : refusal);
    if (read == ALFA_ERROR_MEMORY)
        status = alfa__fail_memory(err, size);
    else if (!response && body && is_stream(body))
        status =
            alfa__fail(err, ALFA_ERROR_RUNTIME, host,
                       "streams its answer, though asked not to (\"stream\": false); switch streaming off");
    else if (!response)
        status =
            alfa__fail(err, ALFA_ERROR_RUNTIME, host, "does not answer in JSON; is this a chat endpoint?");
    else if (!message)
        status = alfa__fail(err, ALFA_ERROR_RUNTIME, host,
                            "answers without a message (choices[0].message); is this a chat endpoint?");
    else if (!alfa__string_ok(&text))
        status = alfa__fail_memory(err, size);
    if (status == ALFA_OK) {
        *out = (struct alfa__llm_answer){.text = text.text, .cut = end && strcmp(end, "length") == 0};
        snprintf(out->end, sizeof out->end, "%s", end ? end : "");
    } else {
        alfa__string_free(&text);
    }
    json_decref(response);
    return status;
}
