/* A real browser uses the page: Chromium, driven by chromedriver (Debian's chromium-driver). Without them the
 * test is skipped, and says so. ALFA_AXE names the folder of axe-core, which then looks at every view. */
#include "serve/client.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77 };

static struct server server, driver;
static char session[128];
static char *axe;
static FILE *driver_says;

/* ------------------------------------------------------------------ WebDriver */

/* NULL: the page was drawn anew, and an element is another one now. */
static json_t *try_command(const char *method, const char *path, json_t *body)
{
    char where[256];
    char *text = json_dumps(body ? body : json_object(), 0);
    snprintf(where, sizeof where, "%s%s", session, path);
    struct answer answer = send_json(&driver, method, where, text);
    json_t *value = json_incref(json_object_get(answer.json, "value"));
    const char *error = json_string_value(json_object_get(value, "error"));
    if (answer.status != 200) {
        if (!error || strcmp(error, "stale element reference") != 0)
            fail_msg("%s %s: %.600s", method, path, answer.body);
        json_decref(value);
        value = NULL;
    }
    free(text);
    json_decref(body);
    answer_free(&answer);
    return value;
}

static json_t *command(const char *method, const char *path, json_t *body)
{
    json_t *value = try_command(method, path, body);
    if (!value)
        fail_msg("%s %s: the element is gone", method, path);
    return value;
}

/* What a function's body returns in the page. */
static json_t *run_js(const char *script)
{
    return command("POST", "/execute/sync", json_pack("{s:s, s:[]}", "script", script, "args"));
}

/* The same for one that waits: it hands what it found to done(). */
static json_t *run_async(const char *script)
{
    char whole[4096];
    snprintf(whole, sizeof whole,
             "const done = arguments[0]; (async () => {%s})().catch((e) => done(String(e)))", script);
    return command("POST", "/execute/async", json_pack("{s:s, s:[]}", "script", whole, "args"));
}

static void run_to_true(const char *script)
{
    json_t *value = run_async(script);
    if (!json_is_true(value))
        fail_msg("%s: %s", script, json_dumps(value, JSON_ENCODE_ANY));
    json_decref(value);
}

/* Until no answer has come for a second: a press while one is on its way would ask nothing. */
static void be_quiet(void)
{
    run_to_true("for (let seen = -1; seen !== performance.getEntriesByType('resource').length;) {\n"
                "seen = performance.getEntriesByType('resource').length;\n"
                "await new Promise((r) => setTimeout(r, 1000)); }\n"
                "done(true)");
}

static bool is_true(const char *expression)
{
    char script[2048];
    snprintf(script, sizeof script, "return Boolean(%s)", expression);
    json_t *value = run_js(script);
    const bool yes = json_is_true(value);
    json_decref(value);
    return yes;
}

/* Waits until an expression holds; one that stumbles over what is not drawn yet does not hold yet. */
static void wait_for(const char *expression)
{
    char patient[2000];
    snprintf(patient, sizeof patient, "(() => { try { return %s } catch { return false } })()", expression);
    for (int i = 0; i < 600; i++) {
        if (is_true(patient))
            return;
        usleep(100000);
    }
    json_t *text = run_js("return document.body.innerText");
    fail_msg("never true: %s\nThe page says:\n%s", expression, json_string_value(text));
}

static void element(char id[128], const char *selector)
{
    json_t *found =
        command("POST", "/element", json_pack("{s:s, s:s}", "using", "css selector", "value", selector));
    snprintf(id, 128, "%s", json_string_value(json_object_iter_value(json_object_iter(found))));
    json_decref(found);
}

static bool try_click(const char *selector)
{
    char id[128], path[256];
    element(id, selector);
    snprintf(path, sizeof path, "/element/%s/click", id);
    json_t *done = try_command("POST", path, NULL);
    json_decref(done);
    return done != NULL;
}

/* Where the page is drawn anew between finding and clicking, the finger finds what is there then. */
static void click(const char *selector)
{
    for (int i = 0; i < 20; i++)
        if (try_click(selector))
            return;
    fail_msg("%s never stays", selector);
}

/* The button with this text, as a person finds it; scrolled to and clicked for real. */
static void press(const char *label)
{
    char script[512];
    snprintf(script, sizeof script,
             "const b = [...document.querySelectorAll('button')].find((x) => x.textContent === '%s' && "
             "x.offsetParent); b.dataset.press = '1'; b.scrollIntoView({block: 'center'})",
             label);
    for (int i = 0; i < 20; i++) {
        json_decref(run_js(script));
        if (try_click("[data-press]"))
            break;
        assert_true(i < 19);
    }
    json_decref(run_js("delete document.querySelector('[data-press]')?.dataset.press"));
}

static void type(const char *selector, const char *text)
{
    char id[128], path[256];
    element(id, selector);
    snprintf(path, sizeof path, "/element/%s/value", id);
    json_decref(command("POST", path, json_pack("{s:s}", "text", text)));
}

