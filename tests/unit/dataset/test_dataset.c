/* Small folder trees in a temporary folder, opened and written out as text: one line a class, image and
 * notice. In the text the temporary folder is called T. */
#include "unit/dataset/trees.h"

#include <sys/stat.h>
#include <unistd.h>

/* ------------------------------------------------------------------ MVTec AD */

static const char nut[] =
    "class metal_nut, metal nut\n"
    "learn T/metal_nut/train/good/000.png\n"
    "learn T/metal_nut/train/good/001.png\n"
    "bad T/metal_nut/test/bent/000.png (bent) T/metal_nut/ground_truth/bent/000_mask.png\n"
    "bad T/metal_nut/test/bent/001.png (bent) T/metal_nut/ground_truth/bent/001_mask.png\n"
    "good T/metal_nut/test/good/000.png (good) -\n";

static void make_nut(void)
{
    make("metal_nut/train/good/001.png metal_nut/train/good/000.png metal_nut/test/good/000.png "
         "metal_nut/test/bent/001.png metal_nut/test/bent/000.png metal_nut/ground_truth/bent/000_mask.png "
         "metal_nut/ground_truth/bent/001_mask.png metal_nut/.hidden metal_nut/test/@eaDir/0.png/S.jpg "
         "metal_nut/train/good/@eaDir/0.png/S.jpg");
}

static void one_mvtec_class(void **state)
{
    (void)state;
    char expected[1024];
    make_nut();
    snprintf(expected, sizeof expected, SPLIT "\n%s", nut);
    expect("/metal_nut", expected);
    expect("/metal_nut///", expected);
}

static void a_folder_of_mvtec_classes(void **state)
{
    (void)state;
    char expected[2048];
    make_nut();
    make("bottle/train/good/a.jpg bottle/test/good/b.JPEG bottle/test/bad/c.tiff "
         "bottle/ground_truth/bad/c.png "
         "empty/train/good/a.png readme.txt notes/a.txt cover.png parts/good/1.png parts/bad/1.png");
    snprintf(expected, sizeof expected,
             SPLIT "\n"
                   "class bottle, bottle\n"
                   "learn T/bottle/train/good/a.jpg\n"
                   "bad T/bottle/test/bad/c.tiff (bad) T/bottle/ground_truth/bad/c.png\n"
                   "good T/bottle/test/good/b.JPEG (good) -\n"
                   "%s"
                   "note T has folders that are no classes, left out: notes, parts\n"
                   "note T has images that belong elsewhere, left out: cover.png\n"
                   "note T has a class without images to judge, left out: empty\n",
             nut);
    expect("", expected);
    expect("/empty",
           "error 2 T/empty holds no images to judge; found 1 image in train/good; --normal-dir and "
           "--abnormal-dir name folders of any layout\n"
           "note T/empty has a class without images to judge, left out: empty\n");
}

