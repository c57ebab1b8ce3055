/* The table of options, and the parser that walks it and the table of verbs (verbs.c). An option may stand
 * before or after the arguments, as
 * "--name value", "--name=value", "-n value" or "-nvalue"; "--" ends the options. */
#include "cli/options.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/status.h"
#include "base/suggest.h"

#define DETECT ALFA__VERB_DETECT
#define LEARN ALFA__VERB_LEARN
#define EMBED ALFA__VERB_EMBED
#define EVAL ALFA__VERB_EVAL
#define MODEL ALFA__VERB_MODEL
#define PROMPTS ALFA__VERB_PROMPTS
#define EXPLAIN ALFA__VERB_EXPLAIN
#define BENCH ALFA__VERB_BENCH
#define SERVE ALFA__VERB_SERVE
#define EXPORT ALFA__VERB_EXPORT
#define THRESHOLD ALFA__VERB_THRESHOLD
#define WATCH ALFA__VERB_WATCH
#define WORKER ALFA__VERB_WORKER
#define SUBMIT ALFA__VERB_SUBMIT
#define AT(field) offsetof(struct alfa__options, field)

/* clang-format off */
const struct alfa__option alfa__option_table[] = {
    {"What to look for", "class", 'c', "NOUN", ALFA__OPTION_TEXT, AT(class_name), NULL, 0, 0, DETECT | WATCH | LEARN | EXPLAIN | SUBMIT,
     "what the images show, as one says it: bottle, 'metal nut' (needed)"},
    {"What to look for", "class", 'c', "NOUN", ALFA__OPTION_TEXT, AT(class_name), NULL, 0, 0, EXPORT,
     "only inspections of this class"},
    {"What to look for", "prompts", 'p', "FILE", ALFA__OPTION_FILE, AT(prompts), NULL, 0, 0, DETECT | WATCH | LEARN | PROMPTS | EXPLAIN | EVAL | BENCH | SUBMIT,
     "sentences of your own instead of the shipped ones: [normal] and [abnormal], one a line, {class} stands for the noun"},
    {"What to look for", "prompt-sets", 0, "noun|expert", ALFA__OPTION_CHOICE, AT(prompt_sets), "noun", 0, 0, DETECT | WATCH | LEARN | PROMPTS | EXPLAIN | EVAL | BENCH | SERVE | WORKER,
     "which of the shipped ones: written from the noun alone, or (expert) with knowledge of the classes and defects of MVTec AD and VisA"},
    {"What to look for", "prompts-dir", 0, "DIR", ALFA__OPTION_FOLDER, AT(prompts_dir), NULL, 0, 0, EVAL,
     "sets of your own, CLASS.txt or NOUN.txt, such as those that 'alfa prompts' saved"},
    {"What to look for", "templates", 0, "FILE", ALFA__OPTION_FILE, AT(templates), NULL, 0, 0, DETECT | WATCH | LEARN | PROMPTS | EXPLAIN | EVAL,
     "sentences like those of --prompts instead of the 72 built-in templates; {domain} stands for the words of --domain"},
    {"What to look for", "domain", 0, "WORDS", ALFA__OPTION_TEXT, AT(domain), "industrial", 0, 0, DETECT | WATCH | LEARN | PROMPTS | EXPLAIN | EVAL,
     "kind of photographs, for templates and for --llm: industrial, medical, surface, or words of your own with commas between them"},
    {"What to look for", "descriptors", 0, "FILE", ALFA__OPTION_FILE, AT(descriptors), NULL, 0, 0, DETECT | WATCH | EXPLAIN,
     "phrases of your own instead of the shipped ones, one a line"},
    {"What to look for", "show", 0, NULL, ALFA__OPTION_FLAG, AT(show), NULL, 0, 0, PROMPTS,
     "counts, lengths, overlap of the two sides and outliers instead of the sentences"},
    {"What to look for", "threshold", 't', "NUMBER", ALFA__OPTION_NUMBER, AT(threshold), "0.5", 0, 1, DETECT | WATCH | SUBMIT,
     "a score above it is an anomaly; where a bank judges, its own is the default"},
    {"What to look for", "roi", 0, "MASK", ALFA__OPTION_FILE, AT(roi), NULL, 0, 0, DETECT | WATCH | LEARN | EXPLAIN,
     "an image, laid over the whole of each: only places where it is not black are looked at"},
    {"What to look for", "ignore", 0, "MASK", ALFA__OPTION_FILE, AT(ignore), NULL, 0, 0, DETECT | WATCH | LEARN | EXPLAIN,
     "the same the other way round: places where it is not black are passed over"},
    {"What to look for", "bits", 0, "N", ALFA__OPTION_COUNT, AT(bits), NULL, 8, 16, DETECT | WATCH | LEARN | THRESHOLD | EXPLAIN | EMBED | EVAL,
     "16-bit files hold N bits at the lower end, as cameras store 12; a bank remembers it [what the file says, else 16]"},
    {"What to look for", "pages", 0, "all|N", ALFA__OPTION_TEXT, AT(pages), NULL, 0, 0, DETECT | LEARN | THRESHOLD | EXPLAIN | EMBED,
     "of files with several pages or frames look at all, or at the N-th [the first]"},
    {"What to look for", "raw", 0, "WxH:FORMAT", ALFA__OPTION_TEXT, AT(raw), NULL, 0, 0, DETECT,
     "files (in folders .raw and .bin) and standard input hold frames of a camera without any header, one after "
     "another, as FORMAT says: mono8, mono10, mono12, mono14, mono16 (in two bytes, low ones first), rgb8, bgr8, rgba8, "
     "bgra8, bayer-rggb8, -grbg8, -gbrg8, -bggr8, or yuyv, uyvy, nv12, i420 (colours of BT.601, 16 to 235); "
     ",stride=BYTES behind it is from a row to the next"},
    {"What to look for", "tiles", 0, "auto|N", ALFA__OPTION_TEXT, AT(tiles), NULL, 0, 0, DETECT | WATCH | LEARN | EXPLAIN | BENCH | SUBMIT,
     "look at N x N overlapping parts as well (2 to 8; 1: none): for small defects in large photographs; auto decides by the size"},
    {"What to look for", "align", 0, NULL, ALFA__OPTION_FLAG, AT(align), NULL, 0, 0, DETECT | WATCH | LEARN | EXPLAIN,
     "for parts that lie anyhow before a plain background: each is found, turned to one pose and cut out before it is judged; what the lamp does to a bright background does not count"},
    {"What to look for", "min-area", 0, "PIXELS", ALFA__OPTION_NUMBER, AT(min_area), "0", 0, 1e9, DETECT | WATCH | EXPLAIN,
     "regions of fewer pixels of the image are not reported; scores stay the same"},
    {"What to look for", "place-threshold", 0, "NUMBER", ALFA__OPTION_NUMBER, AT(place_threshold), NULL, 0, 1, DETECT | WATCH | EXPLAIN,
     "a place of the heat map above it is coloured and marked [the bank's, or 0.5]"},

    {"Normal images", "bank", 'b', "FILE", ALFA__OPTION_FILE, AT(bank), NULL, 0, 0, DETECT | WATCH | EXPLAIN | BENCH,
     "judge with what 'alfa learn' kept in FILE; class and method come from there"},
    {"Normal images", "bank", 'b', "FILE", ALFA__OPTION_FILE, AT(bank), NULL, 0, 0, EVAL,
     "judge this bank, of 'alfa learn', on the images of one data set instead: how well it ranks them, what its threshold decides, and the threshold that reaches F1-max"},
    {"Normal images", "normal", 'n', "DIR", ALFA__OPTION_FOLDER, AT(normal), NULL, 0, 0, DETECT,
     "learn from the normal images in DIR first, without keeping a bank"},
    {"Known images", "normal", 'n', "DIR", ALFA__OPTION_FOLDER, AT(normal), NULL, 0, 0, THRESHOLD,
     "images that are known to be normal; they are judged, not learned"},
    {"Known images", "bad", 0, "DIR", ALFA__OPTION_FOLDER, AT(bad), NULL, 0, 0, LEARN | THRESHOLD,
     "images that are known to be bad: thresholds are measured on them, and anomalies that look like one say so; "
     "folders in it name what is wrong"},
    {"Known images", "at", 0, "CHOICE", ALFA__OPTION_TEXT, AT(at), NULL, 0, 0, LEARN | THRESHOLD,
     "the bank's threshold: false-alarms=1%, found=95%, f1, or a number from 0 to 1"},
    {"Known images", "plot", 0, "FILE.png", ALFA__OPTION_FILE, AT(plot), NULL, 0, 0, LEARN | THRESHOLD,
     "draw the scores of normal and bad images, and the threshold"},
    {"Known images", "out", 'o', "FILE", ALFA__OPTION_FILE, AT(out), NULL, 0, 0, THRESHOLD,
     "write the bank with its choice there instead"},
    {"Normal images", "show", 0, NULL, ALFA__OPTION_FLAG, AT(show), NULL, 0, 0, LEARN,
     "print what is in a bank instead of learning; with -o FILE.html also a page of its images, the strangest first"},
    {"Normal images", "out", 'o', "FILE", ALFA__OPTION_FILE, AT(out), NULL, 0, 0, LEARN,
     "where the bank goes (needed)"},
    {"Normal images", "add", 0, "FILE", ALFA__OPTION_FILE, AT(add), NULL, 0, 0, LEARN,
     "add to this bank instead of beginning with an empty one; class and method come from there"},
    {"Normal images", "false-alarm-rate", 0, "NUMBER", ALFA__OPTION_NUMBER, AT(false_alarm_rate), "0.05", 1e-6, 0.5, DETECT | LEARN,
     "wanted share of normal images above the threshold; 0.01 calls fewer of them and finds less"},
    {"Normal images", "keep-all", 0, NULL, ALFA__OPTION_FLAG, AT(keep_all), NULL, 0, 0, DETECT | LEARN,
     "also learn images that do not look like the others; 'learn --add': those that are given now, without any all of the bank"},
    {"Normal images", "bank-budget", 0, "N", ALFA__OPTION_COUNT, AT(bank_budget), "1000", 0, 1000000, DETECT | LEARN | EVAL,
     "vectors of each kind that are kept at most, chosen so that they cover the others; 0 is all"},
    {"Normal images", "layers", 0, "LIST", ALFA__OPTION_TEXT, AT(layers), NULL, 0, 0, DETECT | LEARN | EVAL,
     "layers of the image tower that are remembered: post, last, block1, block2..., stem, stem4...; default: what suits the model"},
    {"Normal images", "turned", 0, "no", ALFA__OPTION_MAYBE, AT(turned), NULL, 0, 0, DETECT | LEARN | EVAL,
     "remember each image turned by 90, 180 and 270 degrees and mirrored as well: for things that lie anyhow; =no never does, and without this option "
     "the built-in model does unless the images show parts that always lie alike"},
    {"Normal images", "place", 0, NULL, ALFA__OPTION_FLAG, AT(place), NULL, 0, 0, DETECT | LEARN | EVAL,
     "for parts that always lie alike, in a fixture: what is normal at one place of the image is not so at another"},

    {"What to compare", "methods", 0, "LIST", ALFA__OPTION_TEXT, AT(methods), NULL, 0, 0, EVAL,
     "names with commas between them, of alfa, winclip, one-class, clip-ac, trans-mm, maskclip, anovl, patchcore, padim, spade and musc; all without this option"},
    {"What to compare", "shots", 0, "LIST", ALFA__OPTION_TEXT, AT(shots), "0", 0, 0, EVAL,
     "numbers of normal images to learn from, such as 0,1,2,4; all: as many as a class has"},
    {"What to compare", "seeds", 0, "N", ALFA__OPTION_COUNT, AT(seeds), "1", 1, 100, EVAL,
     "choices of these normal images; tables show mean and deviation"},
    {"What to compare", "ablation", 0, "none|components|scales|prompts|score", ALFA__OPTION_CHOICE, AT(ablation), "none", 0, 0, EVAL,
     "parts of ALFA instead of methods, as in Tables 2, 6, 3 and 6 of the paper"},
    {"What to compare", "timed", 0, "N", ALFA__OPTION_COUNT, AT(timed), "0", 0, 1000, EVAL,
     "also measure how long each method takes for an image, on the first N of each class, one method after the other: the inference time of Table 6"},
    {"What to compare", "paper", 0, NULL, ALFA__OPTION_FLAG, AT(paper), NULL, 0, 0, EVAL,
     "the paper's protocol, its figures beside ours: model ViT-B-16-plus-240, methods alfa, winclip and patchcore, 0, 1, 2 and 4 normal images, 5 seeds (an ablation: 0 and 1), and its readings: aligner r4, windows 2 and 3, image score Eq. 12, its fusion; what is typed besides counts"},
    {"What to compare", "nouns", 0, "FILE", ALFA__OPTION_FILE, AT(nouns), NULL, 0, 0, EVAL,
     "what classes are called, one 'folder = noun' a line; otherwise the folder's name without underscores"},
    {"What to compare", "size", 0, "model|original", ALFA__OPTION_CHOICE, AT(size), "model", 0, 0, EVAL,
     "size at which maps and masks are compared: the model's, as in the papers, or each photograph's own (up to 2 GB of memory for a class of VisA)"},

    {"Folders of any layout", "normal-dir", 0, "DIR", ALFA__OPTION_FOLDER, AT(normal_dir), NULL, 0, 0, EVAL,
     "normal images to judge, with those of its sub-folders; with the others below one class beside, or instead of, the data sets"},
    {"Folders of any layout", "abnormal-dir", 0, "DIR", ALFA__OPTION_FOLDER, AT(abnormal_dir), NULL, 0, 0, EVAL,
     "anomalous images to judge, with those of its sub-folders"},
    {"Folders of any layout", "mask-dir", 0, "DIR", ALFA__OPTION_FOLDER, AT(mask_dir), NULL, 0, 0, EVAL,
     "masks of the anomalous images, called as these are"},
    {"Folders of any layout", "learn-dir", 0, "DIR", ALFA__OPTION_FOLDER, AT(learn_dir), NULL, 0, 0, EVAL,
     "normal images to learn from (--shots), which are not judged"},
    {"Folders of any layout", "class", 'c', "NOUN", ALFA__OPTION_TEXT, AT(class_name), NULL, 0, 0, EVAL,
     "what these images show [the name of the folder above]"},

    {"What to measure", "class", 'c', "NOUN", ALFA__OPTION_TEXT, AT(class_name), NULL, 0, 0, BENCH,
     "whose sentences are timed; without it bottle"},
    {"What to measure", "rounds", 0, "N", ALFA__OPTION_COUNT, AT(rounds), "5", 1, 1000, BENCH,
     "measurements of each image, after a first one that prepares"},

    {"Output", "json", 'j', NULL, ALFA__OPTION_FLAG, AT(json), NULL, 0, 0, DETECT | WATCH | LEARN | THRESHOLD | EMBED | MODEL | PROMPTS | EXPLAIN | BENCH | EVAL,
     "JSON on standard output, one object a line"},
    {"Output", "csv", 0, "regions", ALFA__OPTION_MAYBE, AT(csv), NULL, 0, 0, DETECT | WATCH,
     "a CSV table on standard output, a row an image; with =regions a row for each of its regions"},
    {"Output", "out", 'o', "DIR", ALFA__OPTION_FOLDER, AT(out), NULL, 0, 0, DETECT | WATCH | EXPLAIN,
     "write each image with its heat map (NAME.png) and report.html into DIR; sub-folders are mirrored. A report that is there stays, and these images are added to it"},
    {"Output", "out", 'o', "DIR", ALFA__OPTION_FOLDER, AT(out), NULL, 0, 0, EVAL,
     "write the tables and panels, and keep finished results, in DIR"},
    {"Output", "out", 'o', "DIR", ALFA__OPTION_FOLDER, AT(out), NULL, 0, 0, EXPORT,
     "the folder that is written, made when missing (needed)"},
    {"Output", "features", 0, "DIR", ALFA__OPTION_FOLDER, AT(features), NULL, 0, 0, EVAL,
     "keep what the model saw of each image in DIR instead of a folder in that of --out, so that runs with other options need not look again"},
    {"Output", "features-limit", 0, "GB", ALFA__OPTION_NUMBER, AT(features_limit), "4", 0, 1e6, EVAL,
     "how large that folder may become; 0 keeps nothing. An image takes up to 13 MB with ViT-B-16-plus-240"},
    {"Output", "resume", 0, NULL, ALFA__OPTION_FLAG, AT(resume), NULL, 0, 0, DETECT,
     "skip what the report in --out has already: files that have not changed, judged with the same model, bank and options"},
    {"Output", "plot", 0, "FILE.png", ALFA__OPTION_FILE, AT(plot), NULL, 0, 0, EXPLAIN,
     "of one image: draw its similarity to every sentence, and which the contextual score kept"},
    {"Output", "overlay", 0, "png|jpeg|none", ALFA__OPTION_CHOICE, AT(overlay), "png", 0, 0, DETECT | WATCH | EXPLAIN,
     "the kind of the heat maps in the folder of --out"},
    {"Output", "overlay-size", 0, "PIXELS", ALFA__OPTION_COUNT, AT(overlay_size), "1600", 64, 65500, DETECT | WATCH | EXPLAIN,
     "the longer side of a heat map at most"},
    {"Output", "overlay-only", 0, "all|anomalies", ALFA__OPTION_CHOICE, AT(overlay_only), "all", 0, 0, DETECT | WATCH | EXPLAIN,
     "which images get a heat map; the report shows every image all the same"},
    {"Output", "save-maps", 0, "DIR", ALFA__OPTION_FOLDER, AT(save_maps), NULL, 0, 0, DETECT | WATCH,
     "write the anomaly maps into DIR as float32 NAME.npy, at the model's resolution"},
    {"Output", "explain-prompts", 0, NULL, ALFA__OPTION_FLAG, AT(explain_prompts), NULL, 0, 0, DETECT | WATCH,
     "also print the prompts that were kept for each image, with the contextual score of each, the highest first"},
    {"Output", "fail-on-anomaly", 0, NULL, ALFA__OPTION_FLAG, AT(fail_on_anomaly), NULL, 0, 0, DETECT,
     "exit with 1 when an anomaly was found"},
    {"Output", "quiet", 'q', NULL, ALFA__OPTION_FLAG, AT(quiet), NULL, 0, 0, DETECT | WATCH | LEARN | THRESHOLD | EMBED | MODEL | PROMPTS | EXPLAIN | EVAL | BENCH | SERVE | EXPORT | WORKER | SUBMIT,
     "no notes, no progress bar, no closing lines; errors are still shown"},
    {"Output", "color", 0, "auto|always|never", ALFA__OPTION_CHOICE, AT(color), "auto", 0, 0, DETECT | WATCH,
     "colours; auto means on a terminal and without NO_COLOR"},

    {"Model", "model", 'm', "FOLDER|NAME", ALFA__OPTION_FOLDER, AT(model), "alfa-tiny", 0, 0, DETECT | WATCH | LEARN | THRESHOLD | EMBED | MODEL | PROMPTS | EXPLAIN | EVAL | BENCH | SERVE | WORKER,
     "folder or file of a CLIP model (open_clip, Hugging Face, OpenAI), or a name that 'alfa model list' shows"},
    {"Model", "activation", 0, "auto|gelu|quick_gelu", ALFA__OPTION_CHOICE, AT(activation), "auto", 0, 0, DETECT | WATCH | LEARN | THRESHOLD | EMBED | MODEL | PROMPTS | EXPLAIN | EVAL | BENCH | SERVE | WORKER,
     "what a file of weights that does not say it, and has no config beside it, computes with: quick_gelu for OpenAI's weights, gelu for most others"},
    {"Model", "out", 'o', "DIR", ALFA__OPTION_FOLDER, AT(out), NULL, 0, 0, MODEL,
     "convert: the folder to write (needed); it must not hold a model"},
    {"Model", "dtype", 0, "auto|f32|f16|bf16", ALFA__OPTION_CHOICE, AT(dtype), "auto", 0, 0, MODEL,
     "convert: numbers of the new file; auto is what the old one has"},
    {"Model", "to", 0, "FOLDER", ALFA__OPTION_FOLDER, AT(to), NULL, 0, 0, MODEL,
     "pull into a folder of plain files, with their hashes in SHA256SUMS, instead of the cache"},
    {"Model", "again", 0, NULL, ALFA__OPTION_FLAG, AT(again), NULL, 0, 0, MODEL,
     "pull: compute the hash of what is here already, and fetch what is damaged"},
    {"Model", "precision", 0, "auto|f32|bf16|int8", ALFA__OPTION_CHOICE, AT(precision), "auto", 0, 0, DETECT | WATCH | LEARN | THRESHOLD | EMBED | MODEL | PROMPTS | EXPLAIN | EVAL | BENCH | SERVE | WORKER,
     "numbers to compute with; auto is bf16 where that is faster than f32, int8 is faster and a little coarser (docs/models.md)"},
    {"Model", "threads", 0, "N", ALFA__OPTION_COUNT, AT(threads), "0", 0, 1024, DETECT | WATCH | LEARN | THRESHOLD | EMBED | PROMPTS | EXPLAIN | EVAL | BENCH | SERVE | WORKER,
     "processors to use; 0 is all"},
    {"Model", "resize", 0, "squash|crop", ALFA__OPTION_CHOICE, AT(resize), "squash", 0, 0, DETECT | WATCH | LEARN | EMBED | EXPLAIN | BENCH | EVAL,
     "the whole image made square, or its shorter side fitted and the centre cut out"},
    {"Model", "no-cache", 0, NULL, ALFA__OPTION_FLAG, AT(no_cache), NULL, 0, 0, DETECT | WATCH | LEARN | THRESHOLD | EMBED | EXPLAIN | EVAL | SERVE | WORKER,
     "neither read nor write the cache: text embeddings, packed weights of a large model (eval: what the model saw of images)"},

    {"Method (docs/method.md)", "method", 0, "alfa|winclip|patchcore|padim|spade|musc|maskclip|anovl|trans-mm|clip-ac|one-class", ALFA__OPTION_CHOICE, AT(method), "alfa", 0, 0, DETECT,
     "how scores are made; those behind winclip are for comparison: patchcore, padim and spade need normal images (--normal or --bank), musc judges all images by each other, clip-ac and one-class have no heat map"},
    {"Method (docs/method.md)", "method", 0, "alfa|winclip|patchcore|padim|spade", ALFA__OPTION_CHOICE, AT(method), "alfa", 0, 0, LEARN,
     "what the bank is for"},
    {"Method (docs/method.md)", "method", 0, "alfa|winclip", ALFA__OPTION_CHOICE, AT(method), "alfa", 0, 0, WATCH | EXPLAIN | BENCH,
     "how scores are made"},
    {"Method (docs/method.md)", "scales", 's', "LIST", ALFA__OPTION_SCALES, AT(scales), "auto", 0, 0, DETECT | WATCH | LEARN | EXPLAIN | EVAL | BENCH,
     "sides of the windows in patches, any of 2, 3 and 4; 1 stands for the patches of the whole image's own "
     "pass, which answer to words only if the model was trained so. auto: 2,3, and 1,2,3 for alfa-tiny"},
    {"Method (docs/method.md)", "stride", 0, "1|2", ALFA__OPTION_COUNT, AT(window_stride), "1", 1, 2, DETECT | WATCH | LEARN | EXPLAIN | EVAL | BENCH,
     "2: only every second window in both directions, some three times as fast, for a somewhat coarser map"},
    {"Method (docs/method.md)", "temperature", 0, "NUMBER", ALFA__OPTION_NUMBER, AT(temperature), "0.07", 1e-4, 1000, DETECT | WATCH | LEARN | EXPLAIN | EVAL,
     "of every softmax; smaller makes scores more extreme. By words alone alfa-tiny takes 4/7 of it"},
    {"Method (docs/method.md)", "contextual", 0, "filter|weighted|off", ALFA__OPTION_CHOICE, AT(contextual), "filter", 0, 0, DETECT | WATCH | LEARN | EXPLAIN | EVAL | BENCH,
     "what the contextual score does with the prompts of an image"},
    {"Method (docs/method.md)", "k", 0, "NUMBER", ALFA__OPTION_NUMBER, AT(contextual_k), "1", 1e-6, 1000, DETECT | WATCH | LEARN | EXPLAIN | EVAL,
     "k of the contextual score (Eq. 4); only --contextual weighted depends on it"},
    {"Method (docs/method.md)", "mask", 0, "tokens|pixels", ALFA__OPTION_CHOICE, AT(window_mask), "tokens", 0, 0, DETECT | WATCH | LEARN | EXPLAIN | EVAL,
     "what a window leaves out: the other tokens, or (pixels, some hundred times as slow, for comparison) the other pixels of the whole image"},
    {"Method (docs/method.md)", "aligner", 0, "auto|r4|r3|none|procrustes", ALFA__OPTION_CHOICE, AT(aligner), "auto", 0, 0, DETECT | WATCH | LEARN | EXPLAIN | EVAL | BENCH,
     "how window embeddings are aligned with the prompts"},
    {"Method (docs/method.md)", "aligner-strength", 0, "NUMBER", ALFA__OPTION_NUMBER, AT(aligner_strength), "1", 0, 1000, DETECT | WATCH | LEARN | EXPLAIN | EVAL,
     "how far it goes; 0 is the same as --aligner none"},
    {"Method (docs/method.md)", "image-score", 0, "auto|eq12|top", ALFA__OPTION_CHOICE, AT(image_score), "auto", 0, 0, DETECT | WATCH | LEARN | EXPLAIN | EVAL,
     "the image's score: Eq. 12, or the mean of the top 4 % of the map. auto: eq12, and top for alfa-tiny"},

    {"Method (docs/method.md)", "paper", 0, NULL, ALFA__OPTION_FLAG, AT(paper), NULL, 0, 0, DETECT | WATCH | LEARN | EXPLAIN,
     "the paper's readings instead of what suits the model: aligner r4, windows 2 and 3, image score Eq. 12, the paper's fusion"},
    {"Method (docs/method.md)", "fusion", 0, "auto|paper|odds|top", ALFA__OPTION_CHOICE, AT(fusion), "auto", 0, 0, DETECT | LEARN | EVAL,
     "how the memory of normal images joins the judgement from words. auto: paper, and top for alfa-tiny"},
    {"Method (docs/method.md)", "memory-weight", 0, "NUMBER", ALFA__OPTION_NUMBER, AT(memory_weight), "0.9", 0, 1, DETECT | LEARN | EVAL,
     "of the memory against the words in the image score, with --fusion odds"},
    {"Method (docs/method.md)", "map-weight", 0, "NUMBER", ALFA__OPTION_NUMBER, AT(map_weight), "0.8", 0, 1, DETECT | LEARN | EVAL,
     "the same in the map"},

    {"Language model (docs/prompts.md)", "llm", 0, "URL", ALFA__OPTION_TEXT, AT(llm), NULL, 0, 0, DETECT | LEARN | PROMPTS | EXPLAIN,
     "let a language model write the sentences, once for each class: address of an OpenAI-compatible endpoint, such as http://localhost:11434/v1"},
    {"Language model (docs/prompts.md)", "llm-model", 0, "NAME", ALFA__OPTION_TEXT, AT(llm_model), NULL, 0, 0, DETECT | LEARN | PROMPTS | EXPLAIN,
     "its name at the endpoint"},
    {"Language model (docs/prompts.md)", "llm-key-file", 0, "FILE", ALFA__OPTION_FILE, AT(llm_key_file), NULL, 0, 0, DETECT | LEARN | PROMPTS | EXPLAIN,
     "file with the key, instead of the variable ALFA_LLM_KEY"},
    {"Language model (docs/prompts.md)", "llm-key-header", 0, "NAME", ALFA__OPTION_TEXT, AT(llm_key_header), NULL, 0, 0, DETECT | LEARN | PROMPTS | EXPLAIN,
     "header that carries the key as it is, such as api-key (Azure) [a bearer token; api-key for hosts of azure.com]"},
    {"Language model (docs/prompts.md)", "llm-ca", 0, "FILE", ALFA__OPTION_FILE, AT(llm_ca), NULL, 0, 0, DETECT | LEARN | PROMPTS | EXPLAIN,
     "certificates to trust instead of the system's"},
    {"Language model (docs/prompts.md)", "llm-timeout", 0, "SECONDS", ALFA__OPTION_NUMBER, AT(llm_timeout), "300", 0.1, 86400, DETECT | LEARN | PROMPTS | EXPLAIN,
     "for one answer"},
    {"Language model (docs/prompts.md)", "llm-tries", 0, "N", ALFA__OPTION_COUNT, AT(llm_tries), "5", 1, 20, DETECT | LEARN | PROMPTS | EXPLAIN,
     "of each question, when the endpoint is busy or fails"},
    {"Language model (docs/prompts.md)", "count", 0, "N", ALFA__OPTION_COUNT, AT(count), "48", 16, 144, PROMPTS,
     "sentences wanted a side"},
    {"Language model (docs/prompts.md)", "no-syntactic-consistency", 0, NULL, ALFA__OPTION_FLAG, AT(no_syntactic_consistency), NULL, 0, 0,
     DETECT | LEARN | PROMPTS, "do not tell it how to begin: descriptions in its own words (paper 5.3, Table 3)"},
    {"Language model (docs/prompts.md)", "save", 0, "FILE", ALFA__OPTION_FILE, AT(save), NULL, 0, 0, PROMPTS,
     "where they are kept, instead of the cache"},
    {"Language model (docs/prompts.md)", "again", 0, NULL, ALFA__OPTION_FLAG, AT(again), NULL, 0, 0, DETECT | LEARN | PROMPTS | EXPLAIN,
     "ask anew, even when there is an answer from before"},

    {"Watching (docs/line.md)", "move-to", 0, "DIR", ALFA__OPTION_FOLDER, AT(move_to), NULL, 0, 0, WATCH,
     "move each picture to ok/, bad/ or failed/ in this folder; nothing there is replaced"},
    {"Watching (docs/line.md)", "link-to", 0, "DIR", ALFA__OPTION_FOLDER, AT(link_to), NULL, 0, 0, WATCH,
     "put links to the pictures there instead, and leave them where they are"},
    {"Watching (docs/line.md)", "poll", 0, "SECONDS", ALFA__OPTION_NUMBER, AT(poll), "0", 0, 3600, WATCH,
     "look at the folders so often, for network shares of which the system tells nothing; a file is whole when two looks find it the same"},
    {"Watching (docs/line.md)", "queue", 0, "N", ALFA__OPTION_COUNT, AT(queue), "10000", 1, 1000000, WATCH,
     "pictures remembered while they wait; more are found again when these are done"},
    {"Watching (docs/line.md)", "journal", 0, "FILE", ALFA__OPTION_FILE, AT(journal), NULL, 0, 0, WATCH,
     "file that remembers what was judged, so that a restart neither skips nor repeats; without it one for these folders in $XDG_STATE_HOME/alfa or ~/.local/state/alfa"},
    {"Messages (docs/line.md)", "mqtt", 0, "URL", ALFA__OPTION_TEXT, AT(mqtt), NULL, 0, 0, WATCH | SERVE,
     "send each result to this broker: mqtt://HOST[:PORT], or mqtts:// with TLS; messages wait on the disk while it is away"},
    {"Messages (docs/line.md)", "topic", 0, "TOPIC", ALFA__OPTION_TEXT, AT(topic), "alfa", 0, 0, WATCH | SERVE,
     "results go to TOPIC/result, and TOPIC/status says whether the sender is there"},
    {"Messages (docs/line.md)", "mqtt-trigger", 0, "TOPIC", ALFA__OPTION_TEXT, AT(mqtt_trigger), NULL, 0, 0, WATCH,
     "judge the newest picture when a message comes there, and answer with its result: on the message's response topic (MQTT 5), or else on the --topic's /answer"},
    {"Messages (docs/line.md)", "mqtt-user-file", 0, "FILE", ALFA__OPTION_FILE, AT(mqtt_user_file), NULL, 0, 0, WATCH | SERVE,
     "file whose first line is the user and whose second is the password"},
    {"Messages (docs/line.md)", "mqtt-ca", 0, "FILE", ALFA__OPTION_FILE, AT(mqtt_ca), NULL, 0, 0, WATCH | SERVE,
     "certificates to trust instead of the system's"},

    {"Server (docs/serve.md)", "port", 0, "N", ALFA__OPTION_COUNT, AT(port), "8642", 0, 65535, SERVE,
     "where it listens; 0 takes any free port and says which"},
    {"Server (docs/serve.md)", "host", 0, "ADDRESS", ALFA__OPTION_TEXT, AT(host), "127.0.0.1", 0, 0, SERVE,
     "address to listen at; any that others can reach needs --token-file"},
    {"Server (docs/serve.md)", "name", 0, "HOST", ALFA__OPTION_TEXT, AT(name), NULL, 0, 0, SERVE,
     "a host name that requests may also use, such as that of a proxy in front of it"},
    {"Server (docs/serve.md)", "token-file", 0, "FILE", ALFA__OPTION_FILE, AT(token_file), NULL, 0, 0, SERVE,
     "file whose first line is the token that every request has to show"},
    {"Server (docs/serve.md)", "cert", 0, "FILE", ALFA__OPTION_FILE, AT(cert), NULL, 0, 0, SERVE,
     "certificate (PEM) for HTTPS, with its chain"},
    {"Server (docs/serve.md)", "key", 0, "FILE", ALFA__OPTION_FILE, AT(key), NULL, 0, 0, SERVE,
     "its private key (PEM)"},
    {"Server (docs/serve.md)", "data", 0, "DIR", ALFA__OPTION_FOLDER, AT(store), NULL, 0, 0, SERVE | EXPORT,
     "folder of the inspections, which serve makes when it is missing; without it $XDG_DATA_HOME/alfa or ~/.local/share/alfa"},
    {"Server (docs/serve.md)", "banks", 0, "DIR", ALFA__OPTION_FOLDER, AT(banks), NULL, 0, 0, SERVE,
     "folder of .bank files that 'alfa learn' has made (or one of them) to judge with, each under its name"},
    {"Server (docs/serve.md)", "keep-days", 0, "DAYS", ALFA__OPTION_NUMBER, AT(keep_days), "0", 0, 1e5, SERVE,
     "inspections that are older are removed; 0 keeps all"},
    {"Server (docs/serve.md)", "keep-gb", 0, "GB", ALFA__OPTION_NUMBER, AT(keep_gb), "0", 0, 1e6, SERVE,
     "when pictures and maps take more, the oldest inspections are removed; 0 keeps all"},
    {"Server (docs/serve.md)", "queue", 0, "N", ALFA__OPTION_COUNT, AT(queue), "128", 1, 10000, SERVE,
     "requests that may wait; others are told to come again (429)"},

    {"Fleet (docs/fleet.md)", "amqp", 0, "URL", ALFA__OPTION_TEXT, AT(amqp), NULL, 0, 0, WORKER | SUBMIT,
     "the broker: amqp://[USER:PASSWORD@]HOST[:PORT][/VHOST], or amqps:// with TLS (needed)"},
    {"Fleet (docs/fleet.md)", "amqp", 0, "URL", ALFA__OPTION_TEXT, AT(amqp), NULL, 0, 0, SERVE,
     "let workers ('alfa worker') behind this broker judge: amqp://[USER:PASSWORD@]HOST[:PORT][/VHOST], or amqps:// with TLS; learning stays here"},
    {"Fleet (docs/fleet.md)", "amqp", 0, "URL", ALFA__OPTION_TEXT, AT(amqp), NULL, 0, 0, EVAL,
     "let workers ('alfa worker --features') behind this broker look at the images: amqp://[USER:PASSWORD@]HOST[:PORT][/VHOST], or amqps:// with TLS; tables are the same to the byte. Needs --features, a folder that they see too"},
    {"Fleet (docs/fleet.md)", "amqp-user-file", 0, "FILE", ALFA__OPTION_FILE, AT(amqp_user_file), NULL, 0, 0, WORKER | SUBMIT | SERVE | EVAL,
     "file whose first line is the user and whose second is the password, instead of those in the URL"},
    {"Fleet (docs/fleet.md)", "amqp-ca", 0, "FILE", ALFA__OPTION_FILE, AT(amqp_ca), NULL, 0, 0, WORKER | SUBMIT | SERVE | EVAL,
     "certificates to trust instead of the system's"},
    {"Fleet (docs/fleet.md)", "fleet", 0, "NAME", ALFA__OPTION_TEXT, AT(fleet), "alfa", 0, 0, WORKER | SUBMIT | SERVE | EVAL,
     "what the names of its queues begin with: fleets with other names share a broker and nothing else"},
    {"Fleet (docs/fleet.md)", "root", 0, "DIR", ALFA__OPTION_FOLDER, AT(root), NULL, 0, 0, WORKER,
     "open images below this folder, and no others; without it none by path"},
    {"Fleet (docs/fleet.md)", "root", 0, "DIR", ALFA__OPTION_FOLDER, AT(root), NULL, 0, 0, SUBMIT | EVAL,
     "what the workers have as --root, as it is called here: paths below it are sent without it"},
    {"Fleet (docs/fleet.md)", "allow-url", 0, "PREFIX", ALFA__OPTION_TEXT, AT(allow_url), NULL, 0, 0, WORKER,
     "fetch images whose addresses begin so, such as http://camera1/; several with commas between them"},
    {"Fleet (docs/fleet.md)", "banks", 0, "DIR", ALFA__OPTION_FOLDER, AT(banks), NULL, 0, 0, WORKER,
     "folder of banks, each called by the SHA-256 of its bytes (HASH.bank)"},
    {"Fleet (docs/fleet.md)", "banks", 0, "DIR", ALFA__OPTION_FOLDER, AT(banks), NULL, 0, 0, SUBMIT,
     "the same folder as it is called here: the bank is put there when it is missing"},
    {"Fleet (docs/fleet.md)", "features", 0, "DIR", ALFA__OPTION_FOLDER, AT(features), NULL, 0, 0, WORKER,
     "folder that 'alfa eval --amqp' has as --features: what this worker sees of the images of a data set goes there"},
    {"Fleet (docs/fleet.md)", "share", 0, "DIR", ALFA__OPTION_FOLDER, AT(share), NULL, 0, 0, SERVE,
     "folder that the workers have as --banks: banks are put there as they are needed; without it none can be judged with"},
    {"Fleet (docs/fleet.md)", "bank", 'b', "FILE", ALFA__OPTION_FILE, AT(bank), NULL, 0, 0, SUBMIT,
     "judge with this bank of 'alfa learn'; jobs name it by its hash"},
    {"Fleet (docs/fleet.md)", "limit", 0, "MB", ALFA__OPTION_NUMBER, AT(limit), "11", 0.001, 90, WORKER | SUBMIT | SERVE,
     "largest image in a job or from an address; a broker takes letters of 16 MB (RabbitMQ 4) or 128 MB (3.x), and a third is added to what is sent"},
    {"Fleet (docs/fleet.md)", "memory", 0, "GB", ALFA__OPTION_NUMBER, AT(memory), "0", 0, 1e6, WORKER,
     "when more is in use, models and banks that were not needed for longest are closed; 0 keeps all"},
    {"Fleet (docs/fleet.md)", "prefetch", 0, "N", ALFA__OPTION_COUNT, AT(prefetch), "0", 0, 1000, WORKER,
     "jobs held at once; 0 is two for each processor, at least 4"},
    {"Fleet (docs/fleet.md)", "tries", 0, "N", ALFA__OPTION_COUNT, AT(tries), "5", 1, 20, WORKER,
     "a job that failed so often for a reason that is not its own, or took its worker along, goes to the dead letters"},
    {"Fleet (docs/fleet.md)", "list", 0, "FILE", ALFA__OPTION_FILE, AT(list), NULL, 0, 0, SUBMIT,
     "images as well: one path or http address a line; - is standard input"},
    {"Fleet (docs/fleet.md)", "send", 0, NULL, ALFA__OPTION_FLAG, AT(send), NULL, 0, 0, SUBMIT,
     "put the images into the jobs, for workers that do not see these folders"},
    {"Fleet (docs/fleet.md)", "window", 0, "N", ALFA__OPTION_COUNT, AT(window), "1000", 1, 50000, SUBMIT | EVAL,
     "jobs on their way at once"},
    {"Fleet (docs/fleet.md)", "window", 0, "N", ALFA__OPTION_COUNT, AT(at_once), "64", 1, 256, SERVE,
     "pictures that are with the workers at once; others wait in the --queue"},
    {"Fleet (docs/fleet.md)", "out", 'o', "FILE", ALFA__OPTION_FILE, AT(out), NULL, 0, 0, SUBMIT,
     "write the answers there; those that are there already are not asked for again"},
    {"Fleet (docs/fleet.md)", "csv", 0, "regions", ALFA__OPTION_MAYBE, AT(csv), NULL, 0, 0, SUBMIT,
     "a CSV table instead of JSON lines; with =regions a row for each region"},
    {"Fleet (docs/fleet.md)", "model", 'm', "NAME", ALFA__OPTION_TEXT, AT(model), NULL, 0, 0, SUBMIT,
     "a model that the workers have by this name, instead of the one that each was started with"},
    {"Fleet (docs/fleet.md)", "method", 0, "alfa|winclip", ALFA__OPTION_CHOICE, AT(method), "alfa", 0, 0, SUBMIT,
     "how scores are made; a bank has its own"},

    {"General", "help", 'h', NULL, ALFA__OPTION_FLAG, AT(help), NULL, 0, 0, ALFA__VERB_ALL, "show this help"},
    {"General", "version", 'V', NULL, ALFA__OPTION_FLAG, AT(version), NULL, 0, 0, ALFA__VERB_ALL, "show the version"},
    {0},
};
/* clang-format on */
_Static_assert(sizeof alfa__option_table / sizeof *alfa__option_table - 1 <= ALFA__MOST_OPTIONS,
               "one place in given for each row");