/* A file field that the page keeps hidden behind a button is shown for the driver, which insists. */
static void choose(const char *selector, const char *file)
{
    char script[256], path[4096];
    snprintf(script, sizeof script, "document.querySelector('%s').hidden = false", selector);
    json_decref(run_js(script));
    assert_non_null(realpath(file, path));
    type(selector, path);
    snprintf(script, sizeof script, "document.querySelector('%s').hidden = true", selector);
    json_decref(run_js(script));
}

static void visit(const char *view)
{
    char url[128];
    snprintf(url, sizeof url, "%s/#%s", server.url, view);
    json_decref(command("POST", "/url", json_pack("{s:s}", "url", url)));
}

/* ------------------------------------------------------------------ accessibility */

/* What can be checked without axe-core: everything that is used has a name. */
static void check_names(void)
{
    json_t *nameless = run_js(
        "return [...document.querySelectorAll('button, a, input, select, textarea, img, svg[role=img]')]"
        ".filter((e) => e.offsetParent && !(e.getAttribute('aria-label') || e.textContent.trim() || "
        "e.labels?.length"
        " || (e.tagName === 'IMG' && e.hasAttribute('alt')))).map((e) => e.outerHTML)");
    if (json_array_size(nameless) > 0)
        fail_msg("without a name: %s", json_dumps(nameless, 0));
    json_decref(nameless);
}

static void check_view(const char *view)
{
    check_names();
    if (!is_true("document.documentElement.scrollWidth <= window.innerWidth"))
        fail_msg("%s is wider than the window", view);
    if (!axe)
        return;
    char *script = malloc(strlen(axe) + 512);
    sprintf(script,
            "const done = arguments[arguments.length - 1];\n%s\n"
            "axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations.filter((v) => "
            "['serious', 'critical'].includes(v.impact)).map((v) => v.id + ': ' + v.nodes.map((n) => "
            "n.html + ' ' + n.failureSummary).join(' | '))), (e) => done([String(e)]))",
            axe);
    json_t *found = command("POST", "/execute/async", json_pack("{s:s, s:[]}", "script", script, "args"));
    if (json_array_size(found) > 0)
        fail_msg("axe in %s: %s", view, json_dumps(found, JSON_INDENT(1)));
    json_decref(found);
    free(script);
}

static void load_axe(void)
{
    char path[512];
    const char *folder = getenv("ALFA_AXE");
    snprintf(path, sizeof path, "%s/axe.min.js", folder ? folder : "build/axe");
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_message("SKIPPED: axe-core is not at %s\n", path);
        return;
    }
    axe = calloc(1, 4 << 20);
    assert_true(fread(axe, 1, (4 << 20) - 1, file) > 100000);
    fclose(file);
}

/* ------------------------------------------------------------------ the tests */

static void a_picture_is_judged(void **state)
{
    (void)state;
    visit("inspect");
    wait_for("document.querySelector('#noun')");
    check_view("the empty page");
    type("#noun", "plate");
    choose("#files", CHIP);
    wait_for("document.querySelector('.verdict .score')?.textContent.match(/^[01]\\.\\d{3}$/)");
    wait_for("[...document.querySelectorAll('.sheet img')].length === 2 && "
             "[...document.querySelectorAll('.sheet img')].every((i) => i.naturalWidth > 100)");
    check_view("a result");
}

static void the_heat_map_fades(void **state)
{
    (void)state;
    json_decref(run_js(
        "const s = document.querySelector('#opacity'); s.value = 20; s.dispatchEvent(new Event('input'))"));
    wait_for("document.querySelectorAll('.sheet img')[1].style.opacity === '0.2'");
    json_decref(run_js("document.querySelector('.stage').focus()"));
    type(".stage", "++");
    wait_for("document.querySelector('.sheet').clientWidth > document.querySelector('.stage').clientHeight");
    press("Fit");
    wait_for("document.querySelector('.sheet').clientWidth <= document.querySelector('.stage').clientWidth");
}

static void a_broken_file_is_said(void **state)
{
    char path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/broken.jpg", server.folder);
    FILE *file = fopen(path, "w");
    fputs("\xff\xd8\xff no picture", file);
    fclose(file);
    choose("#files", path);
    wait_for("document.body.innerText.includes('broken.jpg cannot be judged')");
    wait_for("document.body.innerText.includes('1 failed')");
    check_view("an error");
}

static void sentences_change_the_score(void **state)
{
    (void)state;
    click(".batch [role=listitem] button");
    wait_for("document.querySelector('.verdict')");
    json_decref(run_js(
        "[...document.querySelectorAll('summary')].find((s) => s.textContent === 'Sentences').click()"));
    wait_for("document.querySelector('#sentences').value.includes('[abnormal]')");
    json_decref(run_js("document.querySelector('#sentences').value = '[normal]\\na {class}\\n[abnormal]\\na "
                       "{class} in pieces\\n'"));
    press("Try on this picture");
    wait_for("document.querySelector('#toasts').textContent.includes('→')");
    json_decref(run_js("document.querySelector('#sentences').value = 'no section'"));
    press("Keep for this class");
    wait_for("document.querySelector('#toasts').textContent.includes('[normal]')");
}