static void masks_find_their_images(void **state)
{
    (void)state;
    make("c/train/good/1.png c/test/good/1.png c/ground_truth/good/1_mask.png "
         "!c/ground_truth/good/2_mask.png c/test/dent/a.png "
         "c/test/dent/a_b.png "
         "c/test/dent/d.png c/test/dent/d.jpg c/test/dent/e.png c/test/dent/f.png c/test/dent/g.png "
         "c/test/dent/h.png "
         "c/ground_truth/dent/a_b_MASK.png c/ground_truth/dent/d_mask.png c/ground_truth/dent/e_odd.bmp "
         "c/ground_truth/dent/f.png c/ground_truth/dent/f_mask.png c/ground_truth/dent/gmask.png "
         "c/ground_truth/dent/z_mask.png c/ground_truth/dent/odd.db c/ground_truth/dent/Thumbs.db "
         "c/ground_truth/dent/h-gt.png "
         "c/test/dent/i.png c/ground_truth/dent/i/1.png c/ground_truth/dent/i/2.png "
         "c/test/hole/a.png c/ground_truth/crack/a_mask.png c/ground_truth/notes.txt");
    expect("/c", SPLIT
           "\n"
           "class c, c\n"
           "learn T/c/train/good/1.png\n"
           "bad T/c/test/dent/a.png (dent) -\n"
           "bad T/c/test/dent/a_b.png (dent) T/c/ground_truth/dent/a_b_MASK.png\n"
           "bad T/c/test/dent/d.jpg (dent) T/c/ground_truth/dent/d_mask.png\n"
           "bad T/c/test/dent/d.png (dent) T/c/ground_truth/dent/d_mask.png\n"
           "bad T/c/test/dent/e.png (dent) T/c/ground_truth/dent/e_odd.bmp\n"
           "bad T/c/test/dent/f.png (dent) T/c/ground_truth/dent/f_mask.png\n"
           "bad T/c/test/dent/g.png (dent) -\n"
           "bad T/c/test/dent/h.png (dent) T/c/ground_truth/dent/h-gt.png\n"
           "bad T/c/test/dent/i.png (dent) T/c/ground_truth/dent/i\n"
           "good T/c/test/good/1.png (good) -\n"
           "bad T/c/test/hole/a.png (hole) -\n"
           "note T/c/ground_truth/dent has files that are no images, left out: odd.db\n"
           "note T/c/ground_truth has files that are no images, left out: notes.txt\n"
           "note T/c/ground_truth has masks of good images that mark something: these images count as normal "
           "all over: good/1_mask.png\n"
           "note T/c/ground_truth has masks that belong to no image, left out: crack/a_mask.png, "
           "dent/f.png, dent/gmask.png and 1 more\n"
           "note T/c/ground_truth has masks with an odd suffix, taken by their beginning: dent/e_odd.bmp\n"
           "note T/c/ground_truth has masks that several images share: dent/d_mask.png\n"
           "note T/c/ground_truth has several masks an image: their union counts, whatever their values; PRO "
           "is not the sPRO of MVTec LOCO, which knows where a defect may be marked\n"
           "note T/c/test has anomalous images without a mask: dent/a.png, dent/g.png, hole/a.png\n");
}

static void odd_things_in_a_class_are_reported(void **state)
{
    (void)state;
    make("c/train/bad/1.png c/train/0.png c/train/good/deep/1.png c/test/5.png c/test/4.png c/test/3.png "
         "c/test/2.png "
         "c/test/scratch/1.png c/test/scratch/a.txt c/test/none/ c/validation/good/1.png");
    expect("/c",
           SPLIT "\n"
                 "class c, c\n"
                 "learn T/c/train/good/deep/1.png\n"
                 "bad T/c/test/scratch/1.png (scratch) -\n"
                 "note T/c/train has folders that are not good, left out: bad\n"
                 "note T/c/train has images that belong elsewhere, left out: 0.png\n"
                 "note T/c/test has no folder good: every image to judge is anomalous\n"
                 "note T/c/test/none holds no images\n"
                 "note T/c/test/scratch has files that are no images, left out: a.txt\n"
                 "note T/c/test has images that belong elsewhere, left out: 2.png, 3.png, 4.png and 1 more\n"
                 "note T/c has no folder ground_truth: no masks, no pixel metrics\n"
                 "note T/c has folders that are not judged, nor learnt from: validation\n");
}

static void links_that_lead_nowhere_are_reported(void **state)
{
    (void)state;
    make_nut();
    assert_int_equal(symlink("nowhere", under("metal_nut/test/bent/002.png")), 0);
    assert_int_equal(symlink("loop", under("metal_nut/test/loop")), 0);
    assert_int_equal(symlink("good", under("metal_nut/test/ok")), 0);
    char expected[2048];
    snprintf(expected, sizeof expected,
             SPLIT "\n%sgood T/metal_nut/test/ok/000.png (ok) -\n"
                   "note T/metal_nut/test/bent has entries that cannot be looked at: 002.png\n"
                   "note T/metal_nut/test has entries that cannot be looked at: loop\n",
             nut);
    expect("/metal_nut", expected);
}