bool alfa__choice_get(char *out, size_t size, const char *choices, int index)
{
    for (; index > 0 && choices; index--) {
        choices = strchr(choices, '|');
        choices = choices ? choices + 1 : NULL;
    }
    if (!choices)
        return false;
    snprintf(out, size, "%.*s", (int)strcspn(choices, "|"), choices);
    return true;
}

int alfa__choice_find(const char *choices, const char *word)
{
    char choice[64];
    for (int i = 0; alfa__choice_get(choice, sizeof choice, choices, i); i++)
        if (strcmp(choice, word) == 0)
            return i;
    return -1;
}

bool alfa__options_given(const struct alfa__options *options, const char *name)
{
    bool given = false;
    for (int i = 0; alfa__option_table[i].name; i++)
        given |= strcmp(alfa__option_table[i].name, name) == 0 && options->given[i];
    return given;
}

bool alfa__options_any(char dashed[ALFA__OPTION_DASHED], const struct alfa__options *options,
                       const char *const *names)
{
    while (*names && !alfa__options_given(options, *names))
        names++;
    if (*names)
        snprintf(dashed, ALFA__OPTION_DASHED, "--%s", *names);
    return *names;
}

/* ------------------------------------------------------------------ values */

static enum alfa_status set_number(double *out, const struct alfa__option *option, const char *dashed,
                                   const char *text, struct alfa_error *err)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || *end || errno || !(value >= option->minimum && value <= option->maximum))
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "\"%s\" is not a number from %g to %g", text,
                          option->minimum, option->maximum);
    *out = value;
    return ALFA_OK;
}