static void a_bank_is_learned_and_used(void **state)
{
    (void)state;
    visit("banks");
    wait_for("document.body.innerText.includes('No bank yet')");
    check_view("no bank");
    type("#bank-noun", "plate");
    type("#bank-name", "plates");
    choose("#normal-files", GOOD);
    choose("#normal-files", "examples/images/plate/good_2.jpg");
    choose("#bad-files", CHIP);
    wait_for("document.querySelectorAll('.chosen figure').length === 3");
    press("Learn");
    wait_for("document.querySelector('.tag.current')");
    check_view("a bank");
    press("Judge with it");
    wait_for("document.querySelector('#bank').value === 'plates'");
    choose("#files", "examples/images/plate/crack.jpg");
    wait_for("document.querySelector('.facts')?.textContent.includes('bank plates, version 1')");
    wait_for("document.querySelector('.facts')?.textContent.includes('p-value')");
}

static void verdicts_and_history(void **state)
{
    (void)state;
    visit("history");
    wait_for("document.querySelectorAll('.shot').length >= 2");
    check_view("the history");
    click(".shot .says button");
    wait_for("document.querySelector('.shot .says button[aria-pressed=true]')");
    json_decref(run_js("const f = document.querySelector('#f-verdict'); f.value = 'agree'; "
                       "f.dispatchEvent(new Event('change'))"));
    wait_for("document.querySelectorAll('.shot').length === 1");
    json_decref(run_js("const f = document.querySelector('#f-decision'), d = document.querySelector('.shot "
                       ".tag').classList.contains('anomaly') ? "
                       "'normal' : 'anomaly'; f.value = d; f.dispatchEvent(new Event('change'))"));
    wait_for("document.body.innerText.includes('Nothing matches')");
    json_decref(run_js("for (const id of ['f-verdict', 'f-decision']) { const f = document.querySelector('#' "
                       "+ id); f.value = ''; "
                       "f.dispatchEvent(new Event('change')); }"));
    wait_for("document.querySelectorAll('.shot').length >= 2");
    click(".shot .pic");
    wait_for("document.querySelector('.verdict') && document.querySelector('.sheet img')");
    check_view("an inspection");
    wait_for("document.querySelector('.head "
             ".soft').textContent.match(/20\\d\\d.*:\\d\\d:\\d\\d.*(GMT|UTC|[A-Z]{2})/)");
    wait_for("document.querySelector('.facts').textContent.match(/alfa \\d.*No\\. \\d/)");
    press("← Back to the list");
    wait_for("document.querySelector('.shot .body > .soft.small')?.textContent.match(/20\\d\\d/)");
}

static void say(long long id, const char *verdict)
{
    char path[64], body[64];
    snprintf(path, sizeof path, "/v1/inspections/%lld", id);
    snprintf(body, sizeof body, "{\"verdict\": %s}", verdict);
    struct answer answer = send_json(&server, "PATCH", path, body);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}

/* A verdict of another browser is seen at once, in the list and beside the picture; and whoever uses keys
 * stays where they were. */
static void verdicts_are_seen_everywhere(void **state)
{
#define SAID(where, yes) \
    "document.querySelector('" where " .says button').getAttribute('aria-pressed') === '" yes "'"
#define FOCUSED "document.activeElement === document.querySelector('.shot .says button')"
    (void)state;
    visit("inspect");
    visit("history");
    wait_for("document.querySelectorAll('.shot').length >= 2");
    json_t *number = run_js("return Number(document.querySelector('.shot').dataset.id)");
    const long long id = json_integer_value(number);
    json_decref(number);
    say(id, "null");
    wait_for(SAID(".shot", "false"));
    type(".shot .says button", "\uE007"); /* Enter */
    wait_for(SAID(".shot", "true"));
    assert_true(is_true(FOCUSED));
    say(id, "null");
    wait_for(SAID(".shot", "false"));
    assert_true(is_true(FOCUSED));
    click(".shot .pic");
    wait_for("document.querySelector('.verdict')");
    say(id, "\"agree\"");
    wait_for(SAID("main", "true") " && document.body.innerText.includes('Said ')");
    press("← Back to the list");
    wait_for(SAID(".shot", "true"));
}

/* Keys alone: the way past the bar leads into what is shown, nothing that is chosen lies below a bar, and
 * what goes leaves the next thing chosen. */