static void an_unreadable_folder_is_reported(void **state)
{
    (void)state;
    char expected[2048];
    bool privileged = geteuid() == 0;
    make_nut();
    make("metal_nut/test/secret/1.png");
    assert_int_equal(chmod(under("metal_nut/test/secret"), 0), 0);
    snprintf(expected, sizeof expected,
             SPLIT "\n%s"
                   "note T/metal_nut/test/secret cannot be searched: Permission denied\n"
                   "note T/metal_nut/test/secret holds no images\n",
             nut);
    assert_true(!privileged || seteuid(65534) == 0); /* root may read everything */
    expect("/metal_nut", expected);
    assert_true(!privileged || seteuid(0) == 0);
    assert_int_equal(chmod(under("metal_nut/test/secret"), 0755), 0);
}

/* ------------------------------------------------------------------ VisA */

static const char rows[] =
    "pcb1,test,anomaly,pcb1/Data/Images/Anomaly/000.JPG,pcb1/Data/Masks/Anomaly/000.png\r\n"
    "pcb1,test,normal,pcb1/Data/Images/Normal/0001.JPG,\r\n"
    "pcb1,train,normal,pcb1/Data/Images/Normal/0000.JPG,\r\n";
static const char board[] =
    "VisA\n"
    "class pcb1, pcb\n"
    "learn T/pcb1/Data/Images/Normal/0000.JPG\n"
    "bad T/pcb1/Data/Images/Anomaly/000.JPG (anomaly) T/pcb1/Data/Masks/Anomaly/000.png\n"
    "good T/pcb1/Data/Images/Normal/0001.JPG (good) -\n";

static void make_board(const char *header, const char *more)
{
    char text[2048];
    make("pcb1/Data/Images/Anomaly/000.JPG pcb1/Data/Masks/Anomaly/000.png pcb1/Data/Images/Normal/0000.JPG "
         "pcb1/Data/Images/Normal/0001.JPG");
    snprintf(text, sizeof text, "%s%s%s", header, rows, more);
    write_text("split_csv/1cls.csv", text);
}

static void visa_as_it_comes(void **state)
{
    (void)state;
    make_board("\xEF\xBB\xBFobject,split,label,image,mask\r\n", "\r\n");
    expect("", board);
    expect("/pcb1", board); /* by the table above it */
}

/* With semicolons or tabs, other words, spaces and ./ before paths. */
static void visa_through_a_spreadsheet(void **state)
{
    static const char *const separators = ";\t,";
    (void)state;
    make_board("", "");
    for (int i = 0; separators[i]; i++) {
        char text[] = "object;split; label ;image;mask\r\n"
                      "pcb1;test;Bad;./pcb1/Data/Images/Anomaly/000.JPG;./pcb1/Data/Masks/Anomaly/000.png\r\n"
                      "pcb1;test;ok; pcb1/Data/Images/Normal/0001.JPG;\r\n"
                      "\"pcb1\";train;Normal;\"pcb1/Data/Images/Normal/0000.JPG\" ;\r\n";
        for (char *at = text; (at = strchr(at, ';')); at++)
            *at = separators[i];
        write_text("split_csv/1cls.csv", text);
        expect("", board);
    }
}