static enum alfa_status set_count(int *out, const struct alfa__option *option, const char *dashed,
                                  const char *text, struct alfa_error *err)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < (long)option->minimum || value > (long)option->maximum)
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "\"%s\" is not a whole number from %.0f to %.0f",
                          text, option->minimum, option->maximum);
    *out = (int)value;
    return ALFA_OK;
}

static enum alfa_status set_choice(int *out, const struct alfa__option *option, const char *dashed,
                                   const char *text, struct alfa_error *err)
{
    *out = alfa__choice_find(option->argument, text);
    if (*out < 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "\"%s\" is not one of %s", text, option->argument);
    return ALFA_OK;
}

static enum alfa_status set_scales(int *out, const char *dashed, const char *text, struct alfa_error *err)
{
    int count = 0, seen = 0;
    bool good = false;
    memset(out, 0, ALFA_MAX_SCALES * sizeof *out);
    if (strcmp(text, "auto") == 0)
        return ALFA_OK;
    for (const char *p = text; count < ALFA_MAX_SCALES && *p >= '1' && *p <= '4' && !(seen >> (*p - '0') & 1);
         p += 2) {
        seen |= 1 << (*p - '0');
        out[count++] = *p - '0';
        good = !p[1];
        if (p[1] != ',')
            break;
    }
    if (!good)
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed,
                          "\"%s\" is not a list of window sides; each is 1, 2, 3 or 4, and stands there "
                          "once, for example 2,3",
                          text);
    return ALFA_OK;
}