static void keys_are_enough(void **state)
{
    (void)state;
    visit("inspect");
    visit("history");
    wait_for("document.querySelectorAll('.shot').length >= 2");
    type(".skip", "\uE007");
    assert_true(is_true("location.hash === '#history' && document.activeElement.id === 'main'"));
    json_decref(run_js("document.querySelector('.cards').style.marginTop = '3000px'; scrollTo(0, 1e6); "
                       "document.querySelector('summary').focus()"));
    wait_for("document.querySelector('summary').getBoundingClientRect().top >= "
             "document.querySelector('.bar').getBoundingClientRect().bottom");
    json_decref(run_js("document.querySelector('.cards').style.marginTop = ''"));
    visit("banks");
    choose("#normal-files", GOOD);
    choose("#normal-files", CHIP);
    wait_for("document.querySelectorAll('.chosen figure').length === 2");
    type(".chosen button", "\uE007");
    assert_true(is_true("document.activeElement === document.querySelector('.chosen button')"));
    type(".chosen button", "\uE007");
    assert_true(is_true("document.activeElement.textContent === 'Choose good ones'"));
}

/* In many countries the decimal sign is a comma. */
static void a_score_may_have_a_comma(void **state)
{
    (void)state;
    visit("history");
    wait_for("document.querySelectorAll('.shot').length >= 2");
    json_decref(run_js(
        "const found = [...document.querySelectorAll('.shot .num')].map((e) => Number(e.textContent));\n"
        "window.most = found.length;\n"
        "const f = document.querySelector('#f-low');\n"
        "f.value = (Math.max(...found) - 0.001).toFixed(3).replace('.', ',');\n"
        "f.dispatchEvent(new Event('input'))"));
    wait_for("document.querySelectorAll('.shot').length >= 1 && document.querySelectorAll('.shot').length < "
             "window.most");
    json_decref(run_js(
        "const f = document.querySelector('#f-low'); f.value = ''; f.dispatchEvent(new Event('input'))"));
    wait_for("document.querySelectorAll('.shot').length === window.most");
}

/* The page of yesterday shows what is no longer kept. */
static void what_was_removed_goes(void **state)
{
    char path[64];
    struct answer judged = detect(&server, GOOD);
    (void)state;
    visit("inspect");
    visit("history");
    snprintf(path, sizeof path, "/v1/inspections/%lld",
             (long long)json_integer_value(json_object_get(judged.json, "id")));
    answer_free(&judged);
    wait_for("document.querySelectorAll('.shot').length >= 2");
    be_quiet(); /* the news of what was judged draws the list once more, without what is removed by then */
    json_decref(run_js("window.most = document.querySelectorAll('.shot').length"));
    struct answer gone = ask(&server, "DELETE", path, NULL, NULL, 0);
    assert_int_equal(gone.status, 204);
    answer_free(&gone);
    click(".shot .pic");
    wait_for("document.querySelector('#toasts').textContent.includes('there is no inspection')");
    wait_for("document.querySelectorAll('.shot').length === window.most - 1");
    assert_true(is_true("document.activeElement === document.querySelector('.shot .pic')"));
}

/* A server whose machine lost its power ends no connection: it is missed when it does not beat. */
static void a_silent_server_is_missed(void **state)
{
    (void)state;
    run_to_true("const real = performance.now.bind(performance), lost = document.querySelector('.lost');\n"
                "let seen = false;\n"
                "new MutationObserver(() => { seen ||= !lost.hidden; }).observe(lost, {attributes: true});\n"
                "performance.now = () => real() + 60000;\n"
                "for (let i = 0; i < 100 && !(seen && lost.hidden); i++)\n"
                "await new Promise((r) => setTimeout(r, 100));\n"
                "performance.now = real;\n"
                "done(seen && lost.hidden)");
}

/* A slow network: an answer that comes late is not shown in the place of a later question's, and two presses
 * bring one page. */
static void slow_answers_do_not_mix(void **state)
{
    (void)state;
    visit("history");
    wait_for("document.querySelectorAll('.shot').length >= 2");
    run_to_true("const real = window.fetch, f = document.querySelector('#f-verdict');\n"
                "window.fetch = async (...a) => { const got = await real(...a); if "
                "(String(a[0]).includes('verdict=missed')) await new Promise((r) => setTimeout(r, 800)); "
                "return got; };\n"
                "for (const value of ['missed', '']) { f.value = value; f.dispatchEvent(new "
                "Event('change')); }\n"
                "await new Promise((r) => setTimeout(r, 1500));\n"
                "window.fetch = (where, more) => real(String(where).replace('limit=48', 'limit=1'), more);\n"
                "done(document.querySelectorAll('.shot').length >= 2)");
    visit("banks");
    visit("history");
    wait_for("document.querySelectorAll('.shot').length === 1");
    be_quiet();
    run_to_true("const more = [...document.querySelectorAll('button')].find((b) => b.textContent === 'Show "
                "more');\n"
                "more.click(); more.click();\n"
                "await new Promise((r) => setTimeout(r, 700));\n"
                "done(document.querySelectorAll('.shot').length === 2)");
    run_to_true(
        "document.querySelector('#f-verdict').dispatchEvent(new Event('change'));\n"
        "[...document.querySelectorAll('button')].find((b) => b.textContent === 'Show more').click();\n"
        "await new Promise((r) => setTimeout(r, 700));\n"
        "done(document.querySelectorAll('.shot').length === 1)");
    json_decref(command("POST", "/refresh", NULL));
}