static void odd_lines_of_visa_are_reported(void **state)
{
    (void)state;
    char expected[2048];
    make("pcb1/Data/Images/Normal/0009.JPG pcb1/Data/Images/Anomaly/001.JPG pcb1/Data/Masks/Anomaly/009.png "
         "other/1.png readme.txt");
    make_board("object,split,label,image,mask,note\n",
               "pcb1,test,unclear,pcb1/Data/Images/Normal/0001.JPG,\n"
               "pcb1,validate,normal,pcb1/Data/Images/Normal/0001.JPG,\n"
               "pcb1,test,normal,../secret.png,\n"
               "pcb1\n"
               "../up,test,normal,pcb1/Data/Images/Normal/0001.JPG,\n"
               "\"pcb1\",test,normal,pcb1/Data/Images/Normal/7777.JPG,\n"
               "\"pcb1\",Test,Anomaly,\"pcb1/Data/Images/Anomaly/001.JPG\",pcb1/Data/Masks/Anomaly/001.png\n"
               "pcb1,train,anomaly,pcb1/Data/Images/Anomaly/001.JPG,\n");
    snprintf(
        expected, sizeof expected,
        "VisA\n"
        "class pcb1, pcb\n"
        "learn T/pcb1/Data/Images/Normal/0000.JPG\n"
        "bad T/pcb1/Data/Images/Anomaly/000.JPG (anomaly) T/pcb1/Data/Masks/Anomaly/000.png\n"
        "bad T/pcb1/Data/Images/Anomaly/001.JPG (anomaly) -\n"
        "good T/pcb1/Data/Images/Normal/0001.JPG (good) -\n"
        "note T has a folder that is no class, left out: other\n"
        "note T/pcb1/Data/Images/Normal has files that split_csv/1cls.csv does not name, left out: 0009.JPG\n"
        "note T/pcb1/Data/Masks/Anomaly has files that split_csv/1cls.csv does not name, left out: 009.png\n"
        "note T/split_csv/1cls.csv names files more than once: pcb1/Data/Images/Anomaly/001.JPG\n"
        "note T/split_csv/1cls.csv has lines that cannot be understood, left out: 5, 6, 7 and 2 more\n"
        "note T/split_csv/1cls.csv names images that are missing, left out: "
        "pcb1/Data/Images/Normal/7777.JPG\n"
        "note T/split_csv/1cls.csv has no mask, or a missing one, for: pcb1/Data/Images/Anomaly/001.JPG\n"
        "note T/split_csv/1cls.csv has anomalous images to learn from, left out: "
        "pcb1/Data/Images/Anomaly/001.JPG\n");
    expect("", expected);
}

static void a_damaged_table_of_visa_fails(void **state)
{
    (void)state;
    make_board("object,split,label,picture,mask\n", "");
    expect("", "error 2 T/split_csv/1cls.csv has no column \"image\" in its first line\n");
    write_text("split_csv/1cls.csv", "");
    expect("", "error 2 T/split_csv/1cls.csv has no column \"object\" in its first line\n");
    write_text("split_csv/1cls.csv", "object,split,label,image\n");
    expect(
        "",
        "error 2 T holds no images to judge; found 1 image in pcb1/Data/Images/Anomaly, 2 images in "
        "pcb1/Data/Images/Normal, 1 image in pcb1/Data/Masks/Anomaly; --normal-dir and --abnormal-dir name "
        "folders of any layout\n"
        "note T has a folder that is no class, left out: pcb1\n");
    assert_int_equal(unlink(under("split_csv/1cls.csv")), 0);
    expect("", "error 2 T/split_csv/1cls.csv cannot be opened: No such file or directory\n");
}

static void visa_as_converted(void **state)
{
    (void)state;
    make("V/1cls/macaroni1/train/good/0.JPG V/1cls/macaroni1/test/good/1.JPG "
         "V/1cls/macaroni1/test/bad/000.JPG "
         "V/1cls/macaroni1/ground_truth/bad/000.png V/2cls_fewshot/macaroni1/x.txt");
    expect("/V/1cls",
           SPLIT "\n"
                 "class macaroni1, macaroni\n"
                 "learn T/V/1cls/macaroni1/train/good/0.JPG\n"
                 "bad T/V/1cls/macaroni1/test/bad/000.JPG (bad) T/V/1cls/macaroni1/ground_truth/bad/000.png\n"
                 "good T/V/1cls/macaroni1/test/good/1.JPG (good) -\n");
    expect("/V",
           SPLIT "\n"
                 "class macaroni1, macaroni\n"
                 "learn T/V/1cls/macaroni1/train/good/0.JPG\n"
                 "bad T/V/1cls/macaroni1/test/bad/000.JPG (bad) T/V/1cls/macaroni1/ground_truth/bad/000.png\n"
                 "good T/V/1cls/macaroni1/test/good/1.JPG (good) -\n"
                 "note T/V is VisA as converted: only its folder 1cls is read\n");
}