static enum alfa_status set_value(struct alfa__options *options, const struct alfa__option *option,
                                  const char *dashed, const char *text, struct alfa_error *err)
{
    void *field = (char *)options + option->offset;
    switch (option->kind) {
    case ALFA__OPTION_FLAG:
        *(bool *)field = true;
        return ALFA_OK;
    case ALFA__OPTION_TEXT:
    case ALFA__OPTION_FILE:
    case ALFA__OPTION_FOLDER:
        if (!*text)
            return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "is empty; it takes %s", option->argument);
        *(const char **)field = text;
        return ALFA_OK;
    case ALFA__OPTION_COUNT:
        return set_count(field, option, dashed, text, err);
    case ALFA__OPTION_NUMBER:
        return set_number(field, option, dashed, text, err);
    case ALFA__OPTION_CHOICE:
        return set_choice(field, option, dashed, text, err);
    case ALFA__OPTION_MAYBE:
        *(int *)field = text ? 2 : 1;
        return !text || strcmp(text, option->argument) == 0
                   ? ALFA_OK
                   : alfa__fail(err, ALFA_ERROR_USAGE, dashed, "takes no value, or =%s", option->argument);
    case ALFA__OPTION_SCALES:
        return set_scales(field, dashed, text, err);
    }
    return ALFA_OK;
}