/* Who comes back finds the list where it was left, all its pages, with the verdict that was given. */
static void the_way_back_keeps_the_place(void **state)
{
    (void)state;
    visit("inspect");
    visit("history");
    run_to_true("const real = window.fetch;\n"
                "window.fetch = (where, more) => real(String(where).replace('limit=48', 'limit=1'), more);\n"
                "done(true)");
    visit("banks");
    visit("history");
    wait_for("document.querySelectorAll('.shot').length === 1");
    be_quiet();
    press("Show more");
    wait_for("document.querySelectorAll('.shot').length === 2");
    json_decref(
        run_js("document.querySelector('.cards').style.marginTop = '3000px'; window.scrollTo(0, 3000)"));
    json_decref(run_js("window.left = window.scrollY; document.querySelectorAll('.shot .pic')[1].click()"));
    wait_for("document.querySelector('.verdict') && window.scrollY === 0");
    json_decref(
        run_js("const open = [...document.querySelectorAll('.says button')].find((b) => "
               "b.getAttribute('aria-pressed') === 'false'); window.said = open.textContent; open.click()"));
    wait_for("[...document.querySelectorAll('.says button')].find((b) => b.textContent === "
             "window.said)?.getAttribute('aria-pressed') === 'true'");
    press("← Back to the list");
    wait_for("document.querySelectorAll('.shot').length === 2 && window.left > 1000 && window.scrollY === "
             "window.left");
    wait_for("document.activeElement === document.querySelectorAll('.shot .pic')[1]");
    wait_for("document.querySelectorAll('.shot')[1].querySelector('[aria-pressed=true]').textContent === "
             "window.said");
    json_decref(command("POST", "/refresh", NULL));
}

static void a_threshold_is_chosen(void **state)
{
    (void)state;
    visit("banks");
    /* The page may draw its banks anew meanwhile: moved again then. */
    wait_for("(() => { const s = document.querySelector('[id^=threshold-]'); if (!s) return false; "
             "s.value = 0.05; s.dispatchEvent(new Event('input')); "
             "return document.querySelector('.tally').textContent.includes('1 of 1inspected: called an "
             "anomaly') })()");
    press("Use this threshold");
    wait_for("[...document.querySelectorAll('button')].some((b) => b.textContent.startsWith('Back to the "
             "learned one') && b.offsetParent)");
    wait_for(
        "document.body.textContent.match(/Threshold 0\\.050, chosen .*20\\d\\d.* The \\.bank file has the "
        "learned one/)");
    struct answer banks = get(&server, "/v1/banks");
    assert_true(json_number_value(json_object_get(json_array_get(json_object_get(banks.json, "items"), 0),
                                                  "threshold")) == 0.05);
    answer_free(&banks);
}

/* The tally is that of the bank's own threshold, not of the slider's step beside it. */
static void a_tally_is_exact(void **state)
{
    (void)state;
    run_to_true(
        "const ask = async (where, more) => (await fetch(where, more)).json();\n"
        "const bank = (await ask('/v1/banks')).items[0];\n"
        "const judged = (await ask(`/v1/scores?class=plate&bank=${bank.id}`)).items;\n"
        "const good = [...bank.facts.scores.good, ...judged.filter((r) => r.truth === 'good').map((r) => "
        "r.score)];\n"
        "const s = Math.max(...good), t = Math.round(1000 * s) / 1000 < s ? s : s - 1e-6;\n"
        "await ask(`/v1/banks/${bank.id}`, {method: 'PATCH', headers: {'Content-Type': 'application/json'}, "
        "body: JSON.stringify({threshold: t})});\n"
        "window.expected = `${good.filter((x) => x > t).length} of ${good.length}false alarms`;\n"
        "done(good.length >= 2)");
    visit("inspect");
    visit("banks");
    wait_for("document.querySelector('.tally').children[1].textContent === window.expected");
}

static void a_new_version_and_the_way_back(void **state)
{
    (void)state;
    visit("history");
    wait_for("document.querySelector('.shot input[type=checkbox]')");
    click(".shot input[type=checkbox]");
    press("Learn as normal");
    wait_for("document.querySelectorAll('.chosen figure').length === 1");
    wait_for("document.querySelector('#bank-base').value !== ''");
    press("Learn");
    wait_for("[...document.querySelectorAll('button')].some((b) => b.textContent === 'Use this version')");
    wait_for("document.body.innerText.includes('What it changes on')");
    press("Use this version");
    wait_for("[...document.querySelectorAll('summary')].some((s) => s.textContent.startsWith('Version 2 in "
             "use'))");
    json_decref(run_js("[...document.querySelectorAll('summary')].find((s) => "
                       "s.textContent.startsWith('Version 1')).parentNode.open = true"));
    press("Use this version");
    wait_for("[...document.querySelectorAll('summary')].some((s) => s.textContent.startsWith('Version 1 in "
             "use'))");
}

