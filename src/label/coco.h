// SPDX-License-Identifier: Apache-2.0
// COCO's JSON, both ways without loss. What a .seg has and COCO has not stands in "nacre" objects there; what
// COCO has and a .seg has not stands in `coco` lines here, and, for the whole file (info, licences,
// categories with their numbers), in coco.json beside the .seg files.
#ifndef NACRE_LABEL_COCO_H
#define NACRE_LABEL_COCO_H

#include "label/folder.h"

// Makes a .seg in `folder` for every image of the file.
nacre_status coco_import(const char *path, const char *folder, struct label_counts *counts,
                         nacre_error *error) MUST_CHECK;

// Writes all .seg files of the folder as one COCO file.
nacre_status coco_export(const char *folder, const char *path, struct label_counts *counts,
                         nacre_error *error) MUST_CHECK;

#endif
