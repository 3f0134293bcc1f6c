// SPDX-License-Identifier: Apache-2.0
// Labels of other tools that have one file a photo: YOLO's text, Pascal VOC's XML, and pictures whose grey
// values are labels. A .seg is put beside each photo that has labels; a photo without stays unknown.
#ifndef NACRE_LABEL_IMPORT_H
#define NACRE_LABEL_IMPORT_H

#include "label/folder.h"

enum label_format { LABEL_YOLO, LABEL_VOC, LABEL_PNG };

struct label_import {
    enum label_format format;
    const char *labels;  // folder; the labels of a/b.jpg are in a/b.txt, a/b.xml or a/b.png
    const char *photos;  // folder
    const char *classes; // file with the class names, one a line: line i is class i (from 0); NULL for VOC
    enum seg_domain domain;
    bool complete; // all classes are marked completely on every photo that has labels
};

// A message names the label file and, where it has lines, the line.
nacre_status label_import(const struct label_import *import, struct label_counts *counts,
                          nacre_error *error) MUST_CHECK;

#endif