/* Five discs and a striped one, 5.png, each as a blob to what follows. */
#define DISCS                                                                                        \
    "const sheet = document.createElement('canvas'), side = sheet.width = sheet.height = 120;\n"     \
    "for (let n = 0, noise = 1; n < 6; n++) {\n"                                                     \
    "  const pen = sheet.getContext('2d'), pixels = pen.createImageData(side, side);\n"              \
    "  for (let i = 0; i < side * side; i++) {\n"                                                    \
    "    const x = i % side - 60, y = Math.floor(i / side) - 60;\n"                                  \
    "    noise = Math.imul(noise, 1664525) + 1013904223 >>> 0;\n"                                    \
    "    const grey = (n === 5 ? (y & 8) * 20 : x * x + y * y < 225 ? 40 : 150) + (noise >>> 28);\n" \
    "    pixels.data.set([grey, grey, grey, 255], 4 * i);\n"                                         \
    "  }\n"                                                                                          \
    "  pen.putImageData(pixels, 0, 0);\n"                                                            \
    "  take(await new Promise((give) => sheet.toBlob(give)), `${n}.png`);\n"                         \
    "}\n"

static void forget_striped(void)
{
    run_to_true("for (const bank of (await (await fetch('/v1/banks')).json()).items)\n"
                "  if (bank.name === 'striped') await fetch(`/v1/banks/${bank.id}`, {method: 'DELETE'});\n"
                "done(true)");
}

/* The striped one, sent as normal, is shown, and remembered by who says that it belongs. */
static void what_is_strange_can_be_kept(void **state)
{
    (void)state;
    visit("inspect");
    run_to_true("const form = new FormData(), take = (...file) => form.append('normal', ...file);\n" DISCS
                "form.append('name', 'striped');\n"
                "form.append('class', 'plate');\n"
                "done((await fetch('/v1/banks', {method: 'POST', body: form})).status === 202)");
    visit("banks");
    wait_for("document.querySelector('.shown img').naturalWidth > 0 && "
             "document.querySelector('.shown').textContent === '5.png'");
    check_view("a strange picture");
    press("It is normal: remember it");
    wait_for("[...document.querySelectorAll('[aria-label=\"Bank striped\"] .main-button')].some((b) => "
             "b.textContent === 'Use this version')");
    wait_for("document.querySelectorAll('.shown').length === 1");
    forget_striped();
}

/* Or by who says so before it is learned. */
static void all_are_remembered_at_once(void **state)
{
    (void)state;
    visit("banks");
    wait_for("document.querySelector('#normal-files') && !document.querySelector('.check').offsetParent");
    run_to_true("const files = new DataTransfer(), field = document.querySelector('#normal-files');\n"
                "const take = (blob, name) => files.items.add(new File([blob], name));\n" DISCS
                "field.files = files.files;\n"
                "field.dispatchEvent(new Event('change'));\n"
                "document.querySelector('#bank-noun').value = 'plate';\n"
                "document.querySelector('#bank-name').value = 'striped';\n"
                "document.querySelector('#bank-keep').scrollIntoView({block: 'center'});\n"
                "done(true)");
    click("#bank-keep");
    check_view("all are to be remembered");
    press("Learn");
    wait_for("document.querySelector('[aria-label=\"Bank striped\"] .tag.current')");
    wait_for("document.querySelector('[aria-label=\"Bank striped\"] summary').textContent"
             ".includes('6 normal pictures')");
    wait_for("!document.querySelector('.shown') && !document.querySelector('#bank-keep').checked");
    forget_striped();
}

/* Which bank judges outlives the page, and that it is gone is said. */
static void the_bank_is_kept_and_missed(void **state)
{
    (void)state;
    visit("inspect");
    json_decref(run_js("const b = document.querySelector('#bank'); b.value = 'plates'; b.dispatchEvent(new "
                       "Event('change'))"));
    json_decref(command("POST", "/refresh", NULL));
    wait_for("document.querySelector('#bank').value === 'plates'");
    json_decref(run_js("localStorage.setItem('alfa.bank', 'gone')"));
    json_decref(command("POST", "/refresh", NULL));
    wait_for("document.body.innerText.includes('The bank gone is no longer here')");
    wait_for("document.querySelector('#bank').value === ''");
}

/* Twenty anomalies in a row, by one bank: the station may have changed; one that is confirmed says that they
 * are. */