/* ------------------------------------------------------------------ good and bad */

static void plain_folders(void **state)
{
    (void)state;
    make("lids/OK/2.png lids/OK/1.png lids/Good/3.png lids/NG/1.png lids/NG/list.txt lids/maybe/1.png "
         "lids/x.png "
         "lids/Defect/ cups/normal/1.png cups/Anomaly/1.png");
    expect("/lids",
           SORTED "\n"
                  "class lids, lids\n"
                  "good T/lids/Good/3.png (Good) -\n"
                  "bad T/lids/NG/1.png (NG) -\n"
                  "good T/lids/OK/1.png (OK) -\n"
                  "good T/lids/OK/2.png (OK) -\n"
                  "note T/lids/Defect holds no images\n"
                  "note T/lids/NG has files that are no images, left out: list.txt\n"
                  "note T/lids has folders that are neither good nor bad, left out: maybe\n"
                  "note T/lids has images that belong elsewhere, left out: x.png\n" JUDGED("T/lids"));
    assert_int_equal(remove(under("lids/NG/list.txt")) | remove(under("lids/maybe/1.png")) |
                         remove(under("lids/maybe")) | remove(under("lids/x.png")) |
                         remove(under("lids/Defect")),
                     0);
    make("tin/test/good/1.png");
    expect("", SORTED "\n"
                      "class cups, cups\n"
                      "bad T/cups/Anomaly/1.png (Anomaly) -\n"
                      "good T/cups/normal/1.png (normal) -\n"
                      "class lids, lids\n"
                      "good T/lids/Good/3.png (Good) -\n"
                      "bad T/lids/NG/1.png (NG) -\n"
                      "good T/lids/OK/1.png (OK) -\n"
                      "good T/lids/OK/2.png (OK) -\n" JUDGED("T/cups")
                          JUDGED("T/lids") "note T has folders that are no classes, left out: tin\n");
}

static void what_is_no_data_set_fails(void **state)
{
    (void)state;
    make("a/b/c.png onlygood/good/1.png onlybad/ng/1.png file.txt void/");
    expect("/a",
           "error 2 T/a has no layout that is understood: expected train, test and ground_truth (MVTec AD), "
           "folders good and bad, or split_csv/1cls.csv (VisA); found 1 image in b; --normal-dir and "
           "--abnormal-dir name folders of any layout\n");
    expect("/void",
           "error 2 T/void has no layout that is understood: expected train, test and ground_truth (MVTec "
           "AD), folders good and bad, or split_csv/1cls.csv (VisA); there are no images below it; "
           "--normal-dir and --abnormal-dir name folders of any layout\n");
    write_text("packed/data/VisA.tar", "text");
    expect("/packed",
           "error 2 T/packed has no layout that is understood: expected train, test and ground_truth (MVTec "
           "AD), folders good and bad, or split_csv/1cls.csv (VisA); there are no images below it, but "
           "VisA.tar: unpack it into files; --normal-dir and --abnormal-dir name folders of any layout\n");
    expect("/onlygood",
           "error 2 T/onlygood has a folder of good images but none of bad ones; found 1 image in good; "
           "known words: "
           "good, normal, ok, bad, anomaly, defect, ng, ko; others: --normal-dir and --abnormal-dir\n");
    expect("/onlybad",
           "error 2 T/onlybad has a folder of bad images but none of good ones; found 1 image in ng; known "
           "words: "
           "good, normal, ok, bad, anomaly, defect, ng, ko; others: --normal-dir and --abnormal-dir\n");
    expect("/file.txt", "error 2 T/file.txt is a file: give a folder, and unpack an archive first\n");
    expect("/missing", "error 2 T/missing cannot be searched: No such file or directory\n");
}