static enum alfa_status set_defaults(struct alfa__options *options, struct alfa_error *err)
{
    *options = (struct alfa__options){0};
    for (const struct alfa__option *option = alfa__option_table; option->name; option++)
        if (option->initial)
            ALFA__TRY(set_value(options, option, option->name, option->initial, err));
    return ALFA_OK;
}

/* ------------------------------------------------------------------ the walk */

/* Two rows may share a name or a letter; the one of the verb is meant, or else the first. */
static const struct alfa__option *better(const struct alfa__option *found, const struct alfa__option *option,
                                         const struct alfa__verb *verb)
{
    return !found || (verb && !(found->verbs & verb->bit) && option->verbs & verb->bit) ? option : found;
}

/* Long names may be given with any length, so they are compared before they are copied. */
static const struct alfa__option *find_option(const char *name, size_t length, const struct alfa__verb *verb)
{
    const struct alfa__option *found = NULL;
    for (const struct alfa__option *option = alfa__option_table; option->name; option++)
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
            found = better(found, option, verb);
    return found;
}

static const struct alfa__option *find_letter(char letter, const struct alfa__verb *verb)
{
    const struct alfa__option *found = NULL;
    for (const struct alfa__option *option = alfa__option_table; option->name; option++)
        if (option->letter && option->letter == letter)
            found = better(found, option, verb);
    return found;
}