static void a_row_of_anomalies_is_noticed(void **state)
{
    static const char *const fields[] = {"class=plate", "bank=plates", "threshold=0", NULL};
    long long id = 0;
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct answer answer = send_form(&server, "/v1/detect", CHIP, fields);
        assert_int_equal(answer.status, 200);
        id = json_integer_value(json_object_get(answer.json, "id"));
        answer_free(&answer);
    }
    visit("inspect");
    visit("history");
    wait_for("document.body.innerText.includes('The last 20 pictures are all anomalies.')");
    check_view("the history with a hint");
    say(id, "\"agree\"");
    visit("inspect");
    visit("history");
    wait_for("document.querySelectorAll('.shot').length >= 20");
    wait_for("!document.body.innerText.includes('are all anomalies')");
    say(id, "null");
}

/* What is coloured is what is above the bank's place threshold, as the regions are; the legend says so. The
 * script gives the share of places where colour and map say the same, and the share that 0.5 would make
 * different. */
static void colours_begin_where_regions_do(void **state)
{
    (void)state;
    visit("inspect");
    json_decref(run_js("const b = document.querySelector('#bank'); b.value = 'plates'; b.dispatchEvent(new "
                       "Event('change'))"));
    choose("#files", "examples/images/light_bulb/burn.jpg"); /* unlike a plate: all heights */
    wait_for("document.querySelector('.stage').getAttribute('aria-label').startsWith('burn.jpg')");
    json_t *shares = command(
        "POST", "/execute/async",
        json_pack(
            "{s:s, s:[]}", "script",
            "const done = arguments[0];\n"
            "(async () => {\n"
            "const list = await (await fetch('/v1/inspections?limit=1')).json();\n"
            "const one = await (await fetch(list.items[0].links.self)).json();\n"
            "const npy = await (await fetch(one.links.map_npy)).arrayBuffer();\n"
            "const map = new Float32Array(npy.slice(128)), side = Math.sqrt(map.length);\n"
            "const png = await createImageBitmap(await (await fetch(one.links.map_png)).blob());\n"
            "const paper = new OffscreenCanvas(png.width, png.height).getContext('2d');\n"
            "paper.drawImage(png, 0, 0);\n"
            "const seen = paper.getImageData(0, 0, png.width, png.height).data, times = png.width / side;\n"
            "let same = 0, other = 0;\n"
            "map.forEach((value, i) => {\n"
            "const x = Math.floor((i % side + .5) * times), y = Math.floor((Math.floor(i / side) + .5) * "
            "times);\n"
            "same += (seen[4 * (y * png.width + x) + 3] > 0) === (value > one.pixel_threshold);\n"
            "other += (value > .5) !== (value > one.pixel_threshold); });\n"
            "const said = document.querySelector('.legend').textContent.includes("
            "one.pixel_threshold.toFixed(3));\n"
            "done([same / map.length, other / map.length, said ? 1 : 0]);\n"
            "})().catch((e) => done([String(e)]));",
            "args"));
    if (!(json_number_value(json_array_get(shares, 0)) > 0.99 &&
          json_number_value(json_array_get(shares, 1)) > 0.05 &&
          json_number_value(json_array_get(shares, 2)) == 1))
        fail_msg("%s", json_dumps(shares, 0));
    json_decref(shares);
}

/* The browser's own make-believe camera. */
static void a_camera_takes_a_picture(void **state)
{
    (void)state;
    visit("inspect");
    wait_for("document.querySelector('#noun')");
    press("Camera");
    wait_for("document.querySelector('dialog video')?.videoWidth > 0");
    check_view("the camera");
    press("Take picture");
    wait_for("!document.querySelector('dialog')");
    wait_for("document.querySelector('.stage').getAttribute('aria-label').startsWith('camera ')");
}

static void it_fits_a_phone(void **state)
{
    static const char *const views[] = {"inspect", "history", "banks"};
    (void)state;
    json_decref(
        command("POST", "/goog/cdp/execute",
                json_pack("{s:s, s:{s:i, s:i, s:i, s:b}}", "cmd", "Emulation.setDeviceMetricsOverride",
                          "params", "width", 390, "height", 844, "deviceScaleFactor", 2, "mobile", 1)));
    for (size_t i = 0; i < 3; i++) {
        visit(views[i]);
        wait_for("document.querySelector('main > div')");
        usleep(300000);
        check_view(views[i]);
    }
}

static void nothing_was_blocked_or_broken(void **state)
{
    (void)state;
    json_t *lines = command("POST", "/se/log", json_pack("{s:s}", "type", "browser")), *line;
    size_t i;
    json_array_foreach(lines, i, line)
    {
        const char *text = json_string_value(json_object_get(line, "message"));
        if (!strstr(text, "status of 4")) /* answers that the tests asked for */
            fail_msg("the browser says: %s", text);
    }
    json_decref(lines);
}