/* ------------------------------------------------------------------ nouns */

static void nouns_are_as_people_say_them(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"metal_nut", "metal nut"},
        {"macaroni2", "macaroni"},
        {"pcb1", "pcb"},
        {"pcb4", "pcb"},
        {"pcb5", "pcb5"},
        {"pipe_fryum", "pipe fryum"},
        {"m8", "m8"},
        {"capsules", "capsules"},
        {"bottle", "bottle"},
        {"chewinggum", "chewing gum"},
        {"a_b_c", "a b c"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char *noun = alfa__noun_for(pairs[i][0]);
        assert_string_equal(noun, pairs[i][1]);
        free(noun);
    }
}

static void a_file_overrides_nouns(void **state)
{
    (void)state;
    make("lids/ok/1.png lids/ng/1.png cups/ok/1.png cups/ng/1.png");
    static const char rest[] = "bad T/lids/ng/1.png (ng) -\ngood T/lids/ok/1.png (ok) -\n";
    char expected[512];
    write_text("nouns", "# what they are\n\n  lids =  lid of a jar = top \r\nmugs = mug");
    snprintf(expected, sizeof expected,
             SORTED "\nclass lids, lid of a jar = top\n%s" JUDGED(
                 "T/lids") "note T/nouns names a class that the data set does not have: mugs\n",
             rest);
    expect_with("/lids", "nouns", expected);
    write_text("nouns", "\xEF\xBB\xBFlids=lid");
    snprintf(expected, sizeof expected, SORTED "\nclass lids, lid\n%s" JUDGED("T/lids"), rest);
    expect_with("/lids", "nouns", expected);
    write_text("nouns", "");
    snprintf(expected, sizeof expected, SORTED "\nclass lids, lids\n%s" JUDGED("T/lids"), rest);
    expect_with("/lids", "nouns", expected);
    static const char *const bad[][2] = {{"lids = lid\nlids lid\n", "line 2 is not \"class = noun\""},
                                         {"lids =\n", "line 1 is not \"class = noun\""},
                                         {" = lid\n", "line 1 is not \"class = noun\""},
                                         {"lids = a\n\nlids = b\n", "line 3 names lids a second time"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text("nouns", bad[i][0]);
        snprintf(expected, sizeof expected, "error 2 T/nouns %s\n" JUDGED("T/lids"), bad[i][1]);
        expect_with("/lids", "nouns", expected);
    }
    assert_int_equal(alfa__file_write(under("nouns"), "lids\0= a", 8, NULL), ALFA_OK);
    expect_with("/lids", "nouns", "error 2 T/nouns is not a text file\n" JUDGED("T/lids"));
    expect_with("/lids", "none",
                "error 2 T/none cannot be opened: No such file or directory\n" JUDGED("T/lids"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOT(one_mvtec_class),
        IN_ROOT(a_folder_of_mvtec_classes),
        IN_ROOT(masks_find_their_images),
        IN_ROOT(odd_things_in_a_class_are_reported),
        IN_ROOT(links_that_lead_nowhere_are_reported),
        IN_ROOT(an_unreadable_folder_is_reported),
        IN_ROOT(visa_as_it_comes),
        IN_ROOT(visa_through_a_spreadsheet),
        IN_ROOT(odd_lines_of_visa_are_reported),
        IN_ROOT(a_damaged_table_of_visa_fails),
        IN_ROOT(visa_as_converted),
        IN_ROOT(plain_folders),
        IN_ROOT(what_is_no_data_set_fails),
        cmocka_unit_test(nouns_are_as_people_say_them),
        IN_ROOT(a_file_overrides_nouns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
