/* The table of verbs: what help, man page and completion say of them. Which function does what a verb asks
 * for is main.c's to know. */
#include "cli/options.h"

#include <string.h>

const struct alfa__verb alfa__verbs[] = {
    {"detect", ALFA__VERB_DETECT, NULL, "PATH... --class NOUN [OPTION...]",
     "judge images: score, decision, heat map",
     "Judges every image against sentences that describe a normal and an abnormal NOUN, and prints one line "
     "for each. "
     "No training and no reference picture is needed.\n"
     "PATH is an image, a folder (searched for images with its sub-folders), a quoted pattern such as "
     "'*.png', "
     "or - for images from standard input, one behind another (as cat and ffmpeg -f image2pipe write them). "
     "An "
     "image that cannot be read is reported and the others go on.\n"
     "Y4M (YUV4MPEG2, a file .y4m or standard input) and --raw hold frames: each is judged as it comes. "
     "Frames, and "
     "images of standard input, are called FILE, FILE[2], FILE[3] ...",
     "alfa detect photo.jpg --class bottle\n"
     "one image\n"
     "alfa detect parts/ --class 'metal nut' --out seen/\n"
     "a folder, with heat maps and seen/report.html\n"
     "alfa detect parts/ --class screw --json > seen.jsonl\n"
     "for other programs\n"
     "alfa detect parts/ --bank screw.bank\n"
     "with what 'alfa learn' has seen of normal images, at its thresholds\n"
     "alfa detect dump.raw --raw 1280x1024:mono12 --bank screw.bank\n"
     "frames as a camera left them\n"
     "ffmpeg -i line.mp4 -f image2pipe -c:v ppm - | alfa detect - --bank screw.bank\n"
     "the frames of a video, or of a camera that ffmpeg reads\n"},
    {"learn", ALFA__VERB_LEARN, NULL, "PATH... --class NOUN -o FILE.bank [OPTION...]",
     "remember normal images; find thresholds",
     "Looks at normal images, each of another part (two are enough, more are better), keeps what they look "
     "like in one file, and "
     "finds from them alone the thresholds for images and places at a wanted rate of false alarms: unless "
     "you say otherwise, 5 of 100 normal images are called. One image alone ranks others and calls none.\n"
     "The bank is the same whether images come at once or in parts. An image that does not look like the "
     "others is named and not learned.\n"
     "--show prints what is in a bank, and -o FILE.html beside it writes a page with thumbnails: the images "
     "that look least like the others come first.",
     "alfa learn normal/ --class bottle -o bottle.bank\n"
     "from a folder of normal images\n"
     "alfa detect new/ --bank bottle.bank\n"
     "judge with it\n"
     "alfa learn more/ --add bottle.bank -o bottle.bank\n"
     "add images to a bank\n"
     "alfa learn --add bottle.bank --bad scratched/ -o bottle.bank\n"
     "add images that are known to be bad\n"
     "alfa learn --show bottle.bank\n"
     "class, model, images and thresholds\n"
     "alfa learn --show bottle.bank -o bottle.html\n"
     "the same, and a page that shows which images are strange\n"
     "alfa learn normal/ --class bottle --bad scratched/ --at found=95% -o bottle.bank\n"
     "with a threshold that finds 95 of 100 bottles like those known to be bad\n"},
    {"threshold", ALFA__VERB_THRESHOLD, NULL, "BANK [OPTION...]",
     "choose a bank's threshold from known images",
     "Prints what thresholds find among images that are known to be bad (--bad) and how many normal ones "
     "they "
     "call: those that were learned, each judged without itself, and those of --normal. Behind each share "
     "stands its interval of 95 % (Wilson).\n"
     "With --at the choice, and the images that it was made with, are written into the bank; it is made "
     "again "
     "whenever images join. Without --at the bank stays as it is.",
     "alfa threshold bottle.bank --bad scratched/\n"
     "what each threshold finds, and what it costs\n"
     "alfa threshold bottle.bank --bad scratched/ --normal good/ --at found=95%\n"
     "choose one that finds 95 of 100 like these\n"
     "alfa threshold bottle.bank --at false-alarms=1%\n"
     "call fewer normal images, and find less\n"},
    {"explain", ALFA__VERB_EXPLAIN, NULL, "PATH... --class NOUN [OPTION...]",
     "say what an image looks most like, of all that may be wrong",
     "Prints the five descriptors that are most similar to each image, such as \"cracks or chips on the "
     "surface\": a bar and the number for the cosine, then the share of a softmax over the descriptors. "
     "The same follows for each region that 'alfa detect' finds with the same options: its place and its "
     "highest value in the map, then the five that its windows look most like.\n"
     "They say what a fault would be, not whether there is one: that is what 'alfa detect' is for.",
     "alfa explain photo.jpg --class bottle\n"
     "five descriptors with bars, for the image and for each region\n"
     "alfa explain parts/ --bank screw.bank --json > why.jsonl\n"
     "for other programs, with the regions of a bank\n"
     "alfa explain parts/ --class screw --out why/\n"
     "as a page, why/report.html: each region has its number on the picture\n"},
    {"prompts", ALFA__VERB_PROMPTS, NULL, "NOUN [OPTION...]",
     "print the sentences about a noun; let a language model write them",
     "Prints the sentences that images of NOUN are compared with, as a file that --prompts takes.\n"
     "--show says instead what they look like to the model: how near the normal and the abnormal ones are, "
     "which stand apart.\n"
     "--llm asks a language model for sentences (Ollama, llama.cpp, vLLM, LM Studio, a cloud), checks them, "
     "keeps them in the cache or in --save FILE, and prints the path. A key comes from --llm-key-file or the "
     "variable ALFA_LLM_KEY.",
     "alfa prompts bottle > bottle.txt\n"
     "sentences to edit and to use with --prompts\n"
     "alfa prompts bottle --show\n"
     "counts, lengths, overlap and outliers\n"
     "alfa prompts gear --llm http://localhost:11434/v1 --llm-model llama3.1\n"
     "sentences about a gear from a local model\n"},
    {"eval", ALFA__VERB_EVAL, NULL, "[DIR...] [OPTION...]", "compare methods on data sets: tables of metrics",
     "Judges the test images of every class below DIR with every method and prints tables as Markdown: means "
     "over the classes, then each class. One pass over an image serves all methods.\n"
     "DIR may be MVTec AD, MVTec AD 2, MVTec LOCO, BTAD, VisA, Real-IAD, KolektorSDD2, or folders of good "
     "and bad "
     "images, with or without masks; a note says what it was taken for. docs/data.md shows all layouts.\n"
     "With --out the tables are also written as report.md, results.csv and results.json, and finished "
     "results are "
     "kept in results.jsonl, so that a run that was stopped goes on where it was. Another run into the same "
     "folder "
     "gets tables of its own (report-2.md). Images that fail are listed at the end and the others go on. A "
     "deeper "
     "account is in docs/results.md.",
     "alfa eval mvtec/ --out results/\n"
     "all zero-shot methods on all classes\n"
     "alfa eval mvtec/ --shots 1,2,4 --seeds 5 --methods alfa,winclip,patchcore --out results/\n"
     "few-shot, mean and deviation over five seeds\n"
     "alfa eval parts/ --ablation components\n"
     "what each part of ALFA contributes\n"
     "alfa eval --normal-dir ok/ --abnormal-dir nok/ --mask-dir marked/ --class gear\n"
     "folders of one class, wherever they are\n"
     "alfa eval parts/screw --bank screw.bank\n"
     "a bank of yours: what it finds, and which threshold would be best\n"},
    {"embed", ALFA__VERB_EMBED, "image|text", "image PATH... | text TEXT... [OPTION...]",
     "print the CLIP embedding of images or texts",
     "Prints the embedding of each image or text, scaled to length 1, as one JSON object a line.",
     "alfa embed image photo.jpg\n"
     "{\"path\":\"photo.jpg\",\"embedding\":[...]}\n"
     "alfa embed text 'a photo of a cat' 'a photo of a dog'\n"
     "two lines\n"},
    {"model", ALFA__VERB_MODEL, "info|list|pull|verify|convert",
     "info | list | pull NAME... | verify NAME... | convert MODEL [OPTION...]",
     "fetch a CLIP from the hub; say what a model is",
     "pull fetches a CLIP from the Hugging Face hub into the cache that its own tools use too: what they "
     "downloaded is found, and they find what alfa downloaded. NAME is one that list shows, hf:ORG/REPO or "
     "hf:ORG/REPO@REVISION. A download that was stopped goes on where it was; its hash is compared with the "
     "hub's. "
     "--to makes a folder of it, to be carried to a machine without internet. The variables of the hub's "
     "tools are "
     "followed: HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, and https_proxy.\n"
     "list names the models that are here and the known ones that are not, with their size.\n"
     "verify computes the hashes of a downloaded model again; NAME may be a folder.\n"
     "info opens a model and prints its sizes, its precision and its fingerprint.\n"
     "convert writes any model that alfa reads, such as a PyTorch checkpoint, into the folder --out as "
     "open_clip_config.json and model.safetensors.",
     "alfa model pull ViT-B-16-plus-240\n"
     "the model of ALFA's paper, 834 MB; --model takes the same name\n"
     "alfa model pull hf:laion/CLIP-ViT-L-14-laion2B-s32B-b82K --to clip-l14/\n"
     "a folder to carry; there: alfa model verify clip-l14/\n"
     "alfa model info --model ViT-B-16-plus-240\n"
     "sizes and fingerprint\n"},
    {"bench", ALFA__VERB_BENCH, NULL, "[PATH...] [OPTION...]",
     "measure how fast it is on this machine, stage by stage",
     "Does with every image what 'alfa detect --out' does, several times over, and prints the shortest and "
     "the median "
     "time of each stage: decode, resize, image tower on the whole image, the windows, score, report; then "
     "those of "
     "the class's sentences, which 'alfa detect' keeps in a cache. Nothing is kept.\n"
     "Without PATH a picture of 1024 x 768 pixels is made for it. Let the machine do nothing else meanwhile. "
     "Times "
     "beside those of other programs are in docs/performance.md.",
     "alfa bench\n"
     "the built-in model on this machine\n"
     "alfa bench parts/ --bank screw.bank --model ViT-B-16-plus-240/\n"
     "your own pictures, as they will be judged\n"
     "alfa bench --precision f32 --threads 1 --json > bench.json\n"
     "for other programs, in seconds\n"},
    {"watch", ALFA__VERB_WATCH, NULL, "FOLDER... --bank FILE [OPTION...]",
     "judge pictures as they appear in folders",
     "Judges what lies in the folders and below, then every picture that is put there, in the order in which "
     "they come, until it is stopped (SIGINT or SIGTERM). A picture is taken when it is whole: when its "
     "writer has closed it or moved it there. Lines, heat maps and the report are those of 'alfa detect'.\n"
     "What was judged is kept in a journal: a restart neither skips nor repeats. When a result cannot be "
     "written, such as on a full disk, it waits and loses nothing. SIGHUP has it read the bank again.",
     "alfa watch incoming/ --bank part.bank --out seen/\n"
     "lines on standard output, heat maps and a report that grows\n"
     "alfa watch incoming/ --bank part.bank --json --move-to sorted/\n"
     "for other programs; pictures go to sorted/ok, sorted/bad and sorted/failed\n"
     "alfa watch /mnt/share --poll 2 --bank part.bank\n"
     "a network share\n"},
    {"serve", ALFA__VERB_SERVE, NULL, "[OPTION...]",
     "judge pictures in a browser and for other programs (HTTP)",
     "Starts a server with a page and an HTTP API: pictures go in, a score, a decision and a heat map come "
     "back, and every inspection is kept in a folder with its picture. It needs no internet.\n"
     "It listens on this machine only. To be reached by others it needs --host and a token (--token-file), "
     "and should have a certificate (--cert, --key). SIGINT or SIGTERM end it once all that it has accepted "
     "is answered. The API is described in docs/serve.md.",
     "alfa serve\n"
     "then open http://localhost:8642/\n"
     "alfa serve --model ViT-B-16-plus-240/ --data /srv/alfa --keep-days 90\n"
     "another model, a folder for the inspections, kept for 90 days\n"
     "alfa serve --banks banks/\n"
     "with banks that 'alfa learn' has made\n"
     "alfa serve --amqp amqp://rabbit.plant --share /srv/banks\n"
     "judged by as many machines as run 'alfa worker'\n"
     "curl -F image=@photo.jpg -F class=bottle http://localhost:8642/v1/detect\n"
     "what a camera program does\n"},
    {"worker", ALFA__VERB_WORKER, NULL, "--amqp URL [OPTION...]",
     "judge for others: take jobs from a broker (RabbitMQ) and answer",
     "Takes jobs from a queue of a RabbitMQ broker, judges their pictures and answers, so that as many "
     "machines as there "
     "are share the work. A job is acknowledged only when the broker has its answer: what is killed or cut "
     "in between is "
     "judged by another worker. It runs until SIGINT or SIGTERM, and then finishes what it holds.\n"
     "Pictures come in the job itself, from below --root or from addresses that begin with --allow-url. "
     "Jobs, answers and "
     "queues are described in docs/fleet.md.",
     "alfa worker --amqp amqp://rabbit.plant --root /srv/pictures\n"
     "pictures of a share that others see too\n"
     "alfa worker --amqp amqps://rabbit.plant --amqp-user-file user --banks /srv/banks --memory 8\n"
     "with TLS, banks of 'alfa learn', and at most 8 GB of models and banks\n"},
    {"submit", ALFA__VERB_SUBMIT, NULL, "PATH... --amqp URL [OPTION...]",
     "let workers judge images: send jobs to a broker, write the answers",
     "Sends a job for every image of folders, files and lists to the workers (alfa worker) behind a broker, "
     "and writes their "
     "answers as they come: one line each, with an id, in any order. A million images take no more memory "
     "than a thousand, "
     "and when workers or broker are behind it waits.\n"
     "With -o what is finished stands in the file: the same command again goes on where it was stopped. "
     "Workers open the "
     "images themselves below their --root, unless --send puts them into the jobs.",
     "alfa submit /srv/pictures/line1 --root /srv/pictures --class bottle --amqp amqp://rabbit.plant -o "
     "line1.jsonl\n"
     "a folder of a share\n"
     "alfa submit photos/ --send --bank bottle.bank --banks /srv/banks --amqp amqp://rabbit.plant --csv -o "
     "seen.csv\n"
     "images of this machine, a bank that is put among those of the workers, a table\n"
     "find /srv/pictures -name '*.png' | alfa submit --list - --root /srv/pictures --class gear --amqp "
     "amqp://rabbit.plant\n"
     "a list, one path a line\n"},
    {"export", ALFA__VERB_EXPORT, NULL, "-o DIR [OPTION...]",
     "write what 'alfa serve' has kept as a table and folders",
     "Writes DIR/inspections.csv and every picture once, into DIR/good, DIR/bad and DIR/unknown as the "
     "operator's latest verdict says: folders that 'alfa learn' takes. The server may be running.",
     "alfa export -o seen/\n"
     "all that was inspected\n"
     "alfa export --data /srv/alfa --class bottle -o bottles/\n"
     "one class of another store\n"},
    {"completion", ALFA__VERB_COMPLETION, "bash|zsh|fish", "bash | zsh | fish",
     "print the completion script of a shell",
     "Prints a script that lets the shell complete verbs, options and their values.",
     "source <(alfa completion bash)\n"
     "complete in this shell\n"},
    {"help", ALFA__VERB_HELP, NULL, "[VERB]", "show the help of a verb",
     "Shows this list, or the help of one verb.",
     "alfa help detect\n"
     "the same as alfa detect --help\n"},
    {0},
};

const struct alfa__verb *alfa__verb_find(const char *name)
{
    for (const struct alfa__verb *verb = alfa__verbs; verb->name; verb++)
        if (strcmp(verb->name, name) == 0)
            return verb;
    return NULL;
}