static enum alfa_status fail_unknown(const char *typed, const struct alfa__verb *verb, struct alfa_error *err)
{
    const char *near = NULL;
    int best = INT32_MAX;
    for (const struct alfa__option *option = alfa__option_table; option->name; option++)
        if (!verb || option->verbs & verb->bit)
            alfa__suggest(&near, &best, option->name, typed + strspn(typed, "-"));
    char of[32] = "";
    if (verb)
        snprintf(of, sizeof of, " of 'alfa %s'", verb->name);
    if (near)
        return alfa__fail(err, ALFA_ERROR_USAGE, typed, "is not an option%s; did you mean --%s?", of, near);
    return alfa__fail(err, ALFA_ERROR_USAGE, typed, "is not an option%s; 'alfa %s%s--help' shows them", of,
                      verb ? verb->name : "", verb ? " " : "");
}

/* Takes one option at argv[*at], and its value when that stands in the next argument. */
static enum alfa_status take_option(struct alfa__options *options, int *at, int argc, char **argv,
                                    struct alfa_error *err)
{
    char *word = argv[*at], dashed[64];
    bool is_long = word[1] == '-';
    size_t length = is_long ? strcspn(word + 2, "=") : 1;
    const struct alfa__option *option =
        is_long ? find_option(word + 2, length, options->verb) : find_letter(word[1], options->verb);
    snprintf(dashed, sizeof dashed, "%.*s", (int)(is_long ? length + 2 : 2), word);
    if (!option && alfa__file_exists(word))
        return alfa__fail(err, ALFA_ERROR_USAGE, word, "is not an option; for the file write ./%s", word);
    if (!option)
        return fail_unknown(dashed, options->verb, err);
    if (options->verb && !(option->verbs & options->verb->bit))
        return fail_unknown(dashed, options->verb, err);
    if (!options->verb && option->verbs != ALFA__VERB_ALL)
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "stands before the verb; write alfa VERB ... %s",
                          dashed);
    const char *value = NULL;
    char *rest = word + (is_long ? length + 2 : 2);
    options->given[option - alfa__option_table] = true;
    if (!option->argument) {
        if (is_long && *rest)
            return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "takes no value");
        set_value(options, option, dashed, NULL, err);
        if (!is_long && *rest) { /* -qj: take the rest as letters of their own */
            *--rest = '-';
            argv[(*at)--] = rest;
        }
        return ALFA_OK;
    }
    if (option->kind == ALFA__OPTION_MAYBE)
        return set_value(options, option, dashed, *rest ? rest + 1 : NULL, err);
    if (*rest)
        value = rest + (is_long || *rest == '=');
    else if (*at + 1 < argc && strncmp(argv[*at + 1], "--", 2) != 0)
        value = argv[++*at];
    if (!value)
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "needs a value: %s %s", dashed, option->argument);
    return set_value(options, option, dashed, value, err);
}