/* The page says that the server is lost, and shows what came when it is back. */
static void a_server_comes_back(void **state)
{
    char port[16];
    (void)state;
    visit("inspect");
    visit("history");
    wait_for("document.querySelector('.shot')");
    json_decref(run_js("window.before = document.querySelectorAll('.shot').length"));
    snprintf(port, sizeof port, "%d", server.port);
    server_stop(&server, SIGTERM);
    wait_for("document.querySelector('.lost') && !document.querySelector('.lost').hidden");
    server_start(&server, (const char *const[]){"--port", port, NULL});
    struct answer answer = detect(&server, GOOD);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    wait_for("document.querySelectorAll('.shot').length === window.before + 1");
    wait_for("document.querySelector('.lost').hidden");
}

/* ------------------------------------------------------------------ starting */

static bool find_driver(void)
{
    return system("command -v chromedriver >/dev/null && command -v chromium >/dev/null") == 0;
}

/* It takes a port that is free in IPv4, says which, and ends when that is taken in IPv6. */
static bool try_driver(void)
{
    int said[2];
    driver.port = 0;
    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    driver.pid = fork();
    if (driver.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(said[1], 1);
        dup2(open("/dev/null", O_WRONLY), 2);
        execlp("chromedriver", "chromedriver", "--port=0", (char *)NULL);
        _exit(127);
    }
    close(said[1]);
    driver_says = fdopen(said[0], "r");
    for (char line[256]; !driver.port && fgets(line, sizeof line, driver_says);)
        sscanf(line, "ChromeDriver was started successfully on port %d", &driver.port);
    if (driver.port)
        return true;
    fclose(driver_says);
    waitpid(driver.pid, NULL, 0);
    return false;
}

static void start_driver(void)
{
    if (!try_driver() && !try_driver() && !try_driver())
        fail_msg("chromedriver does not start");
    snprintf(driver.url, sizeof driver.url, "http://127.0.0.1:%d", driver.port);
}

static int start(void **state)
{
    (void)state;
    server_make(&server);
    server_start(&server, NULL);
    start_driver();
    json_t *wanted = json_pack("{s:{s:{s:s, s:{s:[s, s, s, s, s, s, s]}, s:{s:s}}}}", "capabilities",
                               "alwaysMatch", "browserName", "chrome", "goog:chromeOptions", "args",
                               "--headless=new", "--disable-dev-shm-usage", "--no-sandbox", "--disable-gpu",
                               "--window-size=1440,900", "--use-fake-device-for-media-stream",
                               "--use-fake-ui-for-media-stream", "goog:loggingPrefs", "browser", "ALL");
    json_t *made = command("POST", "/session", wanted);
    snprintf(session, sizeof session, "/session/%s", json_string_value(json_object_get(made, "sessionId")));
    json_decref(made);
    load_axe();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (*session)
        json_decref(command("DELETE", "", NULL));
    if (driver.pid) {
        kill(driver.pid, SIGTERM);
        waitpid(driver.pid, NULL, 0);
    }
    if (driver_says)
        fclose(driver_says);
    server_remove(&server);
    free(axe);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_picture_is_judged),
                                       cmocka_unit_test(the_heat_map_fades),
                                       cmocka_unit_test(a_broken_file_is_said),
                                       cmocka_unit_test(sentences_change_the_score),
                                       cmocka_unit_test(a_bank_is_learned_and_used),
                                       cmocka_unit_test(verdicts_and_history),
                                       cmocka_unit_test(verdicts_are_seen_everywhere),
                                       cmocka_unit_test(keys_are_enough),
                                       cmocka_unit_test(a_score_may_have_a_comma),
                                       cmocka_unit_test(what_was_removed_goes),
                                       cmocka_unit_test(a_silent_server_is_missed),
                                       cmocka_unit_test(slow_answers_do_not_mix),
                                       cmocka_unit_test(the_way_back_keeps_the_place),
                                       cmocka_unit_test(a_threshold_is_chosen),
                                       cmocka_unit_test(a_tally_is_exact),
                                       cmocka_unit_test(a_new_version_and_the_way_back),
                                       cmocka_unit_test(what_is_strange_can_be_kept),
                                       cmocka_unit_test(all_are_remembered_at_once),
                                       cmocka_unit_test(the_bank_is_kept_and_missed),
                                       cmocka_unit_test(a_row_of_anomalies_is_noticed),
                                       cmocka_unit_test(colours_begin_where_regions_do),
                                       cmocka_unit_test(a_camera_takes_a_picture),
                                       cmocka_unit_test(it_fits_a_phone),
                                       cmocka_unit_test(nothing_was_blocked_or_broken),
                                       cmocka_unit_test(a_server_comes_back)};
    program = argc > 1 ? argv[1] : "build/alfa";
    if (!find_driver()) {
        fprintf(stderr, "SKIPPED: the page is not tested, for want of a browser: 'tools/setup.sh chromium "
                        "chromium-driver' installs one\n");
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, start, stop);
}