static enum alfa_status take_verb(struct alfa__options *options, const char *word, struct alfa_error *err)
{
    const char *near = NULL;
    int best = INT32_MAX;
    options->verb = alfa__verb_find(word);
    if (options->verb)
        return ALFA_OK;
    for (const struct alfa__verb *verb = alfa__verbs; verb->name; verb++)
        alfa__suggest(&near, &best, verb->name, word);
    if (near)
        return alfa__fail(err, ALFA_ERROR_USAGE, word, "is not a verb; did you mean '%s'?", near);
    if (access(word, F_OK) == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, word, "is not a verb; did you mean 'alfa detect %s'?", word);
    return alfa__fail(err, ALFA_ERROR_USAGE, word, "is not a verb; 'alfa --help' lists them");
}

static enum alfa_status take_subject(struct alfa__options *options, struct alfa_error *err)
{
    const struct alfa__verb *verb = options->verb;
    char source[64];
    if (!verb || !verb->subjects || options->help || options->version)
        return ALFA_OK;
    snprintf(source, sizeof source, "%s", verb->name);
    if (options->argument_count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, source, "needs one of %s; 'alfa %s --help' says more",
                          verb->subjects, verb->name);
    if (alfa__choice_find(verb->subjects, options->arguments[0]) < 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, source, "\"%s\" is not one of %s", options->arguments[0],
                          verb->subjects);
    options->subject = *options->arguments++;
    options->argument_count--;
    return ALFA_OK;
}

enum alfa_status alfa__options_parse(struct alfa__options *out, int argc, char **argv, struct alfa_error *err)
{
    bool only_arguments = false;
    ALFA__TRY(set_defaults(out, err));
    out->arguments = argv; /* arguments move to the front of argv, over what has been read already */
    for (int at = 1; at < argc; at++) {
        char *word = argv[at];
        if (!only_arguments && strcmp(word, "--") == 0)
            only_arguments = true;
        else if (!only_arguments && word[0] == '-' && word[1])
            ALFA__TRY(take_option(out, &at, argc, argv, err));
        else if (!out->verb)
            ALFA__TRY(take_verb(out, word, err));
        else
            out->arguments[out->argument_count++] = word;
    }
    return take_subject(out, err);
}
